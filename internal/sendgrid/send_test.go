package sendgrid

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/replyd/replyd/internal/mail"
)

const secretKey = "SG.top-secret_Key123"

func reply() mail.Outgoing {
	return mail.Outgoing{
		From:      mail.Address{Name: "Lavender & Oak", Address: "support@lavender-oak.example"},
		To:        mail.Address{Name: "Ada Müller", Address: "ada@customer.example"},
		Subject:   "Re: Where is #1001?",
		Text:      "Dear Ada, it is on its way.",
		HTML:      "<p>Dear Ada, it is on its way.</p>",
		MessageID: "<r.t1.abcdef@lavender-oak.example>", InReplyTo: "<m2@customer.example>",
		References: []string{"<m1@customer.example>", "<m2@customer.example>"},
		Automatic:  true, Args: map[string]string{"turn": "u0123456789"},
	}
}

// serve starts a server of one function and a client for it.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return newClient(t, Config{Key: secretKey, Endpoint: srv.URL})
}

func newClient(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// bodyOf sends o and gives the JSON that went out, after checking it against SendGrid's published schema.
func bodyOf(t *testing.T, o mail.Outgoing) map[string]any {
	t.Helper()
	var raw []byte
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		raw, _ = io.ReadAll(r.Body)
		if r.Method != "POST" || r.URL.Path != "/v3/mail/send" || r.Header.Get("Authorization") != "Bearer "+secretKey ||
			r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%s %s %v", r.Method, r.URL, r.Header)
		}
		w.Header().Set("X-Message-Id", "id-1")
		w.WriteHeader(http.StatusAccepted)
	})
	if id, err := c.Send(t.Context(), o); err != nil || id != "id-1" {
		t.Fatalf("%q, %v", id, err)
	}
	f, err := os.Open("testdata/mail_send.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	schema, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("mail.json", schema); err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	if err := compiler.MustCompile("mail.json").Validate(doc); err != nil {
		t.Errorf("SendGrid's schema: %v", err)
	}
	var out map[string]any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestRequestIsWhatSendGridPublished(t *testing.T) {
	got := bodyOf(t, reply())
	want := map[string]any{
		"from":    map[string]any{"name": "Lavender & Oak", "email": "support@lavender-oak.example"},
		"subject": "Re: Where is #1001?",
		"personalizations": []any{map[string]any{
			"to":          []any{map[string]any{"name": "Ada Müller", "email": "ada@customer.example"}},
			"custom_args": map[string]any{"turn": "u0123456789"},
		}},
		"content": []any{
			map[string]any{"type": "text/plain", "value": "Dear Ada, it is on its way."},
			map[string]any{"type": "text/html", "value": "<p>Dear Ada, it is on its way.</p>"},
		},
		"headers": map[string]any{
			"Message-ID": "<r.t1.abcdef@lavender-oak.example>", "In-Reply-To": "<m2@customer.example>",
			"References":     "<m1@customer.example> <m2@customer.example>",
			"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "OOF, AutoReply",
			"X-Replyd-Loop": "<r.t1.abcdef@lavender-oak.example>",
		},
		"tracking_settings": map[string]any{
			"click_tracking": map[string]any{"enable": false, "enable_text": false},
			"open_tracking":  map[string]any{"enable": false}, "subscription_tracking": map[string]any{"enable": false},
			"ganalytics": map[string]any{"enable": false},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHeadersOfAReplyThatAPersonApproved(t *testing.T) {
	o := reply()
	o.Automatic, o.HTML = false, ""
	o.InReplyTo = "<no id at all"
	o.References = []string{"<bad id@x>", "<a@b>\r\nBcc: all@example.com", "nothing", "<ü@x>"}
	o.Subject = "Re: hello\r\nBcc: all@example.com"
	got := bodyOf(t, o)
	want := map[string]any{"Message-ID": o.MessageID, "X-Replyd-Loop": o.MessageID,
		"X-Auto-Response-Suppress": "OOF, AutoReply"}
	if diff := cmp.Diff(want, got["headers"]); diff != "" {
		t.Error(diff)
	}
	if got["subject"] != "Re: hello  Bcc: all@example.com" {
		t.Errorf("subject %q", got["subject"])
	}
	if n := len(got["content"].([]any)); n != 1 {
		t.Errorf("%d contents", n)
	}
}

func TestReferencesKeepTheRootAndTheNewest(t *testing.T) {
	var ids []string
	for i := range 60 {
		ids = append(ids, fmt.Sprintf("<%d.%s@x>", i, strings.Repeat("a", 40)))
	}
	got := strings.Fields(references(ids))
	if got[0] != ids[0] || got[len(got)-1] != ids[59] || len(got) > 20 || len(strings.Join(got, " ")) > maxReferences {
		t.Errorf("%d ids, %d bytes", len(got), len(strings.Join(got, " ")))
	}
	if len(got) < 15 {
		t.Errorf("only %d of them kept", len(got))
	}
}

func TestWhatCannotBeSentIsRefusedHere(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	for name, spoil := range map[string]func(*mail.Outgoing){
		"two recipients":   func(o *mail.Outgoing) { o.To.Address = "ada@customer.example,bob@customer.example" },
		"name and address": func(o *mail.Outgoing) { o.To.Address = "Ada <ada@customer.example>" },
		"no recipient":     func(o *mail.Outgoing) { o.To.Address = "" },
		"injected header":  func(o *mail.Outgoing) { o.To.Address = "ada@customer.example\r\nBcc: bob@x.example" },
		"no sender":        func(o *mail.Outgoing) { o.From.Address = "support" },
		"no subject":       func(o *mail.Outgoing) { o.Subject = " \t" },
		"no text":          func(o *mail.Outgoing) { o.Text = "\n" },
		"too long":         func(o *mail.Outgoing) { o.HTML = strings.Repeat("x", maxText) },
		"not UTF-8":        func(o *mail.Outgoing) { o.Text = "caf\xe9" },
		"no Message-ID":    func(o *mail.Outgoing) { o.MessageID = "" },
		"half Message-ID":  func(o *mail.Outgoing) { o.MessageID = "<left>" },
		"huge arguments":   func(o *mail.Outgoing) { o.Args = map[string]string{"x": strings.Repeat("y", maxArgs)} },
	} {
		o := reply()
		spoil(&o)
		_, err := c.Send(t.Context(), o)
		var e *Error
		if !errors.As(err, &e) || e.Outcome != Refused || e.Temporary {
			t.Errorf("%s: %v", name, err)
		}
		silent(t, err)
	}
}

// silent checks that an error says nothing about key and people.
func silent(t *testing.T, err error) {
	t.Helper()
	for _, s := range []string{"SG.", "secret", "customer.example", "Ada", "lavender"} {
		if strings.Contains(fmt.Sprintf("%v %+v %#v", err, err, errors.Unwrap(err)), s) {
			t.Errorf("the error says %q: %v", s, err)
		}
	}
}

func TestEveryStatusHasItsOutcome(t *testing.T) {
	want := func(status int) (ok bool, outcome Outcome, temporary bool) {
		switch {
		case status/100 == 2:
			return true, "", false
		case status >= 500:
			return false, Unknown, false
		}
		return false, Refused, status == 408 || status == 425 || status == 429
	}
	for status := 200; status < 600; status++ {
		c := serve(t, func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Message-Id", "id-1")
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
			fmt.Fprintf(w, `{"errors":[{"message":"key %s may not write to ada@customer.example","field":"ada@customer.example"}]}`, secretKey)
		})
		id, err := c.Send(t.Context(), reply())
		ok, outcome, temporary := want(status)
		if ok {
			if err != nil || id != "id-1" {
				t.Errorf("%d: %q, %v", status, id, err)
			}
			continue
		}
		var e *Error
		if !errors.As(err, &e) || e.Outcome != outcome || e.Temporary != temporary || e.Status != status {
			t.Errorf("%d: %+v", status, err)
			continue
		}
		wait, again := e.RetryAfter()
		if again != temporary || temporary != (wait > 0) {
			t.Errorf("%d: RetryAfter %v, %v", status, wait, again)
		}
		silent(t, err)
	}
}

func TestErrorNamesTheFieldsOnly(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, `{"errors":[{"message":"ada@customer.example is bad","field":"personalizations.0.to.0.email"},`+
			`{"message":"x","field":"SG.secret"},{"field":"from.email"}]}`)
	})
	_, err := c.Send(t.Context(), reply())
	if want := "sendgrid: send: 400 Bad Request (personalizations.0.to.0.email, from.email)"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRateLimitSaysHowLongToWait(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, tc := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", now.Add(90 * time.Second).UTC().Format(http.TimeFormat), 90 * time.Second},
		{"X-RateLimit-Reset", "1800000012", 12 * time.Second},
		{"X-RateLimit-Reset", "1700000000", time.Second}, // in the past
		{"Retry-After", "999999999", longest},
		{"Retry-After", "-5", time.Second},
		{"Retry-After", "soon", retryLimit},
		{"", "", retryLimit},
	} {
		h := http.Header{}
		if tc.header != "" {
			h.Set(tc.header, tc.value)
		}
		if got := limited(h, now); got != tc.want {
			t.Errorf("%s %s: %v, want %v", tc.header, tc.value, got, tc.want)
		}
	}
}

