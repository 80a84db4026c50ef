package shopify

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const secret = "shpat_0123456789abcdef"

var quiet = slog.New(slog.DiscardHandler)

// serve starts a shop that answers with h, and a client for it.
func serve(t *testing.T, h http.HandlerFunc, change ...func(*Config)) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c := Config{Shop: "lavender-oak", Token: secret, Endpoint: s.URL, Timeout: 5 * time.Second}
	for _, f := range change {
		f(&c)
	}
	return client(t, c)
}

func client(t *testing.T, c Config) *Client {
	t.Helper()
	out, err := New(c, quiet)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// wire answers in memory, so that a test can live in a synctest bubble.
type wire func(*http.Request) (int, string)

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := w(r)
	return &http.Response{
		StatusCode: status, Header: http.Header{},
		Body: io.NopCloser(strings.NewReader(body)), Request: r,
	}, nil
}

const (
	scopes    = `{"data":{"currentAppInstallation":{"accessScopes":[{"handle":"read_orders"}]}}}`
	throttled = `{"errors":[{"message":"Throttled","extensions":{"code":"THROTTLED"}}],` +
		`"extensions":{"cost":{"requestedQueryCost":302.5,"actualQueryCost":null,"throttleStatus":` +
		`{"maximumAvailable":1000.0,"currentlyAvailable":102.5,"restoreRate":50.0}}}}`
)

func TestNewRefusesWhatWouldLeakTheToken(t *testing.T) {
	good := Config{Shop: "lavender-oak", Token: secret}
	tests := []struct {
		name   string
		change func(*Config)
	}{
		{"no shop", func(c *Config) { c.Shop = "" }},
		{"another host behind the shop's", func(c *Config) { c.Shop = "demo.myshopify.com.evil.example" }},
		{"a path", func(c *Config) { c.Shop = "evil.example/?x=myshopify.com" }},
		{"a link", func(c *Config) { c.Shop = "https://demo.myshopify.com" }},
		{"a version that go-shopify would ignore", func(c *Config) { c.Version = "2026-7" }},
		{"no such quarter", func(c *Config) { c.Version = "2026-11" }},
		{"unstable", func(c *Config) { c.Version = "unstable" }},
		{"no credential", func(c *Config) { c.Token = "" }},
		{"two credentials", func(c *Config) { c.ClientID, c.ClientSecret = "id", "s" }},
		{"half a credential", func(c *Config) { c.Token, c.ClientID = "", "id" }},
		{"a token with a line break", func(c *Config) { c.Token = secret + "\n" }},
		{"a token in the clear", func(c *Config) { c.Endpoint = "http://shop.example" }},
		{"a host that only looks local", func(c *Config) { c.Endpoint = "http://127.0.0.1.evil.example" }},
		{"an endpoint with a path", func(c *Config) { c.Endpoint = "https://shop.example/api" }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			if _, err := New(c, quiet); err == nil {
				t.Errorf("%+v is accepted", c)
			} else if strings.Contains(err.Error(), secret) {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
	for _, shop := range []string{"lavender-oak", "Lavender-Oak.myshopify.com "} {
		if c, err := New(Config{Shop: shop, Token: secret},
			quiet); err != nil || c.link.host != "lavender-oak.myshopify.com" {
			t.Errorf("%q: %v", shop, err)
		}
	}
}

func TestCallsGoToThePinnedVersionWithTheToken(t *testing.T) {
	var got string
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		h := r.Header
		got = strings.Join([]string{
			r.Method, r.URL.Path, h.Get("X-Shopify-Access-Token"),
			h.Get("Content-Type"),
		}, " ")
		_, _ = io.WriteString(w, scopes)
	})
	list, err := c.Scopes(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{"read_orders"}, list); d != "" {
		t.Error(d)
	}
	if want := "POST /admin/api/2026-10/graphql.json " + secret + " application/json"; got != want {
		t.Errorf("called %q, want %q", got, want)
	}
}

func TestEveryStatusSaysWhetherItPasses(t *testing.T) {
	temporary := map[int]bool{
		408: true, 430: true, 500: true, 502: true, 503: true, 504: true, 520: true,
		530: true, 540: true,
	}
	for _, status := range []int{
		301, 302, 307, 400, 401, 402, 403, 404, 406, 408, 409, 414, 415, 422, 423,
		430, 500, 501, 502, 503, 504, 520, 530, 540, 783,
	} {
		for _, body := range []string{
			"", `{"errors":"for anna@mail.example ` + secret + `"}`,
			"<html>" + secret,
		} {
			calls := 0
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				calls++
				w.Header().Set("Retry-After", "2.5")
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, body)
			})
			_, err := c.Orders(t.Context(), "anna@mail.example")
			var e *Error
			if !errors.As(err, &e) || e.Status != status || e.Op != "Orders" {
				t.Fatalf("%d: %#v", status, err)
			}
			after, ok := e.RetryAfter()
			if ok != temporary[status] || after < 2500*time.Millisecond {
				t.Errorf("%d: temporary %v after %v", status, ok, after)
			}
			if calls != 1 {
				t.Errorf("%d: called %d times", status, calls)
			}
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "anna") {
				t.Errorf("%d: the error tells too much: %s", status, text)
			}
		}
	}
}

