package policy

import (
	"fmt"
	"strings"

	"github.com/replyd/replyd/internal/ticket"
)

// Cell is what earns the right to send by itself, or loses it: one kind of request, answered in one language by
// one version of the templates, read by one model with one version of the instructions. Whatever of these
// changes begins a new cell, with no credit.
type Cell struct {
	Intent   ticket.Intent `json:"intent"`
	Language string        `json:"language"`         // of the reply
	Template string        `json:"template"`         // version of the templates: "1f2e3d4c"
	Prompt   string        `json:"prompt,omitempty"` // hash of instructions and schema; empty for the lexicon
	Model    string        `json:"model,omitempty"`  // as the provider names it; empty for the lexicon
}

// Cells gives the cells that a turn's own draft stands in, one for each intent that was answered. Nil for a turn
// without a triage or without a draft of replyd's.
func Cells(t *ticket.Turn) []Cell {
	d := t.Own()
	if d == nil || t.Triage == nil {
		return nil
	}
	_, version, _ := strings.Cut(d.Template, "@")
	var out []Cell
	seen := map[ticket.Intent]bool{}
	for _, r := range t.Triage.Requests {
		if seen[r.Intent] {
			continue
		}
		seen[r.Intent] = true
		out = append(out, Cell{Intent: r.Intent, Language: d.Language, Template: version, Prompt: t.Triage.Prompt,
			Model: t.Triage.Model})
	}
	return out
}

// Review is what a person's decision says about the work of a turn's cells.
type Review struct {
	Error bool   // the draft would have been wrong to send
	Why   string // a sentence for staff; empty without an error
}

// Reviewed judges replyd's draft by what a person did with it. ok is false where nobody decided, or where there
// was no draft to judge. Changed words are no error; a changed fact is, and so is a rejection or an answer in
// other words.
func Reviewed(t *ticket.Turn) (r Review, ok bool) {
	v := t.Verdict()
	if v == nil || v.By == ticket.Policy || t.Own() == nil {
		return Review{}, false
	}
	switch v.Decision {
	case ticket.Reject:
		return Review{true, v.By + " rejected the draft"}, true
	case ticket.ByHand:
		if d := t.Draft(); t.Elsewhere != nil && d.Edit != ticket.FactualEdit {
			return Review{}, true // the draft was sent, if not by us
		}
		return Review{true, v.By + " answered by hand"}, true
	case ticket.Send:
		if d := t.Draft(); d.Edit == ticket.FactualEdit {
			return Review{true, fmt.Sprintf("%s changed what the draft states", v.By)}, true
		}
		return Review{}, true
	}
	return Review{}, false
}
