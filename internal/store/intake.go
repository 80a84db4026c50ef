package store

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Intake is one mail on its way into the store: all of it is written in one transaction, and the cursor with it.
type Intake struct {
	Key    string      // dedupe key of the mail
	Raw    []byte      // as it came; what is larger than 1 MiB goes beside the file
	Cursor mail.Cursor // where the mailbox was read to; zero Folder for none
	Writer string      // address that the hashes are counted for
	Hashes []string    // of the normalised body and subject, for the gate's repetition rule

	Ticket *ticket.Ticket // the mail's ticket, new or changed
	Turn   *ticket.Turn   // the new turn; nil when the mail joins one
	// Join adds Mail to a received turn: a burst of mails is one turn.
	Join ticket.TurnID
	Mail ticket.Incoming
	Due  time.Time // when the joined turn may go on
	// Stop ends working turns of the ticket: a person answered it elsewhere.
	Stop string
	// Bounced is the turn whose reply this mail reports as undeliverable: it gets, once, a turn in review.
	Bounced ticket.TurnID
}

// ErrJoin: the turn to be joined has moved on; make a new one.
var ErrJoin = errors.New("store: the turn to join has moved on")

// maxInline is the largest raw mail that is kept inside the file. bbolt copies whole values on write and never
// shrinks, so large ones are better beside it.
const maxInline = 1 << 20

// TakeIn stores a mail. known is true, and nothing but the cursor is written, if the mail is there already.
func (s *Store) TakeIn(ctx context.Context, in Intake) (known bool, err error) {
	packed, err := s.pack(in.Raw)
	if err != nil {
		return false, err
	}
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		known = tx.Bucket(bSeen).Get([]byte(in.Key)) != nil
		if !known {
			if err := s.file(tx, in, packed); err != nil {
				return err
			}
		}
		return moveCursor(tx, in.Cursor)
	})
	if err == nil {
		s.announce()
	}
	return known, err
}

// file writes everything about a new mail.
func (s *Store) file(tx *bbolt.Tx, in Intake, packed []byte) error {
	turn, incoming := in.Join, in.Mail
	if in.Turn != nil {
		turn, incoming = in.Turn.ID, *in.Turn.Mail()
		fresh := *in.Turn // f may run twice: the version must not grow twice
		if err := s.putTurn(tx, nil, &fresh); err != nil {
			return err
		}
		if err := tx.Bucket(bTicket).Put(key(string(fresh.Ticket), string(fresh.ID)), nil); err != nil {
			return err
		}
	} else if err := s.join(tx, in); err != nil {
		return err
	}
	if err := putTicket(tx, withDesk(tx, in.Ticket)); err != nil {
		return err
	}
	if in.Stop != "" {
		if err := s.supersede(tx, in.Ticket.ID, in.Stop, incoming.Arrived); err != nil {
			return err
		}
	}
	if in.Bounced != "" {
		of, err := get[ticket.Turn](tx.Bucket(bTurns), string(in.Bounced))
		if err != nil {
			return err
		}
		err = s.reopen(tx, of, ticket.ByBounce, incoming.Arrived, "the reply came back as undeliverable")
		if err != nil {
			return err
		}
	}
	if incoming.MessageID != "" {
		if err := tx.Bucket(bMessages).Put([]byte(incoming.MessageID), []byte(in.Ticket.ID)); err != nil {
			return err
		}
	}
	for _, hash := range in.Hashes {
		if err := tx.Bucket(bBodies).Put(key(in.Writer, hash), []byte(stamp(incoming.Arrived))); err != nil {
			return err
		}
	}
	if err := tx.Bucket(bRaw).Put([]byte(in.Key), packed); err != nil {
		return err
	}
	return tx.Bucket(bSeen).Put([]byte(in.Key), []byte(turn))
}

func (s *Store) join(tx *bbolt.Tx, in Intake) error {
	before, err := get[ticket.Turn](tx.Bucket(bTurns), string(in.Join))
	if err != nil {
		return err
	}
	if before.State != ticket.Received {
		return ErrJoin
	}
	after := *before
	after.Mails = append(after.Mails[:len(after.Mails):len(after.Mails)], in.Mail)
	after.Due = in.Due
	after.Note(in.Mail.Arrived, "intake", "another mail of the customer joined this turn")
	return s.putTurn(tx, before, &after)
}

// supersede ends every working or reviewed turn of a ticket that has not been sent.
func (s *Store) supersede(tx *bbolt.Tx, id ticket.ID, why string, at time.Time) error {
	for _, turn := range listed(tx.Bucket(bTicket), string(id), 0, false) {
		before, err := get[ticket.Turn](tx.Bucket(bTurns), turn)
		if err != nil {
			return err
		}
		if !ticket.CanMove(before.State, ticket.Superseded) {
			continue
		}
		after := *before
		after.Move(at, "intake", ticket.Superseded, why)
		if err := s.putTurn(tx, before, &after); err != nil {
			return err
		}
	}
	return nil
}

