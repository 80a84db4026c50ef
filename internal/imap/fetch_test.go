package imap

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
)

func TestFetchNewTakesWhatIsAboveTheCursorOldestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		for i := 1; i <= 3; i++ {
			m.put(t, "INBOX", letter(i), time.Now())
		}
		c, k := client(t, config(m.Dial)), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1, UID: 1}, k)
		if err != nil {
			t.Fatal(err)
		}
		if want := (mail.Cursor{Account: "main", Folder: "INBOX", UIDValidity: 1, UID: 3}); cur != want {
			t.Errorf("cursor %+v, want %+v", cur, want)
		}
		if diff := cmp.Diff([]uint32{2, 3}, k.uids()); diff != "" {
			t.Error(diff)
		}
		if f := k.got[0]; string(f.Raw) != letter(2) || f.FirstSync || f.HeaderOnly || f.Size != int64(len(f.Raw)) {
			t.Errorf("got %+v", f)
		}
		if len(k.got[0].Flags) != 0 {
			t.Errorf("flags %v: fetching must not set any", k.got[0].Flags)
		}
		// "UID 4:*" matches the last message, which was taken already
		if again, err := c.FetchNew(t.Context(), cur, k); err != nil || again != cur || len(k.got) != 2 {
			t.Errorf("second pass: %+v, %v, %d mails", again, err, len(k.got))
		}
		data, err := m.user.Status("INBOX", &imap.StatusOptions{NumUnseen: true})
		if err != nil || *data.NumUnseen != 3 {
			t.Errorf("unseen %d, %v: \\Seen belongs to people", *data.NumUnseen, err)
		}
		if n := m.count(); n != 1 {
			t.Errorf("%d connections, want one long-lived one", n)
		}
	})
}

func TestFirstStartSkipsOldMailAndMarksTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		now := time.Now()
		m := newMemory(t, allCaps())
		m.put(t, "INBOX", letter(1), now.AddDate(-10, 0, 0)) // skipped by SEARCH SINCE
		m.put(t, "INBOX", letter(2), now.Add(-30*time.Hour)) // within SINCE's day of margin, skipped by INTERNALDATE
		m.put(t, "INBOX", letter(3), now.Add(-20*time.Hour)) // taken, but old
		m.put(t, "INBOX", letter(4), now.Add(-time.Minute))  // came after the activation
		m.put(t, "INBOX", letter(5), now.AddDate(-9, 0, 0))  // an old mail that somebody moved here
		cfg := config(m.Dial)
		cfg.Activated = now.Add(-2 * time.Minute)
		c, k := client(t, cfg), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX"}, k)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]uint32{3, 4}, k.uids()); diff != "" {
			t.Fatal(diff)
		}
		if !k.got[0].FirstSync || k.got[1].FirstSync {
			t.Error("what came before the activation is first sync, what came after is not")
		}
		want := mail.Cursor{Account: "main", Folder: "INBOX", UIDValidity: 1, UID: 5}
		if cur != want || len(k.moved) != 1 || k.moved[0] != want {
			t.Errorf("cursor %+v, moved %+v, want %+v", cur, k.moved, want)
		}
	})
}

func TestFirstStartOnAnEmptyFolderIsRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		c, k := client(t, config(m.Dial)), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX"}, k)
		if err != nil || cur.UIDValidity != 1 || cur.UID != 0 || len(k.moved) != 1 {
			t.Fatalf("%+v, %v, moved %v", cur, err, k.moved)
		}
		m.put(t, "INBOX", letter(1), time.Now())
		if _, err := c.FetchNew(t.Context(), k.moved[0], k); err != nil || len(k.got) != 1 || k.got[0].FirstSync {
			t.Errorf("the first mail of an empty folder is new mail: %v %+v", err, k.got)
		}
	})
}

func TestUIDValidityChangeRescansWithoutAnswering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		m.put(t, "INBOX", letter(1), time.Now().Add(-time.Hour))
		m.put(t, "INBOX", letter(2), time.Now())
		cfg := config(m.Dial)
		cfg.Activated = time.Now().AddDate(-1, 0, 0)
		c, k := client(t, cfg), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 99, UID: 4000}, k)
		if err != nil || cur.UIDValidity != 1 || cur.UID != 2 {
			t.Fatalf("%+v, %v", cur, err)
		}
		if len(k.got) != 2 || !k.got[0].FirstSync || !k.got[1].FirstSync {
			t.Errorf("got %+v", k.got)
		}
	})
}

