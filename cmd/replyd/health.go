package main

import (
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/spf13/cobra"
)

func healthCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "health",
		Short:   "Ask the running daemon whether it is well, for container health checks",
		Example: `  replyd health --config /etc/replyd/replyd.yaml`,
		Args:    cobra.NoArgs,
	}
	load := configFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		c, err := load()
		if err != nil {
			return err
		}
		host, port, err := net.SplitHostPort(c.Web.Listen)
		if err != nil {
			return fmt.Errorf("health: web.listen is not set, so nothing can be asked")
		}
		if host == "" || host == "0.0.0.0" || host == "::" {
			host = "127.0.0.1"
		}
		client := &http.Client{Timeout: 4 * time.Second}
		r, err := http.NewRequestWithContext(cmd.Context(), http.MethodGet, "http://"+net.JoinHostPort(host, port)+"/readyz", nil)
		if err != nil {
			return err
		}
		resp, err := client.Do(r)
		if err != nil {
			return fmt.Errorf("health: no answer: %w", err)
		}
		defer resp.Body.Close()
		fmt.Fprintln(cmd.OutOrStdout(), resp.Status)
		if resp.StatusCode != http.StatusOK {
			return errFound
		}
		return nil
	}
	return cmd
}
