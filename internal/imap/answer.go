package imap

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// answer is what a server said about one message, merged from all its FETCH answers: servers may split one,
// or put a change of flags before it.
type answer struct {
	uid     uint32
	flags   []string
	arrived time.Time
	size    int64
	sized   bool
	body    []byte
	bodied  bool
}

// merge adds what another answer knows more.
func (a *answer) merge(b answer) {
	if b.flags != nil {
		a.flags = b.flags
	}
	if !b.arrived.IsZero() {
		a.arrived = b.arrived
	}
	if b.sized {
		a.size, a.sized = b.size, true
	}
	if b.bodied && !a.bodied {
		a.body, a.bodied = b.body, true
	}
}

// readAnswer reads one FETCH answer. It severs the connection when a literal is announced larger than limit,
// for the rest of it could not be skipped in reasonable time, and when a literal is cut off.
func (s *session) readAnswer(m *imapclient.FetchMessageData, limit int64) (a answer, err error) {
	for item := m.Next(); item != nil; item = m.Next() {
		switch item := item.(type) {
		case imapclient.FetchItemDataUID:
			a.uid = uint32(item.UID)
		case imapclient.FetchItemDataFlags:
			a.flags = make([]string, 0, len(item.Flags))
			for _, f := range item.Flags {
				a.flags = append(a.flags, string(f))
			}
		case imapclient.FetchItemDataInternalDate:
			a.arrived = item.Time
		case imapclient.FetchItemDataRFC822Size:
			a.size, a.sized = item.Size, true
		case imapclient.FetchItemDataBodySection:
			if item.Literal == nil { // NIL: the message is gone
				continue
			}
			if n := item.Literal.Size(); n < 0 || n > limit {
				s.sever(item.Literal)
				return a, errLiteral
			}
			// the library ends a literal without error when the connection ends: count the bytes
			a.body = make([]byte, item.Literal.Size())
			if _, err := io.ReadFull(item.Literal, a.body); err != nil {
				s.sever(nil)
				return a, errCut
			}
			a.bodied = true
		}
	}
	return a, nil
}

// sever closes the connection and waits until the library's reader has left it. After a literal failed to
// read once, that reader uses the same buffer as whoever reads the literal again, as draining the command
// does: by then it must be gone. It waits for rest, a literal that nobody has read, to be read or to fail.
func (s *session) sever(rest io.Reader) {
	_ = s.raw.Close()
	if rest != nil {
		_, _ = io.Copy(io.Discard, rest)
	}
	<-s.c.Closed()
}

// strays collects FETCH answers that the library's command did not take: the second answer about a message, and
// those whose UID comes after the body.
type strays struct {
	mu      sync.Mutex
	session *session // that runs a FETCH up to limit bytes; nil while none runs: then answers are dropped
	limit   int64
	round   int // counts FETCHes: what belongs to an earlier one is dropped
	found   []answer
}

// maxStrays bounds what a talkative server can make us keep during one FETCH.
const maxStrays = 1000

func (s *strays) arm(session *session, limit int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.session, s.limit, s.found = session, limit, nil
	s.round++
}

// take runs in a goroutine of its own. It has to read everything: the library's reader waits for it.
func (s *strays) take(m *imapclient.FetchMessageData) {
	s.mu.Lock()
	session, limit, round := s.session, s.limit, s.round
	s.mu.Unlock()
	if session == nil {
		for m.Next() != nil {
		}
		return
	}
	a, err := session.readAnswer(m, limit)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err == nil && a.uid != 0 && s.round == round && len(s.found) < maxStrays {
		s.found = append(s.found, a)
	}
}

// merge adds what was found so far.
func (s *strays) merge(into map[uint32]*answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.found {
		if known := into[a.uid]; known != nil {
			known.merge(a)
		}
	}
	s.found = nil
}

// fetch asks for items of messages and merges the answers. limit is the largest literal in bytes.
func (s *session) fetch(
	ctx context.Context, uids []uint32, items *imap.FetchOptions, limit int64, enough func(*answer) bool,
) (map[uint32]*answer, error) {
	out := map[uint32]*answer{}
	var set imap.UIDSet
	for _, uid := range uids {
		set.AddNum(imap.UID(uid))
		out[uid] = &answer{uid: uid}
	}
	items.UID = true
	s.strays.arm(s, limit)
	// besides what is asked for, a server may say little: commandBudget
	spare := limit / (32 << 10) // seconds, for a line of 32 KiB/s
	release := s.guard(ctx, s.timeout+time.Duration(spare)*time.Second, limit*int64(len(uids))+commandBudget)
	f := s.c.Fetch(set, items)
	err := func() error {
		defer f.Close() // an undrained FETCH hangs the library for ever
		for m := f.Next(); m != nil; m = f.Next() {
			a, err := s.readAnswer(m, limit)
			if err != nil {
				return err
			}
			if known := out[a.uid]; known != nil {
				known.merge(a)
			}
		}
		return nil
	}()
	if err == nil {
		err = f.Close()
	}
	s.strays.merge(out)
	// What the library gave away is read by goroutines that may not have had their turn yet.
	for try := 0; err == nil && !allOf(out, enough) && try < 3; try++ {
		err = s.c.Noop().Wait()
		sleep(ctx, 10*time.Millisecond)
		s.strays.merge(out)
	}
	s.strays.arm(nil, 0)
	return out, release(err)
}

func allOf(answers map[uint32]*answer, enough func(*answer) bool) bool {
	for _, a := range answers {
		if !enough(a) {
			return false
		}
	}
	return true
}
