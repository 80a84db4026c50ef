// Package store keeps tickets, turns, raw mail, cursors, outbox, contacts and ratings in one bbolt file.
//
// Keys sort by time; every secondary index is a bucket that is written in the same transaction as what it
// points to. Writes are grouped (bbolt's Batch), so the functions given to them may run twice. ticket.Check
// judges every change of a turn: what it forbids cannot be stored.
package store

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"github.com/replyd/replyd/internal/ticket"
)

// Buckets. An index key is its parts joined by a zero byte; times are 8 bytes, big endian, Unix nanoseconds.
var (
	bMeta     = []byte("meta")        // "schema", "secret", "activated", "promise"
	bTickets  = []byte("tickets")     // ticket id → Ticket
	bTurns    = []byte("turns")       // turn id → Turn
	bState    = []byte("by_state")    // state, turn id → nothing
	bDue      = []byte("by_due")      // time, turn id → nothing
	bTicket   = []byte("by_ticket")   // ticket id, turn id → nothing
	bCustomer = []byte("by_customer") // address, ticket id → nothing
	bMessages = []byte("messages")    // Message-ID, or the provider's bare id → ticket id
	bSeen     = []byte("seen")        // key of a mail → turn id
	bBodies   = []byte("bodies")      // address, hash of a normalised body → time
	bRaw      = []byte("raw")         // key of a mail → gzip, or the name of a file beside
	bCursors  = []byte("cursors")     // account, folder → Cursor
	bOutbox   = []byte("outbox")      // time, turn id → Sending
	bSentTo   = []byte("sent_to")     // address, time, turn id → "auto" or "person"
	bEvents   = []byte("events")      // turn id, time, kind → DeliveryEvent
	bContacts = []byte("contacts")    // address → Contact
	bRatings  = []byte("ratings")     // turn id, time → Rating
	bSessions = []byte("sessions")    // token → expiry, data
	bPushes   = []byte("pushes")      // address → Push
	bLedger   = []byte("ledger")      // day → micros spent on models
	bAccounts = []byte("accounts")    // name → Account
	bTokens   = []byte("tokens")      // digest of the key → Token
	bTries    = []byte("tries")       // digest of what is counted → when its budget is whole again
	bAudit    = []byte("audit")       // sequence number, 8 bytes → Entry
	bRows     = []byte("rows")        // turn id → Row
	bViews    = []byte("views")       // view, maybe a facet, rank (8 bytes) and turn id → since, facets
	bCounts   = []byte("counts")      // view → how many turns stand in it
	bWords    = []byte("words")       // word, turn id → present; see search.go
	bSaved    = []byte("saved_views") // user, name → query
	bSettings = []byte("settings")    // number, 8 bytes → Version
	bTexts    = []byte("texts")       // path, number (8 bytes) → Version of a text
	bNotices  = []byte("notices")     // id, name → Notice
	bAskings  = []byte("askings")     // address, time → Recommendation
	bCopies   = []byte("copies")      // turn id → Copy
	bCopyWork = []byte("copy_work")   // turn id → CopyWork
)

var buckets = [][]byte{
	bMeta, bTickets, bTurns, bState, bDue, bTicket, bCustomer, bMessages, bSeen, bBodies, bRaw, bCursors, bOutbox,
	bAccounts, bTokens, bTries, bAudit, bSentTo, bEvents, bContacts, bRatings, bSessions, bLedger, bPushes,
	bRows, bViews, bCounts, bWords, bSaved, bSettings, bTexts, bNotices, bAskings,
	bCopies, bCopyWork,
}

var (
	// ErrNotFound: there is nothing under that id.
	ErrNotFound = errors.New("store: not found")
	// ErrVersion: the turn changed since it was read.
	ErrVersion = errors.New("store: the turn has changed meanwhile")
)

// Store is one open file. All methods may be called at once from many goroutines.
type Store struct {
	db        *bbolt.DB
	dir       string
	ceiling   Ceiling
	secret    []byte
	activated time.Time
	notify    []string
	copies    []string
	promise   func() *ticket.Promise
	remember  func(*ticket.Contact, *ticket.Turn)

	mu      sync.Mutex
	wake    chan struct{} // closed and replaced when something became due
	changes int64         // grows with every change; begins where no earlier run has been
}

