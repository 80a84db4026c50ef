package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/config"
)

// version is set by the linker in release builds; others tell the commit that Go stamped.
var version string

func main() { os.Exit(run(os.Args[1:])) }

// errFound ends a command with code 1: it did its work and found problems, which it has printed.
var errFound = errors.New("problems were found")

// run is main without the exit: 0 when all is well, 1 when the command found problems, 2 for bad input.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	cmd := root()
	cmd.SetArgs(args)
	err := cmd.ExecuteContext(ctx)
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errFound):
		return 1
	}
	fmt.Fprintln(os.Stderr, "replyd:", err)
	return 2
}

func root() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replyd",
		Short: "Answers a Shopify store's support mail",
		Long: `replyd watches a support inbox, understands each mail, looks the facts up in Shopify, and answers:
by itself where that is safe, or after a person approved the draft at its desk.

Start with a look, which needs no account:   replyd demo
Set it up for your store:                    replyd init, replyd check, replyd run`,
		SilenceUsage: true, SilenceErrors: true, Version: stamp(),
	}
	cmd.SetVersionTemplate("replyd {{.Version}}\n")
	cmd.AddCommand(demoCommand(), initCommand(), checkCommand(), runCommand(), explainCommand(),
		replayCommand(), evalCommand(), exportCommand(), auditCommand(), ticketsCommand(), backupCommand(), passwdCommand(), sandboxCommand(),
		templatesCommand(), healthCommand())
	return cmd
}

// stamp tells what was built.
func stamp() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	out := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			out += " " + s.Value[:12]
		}
	}
	return out
}

// configFlag adds --config and gives a function that loads the file.
func configFlag(cmd *cobra.Command) func() (*config.Config, error) {
	path := cmd.Flags().StringP("config", "c", "replyd.yaml", "configuration `file`")
	return func() (*config.Config, error) { return config.Load(*path, os.Getenv) }
}

// logger writes to standard error as the configuration says.
func logger(l config.Log) *slog.Logger {
	level := slog.LevelInfo
	_ = level.UnmarshalText([]byte(l.Level))
	o := &slog.HandlerOptions{Level: level}
	if l.Format == config.FormatJSON {
		return slog.New(slog.NewJSONHandler(os.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(os.Stderr, o))
}
