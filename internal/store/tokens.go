package store

import (
	"context"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// AddToken stores a new API token, and e with it.
func (s *Store) AddToken(ctx context.Context, t staff.Token, e audit.Entry) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if err := put(tx.Bucket(bTokens), []byte(t.Hash), t); err != nil {
			return err
		}
		return s.record(tx, e)
	})
}

// Tokens gives all API tokens.
func (s *Store) Tokens() (out []*staff.Token, err error) {
	err = each(s, bTokens, func(t *staff.Token) error {
		out = append(out, t)
		return nil
	})
	return out, err
}

// TokenOf finds the token of a key and the account that it acts for; ErrNotFound if there is none. The key is
// looked up by its digest, so the time that takes tells nothing about keys.
func (s *Store) TokenOf(key string) (t *staff.Token, a *staff.Account, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		if t, err = get[staff.Token](tx.Bucket(bTokens), staff.Digest(key)); err != nil {
			return err
		}
		a, err = get[staff.Account](tx.Bucket(bAccounts), t.Account)
		return err
	})
	return t, a, err
}

// UseToken notes when a token was used.
func (s *Store) UseToken(ctx context.Context, hash string, at time.Time) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		t, err := get[staff.Token](tx.Bucket(bTokens), hash)
		if err != nil {
			return err
		}
		t.Used = at
		return put(tx.Bucket(bTokens), []byte(hash), t)
	})
}

// RevokeToken ends the token with this id. It must be of this account, unless the account is empty.
func (s *Store) RevokeToken(ctx context.Context, id, account string, e audit.Entry) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bTokens)
		c := b.Cursor()
		for k, _ := c.First(); k != nil; k, _ = c.Next() {
			t, err := get[staff.Token](b, string(k))
			if err != nil {
				return err
			}
			if t.ID != id || account != "" && t.Account != account {
				continue
			}
			if err := b.Delete([]byte(t.Hash)); err != nil {
				return err
			}
			return s.record(tx, e)
		}
		return ErrNotFound
	})
}

// Try counts one try against all limits, or against none of them, and tells how long to wait when one is
// reached. The counts outlive a restart. Each is one time: when the budget is whole again (GCRA, the generic
// cell rate algorithm of ITU-T I.371).
func (s *Store) Try(ctx context.Context, now time.Time, limits ...staff.Tries) (wait time.Duration, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		wait = 0
		b := tx.Bucket(bTries)
		next := make([]time.Time, len(limits))
		for i, l := range limits {
			whole := now
			if v := b.Get(s.tryKey(l.Key)); len(v) == 8 && unstamp(v).After(now) {
				whole = unstamp(v)
			}
			if over := whole.Sub(now) - time.Duration(l.Burst-1)*l.Every; over > wait {
				wait = over
			}
			next[i] = whole.Add(l.Every)
		}
		if wait > 0 {
			return nil
		}
		for i, l := range limits {
			if err := b.Put(s.tryKey(l.Key), []byte(stamp(next[i]))); err != nil {
				return err
			}
		}
		return nil
	})
	return wait, err
}

// Forgive makes the budget of a key whole again.
func (s *Store) Forgive(ctx context.Context, key string) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return tx.Bucket(bTries).Delete(s.tryKey(key)) })
}

func (s *Store) tryKey(key string) []byte { return []byte(audit.Customer(s.secret, "try:"+key)) }
