package sandbox

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2/imapclient"

	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
)

// pipes is a network of net.Pipe inside a synctest bubble.
type pipes map[string]chan net.Conn

func (p pipes) listen(_, _ string) (net.Listener, error) {
	name := "world:" + string(rune('1'+len(p)))
	p[name] = make(chan net.Conn)
	return &pipeListener{name: name, conns: p[name], done: make(chan struct{})}, nil
}

func (p pipes) dial(ctx context.Context, _, addr string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p[addr] <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type pipeListener struct {
	name  string
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *pipeListener) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *pipeListener) Addr() net.Addr { return pipeAddr(l.name) }

type pipeAddr string

func (pipeAddr) Network() string  { return "pipe" }
func (a pipeAddr) String() string { return string(a) }

// TestTheWholeWorldFitsIntoABubble: with a false clock, slowness and latency cost no time, and can be
// measured exactly.
func TestTheWholeWorldFitsIntoABubble(t *testing.T) {
	s := small(t)
	synctest.Test(t, func(t *testing.T) {
		network := pipes{}
		late := map[string]time.Duration{SendGrid: time.Second}
		w, err := Start(s, Options{Listen: network.listen, Latency: late})
		if err != nil {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{DialContext: network.dial, DisableKeepAlives: true}}
		for to, want := range map[string]time.Duration{"anna@posteo.example": time.Second,
			"slow@web.example": 6 * time.Second} {
			began := time.Now()
			if status := sendOver(t, client, w, to); status != http.StatusAccepted {
				t.Errorf("%s: %d", to, status)
			}
			if took := time.Since(began); took != want {
				t.Errorf("%s took %s, want %s", to, took, want)
			}
		}
		conn, err := network.dial(t.Context(), "", w.IMAPAddr)
		if err != nil {
			t.Fatal(err)
		}
		c := imapclient.New(conn, nil)
		if err := c.Login(w.IMAPUser, w.IMAPPassword).Wait(); err != nil {
			t.Error(err)
		}
		c.Close()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

func sendOver(t *testing.T, client *http.Client, w *World, to string) int {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, w.SendGridURL+"/v3/mail/send",
		bytes.NewReader(sgmail.GetRequestBody(goodMail(to))))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+w.SendGridKey)
	r.Header.Set("Content-Type", "application/json")
	a, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	return a.StatusCode
}
