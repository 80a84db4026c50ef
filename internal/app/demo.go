package app

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// DemoUser and DemoPassword open the demo's desk. They open nothing else.
const (
	DemoUser     = "sara"
	DemoPassword = "lavender"
)

// demoRetry is short: the demo's services are well again after a moment, and people watch.
var demoRetry = pipeline.Retry{Attempts: 4, First: 100 * time.Millisecond, Most: time.Second}

// SandboxConfig is a configuration whose services are those of a sandbox.
func SandboxConfig(w *sandbox.World, data string) *config.Config {
	c := config.Defaults()
	c.Data = cmp.Or(data, c.Data)
	c.Mode, c.QuietTime = config.Auto, 0
	c.Store = config.Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example", Language: "en", Zone: "Europe/Berlin",
		From:         config.Address{Address: w.IMAPUser, Name: "Lavender & Oak"},
		OwnAddresses: []string{"@lavender-oak.example"},
		Forms:        []string{"forms@lavender-oak.example"},
		OrderName:    config.OrderName{Prefix: "#"},
	}
	c.IMAP = []config.Account{{
		Name: "support", Addr: w.IMAPAddr, Security: config.None, User: w.IMAPUser, Auth: config.Login,
		Password: config.Secret(w.IMAPPassword), Folders: []string{sandbox.FolderInbox}, SentFolder: "Sent",
		AuthservIDs: []string{"mx.lavender-oak.example"}, Poll: 10 * time.Second, MaxSize: 25,
	}}
	c.OpenAI.BaseURL, c.OpenAI.Key = w.OpenAIURL, config.Secret(w.OpenAIKey)
	c.OpenAI.Model, c.OpenAI.Timeout = sandbox.ModelName, 3*time.Second
	c.Shopify = config.Shopify{Shop: w.Shop, Token: config.Secret(w.ShopifyToken), Version: "2026-10", Endpoint: w.ShopifyURL}
	c.SendGrid = config.SendGrid{Key: config.Secret(w.SendGridKey), Endpoint: w.SendGridURL, WebhookPublicKey: w.SendGridPublicKey}
	c.Limits.Backlog = c.Limits.MaxAge
	return c
}

// StandaloneConfig is SandboxConfig for a daemon in another process, with the demo's account at the desk.
func StandaloneConfig(w *sandbox.World, data string) (*config.Config, error) {
	c := SandboxConfig(w, data)
	hash, err := HashPassword(DemoPassword)
	c.Web.Users = []config.User{{Name: DemoUser, PasswordHash: config.Secret(hash)}}
	c.Web.PublicURL = "http://" + c.Web.Listen
	return c, err
}

// HashPassword gives the hash of a password as web.users holds it.
func HashPassword(password string) (string, error) { return web.HashPassword(password) }

// DemoOptions say how the demo runs.
type DemoOptions struct {
	Log     *slog.Logger
	Version string
	// Listen is the desk's address; empty for none.
	Listen string
	// Key asks the real model in place of the stand-in, with this key.
	Key string
}

// Demo is a store's support mail, answered on this machine alone.
type Demo struct {
	*App
	world *sandbox.World
	dir   string
	began time.Time
}

// NewDemo starts the pretend world and builds a replyd for it, in a folder that Close removes.
func NewDemo(o DemoOptions) (*Demo, error) {
	d := &Demo{began: time.Now()}
	var err error
	if d.dir, err = os.MkdirTemp("", "replyd-demo-"); err != nil {
		return nil, err
	}
	if d.world, err = sandbox.Start(sandbox.Demo(), sandbox.Options{}); err != nil {
		os.RemoveAll(d.dir)
		return nil, err
	}
	c := SandboxConfig(d.world, d.dir)
	c.Web.Listen = o.Listen
	c.Web.PublicURL = "http://" + cmp.Or(o.Listen, "127.0.0.1:8025")
	if o.Key != "" {
		c.OpenAI = config.Defaults().OpenAI
		c.OpenAI.Key = config.Secret(o.Key)
	}
	hash, err := HashPassword(DemoPassword)
	if err == nil {
		c.Web.Users = []config.User{{Name: DemoUser, PasswordHash: config.Secret(hash)}}
		d.App, err = New(c, Options{Log: o.Log, Version: o.Version, Retry: demoRetry, LexiconSends: true, NoSync: true,
			Guest: web.Guest{Name: DemoUser, Password: DemoPassword}})
	}
	if err != nil {
		d.world.Close()
		os.RemoveAll(d.dir)
		return nil, err
	}
	d.world.SetEventURL(c.Web.PublicURL + "/events/sendgrid")
	return d, nil
}

