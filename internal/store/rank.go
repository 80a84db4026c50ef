package store

import (
	"bytes"
	"context"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// stillWaiting are the views of what still waits for an answer.
var stillWaiting = []ticket.View{ticket.NeedsReview, ticket.Held, ticket.Failed, ticket.Waiting, ticket.Snoozed}

// Rank puts what still waits into the order of the promise that holds now, if that is another than the one by which
// it stands, and tells how many turns got another time. It is one transaction: nobody sees half an order. What was
// answered keeps its time.
func (s *Store) Rank(ctx context.Context) (changed int, err error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		p := s.promise()
		print := []byte(p.Fingerprint())
		if bytes.Equal(tx.Bucket(bMeta).Get([]byte("promise")), print) {
			return nil
		}
		for _, v := range stillWaiting {
			for _, id := range inView(tx, v) {
				moved, err := rank(tx, id, p)
				if err != nil {
					return err
				}
				if moved {
					changed++
				}
			}
		}
		return tx.Bucket(bMeta).Put([]byte("promise"), print)
	})
	if changed > 0 && err == nil {
		s.announce()
	}
	return changed, err
}

// inView lists the turns of a view.
func inView(tx *bbolt.Tx, v ticket.View) (ids []string) {
	prefix := []byte(list(v, 0, ""))
	c := tx.Bucket(bViews).Cursor()
	for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix) && len(k) > len(prefix)+8; k, _ = c.Next() {
		ids = append(ids, string(k[len(prefix)+8:]))
	}
	return ids
}

// rank gives one row its new time and moves its places in the views.
func rank(tx *bbolt.Tx, id string, p *ticket.Promise) (moved bool, err error) {
	t, err := get[ticket.Turn](tx.Bucket(bTurns), id)
	if err != nil {
		return false, err
	}
	row, err := get[ticket.Row](tx.Bucket(bRows), id)
	if err != nil {
		return false, err
	}
	by := t.AnswerBy(p)
	if row.AnswerBy.Equal(by) {
		return false, nil
	}
	views := tx.Bucket(bViews)
	for _, k := range lists(row) {
		if err := views.Delete([]byte(k)); err != nil {
			return false, err
		}
	}
	row.AnswerBy = by
	entry := facets(row)
	for _, k := range lists(row) {
		if err := views.Put([]byte(k), entry); err != nil {
			return false, err
		}
	}
	return true, put(tx.Bucket(bRows), []byte(id), row)
}
