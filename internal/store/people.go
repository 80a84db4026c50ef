package store

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// Contact reads what is known about an address; ErrNotFound if nothing is.
func (s *Store) Contact(address string) (c *ticket.Contact, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c, err = get[ticket.Contact](tx.Bucket(bContacts), address)
		return err
	})
	return c, err
}

// ChangeContact lets f alter the record of an address, a new one if there was none. f may run twice.
func (s *Store) ChangeContact(ctx context.Context, address string, f func(*ticket.Contact)) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		c, err := contact(tx, address)
		if err != nil {
			return err
		}
		f(c)
		return put(tx.Bucket(bContacts), []byte(address), c)
	})
}

// contact reads the record of an address, a new one if there was none.
func contact(tx *bbolt.Tx, address string) (*ticket.Contact, error) {
	c, err := get[ticket.Contact](tx.Bucket(bContacts), address)
	if errors.Is(err, ErrNotFound) {
		return &ticket.Contact{Address: address}, nil
	}
	return c, err
}

// EachContact calls f for every contact, by address.
func (s *Store) EachContact(f func(*ticket.Contact) error) error { return each(s, bContacts, f) }

// Rate keeps a vote. A vote of 1 or 2 opens, once for each rated turn, a new turn of the ticket for a person.
func (s *Store) Rate(ctx context.Context, r ticket.Rating) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		rated, err := get[ticket.Turn](tx.Bucket(bTurns), string(r.Turn))
		if err != nil {
			return err
		}
		if rated.Ticket != r.Ticket {
			return ErrNotFound
		}
		if err := put(tx.Bucket(bRatings), key(string(r.Turn), stamp(r.At)), r); err != nil {
			return err
		}
		if r.Address != "" {
			err := put(tx.Bucket(bPushes), []byte(r.Address), Push{Address: r.Address, Due: r.At})
			if err != nil {
				return err
			}
		}
		if r.Score > 2 {
			return nil
		}
		return s.reopen(tx, rated, ticket.ByRating, r.At,
			"the customer rated the answer "+strconv.Itoa(r.Score)+" of 5")
	})
	if err == nil {
		s.announce()
	}
	return err
}

// Reopen makes, once for each turn and cause, a new turn in review: something about an answer needs a person.
func (s *Store) Reopen(ctx context.Context, id ticket.TurnID, cause ticket.Cause, at time.Time, why string) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		of, err := get[ticket.Turn](tx.Bucket(bTurns), string(id))
		if err != nil {
			return err
		}
		return s.reopen(tx, of, cause, at, why)
	})
	if err == nil {
		s.announce()
	}
	return err
}

func (s *Store) reopen(tx *bbolt.Tx, of *ticket.Turn, cause ticket.Cause, at time.Time, why string) error {
	// The id follows from the turn and the cause, so that a second vote or report makes no second turn.
	id := ticket.TurnID(string(of.ID) + "-" + string(cause))
	if tx.Bucket(bTurns).Get([]byte(id)) != nil {
		return nil
	}
	t := &ticket.Turn{
		ID: id, Ticket: of.Ticket, State: ticket.Review, Cause: cause, Born: at, Mails: of.Mails, Sender: of.Sender,
		Gate:   ticket.Gate{Outcome: ticket.Hold, Rule: string(cause), Reason: why},
		Triage: of.Triage, Findings: of.Findings,
		History: []ticket.Event{{At: at, By: string(cause), To: ticket.Review, What: why}},
	}
	if err := s.putTurn(tx, nil, t); err != nil {
		return err
	}
	if err := tx.Bucket(bTicket).Put(key(string(t.Ticket), string(t.ID)), nil); err != nil {
		return err
	}
	tick, err := get[ticket.Ticket](tx.Bucket(bTickets), string(t.Ticket))
	if err != nil {
		return err
	}
	tick.Open = true
	return putTicket(tx, tick)
}

// Ratings gives the votes about a turn, oldest first. The last one counts.
func (s *Store) Ratings(id ticket.TurnID) (out []ticket.Rating, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bRatings)
		for _, rest := range listed(b, string(id), 0, false) {
			r, err := get[ticket.Rating](b, string(id)+"\x00"+rest)
			if err != nil {
				return err
			}
			out = append(out, *r)
		}
		return nil
	})
	return out, err
}

// EachRating calls f for every vote, grouped by turn.
func (s *Store) EachRating(f func(*ticket.Rating) error) error { return each(s, bRatings, f) }

// Spent tells how much models have cost on a day ("2026-11-22"), in millionths of the price list's currency.
func (s *Store) Spent(_ context.Context, day string) (micros int64, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		micros, err = ledger(tx, day)
		return err
	})
	return micros, err
}

// Add adds to what models have cost on a day.
func (s *Store) Add(ctx context.Context, day string, micros int64) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		sum, err := ledger(tx, day)
		if err != nil {
			return err
		}
		return tx.Bucket(bLedger).Put([]byte(day), strconv.AppendInt(nil, sum+micros, 10))
	})
}

func ledger(tx *bbolt.Tx, day string) (int64, error) {
	v := tx.Bucket(bLedger).Get([]byte(day))
	if v == nil {
		return 0, nil
	}
	return strconv.ParseInt(string(v), 10, 64)
}