// Options of a store.
type Options struct {
	// Ceiling is asked, within the transaction that saves it, whether an automatic answer may go out. Nil
	// means that there is no limit.
	Ceiling Ceiling
	// Notify names who is told of every turn that enters review.
	Notify []string
	// Copies names the accounts whose Drafts folders hold drafts in review.
	Copies []string
	// Promise gives until when customers should be answered, as it holds now: the order of what waits. Nil counts the
	// default targets round the clock. After a change of what it gives, Rank is to be called.
	Promise func() *ticket.Promise
	// Remember notes on a customer's record, within the transaction that ends the turn, an answer that a person gave
	// by hand; once however often it is called. Nil keeps no such record.
	Remember func(*ticket.Contact, *ticket.Turn)
	// NoSync trades safety against crashes for speed. For tests and the demo.
	NoSync bool
}

// Open opens or makes the store in dir. A store that another process holds open is an error after 3 seconds.
func Open(dir string, o Options) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "raw"), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	path := filepath.Join(dir, "replyd.db")
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{
		Timeout: 3 * time.Second, FreelistType: bbolt.FreelistMapType, NoSync: o.NoSync,
	})
	if errors.Is(err, bolterrors.ErrTimeout) {
		return nil, fmt.Errorf("store: %s is in use by another replyd; stop it first, or use another data folder", path)
	}
	if err != nil {
		return nil, fmt.Errorf("store: %s: %w", path, err)
	}
	// One lone writer would wait the default 10 ms for company; 1 ms keeps grouping and 1,000 writes a second.
	db.MaxBatchDelay = time.Millisecond
	s := &Store{db: db, dir: dir, ceiling: o.Ceiling, notify: o.Notify, copies: o.Copies, promise: o.Promise,
		remember: o.Remember, wake: make(chan struct{}), changes: time.Now().UnixNano()}
	if standard := ticket.DefaultPromise(); s.promise == nil {
		s.promise = func() *ticket.Promise { return &standard }
	}
	if err := s.db.Update(s.prepare); err != nil {
		db.Close()
		return nil, err
	}
	return s, nil
}

// prepare makes the buckets, brings an older file up to date and reads the secret.
func (s *Store) prepare(tx *bbolt.Tx) error {
	fresh := tx.Bucket(bMeta) == nil
	for _, b := range buckets {
		if _, err := tx.CreateBucketIfNotExists(b); err != nil {
			return fmt.Errorf("store: %w", err)
		}
	}
	if err := migrate(tx, fresh); err != nil {
		return err
	}
	meta := tx.Bucket(bMeta)
	if v := meta.Get([]byte("activated")); v != nil {
		s.activated = unstamp(v)
	} else {
		s.activated = time.Now().UTC()
		if err := meta.Put([]byte("activated"), []byte(stamp(s.activated))); err != nil {
			return err
		}
	}
	if v := meta.Get([]byte("secret")); v != nil {
		s.secret = append([]byte(nil), v...)
		return nil
	}
	s.secret = make([]byte, 32)
	_, _ = rand.Read(s.secret) // never fails (crypto/rand, Go 1.24)
	return meta.Put([]byte("secret"), s.secret)
}

// Close ends all work. Reads and writes after it fail.
func (s *Store) Close() error { return s.db.Close() }

// Secret is the random key of this installation, under which Message-IDs and rating links are signed. It is
// made once and is part of every backup.
func (s *Store) Secret() []byte { return s.secret }

// Activated is when this store was made: mail from before is nobody's to answer.
func (s *Store) Activated() time.Time { return s.activated }

// update runs f in a grouped write. f may run twice.
func (s *Store) update(ctx context.Context, f func(tx *bbolt.Tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.db.Batch(f)
}

// Changed gives a channel that is closed when something became due after the call.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wake
}

// Changes gives a number that is another one after every change, and in every run.
func (s *Store) Changes() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changes
}

func (s *Store) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changes++
	close(s.wake)
	s.wake = make(chan struct{})
}

func get[T any](b *bbolt.Bucket, key string) (*T, error) {
	raw := b.Get([]byte(key))
	if raw == nil {
		return nil, ErrNotFound
	}
	v := new(T)
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, fmt.Errorf("store: damaged record %q: %w", key, err)
	}
	return v, nil
}

func put(b *bbolt.Bucket, key []byte, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return b.Put(key, raw)
}

// key joins parts by zero bytes.
func key(parts ...string) []byte {
	n := len(parts)
	for _, p := range parts {
		n += len(p)
	}
	out := make([]byte, 0, n)
	for i, p := range parts {
		if i > 0 {
			out = append(out, 0)
		}
		out = append(out, p...)
	}
	return out
}

// stamp is a time that sorts as bytes. Times before 1970 count as 1970.
func stamp(t time.Time) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(max(t.UnixNano(), 0)))
	return string(b[:])
}

func unstamp(b []byte) time.Time {
	return time.Unix(0, int64(binary.BigEndian.Uint64(b))).UTC()
}
