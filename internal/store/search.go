package store

import (
	"strings"
	"unicode"

	"go.etcd.io/bbolt"
	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of the search index and of a search.
const (
	maxWords   = 300 // different ones of one mail or draft
	maxWordLen = 32  // characters; longer ones are nobody's search
	maxAsked   = 8   // words of a search
	maxIndexed = 64 << 10
)

// present is the value of an entry that says all by its key.
var present = []byte{1}

// putWords adds what is new in a turn to the search index: word, turn id → nothing. A turn's mails and drafts
// only grow, so nothing is ever taken out.
func putWords(tx *bbolt.Tx, before, after *ticket.Turn) error {
	b := tx.Bucket(bWords)
	for _, k := range wordKeys(before, after) {
		if err := b.Put(k, present); err != nil {
			return err
		}
	}
	return nil
}

// wordKeys are the keys of the index for what is new in a turn.
func wordKeys(before, after *ticket.Turn) (out [][]byte) {
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
	for _, text := range texts {
		for _, w := range wordsOf(text, maxWords) {
			out = append(out, key(w, string(after.ID)))
		}
	}
	return out
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
		case r == 'ß':
			return 's'
		}
		return unicode.ToLower(mail.Digit(r))
	}, norm.NFKD.String(text))
}

func queryWords(text string) []string { return wordsOf(text, maxAsked) }
