package thread

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
)

// anotherSubject reports whether the subject of an answer is clearly about something else than the
// ticket's: both name orders and none in common, or somebody put a subject of their own, without "Re:",
// that shares no word with the old one. People take the last mail at hand to write about a new matter. In
// doubt it is the same.
func anotherSubject(now, before string) bool {
	is, answer := base(now)
	was, _ := base(before)
	if is == was || is == "" || was == "" {
		return false
	}
	new, old := split(is), split(was)
	if n, o := orders(new), orders(old); len(n) > 0 && len(o) > 0 {
		return !common(n, o)
	}
	return !answer && !common(new, old)
}

// base gives a subject in a form to compare, without its reply prefixes, and whether it had one.
func base(subject string) (s string, answer bool) {
	whole := strings.Join(strings.Fields(subject), " ")
	s = strings.TrimPrefix(mail.ReplySubject(subject), "Re: ")
	return strings.ToLower(norm.NFKC.String(s)), len(s) < len(whole)
}

// split cuts into words of letters and digits, digits of all scripts as ASCII.
func split(s string) []string {
	return strings.FieldsFunc(strings.Map(mail.Digit, s), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.Mn, r)
	})
}

// orders keeps what can be the number of an order: four digits or more, which leaves out prices and sizes.
// A year is kept too, and does no harm where both subjects name it.
func orders(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool {
		digits := strings.Trim(w, "abcdefghijklmnopqrstuvwxyz")
		return len(digits) < 4 || strings.Trim(digits, "0123456789") != ""
	})
}

// common reports whether two lists share a word of more than two bytes: "my", "is" and "no" say nothing.
func common(a, b []string) bool {
	return slices.ContainsFunc(a, func(w string) bool { return len(w) > 2 && slices.Contains(b, w) })
}