func TestUIDNextThatWentBackRescans(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		m.put(t, "INBOX", letter(1), time.Now())
		c, k := client(t, config(m.Dial)), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1, UID: 500}, k)
		if err != nil || cur.UID != 1 || len(k.got) != 1 || !k.got[0].FirstSync {
			t.Errorf("%+v, %v, got %+v", cur, err, k.got)
		}
	})
}

func TestLargeMailComesWithItsHeaderOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		header, _, _ := strings.Cut(letter(1), "\r\n\r\n")
		m.put(t, "INBOX", letter(1)+strings.Repeat("x", 5000), time.Now())
		cfg := config(m.Dial)
		cfg.MaxSize = 4000
		c, k := client(t, cfg), newTaker()
		if _, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1}, k); err != nil {
			t.Fatal(err)
		}
		f := k.got[0]
		if !f.HeaderOnly || string(f.Raw) != header+"\r\n\r\n" || f.Size <= 5000 || f.Problem == "" {
			t.Errorf("got %+v", f)
		}
	})
}

func TestTakerErrorKeepsTheCursorAndTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		for i := 1; i <= 3; i++ {
			m.put(t, "INBOX", letter(i), time.Now())
		}
		full := errors.New("disk full")
		c, k := client(t, config(m.Dial)), newTaker()
		k.fail = func(f Fetched) error {
			if f.UID == 2 {
				return full
			}
			return nil
		}
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1}, k)
		if !errors.Is(err, full) || cur.UID != 1 {
			t.Fatalf("%+v, %v", cur, err)
		}
		k.fail = nil
		if cur, err = c.FetchNew(t.Context(), cur, k); err != nil || cur.UID != 3 {
			t.Errorf("%+v, %v", cur, err)
		}
		if diff := cmp.Diff([]uint32{1, 2, 3}, k.uids()); diff != "" || m.count() != 1 {
			t.Errorf("%d connections, %s", m.count(), diff)
		}
	})
}

func TestManyMailsComeInBatchesWithoutGaps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		const n = 3*batch + 7
		for i := 1; i <= n; i++ {
			m.put(t, "INBOX", letter(i), time.Now())
		}
		c, k := client(t, config(m.Dial)), newTaker()
		cur, err := c.FetchNew(t.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1}, k)
		if err != nil || cur.UID != n {
			t.Fatalf("%+v, %v", cur, err)
		}
		for i, uid := range k.uids() {
			if uid != uint32(i+1) {
				t.Fatalf("mail %d has UID %d", i, uid)
			}
		}
	})
}

func TestCancelEndsAPassAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		m.put(t, "INBOX", letter(1), time.Now())
		ctx, cancel := context.WithCancel(t.Context())
		c, k := client(t, config(m.Dial)), newTaker()
		k.fail = func(Fetched) error { cancel(); return ctx.Err() }
		start := time.Now()
		if _, err := c.FetchNew(ctx, mail.Cursor{Folder: "INBOX", UIDValidity: 1}, k); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if time.Since(start) > time.Second {
			t.Errorf("took %v", time.Since(start))
		}
	})
}

func BenchmarkFetchNew(b *testing.B) {
	m := newMemory(b, allCaps())
	for i := range b.N {
		m.put(b, "INBOX", letter(i), time.Now())
	}
	c, k := client(b, config(m.Dial)), newTaker()
	k.fresh = make(chan struct{}, b.N)
	b.ResetTimer()
	if _, err := c.FetchNew(b.Context(), mail.Cursor{Folder: "INBOX", UIDValidity: 1}, k); err != nil {
		b.Fatal(err)
	}
	if len(k.got) != b.N {
		b.Fatalf("%d of %d mails", len(k.got), b.N)
	}
}

func TestExpandIsBounded(t *testing.T) {
	var set imap.UIDSet
	set.AddRange(1, 4294967295)
	if got := expand(set, 10, 3); !cmp.Equal(got, []uint32{11, 12, 13}) {
		t.Error(got)
	}
	if got := expand(set, 4294967295, 3); got != nil {
		t.Error(got)
	}
	if got := expand(imap.UIDSet{{Start: 5, Stop: 0}}, 0, 3); got != nil {
		t.Errorf("a dynamic range of a broken server gave %v", got)
	}
}
