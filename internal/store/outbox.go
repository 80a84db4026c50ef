package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// Sending is a line of the outbox: a reply that left, or may have left.
type Sending struct {
	Turn      ticket.TurnID `json:"turn"`
	Ticket    ticket.ID     `json:"ticket"`
	MessageID string        `json:"message_id"`
	To        string        `json:"to"`
	Auto      bool          `json:"auto"`
	At        time.Time     `json:"at"`
}

// Counts is what the gate's limits are measured against. Every number is of automatic answers.
type Counts struct {
	Ticket     int // in this ticket since a person last wrote or decided
	SenderDay  int // to this address within 24 hours
	DomainHour int // to this domain within one hour
	TotalHour  int // in all within one hour
	Reopens    int // automatic reopenings of this ticket today
}

// Ceiling says why counts forbid one more automatic answer; an empty string if they allow it.
type Ceiling func(Counts) string

// LimitError: an automatic answer would go beyond a limit. A person has to decide.
type LimitError struct{ Reason string }

func (e *LimitError) Error() string { return "store: limit: " + e.Reason }

// NeedsPerson tells the pipeline to hand the turn to a person, with this reason.
func (e *LimitError) NeedsPerson() string { return e.Reason }

// putOutbox writes the line for a turn that begins to be sent, having asked the ceiling in the same
// transaction, so that two workers cannot both take the last place.
func (s *Store) putOutbox(tx *bbolt.Tx, t *ticket.Turn) error {
	line := Sending{Turn: t.ID, Ticket: t.Ticket, MessageID: t.Outgoing.MessageID, To: t.Recipient(),
		Auto: t.Auto(), At: t.Outgoing.MintedAt}
	tick, err := get[ticket.Ticket](tx.Bucket(bTickets), string(t.Ticket))
	if err != nil {
		return err
	}
	if line.Auto && s.ceiling != nil {
		if why := s.ceiling(counts(tx, tick, line.To, time.Now())); why != "" {
			return &LimitError{why}
		}
	}
	tick.AutoReplies++
	if !line.Auto {
		tick.AutoReplies = 0 // a person decided
	}
	tick.LastAt = line.At
	if err := putTicket(tx, tick); err != nil {
		return err
	}
	who := "person"
	if line.Auto {
		who = "auto"
	}
	if err := tx.Bucket(bSentTo).Put(key(line.To, stamp(line.At), string(t.ID)), []byte(who)); err != nil {
		return err
	}
	if err := tx.Bucket(bMessages).Put([]byte(line.MessageID), []byte(t.Ticket)); err != nil {
		return err
	}
	return put(tx.Bucket(bOutbox), key(stamp(line.At), string(t.ID)), line)
}

// putReceipt makes the ticket findable under the provider's id of a reply, bare, as no Message-ID is: a provider
// that rewrites Message-ID puts its own id there.
func putReceipt(tx *bbolt.Tx, t *ticket.Turn) error {
	if t.Receipt == nil || t.Receipt.ProviderID == "" {
		return nil
	}
	return tx.Bucket(bMessages).Put([]byte(t.Receipt.ProviderID), []byte(t.Ticket))
}

// dropOutbox takes back the line of a reply that SendGrid refused.
func dropOutbox(tx *bbolt.Tx, t *ticket.Turn) error {
	tick, err := get[ticket.Ticket](tx.Bucket(bTickets), string(t.Ticket))
	if err != nil {
		return err
	}
	if t.Auto() && tick.AutoReplies > 0 {
		tick.AutoReplies--
		if err := putTicket(tx, tick); err != nil {
			return err
		}
	}
	at := stamp(t.Outgoing.MintedAt)
	if err := tx.Bucket(bSentTo).Delete(key(t.Recipient(), at, string(t.ID))); err != nil {
		return err
	}
	return tx.Bucket(bOutbox).Delete(key(at, string(t.ID)))
}

// counts adds up the outbox of the last day.
func counts(tx *bbolt.Tx, t *ticket.Ticket, address string, now time.Time) Counts {
	var out Counts
	if t != nil {
		out.Ticket = t.AutoReplies
		for _, day := range t.Reopens {
			if day == now.UTC().Format(time.DateOnly) {
				out.Reopens++
			}
		}
	}
	day := key(address, stamp(now.Add(-24*time.Hour)))
	c := tx.Bucket(bSentTo).Cursor()
	for k, v := c.Seek(day); k != nil && bytes.HasPrefix(k, key(address, "")); k, v = c.Next() {
		if string(v) == "auto" {
			out.SenderDay++
		}
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	c = tx.Bucket(bOutbox).Cursor()
	for k, v := c.Seek([]byte(stamp(now.Add(-time.Hour)))); k != nil; k, v = c.Next() {
		var line Sending
		if json.Unmarshal(v, &line) != nil || !line.Auto {
			continue
		}
		out.TotalHour++
		if strings.HasSuffix(line.To, "@"+domain) {
			out.DomainHour++
		}
	}
	return out
}

// Counts adds up what a further automatic answer in a ticket, to an address, would be measured against. An
// empty ticket stands for a new one.
func (s *Store) Counts(id ticket.ID, address string, now time.Time) (out Counts, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		t, err := get[ticket.Ticket](tx.Bucket(bTickets), string(id))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		out = counts(tx, t, address, now)
		return nil
	})
	return out, err
}

// Repeated counts which of the hashes came from an address since a moment.
func (s *Store) Repeated(address string, hashes []string, since time.Time) (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, hash := range hashes {
			if v := tx.Bucket(bBodies).Get(key(address, hash)); v != nil && !unstamp(v).Before(since) {
				n++
			}
		}
		return nil
	})
	return n, err
}

// EachSending calls f for every line of the outbox, oldest first.
func (s *Store) EachSending(f func(*Sending) error) error { return each(s, bOutbox, f) }

// DeliveryEvent is what the provider reported about a reply.
type DeliveryEvent struct {
	Kind       string    `json:"kind"` // processed, delivered, deferred, bounce, dropped …
	ProviderID string    `json:"provider_id,omitempty"`
	MessageID  string    `json:"message_id,omitempty"` // under which the mail really left, if reported
	At         time.Time `json:"at"`
}

// AddEvent keeps a provider's report. The same report twice is kept once; added is false for the second.
func (s *Store) AddEvent(ctx context.Context, id ticket.TurnID, e DeliveryEvent) (added bool, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		k := key(string(id), stamp(e.At), e.Kind)
		if added = tx.Bucket(bEvents).Get(k) == nil; !added {
			return nil
		}
		if messages := tx.Bucket(bMessages); e.MessageID != "" && messages.Get([]byte(e.MessageID)) == nil {
			t, err := get[ticket.Turn](tx.Bucket(bTurns), string(id))
			if err != nil {
				return err
			}
			if err := messages.Put([]byte(e.MessageID), []byte(t.Ticket)); err != nil {
				return err
			}
		}
		return put(tx.Bucket(bEvents), k, e)
	})
	return added, err
}

// Events gives what the provider reported about a turn's reply, oldest first.
func (s *Store) Events(id ticket.TurnID) (out []DeliveryEvent, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bEvents)
		for _, rest := range listed(b, string(id), 0, false) {
			e, err := get[DeliveryEvent](b, string(id)+"\x00"+rest)
			if err != nil {
				return err
			}
			out = append(out, *e)
		}
		return nil
	})
	return out, err
}
