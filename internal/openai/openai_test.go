package openai

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
	api "github.com/sashabaranov/go-openai"

	"github.com/replyd/replyd/internal/llm"
)

const (
	secret   = "sk-very-secret-0123456789"
	mailText = "where is my order, asks Ada Lovelace"
)

var ask = llm.Request{
	System: "You read mail.", Input: mailText, CacheKey: "replyd-1",
	Tool: llm.Tool{Name: "record", Description: "Records.", Schema: json.RawMessage(
		`{"type":"object","additionalProperties":false,"required":["a"],"properties":{"a":{"type":"string"}}}`)},
}

const (
	goodResponse = `{"id":"r","object":"response","model":"m-1","status":"completed","output":[
		{"type":"reasoning","id":"x","summary":[]},
		{"type":"function_call","call_id":"c","name":"record","arguments":"{\"a\":\"b\"}"}],
		"usage":{"input_tokens":1000,"input_tokens_details":{"cached_tokens":800},"output_tokens":100,
		"output_tokens_details":{"reasoning_tokens":0},"total_tokens":1100}}`
	goodChat = `{"id":"c","object":"chat.completion","model":"m-1","choices":[{"index":0,"finish_reason":"tool_calls",
		"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function",
		"function":{"name":"record","arguments":"{\"a\":\"b\"}"}}]}}],
		"usage":{"prompt_tokens":1000,"completion_tokens":100,"total_tokens":1100,"prompt_tokens_details":{"cached_tokens":800}}}`
)

// server answers every request alike and keeps the last body.
type server struct {
	*httptest.Server
	mu    sync.Mutex
	body  []byte
	path  string
	auth  string
	calls int
}

func serve(t *testing.T, status int, header map[string]string, body string) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.body, s.path, s.auth, s.calls = b, r.URL.Path, r.Header.Get("Authorization"), s.calls+1
		s.mu.Unlock()
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(s.Close)
	return s
}

func client(t *testing.T, s *server, change func(*Config), ledger Ledger) *Client {
	t.Helper()
	c := Config{Key: secret, BaseURL: s.URL + "/v1", Model: "gpt-6-luna", Effort: "low",
		Prices: Prices{In: 1, Cached: 0.1, Out: 4}}
	if change != nil {
		change(&c)
	}
	out, err := New(c, ledger, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func chat(c *Config) { c.API, c.Model, c.Effort = Chat, "llama3", "" }

func TestRequestsAreWhatOpenAIPublishes(t *testing.T) {
	for _, tc := range []struct {
		name, schema, answer string
		change               func(*Config)
		retry                string
		want, never          []string
	}{
		{"responses", "CreateResponse", goodResponse, nil, "",
			[]string{`"store":false`, `"parallel_tool_calls":false`, `"prompt_cache_key":"replyd-1"`, `"strict":true`,
				`"tool_choice":{"name":"record","type":"function"}`, `"effort":"low"`}, nil},
		{"responses after a refusal", "CreateResponse", goodResponse, nil, "quote is missing",
			[]string{`quote is missing`, `"store":false`}, nil},
		{"chat", "CreateChatCompletionRequest", goodChat, chat, "",
			[]string{`"parallel_tool_calls":false`, `"strict":true`, `"tool_choice":{"type":"function","function":{"name":"record"}}`},
			[]string{`"store"`, `"temperature"`, `reasoning_effort`}},
		{"chat after a refusal", "CreateChatCompletionRequest", goodChat, chat, "quote is missing",
			[]string{`quote is missing`}, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t, 200, nil, tc.answer)
			r := ask
			r.Retry = tc.retry
			got, err := client(t, s, tc.change, nil).Call(t.Context(), r)
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Arguments) != `{"a":"b"}` || got.Model != "m-1" {
				t.Errorf("got %s from %s", got.Arguments, got.Model)
			}
			if got.Usage != (llm.Usage{Input: 1000, Cached: 800, Output: 100, Micros: 680}) {
				t.Errorf("usage %+v", got.Usage)
			}
			if s.auth != "Bearer "+secret {
				t.Errorf("Authorization %q", s.auth)
			}
			for _, w := range tc.want {
				if !bytes.Contains(s.body, []byte(w)) {
					t.Errorf("request has no %s: %s", w, s.body)
				}
			}
			for _, w := range tc.never {
				if bytes.Contains(s.body, []byte(w)) {
					t.Errorf("request has %s: %s", w, s.body)
				}
			}
			value, err := jsonschema.UnmarshalJSON(bytes.NewReader(s.body))
			if err != nil {
				t.Fatal(err)
			}
			if err := published(t, tc.schema).Validate(value); err != nil {
				t.Errorf("request breaks the published schema: %v", err)
			}
		})
	}
}

