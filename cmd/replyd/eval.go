package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/eval"
)

// maxReport bounds an old report that is compared with.
const maxReport = 256 << 20

func evalCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "eval CASES.jsonl",
		Short: "Score how well labelled mails are read, and what a change makes better or worse",
		Long: `Reads labelled mails, one JSON object a line, with the configured engine, and scores what it read: intents,
order references, flags, by language and by intent. Without --config the built-in word lists read.

A case: {"id": "en-1", "language": "en", "subject": "", "text": "Where is my order #1001?",
"intents": ["order_status"], "order_refs": ["1001"], "flags": []}

It ends with code 1 if an order reference was read that stands nowhere in its mail.`,
		Example: `  replyd eval cases.jsonl
  replyd eval cases.jsonl --config replyd.yaml --json > old.json
  replyd eval cases.jsonl --config replyd.yaml --compare old.json`,
		Args: cobra.ExactArgs(1),
	}
	f := cmd.Flags()
	file := f.StringP("config", "c", "", "configuration `file`; without one, the built-in word lists read")
	engine := f.String("engine", "", "openai (its key in OPENAI_API_KEY or the configuration) or lexicon")
	asJSON := f.Bool("json", false, "print the report as JSON")
	old := f.String("compare", "", "an older report as JSON `file`: show what changed")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := evalConfig(*file, *engine)
		if err != nil {
			return err
		}
		cases, err := readCases(args[0])
		if err != nil {
			return err
		}
		var before *eval.Report
		if *old != "" {
			if before, err = readReport(*old); err != nil {
				return err
			}
		}
		step, done := progress(cmd.ErrOrStderr())
		report, err := app.Evaluate(cmd.Context(), c, cases, step)
		done()
		if err != nil {
			return err
		}
		if err := printEval(cmd.OutOrStdout(), report, before, *asJSON); err != nil {
			return err
		}
		if report.Total.Invented > 0 {
			return errFound
		}
		return nil
	}
	return cmd
}

// evalConfig loads the configuration, or makes one that is enough for reading mail.
func evalConfig(file, engine string) (*config.Config, error) {
	c := config.Defaults()
	c.Engine = config.EngineLexicon
	if file != "" {
		var err error
		if c, err = config.Load(file, getenv); err != nil {
			return nil, err
		}
	}
	switch config.Engine(engine) {
	case "":
	case config.EngineLexicon:
		c.Engine = config.EngineLexicon
	case config.EngineOpenAI:
		c.Engine = config.EngineOpenAI
		if file == "" {
			if c.OpenAI.Key = config.Secret(os.Getenv("OPENAI_API_KEY")); c.OpenAI.Key == "" {
				return nil, errors.New("--engine openai needs --config, or OPENAI_API_KEY in the environment")
			}
		}
	default:
		return nil, fmt.Errorf("unknown engine %q: choose lexicon or openai", engine)
	}
	return c, nil
}

func readCases(path string) ([]eval.Case, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return eval.Read(path, f)
}

func readReport(path string) (*eval.Report, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	report := new(eval.Report)
	if err := json.NewDecoder(io.LimitReader(f, maxReport)).Decode(report); err != nil || len(report.Results) == 0 {
		return nil, fmt.Errorf("%s is no report of `replyd eval --json`", path)
	}
	return report, nil
}

