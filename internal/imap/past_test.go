package imap

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
)

func TestPastGivesASpanAndChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		now := time.Now()
		for n, age := range []int{40, 20, 15, 10, 1} {
			m.put(t, "INBOX", letter(n), now.AddDate(0, 0, -age))
		}
		m.put(t, "Sent", reply("s1@x", "<m2@example.com>", ""), now.AddDate(0, 0, -14))
		c, k := client(t, config(m.Dial)), newTaker()
		span := Span{Since: now.AddDate(0, 0, -20), Until: now.AddDate(0, 0, -10)}
		counted := 0
		cur, err := c.Past(t.Context(), span, mail.Cursor{}, func(n int) { counted = n }, k)
		if err != nil || counted < 2 || cur.UID != 4 {
			t.Errorf("%v, counted %d, cursor %+v", err, counted, cur)
		}
		if want := []uint32{2, 3}; !cmp.Equal(k.uids(), want) { // the fourth arrived at the end, which is outside
			t.Errorf("uids %v, want %v", k.uids(), want)
		}
		k = newTaker()
		if _, err := c.Past(t.Context(), Span{Sent: true, Since: span.Since}, mail.Cursor{}, nil, k); err != nil || len(k.got) != 1 {
			t.Errorf("Sent: %v, %d mails", err, len(k.got))
		}
		// a later look finds every mail as unread as before
		k = newTaker()
		if _, err := c.Past(t.Context(), Span{}, mail.Cursor{}, nil, k); err != nil || len(k.got) != 5 {
			t.Errorf("all: %v, %d mails", err, len(k.got))
		}
		for _, f := range k.got {
			for _, flag := range f.Flags {
				if flag == string(imap.FlagSeen) {
					t.Errorf("mail %d was marked as seen", f.UID)
				}
			}
		}
	})
}

func TestPastGoesOnWhereItStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		for n := range 3 {
			m.put(t, "INBOX", letter(n), time.Now())
		}
		c, k, full := client(t, config(m.Dial)), newTaker(), errors.New("full")
		k.fail = func(f Fetched) error {
			if f.UID == 2 {
				return full
			}
			return nil
		}
		cur, err := c.Past(t.Context(), Span{}, mail.Cursor{}, nil, k)
		if !errors.Is(err, full) || cur.UID != 1 {
			t.Fatalf("%v, cursor %+v", err, cur)
		}
		k.fail = nil
		if _, err := c.Past(t.Context(), Span{}, cur, nil, k); err != nil || !cmp.Equal(k.uids(), []uint32{1, 2, 3}) {
			t.Errorf("%v, uids %v", err, k.uids())
		}
	})
}

func TestPastSaysWhenThereIsNoSentFolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, config(newMemory(t, allCaps()).Dial))
		if _, err := c.Past(t.Context(), Span{Sent: true}, mail.Cursor{}, nil, newTaker()); !errors.Is(err, ErrNoSent) {
			t.Errorf("%v, want %v", err, ErrNoSent)
		}
	})
}
