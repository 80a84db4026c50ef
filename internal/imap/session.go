package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// session is one logged-in connection. It is not safe for concurrent use.
type session struct {
	c        *imapclient.Client
	raw      *meter
	can      imap.CapSet // capabilities after the log-in
	timeout  time.Duration
	selected string // folder, empty for none
	writable bool   // it was opened by SELECT, not EXAMINE
	box      *imap.SelectData
	wake     chan struct{} // the server spoke of new mail unasked
	strays   *strays       // FETCH answers that the library gave to nobody
	born     time.Time
	used     time.Time
}

var (
	errBudget  = errors.New("the server sent more than it was asked for")
	errLiteral = errors.New("the server announced a larger mail than it was asked for")
	errCut     = errors.New("the mail was cut off")
	errRefused = fmt.Errorf("the server refused the log-in: %w", ErrAccount)
)

// dial connects, secures and logs in.
func dial(ctx context.Context, cfg Config) (*session, error) {
	s, err := open(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := s.login(ctx, cfg); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// open connects and secures the connection up to the greeting.
func open(ctx context.Context, cfg Config) (*session, error) {
	host, err := checkAddr(cfg)
	if err != nil {
		return nil, &Error{Op: "connect", Err: ErrAccount, Why: err.Error()}
	}
	dialCtx, cancel := context.WithTimeout(ctx, cfg.Timeout)
	defer cancel()
	conn, err := cfg.Dial(dialCtx, "tcp", cfg.Addr)
	if err != nil {
		return nil, &Error{Op: "connect", Err: err, Why: dialWords(err), For: retryShort}
	}
	s := &session{
		raw: &meter{Conn: conn}, timeout: cfg.Timeout, strays: &strays{},
		wake: make(chan struct{}, 1), born: time.Now(), used: time.Now(),
	}
	release := s.guard(ctx, cfg.Timeout, commandBudget)
	err = s.secure(cfg, host)
	if err := release(err); err != nil {
		s.close()
		return nil, tlsError(err)
	}
	return s, nil
}

// secure wraps the raw connection and waits for the greeting.
func (s *session) secure(cfg Config, host string) error {
	tlsConfig := cfg.TLS.Clone()
	if tlsConfig == nil {
		tlsConfig = &tls.Config{}
	}
	if tlsConfig.ServerName == "" {
		tlsConfig.ServerName = host
	}
	tlsConfig.MinVersion = max(tlsConfig.MinVersion, tls.VersionTLS12)
	tlsConfig.NextProtos = []string{"imap"} // RFC 7301; against cross-protocol attacks
	options := &imapclient.Options{TLSConfig: tlsConfig, UnilateralDataHandler: s.handler()}
	switch cfg.Security {
	case StartTLS:
		c, err := imapclient.NewStartTLS(s.raw, options)
		if err != nil {
			return err
		}
		s.c = c
	case None:
		s.c = imapclient.New(s.raw, options)
	default:
		conn := tls.Client(s.raw, tlsConfig)
		if err := conn.Handshake(); err != nil { // the guard ends it
			return err
		}
		s.c = imapclient.New(conn, options)
	}
	return s.c.WaitGreeting()
}

// handler is called on the library's read goroutine: it must not block, nor close the client.
func (s *session) handler() *imapclient.UnilateralDataHandler {
	return &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages == nil {
				return
			}
			select {
			case s.wake <- struct{}{}:
			default:
			}
		},
		Fetch: s.strays.take, // the library gives this one a goroutine of its own
	}
}

// guard bounds what follows in time and bytes by closing the connection: the library knows no contexts, and
// only the raw connection can be closed without waiting for it. The returned function ends the guard and
// says what really went wrong.
func (s *session) guard(ctx context.Context, limit time.Duration, bytes int64) func(error) error {
	s.raw.left.Store(bytes)
	timed, cancel := context.WithTimeout(ctx, limit)
	stop := context.AfterFunc(timed, func() { _ = s.raw.Close() })
	return func(err error) error {
		stop()
		defer cancel()
		s.used = time.Now()
		switch {
		case err == nil, answered(err):
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case timed.Err() != nil:
			return context.DeadlineExceeded
		case s.raw.spent.Load():
			return errBudget
		}
		return err
	}
}

// do runs one command under the usual guard.
func (s *session) do(ctx context.Context, f func() error) error {
	release := s.guard(ctx, s.timeout, commandBudget)
	return release(f())
}

func (s *session) age() time.Duration { return time.Since(s.born) }

// alive reports whether the connection still works. It asks the server if it was silent for a while.
func (s *session) alive(ctx context.Context) bool {
	select {
	case <-s.c.Closed():
		return false
	default:
	}
	if time.Since(s.used) < time.Minute {
		return true
	}
	release := s.guard(ctx, min(s.timeout, 15*time.Second), commandBudget)
	return release(s.c.Noop().Wait()) == nil
}

// close ends the connection at once. The raw connection goes first: Client.Close waits for the library's
// reader.
func (s *session) close() {
	_ = s.raw.Close()
	if s.c != nil {
		_ = s.c.Close()
	}
}

// examine opens a folder for reading: nothing that follows can set \Seen.
func (s *session) examine(ctx context.Context, folder string) (*imap.SelectData, error) {
	return s.enter(ctx, folder, false)
}

func (s *session) enter(ctx context.Context, folder string, writable bool) (*imap.SelectData, error) {
	var box *imap.SelectData
	s.selected = ""
	err := s.do(ctx, func() (err error) {
		box, err = s.c.Select(folder, &imap.SelectOptions{ReadOnly: !writable}).Wait()
		return err
	})
	if err != nil {
		return nil, err
	}
	if box.UIDValidity == 0 {
		return nil, &Error{Op: "select", Why: "the folder has no UIDVALIDITY (RFC 3501)", For: retryShort}
	}
	s.selected, s.writable, s.box = folder, writable, box
	return box, nil
}

// search gives UIDs that match, ascending, above a floor, maxUIDs at most. `n:*` matches the last message
// even when its UID is lower than n (RFC 3501 section 6.4.8), hence the floor.
func (s *session) search(ctx context.Context, criteria imap.SearchCriteria, above uint32) ([]uint32, error) {
	var data *imap.SearchData
	err := s.do(ctx, func() (err error) {
		data, err = s.c.UIDSearch(&criteria, nil).Wait()
		return err
	})
	if err != nil {
		return nil, err
	}
	set, _ := data.All.(imap.UIDSet)
	return expand(set, above, maxUIDs), nil
}

// expand lists the numbers of a set. The library's own way would make four thousand million numbers of "1:*".
func expand(set imap.UIDSet, above uint32, limit int) []uint32 {
	var out []uint32
	for _, r := range set {
		first, last := uint32(r.Start), uint32(r.Stop)
		if first > last && last != 0 {
			first, last = last, first
		}
		for n := max(uint64(first), uint64(above)+1); n <= uint64(last); n++ {
			if len(out) == limit {
				return out
			}
			out = append(out, uint32(n))
		}
	}
	return out
}

// meter is a connection that gives way after a number of bytes: the library would read an endless line for
// ever.
type meter struct {
	net.Conn
	left  atomic.Int64
	spent atomic.Bool
}

func (m *meter) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	if m.left.Add(-int64(n)) < 0 {
		m.spent.Store(true)
		_ = m.Conn.Close()
		return 0, errBudget
	}
	return n, err
}
