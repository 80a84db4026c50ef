package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/mattn/go-isatty"
	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/replay"
)

// replayFlags are the flags of `replyd replay`.
type replayFlags struct {
	app.ReplayOptions
	explain       app.ExplainOptions
	file, report  string
	since, until  string
	asJSON, again bool
	engine        string
}

func replayCommand() *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay [PATH...]",
		Short: "See what replyd would have done with past mail, beside what people really answered",
		Long: `Reads past mail from files, folders or mboxes, or from the inbox itself, and tells for each mail what replyd
would have done: by itself, after a person's approval, or not at all, and why. Beside each draft stands the reply
that a person really sent, how similar the two are, and the facts that differ. Nothing is sent, no mailbox is
changed. Each mail is looked at as of the day on which it came; orders are as they stand today.

A report's progress is kept beside it: a run that was stopped goes on where it was. docs/replay.md tells how to
read the report.`,
		Example: `  replyd replay --config replyd.yaml --inbox --since 2026-10-01 --report october.html
  replyd replay --config replyd.yaml inbox.mbox --sent sent.mbox --report october.html
  replyd replay --config replyd.yaml --engine lexicon inbox.mbox --json | jq .cost`,
	}
	fl := cmd.Flags()
	fl.StringVarP(&f.file, "config", "c", "", "configuration `file`; without one, the demo's shop and the word lists")
	fl.StringVar(&f.engine, "engine", "",
		"openai, or lexicon, which costs nothing and estimates; instead of the configuration's")
	fl.StringVar(&f.Sent, "sent", "", "`path` of what people sent; may be the same as PATH")
	fl.BoolVar(&f.Inbox, "inbox", false, "read the account's inbox and its Sent folder, changing nothing")
	fl.StringVar(&f.Account, "account", "", "the `name` of the account; the first without it")
	fl.StringVar(&f.since, "since", "", "first `day` of the inbox, as 2026-10-01")
	fl.StringVar(&f.until, "until", "", "last `day` of the inbox")
	fl.StringVar(&f.report, "report", "", "write the report as one HTML `file`")
	fl.BoolVar(&f.asJSON, "json", false, "print the report as JSON")
	fl.BoolVar(&f.again, "restart", false, "forget the progress of an earlier run")
	fl.IntVar(&f.Limit, "limit", 0, "look at this `many` mails at most")
	fl.Float64Var(&f.MaxCost, "max-cost", 0, "stop when the model took this `much`, in the currency of openai.prices")
	fl.StringArrayVar(&f.explain.Own, "own", nil, "one more `address` of the store")
	fl.StringArrayVar(&f.explain.AuthservIDs, "authserv-id", nil,
		"trusted authserv-id `pattern`, instead of the configuration's")
	fl.BoolVar(&f.explain.NoAuthGate, "no-auth-gate", false, "do not hold mail of unauthenticated senders")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f.Paths = args
		c, err := f.prepare()
		if err != nil {
			return err
		}
		return f.run(cmd.Context(), c, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return cmd
}

// prepare checks the flags and loads the configuration; nil without one.
func (f *replayFlags) prepare() (c *config.Config, err error) {
	switch {
	case f.Inbox && len(f.Paths) > 0:
		return nil, errors.New("name paths, or --inbox, not both")
	case !f.Inbox && len(f.Paths) == 0:
		return nil, errors.New("name a folder, an mbox or a mail, or --inbox")
	case f.Inbox && f.file == "":
		return nil, errors.New("--inbox needs --config: it says which mailbox")
	case f.Inbox && f.since == "":
		return nil, errors.New("--inbox needs --since, the first day to look at")
	case !f.Inbox && (f.since != "" || f.until != ""):
		return nil, errors.New("--since and --until are for --inbox")
	}
	if f.file != "" {
		if c, err = config.Load(f.file, getenv); err != nil {
			return nil, err
		}
		f.Workers = c.Workers
	}
	switch f.engine {
	case "":
	case string(config.EngineLexicon), string(config.EngineOpenAI):
		if c != nil {
			c.Engine = config.Engine(f.engine)
		} else if f.engine != string(config.EngineLexicon) {
			return nil, errors.New("--engine openai needs --config")
		}
	default:
		return nil, fmt.Errorf("unknown engine %q: choose lexicon or openai", f.engine)
	}
	zone := time.UTC
	if c != nil {
		if zone, err = time.LoadLocation(c.Store.Zone); err != nil {
			return nil, err
		}
	}
	for flag, d := range map[string]struct {
		text string
		to   *time.Time
		add  int
	}{"--since": {f.since, &f.Since, 0}, "--until": {f.until, &f.Until, 1}} {
		if d.text == "" {
			continue
		}
		day, err := time.ParseInLocation(time.DateOnly, d.text, zone)
		if err != nil {
			return nil, fmt.Errorf("%s %q is no day like 2026-10-01", flag, d.text)
		}
		*d.to = day.AddDate(0, 0, d.add)
	}
	f.explain.Now, f.explain.Estimate = time.Now(), true
	return c, nil
}

