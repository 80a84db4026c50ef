package imap

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/imap/imaptest"
	"github.com/replyd/replyd/internal/mail"
)

// dovecot is a real server with shorthands of these tests.
type dovecot struct{ *imaptest.Dovecot }

func (d *dovecot) config(security Security, user string) Config {
	cfg := Config{
		Name: "main", Addr: d.Secure, Security: security, TLS: &tls.Config{RootCAs: d.Pool},
		User: user, Password: imaptest.Password,
	}
	if security != TLS {
		cfg.Addr = d.Plain
	}
	return cfg
}

func TestDovecot(t *testing.T) {
	d := &dovecot{imaptest.StartDovecot(t)}
	now := time.Now()
	t.Run("odd mail comes byte for byte", func(t *testing.T) {
		letters := map[string]string{
			"no colon":      "this is not a header\r\n\r\nbody\r\n",
			"8 bit header":  "Subject: caf\xe9\r\n\r\nbody\r\n",
			"no end":        "Subject: x\r\n\r\nno line end",
			"mbox line":     "From bob Mon Jan 1\r\nSubject: x\r\n\r\nbody\r\n",
			"long line":     "X: " + strings.Repeat("y", 100_000) + "\r\n\r\nbody\r\n",
			"broken struct": "Content-Type: multipart/mixed; boundary=\"\r\n\r\n--\r\n",
			"five MiB":      letter(1) + strings.Repeat("0123456789abcdef\r\n", 5<<20/18),
		}
		var want []string
		for _, raw := range letters {
			d.Put(t, "odd", "INBOX", raw, now)
			want = append(want, raw)
		}
		cfg := d.config(TLS, "odd")
		cfg.Activated = now.Add(-time.Hour)
		c, k := client(t, cfg), newTaker()
		if _, err := c.FetchNew(t.Context(), cursorOf("INBOX", 0), k); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range k.got {
			got = append(got, string(f.Raw))
			if f.FirstSync || f.HeaderOnly || len(f.Flags) != 0 && !cmp.Equal(f.Flags, []string{`\Recent`}) {
				t.Errorf("%v %v %v", f.FirstSync, f.HeaderOnly, f.Flags)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.2000s", diff)
		}
	})
	t.Run("IDLE, filing, drafts and Sent", func(t *testing.T) { d.life(t) })
	t.Run("ten years of mail stay where they are", func(t *testing.T) {
		for i := range 20 {
			d.Put(t, "old", "INBOX", letter(i), now.AddDate(-10, 0, i))
		}
		d.Put(t, "old", "INBOX", letter(100), now.Add(-time.Hour))
		c, k := client(t, d.config(StartTLS, "old")), newTaker()
		cur, err := c.FetchNew(t.Context(), cursorOf("INBOX", 0), k)
		if err != nil || cur.UID != 21 || len(k.got) != 1 || !k.got[0].FirstSync || k.got[0].UID != 21 {
			t.Errorf("%+v, %v, %d mails", cur, err, len(k.got))
		}
	})
	t.Run("a wrong password is said so", func(t *testing.T) {
		cfg := d.config(TLS, "x")
		cfg.Password = "wrong"
		if _, err := client(t, cfg).Probe(t.Context()); !errors.Is(err, ErrAccount) {
			t.Errorf("error %v", err)
		}
	})
}

// life is a day in a mailbox.
func (d *dovecot) life(t *testing.T) {
	const who = "shop"
	cfg := d.config(StartTLS, who)
	cfg.Activated, cfg.MoveTo, cfg.Keyword = time.Now().Add(-time.Hour), "Erledigt", "replyd"
	c, k := client(t, cfg), newTaker()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watchCtx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- c.Watch(watchCtx, fromNothing, k)
	}()
	for i := 1; i <= 2; i++ {
		d.Put(t, who, "INBOX", letter(i), time.Now())
		select {
		case <-k.fresh:
		case <-ctx.Done():
			t.Fatal("no mail within a minute")
		}
	}
	first := k.got[0]
	hourAgo := time.Now().Add(-time.Hour)
	if sent, err := c.Sent(ctx, hourAgo); err != nil || len(sent) > 0 {
		t.Errorf("answered before anybody did: %v, %v", sent, err)
	}
	d.Put(t, who, "Post", reply("s1@x", "<m1@example.com>", "<m1@example.com>"), time.Now())
	sent, err := c.Sent(ctx, hourAgo)
	if err != nil || len(sent) != 1 || sent[0].Cites[0] != "<m1@example.com>" {
		t.Fatalf("not noticed in Sent: %v, %v", sent, err)
	}
	if raw, err := c.ReadSent(ctx, sent[0]); err != nil || !strings.HasSuffix(string(raw), "Hello\r\n") {
		t.Errorf("ReadSent: %q, %v", raw, err)
	}
	if in, err := c.InSent(ctx, "<s1@x>"); err != nil || !in {
		t.Errorf("InSent: %v, %v", in, err)
	}
	for range 2 {
		if err := c.File(ctx, "INBOX", first.UIDValidity, first.UID); err != nil {
			t.Fatal(err)
		}
		if err := c.SaveDraft(ctx, []byte("Message-ID: <d1@x>\nSubject: سلام\n\nDear Ada\n")); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Watch: %v", err)
	}
	filed, drafts, inbox := newTaker(), newTaker(), newTaker()
	for folder, k := range map[string]*taker{"Erledigt": filed, "Entwürfe": drafts, "INBOX": inbox} {
		if _, err := c.FetchNew(ctx, cursorOf(folder, 0), k); err != nil {
			t.Fatal(folder, err)
		}
		if len(k.got) != 1 {
			t.Errorf("%s holds %d mails, want 1", folder, len(k.got))
		}
	}
	if f := strings.Join(filed.got[0].Flags, " "); !strings.Contains(f, "replyd") || strings.Contains(f, "Seen") {
		t.Errorf("filed with flags %s", f)
	}
	if f := strings.Join(drafts.got[0].Flags, " "); !strings.Contains(f, `\Draft`) {
		t.Errorf("draft with flags %s", f)
	}
	steps, err := c.Probe(ctx)
	if err != nil || len(steps) < 6 {
		t.Errorf("probe: %+v, %v", steps, err)
	}
}

// fromNothing is a cursor function of folders that were never read.
func fromNothing(folder string) (mail.Cursor, error) { return mail.Cursor{Folder: folder}, nil }
