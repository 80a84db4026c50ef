package store

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// maxScanned bounds how many entries of a view one page looks at: with filters that nothing fits, a page ends
// there and says so.
const maxScanned = 20_000

func nanos(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }

// lists gives the lists in which a row stands: its view and All, and of each the part with each of its facets that
// are rare, so that looking for one of those does not look at all the others.
func lists(r *ticket.Row) (out []string) {
	for _, v := range []ticket.View{r.View, ticket.All} {
		place := string(r.Place(v))
		add := func(kind byte, value string) { out = append(out, list(v, kind, value)+place) }
		add(0, "")
		for _, tag := range r.Tags {
			add('t', tag)
		}
		for _, f := range r.Flags {
			add('f', string(f))
		}
		if r.Assignee != "" {
			add('a', r.Assignee)
		}
		if r.Alike != "" {
			add('k', r.Alike)
		}
	}
	return out
}

// list is the beginning of the keys of a view, or of the part of it with one facet.
func list(v ticket.View, kind byte, value string) string {
	if kind == 0 {
		return string(v) + "\x00"
	}
	return string(v) + "\x01" + string(kind) + value + "\x00"
}

// shortest is the list that a query has to walk.
func shortest(q *ticket.Query) string {
	switch {
	case q.Tag != "":
		return list(q.View, 't', q.Tag)
	case q.Alike != "":
		return list(q.View, 'k', q.Alike)
	case q.Assignee != "" && q.Assignee != ticket.Nobody:
		return list(q.View, 'a', q.Assignee)
	case q.Flag != "":
		return list(q.View, 'f', string(q.Flag))
	}
	return list(q.View, 0, "")
}

// An entry of a view is the time since when the customer waits, 8 bytes, and what a row can be filtered by, each
// between bytes 0x1f: a filter is a search for bytes, without reading the row.
const sep = 0x1f

func facets(r *ticket.Row) []byte {
	out := binary.BigEndian.AppendUint64(nil, nanos(r.Since))
	add := func(kind byte, value string) {
		if value != "" {
			out = append(append(append(out, sep, kind), value...), sep)
		}
	}
	for _, i := range r.Intents {
		add('i', string(i))
	}
	for _, f := range r.Flags {
		add('f', string(f))
	}
	for _, tag := range r.Tags {
		add('t', tag)
	}
	add('l', r.Language)
	add('k', r.Alike)
	if r.Assignee == "" {
		add('a', ticket.Nobody)
	}
	add('a', r.Assignee)
	return out
}

// wanted gives what an entry must hold to fit a query.
func wanted(q ticket.Query) (out [][]byte) {
	for kind, value := range map[byte]string{'i': string(q.Intent), 'f': string(q.Flag), 't': q.Tag,
		'l': q.Language, 'k': q.Alike, 'a': q.Assignee} {
		if value != "" {
			out = append(out, append(append([]byte{sep, kind}, value...), sep))
		}
	}
	return out
}

// putRow writes a turn's row and its places in the views, which depend on when p promises the answer.
func putRow(tx *bbolt.Tx, t *ticket.Turn, tick *ticket.Ticket, p *ticket.Promise) error {
	views, rows := tx.Bucket(bViews), tx.Bucket(bRows)
	id := string(t.ID)
	old, err := get[ticket.Row](rows, id)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	row := ticket.NewRow(t, tick, p)
	if old != nil {
		for _, k := range lists(old) {
			if err := views.Delete([]byte(k)); err != nil {
				return err
			}
		}
	}
	if err := move(tx, old, &row); err != nil {
		return err
	}
	entry := facets(&row)
	for _, k := range lists(&row) {
		if err := views.Put([]byte(k), entry); err != nil {
			return err
		}
	}
	return put(rows, []byte(id), row)
}

// move keeps count of the views.
func move(tx *bbolt.Tx, old, row *ticket.Row) error {
	if old != nil && old.View == row.View {
		return nil
	}
	if old != nil {
		if err := count(tx, old.View, -1); err != nil {
			return err
		}
	} else if err := count(tx, ticket.All, 1); err != nil {
		return err
	}
	return count(tx, row.View, 1)
}

func count(tx *bbolt.Tx, v ticket.View, by int) error {
	b := tx.Bucket(bCounts)
	n, _ := strconv.Atoi(string(b.Get([]byte(v))))
	return b.Put([]byte(v), strconv.AppendInt(nil, int64(n+by), 10))
}

// reindex writes the rows of all turns of a ticket anew.
func reindex(tx *bbolt.Tx, tick *ticket.Ticket, p *ticket.Promise) error {
	for _, id := range listed(tx.Bucket(bTicket), string(tick.ID), 0, false) {
		t, err := get[ticket.Turn](tx.Bucket(bTurns), id)
		if err != nil {
			return err
		}
		if err := putRow(tx, t, tick, p); err != nil {
			return err
		}
	}
	return nil
}

// index builds the views and the search index of a file that has none. Rank puts the rows in the owner's order.
func index(tx *bbolt.Tx) error {
	p := ticket.DefaultPromise()
	return tx.Bucket(bTurns).ForEach(func(k, _ []byte) error {
		t, err := get[ticket.Turn](tx.Bucket(bTurns), string(k))
		if err != nil {
			return err
		}
		tick, err := get[ticket.Ticket](tx.Bucket(bTickets), string(t.Ticket))
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		if err := putRow(tx, t, tick, &p); err != nil {
			return err
		}
		return putWords(tx, nil, t)
	})
}