func (f *replayFlags) run(ctx context.Context, c *config.Config, out, errOut io.Writer) error {
	if f.report != "" {
		f.State = f.report + ".progress.jsonl"
		if f.again {
			if err := os.Remove(f.State); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	e, err := app.NewExplainer(c, f.explain)
	if err != nil {
		return err
	}
	defer e.Close()
	var done func()
	f.Progress, done = progress(errOut)
	report, err := e.Replay(ctx, f.ReplayOptions)
	done()
	if err != nil {
		return err
	}
	if f.report != "" {
		if err := writeReport(f.report, report.HTML); err != nil {
			return err
		}
		fmt.Fprintln(errOut, "report:", f.report)
	}
	if f.asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(report)
	} else {
		err = replayed(out, report)
	}
	if err == nil && report.Unfinished > 0 {
		err = errFound
	}
	return err
}

// progress draws a bar on a terminal, and nothing elsewhere. done takes it away.
func progress(w io.Writer) (step func(done, total int), done func()) {
	file, ok := w.(*os.File)
	if !ok || !isatty.IsTerminal(file.Fd()) {
		return nil, func() {}
	}
	var bar *progressbar.ProgressBar
	step = func(done, total int) {
		if bar == nil {
			if total == 0 {
				total = -1
			}
			bar = progressbar.NewOptions(total, progressbar.OptionSetWriter(file), progressbar.OptionShowCount(),
				progressbar.OptionSetDescription("mails"), progressbar.OptionSetPredictTime(true),
				progressbar.OptionThrottle(100*time.Millisecond))
		}
		_ = bar.Set(done)
	}
	return step, func() {
		if bar != nil {
			_ = bar.Clear()
		}
	}
}

// writeReport writes a file that only its owner may read, as it holds mail, and replaces an older one at once.
func writeReport(path string, write func(io.Writer) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".replay-*") // mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	w := bufio.NewWriter(file)
	err = errors.Join(write(w), w.Flush(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}

// replayed prints the report in short.
func replayed(w io.Writer, r *replay.Report) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "%d mails in %d conversations, %d of them repeated. Nothing was sent.\n", r.Mails, r.Conversations,
		r.Repeated)
	if r.Demo {
		fmt.Fprintln(t, "Facts came from the demo's shop, not from yours: add --config.")
	}
	if r.Stopped != "" {
		fmt.Fprintln(t, "Stopped early:", r.Stopped, "Run it again to go on.")
	}
	if r.Unfinished > 0 {
		fmt.Fprintln(t, "Not finished, because a service failed:", r.Unfinished, "mails. Run it again to try once more.")
	}
	for _, table := range []struct {
		title string
		rows  []replay.Row
	}{{"DECISION", r.Decisions}, {"INTENT", r.Intents}, {"LANGUAGE", r.Languages}, {"REASON", r.Reasons}} {
		fmt.Fprintf(t, "\n%s\tMAILS\tAUTO\tREVIEW\tHOLD\tNONE\tSIMILARITY\n", table.title)
		for _, row := range table.rows {
			similar := ""
			if row.Compared > 0 {
				similar = fmt.Sprintf("%.2f of %d", row.Similarity, row.Compared)
			}
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%d\t%s\n", shortened(row.Name), row.Mails, row.Auto, row.Review, row.Hold,
				row.None, similar)
		}
	}
	if c := r.Compared; c.Replies > 0 {
		fmt.Fprintf(t, "\n%d mails were answered by a person; %d drafts beside them, median similarity %.2f.\n",
			c.Replies, c.Drafts, c.Median)
		fmt.Fprintf(t, "%d drafts state the same facts, %d something more, %d lack something. %d automatic answers differ.\n",
			c.SameFacts, c.DraftMore, c.DraftLess, c.AutoDiffer)
	}
	if c := r.Cost; c.Mails > 0 {
		how := "measured"
		if c.Estimated {
			how = "estimated"
		}
		fmt.Fprintf(t, "\nCost, %s: %d calls for %d mails, %.0f tokens in for each, %.0f %% of them cached, %d out.\n", how,
			c.Calls, c.Mails, c.PerMail, 100*c.PrefixShare, c.Output)
		fmt.Fprintf(t, "%.4f altogether, %.2f for a thousand mails, in the currency of openai.prices.\n", c.Money,
			c.PerThousand)
	}
	return t.Flush()
}

// shortened keeps a reason on one line.
func shortened(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 70 {
		return string(r[:69]) + "…"
	}
	return s
}
