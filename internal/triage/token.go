package triage

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
)

// token is one word of a text in its folded form, and where it stands there.
type token struct {
	word       string // folded
	kind       string // "<email>", "<url>", "<number>", "<ref>", or empty for a plain word
	start, end int    // bytes in the source text
}

// letters that are written in several ways, folded to one: Arabic forms to Persian ones, Latin letters that
// have no decomposition.
var letters = map[rune]string{
	'ي': "ی", 'ى': "ی", 'ئ': "ی", 'ك': "ک", 'ة': "ه", 'ۀ': "ه",
	'أ': "ا", 'إ': "ا", 'ٱ': "ا", 'آ': "ا", 'ؤ': "و",
	'ß': "ss", 'ø': "o", 'æ': "ae", 'œ': "oe", 'ł': "l", 'đ': "d", 'ı': "i",
}

// fold brings a word to the form in which words are compared: lower case, no diacritics, no zero-width
// characters, ASCII digits, Persian letters, no apostrophes.
func fold(s string) string {
	plain := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' || c == '\'' {
			plain = false
			break
		}
	}
	if plain {
		return s
	}
	var b strings.Builder
	for _, r := range norm.NFKD.String(s) {
		r = unicode.ToLower(r)
		if l, ok := letters[r]; ok {
			b.WriteString(l)
			continue
		}
		switch {
		case unicode.Is(unicode.Mn, r), unicode.Is(unicode.Cf, r), r == 'ـ', isApostrophe(r):
		default:
			b.WriteRune(mail.Digit(r))
		}
	}
	return b.String()
}

func isApostrophe(r rune) bool {
	return r == '\'' || r == '’' || r == '‘' || r == 'ʼ' || r == '`' || r == '´'
}

func isJoiner(r rune) bool {
	return r == '\u200c' || r == '\u200d' || r == 'ـ' || unicode.Is(unicode.Mn, r)
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
	}
	if r == 'º' || r == 'ª' { // letters to Unicode, but the "Nº1001" of a writer is a sign and a number
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || isJoiner(r)
}

// elisions are what French and Italian put before an apostrophe: two words, not one.
var elisions = map[string]bool{"l": true, "d": true, "j": true, "m": true, "t": true, "s": true, "c": true, "n": true,
	"qu": true, "jusqu": true, "lorsqu": true, "puisqu": true, "dell": true, "all": true, "un": true}

// maxTokens bounds the words of one mail that are looked at.
const maxTokens = 8000

// tokenize splits text[from:to] into words. Addresses and links are one token each.
func tokenize(text string, from, to int) []token {
	tokens := make([]token, 0, (to-from)/5+1)
	for i := from; i < to && len(tokens) < maxTokens; {
		r, size := utf8.DecodeRuneInString(text[i:to])
		if !isWord(r) || isJoiner(r) {
			i += size
			continue
		}
		if end, kind := special(text[i:to]); kind != "" {
			tokens = append(tokens, token{word: strings.ToLower(text[i : i+end]), kind: kind, start: i, end: i + end})
			i += end
			continue
		}
		end := wordEnd(text, i, to)
		t := token{word: fold(text[i:end]), start: i, end: end}
		if t.word != "" && strings.Trim(t.word, "0123456789") == "" {
			t.kind = "<number>"
		}
		if t.word != "" {
			tokens = join(tokens, t)
		}
		i = end
	}
	return tokens
}

// wordEnd finds where the word that begins at i ends: apostrophes stay inside unless they elide.
func wordEnd(text string, i, to int) int {
	end := i
	for end < to {
		r, size := utf8.DecodeRuneInString(text[end:to])
		if isApostrophe(r) {
			next, _ := utf8.DecodeRuneInString(text[end+size : to])
			if end+size >= to || !isWord(next) || elisions[fold(text[i:end])] {
				return end
			}
		} else if !isWord(r) {
			return end
		}
		end += size
	}
	return end
}

// join puts the Persian verb prefix می or نمی and its verb together, as some write them apart.
func join(tokens []token, t token) []token {
	if n := len(tokens); n > 0 {
		if p := &tokens[n-1]; (p.word == "می" || p.word == "نمی") && t.start-p.end == 1 {
			p.word, p.end = p.word+t.word, t.end
			return tokens
		}
	}
	return append(tokens, t)
}

// special recognises an e-mail address or a link at the beginning of s.
func special(s string) (end int, kind string) {
	lower := s
	if len(lower) > 8 {
		lower = lower[:8]
	}
	lower = strings.ToLower(lower)
	space := strings.IndexAny(s, " \t\n<>()\"")
	if space < 0 {
		space = len(s)
	}
	chunk := strings.TrimRight(s[:space], ".,;:!?")
	switch {
	case strings.HasPrefix(lower, "http://"), strings.HasPrefix(lower, "https://"), strings.HasPrefix(lower, "www."):
		return len(chunk), "<url>"
	}
	at := strings.IndexByte(chunk, '@')
	if at > 0 && at < 65 && strings.Contains(chunk[at:], ".") && asciiLocal(chunk[:at]) {
		return len(chunk), "<email>"
	}
	return 0, ""
}

func asciiLocal(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(isWord(rune(c)) || strings.IndexByte("._%+-", c) >= 0) || c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
