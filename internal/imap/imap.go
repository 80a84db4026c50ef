// Package imap watches a mailbox: it takes new mail in, files what was answered, saves drafts, and looks
// whether a person answered already. It keeps one long-lived connection per account (a log-in per poll gets
// throttled), never sets \Seen, which belongs to people, and never asks a server for ENVELOPE or
// BODYSTRUCTURE, which several send broken. Everything a server sends is bounded in size and time.
package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/replyd/replyd/internal/mail"
)

// Security says how the connection is protected.
type Security string

const (
	// TLS from the first byte, usually on port 993 (RFC 8314).
	TLS Security = "tls"
	// StartTLS begins in plain text and must switch, usually on port 143; if the server cannot, we leave.
	StartTLS Security = "starttls"
	// None is plain text, for a server on this very machine only: other hosts are refused.
	None Security = "none"
)

// Auth says how to log in.
type Auth string

const (
	// Login sends user and password (LOGIN, or SASL PLAIN where LOGIN is disabled).
	Login Auth = "login"
	// XOAuth2 sends an access token in Google's and Microsoft's own way. Microsoft 365 takes nothing else.
	XOAuth2 Auth = "xoauth2"
	// OAuthBearer sends an access token as RFC 7628 says.
	OAuthBearer Auth = "oauthbearer"
)

// Bounds that hold for every server, with the reason for each number.
const (
	DefaultMaxSize = 25 << 20         // largest mail taken in whole: what Gmail and Microsoft 365 accept
	DefaultPoll    = 90 * time.Second // between one and two minutes: IDLE alone goes silent on dead links
	idleLimit      = 9 * time.Minute  // NAT boxes forget after 10, servers log out after 29 (RFC 2177)
	defaultTimeout = 60 * time.Second // for one command; a link is found dead within two polls
	headerLimit    = 256 << 10        // of a mail that is too large; a usual header has 5 KiB
	commandBudget  = 8 << 20          // bytes that a server may send in answer to one command, mails aside
	firstLook      = 24 * time.Hour   // how far back a first start takes mail in, where Since is not set
	rescanLook     = 30 * 24 * time.Hour
	maxUIDs        = 50_000 // of one search; the rest comes with the next pass
	batch          = 50     // messages whose sizes are asked for at once
)

// Config describes one account.
type Config struct {
	Name     string   // the account's name in cursors and logs
	Addr     string   // host:port
	Security Security // empty means TLS
	TLS      *tls.Config
	User     string
	Auth     Auth                                  // empty means Login
	Password string                                // for Login
	Token    func(context.Context) (string, error) // for XOAuth2 and OAuthBearer: a fresh access token

	Folders      []string // to take mail from; empty means INBOX. IDLE watches the first
	SentFolder   string   // empty: found by its special use (RFC 6154) or usual name
	DraftsFolder string   // for SaveDraft; empty: found likewise
	MoveTo       string   // File moves mail there; empty for never
	Keyword      string   // File sets it, where the server keeps keywords; empty for none

	// Since: mail that arrived earlier is never downloaded. Zero means a day before Activated.
	Since time.Time
	// Activated is when the owner switched replyd on. On a first start, mail that arrived before it is taken in
	// with FirstSync set; zero means all of it.
	Activated time.Time

	MaxSize int64         // bytes; larger mail is taken in with its header only. Zero means DefaultMaxSize
	Poll    time.Duration // zero means DefaultPoll
	Timeout time.Duration // for one command; zero means 60 s. Never more than Poll

	// Dial connects; nil means TCP. Tests use it to stay inside a synctest bubble.
	Dial func(ctx context.Context, network, addr string) (net.Conn, error)
}

// Fetched is one mail as it lies in the mailbox.
type Fetched struct {
	Account     string
	Folder      string
	UIDValidity uint32
	UID         uint32
	Arrived     time.Time // INTERNALDATE: the server's clock
	Size        int64     // bytes as the server counts them; some servers are a little off
	Flags       []string
	Raw         []byte // a stand-in header where nothing could be had: never empty because of that
	HeaderOnly  bool   // Raw ends with the header, since the mail is too large or could not be had
	FirstSync   bool   // it was there before replyd was: never to be answered
	Problem     string // why HeaderOnly, in a sentence for staff
}

// Taker stores mail. Take stores the mail and the cursor (its folder, UIDValidity and UID) in one
// transaction: once it returned nil, the mail is not fetched again. An error ends the pass and the same mail
// comes again. The same mail may come twice, also under another UID: Take dedupes. It is called one mail at
// a time, with the connection taken: it must not call the Client.
type Taker interface {
	Take(ctx context.Context, f Fetched) error
}

// Mover may be implemented by a Taker. Move is told of a cursor that moved without a mail: past mail that is
// too old to be taken in, or onto an empty folder. A Taker without it meets such a folder as a first start
// again.
type Mover interface {
	Move(ctx context.Context, c mail.Cursor) error
}

