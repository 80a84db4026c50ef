package store

import (
	"context"
	"errors"
	"time"

	"go.etcd.io/bbolt"
)

// Push is work that waits to be done at a CRM: bring the tags of one contact there up to date. There is at most
// one for each address: what to write is worked out anew when it is done, so a push may run twice.
type Push struct {
	Address  string    `json:"address"`
	Due      time.Time `json:"due"`
	Attempts int       `json:"attempts,omitzero"`
	Waiting  string    `json:"waiting,omitzero"` // why the last attempt failed, for operators; no address
}

// Push puts work off to p.Due, in place of what waited for the address before.
func (s *Store) Push(ctx context.Context, p Push) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error { return put(tx.Bucket(bPushes), []byte(p.Address), p) })
	if err == nil {
		s.announce()
	}
	return err
}

// DuePushes gives the work that may be done at now, and when the next after it is due (zero if there is none).
func (s *Store) DuePushes(now time.Time) (due []Push, next time.Time, err error) {
	return dueOf(s, bPushes, now, func(p *Push) time.Time { return p.Due })
}

// dueOf gives what is due of the waiting work in a bucket, and when the next after it is (zero if there is none).
func dueOf[T any](s *Store, b []byte, now time.Time, at func(*T) time.Time) (due []T, next time.Time, err error) {
	err = each(s, b, func(w *T) error {
		switch t := at(w); {
		case !t.After(now):
			due = append(due, *w)
		case next.IsZero() || t.Before(next):
			next = t
		}
		return nil
	})
	return due, next, err
}

// Pushed ends work that is done, unless newer work for the address came meanwhile.
func (s *Store) Pushed(ctx context.Context, p Push) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		now, err := get[Push](tx.Bucket(bPushes), p.Address)
		if errors.Is(err, ErrNotFound) || err == nil && !now.Due.Equal(p.Due) {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Bucket(bPushes).Delete([]byte(p.Address))
	})
}