// wantError calls once and checks kind and secrecy.
func wantError(t *testing.T, c *Client, kind llm.Kind) *llm.Error {
	t.Helper()
	_, err := c.Call(t.Context(), ask)
	var e *llm.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want a %s", err, kind)
	}
	if e.Kind != kind {
		t.Errorf("kind %s (%s), want %s", e.Kind, e.Detail, kind)
	}
	for _, no := range []string{secret, "Lovelace", "order", "sk-"} {
		if strings.Contains(err.Error(), no) {
			t.Errorf("error tells %q: %v", no, err)
		}
	}
	return e
}

func TestEveryStatusHasItsKind(t *testing.T) {
	want := func(status int) llm.Kind {
		switch {
		case status == 429:
			return llm.RateLimited
		case status == 402:
			return llm.Quota
		case status == 408, status == 409, status == 425, status >= 500:
			return llm.Unavailable
		}
		return llm.Refused
	}
	for status := 300; status < 600; status++ {
		if http.StatusText(status) == "" && status%7 != 0 {
			continue
		}
		body := fmt.Sprintf(`{"error":{"message":"key %s is bad, mail was %s","type":"x","code":null}}`, secret, mailText)
		for _, change := range []func(*Config){nil, chat} {
			s := serve(t, status, map[string]string{"Location": "https://evil.example/"}, body)
			e := wantError(t, client(t, s, change, nil), want(status))
			if !strings.Contains(e.Detail, fmt.Sprint(status)) {
				t.Errorf("detail %q has no status %d", e.Detail, status)
			}
		}
	}
}

func TestOddAnswers(t *testing.T) {
	call := func(name, args string) string {
		return `{"type":"function_call","call_id":"c","name":"` + name + `","arguments":` + args + `}`
	}
	response := func(status, more string, items ...string) string {
		return `{"model":"m","status":"` + status + `","output":[` + strings.Join(items, ",") + `]` + more + `}`
	}
	for _, tc := range []struct {
		name   string
		status int
		body   string
		change func(*Config)
		kind   llm.Kind
	}{
		{"quota is no rate limit", 429, `{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}`, nil, llm.Quota},
		{"quota by type alone", 429, `{"error":{"message":"x","type":"insufficient_quota"}}`, nil, llm.Quota},
		{"rate limit", 429, `{"error":{"message":"x","type":"requests","code":"rate_limit_exceeded"}}`, nil, llm.RateLimited},
		{"html 502", 502, `<html>bad gateway</html>`, nil, llm.Unavailable},
		{"empty 503", 503, ``, nil, llm.Unavailable},
		{"code is a sentence", 400, `{"error":{"code":"your mail was: ` + mailText + `"}}`, nil, llm.Refused},
		{"error is a string", 404, `{"error":"model not found"}`, chat, llm.Refused},
		{"html 200", 200, `<html>welcome</html>`, nil, llm.Unavailable},
		{"empty 200", 200, ``, nil, llm.Unavailable},
		{"cut off", 200, goodResponse[:200], nil, llm.Unavailable},
		{"body over the limit", 200, `{"model":"` + strings.Repeat("x", maxBody) + `"}`, nil, llm.Unavailable},
		{"200 with an error", 200, `{"error":{"code":"server_error","message":"` + mailText + `"}}`, nil, llm.Unavailable},
		{"200 with another error", 200, `{"error":{"code":"invalid_prompt","message":"x"}}`, nil, llm.BadAnswer},
		{"failed", 200, response("failed", `,"error":{"code":"rate_limit_exceeded","message":"x"}`), nil, llm.RateLimited},
		{"incomplete", 200, response("incomplete", `,"incomplete_details":{"reason":"max_output_tokens"}`), nil, llm.BadAnswer},
		{"no call", 200, response("completed", "", `{"type":"message","content":[]}`), nil, llm.BadAnswer},
		{"two calls", 200, response("completed", "", call("record", `"{}"`), call("record", `"{}"`)), nil, llm.BadAnswer},
		{"another function", 200, response("completed", "", call("refund", `"{}"`)), nil, llm.BadAnswer},
		{"items that are none", 200, response("completed", "", `3`, `null`, `"x"`), nil, llm.BadAnswer},
		{"chat: 200 with an error", 200, `{"error":{"message":"overloaded"}}`, chat, llm.BadAnswer},
		{"chat: no choices", 200, `{"choices":[]}`, chat, llm.BadAnswer},
		{"chat: text", 200, `{"choices":[{"message":{"content":"` + mailText + `"}}]}`, chat, llm.BadAnswer},
		{"chat: cut off", 200, strings.Replace(goodChat, "tool_calls\",", "length\",", 1), chat, llm.BadAnswer},
		{"chat: another function", 200, strings.Replace(goodChat, `"name":"record"`, `"name":"x"`, 1), chat, llm.BadAnswer},
	} {
		t.Run(tc.name, func(t *testing.T) {
			wantError(t, client(t, serve(t, tc.status, nil, tc.body), tc.change, nil), tc.kind)
		})
	}
}

