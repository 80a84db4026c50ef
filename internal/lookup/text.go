package lookup

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
)

// letters are folded where people write one word in several ways: Arabic and Persian forms, and the German ß.
var letters = strings.NewReplacer(
	"ي", "ی", "ى", "ی", "ك", "ک", "ة", "ه", "ؤ", "و", "ß", "ss", "œ", "oe", "æ", "ae")

// plain folds case, accents, Persian and Arabic letter forms and digits, so that two spellings compare equal.
func plain(s string) string {
	s = letters.Replace(strings.ToLower(norm.NFKC.String(s)))
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return mail.Digit(r)
	}, norm.NFD.String(s))
}

// tokens are the words of a text that carry meaning, folded and stemmed.
func tokens(s string) []string {
	var out []string
	for _, w := range words(s) {
		if !stop[w] {
			out = append(out, stem(w))
		}
	}
	return out
}

// words are the folded words of a text. A zero-width non-joiner parts a Persian word from its ending.
func words(s string) []string {
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	return strings.FieldsFunc(plain(s), between)
}

// stem cuts the endings that tell a plural or a tense, crudely and alike for all languages: it only has to
// map forms of one word onto each other, not to name the word.
func stem(w string) string {
	r := []rune(w)
	cut := func(suffix string, atLeast int) bool {
		n := len([]rune(suffix))
		if len(r)-n < atLeast || !strings.HasSuffix(string(r), suffix) {
			return false
		}
		r = r[:len(r)-n]
		return true
	}
	if len(r) > 0 && r[0] > unicode.MaxLatin1 {
		_ = cut("هایی", 3) || cut("های", 3) || cut("ها", 3)
		return string(r)
	}
	if cut("ing", 4) || cut("ed", 4) {
		if n := len(r); r[n-1] == r[n-2] {
			r = r[:n-1]
		}
		return string(r)
	}
	if !strings.HasSuffix(string(r), "ss") {
		cut("s", 4)
	}
	_ = cut("en", 4) || cut("e", 4)
	return string(r)
}

// stop lists words that say nothing about a topic, folded: English, Persian, German, French, Spanish.
var stop = set(`
	a an the and or but if of to in on at by for from with without as is are was were be been am do does did
	have has had i me my mine you your we our us it its this that these those he she they them their there
	here what which who when where why how can could would should will shall may might not no yes so too
	very just any some all get got want need please hello hi dear thanks thank know tell let about into than
	then also more much many one از به با در که را و یا این آن برای تا هم است هست بود شد شده می من تو شما ما
	او ها های ام اید ایم ید لطفا سلام ممنون چه چطور آیا کی کجا هر یک بی اگر باید دارم دارد دارید کنم کنید
	کرد کرده خواهم نه بله پس der die das den dem des ein eine einen einem einer und oder aber ist sind war
	waren sein bin habe hat haben ich mir mich mein meine sie ihr ihre wir uns es nicht kein keine zu zum
	zur im in am an auf mit von fur bei als wie was wann wo warum kann konnen konnte mochte bitte danke
	hallo auch noch schon nur so le la les un une des du de et ou mais est sont etait etre je me mon ma mes
	vous votre vos nous notre il elle ils ce cet cette ces ne pas plus au aux en dans sur avec pour par que
	qui quoi quand comment pouvez puis bonjour merci svp el los las una unos unas y o pero es son era ser
	soy yo mi mis su sus usted nos no lo al en con por para que cual cuando como donde puedo puede hola
	gracias favor se si`)

// set folds its words as tokens does, so that "für" and "fur" are one.
func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range words(list) {
		out[w] = true
	}
	return out
}

// distinct keeps the first of equal words, at most n.
func distinct(all []string, n int) []string {
	var out []string
	for _, w := range all {
		if len(out) < n && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return out
}

// fold is how addresses are compared.
func fold(address string) string { return strings.ToLower(strings.TrimSpace(address)) }

// web gives a link back when it is one that a mail may carry: http or https, with a host.
func web(link string) string {
	u, err := url.Parse(link)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil {
		return ""
	}
	return link
}

// variant is a variant's title, empty for the one that Shopify gives products without variants.
func variant(title string) string {
	if title == "Default Title" {
		return ""
	}
	return title
}

// clip cuts a text to n bytes at most, never inside a letter.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	at := n
	for at > 0 && n-at < utf8.UTFMax && !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at]
}