func TestAnErrorInAnAnswerIsAnError(t *testing.T) {
	tests := []struct {
		name, body, code string
		temporary        bool
	}{
		{
			"denied",
			`{"data":{"orders":null},"errors":[{"message":"for anna@mail.example",` +
				`"extensions":{"code":"ACCESS_DENIED"}}]}`, "ACCESS_DENIED", false,
		},
		{
			"half an answer",
			`{"data":{"orders":{"nodes":[]}},"errors":[{"message":"x",` +
				`"extensions":{"code":"INTERNAL_SERVER_ERROR"}}]}`, "INTERNAL_SERVER_ERROR", true,
		},
		{
			"too dear",
			`{"errors":[{"message":"Query cost is 2002",` +
				`"extensions":{"code":"MAX_COST_EXCEEDED","cost":2002}}]}`, "MAX_COST_EXCEEDED", false,
		},
		{"a sentence", `{"errors":"[API] Invalid key ` + secret + `"}`, "errors", false},
		{
			"a code that is a sentence", `{"errors":[{"extensions":{"code":"anna@mail.example"}}]}`, "errors",
			false,
		},
		{"no data", `{}`, "bad_answer", true},
		{"data of another shape", `{"data":[]}`, "bad_answer", true},
		{"no JSON", `<html>` + secret, "bad_answer", true},
		{"nothing", ``, "bad_answer", true},
		{"cut off", `{"data":{"orders":`, "bad_answer", true},
		{
			"an amount that is none",
			`{"data":{"orders":{"nodes":[{"email":"anna@mail.example","totalPriceSet":` +
				`{"presentmentMoney":{"amount":"1e9","currencyCode":"EUR"}}}]}}}`, "bad_answer", false,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, tt.body) })
			_, err := c.Orders(t.Context(), "anna@mail.example")
			var e *Error
			if !errors.As(err, &e) || e.Code != tt.code || e.Temporary != tt.temporary {
				t.Fatalf("%#v", err)
			}
			if text := err.Error(); strings.Contains(text, secret) || strings.Contains(text, "anna") {
				t.Errorf("the error tells too much: %s", text)
			}
		})
	}
}

func TestAnEndlessAnswerIsCutAndRefused(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, `{"data":{"x":"`)
		chunk := strings.Repeat("x", 1<<20)
		for range 2 * maxBody >> 20 {
			if _, err := io.WriteString(w, chunk); err != nil {
				return
			}
		}
	})
	_, err := c.Info(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Code != codeTooLarge || e.Temporary {
		t.Errorf("%#v", err)
	}
}

func TestAShopThatDoesNotAnswerIsTemporary(t *testing.T) {
	c := client(t, Config{Shop: "lavender-oak", Token: secret, Endpoint: "http://127.0.0.1:1"})
	_, err := c.Info(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Code != codeUnreachable || !e.Temporary || strings.Contains(err.Error(),
		secret) {
		t.Errorf("%#v", err)
	}
	hang := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		<-r.Context().Done()
	}, func(c *Config) { c.Timeout = 50 * time.Millisecond })
	if _, err = hang.Info(t.Context()); !errors.As(err, &e) || e.Code != codeTimeout || !e.Temporary {
		t.Errorf("%#v", err)
	}
}