func TestArgumentsInTextAreTakenFromSmallServers(t *testing.T) {
	s := serve(t, 200, nil, `{"model":"m","choices":[{"finish_reason":"stop","message":{"content":" {\"a\":\"b\"} "}}]}`)
	got, err := client(t, s, chat, nil).Call(t.Context(), ask)
	if err != nil || string(got.Arguments) != `{"a":"b"}` {
		t.Errorf("got %s, %v", got.Arguments, err)
	}
}

func TestChatRefusesReasoningWithFunctions(t *testing.T) {
	s := serve(t, 200, nil, goodChat)
	e := wantError(t, client(t, s, func(c *Config) { c.API = Chat }, nil), llm.Refused)
	if !strings.Contains(e.Detail, "api: responses") || s.calls != 0 {
		t.Errorf("detail %q after %d calls", e.Detail, s.calls)
	}
}

func TestRetryAfterIsReadAndKept(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		header, value string
		want          time.Duration
	}{
		{"Retry-After", "7", 7 * time.Second},
		{"Retry-After", "0.5", 500 * time.Millisecond},
		{"Retry-After", "Sun, 22 Nov 2026 12:00:30 GMT", 30 * time.Second},
		{"Retry-After", "Sun, 22 Nov 2026 11:00:00 GMT", 0},
		{"Retry-After", "-5", 0},
		{"Retry-After", "soon", 0},
		{"Retry-After", "NaN", 0},
		{"Retry-After-Ms", "6500", 6500 * time.Millisecond},
	} {
		if got := retryAfter(http.Header{tc.header: {tc.value}}, now); got != tc.want {
			t.Errorf("%s: %s gives %v, want %v", tc.header, tc.value, got, tc.want)
		}
	}
	s := serve(t, 429, map[string]string{"Retry-After": "60"}, `{}`)
	c := client(t, s, nil, nil)
	for range 3 {
		if e := wantError(t, c, llm.RateLimited); e.After <= 0 || e.After > time.Minute {
			t.Errorf("after %v", e.After)
		}
	}
	if s.calls != 1 {
		t.Errorf("%d calls while the provider wanted none", s.calls)
	}
}

func TestBreakerOpensAndCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls, fail := 0, true
		c, err := New(Config{Model: "m"}, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		run := func() error {
			_, err := c.breaker.Execute(func() (llm.Response, error) {
				calls++
				if fail {
					return llm.Response{}, &llm.Error{Kind: llm.Unavailable}
				}
				return llm.Response{}, nil
			})
			return err
		}
		for range 8 {
			_ = run()
		}
		if calls != failuresToOpen {
			t.Errorf("%d calls reached a service that is down", calls)
		}
		_, err = c.Call(t.Context(), ask)
		var e *llm.Error
		if !errors.As(err, &e) || e.Kind != llm.Unavailable || e.After != openFor {
			t.Errorf("open breaker gives %v", err)
		}
		time.Sleep(openFor + time.Second)
		fail = false
		if err := run(); err != nil {
			t.Errorf("after %v: %v", openFor, err)
		}
	})
}

// TestOtherFailuresLeaveTheBreakerClosed: a service that refuses is not down.
func TestOtherFailuresLeaveTheBreakerClosed(t *testing.T) {
	s := serve(t, 400, nil, `{}`)
	c := client(t, s, nil, nil)
	for range 2 * failuresToOpen {
		wantError(t, c, llm.Refused)
	}
	if s.calls != 2*failuresToOpen {
		t.Errorf("%d calls", s.calls)
	}
}

type ledger struct {
	memory
	err error
}

func (l *ledger) Spent(ctx context.Context, day string) (int64, error) {
	n, _ := l.memory.Spent(ctx, day)
	return n, l.err
}

func TestBudgetEndsTheDay(t *testing.T) {
	s := serve(t, 200, nil, goodResponse)
	l := &ledger{}
	c := client(t, s, func(c *Config) { c.DailyBudget = 0.0013 }, l) // two calls of 680 micros
	for range 2 {
		if _, err := c.Call(t.Context(), ask); err != nil {
			t.Fatal(err)
		}
	}
	wantError(t, c, llm.Budget)
	if s.calls != 2 {
		t.Errorf("%d calls", s.calls)
	}
	l.memory = memory{day: "2000-01-01", spent: 1e9} // another day's money
	if _, err := c.Call(t.Context(), ask); err != nil {
		t.Errorf("on a new day: %v", err)
	}
	l.err = errors.New("disk " + secret)
	wantError(t, c, llm.Unavailable)
}

