package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
)

func ticketsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "tickets list|show|ACT",
		Short: "Look at turns and decide about them without a browser",
		Long: `Does what staff do at the desk, through the running daemon or, when none runs, with its store. Decisions are
recorded under your user's name; the daemon acts on them. With --url it is the desk at that address, and the token's
account that decides.`,
	}
	cmd.AddCommand(ticketsListCommand(), ticketsShowCommand(), ticketsApproveCommand(), ticketsRedraftCommand(),
		ticketsConcludeCommand("reject", "Close a turn without a reply", true),
		ticketsConcludeCommand("answered", "Close a turn as answered by hand", false),
		ticketsPlainCommand("spam", "Close a turn without a reply, and its ticket with the tag spam"),
		ticketsPlainCommand("undo", "Take an approval back, as long as the reply waits to be sent"),
		ticketsSnoozeCommand(), ticketsAssignCommand(), ticketsNoteCommand(), ticketsTagCommand())
	return cmd
}

// turnLine is what the list shows of a turn.
type turnLine struct {
	ID       string    `json:"id"`
	Ticket   string    `json:"ticket"`
	View     string    `json:"view"`
	Since    time.Time `json:"since"`
	From     string    `json:"from"`
	Subject  string    `json:"subject"`
	Why      string    `json:"why"`
	Urgent   bool      `json:"urgent"`
	Intents  []string  `json:"intents"`
	Language string    `json:"language"`
}

func ticketsListCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List turns in the desk's order",
		Example: `  replyd tickets list
  replyd tickets list --view held
  replyd tickets list --view all --words "order 1001" --json | jq '.turns[].id'
  replyd tickets list --url https://desk.example.com --token-file ~/.replyd-token`,
		Args: cobra.NoArgs,
	}
	call, f := apiFlags(cmd), cmd.Flags()
	view := f.String("view", "review", "review, held, failed, waiting, snoozed, answered, recorded or all")
	words := f.String("words", "", "only turns with all of these `words`")
	limit := f.Int("limit", 50, "how many at most, up to 200")
	after := f.String("after", "", "the `cursor` that the page before printed")
	asJSON := f.Bool("json", false, "print the API's answer")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		q := url.Values{"view": {*view}, "limit": {strconv.Itoa(*limit)}}
		if *words != "" {
			q.Set("words", *words)
		}
		if *after != "" {
			q.Set("after", *after)
		}
		text, err := ask(cmd, call, http.MethodGet, "turns?"+q.Encode(), nil)
		if err != nil || *asJSON {
			return pass(cmd.OutOrStdout(), text, err)
		}
		var page struct {
			Turns []turnLine `json:"turns"`
			Next  string     `json:"next"`
		}
		if err := json.Unmarshal(text, &page); err != nil {
			return err
		}
		t := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
		for _, l := range page.Turns {
			mark := ""
			if l.Urgent {
				mark = "!"
			}
			fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.ID, mark, l.Since.Local().Format("2 Jan 15:04"),
				printable(l.From), strings.Join(l.Intents, ","), l.Language, printable(l.Subject))
		}
		if page.Next != "" {
			fmt.Fprintf(t, "\nmore: --after %s\n", page.Next)
		}
		return t.Flush()
	}
	return cmd
}

// turnDetail is what `show` prints of a turn, and what an act needs of it.
type turnDetail struct {
	turnLine
	Version   uint64    `json:"version"`
	State     string    `json:"state"`
	Recipient string    `json:"recipient"`
	Proven    bool      `json:"proven"`
	Snoozed   time.Time `json:"snoozed_until"`
	Why       []string  `json:"why"`
	Mails     []struct {
		From, Name, Subject, Text string
		Arrived                   time.Time
	} `json:"mails"`
	Facts []struct{ Name, Value, Source string } `json:"facts"`
	Draft *struct {
		By, Subject, Text string
		Uncovered         []struct{ Token, Why string }
	} `json:"draft"`
}

func ticketsShowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "show TURN", Short: "Show a turn: mail, facts, draft, and why a person decides", Args: cobra.ExactArgs(1),
	}
	call := apiFlags(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print the API's answer")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := ask(cmd, call, http.MethodGet, "turns/"+url.PathEscape(args[0]), nil)
		if err != nil || *asJSON {
			return pass(cmd.OutOrStdout(), text, err)
		}
		var t turnDetail
		if err := json.Unmarshal(text, &t); err != nil {
			return err
		}
		showTurn(cmd.OutOrStdout(), &t)
		return nil
	}
	return cmd
}

func showTurn(w io.Writer, t *turnDetail) {
	fmt.Fprintf(w, "turn %s, version %d: %s\n", t.ID, t.Version, t.State)
	for _, why := range t.Why {
		fmt.Fprintf(w, "  %s\n", printable(why))
	}
	for _, m := range t.Mails {
		fmt.Fprintf(w, "\nfrom %s <%s>, %s\n%s\n\n%s\n", printable(m.Name), printable(m.From),
			m.Arrived.Local().Format("2 Jan 2006, 15:04"), printable(m.Subject), indent(m.Text))
	}
	if len(t.Facts) > 0 {
		fmt.Fprintln(w, "\nfacts")
	}
	for _, f := range t.Facts {
		fmt.Fprintf(w, "  %s = %s  (%s)\n", f.Name, printable(f.Value), printable(f.Source))
	}
	if d := t.Draft; d != nil {
		proven := ""
		if !t.Proven {
			proven = ", who is not proven to be the writer"
		}
		fmt.Fprintf(w, "\ndraft by %s to %s%s\n%s\n\n%s\n", d.By, t.Recipient, proven, printable(d.Subject), indent(d.Text))
		for _, u := range d.Uncovered {
			fmt.Fprintf(w, "  no fact covers: %s\n", printable(u.Token))
		}
	}
}

func ticketsApproveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "approve TURN",
		Short: "Let the draft of a turn, or another text, go out",
		Example: `  replyd tickets approve u0f3c… --version 5
  replyd tickets approve u0f3c… --text-file answer.txt --close`,
		Args: cobra.ExactArgs(1),
	}
	call, f := apiFlags(cmd), cmd.Flags()
	version := f.Uint64("version", 0, "do nothing if the turn is not at this `number` any more")
	file := f.String("text-file", "", "send the text of this `file` instead; - for standard input")
	confirm := f.Bool("confirm-uncovered", false, "send it although it states what no fact covers")
	shut := f.Bool("close", false, "close the ticket with it, until the customer writes again")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		in := map[string]any{"confirm_uncovered": *confirm, "close": *shut}
		if *file != "" {
			text, err := readText(cmd, *file)
			if err != nil {
				return err
			}
			in["text"] = text
		}
		return decide(cmd, call, args[0], "approve", *version, in)
	}
	return cmd
}

func ticketsConcludeCommand(verb, short string, needsReason bool) *cobra.Command {
	cmd := &cobra.Command{Use: verb + " TURN", Short: short, Args: cobra.ExactArgs(1)}
	call, f := apiFlags(cmd), cmd.Flags()
	version := f.Uint64("version", 0, "do nothing if the turn is not at this `number` any more")
	reason := f.String("reason", "", "a few `words`, kept with the turn")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if needsReason && *reason == "" {
			return errors.New("--reason is missing: say in a few words why no reply goes out")
		}
		return decide(cmd, call, args[0], verb, *version, map[string]any{"reason": *reason})
	}
	return cmd
}

// maxAnswerFile bounds a text that is read from a file.
const maxAnswerFile = 128 << 10

func readText(cmd *cobra.Command, path string) (string, error) {
	r := cmd.InOrStdin()
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return "", err
		}
		defer f.Close()
		r = f
	}
	text, err := io.ReadAll(io.LimitReader(r, maxAnswerFile))
	return string(text), err
}

// readTurn reads a turn, as an act needs it.
func readTurn(cmd *cobra.Command, call caller, turn string) (*turnDetail, error) {
	text, err := ask(cmd, call, http.MethodGet, "turns/"+url.PathEscape(turn), nil)
	if err != nil {
		return nil, err
	}
	t := new(turnDetail)
	return t, json.Unmarshal(text, t)
}

// decide sends an act about the version that was named, or about the turn as it is now.
func decide(cmd *cobra.Command, call caller, turn, verb string, version uint64, in map[string]any) error {
	if version == 0 {
		now, err := readTurn(cmd, call, turn)
		if err != nil {
			return err
		}
		version = now.Version
	}
	in["version"] = version
	text, err := ask(cmd, call, http.MethodPost, "turns/"+url.PathEscape(turn)+"/"+verb, in)
	if err != nil {
		return err
	}
	var after turnDetail
	if err := json.Unmarshal(text, &after); err != nil {
		return err
	}
	switch verb {
	case "redraft":
		fmt.Fprintf(cmd.OutOrStdout(), "another draft of %s is being written; it comes back for review\n", after.ID)
	case "snooze":
		fmt.Fprintf(cmd.OutOrStdout(), "%s is put off until %s\n", after.ID, after.Snoozed.Local().Format("2 Jan 2006, 15:04"))
	default:
		fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", after.ID, after.State)
	}
	return nil
}

// loader reads the configuration that a command's flags name.
type loader = func() (*config.Config, error)

// caller asks the desk's API that a command's flags name.
type caller = func(ctx context.Context, method, path string, in any) ([]byte, error)

// maxToken bounds a token's file.
const maxToken = 4 << 10

// apiFlags lets a command use the desk of a configuration on this machine, or another by its address.
func apiFlags(cmd *cobra.Command) caller {
	load, f := configFlag(cmd), cmd.Flags()
	desk := f.String("url", "", "`address` of a desk on another machine")
	file := f.String("token-file", "", "`file` with an API token for it; else REPLYD_TOKEN")
	return func(ctx context.Context, method, path string, in any) ([]byte, error) {
		if *desk == "" && *file != "" {
			return nil, errors.New("--token-file is for a desk on another machine: name it with --url")
		}
		if *desk != "" {
			token, err := readToken(*file)
			if err != nil {
				return nil, err
			}
			return app.Remote{URL: *desk, Token: token}.Call(ctx, method, path, in)
		}
		c, err := load()
		if err != nil {
			return nil, err
		}
		return app.CallAPI(ctx, c, method, path, in)
	}
}

func readToken(path string) (string, error) {
	if path == "" {
		return strings.TrimSpace(os.Getenv("REPLYD_TOKEN")), nil
	}
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxToken))
	return strings.TrimSpace(string(text)), err
}

func ask(cmd *cobra.Command, call caller, method, path string, in any) ([]byte, error) {
	return call(cmd.Context(), method, "/api/v1/"+path, in)
}

// pass prints the API's answer as it is.
func pass(w io.Writer, text []byte, err error) error {
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

// printable keeps what a customer wrote from steering the terminal, and on one line.
func printable(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)), " ")
}

// indent sets a text apart, line by line.
func indent(text string) string {
	var out []string
	for line := range strings.Lines(text) {
		out = append(out, "  | "+printable(line))
	}
	return strings.Join(out, "\n")
}
