package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
)

func auditCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "audit verify|export",
		Short: "Check or take out the log of who saw and did what",
	}
	cmd.AddCommand(auditVerifyCommand(), auditExportCommand())
	return cmd
}

func auditVerifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify",
		Short: "Check that every entry is as it was written",
		Long: `Each entry of the audit log seals the one before it. verify reads all of them and prints the number and the
seal of the last one. Note both somewhere else: with --noted, a later verify finds also a log that was cut short or
written anew as a whole.`,
		Example: `  replyd audit verify
  replyd audit verify --noted 120:5f3a9c0d1e2f
  replyd audit verify --file audit.jsonl`,
		Args: cobra.NoArgs,
	}
	load := configFlag(cmd)
	note := cmd.Flags().String("noted", "", "number and `seal` of an entry, as an earlier verify printed them")
	file := cmd.Flags().String("file", "", "check an exported `file` instead")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		chain, err := verifyLog(cmd, load, *file, *note)
		if errors.Is(err, app.ErrAudit) {
			fmt.Fprintln(cmd.OutOrStdout(), err)
			return errFound
		}
		if err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%d entries, all as they were written\n", chain.Count)
		if chain.Count > 0 {
			fmt.Fprintf(cmd.OutOrStdout(), "last seal %d:%s\n", chain.Count, chain.Head)
		}
		return nil
	}
	return cmd
}

func verifyLog(cmd *cobra.Command, load loader, file, note string) (chain app.AuditChain, err error) {
	if file != "" {
		f, err := os.Open(file)
		if err != nil {
			return chain, err
		}
		defer f.Close()
		return app.AuditVerifyFile(f, note)
	}
	c, err := load()
	if err != nil {
		return chain, err
	}
	return app.AuditVerify(cmd.Context(), c, note)
}

func auditExportCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "export",
		Short:   "Write the log as JSON Lines, oldest first",
		Example: `  replyd audit export > audit.jsonl`,
		Args:    cobra.NoArgs,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		return app.AuditExport(cmd.Context(), c, cmd.OutOrStdout())
	}
	return cmd
}
