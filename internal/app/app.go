// Package app puts the program together: New builds every part and starts none, Run runs them and returns when
// all have stopped. Read steps.go first; it shows how a mail becomes a reply.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/lookup"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/shopify"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/web"
	"github.com/replyd/replyd/internal/webhook"
	"github.com/replyd/replyd/internal/wording"
)

// App is one replyd: a store, the hands to the services, and the steps that use them.
type App struct {
	config *config.Config
	log    *slog.Logger
	store  *store.Store
	boxes  []*mailbox
	shop   *shopify.Client
	sender *sendgrid.Client
	hooks  map[string]*webhook.Client // who is told of turns in review, by name

	lookup *lookup.Lookup
	// wording words what has no fixed answer; nil unless the owner wants it
	wording *wording.Wording

	model    llm.Model            // nil: the lexicon reads alone
	current  atomic.Pointer[live] // what can be changed at the desk; see settings.go
	changing sync.Mutex           // of current
	trying   sync.Mutex           // of a text at the desk

	lexiconSends bool // the demo lets the stand-by's triage go out by itself; nothing else does
	guest        web.Guest
	orderName    triage.OrderName
	from         mail.Address
	publicURL    string
	hosts        []string // that replies may link to
	zone         *time.Location
	retry        pipeline.Retry

	runner  *pipeline.Runner
	desk    http.Handler
	api     http.Handler // of the desk, for commands on this machine
	numbers *numbers
	paused  sync.Map // name of a mailbox that needs a person → why
}

// mailbox is one watched account.
type mailbox struct {
	*imap.Client
	name    string
	folders []string
	poll    time.Duration
	taker   *intake

	drafts       bool   // copies of drafts go into the Drafts folder
	draftsFolder string // its name
	copying      sync.Mutex
	looking      sync.Mutex    // of dismissed
	dismissed    map[pair]bool // what in Sent answers nothing
}

// Options are what is not in the configuration file.
type Options struct {
	Log     *slog.Logger
	Version string
	// Retry is DefaultRetry when zero.
	Retry pipeline.Retry
	// LexiconSends lets what the lexicon triaged go out by itself. For the demo, which has no model.
	LexiconSends bool
	// Once: no further mail of a burst is waited for.
	Once bool
	// NoSync trades safety against power cuts for speed. For the demo.
	NoSync bool
	// Guest is an account that the log-in page names, with its password, to whoever comes. For the demo.
	Guest web.Guest
}

// New opens the store and builds all parts. It starts nothing and talks to nobody.
func New(c *config.Config, o Options) (*App, error) {
	zone, err := time.LoadLocation(c.Store.Zone)
	if err != nil {
		return nil, fmt.Errorf("app: %w", err)
	}
	if o.Retry == (pipeline.Retry{}) {
		o.Retry = pipeline.DefaultRetry
	}
	a := &App{
		config: c, log: o.Log, lexiconSends: o.LexiconSends, guest: o.Guest,
		orderName: triage.OrderName(c.Store.OrderName), publicURL: c.Web.PublicURL, zone: zone, retry: o.Retry,
		from:  mail.Address{Name: c.Store.From.Name, Address: c.Store.From.Address},
		hosts: append([]string{hostOf(c.Store.URL), hostOf(c.Web.PublicURL)}, c.Store.LinkHosts...),
	}
	st, err := store.Open(c.Data, store.Options{NoSync: o.NoSync, Notify: notified(c), Copies: copied(c), Promise: a.promise,
		Remember: crm.Record,
		Ceiling:  func(n store.Counts) string { return a.live().gate.Thresholds.Exceeded(sent(n), false) }})
	if err != nil {
		return nil, err
	}
	a.store = st
	a.numbers = newNumbers(o.Version, st)
	if err := errors.Join(a.buildThought(), a.buildHands(o), a.buildDesk()); err != nil {
		st.Close()
		return nil, err
	}
	if _, err := st.Rank(context.Background()); err != nil { // the file may promise other times than at the last stop
		st.Close()
		return nil, err
	}
	a.runner = pipeline.New(st, a.steps(), pipeline.Options{
		Workers: c.Workers, Retry: o.Retry, Log: o.Log, Changed: st.Changed, Observe: a.numbers.step,
	})
	return a, nil
}

// Close ends what New opened.
func (a *App) Close() error {
	for _, b := range a.boxes {
		b.Close()
	}
	return a.store.Close()
}

// mailbox finds a watched account by name; nil if it is no longer configured.
func (a *App) mailbox(name string) *mailbox {
	for _, b := range a.boxes {
		if b.name == name {
			return b
		}
	}
	return nil
}

