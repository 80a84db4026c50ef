package ticket

import "testing"

// TestOnlyADraftThatNeedsNoSecondLookIsOffered: a mail program shows none of the desk's warnings.
func TestOnlyADraftThatNeedsNoSecondLookIsOffered(t *testing.T) {
	good := func() *Turn {
		return &Turn{State: Review, Cause: ByMail, Gate: Gate{Outcome: Go}, Triage: &Triage{}, Drafts: []Draft{{By: Replyd}},
			Sender: Identity{Address: "ada@example.com", Verdict: "pass", Via: Direct}}
	}
	for name, change := range map[string]func(*Turn){
		"working":     func(t *Turn) { t.State = Drafted },
		"decided":     func(t *Turn) { t.State = Approved },
		"unwritten":   func(t *Turn) { t.Drafts = nil },
		"perhaps out": func(t *Turn) { t.Outgoing = &Outgoing{MessageID: "<a@b>"} },
		"split":       func(t *Turn) { t.Cause = BySplit },
		"a bounce":    func(t *Turn) { t.Cause = ByBounce },
		"held":        func(t *Turn) { t.Gate = Gate{Outcome: Hold, Readable: true} },
		"unproven":    func(t *Turn) { t.Sender.Verdict = "none" },
		"a form's":    func(t *Turn) { t.Sender.Via = Form },
		"flagged":     func(t *Turn) { t.Triage.Flags = []Flag{LegalThreat} },
		"uncovered":   func(t *Turn) { t.Drafts = append(t.Drafts, Draft{By: "sara", Open: []Uncovered{{Token: "9"}}}) },
	} {
		turn := good()
		change(turn)
		if ok, why := turn.Offer(); ok || why == "" {
			t.Errorf("%s: offered, or no reason: %q", name, why)
		}
	}
	if ok, why := good().Offer(); !ok || why != "" {
		t.Errorf("not offered: %s", why)
	}
	edited := good()
	edited.Drafts = append(edited.Drafts, Draft{By: "sara"})
	if ok, why := edited.Offer(); !ok {
		t.Errorf("an edited draft is not offered: %s", why)
	}
}
