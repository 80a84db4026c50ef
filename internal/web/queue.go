package web

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// maxRows is how many turns a tab shows. maxReview is how many turns in review are read to tell the held ones
// apart; beyond that the counts carry a plus.
const (
	maxRows   = 200
	maxReview = 2000
)

// tab is one of the queue's tabs.
type tab struct {
	Key, Label string
	Count      int
	More       bool // there are more than Count
	states     []ticket.State
}

// tabs in their order. Review is split by whether the gate held the mail.
func tabs() []tab {
	return []tab{
		{Key: "review", Label: "Needs review"},
		{Key: "held", Label: "Held"},
		{Key: "waiting", Label: "Waiting", states: []ticket.State{
			ticket.Received, ticket.Triaged, ticket.Informed, ticket.Drafted, ticket.Approved, ticket.Sending,
		}},
		{Key: "answered", Label: "Answered", states: []ticket.State{
			ticket.Sent, ticket.Done, ticket.Answered, ticket.Superseded, ticket.Rejected,
		}},
		{Key: "recorded", Label: "Recorded", states: []ticket.State{ticket.Recorded, ticket.Ignored}},
	}
}

type row struct {
	Turn    *ticket.Turn
	Mail    ticket.Incoming
	Urgent  bool
	Since   time.Time
	Stopped string // why a person, or nobody, has to act
}

type queueView struct {
	Tabs []tab
	Tab  tab
	Rows []row
	Cut  bool
}

// queue shows the turns of one tab: those for a person oldest first and urgent ones on top, others newest
// first.
func (s *server) queue(w http.ResponseWriter, r *http.Request) {
	counts, err := s.Desk.CountByState()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	review, err := s.Desk.TurnsByState(ticket.Review, maxReview)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := queueView{Tabs: tabs()}
	var own [2][]*ticket.Turn // review, held
	for _, t := range review {
		own[heldIndex(t)] = append(own[heldIndex(t)], t)
	}
	chosen := 0
	for i := range v.Tabs {
		tb := &v.Tabs[i]
		for _, state := range tb.states {
			tb.Count += counts[state]
		}
		if i < 2 {
			tb.Count, tb.More = len(own[i]), len(review) < counts[ticket.Review]
		}
		if tb.Key == r.URL.Query().Get("tab") {
			chosen = i
		}
	}
	v.Tab = v.Tabs[chosen]
	turns := own[min(chosen, 1)]
	if chosen > 1 {
		if turns, err = s.newest(v.Tab.states); err != nil {
			s.failed(w, r, err)
			return
		}
	} else {
		slices.SortStableFunc(turns, byUrgency)
	}
	if len(turns) > maxRows {
		turns, v.Cut = turns[:maxRows], true
	}
	for _, t := range turns {
		v.Rows = append(v.Rows, newRow(t))
	}
	s.render(w, r, http.StatusOK, "queue", v.Tab.Label, v)
}

func heldIndex(t *ticket.Turn) int {
	if t.Gate.Outcome == ticket.Hold {
		return 1
	}
	return 0
}

func byUrgency(a, b *ticket.Turn) int {
	rank := func(t *ticket.Turn) int {
		if urgent(t) {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), since(a).Compare(since(b)))
}

func urgent(t *ticket.Turn) bool {
	return t.Triage != nil && (t.Triage.Urgent || len(t.Triage.Flags) > 0)
}

// newest merges the newest turns of several states.
func (s *server) newest(states []ticket.State) ([]*ticket.Turn, error) {
	var out []*ticket.Turn
	for _, state := range states {
		turns, err := s.Desk.TurnsByState(state, maxRows+1)
		if err != nil {
			return nil, err
		}
		out = append(out, turns...)
	}
	slices.SortStableFunc(out, func(a, b *ticket.Turn) int { return since(b).Compare(since(a)) })
	return out, nil
}

func newRow(t *ticket.Turn) row {
	r := row{Turn: t, Urgent: urgent(t), Since: since(t)}
	if why := reasons(t); len(why) > 0 {
		r.Stopped = why[0]
	}
	if m := t.Mail(); m != nil {
		r.Mail = *m
	}
	return r
}

// since is when the customer began to wait.
func since(t *ticket.Turn) time.Time {
	if m := t.Mail(); t.Cause == ticket.ByMail && m != nil && !m.Arrived.IsZero() && m.Arrived.Before(t.Born) {
		return m.Arrived
	}
	return t.Born
}

// reasons says why a turn stands where it stands: why it waits, why the gate held it, or why a person decides.
// A turn that was to be sent and came back to review says so in its history alone.
func reasons(t *ticket.Turn) (out []string) {
	if t.Waiting != "" {
		out = append(out, t.Waiting)
	}
	if t.Gate.Outcome != ticket.Go && t.Gate.Reason != "" {
		out = append(out, t.Gate.Reason)
	}
	v := t.Verdict()
	if v != nil && (t.State != ticket.Review || v.Decision == ticket.Ask) {
		out = append(out, v.Reasons...)
	}
	if n := len(t.History); len(out) == 0 && n > 0 {
		out = append(out, t.History[n-1].What)
	}
	said := map[string]bool{}
	return slices.DeleteFunc(out, func(why string) bool {
		again := said[why]
		said[why] = true
		return again
	})
}