// Run settles what the last stop left behind, then watches, works and serves until ctx ends. It returns when
// all of it has stopped.
func (a *App) Run(ctx context.Context) error {
	if err := a.reconcile(ctx); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, b := range a.boxes {
		g.Go(func() error { return a.watch(ctx, b) })
		g.Go(func() error { return a.watchSent(ctx, b) })
		g.Go(func() error {
			return a.work(ctx, "drafts wait", func(ctx context.Context) (time.Time, error) { return a.copyDue(ctx, b) })
		})
	}
	g.Go(func() error { return a.runner.Run(ctx) })
	g.Go(func() error { return a.push(ctx) })
	g.Go(func() error { return a.work(ctx, "notices wait", a.notifyDue) })
	g.Go(func() error { return a.sweep(ctx) })
	if a.config.Web.Listen != "" {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", a.config.Web.Listen)
		if err != nil {
			return fmt.Errorf("web: %w; choose another address at web.listen", err)
		}
		g.Go(func() error { return serve(ctx, l, a.desk) })
		a.log.Info("desk", "address", "http://"+l.Addr().String())
	}
	g.Go(func() error { return a.control(ctx, filepath.Join(a.config.Data, socketName)) })
	return g.Wait()
}

// Once takes in what lies in the mailboxes and works until nothing is due for longer than horizon.
func (a *App) Once(ctx context.Context, horizon time.Duration) error {
	if err := a.reconcile(ctx); err != nil {
		return err
	}
	for _, b := range a.boxes {
		for _, folder := range b.folders {
			if err := a.fetchOnce(ctx, b, folder); err != nil {
				return fmt.Errorf("mailbox %s: %w", b.name, err)
			}
		}
	}
	if err := a.runner.Drain(ctx, horizon); err != nil {
		return err
	}
	for _, b := range a.boxes {
		if err := a.lookIntoSent(ctx, b); err != nil {
			return fmt.Errorf("mailbox %s: %w", b.name, err)
		}
		if _, err := a.copyDue(ctx, b); err != nil {
			return err
		}
	}
	_, err := a.pushDue(ctx)
	return err
}

// fetchTries bounds how often one pass over a folder is begun again: a mail that cannot be had takes three tries
// until its header stands in for it.
const fetchTries = 6

// fetchOnce makes one pass over a folder, begun again where the failure passes by itself.
func (a *App) fetchOnce(ctx context.Context, b *mailbox, folder string) error {
	for try := 1; ; try++ {
		cur, err := a.store.Cursor(b.name, folder)
		if err != nil {
			return err
		}
		_, err = b.FetchNew(ctx, cur, b.taker)
		var passing interface {
			RetryAfter() (time.Duration, bool)
		}
		if err == nil || !errors.As(err, &passing) || try == fetchTries {
			return err
		}
		wait, temporary := passing.RetryAfter()
		if !temporary {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// watch takes mail in for as long as the daemon runs. An account that needs a person pauses; the rest goes on.
func (a *App) watch(ctx context.Context, b *mailbox) error {
	err := b.Watch(ctx, func(folder string) (mail.Cursor, error) { return a.store.Cursor(b.name, folder) }, b.taker)
	if err == nil || ctx.Err() != nil {
		return nil
	}
	a.paused.Store(b.name, err.Error())
	a.log.Error("a mailbox is paused until replyd is restarted", "account", b.name, "error", err)
	return nil
}

// sweep clears, every hour, what has outlived its use.
func (a *App) sweep(ctx context.Context) error {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		if err := a.store.Sweep(ctx, time.Now()); err != nil && ctx.Err() == nil {
			a.log.Warn("sweeping the store failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// serve answers HTTP on l until ctx ends. Its limits are for people and webhooks, whose requests are small.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	s := &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 20 * time.Second,
		WriteTimeout: 60 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
	}
	stopped := context.AfterFunc(ctx, func() {
		short, cancel := context.WithTimeout(context.WithoutCancel(ctx), 3*time.Second)
		defer cancel()
		if s.Shutdown(short) != nil {
			s.Close()
		}
	})
	defer stopped()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("web: %w", err)
	}
	return nil
}

func hostOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return ""
	}
	return u.Host
}

func thresholds(l config.Limits) gate.Thresholds {
	return gate.Thresholds{PerTicket: l.PerTicket, PerSender: l.PerSenderDay, PerDomain: l.HourlyDomain,
		PerHour: l.HourlyTotal}
}
