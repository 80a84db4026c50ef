package ticket

import (
	"testing"
	"time"

	"github.com/replyd/replyd/internal/hours"
)

// TestTargetsAreCountedInWorkingTime: now is a Sunday.
func TestTargetsAreCountedInWorkingTime(t *testing.T) {
	p := DefaultPromise()
	if err := p.Hours.Week.Add("Mon-Fri 09:00-17:00"); err != nil {
		t.Fatal(err)
	}
	friday := time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC)
	monday := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	asks := func(i Intent) *Triage { return &Triage{Requests: []Request{{Intent: i}}} }
	for name, tt := range map[string]struct {
		turn Turn
		want time.Duration // after Monday's opening
	}{
		"flagged":      {Turn{Cause: ByMail, Triage: &Triage{Flags: []Flag{Chargeback}}}, 30 * time.Minute},
		"to cancel":    {Turn{Cause: ByMail, Triage: asks(OrderCancel)}, 90 * time.Minute},
		"urgent":       {Turn{Cause: ByMail, Triage: &Triage{Urgent: true}}, 90 * time.Minute},
		"lost":         {Turn{Cause: ByMail, Triage: asks(DeliveryProblem)}, 210 * time.Minute},
		"a bad rating": {Turn{Cause: ByRating}, 210 * time.Minute},
		"an order":     {Turn{Cause: ByMail, Triage: asks(OrderStatus)}, 450 * time.Minute},
		"unread":       {Turn{Cause: ByMail}, 2*24*time.Hour + 450*time.Minute},
	} {
		tt.turn.Born = friday
		if got := tt.turn.AnswerBy(&p); !got.Equal(monday.Add(tt.want)) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestFingerprintsTellPromisesApart, and nothing else.
func TestFingerprintsTellPromisesApart(t *testing.T) {
	base := DefaultPromise()
	prints := map[string]string{base.Fingerprint(): "the default"}
	for name, change := range map[string]func(*Promise){
		"a target": func(p *Promise) { p.Targets.Order = time.Hour },
		"hours":    func(p *Promise) { _ = p.Hours.Week.Add("Mon 9-17") },
		"a zone": func(p *Promise) {
			_ = p.Hours.Week.Add("Mon 9-17")
			p.Hours.Zone = time.FixedZone("here", 3600)
		},
		"a closed day": func(p *Promise) {
			c, _ := hours.ParseClosure("12-25")
			p.Hours.Closed = []hours.Closure{c}
		},
		"a closed day of one year": func(p *Promise) {
			c, _ := hours.ParseClosure("2026-12-25")
			p.Hours.Closed = []hours.Closure{c}
		},
	} {
		p := DefaultPromise()
		change(&p)
		if same, ok := prints[p.Fingerprint()]; ok {
			t.Errorf("%s is taken for %s", name, same)
		}
		prints[p.Fingerprint()] = name
	}
	elsewhere := DefaultPromise()
	elsewhere.Hours.Zone = time.FixedZone("here", 3600)
	if elsewhere.Fingerprint() != base.Fingerprint() {
		t.Error("round the clock is the same in every zone")
	}
}
