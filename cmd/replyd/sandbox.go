package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/sandbox"
)

func sandboxCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "sandbox",
		Short: "Run the pretend mailbox, model, Shopify and SendGrid on their own",
		Long: `Starts the four services on this machine and writes a configuration that replyd run accepts as it is.
What arrived can be seen at /_sandbox/outbox on the SendGrid server and at /_sandbox/journal on each.`,
		Example: `  replyd sandbox --config-out c.yaml
  replyd run --config c.yaml --once        in another terminal
  replyd sandbox --config-out c.yaml --latency openai=800ms,shopify=120ms`,
		Args: cobra.NoArgs,
	}
	f, o := cmd.Flags(), sandbox.Options{}
	out := f.String("config-out", "", "`file` to write the configuration to")
	scenario := f.String("scenario", "", "txtar `file` with shop and mails; the demo's if empty")
	latency := f.String("latency", "", "`list` of service=duration that each call takes longer")
	f.StringVar(&o.IMAPAddr, "imap", "127.0.0.1:0", "listen `address`")
	f.StringVar(&o.OpenAIAddr, "openai", "127.0.0.1:0", "listen `address`")
	f.StringVar(&o.ShopifyAddr, "shopify", "127.0.0.1:0", "listen `address`")
	f.StringVar(&o.SendGridAddr, "sendgrid", "127.0.0.1:0", "listen `address`")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *out == "" {
			return errors.New("--config-out names no file to write the configuration to")
		}
		var err error
		if o.Latency, err = latencies(*latency); err != nil {
			return err
		}
		s := sandbox.Demo()
		if *scenario != "" {
			text, err := os.ReadFile(*scenario)
			if err != nil {
				return err
			}
			if s, err = sandbox.Load(text); err != nil {
				return fmt.Errorf("%s: %w", *scenario, err)
			}
		}
		w, err := sandbox.Start(s, o)
		if err != nil {
			return err
		}
		defer w.Close()
		data := strings.TrimSuffix(*out, filepath.Ext(*out)) + "-data"
		c, err := app.StandaloneConfig(w, filepath.Base(data))
		if err != nil {
			return err
		}
		if err := c.WriteFile(*out); err != nil {
			return err
		}
		p := cmd.OutOrStdout()
		fmt.Fprintf(p, "imap      %s\nopenai    %s\nshopify   %s\nsendgrid  %s\nconfig    %s\n",
			w.IMAPAddr, w.OpenAIURL, w.ShopifyURL, w.SendGridURL, *out)
		<-cmd.Context().Done()
		return nil
	}
	return cmd
}

// latencies reads "openai=800ms,shopify=120ms".
func latencies(list string) (map[string]time.Duration, error) {
	out := map[string]time.Duration{}
	for _, part := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		name, value, _ := strings.Cut(part, "=")
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return nil, fmt.Errorf("--latency: %q is not like openai=800ms", part)
		}
		switch name {
		case "openai", "shopify", "sendgrid":
			out[name] = d
		default:
			return nil, fmt.Errorf("--latency: unknown service %q: choose openai, shopify or sendgrid", name)
		}
	}
	return out, nil
}
