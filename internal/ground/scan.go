package ground

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
)

// Kinds of tokens that no fact has: a template's own words, or a passage of the store's texts, must cover
// them.
const (
	kindTime     shop.Kind = "time"
	kindDuration shop.Kind = "duration"
	kindPhone    shop.Kind = "phone"
	kindID       shop.Kind = "id" // an order or tracking number, or something that looks like one
	kindState    shop.Kind = "state"
	kindPromise  shop.Kind = "promise"
	kindHTML     shop.Kind = "html"
)

// token is one checkable thing that a text states.
type token struct {
	kind  shop.Kind
	text  string
	canon []string // canonical readings; more than one where the writing is ambiguous (03/04/2026)
}

// hole stands where a token was taken out, so that the rest of the text keeps its boundaries.
const hole = "\x00"

const (
	amount = `(?:\d{1,3}(?:[ ,.']\d{3})+(?:[.,]\d{1,3})?|\d+(?:[.,]\d+)?)`
	number = `\d+(?:[.,:/]\d+)*`
)

// lexer holds the compiled patterns, longest kinds first.
type lexer struct {
	url, email, host              *regexp.Regexp
	moneyBefore, moneyAfter       *regexp.Regexp
	percent, clock, duration      *regexp.Regexp
	iso, dayMonth, monthDay, dots *regexp.Regexp
	id, phone, number, spelled    *regexp.Regexp
	quoted                        *regexp.Regexp
	currency, unit                func(string) string
	calendar                      *regexp.Regexp // weekdays and days told from today
	calendarDay                   func(string) string
}

func newLexer() *lexer {
	var names, words []string
	for n := range months {
		names = append(names, regexp.QuoteMeta(n))
	}
	for w := range spelled {
		words = append(words, fold(w))
	}
	month, word := longestFirst(names), longestFirst(words)
	cur := codes() + `|(?i:` + currencies.pattern() + `)`
	count := `\d+(?:[.,]\d+)?|` + word
	l := &lexer{
		url:         regexp.MustCompile(`(?i)[a-z][a-z0-9+.-]*://[^\s\x00<>"“”»]+|www\.[^\s\x00<>"“”»]+`),
		email:       regexp.MustCompile(`(?i)[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+`),
		host:        bounded(`(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:` + topLevel + `)(?:[/?:][^\s\x00<>"“”»]*)?`),
		moneyBefore: regexp.MustCompile(`(?:^|[^\p{L}\p{N}])(-?)(` + cur + `) ?(-?` + amount + `)`),
		moneyAfter: regexp.MustCompile(`(?:^|[^\p{N}\p{L}.,#])(-?` + amount + `|(?i:` + word + `))[ -]?(` + cur +
			`)(?:$|[^\p{L}\p{N}])`),
		percent:  regexp.MustCompile(`(?i)(` + count + `) ?(?:%|percent|per cent|prozent|pour cent|por ciento|درصد)`),
		clock:    bounded(`\d{1,2}:\d{2}(?::\d{2})?(?: ?[ap]\.?m\.?)?`, `\d{1,2} ?(?:[ap]\.?m\.?|uhr|h(?:\d{2})?)`),
		duration: bounded(`(` + count + `)[ -]?(` + units.pattern() + `)`),
		iso:      bounded(`\d{4}[-/.]\d{1,2}[-/.]\d{1,2}`),
		dayMonth: bounded(`(\d{1,2})(?:st|nd|rd|th|er|\.)?,? ?(?:of |de |d')?(` + month +
			`)\.?(?:,? ?(?:de |del )?(\d{4}))?`),
		monthDay: bounded(`(` + month + `)\.? (\d{1,2})(?:st|nd|rd|th)?(?:,? (\d{4}))?`),
		dots:     bounded(`\d{1,2}([-./])\d{1,2}[-./](?:\d{4}|\d{2})`, `\d{1,2}\.\d{1,2}\.`),
		id:       regexp.MustCompile(`#[\p{L}\p{N}]+(?:[-_/.][\p{L}\p{N}]+)*|[\p{L}\p{N}]+(?:[-_/][\p{L}\p{N}]+)*`),
		phone:    regexp.MustCompile(`(?:\+|\b)\d[\d ()/.-]{6,}\d\b`),
		number:   regexp.MustCompile(number),
		spelled:  bounded(word),
		quoted:   regexp.MustCompile(`[“„«"]([^“”„«»"]{2,200})[”“»"]`),
		currency: currencies.canonical(),
		unit:     units.canonical(),
		calendar: bounded(calendar.pattern()), calendarDay: calendar.canonical(),
	}
	return l
}

