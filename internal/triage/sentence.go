package triage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// span is a part of a text, in bytes.
type span struct{ start, end int }

// abbreviations end with a full stop that ends no sentence.
var abbreviations = map[string]bool{"no": true, "nr": true, "num": true, "mr": true, "mrs": true, "ms": true,
	"dr": true, "st": true, "str": true, "art": true, "tel": true, "approx": true, "e.g": true, "i.e": true,
	"z.b": true, "bzw": true, "ca": true, "ord": true, "ref": true, "bestell-nr": true, "best.-nr": true, "inkl": true,
	"n°": true, "núm": true, "sr": true, "sra": true, "ref.no": true}

// sentences cuts a text at sentence ends, blank lines and short lines. A line that was merely wrapped goes on.
func sentences(text string) []span {
	var out []span
	start, line := 0, 0
	cut := func(end, next int) {
		if s := trim(text, start, end); s.end > s.start {
			out = append(out, s)
		}
		start = next
	}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		next := i + size
		switch r {
		case '\n':
			if endsLine(text, line, i) {
				cut(i, next)
			}
			line = next
		case '.':
			if atGap(text, next) && !abbreviation(text, start, i) {
				cut(next, next)
			}
		case '!', '?', '؟', '؛', ';', '…':
			if atGap(text, next) {
				cut(next, next)
			}
		case '。', '！', '？':
			cut(next, next)
		}
		i = next
	}
	cut(len(text), len(text))
	return out
}

func trim(text string, start, end int) span {
	s := text[start:end]
	left := strings.TrimLeftFunc(s, isBlank)
	start += len(s) - len(left)
	return span{start, start + len(strings.TrimRightFunc(left, isBlank))}
}

func isBlank(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || r == '\u200b' || r == '\ufeff' || r == '\u00ad' ||
		r >= '\u2066' && r <= '\u2069' || r >= '\u202a' && r <= '\u202e' || r == '\u200e' || r == '\u200f'
}

// atGap reports whether a mark before i ends a word for good.
func atGap(text string, i int) bool {
	if i >= len(text) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(text[i:])
	return unicode.IsSpace(r) || r == '"' || r == '”' || r == '»' || r == ')' || r == '<' || r == '\'' || r == '*'
}

func abbreviation(text string, start, dot int) bool {
	word := text[start:dot]
	if i := strings.LastIndexFunc(word, unicode.IsSpace); i >= 0 {
		word = word[i+1:]
	}
	word = strings.ToLower(strings.TrimLeft(word, "(\"'"))
	return abbreviations[word]
}

// wrapWidth is the length, in bytes, from which on a line may have been wrapped by a mail program rather than
// ended by its writer (RFC 5322 section 2.1.1 recommends lines of at most 78).
const wrapWidth = 50

// endsLine reports whether the newline at i ends a sentence: it follows a short line, or a line break or a list
// item follows it.
func endsLine(text string, line, i int) bool {
	if i-line < wrapWidth {
		return true
	}
	rest := strings.TrimLeft(text[i+1:], " \t")
	if rest == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(rest)
	return r == '\n' || r == '-' || r == '*' || r == '•' || r == '>' || r == '–'
}
