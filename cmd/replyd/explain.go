package main

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
)

func explainCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "explain PATH...",
		Short: "Tell what replyd sees in a mail and would do with it",
		Long: `Reads .eml files, or all files of a folder in order, and tells for each: what it says, who wrote it,
whether it may be answered and by which rule, what it asks for, and what the answer would be. Nothing is sent or
stored. Without --config it asks the demo's shop.`,
		Example: `  replyd explain why-was-this-not-answered.eml
  replyd explain --json --config replyd.yaml mails/ | jq .gate.rule
  replyd explain --authserv-id mx.google.com --own help@shop.example mail.eml`,
		Args: cobra.MinimumNArgs(1),
	}
	f := cmd.Flags()
	file := f.StringP("config", "c", "", "configuration `file`; without one, the demo's")
	asJSON := f.Bool("json", false, "one JSON object a line")
	own := f.StringArray("own", nil, "one more `address` of the store")
	ids := f.StringArray("authserv-id", nil, "trusted authserv-id `pattern`, instead of the configuration's")
	now := f.String("now", "", "look at the mails as of this `time` (RFC 3339)")
	maxAge := f.Duration("max-age", 0, "older mail is only recorded")
	noAuth := f.Bool("no-auth-gate", false, "do not hold mail of unauthenticated senders, for looking at old mail")
	stop := f.String("stop-after", "", "`stage` to stop after: parse, gate or triage")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		o := app.ExplainOptions{Own: *own, AuthservIDs: *ids, Now: time.Now(), MaxAge: *maxAge, NoAuthGate: *noAuth,
			StopAfter: app.Stage(*stop)}
		switch o.StopAfter {
		case app.AfterParse, app.AfterGate, app.AfterTriage, app.AfterAll:
		default:
			return fmt.Errorf("unknown stage %q: choose parse, gate or triage", *stop)
		}
		if *now != "" {
			var err error
			if o.Now, err = time.Parse(time.RFC3339, *now); err != nil {
				return fmt.Errorf("--now %q is no time like 2026-11-22T12:00:00Z", *now)
			}
		}
		var c *config.Config
		if *file != "" {
			var err error
			if c, err = config.Load(*file, getenv); err != nil {
				return err
			}
		}
		e, err := app.NewExplainer(c, o)
		if err != nil {
			return err
		}
		defer e.Close()
		unread := false
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		err = e.Walk(cmd.Context(), args, func(x *app.Explanation) error {
			unread = unread || !x.OK
			if *asJSON {
				return enc.Encode(x)
			}
			x.Story(cmd.OutOrStdout())
			return nil
		})
		if err == nil && unread {
			err = errFound
		}
		return err
	}
	return cmd
}