func TestNoConnectionMeansRefused(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close() // nobody listens here now
	plain := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(plain.Close)
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = nil
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	for name, endpoint := range map[string]string{
		"connection refused":    "http://" + ln.Addr().String(),
		"host unknown":          "https://no-such-host.invalid",
		"no TLS there":          strings.Replace(plain.URL, "http:", "https:", 1),
		"untrusted certificate": untrusted.URL,
	} {
		_, err := newClient(t, Config{Key: secretKey, Endpoint: endpoint}).Send(t.Context(), reply())
		var e *Error
		if !errors.As(err, &e) || e.Outcome != Refused || !e.Temporary || e.After <= 0 {
			t.Errorf("%s: %+v", name, err)
		}
		silent(t, err)
	}
}

func TestNoAnswerAfterTheRequestMeansUnknown(t *testing.T) {
	hold := func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}
	for name, tc := range map[string]struct {
		timeout time.Duration
		cancel  bool
		serve   http.HandlerFunc
	}{
		"timeout": {50 * time.Millisecond, false, hold},
		"cancel":  {0, true, hold},
		"reset": {0, false, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, _ := w.(http.Hijacker).Hijack()
			_ = conn.(*net.TCPConn).SetLinger(0)
			conn.Close()
		}},
		"half an answer": {0, false, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(conn, "HTTP/1.1 20")
			conn.Close()
		}},
		"no HTTP": {0, false, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			conn, _, _ := w.(http.Hijacker).Hijack()
			_, _ = io.WriteString(conn, "220 smtp.secret.example ESMTP\r\n")
			conn.Close()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if tc.cancel {
					cancel()
				}
				tc.serve(w, r)
			}))
			defer srv.Close()
			c := newClient(t, Config{Key: secretKey, Endpoint: srv.URL, Timeout: tc.timeout})
			_, err := c.Send(ctx, reply())
			var e *Error
			if !errors.As(err, &e) || e.Outcome != Unknown || e.Temporary || e.Status != 0 {
				t.Errorf("%+v", err)
			}
			if tc.cancel != errors.Is(err, context.Canceled) {
				t.Errorf("cause of %v", err)
			}
			silent(t, err)
		})
	}
}

