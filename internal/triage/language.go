package triage

import (
	"strings"
	"unicode"
)

// scripts whose mails are in one language for our purposes.
var scripts = []struct {
	table *unicode.RangeTable
	code  string
}{
	{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Hangul, "ko"}, {unicode.Han, "zh"},
	{unicode.Cyrillic, "ru"}, {unicode.Greek, "el"}, {unicode.Hebrew, "he"}, {unicode.Thai, "th"},
	{unicode.Devanagari, "hi"}, {unicode.Armenian, "hy"}, {unicode.Georgian, "ka"},
}

// detect names the language of a text: by its script, then by stop-words. Empty when nothing tells.
func (lex *Lexicon) detect(text string, tokens []token) string {
	if code := lex.byScript(text); code != "" {
		return code
	}
	if strings.ContainsAny(text, "¿¡") {
		return "es"
	}
	return lex.byStopwords(tokens)
}

// byScript names the language where the script tells it; empty for Latin.
func (lex *Lexicon) byScript(text string) string {
	var latin, arabic, persian, foreign int
	counts := make([]int, len(scripts))
	for i, r := range text {
		if i > 20_000 {
			break
		}
		switch {
		case r < 0x80:
			if isWord(r) {
				latin++
			}
		case unicode.Is(unicode.Arabic, r):
			arabic++
			switch r {
			case 'پ', 'چ', 'ژ', 'گ', 'ی', 'ک':
				persian++
			case 'ة', 'ى', 'أ', 'إ':
				foreign++
			default:
				if r >= '۰' && r <= '۹' {
					persian++
				}
			}
		case unicode.Is(unicode.Latin, r):
			latin++
		default:
			for j, s := range scripts {
				if unicode.Is(s.table, r) {
					counts[j]++
					break
				}
			}
		}
	}
	best, most := "", max(latin, arabic)
	for j, n := range counts {
		// a Latin product name in a Chinese mail has more letters than the mail has signs
		if n*2 > most || best == "zh" && scripts[j].code == "ja" && n > 0 {
			best, most = scripts[j].code, n*2
		}
	}
	switch {
	case counts[0]+counts[1] > 0 && best == "zh":
		return "ja"
	case best != "":
		return best
	case arabic*2 > latin && arabic > 0:
		if foreign > persian && lex.persianWords(text) < 3 {
			return "ar"
		}
		return "fa"
	}
	return ""
}

// persianWords counts Persian stop-words: many Persian mails are typed with an Arabic keyboard's letters.
func (lex *Lexicon) persianWords(text string) int {
	text = clip(text, 4000)
	for _, l := range lex.languages {
		if l.code == "fa" {
			return count(l, tokenize(text, 0, len(text)))
		}
	}
	return 0
}

func count(l *language, tokens []token) int {
	n := 0
	for _, t := range tokens {
		if l.stopwords[t.word] {
			n++
		}
	}
	return n
}

// byStopwords picks the language whose stop-words the text has most of, none of two equal ones, and a language
// that cannot be answered only with a clear lead.
func (lex *Lexicon) byStopwords(tokens []token) string {
	best, most := "", 0
	for _, l := range lex.languages {
		switch n := count(l, tokens); {
		case n > most:
			best, most = l.code, n
		case n == most:
			best = ""
		}
	}
	for _, l := range lex.others {
		if n := count(l, tokens); n > most+1 {
			best, most = l.code, n
		}
	}
	return best
}
