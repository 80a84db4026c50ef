package triage

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// OrderName is how the store names its orders: "#1001" has the prefix "#" and no suffix (Shopify admin,
// Settings → General → Order ID). The zero value stands for Shopify's default "#".
type OrderName struct{ Prefix, Suffix string }

// orderRef is an order reference in a text.
type orderRef struct {
	value string // without the store's prefix and suffix, ASCII digits, upper case: "1001", "W1234567"
	token int    // index of the token that it was read from
	word  bool   // the writer calls it an order's, in a word of the language that it was read in
}

// Lengths of what can be an order's number.
const (
	minDigits     = 3
	maxRefLength  = 20 // letters and digits together
	linksLookback = 4  // words between "order" and its number
)

// refReader reads order references out of one text. Nothing but a number in the store's own form, or one that
// the writer calls an order's, is a reference: neither a telephone number nor a price, date or quantity.
type refReader struct {
	text   string
	tokens []token
	name   OrderName
	is     func(list, token int) bool // whether a token is on one of the lists below
}

// The lists of words that tell what a number is; see orderWords.
const (
	listOrders = iota
	listLinks
	listOthers
	listUnits
	listNumbers
)

func (r refReader) read() []orderRef {
	var out []orderRef
	for i := 0; i < len(r.tokens); i++ {
		value, shape := r.shape(i)
		if !shape {
			continue
		}
		word := r.called(i)
		if !word && !r.named(i) && !r.numbered(i) && !r.told(i) {
			continue
		}
		out = append(out, orderRef{value, i, word})
		for j := r.listed(i); j > i; j = r.listed(i) {
			value, _ := r.shape(j)
			out, i = append(out, orderRef{value, j, word}), j
		}
	}
	return out
}

// shape reports whether a token looks like a number of an order, wherever it stands.
func (r refReader) shape(i int) (value string, ok bool) {
	t := r.tokens[i]
	if t.kind != "" && t.kind != "<number>" || len(t.word) > maxRefLength {
		return "", false
	}
	digits, letters := 0, 0
	for _, c := range t.word {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c < utf8.RuneSelf:
			letters++
		default:
			return "", false
		}
	}
	if digits < minDigits || letters > digits {
		return "", false
	}
	value = strings.ToUpper(t.word)
	if p := letterTail(r.name.Prefix); p != "" && len(value) > len(p) {
		value = strings.TrimPrefix(value, strings.ToUpper(p))
	}
	if s := letterHead(r.name.Suffix); s != "" && len(value) > len(s) {
		value = strings.TrimSuffix(value, strings.ToUpper(s))
	}
	return value, true
}

// letterTail is the part of a prefix that runs into the number: "A" of "#A".
func letterTail(prefix string) string {
	return prefix[strings.LastIndexFunc(prefix, func(c rune) bool { return !isWord(c) })+1:]
}

func letterHead(suffix string) string {
	if i := strings.IndexFunc(suffix, func(c rune) bool { return !isWord(c) }); i >= 0 {
		return suffix[:i]
	}
	return suffix
}

// named reports whether the number has the store's own prefix or suffix, or the number sign.
func (r refReader) named(i int) bool {
	t := r.tokens[i]
	before := strings.TrimRightFunc(fold(r.text[max(0, t.start-24):t.start]), isBlank)
	prefix := fold(strings.TrimSpace(r.name.Prefix))
	head := strings.TrimSuffix(prefix, fold(letterTail(r.name.Prefix)))
	if prefix != "" && prefix != "#" && head != prefix && strings.HasPrefix(t.word, fold(letterTail(r.name.Prefix))) &&
		(head == "" || strings.HasSuffix(before, strings.TrimRight(head, " "))) {
		return head != "" || !r.afterOther(i) && plausibleBare(t.word)
	}
	if head == prefix && prefix != "" && prefix != "#" && strings.HasSuffix(before, prefix) {
		return true
	}
	if !strings.HasSuffix(before, "#") && !strings.HasSuffix(before, "№") && !strings.HasSuffix(before, "no") {
		return false
	}
	if strings.HasSuffix(before, "no") { // "№" folds to "no"; the word "no" is a link and not a sign
		return strings.Contains(r.text[max(0, t.start-6):t.start], "№") && !r.afterOther(i)
	}
	return !r.afterOther(i)
}

// Lengths of a number that is called a number and nothing more: "cancel no. 1001". A longer one is a telephone's.
const (
	minNumbered = 4
	maxNumbered = 6
)

// numbered reports whether the writer calls it a number, and nothing says of what.
func (r refReader) numbered(i int) bool {
	n := len(r.tokens[i].word)
	return i > 0 && n >= minNumbered && n <= maxNumbered && r.tokens[i].kind == "<number>" && r.is(listNumbers, i-1) &&
		r.free(i) && linkMarks(r.text[r.tokens[i-1].end:r.tokens[i].start]) && !r.afterOther(i) &&
		!r.afterOther(i-1)
}

