package main

import (
	"encoding/json"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
)

func checkCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Try every service and say what to fix",
		Example: `  replyd check --config replyd.yaml
  replyd check --calibrate
  replyd check --json | jq '.[] | select(.ok | not)'`,
		Args: cobra.NoArgs,
	}
	load := configFlag(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print one JSON array")
	offline := cmd.Flags().Bool("offline", false, "look at files only, ask no service")
	calibrate := cmd.Flags().Bool("calibrate", false,
		"mail each mailbox a forged proof, to see that its provider takes it out (sends one mail each)")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		w, failed, all := cmd.OutOrStdout(), 0, []app.CheckResult{}
		each := func(r app.CheckResult) {
			all = append(all, r)
			mark := "ok  "
			if !r.OK {
				failed, mark = failed+1, "FAIL"
			}
			if !*asJSON {
				fmt.Fprintf(w, "%s  %-30s %s\n", mark, r.Check, r.Detail)
				if !r.OK {
					fmt.Fprintf(w, "      %-30s → %s\n", "", r.Fix)
				}
			}
		}
		app.Check(cmd.Context(), c, *offline, each)
		if *calibrate && !*offline {
			app.Calibrate(cmd.Context(), c, each)
		}
		if *asJSON {
			if err := json.NewEncoder(w).Encode(all); err != nil {
				return err
			}
		}
		if failed > 0 {
			return errFound
		}
		return nil
	}
	return cmd
}