func TestACallerWhoGivesUpGetsTheirOwnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, Config{
			Shop: "lavender-oak", Token: secret, Patience: time.Hour,
			Transport: wire(func(*http.Request) (int, string) { return 200, throttled }),
		})
		ctx, cancel := context.WithTimeout(t.Context(), 9*time.Second)
		defer cancel()
		began := time.Now()
		_, err := c.Info(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 9*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

func TestThrottlingIsWaitedForByCost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		c := client(t,
			Config{Shop: "lavender-oak", Token: secret, Transport: wire(func(*http.Request) (int, string) {
				if calls++; calls < 3 {
					return 200, throttled
				}
				return 200, scopes
			})})
		began := time.Now()
		if _, err := c.Scopes(t.Context()); err != nil {
			t.Fatal(err)
		}
		// (302.5 − 102.5) ÷ 50 is four seconds, twice
		if waited := time.Since(began); waited != 8*time.Second || calls != 3 {
			t.Errorf("waited %v in %d calls", waited, calls)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	for _, answer := range []wire{
		func(*http.Request) (int, string) { return 200, throttled },
		func(*http.Request) (int, string) { return 429, "" },
	} {
		synctest.Test(t, func(t *testing.T) {
			c := client(t,
				Config{Shop: "lavender-oak", Token: secret, Patience: 10 * time.Second, Transport: answer})
			began := time.Now()
			_, err := c.Scopes(t.Context())
			var e *Error
			if !errors.As(err, &e) || !e.Temporary || e.After == 0 {
				t.Errorf("%#v", err)
			}
			if waited := time.Since(began); waited > 10*time.Second {
				t.Errorf("waited %v", waited)
			}
		})
	}
}

func TestTheTokenGoesToNoOtherHost(t *testing.T) {
	c := client(t,
		Config{Shop: "lavender-oak", Token: secret, Transport: wire(func(r *http.Request) (int, string) {
			t.Errorf("called %s", r.URL)
			return 200, scopes
		})})
	for _, link := range []string{
		"https://evil.example/", "http://lavender-oak.myshopify.com/",
		"https://x.myshopify.com/",
	} {
		r := httptest.NewRequest(http.MethodPost, link, nil)
		if resp, err := c.link.RoundTrip(r); err == nil {
			_ = resp.Body.Close()
			t.Errorf("%s is called", link)
		}
	}
}

// open counts bodies that nobody closed.
type open struct {
	io.Reader
	bodies *atomic.Int32
}

func (o open) Close() error { o.bodies.Add(-1); return nil }

type opening struct{ bodies atomic.Int32 }

func (o *opening) RoundTrip(r *http.Request) (*http.Response, error) {
	o.bodies.Add(1)
	body := open{strings.NewReader(scopes), &o.bodies}
	return &http.Response{StatusCode: 200, Header: http.Header{}, Body: body, Request: r}, nil
}

func TestEveryBodyIsClosed(t *testing.T) {
	o := &opening{}
	c := client(t, Config{Shop: "lavender-oak", Token: secret, Transport: o})
	if _, err := c.Scopes(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := o.bodies.Load(); n != 0 {
		t.Errorf("%d bodies stay open", n)
	}
}

func TestGoroutinesShareAClient(t *testing.T) {
	c := serve(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, scopes) })
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if _, err := c.Scopes(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestRetryAfterIsReadKindly(t *testing.T) {
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"2.0": 2 * time.Second, "0.5": 500 * time.Millisecond, "": 0, "-3": 0, "soon": 0, "NaN": 0,
		"1e99":                          time.Hour,
		"Sun, 22 Nov 2026 10:00:30 GMT": 30 * time.Second, "Sun, 22 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// granting is a shop that issues tokens t1, t2 … and takes only those that works allows.
func granting(t *testing.T, issued *atomic.Int32, works func(token string) bool) wire {
	return func(r *http.Request) (int, string) {
		if r.URL.Path != "/admin/oauth/access_token" {
			if !works(r.Header.Get("X-Shopify-Access-Token")) {
				return 401, `{"errors":"[API] Invalid API key or access token"}`
			}
			return 200, scopes
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		want := url.Values{
			"grant_type": {"client_credentials"}, "client_id": {"id"},
			"client_secret": {secret},
		}
		if d := cmp.Diff(want, r.PostForm); d != "" {
			t.Error(d)
		}
		if r.URL.Host != "lavender-oak.myshopify.com" {
			t.Errorf("asked %s", r.URL.Host)
		}
		return 200,
			fmt.Sprintf(`{"access_token":"t%d","scope":"read_orders","expires_in":86399}`, issued.Add(1))
	}
}

func TestTokensAreRenewedBeforeTheyEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var issued atomic.Int32
		c := client(t, Config{
			Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
			Transport: granting(t, &issued, func(string) bool { return true }),
		})
		for _, step := range []struct {
			wait time.Duration
			want int32
		}{{0, 1}, {22 * time.Hour, 1}, {90 * time.Minute, 2}, {time.Hour, 2}} {
			time.Sleep(step.wait) // the bubble's clock
			if _, err := c.Scopes(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n := issued.Load(); n != step.want {
				t.Errorf("after %v more: %d tokens, want %d", step.wait, n, step.want)
			}
		}
	})
}

func TestOneRenewalServesAllWhoWait(t *testing.T) {
	var issued atomic.Int32
	c := client(t, Config{
		Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
		Transport: granting(t, &issued, func(string) bool { return true }),
	})
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() { _, _ = c.Scopes(t.Context()) })
	}
	wg.Wait()
	if n := issued.Load(); n != 1 {
		t.Errorf("%d tokens for one day", n)
	}
}

