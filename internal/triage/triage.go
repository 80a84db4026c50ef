// Package triage finds out what a mail asks for: a model reads it first, code checks every word of evidence, and
// a lexicon of words and phrases stands by for when there is no model.
//
// What a model says can only lower trust: it chooses among intents, and each choice needs a sentence of the
// mail as proof. Order references and flags are read by code as well; where the two differ, a person decides.
package triage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/prompt"
	"github.com/replyd/replyd/internal/ticket"
)

// Triage reads mails. It is safe for concurrent use.
type Triage struct {
	model     llm.Model // nil: the lexicon alone
	lexicon   *Lexicon
	prompt    *prompt.Prompt
	orderName OrderName
}

// Store is what the instructions to the model say about the store.
type Store struct {
	Name      string
	Tone      string   // "friendly and brief"; empty for a neutral one
	Rules     []string // house rules for reading mail, one sentence each
	OrderName OrderName
}

// New prepares reading. A nil model means that the lexicon reads alone. files hold system/triage.tmpl and
// tools/record_requests.json; errors say which of them is wrong.
func New(model llm.Model, lexicon *Lexicon, files fs.FS, store Store) (*Triage, error) {
	t := &Triage{model: model, lexicon: lexicon, orderName: store.OrderName}
	if model == nil {
		return t, nil
	}
	p, err := newPrompt(files, store)
	if err != nil {
		return nil, fmt.Errorf("triage: %w", err)
	}
	t.prompt = p
	return t, nil
}

// patience is the longest wait that the model may ask for before the lexicon steps in.
const patience = 30 * time.Second

// Read tells what a mail asks for. When the model cannot be had (down, slow, out of quota or budget, refusing
// the key, or without a usable answer after one correction), the lexicon's reading is given with Standby set and
// a nil error. An error means that trying again soon is better: the context ended, or a short wait was asked for.
func (t *Triage) Read(ctx context.Context, in Input) (ticket.Triage, error) {
	if in.OrderName == (OrderName{}) {
		in.OrderName = t.orderName
	}
	words := t.lexicon.Read(in)
	if t.model == nil {
		return words, nil
	}
	got, usage, err := t.ask(ctx, in, words)
	if err == nil {
		got.Usage = usage
		return got, nil
	}
	if ctx.Err() != nil {
		return ticket.Triage{}, fmt.Errorf("triage: %w", ctx.Err())
	}
	why := "the model could not be asked"
	var e *llm.Error
	if errors.As(err, &e) {
		if e.Kind == llm.RateLimited && e.After > 0 && e.After <= patience {
			return ticket.Triage{}, fmt.Errorf("triage: %w", err)
		}
		why = standbyReasons[e.Kind]
	}
	words.Standby, words.Usage, words.Prompt = why, usage, t.prompt.Hash
	return words, nil
}

// standbyReasons are sentences for staff.
var standbyReasons = map[llm.Kind]string{
	llm.RateLimited: "The model takes no more requests for now.",
	llm.Quota:       "The model account's quota is used up.",
	llm.Budget:      "The daily budget for the model is used up.",
	llm.Unavailable: "The model's service is down or slow.",
	llm.Refused:     "The model's service refuses the key, the model or the request.",
	llm.BadAnswer:   "The model gave no usable answer.",
}

// ask calls the model, once more with a correction if its answer is no use.
func (t *Triage) ask(ctx context.Context, in Input, words ticket.Triage) (ticket.Triage, ticket.Usage, error) {
	var usage ticket.Usage
	request := t.prompt.Request("", in.Subject, in.Text)
	for attempt := 0; ; attempt++ {
		response, err := t.model.Call(ctx, request)
		usage.Calls++
		usage.Input += response.Usage.Input
		usage.Cached += response.Usage.Cached
		usage.Output += response.Usage.Output
		usage.Micros += response.Usage.Micros
		var e *llm.Error
		if err != nil && !(errors.As(err, &e) && e.Kind == llm.BadAnswer) {
			return ticket.Triage{}, usage, err
		}
		problem := "Call the function record_requests exactly once, with arguments that its schema allows."
		if err == nil {
			var record record
			if problem = t.prompt.Parse(response.Arguments, &record); problem == "" {
				got := confirm(record, in, words, t.lexicon)
				got.Model, got.Prompt = response.Model, t.prompt.Hash
				if len(got.Requests) > 0 {
					return got, usage, nil
				}
				problem = "Every request needs a quote that stands in the mail, copied character by character."
			}
		}
		if attempt == 1 {
			return ticket.Triage{}, usage, &llm.Error{Kind: llm.BadAnswer, Detail: "no usable call after one correction"}
		}
		request.Retry = problem
	}
}
