package ticket

import (
	"testing"
	"time"
)

// TestWhySaysTheNewest: a turn that policy let go and that came back must not show why it could go.
func TestWhySaysTheNewest(t *testing.T) {
	turn := Turn{State: Review, Gate: Gate{Outcome: Go}}
	turn.Verdicts = []Verdict{{Decision: Send, By: Policy, Reasons: []string{"all is well"}}}
	turn.History = []Event{{What: "approved"}, {To: Review, What: "the hourly limit is reached"}}
	if got := turn.Why(); len(got) != 1 || got[0] != "the hourly limit is reached" {
		t.Errorf("%q", got)
	}
	turn.Verdicts[0] = Verdict{Decision: Ask, Reasons: []string{"a list", "a flag", "a mode"}}
	turn.Gate = Gate{Outcome: Hold, Reason: "a list"}
	if got := turn.Why(); len(got) != 3 || got[0] != "a list" {
		t.Errorf("%q", got)
	}
}

func TestEveryTurnStandsInOneView(t *testing.T) {
	for name, tt := range map[string]struct {
		turn Turn
		want View
	}{
		"a review":              {Turn{State: Review, Cause: ByMail, Gate: Gate{Outcome: Go}}, NeedsReview},
		"a held mail":           {Turn{State: Review, Cause: ByMail, Gate: Gate{Outcome: Hold}}, Held},
		"a bad rating":          {Turn{State: Review, Cause: ByRating, Gate: Gate{Outcome: Hold}}, NeedsReview},
		"a snoozed one":         {Turn{State: Review, Snoozed: now}, Snoozed},
		"after an error":        {Turn{State: Review, History: []Event{{Error: true}, {To: Review}}}, Failed},
		"with unknown outcome":  {Turn{State: Review, Outgoing: &Outgoing{}, History: []Event{{}, {To: Review}}}, Failed},
		"taken back":            {Turn{State: Review, History: []Event{{To: Approved}, {To: Review}}}, NeedsReview},
		"on its way":            {Turn{State: Approved}, Waiting},
		"done":                  {Turn{State: Done}, AnsweredView},
		"an out-of-office note": {Turn{State: Recorded}, RecordedView},
	} {
		if got := tt.turn.View(); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestWhoIsFlaggedIsAnsweredFirst(t *testing.T) {
	by := func(tr *Triage) time.Duration {
		turn := Turn{Cause: ByMail, Born: now, Triage: tr}
		p := DefaultPromise()
		return turn.AnswerBy(&p).Sub(now)
	}
	lost := &Triage{Requests: []Request{{Intent: StorePolicy}, {Intent: DeliveryProblem}}}
	legal := &Triage{Requests: lost.Requests, Flags: []Flag{LegalThreat}}
	if by(nil) <= by(lost) || by(lost) <= by(legal) {
		t.Errorf("unread %v, a lost parcel %v, a legal threat %v", by(nil), by(lost), by(legal))
	}
}

// TestOnlyCleanDraftsAreAlike: what a person should read by itself is never approved with others.
func TestOnlyCleanDraftsAreAlike(t *testing.T) {
	clean := func() *Turn {
		return &Turn{State: Review, Cause: ByMail, Gate: Gate{Outcome: Go}, Triage: &Triage{},
			Sender: Identity{Address: "a@example.com", Verdict: "pass", Via: Direct},
			Drafts: []Draft{{By: "replyd", Template: "en/order_status@1"}}}
	}
	if clean().Alike() != "en/order_status@1" {
		t.Error("a clean draft has nothing in common with others")
	}
	for name, spoil := range map[string]func(*Turn){
		"flagged":  func(x *Turn) { x.Triage.Flags = []Flag{Abuse} },
		"edited":   func(x *Turn) { x.Drafts[0].By = "sara" },
		"open":     func(x *Turn) { x.Drafts[0].Open = []Uncovered{{Token: "5"}} },
		"unproven": func(x *Turn) { x.Sender.Verdict = "none" },
		"held":     func(x *Turn) { x.Gate.Outcome = Hold },
		"approved": func(x *Turn) { x.State = Approved },
	} {
		turn := clean()
		if spoil(turn); turn.Alike() != "" {
			t.Errorf("%s: can be approved with others", name)
		}
	}
}
