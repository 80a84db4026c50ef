// Package wording asks a model to say a plain reply in words that fit the mail. The model sees the mail and the
// plain reply with placeholders in place of values: no order, no amount, no name. It gives text back and nothing
// else; whether that text may stand in a reply, others decide. What customers typed into the shop (order notes,
// names, product texts) never reaches it, because no value does.
package wording

import (
	"context"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/prompt"
	"github.com/replyd/replyd/internal/ticket"
)

// ToolName is the one function that the model must call.
const ToolName = "write_reply"

// Store is what the instructions say about the store.
type Store struct {
	Name  string
	Tone  string   // empty for a neutral one
	Rules []string // house rules, one sentence each
}

// Wording words replies. It is safe for concurrent use.
type Wording struct {
	model  llm.Model
	prompt *prompt.Prompt
}

// New reads system/writer.tmpl and tools/write_reply.json.
func New(m llm.Model, files fs.FS, s Store) (*Wording, error) {
	p, err := load(files, "writer", s)
	if err != nil {
		return nil, err
	}
	return &Wording{model: m, prompt: p}, nil
}

func load(files fs.FS, system string, s Store) (*prompt.Prompt, error) {
	if s.Tone == "" {
		s.Tone = "friendly, plain and brief."
	}
	p, err := prompt.Load(files, system, s, ToolName)
	if err != nil {
		return nil, fmt.Errorf("wording: %w", err)
	}
	return p, nil
}

// free are the intents that have no fixed answer.
var free = []ticket.Intent{
	ticket.DeliveryProblem, ticket.ItemProblem, ticket.ProductQuestion, ticket.DiscountLoyalty, ticket.ComplaintFeedback,
	ticket.HumanRequest, ticket.BusinessOther, ticket.Other,
}

// Wanted reports whether a mail's reply is one to word: the model read the mail, nothing in it is alarming, and
// everything that it asks for has no fixed answer.
func Wanted(t ticket.Triage) bool {
	if t.Engine != "openai" || len(t.Flags) > 0 || len(t.Requests) == 0 {
		return false
	}
	return !slices.ContainsFunc(t.Requests, func(r ticket.Request) bool { return !slices.Contains(free, r.Intent) })
}

// Input is a mail and the plain reply to it.
type Input struct {
	Subject, Text      string   // of the mail
	Language           string   // of the reply
	Plain              string   // its middle part, with placeholders
	Required, Possible []string // placeholders
}

// Output is what the model wrote, not checked by anybody.
type Output struct {
	Text  string
	By    string // the model and the hash of its instructions
	Usage ticket.Usage
}

// Write asks the model once. Usage counts even if there is an error.
func (w *Wording) Write(ctx context.Context, in Input) (Output, error) {
	return call(ctx, w.model, w.prompt, w.prompt.Request(task(in), in.Subject, in.Text))
}

// call asks for words once.
func call(ctx context.Context, m llm.Model, p *prompt.Prompt, r llm.Request) (Output, error) {
	response, err := m.Call(ctx, r)
	u := response.Usage
	out := Output{
		By:    response.Model + "@" + p.Hash,
		Usage: ticket.Usage{Calls: 1, Input: u.Input, Cached: u.Cached, Output: u.Output, Micros: u.Micros},
	}
	if err != nil {
		return out, fmt.Errorf("wording: %w", err)
	}
	var answer struct {
		Text string `json:"text"`
	}
	if problem := p.Parse(response.Arguments, &answer); problem != "" {
		return out, fmt.Errorf("wording: %w", &llm.Error{Kind: llm.BadAnswer, Detail: "no usable call"})
	}
	out.Text = strings.TrimSpace(answer.Text)
	return out, nil
}

const (
	beginPlain = "---- plain draft begins ----\n"
	endPlain   = "\n---- plain draft ends ----\n"
)

// task is what the model is to do. It holds template words and names of placeholders only.
func task(in Input) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Language of the plain draft: %s\n", in.Language)
	b.WriteString(beginPlain + in.Plain + endPlain)
	fmt.Fprintf(&b, "Required placeholders: %s\n", list(in.Required))
	fmt.Fprintf(&b, "Possible placeholders: %s\n\n", list(in.Possible))
	return b.String()
}

func list(slots []string) string {
	if len(slots) == 0 {
		return "none"
	}
	return strings.Join(slots, " ")
}

// Plain takes the plain draft out of a question again, for a stand-in that plays the model.
func Plain(question string) (text string, ok bool) {
	_, rest, begins := strings.Cut(question, beginPlain)
	text, _, ends := strings.Cut(rest, endPlain)
	return text, begins && ends
}