func TestCancelledBeforehandIsRefusedForGood(t *testing.T) {
	c := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("it was sent") })
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := c.Send(ctx, reply())
	var e *Error
	if !errors.As(err, &e) || e.Outcome != Refused || e.Temporary || !errors.Is(err, context.Canceled) {
		t.Errorf("%+v", err)
	}
}

func TestTakenIsTakenEvenIfTheAnswersBodyIsOdd(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusAccepted)
			for chunk := bytes.Repeat([]byte("x"), 64<<10); r.Context().Err() == nil; {
				if _, err := w.Write(chunk); err != nil {
					return
				}
			}
		},
		"cut off": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(http.StatusAccepted)
			_, _ = io.WriteString(w, "half")
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := serve(t, h).Send(t.Context(), reply()); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestConcurrentSendsDoNotMixBodies(t *testing.T) {
	const n = 200
	var mu sync.Mutex
	seen := map[string]int{}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var body struct {
			Content []struct{ Value string }
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		mu.Lock()
		seen[body.Content[0].Value]++
		mu.Unlock()
		w.WriteHeader(http.StatusAccepted)
	})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			o := reply()
			o.Text = fmt.Sprint("reply ", i)
			if _, err := c.Send(context.Background(), o); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i := range n {
		if seen[fmt.Sprint("reply ", i)] != 1 {
			t.Errorf("reply %d arrived %d times", i, seen[fmt.Sprint("reply ", i)])
		}
	}
}

