package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.etcd.io/bbolt"
)

// Backup writes a whole copy of the store into dir, which must not hold one. It may run while replyd works:
// the copy is one moment's. Raw mails beside the file are linked, or copied onto another disk.
func (s *Store) Backup(dir string) error {
	if err := os.MkdirAll(filepath.Join(dir, "raw"), 0o700); err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	path := filepath.Join(dir, "replyd.db")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("store: backup: %s is there already; choose an empty folder", path)
	}
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		_, err := tx.WriteTo(f)
		return err
	})
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	return s.copyRaw(filepath.Join(dir, "raw"))
}

func (s *Store) copyRaw(to string) error {
	files, err := os.ReadDir(filepath.Join(s.dir, "raw"))
	if err != nil {
		return fmt.Errorf("store: backup: %w", err)
	}
	for _, e := range files {
		from, dest := filepath.Join(s.dir, "raw", e.Name()), filepath.Join(to, e.Name())
		if os.Link(from, dest) == nil {
			continue
		}
		if err := copyFile(from, dest); err != nil {
			return fmt.Errorf("store: backup: %w", err)
		}
	}
	return nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