// CountViews tells how many turns each view holds. Of what was answered only that since a time counts.
func (s *Store) CountViews(since time.Time) (map[ticket.View]int, error) {
	out := map[ticket.View]int{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		for _, v := range ticket.Views {
			out[v], _ = strconv.Atoi(string(tx.Bucket(bCounts).Get([]byte(v))))
		}
		out[ticket.AnsweredView] = 0
		c := tx.Bucket(bViews).Cursor()
		prefix := append([]byte(ticket.AnsweredView), 0)
		last := ^nanos(since)
		for k, _ := c.Seek(prefix); bytes.HasPrefix(k, prefix); k, _ = c.Next() {
			if binary.BigEndian.Uint64(k[len(prefix):]) > last {
				break
			}
			out[ticket.AnsweredView]++
		}
		return nil
	})
	return out, err
}

// ErrCursor: the cursor of a query is not one that a page gave.
var ErrCursor = errors.New("store: not a cursor")

// Rows gives a page of a view. A cursor stays good whatever happens to the rows before it.
func (s *Store) Rows(q ticket.Query) (p ticket.Page, err error) {
	if q.Limit <= 0 {
		q.Limit = 50
	}
	after, err := hex.DecodeString(q.After)
	if err != nil || len(after) > 0 && len(after) < 9 || len(after) > 100 {
		return p, ErrCursor
	}
	err = s.db.View(func(tx *bbolt.Tx) error {
		if words := queryWords(q.Words); len(words) > 0 {
			return found(tx, q, words, string(after), &p)
		}
		return scan(tx, q, after, &p)
	})
	return p, err
}

// scan walks a view from the cursor on.
func scan(tx *bbolt.Tx, q ticket.Query, after []byte, p *ticket.Page) error {
	prefix := []byte(shortest(&q))
	c, need := tx.Bucket(bViews).Cursor(), wanted(q)
	start := append(bytes.Clone(prefix), after...)
	k, v := c.Seek(start)
	if len(after) > 0 && bytes.Equal(k, start) {
		k, v = c.Next()
	}
	for n := 0; bytes.HasPrefix(k, prefix) && len(k) > len(prefix)+8; k, v = c.Next() {
		place := k[len(prefix):]
		if !q.From.IsZero() && binary.BigEndian.Uint64(place) > ^nanos(q.From) {
			return nil // newest first: the rest is older
		}
		if n++; n > maxScanned {
			p.Cut = true
			return nil
		}
		if !fits(v, need, q.Older) {
			p.Next = hex.EncodeToString(place)
			continue
		}
		if len(p.Rows) == q.Limit {
			p.Next = q.Cursor(&p.Rows[len(p.Rows)-1])
			return nil
		}
		row, err := get[ticket.Row](tx.Bucket(bRows), string(place[8:]))
		if err != nil {
			return err
		}
		p.Rows = append(p.Rows, *row)
	}
	p.Next = ""
	return nil
}

func fits(entry []byte, need [][]byte, older time.Time) bool {
	if !older.IsZero() && binary.BigEndian.Uint64(entry) >= nanos(older) {
		return false
	}
	for _, n := range need {
		if !bytes.Contains(entry[8:], n) {
			return false
		}
	}
	return true
}

// Wake ends the snoozing of what was put off until now or before.
func (s *Store) Wake(ctx context.Context, now time.Time) error {
	for {
		late, err := s.overslept(now)
		if err != nil || !late {
			return err
		}
		p, err := s.Rows(ticket.Query{View: ticket.Snoozed, Limit: 100})
		if err != nil || len(p.Rows) == 0 || p.Rows[0].Snoozed.After(now) {
			return err
		}
		for _, r := range p.Rows {
			if r.Snoozed.After(now) {
				return nil
			}
			_, err := s.Change(ctx, r.ID, 0, func(t *ticket.Turn) error {
				if !t.Snoozed.IsZero() && !t.Snoozed.After(now) {
					t.Snoozed = time.Time{}
					t.Note(now, "desk", "back from being snoozed")
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
	}
}

// overslept tells, without reading a row, whether anything is to be woken: every look at the queue asks.
func (s *Store) overslept(now time.Time) (late bool, err error) {
	prefix := []byte(list(ticket.Snoozed, 0, ""))
	err = s.db.View(func(tx *bbolt.Tx) error {
		k, _ := tx.Bucket(bViews).Cursor().Seek(prefix)
		late = bytes.HasPrefix(k, prefix) && len(k) > len(prefix)+8 &&
			binary.BigEndian.Uint64(k[len(prefix):]) <= nanos(now)
		return nil
	})
	return late, err
}

// SaveView keeps a query of a member of staff under a name; an empty query removes it.
func (s *Store) SaveView(ctx context.Context, user, name, query string) error {
	if strings.ContainsRune(user+name, 0) || name == "" {
		return fmt.Errorf("store: a saved view needs a plain name")
	}
	return s.update(ctx, func(tx *bbolt.Tx) error {
		if query == "" {
			return tx.Bucket(bSaved).Delete(key(user, name))
		}
		return tx.Bucket(bSaved).Put(key(user, name), []byte(query))
	})
}

// SavedView is a query that a member of staff keeps.
type SavedView = struct{ Name, Query string }

// SavedViews lists the queries that a member of staff keeps, by name.
func (s *Store) SavedViews(user string) (out []SavedView, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, name := range listed(tx.Bucket(bSaved), user, 100, false) {
			out = append(out, SavedView{name, string(tx.Bucket(bSaved).Get(key(user, name)))})
		}
		return nil
	})
	return out, err
}
