package app

import (
	"context"
	"errors"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/wording"
	"github.com/replyd/replyd/prompts"
)

// newWording makes what words replies; nil without a model, and where the owner did not ask for it.
func newWording(c *config.Config, m llm.Model) (*wording.Wording, error) {
	if !c.Writer || m == nil {
		return nil, nil
	}
	return wording.New(m, prompts.FS(c.Prompts), wording.Store{Name: c.Store.Name})
}

// reword lets the model say the plain draft in other words. The plain one stays where the model cannot be had, or
// breaks a rule, or states anything that no fact covers: the words are worth a try, not a wait.
func (a *App) reword(ctx context.Context, t *ticket.Turn, in reply.Input, plain ticket.Draft) ticket.Draft {
	worded, why := a.worded(ctx, t, in)
	if why == "" && len(ground.Check(worded, a.zone, a.hosts)) > 0 {
		why = "it stated what no fact covers"
	}
	if why != "" {
		plain.Usage = worded.Usage
		t.Note(time.Now(), "write", "the plain reply is kept: the model was asked to word it, and "+why)
		return plain
	}
	return worded
}

// worded gives the model's draft, or a reason why there is none. The cost of the call is in the draft either way.
func (a *App) worded(ctx context.Context, t *ticket.Turn, in reply.Input) (d ticket.Draft, why string) {
	writer := a.writer()
	o, err := writer.Outline(in)
	if err != nil {
		return d, "the templates give no outline"
	}
	out, err := a.wording.Write(ctx, wording.Input{
		Subject: t.Mail().Subject, Text: written(t), Language: o.Language, Plain: o.Text,
		Required: o.Required, Possible: o.Optional,
	})
	d.Usage = out.Usage
	if err != nil {
		return d, "it could not be had"
	}
	worded, err := writer.Reword(in, out.Text)
	switch {
	case errors.Is(err, reply.ErrWords):
		return d, "its words break a rule"
	case err != nil:
		return d, "its words could not be filled in"
	}
	worded.Worded, worded.Usage = out.By, out.Usage
	return worded, ""
}