// told reports whether the writer says afterwards what the number is: "1001 is my order number".
func (r refReader) told(i int) bool {
	if r.tokens[i].kind != "<number>" || len(r.tokens[i].word) < minNumbered || !r.free(i) {
		return false
	}
	order, number := false, false
	for j := i + 1; j < len(r.tokens) && j <= i+2+linksLookback; j++ {
		if between := r.text[r.tokens[j-1].end:r.tokens[j].start]; !linkMarks(between) {
			return false
		}
		order, number = order || r.is(listOrders, j), number || r.is(listNumbers, j)
		if order && number {
			return true
		}
		if !r.is(listOrders, j) && !r.is(listLinks, j) {
			return false
		}
	}
	return false
}

func plausibleBare(word string) bool { return len(word) >= 5 }

// afterOther reports whether the number belongs to something that is no order: looks back over link words.
func (r refReader) afterOther(i int) bool {
	for j := i - 1; j >= max(0, i-linksLookback); j-- {
		between := r.text[r.tokens[j].end:r.tokens[j+1].start]
		if strings.ContainsAny(between, ".;!?\n") || j == i-1 && strings.Contains(between, ",") {
			return false
		}
		if r.is(listOthers, j) {
			return true
		}
		if r.is(listOrders, j) || !r.is(listLinks, j) {
			return false
		}
	}
	return false
}

// called reports whether the writer calls the number an order's: "order no. 1001".
func (r refReader) called(i int) bool {
	if !r.free(i) {
		return false
	}
	linked := false
	for j := i - 1; j >= max(0, i-linksLookback); j-- {
		between := r.text[r.tokens[j].end:r.tokens[j+1].start]
		if !linkMarks(between) {
			return false
		}
		linked = linked || strings.ContainsAny(between, ":#(=[")
		if r.is(listOthers, j) {
			return false
		}
		if r.is(listOrders, j) {
			return linked || len(r.tokens[i].word) > minDigits || r.ends(i)
		}
		if !r.is(listLinks, j) {
			return false
		}
		linked = true
	}
	return false
}

// linkMarks reports whether what stands between two words lets them belong together.
func linkMarks(s string) bool {
	for i, c := range s {
		switch {
		case isBlank(c), c == '\u200c', strings.ContainsRune(":#№＃°ºª()[]=-–—\"'’/*«»“”", c):
		case c == '.' && i == 0: // "no. 1001"
		default:
			return false
		}
		if c == '\n' && strings.Count(s, "\n") > 1 {
			return false
		}
	}
	return true
}

// free reports whether the number stands alone: no part of a date, an amount, a telephone number.
func (r refReader) free(i int) bool {
	t := r.tokens[i]
	before, _ := utf8.DecodeLastRuneInString(r.text[:t.start])
	if strings.ContainsRune("$€£¥+", before) {
		return false
	}
	if strings.ContainsRune(".,:/-", before) && i > 0 {
		if p := r.tokens[i-1]; p.kind == "<number>" && p.end == t.start-1 {
			return false
		}
	}
	rest := r.text[t.end:]
	after, size := utf8.DecodeRuneInString(rest)
	if strings.ContainsRune("$€£¥%٪", after) {
		return false
	}
	if size > 0 && strings.ContainsRune(".,:/-٫", after) {
		next, _ := utf8.DecodeRuneInString(rest[size:])
		if unicode.IsDigit(next) {
			return false
		}
	}
	if strings.HasPrefix(rest, " ") && strings.ContainsRune("$€£¥%٪", first(rest[1:])) {
		return false
	}
	return i+1 >= len(r.tokens) || !r.is(listUnits, i+1) ||
		strings.TrimSpace(r.text[t.end:r.tokens[i+1].start]) != ""
}

func first(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// ends reports whether nothing that could be counted follows the number.
func (r refReader) ends(i int) bool {
	if i+1 >= len(r.tokens) {
		return true
	}
	between := r.text[r.tokens[i].end:r.tokens[i+1].start]
	return strings.TrimSpace(between) != "" || strings.Contains(between, "\n")
}

// ands join the parts of a list, in the languages of the lexicons.
var ands = []string{"and", "und", "et", "y", "e", "و", "or", "oder", "ou", "o", "یا", "plus"}

// listed gives the next token when it goes on a list of references: "#1001, #1002 and 1003".
func (r refReader) listed(i int) int {
	for j := i + 1; j < len(r.tokens) && j <= i+2; j++ {
		between := strings.TrimSpace(r.text[r.tokens[j-1].end:r.tokens[j].start])
		if between != "" && strings.Trim(between, ",،&/#+ \u200c\u200f\u200e") != "" {
			return -1
		}
		if _, ok := r.shape(j); ok {
			joined := j == i+2 || strings.ContainsAny(between, ",،&/+")
			alike := len(r.tokens[j].word) == len(r.tokens[i].word) || strings.Contains(between, "#")
			if joined && alike && r.free(j) {
				return j
			}
			return -1
		}
		if !slices.Contains(ands, r.tokens[j].word) {
			return -1
		}
	}
	return -1
}
