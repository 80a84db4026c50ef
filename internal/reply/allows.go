package reply

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/mail"
)

// allowsAsked checks words against the rules of Redraft: those of Reword, but what a person wrote may be said again.
func (o Outline) allowsAsked(words, said string) error {
	o.Optional, o.Required = slices.Concat(o.Required, o.Optional), nil
	return o.allows(givenBy(visible(said) + " " + placeholder.ReplaceAllString(o.Text, " ")).without(words))
}

// given is what people wrote that a model may not bring in: numbers, links, addresses, currency signs.
type given map[string]bool

// numberRun finds a number, a time of day, an amount.
var numberRun = regexp.MustCompile(`\p{N}+(?:[.,:/٫٬]\p{N}+)*`)

func givenBy(text string) given {
	g := given{}
	for f := range strings.FieldsSeq(text) {
		if f = bareWord(f); special(f) {
			g[f] = true
		}
	}
	for _, n := range numberRun.FindAllString(text, -1) {
		g[strings.Map(mail.Digit, n)] = true
	}
	for _, r := range text {
		if unicode.Is(unicode.Sc, r) {
			g[string(r)] = true
		}
	}
	return g
}

// without puts a letter in place of each of them.
func (g given) without(words string) string {
	var out strings.Builder
	for line := range strings.Lines(words) {
		for f := range strings.FieldsSeq(line) {
			if bare := bareWord(f); g[bare] {
				f = strings.Replace(f, bare, "x", 1)
			}
			if !strings.ContainsAny(f, "{}") {
				f = numberRun.ReplaceAllStringFunc(f, func(n string) string {
					if g[strings.Map(mail.Digit, n)] {
						return "x"
					}
					return n
				})
				f = strings.Map(func(r rune) rune {
					if unicode.Is(unicode.Sc, r) && g[string(r)] {
						return -1
					}
					return r
				}, f)
			}
			out.WriteString(f + " ")
		}
		out.WriteString("\n")
	}
	return out.String()
}

// bareWord takes the punctuation off a word.
func bareWord(f string) string {
	return strings.TrimFunc(f, func(r rune) bool { return unicode.IsPunct(r) && !strings.ContainsRune("#%@", r) })
}

// special: a word that only a person or a fact may have brought in.
func special(f string) bool {
	if strings.ContainsAny(f, "<>{}[]\\|~`") {
		return false
	}
	return linkLike.MatchString(f) || strings.ContainsFunc(f, func(r rune) bool {
		return unicode.IsNumber(r) || unicode.Is(unicode.Sc, r) || r == '@'
	})
}
