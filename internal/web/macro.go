package web

import (
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/ticket"
)

// withMacros adds to a draft what the macros stand for that its text was made with: their own words, and the facts that
// they state. These are the macros whose every line still stands in the text, as it was filled in. A person may add to
// a macro and keep that; who changes a line of it says it themselves.
func (s *server) withMacros(d ticket.Draft, t *ticket.Turn, text string) ticket.Draft {
	if s.Macros == nil || t.Triage == nil {
		return d
	}
	d.Literals, d.Facts = slices.Clone(d.Literals), slices.Clone(d.Facts)
	lines := plainLines(text)
	for _, m := range s.Macros(t) {
		all := plainLines(m.Text)
		own := slices.DeleteFunc(all, func(l string) bool { return strings.HasPrefix(l, ">") })
		used := len(own) > 0
		for _, l := range own {
			used = used && slices.Contains(lines, l)
		}
		if used {
			d.Literals = append(d.Literals, m.Literals...)
			d.Facts = append(d.Facts, m.Facts...)
		}
	}
	return d
}

// plainLines gives the lines of a text that say something, without what cannot be seen.
func plainLines(text string) (out []string) {
	for line := range strings.Lines(cleanText(text)) {
		line = strings.TrimSpace(strings.Map(func(r rune) rune {
			if r != '\u200c' && unicode.Is(unicode.Cf, r) {
				return -1
			}
			return r
		}, line))
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}
