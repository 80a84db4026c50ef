package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// clean is an input that may go out by itself: each test spoils one thing of it.
func clean() Input {
	return Input{
		Modes: Modes{All: Auto, Intents: map[ticket.Intent]Mode{ticket.OrderStatus: Auto}},
		Now:   time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Turn: &ticket.Turn{
			Sender: ticket.Identity{Address: "ada@example.com", Verdict: "pass", Via: ticket.Direct},
			Gate:   ticket.Gate{Outcome: ticket.Go},
			Triage: &ticket.Triage{Engine: "openai", Agreed: true,
				Requests: []ticket.Request{{Intent: ticket.OrderStatus, OrderRefs: []string{"1001"}, Confidence: 0.9}}},
			Findings: &shop.Findings{Answers: []shop.Finding{{Result: shop.Found}}},
			Drafts:   []ticket.Draft{{Text: "Hello"}},
		},
	}
}

func TestACleanDraftGoesOutByItself(t *testing.T) {
	v := Decide(clean())
	if v.Decision != ticket.Send || v.By != ticket.Policy || v.Draft != 0 || len(v.Reasons) != 1 {
		t.Errorf("%+v", v)
	}
}

func TestEachDoubtNeedsAPersonAndSaysSo(t *testing.T) {
	tests := map[string]struct {
		spoil func(*Input)
		says  string
	}{
		"held by the gate":     {func(i *Input) { i.Turn.Gate = ticket.Gate{Outcome: ticket.Hold, Reason: "too many today"} }, "too many today"},
		"unproven sender":      {func(i *Input) { i.Turn.Sender.Verdict = "none" }, "not proven"},
		"a contact form":       {func(i *Input) { i.Turn.Sender.Via = ticket.Form }, "not proven"},
		"a taken ticket":       {func(i *Input) { i.Taken = "Sara" }, "Sara has taken"},
		"a flag":               {func(i *Input) { i.Turn.Triage.Flags = []ticket.Flag{ticket.Chargeback} }, "chargeback"},
		"no request":           {func(i *Input) { i.Turn.Triage.Requests = nil }, "nothing that the customer asks"},
		"disagreement":         {func(i *Input) { i.Turn.Triage.Agreed = false }, "different order numbers"},
		"the stand-by":         {func(i *Input) { i.Turn.Triage.Engine = "lexicon" }, "stand-by"},
		"approval for all":     {func(i *Input) { i.Modes.All = Approval }, "approval mode"},
		"approval of the kind": {func(i *Input) { i.Modes.Intents = nil }, "approval mode"},
		"shadow":               {func(i *Input) { i.Modes.All = Shadow }, "shadow mode"},
		"a kind never automatic": {func(i *Input) {
			i.Turn.Triage.Requests[0].Intent = ticket.OrderCancel
			i.Modes.Intents = map[ticket.Intent]Mode{ticket.OrderCancel: Auto}
		}, "always needs a person"},
		"one of two kinds": {func(i *Input) {
			i.Turn.Triage.Requests = append(i.Turn.Triage.Requests, ticket.Request{Intent: ticket.AddressChange})
			i.Turn.Findings.Answers = append(i.Turn.Findings.Answers, shop.Finding{Result: shop.Found})
		}, "address_change"},
		"no findings":       {func(i *Input) { i.Turn.Findings = nil }, "not everything was looked up"},
		"an answer missing": {func(i *Input) { i.Turn.Findings.Answers = nil }, "not everything was looked up"},
		"withheld":          {func(i *Input) { i.Turn.Findings.Answers[0].Result = shop.Withheld }, "withheld"},
		"nothing found, no number named": {func(i *Input) {
			i.Turn.Findings.Answers[0].Result = shop.NotFound
			i.Turn.Triage.Requests[0].OrderRefs = nil
		}, "nothing was found"},
		"no draft":         {func(i *Input) { i.Turn.Drafts = nil }, "no draft"},
		"an empty promise": {func(i *Input) { i.Turn.Drafts[0].Macro = true }, "a person will answer"},
		"an uncovered token": {func(i *Input) {
			i.Turn.Drafts[0].Open = []ticket.Uncovered{{Token: "#1002", Kind: "order", Why: "another customer's"}}
		}, "no fact covers the order"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			in := clean()
			tt.spoil(&in)
			v := Decide(in)
			if v.Decision != ticket.Ask || !strings.Contains(strings.Join(v.Reasons, "; "), tt.says) {
				t.Errorf("%s: %q", v.Decision, v.Reasons)
			}
		})
	}
}

func TestAnOrderThatIsNotFoundIsAnsweredTheSameForEverybody(t *testing.T) {
	in := clean()
	in.Turn.Findings.Answers[0].Result = shop.NotFound
	if v := Decide(in); v.Decision != ticket.Send {
		t.Errorf("%+v", v)
	}
}

func TestTheMoreCarefulModeCounts(t *testing.T) {
	for _, tt := range []struct{ all, own, want Mode }{
		{Auto, Auto, Auto}, {Auto, Approval, Approval}, {Approval, Auto, Approval}, {Shadow, Auto, Shadow},
		{Auto, Shadow, Shadow}, {"typo", Auto, "typo"},
	} {
		m := Modes{All: tt.all, Intents: map[ticket.Intent]Mode{ticket.OrderStatus: tt.own}}
		if got := m.For(ticket.OrderStatus); got != tt.want {
			t.Errorf("all %s, own %s: %s", tt.all, tt.own, got)
		}
	}
}

func TestTheLexiconSendsOnlyWhereItMayAndIsSure(t *testing.T) {
	in := clean()
	in.Turn.Triage.Engine, in.Lexicon = "lexicon", true
	if v := Decide(in); v.Decision != ticket.Send {
		t.Errorf("sure: %+v", v)
	}
	in.Turn.Triage.Requests[0].Confidence = MinConfidence - 0.1
	if v := Decide(in); v.Decision != ticket.Ask {
		t.Errorf("unsure: %+v", v)
	}
}
