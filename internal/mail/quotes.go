package mail

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	maxIntro     = 600 // bytes of "On … wrote:", wrapped lines included
	maxIntroRows = 8   // lines, blank ones between its pieces included
)

// attribution reads "On … X wrote:" at the start of lines, wrapped over several, and returns how many it
// takes. strict means that nothing else looks so; otherwise it counts only above a quote. Blank lines may
// stand between the pieces when the first has a full date.
func attribution(lines []string) (n int, strict bool) {
	if line := strings.TrimRight(lines[0], "* \t"); !mayOpen(line) &&
		!strings.HasSuffix(line, ":") && !strings.HasSuffix(line, "：") {
		return 0, false // nearly every line leaves here: keep it cheap
	}
	text := plainIntro(lines[0])
	if text == "" {
		return 0, false
	}
	opens := opensIntro(text)
	dated := opens && countNumbers(text) >= 3
	for n = 1; ; n++ {
		last := n == len(lines) || n == maxIntroRows
		switch rank := introRank(text, opens); {
		case rank == 2:
			return n, true
		case rank == 1 && (n == len(lines) || lines[n] == "" || quoted(lines[n])):
			return n, false
		}
		if last || !opens || strings.HasSuffix(text, ":") || lines[n] == "" && !dated {
			return 0, false
		}
		piece := plainIntro(lines[n])
		if piece == "" && lines[n] != "" || len(text)+len(piece) > maxIntro ||
			countNumbers(text) < 2 && countNumbers(piece) >= 2 && opensIntro(piece) {
			return 0, false
		}
		text = strings.TrimSpace(text + " " + strings.TrimSpace(strings.TrimPrefix(piece, "> ")))
	}
}

// plainIntro prepares a line: lower case, no markup, one kind of colon.
func plainIntro(line string) string {
	if line == "" || len(line) > maxIntro {
		return ""
	}
	line = strings.TrimSpace(strings.Trim(strings.TrimSpace(stripInvisible(line)), "*_|"))
	if strings.HasPrefix(line, "--") { // Zoho: ---- On … wrote ----
		line = strings.Trim(line, "- ")
	}
	line = strings.ToLower(line)
	if strings.HasSuffix(line, "：") {
		line = strings.TrimSuffix(line, "：") + ":"
	}
	line = strings.TrimSuffix(line, " -")
	if s, ok := strings.CutSuffix(line, ":*"); ok {
		line = s + ":"
	}
	return line
}

// mayOpen is opensIntro for a line as it is, without a copy: true for a few lines more.
func mayOpen(line string) bool {
	line = strings.TrimLeft(line, " \t*_|-[\"<“„«")
	if line == "" {
		return false
	}
	if line[0] >= utf8.RuneSelf || '0' <= line[0] && line[0] <= '9' || addressIn(line) {
		return true
	}
	return hasFold(dateWords, firstWord(line)) || hasFold(quotingFirst, firstWord(line))
}

// firstWord is a line up to the first white space or punctuation.
func firstWord(line string) string {
	if i := strings.IndexAny(line, " \t,.:"); i >= 0 {
		return line[:i]
	}
	return line
}

// hasFold looks a short ASCII word up in a set of lower-case words without a copy; other words may be in it.
func hasFold(set map[string]bool, word string) bool {
	var low [24]byte
	if len(word) > len(low) {
		return false
	}
	for i := 0; i < len(word); i++ {
		c := word[i]
		if c >= utf8.RuneSelf {
			return true
		}
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		low[i] = c
	}
	return set[string(low[:len(word)])]
}

// addressIn reports whether an @ stands between two characters other than space.
func addressIn(s string) bool {
	i := strings.IndexByte(s, '@')
	return i > 0 && s[i-1] != ' ' && i+1 < len(s) && s[i+1] != ' '
}

// opensIntro reports whether a line may begin an introduction: by "On", a weekday, a number, a quoted name,
// or an address.
func opensIntro(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	if unicode.IsDigit(r) || r == '[' || r == '"' || r == '<' || addressIn(s) {
		return true
	}
	word := s
	if i := strings.IndexAny(s, " \t\u00a0"); i >= 0 {
		word = s[:i]
	}
	if dateWords[word] || dateWords[strings.TrimRight(word, ",.:")] {
		return true
	}
	for _, p := range quotingWords {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	// scripts without spaces, and prefixes that grow onto the word
	return strings.HasPrefix(s, "在") || strings.HasPrefix(s, "於") || strings.HasPrefix(s, "于") ||
		strings.HasPrefix(s, "ב") || strings.HasPrefix(s, "بتاريخ")
}

// introRank: 2 for a line that can only introduce a quote, 1 for one that may, 0 for others.
func introRank(s string, opens bool) int {
	colon := strings.HasSuffix(s, ":")
	wrote := hasAny(s, wroteWords)
	if !colon && !wrote {
		return 0
	}
	address := strings.Contains(s, "@")
	numbers := countNumbers(s)
	switch {
	case colon && wrote && opens && (address || numbers >= 2) && !sentence(s):
		return 2
	case colon && wrote && address && !sentence(s):
		return 2
	case colon && opens && numbers >= 3 && strings.HasSuffix(strings.TrimRight(s, ": "), ">"),
		colon && address && numbers >= 5 && s[0] >= '0' && s[0] <= '9' && !sentence(s):
		return 2 // Gmail in languages that need no verb: 2026年1月5日(月) 10:00 Name <a@b.example>:
	case colon && (strings.HasPrefix(s, "quoting ") || strings.HasPrefix(s, "zitat von ")) && address:
		return 2
	case colon && (wrote || address || opens && numbers >= 2) && !sentence(s):
		return 1
	case !colon && opens && address && numbers >= 3 && endsWith(s, wroteWords):
		return 2
	case !colon && wrote && opens && numbers >= 2 && !sentence(s):
		return 1
	}
	return 0
}

func endsWith(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.HasSuffix(s, p) {
			return true
		}
	}
	return false
}

