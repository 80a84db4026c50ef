package store

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/ticket"
)

// TestASearchFindsWhatReadingEverythingFinds compares pages of searches, and of the same through filters, with a
// walk through all turns.
func TestASearchFindsWhatReadingEverythingFinds(t *testing.T) {
	s := filled(t, 300)
	all, err := s.Rows(ticket.Query{View: ticket.All, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	texts := map[ticket.TurnID][]string{}
	for _, r := range all.Rows {
		turn, err := s.Turn(r.ID)
		if err != nil {
			t.Fatal(err)
		}
		m, d := turn.Mails[0], turn.Drafts[0]
		texts[r.ID] = wordsOf(m.Subject+" "+m.From+" "+m.Text+" "+d.Text+" "+string(turn.ID)+" "+string(turn.Ticket), 1000)
	}
	slices.SortFunc(all.Rows, func(a, b ticket.Row) int { return strings.Compare(string(b.ID), string(a.ID)) })
	rnd := rand.New(rand.NewPCG(3, 4))
	some := strings.Fields("re ta order parcel late 1000 10002 سفارش می invoice de rück ord nothing te on way u0 voucher")
	for range 300 {
		q := ticket.Query{View: ticket.View(pick(rnd, "all", "all", "review", "answered")), Limit: 1 + rnd.IntN(30),
			Language: pick(rnd, "", "", "de", "fa"), Intent: ticket.Intent(pick(rnd, "", "", "order_status"))}
		for range 1 + rnd.IntN(3) {
			q.Words += some[rnd.IntN(len(some))] + " "
		}
		var want []ticket.TurnID
		for _, r := range all.Rows {
			if (q.View == ticket.All || r.View == q.View) && fits(facets(&r), wanted(q), q.Older) && has(texts[r.ID], q.Words) {
				want = append(want, r.ID)
			}
		}
		if got, cut := every(t, s, q); !cut && !slices.Equal(got, want) {
			t.Fatalf("%+v: found %d, want %d", q, len(got), len(want))
		}
	}
}

func pick(rnd *rand.Rand, from ...string) string { return from[rnd.IntN(len(from))] }

// has tells whether each word of a query begins one of a text.
func has(text []string, query string) bool {
	for _, w := range queryWords(query) {
		if !slices.ContainsFunc(text, func(t string) bool { return strings.HasPrefix(t, w) }) {
			return false
		}
	}
	return true
}

// every walks all pages of a query.
func every(t *testing.T, s *Store, q ticket.Query) (out []ticket.TurnID, cut bool) {
	t.Helper()
	for {
		p, err := s.Rows(q)
		if err != nil {
			t.Fatal(err)
		}
		out, cut = append(out, ids(p.Rows)...), cut || p.Cut
		if q.After = p.Next; p.Next == "" {
			return out, cut
		}
	}
}

// TestNoTurnLiesBetweenAnIDAndWhatIsOlder, also where one id begins another.
func TestNoTurnLiesBetweenAnIDAndWhatIsOlder(t *testing.T) {
	ids := []string{"u0a", "u0a-split", "u0a-split2", "u0b", "u0", "u1", "uz"}
	for _, id := range append(ids, "u0a\x00") {
		o := string(older([]byte(id)))
		if o >= id {
			t.Errorf("%q is not older than %q", o, id)
		}
		for _, other := range ids {
			if other < id && other > o {
				t.Errorf("%q lies between %q and %q", other, o, id)
			}
		}
	}
}

// TestASearchThatStopsGoesOnWhereItStopped.
func TestASearchThatStopsGoesOnWhereItStopped(t *testing.T) {
	s := search{asked: []*union{{}}, steps: maxSteps + 1}
	id, stood := s.next([]byte("u5"))
	if id != nil || string(stood) != "u5" {
		t.Errorf("%q, %q", id, stood)
	}
	if next := older(append(bytes.Clone(stood), 0)); string(next) != "u5" {
		t.Errorf("the next page begins at %q", next)
	}
}
