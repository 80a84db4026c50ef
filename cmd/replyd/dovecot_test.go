package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/imap/imaptest"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// dovecotWorld is a sandbox for all but the mail, which lies at a Dovecot.
func dovecotWorld(t *testing.T, customers int, poll time.Duration) (
	*imaptest.Dovecot, *sandbox.World, *config.Config, string,
) {
	t.Helper()
	d := imaptest.StartDovecot(t)
	w, c, path := crashWorld(t, 0, customers)
	box := &c.IMAP[0]
	box.Addr, box.Password, box.SentFolder = d.Plain, config.Secret(imaptest.Password), ""
	box.Poll = poll
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return d, w, c, path
}

// TestARealServerWakesTheDaemon: the poll is longer than the test waits, so only IDLE can tell of new mail. The
// server then goes away, with mail coming in while nobody looks, and comes back.
func TestARealServerWakesTheDaemon(t *testing.T) {
	t.Parallel()
	d, w, c, path := dovecotWorld(t, 4, time.Hour)
	put := func(n int) { d.Put(t, c.IMAP[0].User, "INBOX", crlf(question(n)), time.Now()) }
	p := start(t, "run", "--config", path)
	for n := range 2 {
		p.until(t, "answering", func() bool { return settled(t, c, n) })
		put(n)
		p.until(t, "being told of a new mail", func() bool { return len(w.Outbox()) == n+1 })
	}
	d.Stop()
	p.until(t, "noticing that the server is gone", func() bool {
		return strings.Contains(p.log.String(), "imap: connection failed")
	})
	d.Start(t)
	put(2)
	p.until(t, "coming back", func() bool { return len(w.Outbox()) == 3 })
	put(3)
	p.until(t, "being told again", func() bool { return len(w.Outbox()) == 4 })
	p.until(t, "filing all", func() bool { return settled(t, c, 4) })
	if code := p.stop(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, p.log.String())
	}
	checkCrashes(t, w, c.Data, 4, nil)
}

// TestTenPowerCutsWhileTwoThousandMailsComeIn kills the daemon ten times while it reads a full mailbox of a real
// server. In the end each mail is in exactly one turn, and no question was answered twice.
func TestTenPowerCutsWhileTwoThousandMailsComeIn(t *testing.T) {
	t.Parallel()
	mails, cuts := 2000, 10
	switch {
	case testing.Short(), raceOn: // make test runs the whole of it without the race detector
		mails = 200
	}
	const every = 40 // one of so many asks something, the others are notes that no model reads
	d, w, c, path := dovecotWorld(t, mails, time.Minute)
	var letters []string
	for n := range mails {
		text := question(n)
		if n%every != 0 {
			text = strings.Replace(text, "From: C", "List-Id: <news.example>\nFrom: C", 1)
		}
		letters = append(letters, crlf(text))
	}
	d.Put(t, c.IMAP[0].User, "INBOX", letters[0], time.Now(), letters[1:]...)
	rng := rand.New(rand.NewPCG(2026, 22))
	seen := 0
	for i := range cuts {
		p := start(t, "run", "--config", path)
		mark := rng.IntN(2*mails/cuts/2 + 1) // on average half of the mailbox is read before the last cut
		p.until(t, "reading mail", func() bool {
			n := strings.Count(p.log.String(), "msg=mail")
			return n >= mark || seen+n >= mails
		})
		p.kill()
		seen = stored(t, c.Data)
		t.Logf("cut %d: %d mails are stored", i+1, seen)
	}
	last := start(t, "run", "--config", path)
	last.until(t, "taking in all", func() bool { return settled(t, c, mails) })
	if code := last.stop(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, last.log.String())
	}
	checkReadOnce(t, w, c.Data, mails)
}

// checkReadOnce: every mail is in one turn, and no mail got two answers.
func checkReadOnce(t *testing.T, w *sandbox.World, dir string, mails int) {
	t.Helper()
	answers := map[string]int{}
	for _, m := range w.Outbox() {
		if answers[m.Headers["In-Reply-To"]]++; answers[m.Headers["In-Reply-To"]] == 2 {
			t.Errorf("%s got two answers", m.To.Email)
		}
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held, states := map[string]int{}, map[ticket.State]int{}
	err = s.EachTurn(func(turn *ticket.Turn) error {
		states[turn.State]++
		for _, m := range turn.Mails {
			held[m.MessageID]++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range mails {
		if id := fmt.Sprintf("<q%d@inbox.example>", n); held[id] != 1 {
			t.Errorf("mail %s is in %d turns", id, held[id])
		}
	}
	if len(held) != mails || len(answers) == 0 {
		t.Errorf("%d mails are stored of %d, %d are answered; %v", len(held), mails, len(answers), states)
	}
}

// stored counts the turns in the store that a killed daemon left behind.
func stored(t *testing.T, dir string) (n int) {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.EachTurn(func(*ticket.Turn) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

// crlf gives a mail the line ends of the wire.
func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }
