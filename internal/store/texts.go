package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/texts"
)

// Texts gives the newest version of every text that was ever changed at the desk, by its path.
func (s *Store) Texts() (out map[string]texts.Version, err error) {
	out = map[string]texts.Version{}
	err = s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bTexts).ForEach(func(k, raw []byte) error { // of one path in the order of the numbers
			var v texts.Version
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("store: texts: %w", err)
			}
			path, _, _ := strings.Cut(string(k), "\x00")
			out[path] = v
			return nil
		})
	})
	return out, err
}

// TextHistory gives up to limit versions of a text, newest first.
func (s *Store) TextHistory(path string, limit int) (out []texts.Version, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		return eachVersion(tx, path, func(v texts.Version) bool {
			out = append(out, v)
			return len(out) < limit
		})
	})
	return out, err
}

// eachVersion gives the versions of a text, newest first, until f gives false.
func eachVersion(tx *bbolt.Tx, path string, f func(texts.Version) bool) error {
	c := tx.Bucket(bTexts).Cursor()
	prefix := path + "\x00"
	newest := c.Prev
	if after, _ := c.Seek([]byte(path + "\x01")); after == nil {
		newest = c.Last
	}
	for k, raw := newest(); strings.HasPrefix(string(k), prefix); k, raw = c.Prev() {
		var v texts.Version
		if err := json.Unmarshal(raw, &v); err != nil {
			return fmt.Errorf("store: texts: %w", err)
		}
		if !f(v) {
			break
		}
	}
	return nil
}

// SetText keeps v as the version after base, with its line in the audit log, which names the path and never the text.
// texts.ErrStale if base is no longer the newest. What changes nothing makes no version.
func (s *Store) SetText(ctx context.Context, path string, base uint64, v texts.Version) error {
	if err := texts.Check(path, v); err != nil {
		return err
	}
	v.At = v.At.UTC().Truncate(time.Microsecond)
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		var last texts.Version
		if err := eachVersion(tx, path, func(v texts.Version) bool { last = v; return false }); err != nil {
			return err
		}
		switch {
		case last.N != base:
			return texts.ErrStale
		case last.Same(v):
			return nil
		case base == 0:
			if countTexts(tx) >= texts.MaxTexts {
				return texts.ErrMany
			}
		}
		v.N = base + 1
		if err := put(tx.Bucket(bTexts), append([]byte(path+"\x00"), seqKey(v.N)...), v); err != nil {
			return err
		}
		detail := fmt.Sprintf("%s version %d", path, v.N)
		if !v.Holds() {
			detail += ", back to what it was"
		} else if v.Removed {
			detail += ", removed"
		}
		return s.record(tx, audit.Entry{Who: v.By, At: v.At, What: audit.TextSet, Detail: detail})
	})
	if err == nil {
		s.announce()
	}
	return err
}

// countTexts counts the paths that have a version.
func countTexts(tx *bbolt.Tx) (n int) {
	c := tx.Bucket(bTexts).Cursor()
	for k, _ := c.First(); k != nil; n++ {
		path, _, _ := strings.Cut(string(k), "\x00")
		k, _ = c.Seek([]byte(path + "\x01"))
	}
	return n
}
