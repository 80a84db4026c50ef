package store

import (
	"errors"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// TestEveryChangeOfAReviewAsksForWorkOnItsCopy, in accounts that keep copies, and newer work is never lost to older.
func TestEveryChangeOfAReviewAsksForWorkOnItsCopy(t *testing.T) {
	s := open(t, Options{Copies: []string{"support"}})
	other := intake(1, "x")
	take(t, s, other)
	in := intake(2, "x")
	in.Turn.Mails[0].Account = "support"
	id := take(t, s, in).ID
	change := func(f func(*ticket.Turn)) {
		t.Helper()
		if _, err := s.Change(t.Context(), id, 0, func(x *ticket.Turn) error { f(x); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	due := func(account string) []ticket.CopyWork {
		t.Helper()
		due, _, err := s.DueCopies(account, now.Add(time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return due
	}
	done := func(w ticket.CopyWork) {
		t.Helper()
		if err := s.CopyDone(t.Context(), w); err != nil {
			t.Fatal(err)
		}
	}
	if len(due("support")) != 0 {
		t.Error("a turn that nobody has read asks for a copy")
	}
	change(func(x *ticket.Turn) { x.Move(now, "t", ticket.Review, "ask") })
	first := due("support")
	if len(first) != 1 || first[0].Turn != id || len(due("sales")) != 0 {
		t.Fatalf("entering review: %+v", first)
	}
	change(func(x *ticket.Turn) { x.Drafts = append(x.Drafts, ticket.Draft{By: "sara", Text: "hi"}) })
	done(first[0])
	if err := s.PutOffCopy(t.Context(), first[0]); err != nil {
		t.Fatal(err)
	}
	second := due("support")
	if len(second) != 1 || second[0].Version <= first[0].Version {
		t.Fatalf("older work ended newer work: %+v", second)
	}
	second[0].Due = now.Add(time.Hour)
	if err := s.PutOffCopy(t.Context(), second[0]); err != nil {
		t.Fatal(err)
	}
	if _, next, err := s.DueCopies("support", now); err != nil || !next.Equal(now.Add(time.Hour)) || len(due("support")) != 0 {
		t.Errorf("put off until %v, %v", next, err)
	}
	done(second[0])
	change(func(x *ticket.Turn) { x.Note(now, "sara", "nothing to do with the draft") })
	if w, err := s.CopyWork(id); !errors.Is(err, ErrNotFound) {
		t.Errorf("%+v, %v", w, err)
	}
	change(func(x *ticket.Turn) {
		x.Verdicts = append(x.Verdicts, ticket.Verdict{Decision: ticket.Reject, By: "sara", Draft: -1})
		x.Move(now, "sara", ticket.Rejected, "no reply")
	})
	if len(due("support")) != 1 {
		t.Error("leaving review asks for nothing")
	}
	if _, next, err := s.DueCopies("sales", now); err != nil || !next.IsZero() {
		t.Errorf("another account's work is waited for: %v, %v", next, err)
	}
}

// TestAnAnswerFromElsewhereLeadsToItsTicket, unless its id is another mail's.
func TestAnAnswerFromElsewhereLeadsToItsTicket(t *testing.T) {
	s := open(t, Options{})
	one, two := take(t, s, intake(1, "x")), take(t, s, intake(2, "y"))
	for _, x := range []struct {
		turn ticket.TurnID
		id   string
	}{{one.ID, "<sent@her.example>"}, {two.ID, one.Mails[0].MessageID}} {
		_, err := s.Change(t.Context(), x.turn, 0, func(t *ticket.Turn) error {
			t.Elsewhere = &ticket.Elsewhere{MessageID: x.id, At: now}
			t.Move(now, "sent", ticket.Superseded, "answered elsewhere")
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]ticket.TurnID{"<sent@her.example>": one.ID, one.Mails[0].MessageID: one.ID,
		two.Mails[0].MessageID: two.ID, "<nobody@x>": ""} {
		turns, err := s.TurnsOfMessage(id)
		if err != nil || len(turns) != min(len(want), 1) || want != "" && turns[0].ID != want {
			t.Errorf("%s: %v, %v", id, turns, err)
		}
	}
}
