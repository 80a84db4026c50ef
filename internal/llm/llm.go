// Package llm says what a language model is to replyd: something that, given fixed instructions and one mail,
// must answer by calling one function. It has no I/O.
package llm

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

// Model reads. It may be asked for one call of one function, and has no other way to act.
type Model interface {
	Call(ctx context.Context, r Request) (Response, error)
}

// Request asks a model to call Tool about Input.
type Request struct {
	System   string // fixed instructions: the prefix that caching lives on
	Input    string // the mail, between boundaries; untrusted
	Tool     Tool
	CacheKey string // same for all requests with the same System and Tool
	Retry    string // why the last answer was refused; sent back once as a correction
}

// Tool is a function with a strict JSON schema.
type Tool struct {
	Name        string
	Description string
	Schema      json.RawMessage
}

// Response is the model's call, not yet validated by anybody.
type Response struct {
	Model     string          // as the provider names it
	Arguments json.RawMessage // what it calls the function with
	Usage     Usage
}

// Usage counts tokens of one call.
type Usage struct {
	Input, Cached, Output int
	// Micros is what the call cost, in millionths of the price list's currency; 0 without a price list.
	Micros int64
}

// Kind says what went wrong with a call, as far as a caller decides by it.
type Kind string

const (
	// RateLimited: too many requests; come back after Error.After.
	RateLimited Kind = "rate_limited"
	// Quota: the account's money is used up (OpenAI's insufficient_quota); waiting does not help.
	Quota Kind = "quota"
	// Budget: the owner's own daily budget is used up.
	Budget Kind = "budget"
	// Unavailable: the service is down, slow or cannot be reached.
	Unavailable Kind = "unavailable"
	// Refused: key, model or request is not accepted; a person has to mend it.
	Refused Kind = "refused"
	// BadAnswer: the model answered, but not with a usable call.
	BadAnswer Kind = "bad_answer"
)

// Error is what Model.Call fails with. Its text holds neither a secret nor mail text.
type Error struct {
	Kind   Kind
	Detail string        // for operators: status, provider's code
	After  time.Duration // how long to wait before the next try, 0 if unknown
}

func (e *Error) Error() string { return fmt.Sprintf("model: %s: %s", e.Kind, e.Detail) }

// RetryAfter tells the pipeline whether the failure passes by itself, and how long that takes at least.
func (e *Error) RetryAfter() (wait time.Duration, temporary bool) {
	switch e.Kind {
	case RateLimited, Unavailable, BadAnswer:
		return e.After, true
	}
	return 0, false
}
