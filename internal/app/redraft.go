package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/wording"
	"github.com/replyd/replyd/prompts"
)

// newRedrafting makes what writes drafts anew; nil without a model.
func newRedrafting(c *config.Config, m llm.Model) (*wording.Redrafting, error) {
	if m == nil {
		return nil, nil
	}
	return wording.NewRedrafting(m, prompts.FS(c.Prompts),
		wording.Store{Name: c.Store.Name, Tone: c.Store.Tone, Rules: c.Store.Rules})
}

// askedPatience is how long a person waits for another draft: until then they would have written it themselves.
const askedPatience = time.Minute

// redraft writes the last draft anew, as a person asked. Where that is not possible the last draft stays, and the turn
// is back with the person at once: they wait, and can write themselves.
func (a *App) redraft(ctx context.Context, t *ticket.Turn, in reply.Input) error {
	asked := t.Asked()
	limited, cancel := context.WithTimeout(ctx, askedPatience)
	defer cancel()
	d, usage, why := a.asAsked(limited, t, in, *asked)
	if ctx.Err() != nil { // the daemon stops: it is asked for again when it starts
		return ctx.Err()
	}
	now := time.Now()
	if why == "" {
		t.Drafts = append(t.Drafts, d)
		t.Move(now, "write", ticket.Drafted, "written anew by "+d.Worded+", as "+asked.By+" asked")
		return nil
	}
	t.Verdicts = append(t.Verdicts, ticket.Verdict{
		Decision: ticket.Ask, By: ticket.Policy, Draft: len(t.Drafts) - 1, At: now,
		Reasons: []string{why, policy.Asked},
	})
	t.Move(now, "write", ticket.Review, why)
	t.History[len(t.History)-1].Usage = usage
	return nil
}

// asAsked gives the draft that a person asked for, or a sentence why there is none.
func (a *App) asAsked(ctx context.Context, t *ticket.Turn, in reply.Input, asked ticket.Instruction) (
	d ticket.Draft, u ticket.Usage, why string,
) {
	now := a.live()
	model, writer := now.redraft, now.voice
	if model == nil {
		return d, u, "There is no other draft: no language model is set up."
	}
	before := *t.Draft()
	o, err := writer.Present(in, before)
	if err != nil {
		return d, u, "There is no other draft: the templates could not be read."
	}
	w := reply.Wish{Before: before, Language: asked.Language, Said: asked.Text, Known: facts(t)}
	if w.Language == "" {
		w.Language = before.Language
	}
	q := wording.Wish{
		Subject: t.Mail().Subject, Text: written(t), Draft: o.Text, In: before.Language, Language: w.Language,
		Instruction: asked.Text, Inside: o.Required, Beyond: o.Optional,
	}
	if slices.Contains(t.Triage.Flags, ticket.SuspectedInjection) { // it tries to steer a machine: the model does not get to read it
		q.Subject, q.Text = "", ""
	}
	out, err := model.Write(ctx, q, func(words string) error {
		d, err = writer.Redraft(in, w, words)
		return err
	})
	if err != nil {
		return d, out.Usage, noDraft(err)
	}
	d.Worded, d.Usage, d.Asked = out.By, out.Usage, len(t.Instructions)
	d.Open = ground.Check(d, a.zone, a.hosts)
	if own := t.Own(); own != nil {
		d.Edit = ground.Edited(*own, d)
	}
	return d, out.Usage, ""
}

// facts are what was looked up for the turn's requests.
func facts(t *ticket.Turn) (out []shop.Fact) {
	for _, f := range t.Findings.Answers {
		out = append(out, f.Facts...)
	}
	return out
}

// noDraft says to staff why the last draft stays.
func noDraft(err error) string {
	var e *llm.Error
	switch {
	case errors.Is(err, wording.ErrRules):
		return "There is no other draft: the model's words broke a rule twice."
	case !errors.As(err, &e):
		return "There is no other draft: the model could not be asked."
	}
	why := map[llm.Kind]string{
		llm.RateLimited: "There is no other draft: the model takes no more requests for now.",
		llm.Quota:       "There is no other draft: the model account's quota is used up.",
		llm.Budget:      "There is no other draft: the daily budget for the model is used up.",
		llm.Refused:     "There is no other draft: the model's service refuses the key, the model or the request.",
		llm.BadAnswer:   "There is no other draft: the model gave no usable answer.",
	}[e.Kind]
	if why == "" {
		why = "There is no other draft: the model's service is down or slow."
	}
	return why
}
