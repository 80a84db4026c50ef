// Package openai is the hand that asks a language model: OpenAI's Responses API, or Chat Completions of a
// compatible server (Ollama, vLLM, llama.cpp). One call of one function, nothing stored at the provider, a
// daily budget, and errors that say what to do without saying what was in the mail.
package openai

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strings"
	"sync"
	"time"

	api "github.com/sashabaranov/go-openai"
	"github.com/sony/gobreaker/v2"

	"github.com/replyd/replyd/internal/llm"
)

// Kinds of API.
const (
	Responses = "responses" // OpenAI's own; the default
	Chat      = "chat"      // Chat Completions, which compatible servers have
)

// Config is how to reach the model.
type Config struct {
	Key         string        // secret; empty for servers that need none
	BaseURL     string        // empty: https://api.openai.com/v1
	API         string        // Responses or Chat; empty: Responses
	Model       string        // as the provider names it
	Effort      string        // reasoning effort: "none", "low" …; empty: the model's own default
	Timeout     time.Duration // for one call; 0: 20 s
	Prices      Prices
	DailyBudget float64        // in the price list's currency; 0: no limit
	Zone        *time.Location // where the budget's day begins; nil: UTC
}

// Prices are per million tokens, in any one currency (OpenAI, "Pricing").
type Prices struct{ In, Cached, Out float64 }

// Micros is what a call costs, in millionths of the currency, rounded up. Cached tokens are part of the input.
func (p Prices) Micros(u llm.Usage) int64 {
	fresh := max(0, u.Input-u.Cached)
	cost := p.In*float64(fresh) + p.Cached*float64(u.Cached) + p.Out*float64(u.Output)
	micros := int64(cost)
	if float64(micros) < cost {
		micros++
	}
	return micros
}

// Ledger knows what was spent on a day ("2026-11-22"), in millionths of the price list's currency.
type Ledger interface {
	Spent(ctx context.Context, day string) (micros int64, err error)
	Add(ctx context.Context, day string, micros int64) error
}

// Client asks one model. It is safe for concurrent use.
type Client struct {
	config  Config
	api     *api.Client
	ledger  Ledger
	log     *slog.Logger
	breaker *gobreaker.CircuitBreaker[llm.Response]
	pause   pause
}

// Limits of a call.
const (
	defaultTimeout   = 20 * time.Second // a mail may wait for the lexicon no longer than this
	maxOutputTokens  = 2000             // reasoning included; a record of five requests takes about 400
	failuresToOpen   = 5                // in a row, until the service counts as down
	openFor          = 30 * time.Second // until it is tried again
	quotaPause       = 5 * time.Minute  // between looks whether the account has money again
	longestRateLimit = 10 * time.Minute // a longer Retry-After is looked at again after this
)

// New checks the configuration and starts nothing. A nil ledger counts from now on in memory.
func New(c Config, spent Ledger, log *slog.Logger) (*Client, error) {
	if c.API == "" {
		c.API = Responses
	}
	if c.API != Responses && c.API != Chat {
		return nil, fmt.Errorf("openai: api is %q, not %q or %q", c.API, Responses, Chat)
	}
	if c.Model == "" {
		return nil, errors.New("openai: no model is named")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.DailyBudget > 0 && c.Prices == (Prices{}) {
		return nil, errors.New("openai: a daily budget needs prices")
	}
	cfg := api.DefaultConfig(c.Key)
	if c.BaseURL != "" {
		if err := checkURL(c.BaseURL, c.Key != ""); err != nil {
			return nil, fmt.Errorf("openai: base URL: %w", err)
		}
		cfg.BaseURL = c.BaseURL
	}
	cfg.HTTPClient = newDoer()
	if spent == nil {
		spent = &memory{}
	}
	client := &Client{config: c, api: api.NewClientWithConfig(cfg), ledger: spent, log: log}
	client.breaker = gobreaker.NewCircuitBreaker[llm.Response](gobreaker.Settings{
		Name:        "openai",
		Timeout:     openFor,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= failuresToOpen },
		IsSuccessful: func(err error) bool {
			var e *llm.Error
			return err == nil || errors.As(err, &e) && e.Kind != llm.Unavailable
		},
		IsExcluded: func(err error) bool { // the caller's own end says nothing about the service
			return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		},
	})
	return client, nil
}

