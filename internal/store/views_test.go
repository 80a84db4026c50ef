package store

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// filled is a store with n mails, each in review, of every second one an order status.
func filled(t testing.TB, n int) *Store {
	t.Helper()
	s, err := Open(t.TempDir(), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	words := strings.Fields("parcel late order refund lamp table delivery address broken return invoice question " +
		"stock colour voucher چراغ سفارش میز تحویل Rücksendung Lieferung colis retard pedido")
	const batch = 1000
	for from := 0; from < n; from += batch {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			for i := from; i < min(n, from+batch); i++ {
				in := intake(i, "x")
				at := now.Add(time.Duration(i) * time.Second)
				turn := in.Turn
				turn.ID, turn.Born, turn.Mails[0].Arrived = ticket.NewTurnID(at), at, at
				text := fmt.Sprintf("Hello, this is about order %d.", 100_000+i)
				for j := range 40 {
					text += " " + words[(i*7+j*(i%5+1))%len(words)]
				}
				turn.Mails[0].Subject, turn.Mails[0].Text = fmt.Sprint("Order ", 100_000+i), text
				turn.Triage = &ticket.Triage{Language: []string{"en", "fa", "de"}[i%3],
					Requests: []ticket.Request{{Intent: ticket.Intents[i%len(ticket.Intents)]}}}
				turn.Findings = &shop.Findings{}
				turn.Drafts = []ticket.Draft{{By: "replyd", Text: "On its way.", Template: "en/order_status@1"}}
				turn.State = []ticket.State{ticket.Review, ticket.Done, ticket.Done, ticket.Recorded}[i%4]
				if turn.State == ticket.Done {
					turn.Receipt, turn.Filing = &ticket.Receipt{}, &ticket.Filing{}
				}
				turn.History = []ticket.Event{{At: at, To: turn.State}}
				turn.Version = 1
				in.Ticket.ID = ticket.NewID(at)
				turn.Ticket = in.Ticket.ID
				if err := errors.Join(put(tx.Bucket(bTurns), []byte(turn.ID), turn), putTicket(tx, in.Ticket),
					tx.Bucket(bTicket).Put(key(string(turn.Ticket), string(turn.ID)), nil),
					putWords(tx, nil, turn), putRow(tx, turn, in.Ticket, &promise)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func ids(rows []ticket.Row) (out []ticket.TurnID) {
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

// TestPagesTogetherAreTheView: walking the cursors meets every row once, also while rows come and go.
func TestPagesTogetherAreTheView(t *testing.T) {
	s := filled(t, 200)
	for _, v := range []ticket.View{ticket.NeedsReview, ticket.All, ticket.AnsweredView} {
		all, err := s.Rows(ticket.Query{View: v, Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		var got []ticket.TurnID
		q := ticket.Query{View: v, Limit: 7}
		for {
			p, err := s.Rows(q)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, ids(p.Rows)...)
			if q.After = p.Next; p.Next == "" {
				break
			}
		}
		if counts, _ := s.CountViews(time.Time{}); len(got) != counts[v] || !slices.Equal(got, ids(all.Rows)) {
			t.Errorf("%s: %d rows in pages, %d at once, %d counted", v, len(got), len(all.Rows), counts[v])
		}
	}
	if _, err := s.Rows(ticket.Query{View: ticket.All, After: "zz"}); !errors.Is(err, ErrCursor) {
		t.Errorf("a mistyped cursor: %v", err)
	}
}

// TestAViewFollowsItsTurns: what moves, moves in the views and in their counts.
func TestAViewFollowsItsTurns(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	where := func() (out []ticket.View) {
		t.Helper()
		counts, err := s.CountViews(time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range ticket.Views {
			p, err := s.Rows(ticket.Query{View: v})
			if err != nil || len(p.Rows) != counts[v] {
				t.Fatalf("%s: %d rows, %d counted, %v", v, len(p.Rows), counts[v], err)
			}
			if len(p.Rows) > 0 {
				out = append(out, v)
			}
		}
		return out
	}
	change := func(f func(*ticket.Turn)) {
		t.Helper()
		_, err := s.Change(t.Context(), turn.ID, 0, func(x *ticket.Turn) error { f(x); return nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range []struct {
		do   func()
		want ticket.View
	}{
		{func() {}, ticket.Waiting},
		{func() { change(func(x *ticket.Turn) { x.Move(now, "t", ticket.Review, "asks") }) }, ticket.NeedsReview},
		{func() { change(func(x *ticket.Turn) { x.Snoozed = now.Add(time.Hour) }) }, ticket.Snoozed},
		{func() { s.Wake(t.Context(), now.Add(59*time.Minute)) }, ticket.Snoozed},
		{func() { s.Wake(t.Context(), now.Add(time.Hour)) }, ticket.NeedsReview},
		{func() {
			change(func(x *ticket.Turn) {
				x.Verdicts = []ticket.Verdict{{Decision: ticket.Reject, By: "sara"}}
				x.Move(now, "sara", ticket.Rejected, "no")
			})
		}, ticket.AnsweredView},
	} {
		step.do()
		if got := where(); len(got) != 2 || got[0] != step.want || got[1] != ticket.All {
			t.Errorf("stands in %v, want %s", got, step.want)
		}
	}
}

func TestFiltersFindWhatFits(t *testing.T) {
	s := filled(t, 120)
	some, err := s.Rows(ticket.Query{View: ticket.All})
	if err != nil {
		t.Fatal(err)
	}
	r := some.Rows[3]
	err = s.ChangeTicket(t.Context(), r.Ticket, audit.Entry{}, func(k *ticket.Ticket) error {
		k.Tags, k.Assignee = []string{"vip"}, "sara"
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, q := range map[string]ticket.Query{
		"tag":      {Tag: "vip"},
		"assignee": {Assignee: "sara", Intent: r.Intents[0], Language: r.Language},
		"words":    {Words: "order " + r.Subject[len("Order "):]},
	} {
		q.View = ticket.All
		if p, err := s.Rows(q); err != nil || len(p.Rows) != 1 || p.Rows[0].ID != r.ID {
			t.Errorf("%s: %v %v", name, ids(p.Rows), err)
		}
	}
	for _, none := range []ticket.Query{{Tag: "vi"}, {Assignee: "sara", Tag: "x"}, {Older: now}, {Flag: ticket.Abuse}} {
		none.View = ticket.All
		if p, err := s.Rows(none); err != nil || len(p.Rows) != 0 {
			t.Errorf("%+v: %d rows, %v", none, len(p.Rows), err)
		}
	}
}

func TestSearchKnowsSpellingsAndBeginnings(t *testing.T) {
	s := open(t, Options{})
	in := intake(1, "x")
	in.Turn.Mails[0].Subject = "سفارش ۱۰۰۱ نرسيده"
	in.Turn.Mails[0].Text = "Où est ma Bücherkiste? كتاب‌ها order #1042-B"
	turn := take(t, s, in)
	for _, q := range []string{"سفارش", "1001", "۱۰۰۱", "نرسیده", "bucherk", "BÜCHER", "کتاب", "1042", "ou est", "c1@example.com",
		string(turn.ID)} {
		if p, err := s.Rows(ticket.Query{View: ticket.All, Words: q}); err != nil || len(p.Rows) != 1 {
			t.Errorf("%q: %d rows, %v", q, len(p.Rows), err)
		}
	}
	for _, q := range []string{"kiste", "1002", "order refund", "سفار لامپ"} {
		if p, _ := s.Rows(ticket.Query{View: ticket.All, Words: q}); len(p.Rows) != 0 {
			t.Errorf("%q finds it", q)
		}
	}
}

// TestAnOlderFileGetsItsIndexes: a file of the first schema is brought up to date when it is opened.
func TestAnOlderFileGetsItsIndexes(t *testing.T) {
	s := filled(t, 40)
	want, _ := s.Rows(ticket.Query{View: ticket.NeedsReview, Words: "order"})
	dir := s.dir
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{bRows, bViews, bCounts, bWords} {
			if err := tx.DeleteBucket(b); err != nil {
				return err
			}
		}
		return tx.Bucket(bMeta).Put([]byte("schema"), []byte("1"))
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if s, err = Open(dir, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got, err := s.Rows(ticket.Query{View: ticket.NeedsReview, Words: "order"})
	if err != nil || len(got.Rows) == 0 || !slices.Equal(ids(got.Rows), ids(want.Rows)) {
		t.Errorf("%v, want %v; %v", ids(got.Rows), ids(want.Rows), err)
	}
}

func TestAMergeMovesTheConversationAndNoTurn(t *testing.T) {
	s := open(t, Options{})
	a, b, other := intake(1, "x"), intake(1, "y"), intake(2, "z")
	b.Key, b.Turn.Mails[0].Key, b.Turn.Mails[0].MessageID = "key-b", "key-b", "<b@example.com>"
	first, second, third := take(t, s, a), take(t, s, b), take(t, s, other)
	if err := s.Merge(t.Context(), first.Ticket, third.Ticket, "sara", now); !errors.Is(err, ErrOtherCustomer) {
		t.Errorf("tickets of two customers: %v", err)
	}
	if err := s.Merge(t.Context(), first.Ticket, second.Ticket, "sara", now); err != nil {
		t.Fatal(err)
	}
	if err := s.Merge(t.Context(), second.Ticket, first.Ticket, "sara", now); err == nil {
		t.Error("merged in a circle")
	}
	to, err := s.TicketOf("<m1@example.com>")
	if err != nil || to.ID != second.Ticket {
		t.Errorf("later mail comes into %s, %v", to.ID, err)
	}
	if got, _ := s.Turn(first.ID); got.Ticket != first.Ticket || got.Version != first.Version {
		t.Error("a turn was moved")
	}
	if k, _ := s.Ticket(first.Ticket); k.Open || len(k.Notes) != 1 || !slices.Contains(k.Linked, second.Ticket) {
		t.Errorf("%+v", k)
	}
}

func TestASplitBeginsATicketOnce(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	for range 2 {
		made, err := s.Split(t.Context(), turn.ID, "sara", now)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Turn(made)
		if err != nil || got.Ticket == turn.Ticket || got.State != ticket.Review || got.Recipient() != turn.Recipient() {
			t.Errorf("%+v %v", got, err)
		}
	}
	if counts, _ := s.CountViews(time.Time{}); counts[ticket.All] != 2 {
		t.Errorf("%d turns", counts[ticket.All])
	}
	if now, _ := s.Turn(turn.ID); now.Version != turn.Version {
		t.Error("the turn itself changed")
	}
}

// TestAMailKeepsWhatPeopleDid: a mail that was read before somebody wrote a note does not undo it.
func TestAMailKeepsWhatPeopleDid(t *testing.T) {
	s := open(t, Options{})
	in := intake(1, "x")
	turn := take(t, s, in)
	err := s.ChangeTicket(t.Context(), turn.Ticket, audit.Entry{}, func(k *ticket.Ticket) error {
		k.TakenBy, k.Notes = "sara", []ticket.Note{{Text: "careful"}}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	more := intake(3, "y")
	more.Turn.Ticket, more.Ticket = turn.Ticket, in.Ticket
	take(t, s, more)
	if k, _ := s.Ticket(turn.Ticket); k.TakenBy != "sara" || len(k.Notes) != 1 {
		t.Errorf("%+v", k)
	}
}

// BenchmarkQueue100k measures what a page of the desk asks of a store with 100,000 turns.
func BenchmarkQueue100k(b *testing.B) {
	s := filled(b, 100_000)
	for name, q := range map[string]ticket.Query{
		"review":        {View: ticket.NeedsReview},
		"all":           {View: ticket.All},
		"filtered":      {View: ticket.All, Intent: ticket.OrderStatus, Language: "de", Assignee: ticket.Nobody},
		"nothing fits":  {View: ticket.All, Tag: "vip"},
		"search common": {View: ticket.All, Words: "order"},
		"search rare":   {View: ticket.All, Words: "parcel 142042"},
		"search prefix": {View: ticket.NeedsReview, Words: "re ta"},
		"search view":   {View: ticket.NeedsReview, Words: "سفارش چراغ"},
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				at := time.Now()
				if _, err := s.Rows(q); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(at))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
		})
	}
	b.Run("counts", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.CountViews(now.Add(24 * time.Hour)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
