package replay

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/shop"
)

// maxWords bounds the words of one reply that are compared.
const maxWords = 2000

// Similarity is the share of words that two replies have in common: different words in both, divided by different
// words in either (Jaccard index), from 0 to 1. Words are compared in lower case, without accents, with ASCII
// digits and one form of each Persian letter. Two answers that say the same in their own words reach about 0.2 to
// 0.4; above 0.6 somebody used the same text. Two texts without words count as alike.
func Similarity(a, b string) float64 {
	left, right := wordSet(a), wordSet(b)
	if len(left) == 0 && len(right) == 0 {
		return 1
	}
	both := 0
	for w := range left {
		if right[w] {
			both++
		}
	}
	return float64(both) / float64(len(left)+len(right)-both)
}

func wordSet(s string) map[string]bool {
	out := map[string]bool{}
	words := strings.FieldsFunc(plain(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	for _, w := range words {
		if len(out) == maxWords {
			break
		}
		out[w] = true
	}
	return out
}

// plain brings a text to the form in which words are compared.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch r {
		case 'ي', 'ى':
			return 'ی'
		case 'ك':
			return 'ک'
		case '\u200c', '\'', '’': // می‌شود and میشود, don’t and dont
			return -1
		}
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(mail.Digit(r))
	}, norm.NFKD.String(strings.ToValidUTF8(s, " ")))
}

// Differ lists what one reply states and the other does not: numbers, dates, amounts, links, addresses, order and
// tracking numbers. Numbers in words are left out, as they mostly count what follows ("two things"). now is the
// day of the mail, from which "tomorrow" counts in the draft; sent is the day of the person's reply.
func Differ(draft, human string, now, sent time.Time) (onlyDraft, onlySent []ground.Token) {
	a, b := ground.Tokens(draft, now), ground.Tokens(human, sent)
	return without(a, b), without(b, a)
}

func without(all, others []ground.Token) []ground.Token {
	out := []ground.Token{}
	for _, t := range all {
		found := t.Kind == shop.KindNumber && strings.IndexFunc(t.Text, unicode.IsDigit) < 0
		for _, o := range others {
			found = found || t.Same(o)
		}
		if !found {
			out = append(out, t)
		}
	}
	return out
}
