package ground

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// fold makes texts comparable: compatibility forms (NFKC, Unicode UAX #15), every script's digits as ASCII,
// Persian and Arabic separators as Latin ones, one kind of space, dash and Persian letter, and nothing
// invisible. What two readers see as the same is the same afterwards.
func fold(s string) string {
	s = norm.NFKC.String(strings.ToValidUTF8(s, "\ufffd"))
	return strings.Map(foldRune, s)
}

func foldRune(r rune) rune {
	switch r {
	case '٬', '،':
		return ','
	case '٫':
		return '.'
	case '؛':
		return ';'
	case '؟':
		return '?'
	case '٪':
		return '%'
	case '٭':
		return '*'
	case '−', '‐', '‑', '‒', '–', '—', '⁃':
		return '-'
	case '⁄', '∕':
		return '/'
	case '’', '‘', 'ʼ', '′':
		return '\''
	case 'ي', 'ى', 'ې':
		return 'ی'
	case 'ك':
		return 'ک'
	case 'أ', 'إ', 'ٱ':
		return 'ا'
	case 'ۀ', 'ة':
		return 'ه'
	case '\n':
		return r
	}
	switch {
	case unicode.IsSpace(r):
		return ' '
	case unicode.Is(unicode.Cc, r), unicode.Is(unicode.Cf, r), r >= 0x610 && r <= 0x61a, r >= 0x64b && r <= 0x65f,
		r == 0x670, r == 0x640, r == 0x34f, r >= 0xfe00 && r <= 0xfe0f: // bidi marks, joiners, Arabic vowel signs
		return -1
	case r > 0x7f && unicode.Is(unicode.Nd, r):
		return digit(r)
	}
	return r
}

// digit gives the ASCII digit of a decimal digit of any script: they stand in runs of ten, in order
// (Unicode Standard, section 4.6).
func digit(r rune) rune {
	for _, t := range unicode.Nd.R16 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	for _, t := range unicode.Nd.R32 {
		if r >= rune(t.Lo) && r <= rune(t.Hi) {
			return '0' + (r-rune(t.Lo))%10
		}
	}
	return r
}

// paragraphs splits a folded text at blank lines and gives each on one line.
func paragraphs(s string) []string {
	var out []string
	for _, p := range strings.Split(s, "\n\n") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			out = append(out, p)
		}
	}
	return out
}