// codes are ISO 4217 codes, in capitals only: "try" and "cop" are words.
func codes() string {
	var all []string
	for c := range currencies {
		all = append(all, c)
	}
	return longestFirst(all)
}

// topLevel are the ends of host names that are read as links without a scheme, as mail programs do.
const topLevel = `com|net|org|shop|store|io|de|at|ch|fr|es|ir|uk|eu|it|nl|us|ca|au|me|ru|cn|top|xyz|link|click|app|dev|` +
	`biz|info|online|site|club|live|vip|co|ly|to|example`

func longestFirst(words []string) string {
	slices.SortFunc(words, func(a, b string) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return strings.Compare(a, b)
	})
	return strings.Join(slices.Compact(words), "|")
}

// scanner takes the tokens out of one text.
type scanner struct {
	*lexer
	now    time.Time
	ids    []string // known order and tracking numbers, folded, longest first
	text   string
	tokens []token
}

// take replaces each match, edges included, by a hole and keeps what read makes of it. A match that read
// refuses stays.
func (s *scanner) take(re *regexp.Regexp, read func(groups []string) (token, bool)) {
	var b strings.Builder
	rest := s.text
	for rest != "" {
		at := re.FindStringSubmatchIndex(rest)
		if at == nil || at[1] == at[0] {
			break
		}
		groups := make([]string, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = rest[at[2*i]:at[2*i+1]]
			}
		}
		b.WriteString(rest[:at[0]])
		if t, ok := read(groups); ok {
			if t.text == "" {
				t.text = strings.Trim(groups[0], " \n.,;:!?()"+hole)
			}
			s.tokens = append(s.tokens, t)
			b.WriteString(" " + hole + " ")
		} else {
			b.WriteString(groups[0])
		}
		rest = rest[at[1]:]
	}
	s.text = b.String() + rest
}

// drop replaces every occurrence of a known value by a hole. Its neighbours must not be letters or digits.
func (s *scanner) drop(value string) {
	words := strings.Fields(value)
	if len(words) == 0 {
		return
	}
	from := 0
	for {
		start, end := find(s.text, words, from)
		if start < 0 {
			return
		}
		if edge(s.text[:start], true) && edge(s.text[end:], false) {
			s.text = s.text[:start] + hole + s.text[end:]
			from = start + 1
		} else {
			from = start + 1
		}
	}
}

// find looks for words in sequence with any white space between them.
func find(text string, words []string, from int) (start, end int) {
	for from < len(text) {
		at := strings.Index(text[from:], words[0])
		if at < 0 {
			return -1, -1
		}
		start = from + at
		end = start + len(words[0])
		ok := true
		for _, w := range words[1:] {
			gap := len(text[end:]) - len(strings.TrimLeft(text[end:], " \n"))
			if gap == 0 || !strings.HasPrefix(text[end+gap:], w) {
				ok = false
				break
			}
			end += gap + len(w)
		}
		if ok {
			return start, end
		}
		from = start + 1
	}
	return -1, -1
}

// edge reports whether a value may end here: no letter or digit follows (or, before, precedes).
func edge(s string, before bool) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if before {
		r, _ = utf8.DecodeLastRuneInString(s)
	}
	return s == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r)
}

// scan takes the tokens out, paragraph by paragraph, longest kinds first.
func (s *scanner) scan() []token {
	for _, p := range paragraphs(s.text) {
		s.text = p
		s.addresses()
		if numeric(s.text) {
			s.numerals()
		}
		s.take(s.calendar, func(g []string) (token, bool) { return dateToken(s.told(s.calendarDay(g[1]))) })
		s.take(s.quoted, func(g []string) (token, bool) {
			inner := strings.Join(strings.Fields(strings.ReplaceAll(g[1], hole, " ")), " ")
			letters := strings.IndexFunc(inner, unicode.IsLetter) >= 0
			return token{kind: shop.KindProduct, text: inner, canon: []string{inner}}, letters
		})
	}
	return s.tokens
}

// numeric reports whether there is a digit or a number word, without which most patterns need not be tried.
func numeric(text string) bool {
	if strings.ContainsAny(text, "0123456789") {
		return true
	}
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if _, ok := numberWords()[strings.ToLower(w)]; ok {
			return true
		}
	}
	return false
}

