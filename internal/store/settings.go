package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/settings"
)

// Settings gives the newest version of what was set at the desk; the zero Version if nothing ever was.
func (s *Store) Settings() (v settings.Version, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error { v, err = lastSettings(tx); return err })
	return v, err
}

// ErrInUse: another process holds the store open.
var ErrInUse = errors.New("store: in use by another replyd")

// SettingsIn reads the newest version of what was set at the desk from the store in dir, without changing anything
// there. fs.ErrNotExist without a store, ErrInUse while a daemon runs.
func SettingsIn(dir string) (v settings.Version, err error) {
	path := filepath.Join(dir, "replyd.db")
	if _, err := os.Stat(path); err != nil {
		return v, fmt.Errorf("store: %w", err)
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: 300 * time.Millisecond, ReadOnly: true})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return v, ErrInUse
	}
	if err != nil {
		return v, fmt.Errorf("store: %s: %w", path, err)
	}
	defer db.Close()
	err = db.View(func(tx *bbolt.Tx) error {
		if tx.Bucket(bSettings) != nil { // older files have none
			v, err = lastSettings(tx)
		}
		return err
	})
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

// SetSettings keeps v's values as the version after base, with its line in the audit log. settings.ErrStale if base is
// no longer the newest. What changes nothing makes no version. The log names keys, never what was typed.
func (s *Store) SetSettings(ctx context.Context, base uint64, v settings.Version) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		last, err := lastSettings(tx)
		if err != nil {
			return err
		}
		if last.N != base {
			return settings.ErrStale
		}
		v := v // this may run twice
		v.N, v.Changed = base+1, v.Values.Changed(last.Values)
		if len(v.Changed) == 0 {
			return nil
		}
		if err := put(tx.Bucket(bSettings), seqKey(v.N), v); err != nil {
			return err
		}
		detail := fmt.Sprintf("version %d: %s", v.N, strings.Join(v.Changed, ", "))
		if v.Back != nil {
			detail += fmt.Sprintf("; back to version %d", *v.Back)
		}
		return s.record(tx, audit.Entry{Who: v.By, At: v.At, What: audit.SettingsSet, Detail: detail})
	})
	if err == nil {
		s.announce()
	}
	return err
}

// SettingsVersion gives one version; the zero Version for 0, before anything was set. settings.ErrNoVersion if there is
// none.
func (s *Store) SettingsVersion(n uint64) (v settings.Version, err error) {
	if n == 0 {
		return v, nil
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		raw := tx.Bucket(bSettings).Get(seqKey(n))
		if raw == nil {
			return settings.ErrNoVersion
		}
		return json.Unmarshal(raw, &v)
	})
	return v, err
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
