package app

import (
	"context"
	"sync/atomic"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/openai"
)

// estimator stands in for the model where none is asked, and only tells what a call would have cost, by a rule of
// thumb: a token for four letters of English, for two of other scripts (OpenAI, "What are tokens", 2026). The
// lexicon then reads the mail.
type estimator struct {
	prices openai.Prices
	warm   atomic.Bool // the provider has the prefix in its cache
}

const (
	// cachedFrom is the least prefix that the provider caches, in tokens (OpenAI, "Prompt caching", 2026).
	cachedFrom = 1024
	// estimatedOutput is a record of one or two requests and a little thinking, in tokens. An assumption.
	estimatedOutput = 400
)

func newEstimator(p openai.Prices) *estimator { return &estimator{prices: p} }

// Call implements llm.Model. It never answers.
func (e *estimator) Call(_ context.Context, r llm.Request) (llm.Response, error) {
	prefix := roughly(r.System) + roughly(r.Tool.Description) + roughly(string(r.Tool.Schema))
	u := llm.Usage{Input: prefix + roughly(r.Input), Output: estimatedOutput}
	if prefix >= cachedFrom && e.warm.Swap(true) {
		u.Cached = prefix
	}
	u.Micros = e.prices.Micros(u)
	return llm.Response{Usage: u}, &llm.Error{Kind: llm.Unavailable, Detail: "only estimated"}
}

// roughly counts tokens.
func roughly(s string) int {
	quarters := 0
	for _, r := range s {
		if quarters++; r >= 0x80 {
			quarters++
		}
	}
	return (quarters + 3) / 4
}
