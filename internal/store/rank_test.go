package store

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// office is a promise with hours, and with parcels before all else.
func office(t testing.TB) *ticket.Promise {
	p := ticket.DefaultPromise()
	p.Targets.Order = 5 * time.Minute
	if err := p.Hours.Week.Add("Mon-Fri 09:00-17:00"); err != nil {
		t.Fatal(err)
	}
	return &p
}

// TestAnotherPromiseIsAnotherOrder: rows and their places follow it, in all lists in which they stand, and the rows of
// what was answered stay.
func TestAnotherPromiseIsAnotherOrder(t *testing.T) {
	s := filled(t, 400)
	var promised atomic.Pointer[ticket.Promise]
	first := ticket.DefaultPromise()
	promised.Store(&first)
	s.promise = promised.Load
	if n, err := s.Rank(t.Context()); n != 0 || err != nil {
		t.Fatalf("the order is the promise's already, and %d changed (%v)", n, err)
	}
	before := all(t, s, ticket.AnsweredView)
	promised.Store(office(t))
	changed, err := s.Rank(t.Context())
	if err != nil || changed != 100 {
		t.Fatalf("%d of 100 changed (%v)", changed, err)
	}
	rows := all(t, s, ticket.NeedsReview)
	if len(rows) != 100 {
		t.Fatalf("%d rows", len(rows))
	}
	for i, r := range rows {
		turn, err := s.Turn(r.ID)
		if err != nil || !r.AnswerBy.Equal(turn.AnswerBy(promised.Load())) {
			t.Fatalf("%s: %s (%v)", r.ID, r.AnswerBy, err)
		}
		if i > 0 && r.AnswerBy.Before(rows[i-1].AnswerBy) {
			t.Fatalf("%s stands behind %s", r.AnswerBy, rows[i-1].AnswerBy)
		}
	}
	if !slices.Equal(ids(before), ids(all(t, s, ticket.AnsweredView))) {
		t.Error("what was answered moved")
	}
	if n, err := s.Rank(t.Context()); n != 0 || err != nil {
		t.Errorf("%d changed once more (%v)", n, err)
	}
	counts, err := s.CountViews(time.Time{})
	if err != nil || counts[ticket.NeedsReview] != 100 || counts[ticket.All] != 400 {
		t.Errorf("counts %v (%v)", counts, err)
	}
	noTwoPlaces(t, s)
}

// TestARowAfterTheChangeHasTheNewTime: a change of the promise while mail comes in leaves no row behind.
func TestARowAfterTheChangeHasTheNewTime(t *testing.T) {
	var promised atomic.Pointer[ticket.Promise]
	first := ticket.DefaultPromise()
	promised.Store(&first)
	s := open(t, Options{Promise: promised.Load})
	done := make(chan error)
	go func() {
		var err error
		for i := 0; i < 40 && err == nil; i++ {
			_, err = s.TakeIn(context.Background(), intake(i, "x"))
		}
		done <- err
	}()
	promised.Store(office(t))
	if _, err := s.Rank(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, r := range all(t, s, ticket.All) {
		turn, err := s.Turn(r.ID)
		if err != nil || !r.AnswerBy.Equal(turn.AnswerBy(promised.Load())) {
			t.Errorf("%s: %s, promised is %s (%v)", r.ID, r.AnswerBy, turn.AnswerBy(promised.Load()), err)
		}
	}
}

// TestANewFileRanksAtTheNextStart: what a stopped store was ranked by is known.
func TestANewFileRanksAtTheNextStart(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	turn := take(t, s, intake(1, "x"))
	s.Close()
	p := office(t)
	if s, err = Open(dir, Options{NoSync: true, Promise: func() *ticket.Promise { return p }}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n, err := s.Rank(t.Context()); n != 1 || err != nil {
		t.Fatalf("%d changed (%v)", n, err)
	}
	if rows := all(t, s, ticket.Waiting); len(rows) != 1 || !rows[0].AnswerBy.Equal(turn.AnswerBy(p)) {
		t.Errorf("%+v", rows)
	}
}

func all(t *testing.T, s *Store, v ticket.View) []ticket.Row {
	t.Helper()
	p, err := s.Rows(ticket.Query{View: v, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return p.Rows
}

// noTwoPlaces: each list holds each turn once.
func noTwoPlaces(t *testing.T, s *Store) {
	t.Helper()
	seen := map[string]bool{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bViews).ForEach(func(k, _ []byte) error {
			at := slices.Index(k, 0)
			place := string(k[:at]) + " " + string(k[at+9:])
			if seen[place] {
				return fmt.Errorf("%q stands there twice", place)
			}
			seen[place] = true
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
}

// BenchmarkRank ranks 25,000 waiting turns of 100,000 anew.
func BenchmarkRank(b *testing.B) {
	s := filled(b, 100_000)
	first, second := ticket.DefaultPromise(), office(b)
	current := second
	s.promise = func() *ticket.Promise { return current }
	for b.Loop() {
		if _, err := s.Rank(b.Context()); err != nil {
			b.Fatal(err)
		}
		if current == second {
			current = &first
		} else {
			current = second
		}
	}
}