// addresses takes links, e-mail addresses and host names out.
func (s *scanner) addresses() {
	if strings.Contains(s.text, "://") || strings.Contains(strings.ToLower(s.text), "www.") {
		s.take(s.url, func(g []string) (token, bool) {
			u := strings.TrimRight(g[0], ".,;:!?)]}'")
			return token{kind: shop.KindURL, text: u, canon: []string{u}}, true
		})
	}
	if strings.Contains(s.text, "@") {
		s.take(s.email, func(g []string) (token, bool) { return one(shop.KindEmail, strings.ToLower(g[0])), true })
	}
	if strings.Contains(s.text, ".") {
		s.take(s.host, func(g []string) (token, bool) {
			u := strings.TrimRight(g[1], ".,;:!?)]}'")
			return token{kind: shop.KindURL, text: u, canon: []string{"https://" + u}}, true
		})
	}
}

// numerals takes everything out that is written with digits or number words.
func (s *scanner) numerals() {
	s.take(s.moneyBefore, func(g []string) (token, bool) { return s.money(g[1]+g[3], g[2]) })
	s.take(s.moneyAfter, func(g []string) (token, bool) { return s.money(g[1], g[2]) })
	s.take(s.percent, func(g []string) (token, bool) {
		t := token{kind: shop.KindPercent}
		for _, v := range readings(unspell(g[1]), 2) {
			t.canon = append(t.canon, v+"%")
		}
		return t, true
	})
	s.dates()
	s.take(s.clock, func(g []string) (token, bool) {
		return one(kindTime, strings.ToLower(strings.ReplaceAll(g[1], " ", ""))), true
	})
	s.take(s.duration, func(g []string) (token, bool) {
		return one(kindDuration, readings(unspell(g[2]), 2)[0]+" "+s.unit(g[3])), true
	})
	for _, id := range s.ids {
		s.drop(id)
	}
	s.take(s.phone, func(g []string) (token, bool) { return one(kindPhone, onlyDigits(g[0])), true })
	s.take(s.id, func(g []string) (token, bool) {
		digits := onlyDigits(g[0])
		return one(kindID, g[0]), digits != "" && (len(digits) > 5 || digits != g[0])
	})
	s.take(s.number, func(g []string) (token, bool) {
		return token{kind: shop.KindNumber, canon: readings(g[0], 3)}, true
	})
	s.take(s.spelled, func(g []string) (token, bool) { return one(shop.KindNumber, unspell(g[1])), true })
}

func one(k shop.Kind, canon string) token { return token{kind: k, canon: []string{canon}} }

// money reads an amount and a currency.
func (s *scanner) money(value, currency string) (token, bool) {
	code := currency
	if _, known := currencies[code]; !known {
		code = s.currency(currency)
	}
	t := token{kind: shop.KindMoney}
	for _, v := range readings(unspell(value), shop.Exponent(code)) {
		if m, err := shop.ParseMoney(v, code); err == nil {
			t.canon = append(t.canon, m.String())
		}
	}
	return t, code != ""
}

// readings gives the values that a written number may mean, as plain decimals. "1.234" is one thousand and
// more, and in a currency of three decimals also one and a bit; "12.50" is only a decimal.
func readings(s string, decimals int) []string {
	sign := ""
	if strings.HasPrefix(s, "-") {
		sign, s = "-", s[1:]
	}
	s = strings.NewReplacer(" ", "", "'", "").Replace(s)
	last := strings.LastIndexAny(s, ".,")
	plain := strings.NewReplacer(".", "", ",", "").Replace(s)
	if last < 0 {
		return []string{sign + s}
	}
	decimal := sign + strings.NewReplacer(".", "", ",", "").Replace(s[:last]) + "." + s[last+1:]
	mark := s[last : last+1]
	other := strings.ContainsAny(strings.ReplaceAll(s, mark, ""), ".,")
	switch {
	case strings.Count(s, mark) > 1:
		return []string{sign + plain}
	case other, len(s)-last-1 != 3, last > 3, s[:last] == "0":
		return []string{decimal}
	case decimals == 3:
		return []string{sign + plain, decimal}
	}
	return []string{sign + plain}
}

// unspell writes a number word in digits.
func unspell(s string) string {
	if n, ok := numberWords()[strings.ToLower(s)]; ok {
		return strconv.Itoa(n)
	}
	return s
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}
