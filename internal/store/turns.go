package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// Turn reads one turn.
func (s *Store) Turn(id ticket.TurnID) (t *ticket.Turn, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		t, err = get[ticket.Turn](tx.Bucket(bTurns), string(id))
		return err
	})
	return t, err
}

// Ticket reads one ticket.
func (s *Store) Ticket(id ticket.ID) (t *ticket.Ticket, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		t, err = get[ticket.Ticket](tx.Bucket(bTickets), string(id))
		return err
	})
	return t, err
}

// TicketOf finds the ticket that a Message-ID, received or sent, belongs to, or the one that it was merged into;
// nil if there is none.
func (s *Store) TicketOf(messageID string) (t *ticket.Ticket, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		id := tx.Bucket(bMessages).Get([]byte(messageID))
		if id == nil {
			return nil
		}
		t, err = merged(tx, string(id))
		return err
	})
	return t, err
}

// Save stores a changed turn. Its Version must be the one that was read; afterwards it is one more.
func (s *Store) Save(ctx context.Context, t *ticket.Turn) error {
	saved, err := s.Change(ctx, t.ID, t.Version, func(cur *ticket.Turn) error {
		*cur = *t
		return nil
	})
	if err == nil {
		t.Version = saved.Version
	}
	return err
}

// Change lets f alter a turn and stores it. version 0 stands for whatever is there; another that is not the
// present one fails with ErrVersion. f may run twice. A change that ticket.Check forbids fails with its error.
func (s *Store) Change(ctx context.Context, id ticket.TurnID, version uint64,
	f func(*ticket.Turn) error,
) (*ticket.Turn, error) {
	return s.change(ctx, id, version, func(_ *bbolt.Tx, t *ticket.Turn) error { return f(t) })
}

// ChangeBoth is Change for a decision that is about the turn's ticket as well: f alters the one and g the other, and
// both are stored, or neither.
func (s *Store) ChangeBoth(ctx context.Context, id ticket.TurnID, f func(*ticket.Turn) error,
	g func(*ticket.Ticket),
) (*ticket.Turn, error) {
	return s.change(ctx, id, 0, func(tx *bbolt.Tx, t *ticket.Turn) error {
		if err := f(t); err != nil {
			return err
		}
		k, err := get[ticket.Ticket](tx.Bucket(bTickets), string(t.Ticket))
		if err != nil {
			return err
		}
		g(k)
		return errors.Join(putTicket(tx, k), reindex(tx, k, s.promise()))
	})
}

// change alters a turn in one transaction with whatever else f does there.
func (s *Store) change(ctx context.Context, id ticket.TurnID, version uint64,
	f func(*bbolt.Tx, *ticket.Turn) error,
) (out *ticket.Turn, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		before, err := get[ticket.Turn](tx.Bucket(bTurns), string(id))
		if err != nil {
			return err
		}
		if version != 0 && before.Version != version {
			return fmt.Errorf("%w (it is %s now)", ErrVersion, before.State)
		}
		after, err := get[ticket.Turn](tx.Bucket(bTurns), string(id))
		if err != nil {
			return err
		}
		if err := f(tx, after); err != nil {
			return err
		}
		after.Version = before.Version
		out = after
		return s.putTurn(tx, before, after)
	})
	if err != nil {
		return nil, err
	}
	s.announce()
	return out, nil
}

// putTurn checks a turn and writes it with its indexes. before is nil for a new one.
func (s *Store) putTurn(tx *bbolt.Tx, before, after *ticket.Turn) error {
	if err := ticket.Check(before, after); err != nil {
		return err
	}
	id := string(after.ID)
	if before != nil {
		if err := tx.Bucket(bState).Delete(key(string(before.State), id)); err != nil {
			return err
		}
		if !before.Due.IsZero() {
			if err := tx.Bucket(bDue).Delete(key(stamp(before.Due), id)); err != nil {
				return err
			}
		}
		if before.State == ticket.Approved && after.State == ticket.Sending {
			if err := s.putOutbox(tx, after); err != nil {
				return err
			}
		}
		if before.State == ticket.Sending && after.State == ticket.Sent {
			if err := putReceipt(tx, after); err != nil {
				return err
			}
		}
		if before.State == ticket.Sending && after.State == ticket.Approved {
			if err := dropOutbox(tx, after); err != nil {
				return err
			}
		}
	}
	after.Version++
	err := errors.Join(s.recordTurn(tx, before, after), s.putNotices(tx, before, after),
		s.putCopyWork(tx, before, after), putElsewhere(tx, after), s.putAnswered(tx, before, after))
	if err != nil {
		return err
	}
	if err := put(tx.Bucket(bTurns), []byte(id), after); err != nil {
		return err
	}
	if err := putWords(tx, before, after); err != nil {
		return err
	}
	tick, err := get[ticket.Ticket](tx.Bucket(bTickets), string(after.Ticket))
	if err != nil && !errors.Is(err, ErrNotFound) { // a new turn may come before its ticket
		return err
	}
	if err := putRow(tx, after, tick, s.promise()); err != nil {
		return err
	}
	if err := tx.Bucket(bState).Put(key(string(after.State), id), nil); err != nil {
		return err
	}
	if !after.Due.IsZero() {
		return tx.Bucket(bDue).Put(key(stamp(after.Due), id), nil)
	}
	return nil
}

