package store

import (
	"bytes"
	"slices"
	"strings"
	"unicode"

	"go.etcd.io/bbolt"
	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of the search index and of a search.
const (
	maxWords    = 300   // different ones of one mail or draft
	maxWordLen  = 32    // characters; longer ones are nobody's search
	maxAsked    = 8     // words of a search
	maxVariants = 16    // words that begin with one of the search
	maxPostings = 2_000 // turns that one search looks at
	maxIndexed  = 64 << 10
)

// present is the value of an entry that says all by its key.
var present = []byte{1}

// putWords adds what is new in a turn to the search index: word, turn id → nothing. A turn's mails and drafts
// only grow, so nothing is ever taken out.
func putWords(tx *bbolt.Tx, before, after *ticket.Turn) error {
	if before == nil {
		before = &ticket.Turn{}
	}
	var texts []string
	for _, m := range after.Mails[min(len(before.Mails), len(after.Mails)):] {
		texts = append(texts, m.Subject+" "+m.From+" "+m.Name+" "+m.Text)
	}
	for _, d := range after.Drafts[min(len(before.Drafts), len(after.Drafts)):] {
		texts = append(texts, d.Subject+" "+d.Text)
	}
	if f := after.Findings; f != nil && before.Findings == nil {
		var names []string
		for _, o := range f.Orders {
			names = append(names, o.Name)
		}
		texts = append(texts, strings.Join(names, " "))
	}
	if before.ID == "" {
		texts = append(texts, string(after.ID)+" "+string(after.Ticket))
	}
	b := tx.Bucket(bWords)
	for _, text := range texts {
		for _, w := range wordsOf(text, maxWords) {
			if err := b.Put(key(w, string(after.ID)), present); err != nil {
				return err
			}
		}
	}
	return nil
}

// wordsOf gives the different words of a text as the index knows them: lower case, without accents and vowel
// signs, Arabic letters as Persian keyboards write them, every script's digits as ASCII.
func wordsOf(text string, limit int) []string {
	if len(text) > maxIndexed {
		text = strings.ToValidUTF8(text[:maxIndexed], "")
	}
	seen := map[string]bool{}
	var out []string
	apart := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, w := range strings.FieldsFunc(fold(text), apart) {
		n := len([]rune(w))
		if n < 2 || n > maxWordLen || seen[w] {
			continue
		}
		seen[w] = true
		if out = append(out, w); len(out) == limit {
			break
		}
	}
	return out
}

// fold is what makes two spellings one word.
func fold(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < 0x80:
			return unicode.ToLower(r)
		case unicode.Is(unicode.Mn, r), r == '\u200c', r == '\u200d', r == 'ـ':
			return -1
		case r == 'ي', r == 'ى', r == 'ئ':
			return 'ی'
		case r == 'ك':
			return 'ک'
		case r == 'ة', r == 'ۀ':
			return 'ه'
		case r == 'أ', r == 'إ', r == 'ٱ':
			return 'ا'
		case r == 'ؤ':
			return 'و'
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r == 'ß':
			return 's'
		}
		return unicode.ToLower(r)
	}, norm.NFKD.String(text))
}

func queryWords(text string) []string { return wordsOf(text, maxAsked) }

// found looks up the turns that have all words, newest first. A word also finds longer ones that begin with it.
func found(tx *bbolt.Tx, q ticket.Query, words []string, after string, p *ticket.Page) error {
	b := tx.Bucket(bWords)
	var asked [][]string
	for _, w := range words {
		asked = append(asked, variants(b, w))
	}
	ids, cut := rarest(b, asked)
	p.Cut = cut
	need := wanted(q)
	for _, id := range ids {
		if after != "" && id >= after || !hasAll(b, id, asked) {
			continue
		}
		row, err := get[ticket.Row](tx.Bucket(bRows), id)
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
	return nil
}

// variants lists the words of the index that begin with w.
func variants(b *bbolt.Bucket, w string) (out []string) {
	c := b.Cursor()
	for k, _ := c.Seek([]byte(w)); bytes.HasPrefix(k, []byte(w)) && len(out) < maxVariants; {
		word, _, _ := bytes.Cut(k, []byte{0})
		out = append(out, string(word))
		k, _ = c.Seek(append(bytes.Clone(word), 1)) // past all turns of this word
	}
	return out
}

// rarest gives the turns of the word with the fewest, newest first. cut tells that even those were too many.
func rarest(b *bbolt.Bucket, asked [][]string) (best []string, cut bool) {
	most := maxPostings
	for i, list := range asked {
		var ids []string
		over := false
		for _, w := range list {
			ids = append(ids, listed(b, w, most+1, true)...)
			if over = len(ids) > most; over {
				break
			}
		}
		if i > 0 && (over || len(ids) >= len(best)) {
			continue
		}
		best, cut = ids, over
		most = min(most, max(len(ids), 1))
	}
	slices.Sort(best)
	slices.Reverse(best)
	best = slices.Compact(best)
	if len(best) > maxPostings {
		best, cut = best[:maxPostings], true
	}
	return best, cut
}

func hasAll(b *bbolt.Bucket, id string, asked [][]string) bool {
	for _, list := range asked {
		if !slices.ContainsFunc(list, func(w string) bool { return b.Get(key(w, id)) != nil }) {
			return false
		}
	}
	return true
}
