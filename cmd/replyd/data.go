package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
)

func exportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "export tickets|customers|ratings",
		Short: "Write tickets, customers or ratings as CSV or JSON Lines, for any CRM",
		Example: `  replyd export customers > customers.csv
  replyd export tickets --format jsonl | jq .state`,
		Args:      cobra.ExactArgs(1),
		ValidArgs: []string{"tickets", "customers", "ratings"},
	}
	load := configFlag(cmd)
	format := cmd.Flags().String("format", "csv", "csv or jsonl")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		return app.ExportFrom(cmd.Context(), c, cmd.OutOrStdout(), app.Table(args[0]), app.Format(*format))
	}
	return cmd
}

func backupCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "backup FOLDER",
		Short:   "Copy everything that replyd keeps into an empty folder, also while it runs",
		Example: `  replyd backup /backups/replyd-$(date +%F)`,
		Args:    cobra.ExactArgs(1),
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		if err := app.Backup(cmd.Context(), c, args[0]); err != nil {
			return err
		}
		fmt.Fprintln(cmd.OutOrStdout(), "copied to", args[0])
		return nil
	}
	return cmd
}