func TestEndpoints(t *testing.T) {
	for _, tc := range []struct {
		endpoint string
		eu       bool
		want     string // empty: refused
	}{
		{"", false, "https://api.sendgrid.com"},
		{"", true, "https://api.eu.sendgrid.com"},
		{"http://127.0.0.1:8080", false, "http://127.0.0.1:8080"},
		{"http://localhost:8080/", true, "http://localhost:8080"},
		{"https://relay.example.com", false, "https://relay.example.com"},
		{"http://relay.example.com", false, ""},
		{"http://localhost.example.com", false, ""},
		{"https://user:pass@relay.example.com", false, ""},
		{"https://relay.example.com/path", false, ""},
		{"relay.example.com", false, ""},
		{"ftp://localhost", false, ""},
	} {
		c, err := New(Config{Key: secretKey, Endpoint: tc.endpoint, EU: tc.eu})
		if (err == nil) != (tc.want != "") || err == nil && c.host != tc.want {
			t.Errorf("%+v: %v", tc, err)
		}
	}
	for _, key := range []string{"", "SG.x\r\nX-Evil: 1", "a key"} {
		if _, err := New(Config{Key: key}); err == nil {
			t.Errorf("key %q was taken", key)
		}
	}
}

func TestScopesAndSender(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v3/scopes":
			io.WriteString(w, `{"scopes":["mail.send","alerts.read"]}`)
		case "/v3/whitelabel/domains":
			if r.FormValue("domain") == "lavender-oak.example" {
				io.WriteString(w, `[{"domain":"lavender-oak.example","valid":true}]`)
			} else {
				io.WriteString(w, `[{"domain":"other.example","valid":false}]`)
			}
		case "/v3/verified_senders":
			io.WriteString(w, `{"results":[{"from_email":"Ada@other.example","verified":true},{"from_email":"b@other.example"}]}`)
		}
	})
	if got, err := c.Scopes(t.Context()); err != nil || !cmp.Equal(got, []string{"mail.send", "alerts.read"}) {
		t.Errorf("%v, %v", got, err)
	}
	for address, want := range map[string]bool{
		"support@lavender-oak.example": true, "ada@other.example": true, "b@other.example": false, "nobody": false,
	} {
		if got, err := c.Sender(t.Context(), address); err != nil || got != want {
			t.Errorf("%s: %v, %v", address, got, err)
		}
	}
}

func TestQuestionsThatFailAreRefused(t *testing.T) {
	for status, temporary := range map[int]bool{401: false, 403: false, 429: true, 500: true, 200: false} {
		c := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			io.WriteString(w, "<html>"+secretKey)
		})
		_, err := c.Scopes(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Outcome != Refused || e.Temporary != temporary {
			t.Errorf("%d: %+v", status, err)
		}
		silent(t, err)
	}
}
