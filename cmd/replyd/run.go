package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/ticket"
)

// onceHorizon is how long `run --once` waits for a turn that is to be tried again.
const onceHorizon = 20 * time.Second

func runCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Watch the mailboxes and answer",
		Example: `  replyd run --config replyd.yaml
  replyd run --once            take in what lies in the inbox, answer it, stop`,
		Args: cobra.NoArgs,
	}
	load := configFlag(cmd)
	once := cmd.Flags().Bool("once", false, "take in what lies in the inbox, work until nothing is due, stop")
	asJSON := cmd.Flags().Bool("json", false, "with --once: print the summary as JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		a, err := app.New(c, app.Options{Log: logger(c.Log), Version: stamp(), Once: *once})
		if err != nil {
			return err
		}
		defer a.Close()
		if !*once {
			return a.Run(cmd.Context())
		}
		began := time.Now()
		if err := a.Once(cmd.Context(), onceHorizon); err != nil {
			return err
		}
		s, err := a.Summary()
		if err != nil {
			return err
		}
		s.WallMS = time.Since(began).Milliseconds()
		return printSummary(cmd.OutOrStdout(), s, *asJSON)
	}
	return cmd
}

// printSummary writes a summary for people or programs. A broken promise is a problem that was found.
func printSummary(w io.Writer, s *app.Summary, asJSON bool) error {
	if asJSON {
		if err := json.NewEncoder(w).Encode(s); err != nil {
			return err
		}
	} else {
		tell(w, s)
	}
	if s.SentTwice+s.Unaccounted+s.FactsUnverified > 0 {
		return errFound
	}
	return nil
}

func tell(w io.Writer, s *app.Summary) {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	defer t.Flush()
	fmt.Fprintf(t, "mails taken in\t%d\n", s.Mails)
	for _, state := range ticket.States {
		if n := s.States[state]; n > 0 {
			fmt.Fprintf(t, "  %s\t%d\n", state, n)
		}
	}
	fmt.Fprintf(t, "replies sent\t%d\n", s.Sent)
	for _, language := range slices.Sorted(maps.Keys(s.Languages)) {
		fmt.Fprintf(t, "  mails in %s\t%d\n", language, s.Languages[language])
	}
	if m := s.Model; m.Calls > 0 {
		fmt.Fprintf(t, "model calls\t%d, cost %.4f\n", m.Calls, float64(m.Micros)/1e6)
	}
	if n := s.CSAT.N; n > 0 {
		fmt.Fprintf(t, "CSAT\t%.0f %% of %d votes\n", 100*s.CSAT.Value, n)
	}
	if n := s.NPS.N; n > 0 {
		fmt.Fprintf(t, "NPS\t%+.0f of %d answers\n", s.NPS.Value, n)
	}
	fmt.Fprintf(t, "answered twice\t%d\n", s.SentTwice)
	fmt.Fprintf(t, "unaccounted mails\t%d\n", s.Unaccounted)
	fmt.Fprintf(t, "unverified facts sent\t%d\n", s.FactsUnverified)
	fmt.Fprintf(t, "took\t%.1f s\n", float64(s.WallMS)/1000)
}
