package store

import (
	"context"
	"errors"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// Account reads one account; ErrNotFound if there is none of that name.
func (s *Store) Account(name string) (a *staff.Account, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		a, err = get[staff.Account](tx.Bucket(bAccounts), name)
		return err
	})
	return a, err
}

// Accounts gives all accounts, by name.
func (s *Store) Accounts() (out []*staff.Account, err error) {
	err = each(s, bAccounts, func(a *staff.Account) error {
		out = append(out, a)
		return nil
	})
	return out, err
}

// AddAccount stores a new account, and e with it.
func (s *Store) AddAccount(ctx context.Context, a staff.Account, e audit.Entry) error {
	if err := staff.CheckName(a.Name); err != nil {
		return err
	}
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bAccounts)
		if b.Get([]byte(a.Name)) != nil {
			return staff.ErrTaken
		}
		if err := put(b, []byte(a.Name), a); err != nil {
			return err
		}
		return s.record(tx, e)
	})
}

// ChangeAccount lets f alter an account and stores it, and e with it; an e without What records nothing. f may
// run twice. What would disable or demote the last owner fails with staff.ErrLastOwner.
func (s *Store) ChangeAccount(ctx context.Context, name string, e audit.Entry,
	f func(*staff.Account) error,
) (out *staff.Account, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bAccounts)
		a, err := get[staff.Account](b, name)
		if err != nil {
			return err
		}
		owned := runs(a)
		if err := f(a); err != nil {
			return err
		}
		a.Name = name
		if err := put(b, []byte(name), a); err != nil {
			return err
		}
		if owned && !runs(a) {
			if err := anyOwner(b); err != nil {
				return err
			}
		}
		out = a
		return s.record(tx, e)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// runs tells whether somebody can log in to this account and is owner.
func runs(a *staff.Account) bool {
	return a.Role == staff.Owner && !a.Disabled && (a.Hash != "" || a.Subject != "")
}

func anyOwner(b *bbolt.Bucket) error {
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		a, err := get[staff.Account](b, string(k))
		if err != nil {
			return err
		}
		if runs(a) {
			return nil
		}
	}
	return staff.ErrLastOwner
}

// Bootstrap brings in the accounts of the configuration file. A new entry makes an account. An entry whose hash
// was changed sets the password and lets its owner in again: so a lost password, or a lost second factor, is
// mended by the operator. An account whose entry was removed is disabled. What was changed at the desk stays.
func (s *Store) Bootstrap(ctx context.Context, users []staff.Account, now time.Time) error {
	listed := map[string]bool{}
	for _, u := range users {
		listed[u.Name] = true
	}
	return s.update(ctx, func(tx *bbolt.Tx) error {
		b := tx.Bucket(bAccounts)
		for _, u := range users {
			a, err := get[staff.Account](b, u.Name)
			if errors.Is(err, ErrNotFound) {
				a, err = &staff.Account{Name: u.Name, Created: now}, nil
			}
			if err != nil {
				return err
			}
			hash, role := staff.Bootstrapped(u.Hash), ":"+string(u.Role)
			if !strings.HasPrefix(a.Bootstrap, hash) {
				a.Hash, a.Disabled, a.TOTP, a.Recovery, a.Step = u.Hash, false, nil, nil, 0
			}
			if !strings.HasSuffix(a.Bootstrap, role) {
				a.Role = u.Role
			}
			if a.Bootstrap == hash+role {
				continue
			}
			a.Bootstrap = hash + role
			if err := put(b, []byte(u.Name), a); err != nil {
				return err
			}
		}
		return s.drop(tx, listed)
	})
}

// drop disables the accounts that came from the file and stand there no more.
func (s *Store) drop(tx *bbolt.Tx, listed map[string]bool) error {
	b := tx.Bucket(bAccounts)
	var gone []*staff.Account
	c := b.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		a, err := get[staff.Account](b, string(k))
		if err != nil {
			return err
		}
		if a.Bootstrap != "" && !listed[a.Name] {
			gone = append(gone, a)
		}
	}
	for _, a := range gone {
		a.Disabled, a.Bootstrap = true, ""
		if err := put(b, []byte(a.Name), a); err != nil {
			return err
		}
	}
	return nil
}