func TestARefusedTokenIsRenewedOnce(t *testing.T) {
	var issued atomic.Int32
	c := client(t, Config{
		Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
		Transport: granting(t, &issued, func(token string) bool { return token == "t2" }),
	})
	if _, err := c.Scopes(t.Context()); err != nil || issued.Load() != 2 {
		t.Errorf("%v after %d tokens", err, issued.Load())
	}
	issued.Store(0)
	never := client(t, Config{
		Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
		Transport: granting(t, &issued, func(string) bool { return false }),
	})
	_, err := never.Scopes(t.Context())
	var e *Error
	if !errors.As(err, &e) || e.Status != 401 || e.Temporary || issued.Load() != 2 {
		t.Errorf("%v after %d tokens", err, issued.Load())
	}
}

func TestAFailedRenewalLeavesTheOldTokenItsLife(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := false
		c := client(t,
			Config{
				Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
				Transport: wire(func(r *http.Request) (int, string) {
					switch {
					case r.URL.Path != "/admin/oauth/access_token":
						return 200, scopes
					case down:
						return 503, secret
					}
					return 200, `{"access_token":"t1","expires_in":86399}`
				}),
			})
		if _, err := c.Scopes(t.Context()); err != nil {
			t.Fatal(err)
		}
		down = true
		time.Sleep(23*time.Hour + 30*time.Minute)
		if _, err := c.Scopes(t.Context()); err != nil {
			t.Errorf("the old token still works: %v", err)
		}
		time.Sleep(time.Hour)
		_, err := c.Scopes(t.Context())
		var e *Error
		if !errors.As(err, &e) || e.Op != "token" || !e.Temporary || strings.Contains(err.Error(), secret) {
			t.Errorf("%#v", err)
		}
	})
}

func TestAnUnusableTokenAnswerIsRefused(t *testing.T) {
	for _, body := range []string{
		``, `{}`, `{"access_token":""}`, `{"access_token":"a\nb"}`, `[]`,
		strings.Repeat("x", 1<<20),
	} {
		c := client(t, Config{
			Shop: "lavender-oak", ClientID: "id", ClientSecret: secret,
			Transport: wire(func(*http.Request) (int, string) { return 200, body }),
		})
		if _, err := c.Scopes(t.Context()); err == nil {
			t.Errorf("%.20q gives a token", body)
		}
	}
}
