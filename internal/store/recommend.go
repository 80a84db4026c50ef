package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// maxAnswers bounds how often one answer is changed.
const maxAnswers = 20

// Ask notes that a customer is asked for a recommendation now, unless they were asked within ticket.AskEvery. It
// gives the asking that the turn's page may show; nil if it may show none.
func (s *Store) Ask(ctx context.Context, r ticket.Recommendation) (out *ticket.Recommendation, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		out = nil
		last, err := lastAsking(tx, r.Address)
		switch {
		case err != nil:
			return err
		case last == nil || !r.Asked.Before(last.Asked.Add(ticket.AskEvery)):
			out = &r
			return putAsking(tx, &r)
		case last.Turn == r.Turn: // the page that asked
			out = last
		}
		return nil
	})
	return out, err
}

// Recommend keeps an answer to the last asking of an address. ErrNotFound: that turn's page did not ask it.
func (s *Store) Recommend(ctx context.Context, address string, turn ticket.TurnID, score int, at time.Time) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		last, err := lastAsking(tx, address)
		if err != nil {
			return err
		}
		if last == nil || last.Turn != turn || len(last.Answers) >= maxAnswers {
			return ErrNotFound
		}
		last.Answers = append(last.Answers, ticket.Promotion{Score: score, At: at})
		return putAsking(tx, last)
	})
}

func lastAsking(tx *bbolt.Tx, address string) (*ticket.Recommendation, error) {
	b := tx.Bucket(bAskings)
	newest := listed(b, address, 1, true)
	if len(newest) == 0 {
		return nil, nil
	}
	return get[ticket.Recommendation](b, string(key(address, newest[0])))
}

func putAsking(tx *bbolt.Tx, r *ticket.Recommendation) error {
	return put(tx.Bucket(bAskings), key(r.Address, stamp(r.Asked)), r)
}

// EachRecommendation calls f for every time that a customer was asked, grouped by address.
func (s *Store) EachRecommendation(f func(*ticket.Recommendation) error) error {
	return each(s, bAskings, f)
}
