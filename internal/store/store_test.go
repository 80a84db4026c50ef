package store

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

var promise = ticket.DefaultPromise()

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func open(t *testing.T, o Options) *Store {
	t.Helper()
	o.NoSync = true
	s, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// intake is a mail from address n, in a ticket of its own.
func intake(n int, raw string) Intake {
	id, from := ticket.NewID(now), fmt.Sprintf("c%d@example.com", n)
	m := ticket.Incoming{Key: fmt.Sprint("key-", n), MessageID: fmt.Sprintf("<m%d@example.com>", n), From: from,
		Arrived: now}
	turn := &ticket.Turn{ID: ticket.NewTurnID(now), Ticket: id, Cause: ticket.ByMail, Born: now,
		Mails:  []ticket.Incoming{m},
		Sender: ticket.Identity{Address: from, Verdict: "pass", Via: ticket.Direct},
		Gate:   ticket.Gate{Outcome: ticket.Go, Rule: "go"}}
	turn.Move(now, "intake", ticket.Received, "came in")
	return Intake{Key: m.Key, Raw: []byte(raw), Turn: turn,
		Cursor: mail.Cursor{Account: "a", Folder: "INBOX", UIDValidity: 7, UID: uint32(n)},
		Ticket: &ticket.Ticket{ID: id, Customer: from, Parties: []string{from}, Open: true, OpenedAt: now}}
}

func take(t *testing.T, s *Store, in Intake) *ticket.Turn {
	t.Helper()
	if _, err := s.TakeIn(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	turn, err := s.Turn(in.Turn.ID)
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// approve walks a turn to approved, by policy.
func approve(t *testing.T, s *Store, id ticket.TurnID) *ticket.Turn {
	t.Helper()
	var out *ticket.Turn
	for _, f := range []func(*ticket.Turn){
		func(x *ticket.Turn) { x.Triage = &ticket.Triage{}; x.Move(now, "t", ticket.Triaged, "") },
		func(x *ticket.Turn) { x.Findings = &shop.Findings{}; x.Move(now, "t", ticket.Informed, "") },
		func(x *ticket.Turn) { x.Drafts = []ticket.Draft{{Text: "hi"}}; x.Move(now, "t", ticket.Drafted, "") },
		func(x *ticket.Turn) {
			x.Verdicts = []ticket.Verdict{{Decision: ticket.Send, By: ticket.Policy}}
			x.Move(now, "t", ticket.Approved, "")
		},
	} {
		var err error
		if out, err = s.Change(t.Context(), id, 0, func(x *ticket.Turn) error { f(x); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func toSending(at time.Time) func(*ticket.Turn) error {
	return func(x *ticket.Turn) error {
		x.Outgoing = &ticket.Outgoing{MessageID: "<out." + string(x.ID) + "@shop.example>", MintedAt: at}
		x.Move(at, "t", ticket.Sending, "")
		return nil
	}
}

func TestAMailTakenTwiceMakesOneTurn(t *testing.T) {
	s := open(t, Options{})
	in := intake(1, "raw mail")
	take(t, s, in)
	again := intake(1, "raw mail")
	again.Cursor.UID = 9
	known, err := s.TakeIn(t.Context(), again)
	if err != nil || !known {
		t.Fatalf("known %v, error %v", known, err)
	}
	n, _ := s.CountByState()
	if diff := cmp.Diff(map[ticket.State]int{ticket.Received: 1}, n); diff != "" {
		t.Error(diff)
	}
	if c, _ := s.Cursor("a", "INBOX"); c.UID != 9 {
		t.Errorf("the cursor stays at %d", c.UID)
	}
	if raw, err := s.Raw(in.Key); err != nil || string(raw) != "raw mail" {
		t.Errorf("raw mail: %q, %v", raw, err)
	}
}

func TestTheCursorNeverGoesBack(t *testing.T) {
	s := open(t, Options{})
	for _, c := range []struct{ validity, uid, want uint32 }{{7, 5, 5}, {7, 3, 5}, {7, 6, 6}, {8, 1, 1}} {
		cur := mail.Cursor{Account: "a", Folder: "INBOX", UIDValidity: c.validity, UID: c.uid}
		if err := s.MoveCursor(t.Context(), cur); err != nil {
			t.Fatal(err)
		}
		if got, _ := s.Cursor("a", "INBOX"); got.UID != c.want || got.UIDValidity != c.validity {
			t.Errorf("after %v: %+v", c, got)
		}
	}
}

func TestALargeMailLiesBesideTheFile(t *testing.T) {
	s := open(t, Options{})
	in := intake(1, "")
	in.Raw = pseudoRandom(3 << 20)
	take(t, s, in)
	files, _ := os.ReadDir(filepath.Join(s.dir, "raw"))
	if len(files) != 1 {
		t.Fatalf("%d files beside the store", len(files))
	}
	if got, err := s.Raw(in.Key); err != nil || !bytes.Equal(got, in.Raw) {
		t.Errorf("read back %d bytes, %v", len(got), err)
	}
}

// pseudoRandom gives bytes that do not compress.
func pseudoRandom(n int) []byte {
	out, x := make([]byte, n), uint64(88172645463325252)
	for i := range out {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
		out[i] = byte(x)
	}
	return out
}

func TestABurstJoinsWhileNobodyHasRead(t *testing.T) {
	s := open(t, Options{})
	first := intake(1, "one")
	turn := take(t, s, first)
	second := intake(2, "two")
	second.Join, second.Mail, second.Turn = turn.ID, second.Turn.Mails[0], nil
	second.Ticket, second.Due = first.Ticket, now.Add(time.Minute)
	if _, err := s.TakeIn(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	turn, _ = s.Turn(turn.ID)
	if len(turn.Mails) != 2 || !turn.Due.Equal(now.Add(time.Minute)) {
		t.Errorf("mails %d, due %v", len(turn.Mails), turn.Due)
	}
	approve(t, s, turn.ID)
	third := intake(3, "three")
	third.Join, third.Mail, third.Turn, third.Ticket = turn.ID, third.Turn.Mails[0], nil, first.Ticket
	if _, err := s.TakeIn(t.Context(), third); !errors.Is(err, ErrJoin) {
		t.Errorf("joining a turn that was read: %v", err)
	}
	if _, ok, _ := s.Seen(third.Key); ok {
		t.Error("a mail that was not stored counts as seen")
	}
}

func TestAStaleVersionIsRefused(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	note := func(x *ticket.Turn) error { x.Note(now, "sara", "looked"); return nil }
	if _, err := s.Change(t.Context(), turn.ID, turn.Version, note); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Change(t.Context(), turn.ID, turn.Version, note); !errors.Is(err, ErrVersion) {
		t.Errorf("a second change of the same version: %v", err)
	}
}

func TestWhatCheckForbidsIsNotStored(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	_, err := s.Change(t.Context(), turn.ID, 0, func(x *ticket.Turn) error {
		x.Move(now, "t", ticket.Sent, "by magic")
		return nil
	})
	if !errors.Is(err, ticket.ErrIllegal) {
		t.Fatalf("error %v", err)
	}
	if got, _ := s.Turn(turn.ID); got.State != ticket.Received {
		t.Errorf("state %s", got.State)
	}
}

func TestDueTurnsComeOldestFirst(t *testing.T) {
	s := open(t, Options{})
	var want []ticket.TurnID
	for i := range 5 {
		in := intake(i, "x")
		in.Turn.Due = now.Add(time.Duration(5-i) * time.Minute)
		want = append([]ticket.TurnID{take(t, s, in).ID}, want...)
	}
	ids, next, err := s.Due(now.Add(3*time.Minute+30*time.Second), 10)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[:3], ids); diff != "" {
		t.Error(diff)
	}
	if !next.Equal(now.Add(4 * time.Minute)) {
		t.Errorf("next at %v", next)
	}
}

// TestTheLimitHoldsAgainstARace lets 16 goroutines send to one address at once; exactly the allowed number
// gets through, because the ceiling is asked within the transaction.
func TestTheLimitHoldsAgainstARace(t *testing.T) {
	const allowed = 5
	s := open(t, Options{Ceiling: func(c Counts) string {
		if c.SenderDay >= allowed {
			return "enough for today"
		}
		return ""
	}})
	at := time.Now()
	var turns []*ticket.Turn
	for i := range 16 {
		in := intake(i, "x")
		in.Turn.Sender.Address = "one@example.com"
		take(t, s, in)
		turns = append(turns, approve(t, s, in.Turn.ID))
	}
	var wg sync.WaitGroup
	limited := make(chan error, len(turns))
	for _, turn := range turns {
		wg.Go(func() {
			if _, err := s.Change(t.Context(), turn.ID, 0, toSending(at)); err != nil {
				limited <- err
			}
		})
	}
	wg.Wait()
	close(limited)
	refused := 0
	for err := range limited {
		var limit *LimitError
		if !errors.As(err, &limit) {
			t.Fatal(err)
		}
		refused++
	}
	if refused != len(turns)-allowed {
		t.Errorf("%d refused of %d", refused, len(turns))
	}
	if c, _ := s.Counts("", "one@example.com", at); c.SenderDay != allowed {
		t.Errorf("counted %d", c.SenderDay)
	}
}

func TestARefusedReplyIsNotCounted(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	approve(t, s, turn.ID)
	at := time.Now()
	if _, err := s.Change(t.Context(), turn.ID, 0, toSending(at)); err != nil {
		t.Fatal(err)
	}
	if c, _ := s.Counts(turn.Ticket, turn.Recipient(), at); c.SenderDay != 1 || c.Ticket != 1 {
		t.Errorf("on its way: %+v", c)
	}
	if k, _ := s.TicketOf("<out." + string(turn.ID) + "@shop.example>"); k == nil || k.ID != turn.Ticket {
		t.Error("the sent Message-ID does not find its ticket")
	}
	_, err := s.Change(t.Context(), turn.ID, 0, func(x *ticket.Turn) error {
		x.Move(at, "send", ticket.Approved, "refused")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if c, _ := s.Counts(turn.Ticket, turn.Recipient(), at); c.SenderDay != 0 || c.Ticket != 0 {
		t.Errorf("after the refusal: %+v", c)
	}
}

func TestABadRatingOpensOneTurnForAPerson(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	for i, score := range []int{5, 2, 1} {
		r := ticket.Rating{Ticket: turn.Ticket, Turn: turn.ID, Score: score, At: now.Add(time.Duration(i) * time.Hour)}
		if err := s.Rate(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	votes, _ := s.Ratings(turn.ID)
	if len(votes) != 3 || votes[2].Score != 1 {
		t.Errorf("votes %+v", votes)
	}
	turns, _ := s.TurnsOfTicket(turn.Ticket)
	if len(turns) != 2 || turns[1].State != ticket.Review || turns[1].Cause != ticket.ByRating {
		t.Fatalf("turns %d", len(turns))
	}
	if err := s.Rate(t.Context(), ticket.Rating{Ticket: "t-other", Turn: turn.ID, Score: 1}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a vote for another ticket: %v", err)
	}
}

func TestListsAreExactAboutTheirKeys(t *testing.T) {
	s := open(t, Options{})
	for i := range 3 {
		take(t, s, intake(i, "x"))
	}
	got, err := s.TurnsByState(ticket.Received, 2)
	if err != nil || len(got) != 2 || got[0].ID < got[1].ID {
		t.Errorf("newest first, two of them: %d, %v", len(got), err)
	}
	if none, _ := s.TurnsByState("recei", 0); len(none) != 0 {
		t.Errorf("a part of a state's name finds %d turns", len(none))
	}
	if none, _ := s.TurnsByState(ticket.Triaged, 0); len(none) != 0 {
		t.Errorf("triaged: %d", len(none))
	}
}

func TestABackupOfAWorkingStoreOpens(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	to := filepath.Join(t.TempDir(), "copy")
	if err := s.Backup(to); err != nil {
		t.Fatal(err)
	}
	if err := s.Backup(to); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second backup into the same folder: %v", err)
	}
	c, err := Open(to, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Turn(turn.ID); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(c.Secret(), s.Secret()) {
		t.Error("the copy has another secret: rating links and Message-IDs would break")
	}
}

func TestAFileOfANewerReplydIsRefused(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	err = s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(bMeta).Put([]byte("schema"), []byte("99")) })
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := Open(dir, Options{}); err == nil || !strings.Contains(err.Error(), "install a newer replyd") {
		t.Errorf("error %v", err)
	}
}

func TestASessionEndsWhenItExpires(t *testing.T) {
	s := open(t, Options{})
	if err := s.Commit("live", []byte("a"), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := s.Commit("dead", []byte("b"), time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := s.Find("dead"); ok {
		t.Error("an expired session was found")
	}
	if err := s.Sweep(t.Context(), time.Now()); err != nil {
		t.Fatal(err)
	}
	if data, ok, _ := s.Find("live"); !ok || string(data) != "a" {
		t.Error("a live session was lost")
	}
}

func BenchmarkTakeIn(b *testing.B) {
	s, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	raw := strings.Repeat("Where is my order?\n", 200)
	n := 0
	b.SetParallelism(8)
	var mu sync.Mutex
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			mu.Lock()
			n++
			in := intake(n, raw)
			mu.Unlock()
			if _, err := s.TakeIn(b.Context(), in); err != nil {
				b.Fatal(err)
			}
		}
	})
}