// sentence reports whether a text has the punctuation of prose: a full stop between long words, or a
// question.
func sentence(s string) bool {
	if strings.ContainsAny(s, "?!…") || strings.Contains(s, "...") {
		return true
	}
	for i := 0; i+2 < len(s); i++ {
		if s[i] == '.' && s[i+1] == ' ' && (s[i+2] < '0' || s[i+2] > '9') && i >= 6 && lettersBefore(s, i) >= 5 {
			return true
		}
	}
	return false
}

// lettersBefore counts the letters that end at i.
func lettersBefore(s string, i int) int {
	n := 0
	for i > 0 {
		r, size := utf8.DecodeLastRuneInString(s[:i])
		if !unicode.IsLetter(r) {
			break
		}
		n++
		i -= size
	}
	return n
}

// countNumbers counts runs of digits in any script.
func countNumbers(s string) int {
	n, in := 0, false
	for _, r := range s {
		d := unicode.IsDigit(r)
		if d && !in {
			n++
		}
		in = d
	}
	return n
}

// hasAny reports whether one of the phrases stands in s; Latin and Cyrillic ones only where a word begins.
func hasAny(s string, phrases []string) bool {
	for _, p := range phrases {
		i := strings.Index(s, p)
		if i < 0 {
			continue
		}
		if i == 0 || p[0] >= 0xd7 { // Hebrew and all scripts after it
			return true
		}
		if r, _ := utf8.DecodeLastRuneInString(s[:i]); !unicode.IsLetter(r) {
			return true
		}
	}
	return false
}

// originalLine recognises "-----Original Message-----", "Begin forwarded message:" and their kin.
func originalLine(line string) bool {
	if len(line) > 200 {
		return false
	}
	s := strings.TrimSpace(line)
	inner := strings.Trim(s, "-_=*~#> \t–—─━[]+·.")
	if inner == "" {
		return false
	}
	if dashed := len(s)-len(strings.TrimLeft(s, "-_=*~–—─━")) >= 2; dashed && len(inner) <= 120 {
		lower := strings.ToLower(inner)
		for _, p := range originalWords {
			if strings.Contains(lower, p) {
				return true
			}
		}
	}
	for _, p := range forwardLines {
		if len(inner) >= len(p) && strings.EqualFold(inner[:len(p)], p) {
			return true
		}
	}
	return false
}

// headerBlock reads "From: … Sent: … To: … Subject: …" at the start of lines. fields is how many labels it
// has, 0 for no block. strong means that it can only be the header of a quoted mail; a weak one could be a
// web form's.
func headerBlock(lines []string) (strong bool, fields int) {
	first, value := label(lines[0])
	if first == 0 {
		return false, 0
	}
	seen := map[byte]bool{first: true}
	address := strings.Contains(value, "@")
	fields = 1
	for i, loose := 1, 0; i < len(lines) && i < 16 && loose < 3; i++ {
		if lines[i] == "" || rule(lines[i]) {
			loose++
			continue
		}
		if f, v := label(lines[i]); f != 0 {
			seen[f] = true
			fields++
			loose = 0
			address = address || strings.Contains(v, "@") && (f == 'F' || f == 'T')
			continue
		}
		if strings.Contains(lines[i], "@") && (seen['T'] || seen['F']) && i < 4 {
			address = true // a wrapped address
		}
		loose++
	}
	switch {
	case len(seen) >= 4, len(seen) == 3 && seen['F'] && (address || seen['D'] && seen['T']):
		return true, fields
	case len(seen) >= 3:
		return seen['D'] && seen['T'] && address, fields
	case len(seen) == 2 && first == 'F' && address:
		return false, fields
	}
	return false, 0
}

// label reads "Sent: value" and tells which field it is; 0 for none.
func label(line string) (field byte, value string) {
	if len(line) > 2000 {
		return 0, ""
	}
	line = strings.TrimLeft(line, "*_| \t")
	i := strings.IndexByte(line, ':')
	if j := strings.Index(line, "："); j >= 0 && (i < 0 || j < i) {
		i = j
	}
	if i <= 0 || i > 50 {
		return 0, ""
	}
	name := strings.Trim(line[:i], "*_ \t\u00a0")
	var low [24]byte
	if len(name) <= len(low) && isASCII(name) { // most lines: no copy
		for j := range len(name) {
			low[j] = name[j]
			if 'A' <= name[j] && name[j] <= 'Z' {
				low[j] |= 0x20
			}
		}
		return labels[string(low[:len(name)])], line[i:]
	}
	return labels[strings.ToLower(name)], line[i:]
}
