package store

import (
	"errors"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// byHand ends a turn as answered by a person.
func byHand(x *ticket.Turn) error {
	x.Verdicts = append(x.Verdicts, ticket.Verdict{Decision: ticket.ByHand, By: "sara", Draft: len(x.Drafts) - 1, At: now})
	x.Move(now, "sara", ticket.Answered, "answered by hand")
	return nil
}

// TestAnAnswerByHandIsKeptWithItsTurn: the customer's record, the work on their tags and the ticket change with it; the
// ticket closes with the last of its turns.
func TestAnAnswerByHandIsKeptWithItsTurn(t *testing.T) {
	kept := map[ticket.TurnID]bool{}
	s := open(t, Options{Remember: func(c *ticket.Contact, x *ticket.Turn) { c.Last, kept[x.ID] = now, true }})
	in := intake(1, "x")
	in.Turn.Sender.Verdict, in.Turn.Sender.Method = "pass", "dmarc"
	turn := take(t, s, in)
	if err := s.Reopen(t.Context(), turn.ID, ticket.ByBounce, now, "it bounced"); err != nil {
		t.Fatal(err)
	}
	turns, err := s.TurnsOfTicket(turn.Ticket)
	if err != nil || len(turns) != 2 {
		t.Fatal(turns, err)
	}
	change := func(id ticket.TurnID, f func(*ticket.Turn) error) {
		t.Helper()
		if _, err := s.Change(t.Context(), id, 0, f); err != nil {
			t.Fatal(err)
		}
	}
	change(turn.ID, func(x *ticket.Turn) error { x.Move(now, "t", ticket.Review, "ask"); return nil })
	for i, open := range []bool{true, false} {
		if pushes, _, err := s.DuePushes(now.Add(time.Minute)); err != nil || len(pushes) != i {
			t.Errorf("before answer %d: %d pushes, %v", i, len(pushes), err)
		}
		change(turns[i].ID, byHand)
		k, err := s.Ticket(turn.Ticket)
		if err != nil || k.Open != open || !kept[turns[i].ID] {
			t.Errorf("after answer %d: open %t, kept %v, %v", i, k.Open, kept, err)
		}
		c, err := s.Contact(turn.Recipient())
		if err != nil || !c.Last.Equal(now) {
			t.Errorf("%+v %v", c, err)
		}
		pushes, _, _ := s.DuePushes(now.Add(time.Minute))
		if len(pushes) != 1 || pushes[0].Address != turn.Recipient() {
			t.Errorf("%+v", pushes)
		}
		if i == 0 {
			continue
		}
		change(turns[i].ID, func(x *ticket.Turn) error { x.Note(now, "t", "later"); return nil })
	}
}

// TestOfWhomItIsNotProvenNothingIsKept, but the ticket closes.
func TestOfWhomItIsNotProvenNothingIsKept(t *testing.T) {
	s := open(t, Options{Remember: func(*ticket.Contact, *ticket.Turn) { t.Error("a record is kept") }})
	in := intake(1, "x")
	in.Turn.Sender.Verdict = "none"
	turn := take(t, s, in)
	for _, f := range []func(*ticket.Turn) error{
		func(x *ticket.Turn) error { x.Move(now, "t", ticket.Review, "ask"); return nil }, byHand,
	} {
		if _, err := s.Change(t.Context(), turn.ID, 0, f); err != nil {
			t.Fatal(err)
		}
	}
	if k, err := s.Ticket(turn.Ticket); err != nil || k.Open {
		t.Errorf("%+v %v", k, err)
	}
}

// TestBothChangeOrNeither: a decision that is refused leaves the ticket, and the rows of its turns, as they were.
func TestBothChangeOrNeither(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	tag := func(k *ticket.Ticket) { k.Open, k.Tags = false, []string{"spam"} }
	no := errors.New("no")
	for name, f := range map[string]func(*ticket.Turn) error{
		"refused": func(*ticket.Turn) error { return no },
		"illegal": func(x *ticket.Turn) error { x.Move(now, "t", ticket.Done, "at once"); return nil },
	} {
		if _, err := s.ChangeBoth(t.Context(), turn.ID, f, tag); err == nil {
			t.Errorf("%s: it is stored", name)
		}
		if k, _ := s.Ticket(turn.Ticket); !k.Open || len(k.Tags) > 0 {
			t.Errorf("%s: %+v", name, k)
		}
	}
	f := func(x *ticket.Turn) error { x.Move(now, "t", ticket.Review, "ask"); return nil }
	if _, err := s.ChangeBoth(t.Context(), turn.ID, f, tag); err != nil {
		t.Fatal(err)
	}
	p, err := s.Rows(ticket.Query{View: ticket.All, Tag: "spam", Limit: 10})
	if k, _ := s.Ticket(turn.Ticket); err != nil || k.Open || len(p.Rows) != 1 || p.Rows[0].State != ticket.Review {
		t.Errorf("%+v %+v %v", k, p.Rows, err)
	}
}

// TestWhatACommandDidIsWrittenDown, though its user has no account at the desk; what a step notes is not.
func TestWhatACommandDidIsWrittenDown(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	for _, by := range []string{"triage", "cli:sara", "cli"} {
		f := func(x *ticket.Turn) error { x.Note(now, by, "looked"); return nil }
		if _, err := s.Change(t.Context(), turn.ID, 0, f); err != nil {
			t.Fatal(err)
		}
	}
	var who []string
	if err := s.EachEntry(func(e *audit.Entry) error { who = append(who, e.Who); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(who) != 2 || who[0] != "cli:sara" || who[1] != "cli" {
		t.Errorf("%q", who)
	}
}
