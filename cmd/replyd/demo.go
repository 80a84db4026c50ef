package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
)

func demoCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "See a store's support mail being answered, with no account and no network",
		Long: `Starts a pretend mailbox, model, Shopify and SendGrid on this machine, lets replyd answer about sixty
mails in five languages, and opens the desk. The stand-in for the model is the offline lexicon, not a language
model; with OPENAI_API_KEY set, --engine openai asks the real one.`,
		Example: `  replyd demo
  replyd demo --headless --json | jq .states
  OPENAI_API_KEY=sk-... replyd demo --engine openai`,
		Args: cobra.NoArgs,
	}
	f := cmd.Flags()
	headless := f.Bool("headless", false, "no desk: print the summary and stop")
	asJSON := f.Bool("json", false, "print the summary as JSON")
	listen := f.String("listen", "127.0.0.1:8025", "`address` of the desk; if it is taken, a free port")
	engine := f.String("engine", "lexicon", "lexicon, or openai with OPENAI_API_KEY set")
	verbose := f.BoolP("verbose", "v", false, "show the daemon's log")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		o := app.DemoOptions{Log: slog.New(slog.DiscardHandler), Version: stamp()}
		if *verbose {
			o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
		}
		switch *engine {
		case "openai":
			if o.Key = os.Getenv("OPENAI_API_KEY"); o.Key == "" {
				return errors.New("--engine openai needs OPENAI_API_KEY in the environment")
			}
		case "lexicon":
		default:
			return fmt.Errorf("unknown engine %q: choose lexicon or openai", *engine)
		}
		if !*headless {
			o.Listen = free(*listen)
		}
		return demo(cmd.Context(), cmd.OutOrStdout(), o, *headless, *asJSON)
	}
	return cmd
}

func demo(ctx context.Context, w io.Writer, o app.DemoOptions, headless, asJSON bool) error {
	d, err := app.NewDemo(o)
	if err != nil {
		return err
	}
	defer d.Close()
	if !headless {
		fmt.Fprintln(w, "A pretend store, Lavender & Oak, with its mailbox, shop and mail service, runs on this machine.")
		if o.Key == "" {
			fmt.Fprintln(w, "Mails are read by the offline lexicon, which stands in for the language model.")
		}
	}
	if err := errors.Join(d.Play(ctx), d.Act(ctx)); err != nil {
		return err
	}
	s, err := d.Summary()
	if err != nil {
		return err
	}
	err = printSummary(w, s, asJSON)
	if headless || err != nil {
		return err
	}
	fmt.Fprintf(w, "\nThe desk is open at  http://%s\nLog in as            %s / %s\nStop with            Ctrl-C\n",
		o.Listen, app.DemoUser, app.DemoPassword)
	return d.Run(ctx)
}

// free gives the address if nothing listens there, else one with a free port.
func free(address string) string {
	for _, try := range []string{address, "127.0.0.1:0"} {
		if l, err := net.Listen("tcp", try); err == nil {
			defer l.Close()
			return l.Addr().String()
		}
	}
	return address
}
