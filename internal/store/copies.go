package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// putCopyWork queues work on the copy of a turn's draft with the change that asks for it, so that none is lost to
// a stop: the turn entered review or left it, or its draft changed there.
func (s *Store) putCopyWork(tx *bbolt.Tx, before, after *ticket.Turn) error {
	was := before != nil && before.State == ticket.Review
	is := after.State == ticket.Review
	if !was && !is || was && is && len(before.Drafts) == len(after.Drafts) || after.Mail() == nil {
		return nil
	}
	account := after.Mail().Account
	if !slices.Contains(s.copies, account) { // perhaps it was one until the last start
		if tx.Bucket(bCopies).Get([]byte(after.ID)) == nil {
			return nil
		}
	}
	return put(tx.Bucket(bCopyWork), []byte(after.ID), ticket.CopyWork{
		Turn: after.ID, Account: account, Version: after.Version, Due: after.LastAt(),
	})
}

// putElsewhere lets the customer's next mail find the ticket by the answer that a person sent.
func putElsewhere(tx *bbolt.Tx, t *ticket.Turn) error {
	if t.Elsewhere == nil || t.Elsewhere.MessageID == "" {
		return nil
	}
	b, id := tx.Bucket(bMessages), []byte(t.Elsewhere.MessageID)
	if b.Get(id) != nil {
		return nil // another's already: it must not lead to this one
	}
	return b.Put(id, []byte(t.Ticket))
}

// DueCopies gives the work on copies that may be done at now in an account, and when the next after it is due
// (zero if there is none).
func (s *Store) DueCopies(account string, now time.Time) (due []ticket.CopyWork, next time.Time, err error) {
	never := now.AddDate(100, 0, 0)
	due, next, err = dueOf(s, bCopyWork, now, func(w *ticket.CopyWork) time.Time {
		if w.Account != account {
			return never
		}
		return w.Due
	})
	if next.Equal(never) {
		next = time.Time{}
	}
	return due, next, err
}

// PutOffCopy keeps work for its next attempt, unless newer work for the turn came meanwhile.
func (s *Store) PutOffCopy(ctx context.Context, w ticket.CopyWork) error {
	return s.copyWork(ctx, w, func(b *bbolt.Bucket) error { return put(b, []byte(w.Turn), w) })
}

// CopyDone ends work, unless newer work for the turn came meanwhile.
func (s *Store) CopyDone(ctx context.Context, w ticket.CopyWork) error {
	return s.copyWork(ctx, w, func(b *bbolt.Bucket) error { return b.Delete([]byte(w.Turn)) })
}

func (s *Store) copyWork(ctx context.Context, w ticket.CopyWork, f func(*bbolt.Bucket) error) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bCopyWork)
		now, err := get[ticket.CopyWork](b, string(w.Turn))
		if errors.Is(err, ErrNotFound) || err == nil && now.Version != w.Version {
			return nil
		}
		if err != nil {
			return err
		}
		return f(b)
	})
}

// CopyWork gives the work that waits for a turn's copy; ErrNotFound if there is none.
func (s *Store) CopyWork(id ticket.TurnID) (w *ticket.CopyWork, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		w, err = get[ticket.CopyWork](tx.Bucket(bCopyWork), string(id))
		return err
	})
	return w, err
}

// Copy gives what is known of a turn's copy in a Drafts folder; ErrNotFound if there is none.
func (s *Store) Copy(id ticket.TurnID) (c *ticket.Copy, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c, err = get[ticket.Copy](tx.Bucket(bCopies), string(id))
		return err
	})
	return c, err
}

// PutCopy notes where a copy lies, or is about to.
func (s *Store) PutCopy(ctx context.Context, c ticket.Copy) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return put(tx.Bucket(bCopies), []byte(c.Turn), c) })
}

// DropCopy forgets a copy that lies nowhere any more.
func (s *Store) DropCopy(ctx context.Context, id ticket.TurnID) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return tx.Bucket(bCopies).Delete([]byte(id)) })
}

// TurnsOfMessage gives the turns of the ticket that a Message-ID came into, or went out of, oldest first. Unlike
// TicketOf it does not follow a merge: turns stay where they were.
func (s *Store) TurnsOfMessage(messageID string) (turns []*ticket.Turn, err error) {
	var id string
	err = s.db.View(func(tx *bbolt.Tx) error {
		id = string(tx.Bucket(bMessages).Get([]byte(messageID)))
		return nil
	})
	if err != nil || id == "" {
		return nil, err
	}
	return s.TurnsOfTicket(ticket.ID(id))
}
