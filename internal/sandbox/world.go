package sandbox

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

// Options say how a world is started. The zero value is a world on free loopback ports, without latency.
type Options struct {
	// Addresses to listen on; empty means "127.0.0.1:0".
	IMAPAddr, OpenAIAddr, ShopifyAddr, SendGridAddr string
	// Latency that each HTTP service adds to every call.
	Latency map[string]time.Duration
	// Now is the world's clock, time.Now if nil. The scenario's dates become fixed at Start.
	Now func() time.Time
	// Faults beyond the phone book and the scenario's own.
	Faults []Fault
	// Bucket of Shopify's calculated query cost; PlusBucket if zero.
	Bucket Bucket
	// EventURL is where SendGrid posts its signed events; none are posted while it is empty.
	EventURL string
	// KeepForged: the mailbox's provider leaves Authentication-Results headers in that claim to be its own.
	KeepForged bool
	// Listen opens listeners, net.Listen if nil. A test in a synctest bubble passes one over net.Pipe.
	Listen func(network, address string) (net.Listener, error)
	// Log, nil for silence.
	Log *slog.Logger
}

// Credentials open the world's doors. They are no secrets: they work nowhere else.
type Credentials struct {
	IMAPUser, IMAPPassword string // the password also serves as the token of XOAUTH2 and OAUTHBEARER
	OpenAIKey              string
	Shop                   string // name before .myshopify.com
	ShopifyToken           string
	ShopifyClientID        string
	ShopifyClientSecret    string
	SendGridKey            string
	SendGridPublicKey      string // of the event webhook: base64 of the DER form, as SendGrid shows it
}

// World is a running sandbox. All methods may be called from many goroutines.
type World struct {
	Credentials
	IMAPAddr    string // host:port, no TLS
	OpenAIURL   string // base URL with /v1
	ShopifyURL  string // scheme and host, which take the place of https://SHOP.myshopify.com
	SendGridURL string // scheme and host, which take the place of https://api.sendgrid.com

	keepForged bool

	now      func() time.Time
	log      *slog.Logger
	latency  map[string]time.Duration
	journal  *journal
	faults   *faults
	mail     *mailServer
	shopify  *shopifyServer
	sendgrid *sendgridServer

	closers []io.Closer
	running sync.WaitGroup
}

// Start brings a scenario to life.
func Start(s *Scenario, o Options) (*World, error) {
	w := &World{
		now: o.Now, log: o.Log, keepForged: o.KeepForged, latency: o.Latency, journal: newJournal(), faults: &faults{},
		Credentials: Credentials{
			IMAPUser: "support@lavender-oak.example", IMAPPassword: "sandbox-imap-password",
			OpenAIKey: "sk-sandbox-openai-key", SendGridKey: "SG.sandbox.sendgrid-key",
			ShopifyToken: "shpat_sandbox_admin_token", ShopifyClientID: "sandbox-client-id",
			ShopifyClientSecret: "shpss_sandbox_client_secret",
		},
	}
	if w.now == nil {
		w.now = time.Now
	}
	if w.log == nil {
		w.log = slog.New(slog.DiscardHandler)
	}
	if o.Listen == nil {
		o.Listen = net.Listen
	}
	w.faults.add(append(PhoneBook(), s.Faults...)...)
	for _, f := range o.Faults {
		if err := f.check(); err != nil {
			return nil, fmt.Errorf("sandbox: %w", err)
		}
		w.faults.add(f)
	}
	if err := w.start(s, o); err != nil {
		return nil, errors.Join(fmt.Errorf("sandbox: start: %w", err), w.Close())
	}
	return w, nil
}

func (w *World) start(s *Scenario, o Options) error {
	text, err := resolve(s.shop.data, w.now(), jsonDate)
	if err != nil {
		return err
	}
	data, err := parseShop([]byte(text))
	if err != nil {
		return err
	}
	w.Shop, w.IMAPUser = data.name(), data.mailbox()
	if w.shopify, err = newShopify(w, data, o.Bucket); err != nil {
		return err
	}
	prefix, suffix := data.orderName()
	brain, err := newOpenAI(w, prefix, suffix)
	if err != nil {
		return err
	}
	if w.sendgrid, err = newSendGrid(w, o.EventURL, data.domain()); err != nil {
		return err
	}
	w.closers = append(w.closers, w.sendgrid)
	if w.mail, err = newMail(w, s); err != nil {
		return err
	}
	listener, err := o.Listen("tcp", address(o.IMAPAddr))
	if err != nil {
		return err
	}
	w.IMAPAddr = listener.Addr().String()
	w.closers = append(w.closers, w.mail)
	w.running.Go(func() { _ = w.mail.server.Serve(listener) })
	for _, one := range []struct {
		addr, service, path string
		url                 *string
		answers             endpoint
	}{
		{o.OpenAIAddr, OpenAI, "/v1", &w.OpenAIURL, brain.answer},
		{o.ShopifyAddr, Shopify, "", &w.ShopifyURL, w.shopify.answer},
		{o.SendGridAddr, SendGrid, "", &w.SendGridURL, w.sendgrid.answer},
	} {
		host, err := w.serve(o.Listen, one.addr, w.handler(one.service, one.answers))
		if err != nil {
			return err
		}
		*one.url = "http://" + host + one.path
	}
	return nil
}

func address(s string) string {
	if s == "" {
		return "127.0.0.1:0"
	}
	return s
}

func (w *World) serve(listen func(string, string) (net.Listener, error), addr string,
	h http.Handler) (string, error) {
	listener, err := listen("tcp", address(addr))
	if err != nil {
		return "", err
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second,
		ErrorLog: slog.NewLogLogger(w.log.Handler(), slog.LevelDebug)}
	w.closers = append(w.closers, server)
	w.running.Go(func() { _ = server.Serve(listener) })
	return listener.Addr().String(), nil
}

// AddFault makes a service fail from now on.
func (w *World) AddFault(f Fault) error {
	if err := f.check(); err != nil {
		return fmt.Errorf("sandbox: %w", err)
	}
	w.faults.add(f)
	return nil
}

// Close stops all servers, breaks all connections, and waits for the listeners and for events on their way.
func (w *World) Close() error {
	var all error
	for _, c := range slices.Backward(w.closers) {
		if err := c.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			all = errors.Join(all, err)
		}
	}
	w.running.Wait()
	return all
}