// Close ends the world and removes the folder.
func (d *Demo) Close() error {
	err := d.App.Close()
	d.world.Close()
	os.RemoveAll(d.dir)
	return err
}

// Play takes the mail in and works until all of it waits for a person or is done.
func (d *Demo) Play(ctx context.Context) error { return d.Once(ctx, 5*time.Second) }

// Act does what a member of staff would do next, so that the demo shows every way in which a turn can end: the
// oldest review with a draft is approved, the next one is rejected, the next is answered by hand. Then the
// daemon works on, and one of its replies comes back.
func (d *Demo) Act(ctx context.Context) error {
	turns, err := d.store.TurnsByState(ticket.Review, 0)
	if err != nil {
		return err
	}
	slices.Reverse(turns)
	acts := []struct {
		decision ticket.Decision
		to       ticket.State
		reason   string
	}{
		{ticket.Send, ticket.Approved, "approved as drafted"},
		{ticket.Reject, ticket.Rejected, "nothing to say here"},
		{ticket.ByHand, ticket.Answered, "called the customer"},
		{ticket.Send, ticket.Approved, "approved as drafted"},
	}
	for _, t := range turns {
		if len(acts) == 0 {
			break
		}
		if t.Draft() == nil || t.Gate.Outcome != ticket.Go || len(t.Triage.Flags) > 0 || t.Outgoing != nil {
			continue
		}
		act := acts[0]
		acts = acts[1:]
		_, err := d.store.Change(ctx, t.ID, t.Version, func(t *ticket.Turn) error {
			now := time.Now()
			t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: act.decision, By: DemoUser,
				Draft: len(t.Drafts) - 1, Reasons: []string{act.reason}, At: now})
			t.Move(now, DemoUser, act.to, act.reason)
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := d.runner.Drain(ctx, 5*time.Second); err != nil {
		return err
	}
	return d.echo(ctx)
}

// echo puts the first reply that was sent back into the inbox, as a mailing list or somebody's forwarding rule
// does. Whoever answers that has begun a loop.
func (d *Demo) echo(ctx context.Context) error {
	sent := d.world.Outbox()
	if len(sent) == 0 {
		return nil
	}
	m := sent[0]
	raw, err := mail.Compose(mail.Outgoing{
		From: d.from, To: mail.Address{Name: m.To.Name, Address: m.To.Email}, Subject: m.Subject, Text: m.Text,
		HTML: m.HTML, MessageID: m.Headers["Message-ID"], InReplyTo: m.Headers["In-Reply-To"], Automatic: true,
		Date: m.At,
	})
	if err != nil {
		return err
	}
	if err := d.world.Deliver(raw); err != nil {
		return err
	}
	return d.Play(ctx)
}

// Summary tells what came of it, with the calls that the services counted.
func (d *Demo) Summary() (*Summary, error) {
	s, err := d.App.Summary()
	if err != nil {
		return nil, err
	}
	s.Calls = d.world.Calls()
	s.WallMS = time.Since(d.began).Milliseconds()
	inbox, err := d.world.FolderMessages(sandbox.FolderInbox)
	if err != nil {
		return nil, fmt.Errorf("demo: %w", err)
	}
	s.Unaccounted += max(0, len(inbox)-s.Mails)
	s.SentTwice += twice(d.world.Outbox())
	return s, nil
}

// twice counts mails that the outside world saw answered more than once.
func twice(outbox []sandbox.Sent) (n int) {
	seen := map[string]int{}
	for _, m := range outbox {
		if id := m.Headers["In-Reply-To"]; id != "" {
			if seen[m.To.Email+" "+id]++; seen[m.To.Email+" "+id] == 2 {
				n++
			}
		}
	}
	return n
}

// World is the pretend world, for tests that look at it from outside.
func (d *Demo) World() *sandbox.World { return d.world }
