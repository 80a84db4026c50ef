package ground

import (
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/ticket"
)

// Edited tells how far a person's draft departs from the one before it. Two texts that state the same (numbers,
// days, amounts, links, addresses, identifiers, states of an order) differ in words only. The customer's own
// words at the end do not count.
func Edited(before, after ticket.Draft) ticket.Edit {
	if strings.Join(strings.Fields(fold(before.Text)), " ") == strings.Join(strings.Fields(fold(after.Text)), " ") {
		return ticket.NoEdit
	}
	a, b := uncited(before.Text), uncited(after.Text)
	if !slices.Equal(told(a), told(b)) {
		return ticket.FactualEdit
	}
	x, y := Tokens(a, before.At), Tokens(b, before.At)
	if missing(x, y) || missing(y, x) {
		return ticket.FactualEdit
	}
	return ticket.CosmeticEdit
}

// missing reports whether one of the tokens has no equal among the others.
func missing(tokens, others []Token) bool {
	return slices.ContainsFunc(tokens, func(t Token) bool { return !slices.ContainsFunc(others, t.Same) })
}

// told lists the states, and promises, that a text speaks of.
func told(text string) []string {
	text = fold(text)
	if len(text) > maxChecked {
		text = text[:maxChecked]
	}
	var out []string
	for _, s := range patterns().states {
		if s.words.MatchString(text) {
			out = append(out, s.name)
		}
	}
	if patterns().promise.FindStringSubmatch(text) != nil {
		out = append(out, string(kindPromise))
	}
	return out
}
