package imap

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"

	"github.com/replyd/replyd/internal/mail"
)

// pipes is a listener whose connections are net.Pipes: servers on it work inside a synctest bubble.
type pipes struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
	mu    sync.Mutex
	dials int
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), done: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.done:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.done) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.IPAddr{} }

func (p *pipes) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	p.mu.Lock()
	p.dials++
	p.mu.Unlock()
	client, server := net.Pipe()
	select {
	case p.conns <- server:
		return client, nil
	case <-p.done:
		return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipes) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.dials
}

// memory is an imapmemserver with one user.
type memory struct {
	*pipes
	user *imapmemserver.User
}

func allCaps() imap.CapSet {
	return imap.CapSet{
		imap.CapIMAP4rev1: {}, imap.CapIdle: {}, imap.CapMove: {}, imap.CapUIDPlus: {}, imap.CapSpecialUse: {},
		imap.CapListExtended: {}, imap.CapNamespace: {},
	}
}

func newMemory(t testing.TB, caps imap.CapSet, folders ...string) *memory {
	t.Helper()
	return newServer(t, imapserver.Options{Caps: caps, InsecureAuth: true}, false, folders...)
}

func newServer(t testing.TB, o imapserver.Options, tlsFirst bool, folders ...string) *memory {
	t.Helper()
	m := &memory{pipes: newPipes(), user: imapmemserver.NewUser("support", "secret")}
	for _, f := range append([]string{"INBOX"}, folders...) {
		if err := m.user.Create(f, nil); err != nil {
			t.Fatal(err)
		}
	}
	mem := imapmemserver.New()
	mem.AddUser(m.user)
	o.Logger = log.New(io.Discard, "", 0)
	if o.NewSession == nil {
		o.NewSession = func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return mem.NewSession(), nil, nil
		}
	}
	srv := imapserver.New(&o)
	var ln net.Listener = m.pipes
	if tlsFirst {
		ln = tls.NewListener(ln, o.TLSConfig)
	}
	go srv.Serve(ln)
	t.Cleanup(func() { m.pipes.Close(); srv.Close() })
	return m
}

func (m *memory) put(t testing.TB, folder, raw string, at time.Time) imap.UID {
	t.Helper()
	d, err := m.user.Append(folder, literal{strings.NewReader(raw), int64(len(raw))}, &imap.AppendOptions{Time: at})
	if err != nil {
		t.Fatal(err)
	}
	return d.UID
}

type literal struct {
	io.Reader
	size int64
}

func (l literal) Size() int64 { return l.size }

// letter is a small mail with a Message-ID made of n.
func letter(n int) string {
	return fmt.Sprintf("From: ada@example.com\r\nTo: support@lavender-oak.example\r\nSubject: Parcel %d\r\n"+
		"Message-ID: <m%d@example.com>\r\n\r\nWhere is it?\r\n", n, n)
}

func config(dial func(context.Context, string, string) (net.Conn, error)) Config {
	return Config{
		Name: "main", Addr: "localhost:143", Security: None, User: "support", Password: "secret", Dial: dial,
		Timeout: 20 * time.Second,
	}
}

func client(t testing.TB, cfg Config) *Client {
	t.Helper()
	c := New(cfg, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { c.Close() })
	return c
}

// taker keeps what it is given.
type taker struct {
	mu    sync.Mutex
	got   []Fetched
	moved []mail.Cursor
	fail  func(Fetched) error
	fresh chan struct{}
}

func newTaker() *taker { return &taker{fresh: make(chan struct{}, 1000)} }

func (k *taker) Take(_ context.Context, f Fetched) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fail != nil {
		if err := k.fail(f); err != nil {
			return err
		}
	}
	k.got = append(k.got, f)
	k.fresh <- struct{}{}
	return nil
}

func (k *taker) Move(_ context.Context, c mail.Cursor) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.moved = append(k.moved, c)
	return nil
}

func (k *taker) uids() (out []uint32) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, f := range k.got {
		out = append(out, f.UID)
	}
	return out
}

// script is a server made of one function: it gets each command and writes what it likes. Returning false
// ends the connection.
type script func(w io.Writer, tag, cmd string) (goOn bool)

// newScript serves every connection with s after a greeting. What s does not handle (it wrote nothing), gets
// the usual answers of a server with one message.
func newScript(t testing.TB, greeting string, s script) *pipes {
	t.Helper()
	p := newPipes()
	t.Cleanup(func() { p.Close() })
	go func() {
		for {
			conn, err := p.Accept()
			if err != nil {
				return
			}
			go serveScript(conn, greeting, s)
		}
	}()
	return p
}

type counting struct {
	io.Writer
	n int
}

func (c *counting) Write(p []byte) (int, error) { c.n += len(p); return c.Writer.Write(p) }

func serveScript(conn net.Conn, greeting string, s script) {
	defer conn.Close()
	if _, err := io.WriteString(conn, greeting); err != nil {
		return
	}
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		tag, cmd, _ := strings.Cut(lines.Text(), " ")
		w := &counting{Writer: conn}
		if s != nil && !s(w, tag, cmd) {
			return
		}
		if w.n == 0 {
			usual(conn, tag, cmd)
		}
	}
}

const greeting = "* OK [CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE] ready\r\n"

func usual(w io.Writer, tag, cmd string) {
	upper := strings.ToUpper(cmd)
	switch {
	case upper == "CAPABILITY":
		fmt.Fprint(w, "* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n")
	case tag == "DONE":
		fmt.Fprint(w, "T0 OK\r\n") // overwritten by scripts that idle
	case strings.HasPrefix(upper, "EXAMINE"), strings.HasPrefix(upper, "SELECT"):
		fmt.Fprint(w, "* 1 EXISTS\r\n* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen)] x\r\n"+
			"* OK [UIDVALIDITY 7] x\r\n* OK [UIDNEXT 2] x\r\n")
	case strings.HasPrefix(upper, "UID SEARCH"):
		fmt.Fprint(w, "* SEARCH 1\r\n")
	case strings.HasPrefix(upper, "UID FETCH") && strings.Contains(upper, "RFC822.SIZE"):
		fmt.Fprint(w, "* 1 FETCH (UID 1 FLAGS () INTERNALDATE \"01-Jul-2026 10:00:00 +0000\" RFC822.SIZE 5)\r\n")
	case strings.HasPrefix(upper, "UID FETCH") && strings.Contains(upper, "HEADER"):
		fmt.Fprint(w, "* 1 FETCH (UID 1 BODY[HEADER]<0> {8}\r\nA: b\r\n\r\n)\r\n")
	case strings.HasPrefix(upper, "UID FETCH"):
		fmt.Fprint(w, "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n")
	}
	if tag != "DONE" {
		fmt.Fprintf(w, "%s OK done\r\n", tag)
	}
}

func is(cmd, prefix string) bool { return strings.HasPrefix(strings.ToUpper(cmd), prefix) }
