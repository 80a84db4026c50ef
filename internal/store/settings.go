package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/settings"
)

// Settings gives the newest version of what was set at the desk; the zero Version if nothing ever was.
func (s *Store) Settings() (v settings.Version, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error { v, err = lastSettings(tx); return err })
	return v, err
}

func lastSettings(tx *bbolt.Tx) (v settings.Version, err error) {
	k, raw := tx.Bucket(bSettings).Cursor().Last()
	if k == nil {
		return v, nil
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		return v, fmt.Errorf("store: settings: %w", err)
	}
	return v, nil
}

// SetSettings keeps values as the version after base, with its line in the audit log. settings.ErrStale if base is no
// longer the newest. What changes nothing makes no version. The log names keys, never what was typed.
func (s *Store) SetSettings(ctx context.Context, base uint64, values settings.Values, by string, at time.Time) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		last, err := lastSettings(tx)
		if err != nil {
			return err
		}
		if last.N != base {
			return settings.ErrStale
		}
		changed := values.Changed(last.Values)
		if len(changed) == 0 {
			return nil
		}
		v := settings.Version{N: base + 1, At: at, By: by, Changed: changed, Values: values}
		if err := put(tx.Bucket(bSettings), seqKey(v.N), v); err != nil {
			return err
		}
		detail := fmt.Sprintf("version %d: %s", v.N, strings.Join(changed, ", "))
		return s.record(tx, audit.Entry{Who: by, At: at, What: audit.SettingsSet, Detail: detail})
	})
	if err == nil {
		s.announce()
	}
	return err
}

// SettingsHistory gives up to limit versions, newest first.
func (s *Store) SettingsHistory(limit int) (out []settings.Version, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bSettings).Cursor()
		for k, raw := c.Last(); k != nil && len(out) < limit; k, raw = c.Prev() {
			var v settings.Version
			if err := json.Unmarshal(raw, &v); err != nil {
				return fmt.Errorf("store: settings: %w", err)
			}
			out = append(out, v)
		}
		return nil
	})
	return out, err
}