func printEval(w io.Writer, now, before *eval.Report, asJSON bool) error {
	var c *eval.Comparison
	if before != nil {
		changes := eval.Compare(before, now)
		c = &changes
	}
	if asJSON {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(struct {
			*eval.Report
			Comparison *eval.Comparison `json:"comparison,omitempty"`
		}{now, c})
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	by := "the built-in word lists"
	if now.Model != "" {
		by = now.Model
	}
	fmt.Fprintf(t, "%d cases, read by %s\n\n", now.Total.Cases, by)
	evalTables(t, now)
	if c != nil {
		evalChanges(t, c)
	}
	for _, r := range now.Results {
		if len(r.Invented) > 0 {
			fmt.Fprintf(t, "\nINVENTED: %s has no order reference %s\n", r.ID, strings.Join(r.Invented, ", "))
		}
	}
	return t.Flush()
}

func evalTables(w io.Writer, r *eval.Report) {
	fmt.Fprintln(w, "LANGUAGE\tCASES\tINTENT F1\tFIRST\tREFS EXACT\tINVENTED\tFLAGS FOUND\tFALSE ALARMS\tLANGUAGE READ")
	for _, s := range append(slices.Clone(r.Languages), r.Total) {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t%d\t%.3f of %d\t%d\t%.3f\n", s.Name, s.Cases, s.F1, s.First, s.Refs,
			s.Invented, s.Recall, s.Flags, s.Alarms, s.Language)
	}
	fmt.Fprintln(w, "\nINTENT\tCASES\tPRECISION\tRECALL\tF1")
	for _, i := range r.Intents {
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\n", i.Name, i.Cases, i.Precision, i.Recall, i.F1)
	}
	if len(r.Flags) > 0 {
		fmt.Fprintln(w, "\nFLAG\tCASES\tFOUND\tFALSE ALARMS")
		for _, f := range r.Flags {
			fmt.Fprintf(w, "%s\t%d\t%d\t%d\n", f.Name, f.Cases, f.Found, f.Alarms)
		}
	}
	if t := r.Total; t.Standby+t.Failed > 0 {
		fmt.Fprintf(w, "\n%d cases were read by the word lists, because the model could not be asked; %d were not read.\n",
			t.Standby, t.Failed)
	}
	if c := r.Cost; c.Calls > 0 {
		fmt.Fprintf(w, "\n%d calls, %d tokens in (%d cached), %d out: %.4f in the currency of openai.prices\n", c.Calls,
			c.Input, c.Cached, c.Output, c.Money)
	}
}

func evalChanges(w io.Writer, c *eval.Comparison) {
	fmt.Fprintln(w, "\nCOMPARED\tCASES\tINTENT F1\tFIRST\tREFS EXACT\tINVENTED\tFLAGS FOUND\tFALSE ALARMS")
	for _, row := range []struct {
		name string
		s    eval.Score
	}{{"before", c.Before}, {"now", c.After}} {
		s := row.s
		fmt.Fprintf(w, "%s\t%d\t%.3f\t%.3f\t%.3f\t%d\t%.3f of %d\t%d\n", row.name, s.Cases, s.F1, s.First, s.Refs, s.Invented,
			s.Recall, s.Flags, s.Alarms)
	}
	for _, part := range []struct {
		title string
		all   []eval.Change
	}{{"better", c.Better}, {"worse", c.Worse}, {"otherwise", c.Otherwise}} {
		fmt.Fprintf(w, "\n%d cases are read %s\n", len(part.all), part.title)
		for _, x := range part.all {
			fmt.Fprintf(w, "%s\t%s\t→ %s\twant %s\n", x.ID, reading(x.Before), reading(x.After), wanted(x.After))
		}
	}
	if len(c.New)+len(c.Gone) > 0 {
		fmt.Fprintf(w, "\n%d cases are new, %d are gone\n", len(c.New), len(c.Gone))
	}
}

// reading tells in short how a case was read.
func reading(r *eval.Result) string {
	out := words(r.Got, r.GotRefs)
	for _, f := range r.Missed {
		out += " missing " + string(f)
	}
	for _, f := range r.False {
		out += " +" + string(f)
	}
	return out
}

func wanted(r *eval.Result) string { return words(r.Want, r.WantRefs) }

func words[T ~string](intents []T, refs []string) string {
	var out []string
	for _, i := range intents {
		out = append(out, string(i))
	}
	for _, ref := range refs {
		out = append(out, "#"+ref)
	}
	if len(out) == 0 {
		return "nothing"
	}
	return strings.Join(out, " ")
}
