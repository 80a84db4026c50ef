package app

import (
	"context"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
)

// daemon is a replyd that runs in this process, against a sandbox with the demo's shop and an empty mailbox.
type daemon struct {
	*App
	world   *sandbox.World
	config  *config.Config
	client  *http.Client // with the desk's cookies
	cancel  context.CancelFunc
	stopped chan error
	mails   map[string]sandbox.Mail // the demo's, by name
}

// startDaemon runs one until the test ends. The mailbox is looked at once an hour: what is noticed sooner, IDLE
// told. Mail beyond 1 MiB is too large.
func startDaemon(t *testing.T, retry pipeline.Retry, change ...func(*config.Config)) *daemon {
	t.Helper()
	s := sandbox.Demo()
	d := &daemon{mails: map[string]sandbox.Mail{}, stopped: make(chan error, 1)}
	for _, m := range s.Mails {
		d.mails[m.Name] = m
	}
	s.Mails, s.Sent, s.Faults, s.Want = nil, nil, nil, nil
	var err error
	if d.world, err = sandbox.Start(s, sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.world.Close() })
	if d.config, err = StandaloneConfig(d.world, t.TempDir()); err != nil {
		t.Fatal(err)
	}
	d.config.IMAP[0].Poll, d.config.IMAP[0].MaxSize = time.Hour, 1
	d.config.Web.Listen = freeAddress(t)
	d.config.Web.PublicURL = "http://" + d.config.Web.Listen
	d.world.SetEventURL(d.config.Web.PublicURL + "/events/sendgrid")
	for _, f := range change {
		f(d.config)
	}
	d.App, err = New(d.config, Options{Log: slog.New(slog.DiscardHandler), Retry: retry, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.App.Close() })
	jar, _ := cookiejar.New(nil)
	d.client = &http.Client{Jar: jar, Timeout: time.Minute}
	var ctx context.Context
	ctx, d.cancel = context.WithCancel(context.Background())
	go func() { d.stopped <- d.Run(ctx) }()
	t.Cleanup(func() {
		d.cancel()
		d.client.CloseIdleConnections()
	})
	d.until(t, "serving the desk", func() bool {
		c, err := net.Dial("tcp", d.config.Web.Listen)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return d
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// until waits for ok, looking after each change of the store and, for what is outside it, now and then.
func (d *daemon) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		changed := d.store.Changed()
		if ok() {
			return
		}
		select {
		case <-changed:
		case <-tick.C:
		case err := <-d.stopped:
			t.Fatalf("%s: the daemon ended before: %v", what, err)
		case <-ctx.Done():
			t.Fatalf("%s: not within 30 s", what)
		}
	}
}

// deliver puts a mail of the demo into the inbox and gives its key in the store.
func (d *daemon) deliver(t *testing.T, name string) string {
	t.Helper()
	m, ok := d.mails[name]
	if !ok {
		t.Fatalf("the demo has no mail %s", name)
	}
	return d.deliverRaw(t, m.Bytes(time.Now()))
}

func (d *daemon) deliverRaw(t *testing.T, raw []byte) string {
	t.Helper()
	if err := d.world.Deliver(raw); err != nil {
		t.Fatal(err)
	}
	return mail.Key("support", mail.Parse(raw, mail.DefaultLimits), raw)
}

// turnIn waits until the mail's turn is as wanted.
func (d *daemon) turnIn(t *testing.T, key, what string, ok func(*ticket.Turn) bool) *ticket.Turn {
	t.Helper()
	var turn *ticket.Turn
	d.until(t, what, func() bool {
		id, seen, err := d.store.Seen(key)
		if err != nil {
			t.Fatal(err)
		}
		if !seen {
			return false
		}
		if turn, err = d.store.Turn(id); err != nil {
			t.Fatal(err)
		}
		return ok(turn)
	})
	return turn
}

func is(s ticket.State) func(*ticket.Turn) bool {
	return func(t *ticket.Turn) bool { return t.State == s }
}

// followUp waits for the turn that something about an answer opened.
func (d *daemon) followUp(t *testing.T, of *ticket.Turn, cause ticket.Cause) *ticket.Turn {
	t.Helper()
	var out *ticket.Turn
	d.until(t, "a turn because of a "+string(cause), func() bool {
		turns, err := d.store.TurnsOfTicket(of.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		for _, turn := range turns {
			if turn.Cause == cause {
				out = turn
			}
		}
		return out != nil
	})
	return out
}

// page gets a page of the desk, or posts a form to it, as a browser does.
func (d *daemon) page(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	link := d.config.Web.PublicURL + path
	method, body := http.MethodGet, io.Reader(nil)
	if form != nil {
		method, body = http.MethodPost, strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(t.Context(), method, link, body)
	if err != nil {
		t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	resp, err := d.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// field reads the value that a form on a page holds under a name.
func field(t *testing.T, page, name string) string {
	t.Helper()
	for _, form := range []string{`name="` + name + `"[^>]* value="([^"]*)"`, `<textarea name="` + name + `"[^>]*>([^<]*)<`} {
		if m := regexp.MustCompile(form).FindStringSubmatch(page); m != nil {
			return html.UnescapeString(m[1])
		}
	}
	t.Fatalf("the page has no field %s:\n%s", name, page)
	return ""
}
