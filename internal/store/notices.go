package store

import (
	"context"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// putNotices queues the notices of a turn that enters review, with the change itself: none is lost to a stop.
func (s *Store) putNotices(tx *bbolt.Tx, before, after *ticket.Turn) error {
	if after.State != ticket.Review || before != nil && before.State == ticket.Review {
		return nil
	}
	if before != nil && before.Asked() != nil { // who asked for another draft sits at the desk
		return nil
	}
	for _, to := range s.notify {
		id := fmt.Sprintf("%s-%d", after.ID, len(after.History))
		n := ticket.Notice{ID: id, To: to, Turn: after.ID, Due: after.LastAt()}
		if err := put(tx.Bucket(bNotices), noticeKey(&n), n); err != nil {
			return err
		}
	}
	return nil
}

func noticeKey(n *ticket.Notice) []byte { return key(n.ID, n.To) }

// DueNotices gives the notices that may be given at now, and when the next after them is due (zero if there is
// none).
func (s *Store) DueNotices(now time.Time) (due []ticket.Notice, next time.Time, err error) {
	return dueOf(s, bNotices, now, func(n *ticket.Notice) time.Time { return n.Due })
}

// Notices gives all that wait, oldest turn first.
func (s *Store) Notices() (out []ticket.Notice, err error) {
	err = each(s, bNotices, func(n *ticket.Notice) error { out = append(out, *n); return nil })
	return out, err
}

// PutOffNotice keeps a notice for its next attempt.
func (s *Store) PutOffNotice(ctx context.Context, n ticket.Notice) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return put(tx.Bucket(bNotices), noticeKey(&n), n) })
}

// DropNotice ends a notice.
func (s *Store) DropNotice(ctx context.Context, n ticket.Notice) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return tx.Bucket(bNotices).Delete(noticeKey(&n)) })
}
