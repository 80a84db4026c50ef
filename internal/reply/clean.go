package reply

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
)

// Limits of one value, in runes. A longer one is cut: no shop's own words are that long, a prankster's are.
const (
	maxName    = 40
	maxValue   = 200
	maxURL     = 1000
	maxPassage = 1500
)

// clean makes a looked-up value safe to stand inside a sentence: one line, no control, bidi or invisible
// character, at most limit runes. Everything that Shopify returns may have been typed by a customer.
func clean(s string, limit int) string {
	s = strings.ToValidUTF8(s, "")
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case r == '\u200c': // the zero-width non-joiner is a letter's neighbour in Persian
			return r
		case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == '\u034f',
			r >= 0xfe00 && r <= 0xfe0f:
			return -1
		}
		return r
	}, s)
	return cut(strings.Join(strings.Fields(s), " "), limit)
}

// cut shortens s to limit runes and says so with an ellipsis.
func cut(s string, limit int) string {
	if utf8.RuneCountInString(s) <= limit {
		return s
	}
	runes := []rune(s)
	return strings.TrimSpace(string(runes[:limit-1])) + "…"
}

// cleanLink gives a link that a customer may be sent to, or nothing. Characters that would end a link or hide its end are refused.
func cleanLink(s string) string {
	if s == "" || len(s) > maxURL || strings.ContainsFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune("<>\"'`{}|\\^", r)
	}) {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || !shop.Secure(u) || u.Hostname() == "" || u.User != nil {
		return ""
	}
	return s
}

// cleanName takes a person's name for a greeting. A display name is whatever the writer typed, so only
// letters pass: anything that looks like a message, an address or a number gives no name at all.
func cleanName(s string) string {
	s = clean(s, maxName+1)
	words := strings.Fields(s)
	if len(words) == 0 || len(words) > 4 || utf8.RuneCountInString(s) > maxName {
		return ""
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" -'’.\u200c", r) {
			return ""
		}
	}
	return s
}