// Client speaks for one account. Its methods may be called from several goroutines: they share the
// connection, one at a time, and interrupt Watch while it waits for mail.
type Client struct {
	cfg Config
	log *slog.Logger

	slot    chan struct{} // holds one element while somebody uses what follows
	session *session      // nil when not connected
	retry   *backoff.ExponentialBackOff
	notYet  time.Time // no connection before this moment: the last one failed
	lastErr error     // how it failed
	refused int       // log-ins refused in a row
	tries   map[mailID]int
	sent    sentCache
	folders map[string]string // special use → name, once found

	waiting atomic.Int32  // callers who want the slot
	want    chan struct{} // tells Watch of them
}

// mailID names a mail for as long as the client lives.
type mailID struct {
	folder           string
	uidValidity, uid uint32
}

// New makes a client. It does not connect.
func New(c Config, log *slog.Logger) *Client {
	if c.Security == "" {
		c.Security = TLS
	}
	if c.Auth == "" {
		c.Auth = Login
	}
	if len(c.Folders) == 0 {
		c.Folders = []string{"INBOX"}
	}
	if c.MaxSize <= 0 {
		c.MaxSize = DefaultMaxSize
	}
	if c.Poll <= 0 {
		c.Poll = DefaultPoll
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	c.Timeout = min(c.Timeout, c.Poll)
	if c.Dial == nil {
		c.Dial = (&net.Dialer{Timeout: c.Timeout}).DialContext
	}
	retry := backoff.NewExponentialBackOff() // with jitter: many accounts may lose the same provider
	retry.InitialInterval, retry.Multiplier, retry.MaxInterval = time.Second, 2, 5*time.Minute
	retry.Reset()
	return &Client{
		cfg: c, log: log.With("account", c.Name),
		slot: make(chan struct{}, 1), want: make(chan struct{}, 1),
		retry: retry, tries: map[mailID]int{}, folders: map[string]string{},
	}
}

// Close ends the connection. The client can be used again.
func (c *Client) Close() error {
	c.slot <- struct{}{}
	defer func() { <-c.slot }()
	c.drop()
	return nil
}

// with runs f on the account's connection, which it opens if need be. Nobody else uses it meanwhile.
func (c *Client) with(ctx context.Context, op string, f func(*session) error) error {
	if err := c.lock(ctx); err != nil {
		return wrap(op, err)
	}
	defer func() { <-c.slot }()
	if err := c.connect(ctx); err != nil {
		return wrap("connect", err)
	}
	err := f(c.session)
	var taker *takeError
	switch {
	case err == nil:
		if c.session.age() > time.Minute { // a connection that breaks at once must not reset the back-off
			c.retry.Reset()
		}
	case ctx.Err() != nil:
		c.drop()
		err = ctx.Err()
	case errors.As(err, &taker):
		return taker.error
	case !answered(err) && !errors.Is(err, ErrAccount):
		c.drop()
		c.postpone(wrap(op, err))
	}
	return wrap(op, err)
}

// takeError is an error of the Taker, which is no fault of the connection.
type takeError struct{ error }

func (c *Client) lock(ctx context.Context) error {
	if ctx.Err() != nil { // nobody connects anew only to stop
		return ctx.Err()
	}
	select {
	case c.slot <- struct{}{}:
		return nil
	default:
	}
	c.waiting.Add(1)
	defer c.waiting.Add(-1)
	select {
	case c.want <- struct{}{}:
	default:
	}
	select {
	case c.slot <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// connect makes sure that there is a working connection. After a failure it waits longer and longer before
// the next try, whoever asks: a provider that is annoyed by log-ins locks the account.
func (c *Client) connect(ctx context.Context) error {
	if c.session != nil && !c.session.alive(ctx) {
		c.drop()
	}
	if c.session != nil || ctx.Err() != nil {
		return ctx.Err()
	}
	if wait := time.Until(c.notYet); wait > 0 {
		e := &Error{Op: "connect", Err: c.lastErr, Why: "waiting after a failure", For: wait}
		var last *Error
		if errors.As(c.lastErr, &last) {
			e.Op, e.Why = last.Op, last.Why
		}
		return e
	}
	s, err := dial(ctx, c.cfg)
	if err != nil {
		return c.failed(ctx, err)
	}
	c.session, c.refused = s, 0
	c.log.Info("imap: connected", "addr", c.cfg.Addr, "idle", s.can.Has("IDLE"))
	return nil
}

// failed remembers a failure to connect. A log-in that is refused may be a hiccup of the provider; the third
// in a row is taken for true.
func (c *Client) failed(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	err = wrap("connect", err)
	var e *Error
	if errors.Is(err, errRefused) && errors.As(err, &e) {
		if c.refused++; c.refused < 3 {
			err = &Error{Op: e.Op, Why: e.Why, For: retryShort}
		}
	}
	c.postpone(err)
	return err
}

// postpone puts the next connection off.
func (c *Client) postpone(err error) {
	wait := c.retry.NextBackOff()
	c.notYet, c.lastErr = time.Now().Add(wait), err
	c.log.Warn("imap: connection failed", "error", err, "wait", wait.Round(time.Millisecond))
}

func (c *Client) drop() {
	if c.session != nil {
		c.session.close()
		c.session = nil
	}
}