func TestAnAnswerOfNoUseIsPaidFor(t *testing.T) {
	s := serve(t, 200, nil, strings.Replace(goodResponse, `"name":"record"`, `"name":"other"`, 1))
	l := &ledger{}
	wantError(t, client(t, s, nil, l), llm.BadAnswer)
	if l.spent != 680 {
		t.Errorf("spent %d", l.spent)
	}
}

func TestEndsOfWaiting(t *testing.T) {
	stop := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-stop:
		case <-r.Context().Done():
		}
	}))
	defer s.Close()
	defer close(stop)
	c := client(t, &server{Server: s}, func(c *Config) { c.Timeout = 50 * time.Millisecond }, nil)
	e := wantError(t, c, llm.Unavailable)
	if !strings.Contains(e.Detail, "50ms") {
		t.Errorf("detail %q", e.Detail)
	}
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(10*time.Millisecond, cancel)
	c = client(t, &server{Server: s}, nil, nil)
	if _, err := c.Call(ctx, ask); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	s.Close()
	wantError(t, c, llm.Unavailable)
}

func TestModels(t *testing.T) {
	s := serve(t, 200, nil, `{"object":"list","data":[{"id":"gpt-6-luna"},{"id":"llama3:latest"}]}`)
	for model, ok := range map[string]bool{"gpt-6-luna": true, "llama3": true, "gpt-9": false} {
		err := client(t, s, func(c *Config) { c.Model = model }, nil).Models(t.Context())
		if (err == nil) != ok {
			t.Errorf("%s: %v", model, err)
		}
	}
	err := client(t, serve(t, 401, nil, `{"error":{"code":"invalid_api_key"}}`), nil, nil).Models(t.Context())
	if err == nil || !strings.Contains(err.Error(), "401 Unauthorized invalid_api_key") || strings.Contains(err.Error(), secret) {
		t.Errorf("bad key: %v", err)
	}
}

func TestConfigurationsThatCannotWork(t *testing.T) {
	for name, c := range map[string]Config{
		"no model":            {Key: secret},
		"unknown api":         {Model: "m", API: "x"},
		"budget, no prices":   {Model: "m", DailyBudget: 1},
		"key in clear text":   {Model: "m", Key: secret, BaseURL: "http://api.example.com/v1"},
		"password in the URL": {Model: "m", BaseURL: "https://user:" + secret + "@x.example/v1"},
		"no URL":              {Model: "m", BaseURL: "://" + secret},
		"file":                {Model: "m", BaseURL: "file:///etc/passwd"},
	} {
		if _, err := New(c, nil, nil); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, ok := range []string{"http://127.0.0.1:11434/v1", "http://ollama:11434/v1", "http://192.168.1.5/v1", "https://x.example/v1/"} {
		if _, err := New(Config{Model: "m", Key: secret, BaseURL: ok}, nil, nil); err != nil {
			t.Errorf("%s: %v", ok, err)
		}
	}
}

func TestPricesRoundUp(t *testing.T) {
	p := Prices{In: 0.25, Cached: 0.025, Out: 2}
	if got := p.Micros(llm.Usage{Input: 2200, Cached: 1792, Output: 150}); got != 447 { // 102 + 44.8 + 300
		t.Errorf("got %d", got)
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// FuzzAnswer: whatever a server answers, the error is one of ours or there is something to check.
func FuzzAnswer(f *testing.F) {
	f.Add(200, []byte(goodResponse))
	f.Add(200, []byte(goodChat))
	f.Add(429, []byte(`{"error":{"code":5}}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		if status < 200 || status > 599 {
			t.Skip()
		}
		transport := roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(bytes.NewReader(body))}, nil
		})
		for _, change := range []func(*Config){nil, chat} {
			c := client(t, &server{Server: &httptest.Server{URL: "http://127.0.0.1"}}, change, nil)
			cfg := api.DefaultConfig(secret)
			cfg.HTTPClient = doer{&http.Client{Transport: transport}}
			c.api = api.NewClientWithConfig(cfg)
			got, err := c.Call(t.Context(), ask)
			var e *llm.Error
			if err != nil && !errors.As(err, &e) {
				t.Errorf("%d %q: error %v", status, body, err)
			}
			if err == nil && len(got.Arguments) == 0 && status != 200 {
				t.Errorf("%d %q: nothing, and no error", status, body)
			}
		}
	})
}
