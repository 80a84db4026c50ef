package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2/imapserver"

	"github.com/replyd/replyd/internal/imap/imaptest"
)

func TestTLSAndStartTLS(t *testing.T) {
	cert, pool := imaptest.SelfSigned(t)
	for _, tc := range []struct {
		security Security
		pool     *x509.CertPool
		addr     string
		want     string // in the error; empty for success
	}{
		{TLS, pool, "localhost:993", ""},
		{StartTLS, pool, "localhost:143", ""},
		{TLS, x509.NewCertPool(), "localhost:993", "unknown authority"},
		{StartTLS, x509.NewCertPool(), "localhost:143", "unknown authority"},
		{TLS, pool, "imap.example.com:993", "another host name"},
		{StartTLS, pool, "imap.example.com:143", "another host name"},
	} {
		t.Run(fmt.Sprintf("%s %s", tc.security, tc.addr), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				o := imapserver.Options{Caps: allCaps(), TLSConfig: &tls.Config{Certificates: []tls.Certificate{cert}}}
				m := newServer(t, o, tc.security == TLS)
				m.put(t, "INBOX", letter(1), time.Now())
				cfg := config(m.Dial)
				cfg.Security, cfg.Addr, cfg.TLS = tc.security, tc.addr, &tls.Config{RootCAs: tc.pool}
				k := newTaker()
				_, err := client(t, cfg).FetchNew(t.Context(), cursorOf("INBOX", 1), k)
				if tc.want == "" && (err != nil || len(k.got) != 1) {
					t.Errorf("%v, %d mails", err, len(k.got))
				}
				if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
					t.Errorf("error %v, want …%s…", err, tc.want)
				}
			})
		})
	}
}

func TestPasswordNeverLeavesInPlainText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []string
		p := newScript(t, "* OK [CAPABILITY IMAP4rev1] no STARTTLS here\r\n", func(w io.Writer, tag, cmd string) bool {
			seen = append(seen, cmd)
			if is(cmd, "STARTTLS") {
				fmt.Fprintf(w, "%s BAD unknown command\r\n", tag)
			}
			return true
		})
		cfg := config(p.Dial)
		cfg.Security = StartTLS
		if _, err := client(t, cfg).FetchNew(t.Context(), fresh, newTaker()); err == nil {
			t.Error("a server without STARTTLS was used")
		}
		for _, addr := range []string{"imap.example.com:143", "192.0.2.1:143", "[2001:db8::1]:143"} {
			cfg := config(p.Dial)
			cfg.Addr = addr
			if _, err := client(t, cfg).FetchNew(t.Context(), fresh, newTaker()); !errors.Is(err, ErrAccount) {
				t.Errorf("plain text to %s gave %v", addr, err)
			}
		}
		for _, cmd := range seen {
			if is(cmd, "LOGIN") || is(cmd, "AUTHENTICATE") {
				t.Errorf("sent %q in plain text", cmd)
			}
		}
	})
}

func TestAddressesAreChecked(t *testing.T) {
	for addr, ok := range map[string]bool{
		"localhost:143": true, "127.0.0.1:143": true, "[::1]:143": true, "127.9.9.9:1": true,
		"localhost": false, ":143": false, "localhost:imap": false, "localhost:0": false, "10.0.0.1:143": false,
		"localhost.example.com:143": false,
	} {
		if _, err := checkAddr(Config{Addr: addr, Security: None}); (err == nil) != ok {
			t.Errorf("%s: %v", addr, err)
		}
	}
	if _, err := checkAddr(Config{Addr: "localhost:1", Security: "ssl"}); err == nil {
		t.Error("unknown security was taken")
	}
}

// tokens answers AUTHENTICATE like a provider: only the token "good" is let in.
func tokens(t *testing.T, mech string) *pipes {
	pending := ""
	check := func(w io.Writer, tag, response string) {
		raw, _ := base64.StdEncoding.DecodeString(response)
		if strings.Contains(string(raw), "auth=Bearer good\x01") && strings.Contains(string(raw), "support") {
			fmt.Fprintf(w, "%s OK in\r\n", tag)
			return
		}
		fmt.Fprintf(w, "+ %s\r\n", base64.StdEncoding.EncodeToString([]byte(`{"status":"400"}`)))
	}
	return newScript(t, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH="+mech+"] hi\r\n", func(w io.Writer, tag, cmd string) bool {
		switch f := strings.Fields(cmd); {
		case is(cmd, "AUTHENTICATE "+mech) && len(f) == 3:
			pending = tag
			check(w, tag, f[2])
		case cmd == "" && pending != "": // the client's answer to a challenge: OAUTHBEARER sends \x01
			fmt.Fprintf(w, "%s NO [AUTHENTICATIONFAILED] Invalid credentials\r\n", pending)
		}
		return true
	})
}