func putTicket(tx *bbolt.Tx, t *ticket.Ticket) error {
	if err := put(tx.Bucket(bTickets), []byte(t.ID), t); err != nil {
		return err
	}
	return tx.Bucket(bCustomer).Put(key(t.Customer, string(t.ID)), nil)
}

// ChangeTicket lets f alter a ticket and stores it, and e with it; an e without What records nothing. f may run
// twice.
func (s *Store) ChangeTicket(ctx context.Context, id ticket.ID, e audit.Entry, f func(*ticket.Ticket) error) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		t, err := get[ticket.Ticket](tx.Bucket(bTickets), string(id))
		if err != nil {
			return err
		}
		if err := f(t); err != nil {
			return err
		}
		if err := putTicket(tx, t); err != nil {
			return err
		}
		return errors.Join(reindex(tx, t, s.promise()), s.recordTicket(tx, e, t))
	})
}

// moveCursor never moves a cursor back within one UIDVALIDITY.
func moveCursor(tx *bbolt.Tx, c mail.Cursor) error {
	if c.Folder == "" {
		return nil
	}
	k := key(c.Account, c.Folder)
	old, err := get[mail.Cursor](tx.Bucket(bCursors), string(k))
	if err == nil && old.UIDValidity == c.UIDValidity && old.UID >= c.UID {
		return nil
	}
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	return put(tx.Bucket(bCursors), k, c)
}

// Cursor tells how far a folder has been read; the zero UID if it never was.
func (s *Store) Cursor(account, folder string) (mail.Cursor, error) {
	out := mail.Cursor{Account: account, Folder: folder}
	err := s.db.View(func(tx *bbolt.Tx) error {
		c, err := get[mail.Cursor](tx.Bucket(bCursors), string(key(account, folder)))
		if err == nil {
			out = *c
		}
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		return err
	})
	return out, err
}

// MoveCursor stores how far a folder has been read, where no mail goes with it.
func (s *Store) MoveCursor(ctx context.Context, c mail.Cursor) error {
	return s.update(ctx, func(tx *bbolt.Tx) error { return moveCursor(tx, c) })
}

// Seen tells whether a mail is stored under key, and as part of which turn.
func (s *Store) Seen(mailKey string) (turn ticket.TurnID, ok bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		v := tx.Bucket(bSeen).Get([]byte(mailKey))
		turn, ok = ticket.TurnID(v), v != nil
		return nil
	})
	return turn, ok, err
}

// EachSeen calls f with the key of every mail and the turn that holds it.
func (s *Store) EachSeen(f func(mailKey string, turn ticket.TurnID) error) error {
	type line struct{ key, turn string }
	var all []line // short strings only; a View must not stay open while f reads and writes
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(bSeen).ForEach(func(k, v []byte) error {
			all = append(all, line{string(k), string(v)})
			return nil
		})
	})
	for i := 0; err == nil && i < len(all); i++ {
		err = f(all[i].key, ticket.TurnID(all[i].turn))
	}
	return err
}

// A packed mail begins with 'z' (gzip follows) or 'f' (the name of a gzip file in the folder raw follows).
func (s *Store) pack(raw []byte) ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('z')
	zw, _ := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	_, _ = zw.Write(raw)
	if err := zw.Close(); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if b.Len() <= maxInline {
		return b.Bytes(), nil
	}
	sum := sha256.Sum256(raw)
	name := hex.EncodeToString(sum[:]) + ".eml.gz"
	if err := writeFile(filepath.Join(s.dir, "raw", name), b.Bytes()[1:]); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	return append([]byte("f"), name...), nil
}

// writeFile makes a file that is whole on the disk, or not there under its name.
func writeFile(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Raw gives a mail's bytes as they came.
func (s *Store) Raw(mailKey string) ([]byte, error) {
	var packed []byte
	err := s.db.View(func(tx *bbolt.Tx) error {
		packed = bytes.Clone(tx.Bucket(bRaw).Get([]byte(mailKey)))
		return nil
	})
	if err != nil || len(packed) == 0 {
		return nil, errors.Join(err, ErrNotFound)
	}
	if packed[0] == 'f' {
		if packed, err = os.ReadFile(filepath.Join(s.dir, "raw", filepath.Base(string(packed[1:])))); err != nil {
			return nil, fmt.Errorf("store: %w", err)
		}
		packed = append([]byte("z"), packed...)
	}
	zr, err := gzip.NewReader(bytes.NewReader(packed[1:]))
	if err != nil {
		return nil, fmt.Errorf("store: raw mail: %w", err)
	}
	return io.ReadAll(zr)
}
