package store

import (
	"bytes"
	"container/heap"
	"encoding/hex"
	"encoding/json"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of one page of a search. Where it stops at them, it says so, and the next page goes on from there.
const (
	maxVariants = 200    // words that begin with one of the search
	maxSteps    = 12_000 // of cursors over the index, each a microsecond or less
	rowSteps    = 10     // what reading a row counts
)

// posting walks the turns of one word of the index, the newest first.
type posting struct {
	c    *bbolt.Cursor
	word []byte // with the zero byte behind it
	id   []byte // of the turn where it stands
}

// down moves to the newest turn that is not newer than id; false when there is none.
func (p *posting) down(id []byte) bool {
	want := append(bytes.Clone(p.word), id...)
	k, _ := p.c.Seek(want)
	switch {
	case k == nil:
		k, _ = p.c.Last()
	case !bytes.Equal(k, want):
		k, _ = p.c.Prev()
	}
	p.id = bytes.TrimPrefix(k, p.word)
	return bytes.HasPrefix(k, p.word)
}

// union walks the turns of all words that begin with one of the search: a heap with the newest on top.
type union []*posting

func (u union) Len() int           { return len(u) }
func (u union) Less(i, j int) bool { return bytes.Compare(u[i].id, u[j].id) > 0 }
func (u union) Swap(i, j int)      { u[i], u[j] = u[j], u[i] }
func (u *union) Push(x any)        { *u = append(*u, x.(*posting)) }

// Pop drops the last one.
func (u *union) Pop() any {
	last := (*u)[len(*u)-1]
	*u = (*u)[:len(*u)-1]
	return last
}

// newUnion finds the words that begin with w, and stands on the newest turn of each that is not newer than id. cut
// tells that there are more words.
func newUnion(b *bbolt.Bucket, w string, id []byte) (u *union, cut bool) {
	u = new(union)
	c := b.Cursor()
	n := 0
	for k, _ := c.Seek([]byte(w)); bytes.HasPrefix(k, []byte(w)); n++ {
		if n == maxVariants {
			cut = true
			break
		}
		end := bytes.IndexByte(k, 0) + 1
		p := &posting{c: b.Cursor(), word: bytes.Clone(k[:end])}
		if p.down(id) {
			*u = append(*u, p)
		}
		past := bytes.Clone(p.word)
		past[end-1] = 1 // behind all turns of this word
		k, _ = c.Seek(past)
	}
	heap.Init(u)
	return u, cut
}

// down gives the newest turn that is not newer than id; nil when there is none.
func (u *union) down(id []byte, steps *int) []byte {
	for len(*u) > 0 && bytes.Compare((*u)[0].id, id) > 0 {
		if *steps++; (*u)[0].down(id) {
			heap.Fix(u, 0)
		} else {
			heap.Pop(u)
		}
	}
	if len(*u) == 0 {
		return nil
	}
	return (*u)[0].id
}

// older is the greatest string of bytes below id: no turn's id lies between the two.
func older(id []byte) []byte {
	last := len(id) - 1
	if last < 0 || id[last] == 0 {
		return id[:max(last, 0)]
	}
	out := append(bytes.Clone(id), 0xff)
	out[last]--
	return out
}

// search is one look through the index for turns that have all words.
type search struct {
	asked []*union
	steps int
}

// next gives the newest turn with all words that is not newer than id: nil when there is none, or when the bound is
// reached; then stood is where to go on.
func (s *search) next(id []byte) (found, stood []byte) {
	for i := 0; i < len(s.asked); {
		if s.steps > maxSteps {
			return nil, id
		}
		got := s.asked[i].down(id, &s.steps)
		switch {
		case got == nil:
			return nil, nil
		case i > 0 && !bytes.Equal(got, id):
			i = 0
		default:
			i++
		}
		id = got
	}
	return bytes.Clone(id), nil
}

// found looks up the turns that have all words, newest first. A word also finds longer ones that begin with it.
func found(tx *bbolt.Tx, q ticket.Query, words []string, after string, p *ticket.Page) error {
	b, rows := tx.Bucket(bWords), tx.Bucket(bRows)
	from := []byte{0xff} // above all ids
	if after != "" {
		from = older([]byte(after))
	}
	var s search
	for _, w := range words {
		u, cut := newUnion(b, w, from)
		s.asked, p.Cut = append(s.asked, u), p.Cut || cut
	}
	need, hint := wanted(q), hints(q)
	for {
		id, stood := s.next(from)
		if stood != nil {
			p.Cut, p.Next = true, hex.EncodeToString(append(bytes.Clone(stood), 0))
		}
		if id == nil {
			return nil
		}
		from = older(id)
		if s.steps++; !hinted(rows.Get(id), hint) {
			continue
		}
		s.steps += rowSteps
		row, err := get[ticket.Row](rows, string(id))
		if err != nil {
			return err
		}
		if q.View != ticket.All && row.View != q.View || !fits(facets(row), need, q.Older) {
			continue
		}
		if len(p.Rows) == q.Limit {
			p.Next = q.Cursor(&p.Rows[len(p.Rows)-1])
			return nil
		}
		p.Rows = append(p.Rows, *row)
	}
}

// hints are what the JSON of a row must hold to fit a query, so that most of those that do not need not be read.
// Within a string of JSON quotes are escaped, so these are found where they mean what they say, or as another
// member's whole value; then the row is read and judged.
func hints(q ticket.Query) (out [][]byte) {
	add := func(name, value string) {
		if value == "" {
			return
		}
		text, err := json.Marshal(value)
		if err == nil {
			out = append(out, append([]byte(name), text...))
		}
	}
	if q.View != ticket.All {
		add(`"view":`, string(q.View))
	}
	if q.Assignee != ticket.Nobody {
		add(`"assignee":`, q.Assignee)
	}
	add(`"language":`, q.Language)
	add(`"alike":`, q.Alike)
	add("", string(q.Intent))
	add("", string(q.Flag))
	add("", q.Tag)
	return out
}

func hinted(row []byte, hints [][]byte) bool {
	for _, h := range hints {
		if !bytes.Contains(row, h) {
			return false
		}
	}
	return true
}