// Due gives up to limit turns whose next step may run at now, oldest first, and when the next after them is
// due (zero if there is none).
func (s *Store) Due(now time.Time, limit int) (ids []ticket.TurnID, next time.Time, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bDue).Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			at := unstamp(k[:8])
			if at.After(now) || len(ids) == limit {
				next = at
				return nil
			}
			ids = append(ids, ticket.TurnID(k[9:]))
		}
		return nil
	})
	return ids, next, err
}

// TurnsByState gives up to limit turns in a state, newest first.
func (s *Store) TurnsByState(state ticket.State, limit int) ([]*ticket.Turn, error) {
	return s.turns(bState, string(state), limit, true)
}

// TurnsOfTicket gives all turns of a ticket, oldest first.
func (s *Store) TurnsOfTicket(id ticket.ID) ([]*ticket.Turn, error) {
	return s.turns(bTicket, string(id), 0, false)
}

// LastTurns gives up to limit turns of a ticket, the newest ones, oldest first, and how many older ones there are.
func (s *Store) LastTurns(id ticket.ID, limit int) (out []*ticket.Turn, older int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		all := listed(tx.Bucket(bTicket), string(id), 0, false)
		older = max(0, len(all)-limit)
		for _, id := range all[older:] {
			t, err := get[ticket.Turn](tx.Bucket(bTurns), id)
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, older, err
}

// turns reads what an index lists under first; limit 0 means all.
func (s *Store) turns(index []byte, first string, limit int, newest bool) (out []*ticket.Turn, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, id := range listed(tx.Bucket(index), first, limit, newest) {
			t, err := get[ticket.Turn](tx.Bucket(bTurns), id)
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// listed gives the second parts of the keys that begin with first.
func listed(b *bbolt.Bucket, first string, limit int, newest bool) (out []string) {
	prefix := key(first, "")
	c := b.Cursor()
	step, k := c.Next, []byte(nil)
	if k, _ = c.Seek(prefix); newest {
		step = c.Prev
		if k, _ = c.Seek(key(first, "\xff")); k == nil {
			k, _ = c.Last()
		} else {
			k, _ = c.Prev()
		}
	}
	for ; k != nil && bytes.HasPrefix(k, prefix) && (limit == 0 || len(out) < limit); k, _ = step() {
		out = append(out, string(k[len(prefix):]))
	}
	return out
}

// CountByState counts the turns of each state.
func (s *Store) CountByState() (map[ticket.State]int, error) {
	out := map[ticket.State]int{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bState).ForEach(func(k, _ []byte) error {
			state, _, _ := bytes.Cut(k, []byte{0})
			out[ticket.State(state)]++
			return nil
		})
	})
	return out, err
}

// EachTurn calls f for every turn, oldest first, each in no transaction of its own: f may take its time.
func (s *Store) EachTurn(f func(*ticket.Turn) error) error { return each(s, bTurns, f) }

// EachTicket calls f for every ticket, oldest first.
func (s *Store) EachTicket(f func(*ticket.Ticket) error) error { return each(s, bTickets, f) }

// each walks a bucket in pages, so that a slow reader holds no transaction open.
func each[T any](s *Store, bucket []byte, f func(*T) error) error {
	const page = 256
	var last []byte
	for {
		var vals []*T
		err := s.db.View(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bucket)
			c := b.Cursor()
			k, _ := c.First()
			if last != nil {
				if k, _ = c.Seek(last); bytes.Equal(k, last) {
					k, _ = c.Next()
				}
			}
			for ; k != nil && len(vals) < page; k, _ = c.Next() {
				v, err := get[T](b, string(k))
				if err != nil {
					return err
				}
				vals, last = append(vals, v), append([]byte(nil), k...)
			}
			return nil
		})
		if err != nil || len(vals) == 0 {
			return err
		}
		for _, v := range vals {
			if err := f(v); err != nil {
				return err
			}
		}
	}
}
