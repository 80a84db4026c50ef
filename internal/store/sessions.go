package store

import (
	"bytes"
	"context"
	"time"

	"go.etcd.io/bbolt"
)

// Find, Commit and Delete keep the desk's sessions in the shape that alexedwards/scs asks for (v2.9.0,
// interface Store). A session that has expired is not found.

// Find gives a session's data.
func (s *Store) Find(token string) (data []byte, found bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bSessions).Get([]byte(token))
		if len(v) >= 8 && unstamp(v[:8]).After(time.Now()) {
			data, found = bytes.Clone(v[8:]), true
		}
		return nil
	})
	return data, found, err
}

// Commit stores a session's data until expiry.
func (s *Store) Commit(token string, data []byte, expiry time.Time) error {
	return s.db.Batch(func(tx *bbolt.Tx) error {
		return tx.Bucket(bSessions).Put([]byte(token), append([]byte(stamp(expiry)), data...))
	})
}

// Delete ends a session.
func (s *Store) Delete(token string) error {
	return s.db.Batch(func(tx *bbolt.Tx) error { return tx.Bucket(bSessions).Delete([]byte(token)) })
}

// Sweep removes what has outlived its use: sessions that expired, counts of tries that are over, and body hashes older than two days.
func (s *Store) Sweep(ctx context.Context, now time.Time) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		for _, b := range [][]byte{bSessions, bTries} {
			if err := sweep(tx.Bucket(b), now); err != nil {
				return err
			}
		}
		return sweep(tx.Bucket(bBodies), now.Add(-48*time.Hour))
	})
}

// sweep deletes the entries of b whose value begins with a time before limit.
func sweep(b *bbolt.Bucket, limit time.Time) error {
	var old [][]byte
	err := b.ForEach(func(k, v []byte) error {
		if len(v) < 8 || unstamp(v[:8]).Before(limit) {
			old = append(old, bytes.Clone(k))
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range old {
		if err := b.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
