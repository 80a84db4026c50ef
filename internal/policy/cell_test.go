package policy

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/ticket"
)

func answered(decision ticket.Decision, by string, edits ...ticket.Edit) *ticket.Turn {
	t := &ticket.Turn{
		Triage: &ticket.Triage{Language: "it", Prompt: "c0ffee", Model: "m-1", Requests: []ticket.Request{
			{Intent: ticket.OrderStatus}, {Intent: ticket.StorePolicy}, {Intent: ticket.OrderStatus},
		}},
		Drafts: []ticket.Draft{{By: ticket.Replyd, Language: "en", Template: "en/order_status+store_policy@1f2e3d4c"}},
	}
	for _, e := range edits {
		t.Drafts = append(t.Drafts, ticket.Draft{By: "sara", Language: "en", Template: t.Drafts[0].Template, Edit: e})
	}
	if decision != "" {
		t.Verdicts = []ticket.Verdict{{Decision: decision, By: by, Draft: len(t.Drafts) - 1}}
	}
	return t
}

func TestATurnStandsInOneCellForEachIntent(t *testing.T) {
	want := []Cell{
		{Intent: ticket.OrderStatus, Language: "en", Template: "1f2e3d4c", Prompt: "c0ffee", Model: "m-1"},
		{Intent: ticket.StorePolicy, Language: "en", Template: "1f2e3d4c", Prompt: "c0ffee", Model: "m-1"},
	}
	if diff := cmp.Diff(want, Cells(answered(ticket.Send, "sara", ticket.CosmeticEdit))); diff != "" {
		t.Error(diff)
	}
	if got := Cells(&ticket.Turn{}); got != nil {
		t.Errorf("a turn without a draft stands in %v", got)
	}
}

func TestOnlyChangedFactsAndOtherDecisionsAreErrors(t *testing.T) {
	for _, c := range []struct {
		name      string
		turn      *ticket.Turn
		error, ok bool
	}{
		{"approved as it was", answered(ticket.Send, "sara"), false, true},
		{"other words", answered(ticket.Send, "sara", ticket.CosmeticEdit), false, true},
		{"other facts", answered(ticket.Send, "sara", ticket.FactualEdit), true, true},
		{"other facts, taken back", answered(ticket.Send, "sara", ticket.FactualEdit, ticket.CosmeticEdit), false, true},
		{"rejected", answered(ticket.Reject, "sara"), true, true},
		{"by hand", answered(ticket.ByHand, "sara"), true, true},
		{"by policy", answered(ticket.Send, ticket.Policy), false, false},
		{"nobody yet", answered("", ""), false, false},
		{"no draft of ours", &ticket.Turn{Verdicts: []ticket.Verdict{{Decision: ticket.Reject, By: "sara"}}}, false, false},
	} {
		r, ok := Reviewed(c.turn)
		if r.Error != c.error || ok != c.ok || r.Error != (r.Why != "") {
			t.Errorf("%s: %+v, %v", c.name, r, ok)
		}
	}
}
