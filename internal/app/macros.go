package app

import (
	"time"

	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// macros fills the saved replies of the turn's language, so that a person can begin with one. One that needs what
// this turn does not have is left out.
func (a *App) macros(t *ticket.Turn) (out []web.Macro) {
	if t.Triage == nil || t.Findings == nil || t.Mail() == nil {
		return nil
	}
	lang := t.Triage.Language
	if d := t.Draft(); d != nil && d.Language != "" {
		lang = d.Language
	}
	in := reply.Input{Mail: *t.Mail(), Sender: t.Sender, Triage: *t.Triage, Findings: *t.Findings, Now: time.Now(),
		RatingURL: a.ratingURL(t)}
	for _, m := range a.writer().Macros(lang) {
		d, err := a.writer().Fill(m, in)
		if err != nil {
			a.log.Debug("a macro does not fit", "turn", t.ID, "macro", m.Name, "error", err)
			continue
		}
		out = append(out, web.Macro{Name: m.Title, Text: d.Text, Literals: d.Literals, Facts: d.Facts})
	}
	return out
}