func TestAccessTokensLogIn(t *testing.T) {
	for auth, mech := range map[Auth]string{XOAuth2: "XOAUTH2", OAuthBearer: "OAUTHBEARER"} {
		t.Run(mech, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := tokens(t, mech)
				cfg := config(p.Dial)
				cfg.Auth = auth
				cfg.Token = func(context.Context) (string, error) { return "good", nil }
				k := newTaker()
				if _, err := client(t, cfg).FetchNew(t.Context(), fresh, k); err != nil || len(k.got) != 1 {
					t.Errorf("%v, %d mails", err, len(k.got))
				}
				cfg.Token = func(context.Context) (string, error) { return "stale-token", nil }
				_, err := client(t, cfg).FetchNew(t.Context(), fresh, k)
				if err == nil || !strings.Contains(err.Error(), "refused the access token") ||
					strings.Contains(err.Error(), "stale-token") {
					t.Errorf("a refused token gave %v", err)
				}
				cfg.Token = nil
				if _, err := client(t, cfg).FetchNew(t.Context(), fresh, k); !errors.Is(err, ErrAccount) {
					t.Errorf("no token source gave %v", err)
				}
				cfg.Token = func(context.Context) (string, error) { return "", errors.New("secret-in-error") }
				_, err = client(t, cfg).FetchNew(t.Context(), fresh, k)
				if err == nil || strings.Contains(err.Error(), "secret-in-error") || errors.Is(err, ErrAccount) {
					t.Errorf("a failing token source gave %v", err)
				}
			})
		})
	}
}

func TestLoginDisabledFallsBackToPlainOrSaysSo(t *testing.T) {
	for caps, want := range map[string]string{"LOGINDISABLED AUTH=PLAIN": "", "LOGINDISABLED": "LOGINDISABLED"} {
		t.Run(caps, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var seen []string
				p := newScript(t, "* OK [CAPABILITY IMAP4rev1 SASL-IR "+caps+"] hi\r\n", func(_ io.Writer, _, cmd string) bool {
					seen = append(seen, cmd)
					return true
				})
				_, err := client(t, config(p.Dial)).FetchNew(t.Context(), fresh, newTaker())
				if want == "" && (err != nil || !is(seen[0], "AUTHENTICATE PLAIN")) {
					t.Errorf("%v, %q", err, seen[:1])
				}
				if want != "" && (err == nil || !strings.Contains(err.Error(), want) || !errors.Is(err, ErrAccount)) {
					t.Errorf("error %v", err)
				}
			})
		})
	}
}

func TestProbeNamesEveryStep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		m.put(t, "INBOX", letter(1), time.Now())
		cfg := config(m.Dial)
		cfg.Folders = []string{"INBOX", "Gone"}
		cfg.Keyword, cfg.MoveTo, cfg.DraftsFolder = "replyd", "Done", "Drafts"
		steps, err := client(t, cfg).Probe(t.Context())
		var got []string
		for _, s := range steps {
			got = append(got, fmt.Sprintf("%s: %s %v", s.Name, s.Detail, s.Err == nil))
		}
		want := []string{
			"connect: localhost:143 (none) true", "login: support true", "folder INBOX: 1 messages true",
			"folder Gone:  false", "idle: new mail is announced at once true",
			"keyword replyd: kept by the server true", "folder Done: will be made true", "sent folder: Sent true",
			"drafts folder: Drafts will be made true",
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if err == nil || !strings.Contains(err.Error(), "NONEXISTENT") {
			t.Errorf("error %v", err)
		}
		cfg.Password = "wrong"
		if steps, err := client(t, cfg).Probe(t.Context()); err == nil || len(steps) != 2 {
			t.Errorf("a wrong password gave %v, %v", steps, err)
		}
	})
}
