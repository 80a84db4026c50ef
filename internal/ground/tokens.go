package ground

import (
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/replyd/replyd/internal/shop"
)

// Token is something that a text states: an amount, a date, a link, a number, an address, an identifier.
type Token struct {
	Kind shop.Kind `json:"kind"`
	Text string    `json:"text"` // as it stands in the text, folded
	// canon are all values that it may mean: "03/04/2026" is a day of March or of April.
	canon []string
}

// maxTokens bounds what is told of one text.
const maxTokens = 500

// Tokens lists what a text states, each once. now is the day that "tomorrow" counts from. Quoted titles are left
// out: every mail program quotes something else.
func Tokens(text string, now time.Time) []Token {
	if len(text) > maxChecked {
		text = text[:maxChecked]
	}
	s := scanner{lexer: patterns().lexer, now: now, text: fold(text)}
	var out []Token
	for _, t := range s.scan() {
		token := Token{Kind: t.kind, Text: t.text, canon: t.canon}
		if token.Text == "" && len(t.canon) > 0 {
			token.Text = t.canon[0]
		}
		if t.kind == shop.KindProduct || len(out) == maxTokens {
			continue
		}
		if !slices.ContainsFunc(out, token.Same) {
			out = append(out, token)
		}
	}
	return out
}

// Same reports whether two tokens can mean the same: "€89" and "89.00 EUR", "#1001" and "1001", a day with and
// without its year.
func (t Token) Same(other Token) bool {
	if t.Kind != other.Kind && (!t.plain() || !other.plain()) {
		return false
	}
	for _, a := range t.canon {
		for _, b := range other.canon {
			switch {
			case a == b, t.Kind == shop.KindDate && (sameDay(a, b) || sameDay(b, a)):
				return true
			case t.Kind == shop.KindURL && strings.TrimRight(a, "/") == strings.TrimRight(b, "/"):
				return true
			case t.plain() && bareID(a) != "" && bareID(a) == bareID(b):
				return true
			}
		}
	}
	return false
}

// plain kinds are written with and without what marks them: people say "order 1001" for #1001.
func (t Token) plain() bool { return t.Kind == shop.KindNumber || t.Kind == kindID }

// bareID is an identifier without what stands around its letters and digits.
func bareID(s string) string {
	return strings.ToLower(strings.TrimFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }))
}
