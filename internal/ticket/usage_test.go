package ticket

import "testing"

func TestATurnCostsItsReadingAndItsWording(t *testing.T) {
	read := Usage{Calls: 2, Input: 100, Cached: 40, Output: 10, Micros: 7}
	worded := Usage{Calls: 1, Input: 50, Output: 20, Micros: 5}
	turn := Turn{Cause: ByMail, Triage: &Triage{Usage: read}, Drafts: []Draft{{Usage: worded}, {}, {Usage: worded}}}
	if got, want := turn.Usage(), (Usage{Calls: 4, Input: 200, Cached: 40, Output: 50, Micros: 17}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	turn.Cause, turn.Drafts = BySplit, turn.Drafts[:1] // its mail was read for the turn that it was split from
	if got := turn.Usage(); got != worded {
		t.Errorf("a split turn: %+v, want %+v", got, worded)
	}
	if got := (&Turn{}).Usage(); got != (Usage{}) {
		t.Errorf("nothing was asked: %+v", got)
	}
}