// checkURL refuses what would send the key in clear text over a public network.
func checkURL(s string, secret bool) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return errors.New("is no URL")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("has more than scheme, host and path")
	}
	switch u.Scheme {
	case "https":
		return nil
	case "http":
		ip := net.ParseIP(u.Hostname())
		local := ip != nil && (ip.IsLoopback() || ip.IsPrivate()) || ip == nil && !strings.Contains(u.Hostname(), ".")
		if !secret || local {
			return nil
		}
		return errors.New("must be https, as a key goes with each call")
	}
	return errors.New("must be https")
}

// Call asks the model to call r.Tool about r.Input. Errors are *llm.Error, or the context's own.
func (c *Client) Call(ctx context.Context, r llm.Request) (llm.Response, error) {
	if err := c.pause.active(time.Now()); err != nil {
		return llm.Response{}, err
	}
	day := time.Now().In(c.config.Zone).Format(time.DateOnly)
	if err := c.afford(ctx, day); err != nil {
		return llm.Response{}, err
	}
	response, err := c.breaker.Execute(func() (llm.Response, error) { return c.ask(ctx, r) })
	if errors.Is(err, gobreaker.ErrOpenState) || errors.Is(err, gobreaker.ErrTooManyRequests) {
		err = &llm.Error{Kind: llm.Unavailable, Detail: "failed several times in a row", After: openFor}
	}
	c.pause.note(time.Now(), err)
	response.Usage.Micros = c.config.Prices.Micros(response.Usage)
	if response.Usage.Micros > 0 {
		// the money is spent even if the caller is gone
		if err := c.ledger.Add(context.WithoutCancel(ctx), day, response.Usage.Micros); err != nil {
			c.log.Warn("what a model call cost could not be noted", "error", err)
		}
	}
	return response, err
}

// afford fails when the day's budget is used up, or cannot be known. Calls under way at the same time may
// overdraw it by what they cost.
func (c *Client) afford(ctx context.Context, day string) error {
	if c.config.DailyBudget <= 0 {
		return nil
	}
	spent, err := c.ledger.Spent(ctx, day)
	if err != nil {
		c.log.Warn("what was spent today is not known", "error", err)
		return &llm.Error{Kind: llm.Unavailable, Detail: "what was spent today is not known"}
	}
	if float64(spent) >= c.config.DailyBudget*1e6 {
		return &llm.Error{Kind: llm.Budget, Detail: "the daily budget is used up"}
	}
	return nil
}

// ask makes one call within the time limit.
func (c *Client) ask(ctx context.Context, r llm.Request) (llm.Response, error) {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	var response llm.Response
	var err error
	if c.config.API == Chat {
		response, err = c.askChat(limited, r)
	} else {
		response, err = c.askResponses(limited, r)
	}
	return response, c.explain(ctx, err)
}

// Models checks that the key is accepted and that the model is there.
func (c *Client) Models(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	list, err := c.api.ListModels(limited)
	if err != nil {
		return c.explain(ctx, err)
	}
	for _, m := range list.Models {
		if m.ID == c.config.Model || m.ID == c.config.Model+":latest" {
			return nil
		}
	}
	return &llm.Error{Kind: llm.Refused, Detail: fmt.Sprintf("the key may not use the model %q", c.config.Model)}
}

// memory is the ledger of those who have none.
type memory struct {
	mu    sync.Mutex
	day   string
	spent int64
}

func (m *memory) Spent(_ context.Context, day string) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != day {
		return 0, nil
	}
	return m.spent, nil
}

func (m *memory) Add(_ context.Context, day string, micros int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.day != day {
		m.day, m.spent = day, 0
	}
	m.spent += micros
	return nil
}

// pause keeps calls back while the provider has said that they are useless.
type pause struct {
	mu    sync.Mutex
	until time.Time
	err   llm.Error
}

func (p *pause) active(now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !now.Before(p.until) {
		return nil
	}
	e := p.err
	e.After = p.until.Sub(now)
	return &e
}

func (p *pause) note(now time.Time, err error) {
	var e *llm.Error
	if !errors.As(err, &e) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.Kind == llm.RateLimited && e.After > 0:
		p.until, p.err = now.Add(min(e.After, longestRateLimit)), *e
	case e.Kind == llm.Quota:
		p.until, p.err = now.Add(quotaPause), *e
	}
}
