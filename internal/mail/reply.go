package mail

import "strings"

// ReplyText returns what the sender newly wrote in a text: without quoted history, the lines that introduce
// it, forwarded mail, signature, phone footer and legal notice. Answers between quoted lines and below them
// stay. It works on the lines of plain text in any of about forty languages; HTML goes through HTMLToText
// first, whose "> " lines it understands. Empty means that the sender wrote nothing of their own. Of a
// longer text only the first 256 KiB are read: nobody types as much.
func ReplyText(text string) string {
	text = cutBytes(text, maxReply)
	lines := splitLines(text)
	out := (&replyReader{lines: lines, asides: true}).read()
	if out == "" && strings.Contains(text, markOpen) {
		// Some programs put the whole mail into the signature's element.
		out = (&replyReader{lines: lines}).read()
	}
	return out
}

const maxReply = 256 << 10

// replyReader walks down the lines of a mail once.
type replyReader struct {
	lines  []string
	asides bool // drop what is between markOpen and markClose
	kept   []string
	from   int // where the present run of kept lines began in kept
}

func splitLines(text string) []string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	text = strings.ReplaceAll(text, "\u00a0", " ")
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " \t\r\u3000")
	}
	return lines
}

func (r *replyReader) read() string {
	aside := 0
	for i := 0; i < len(r.lines); {
		line := r.lines[i]
		switch {
		case line == markOpen:
			aside++
			i++
			continue
		case line == markClose:
			aside = max(0, aside-1)
			i++
			continue
		case aside > 0 && r.asides:
			i++
			continue
		case line == markQuote:
			return r.done()
		case line == "":
			r.kept = append(r.kept, "")
			i++
			continue
		case quoted(line) || r.wrapped(i) || r.initialed(i):
			r.endRun()
			i++
			continue
		}
		n, end := r.history(i)
		if end {
			return r.done()
		}
		if n > 0 {
			r.endRun()
			i += n
			continue
		}
		if n = r.signature(i); n > 0 {
			i += n
			continue
		}
		r.kept = append(r.kept, line)
		i++
	}
	return r.done()
}

// history looks for what introduces quoted mail at line i: n lines to drop, or the end of all that is new.
func (r *replyReader) history(i int) (n int, end bool) {
	if originalLine(r.lines[i]) {
		return 1, true
	}
	if strong, fields := headerBlock(r.lines[i:]); fields > 0 {
		if strong || r.wrote() {
			return fields, true
		}
	}
	n, strict := attribution(r.lines[i:])
	if n == 0 {
		return 0, false
	}
	if strict && !r.quoteFollows(i+n) {
		if !r.named(i, n) {
			return 0, false
		}
		return n, true
	}
	if !strict && !r.quoteFollows(i+n) {
		return 0, false
	}
	return n, false
}

// named reports whether an introduction at lines i to i+n gives an address, or stands apart: "On 2 May at 10:15
// your colleague wrote:" may also be prose, and what follows the customer's own words.
func (r *replyReader) named(i, n int) bool {
	for _, l := range r.lines[i : i+n] {
		if addressIn(l) {
			return true
		}
	}
	return (i == 0 || r.lines[i-1] == "") && (i+n >= len(r.lines) || r.lines[i+n] == "")
}

// wrote reports whether anything was kept so far.
func (r *replyReader) wrote() bool {
	for _, l := range r.kept {
		if l != "" && !rule(l) {
			return true
		}
	}
	return false
}

// quoteFollows reports whether the next line with text is quoted.
func (r *replyReader) quoteFollows(i int) bool {
	for ; i < len(r.lines); i++ {
		switch l := r.lines[i]; {
		case l == "" || l == markOpen || l == markClose:
		default:
			return quoted(l)
		}
	}
	return false
}

// quoted reports whether a line begins with `>`. `>From ` alone is what mbox makes of a line (RFC 4155).
func quoted(line string) bool {
	line = strings.TrimLeft(line, " \t")
	return strings.HasPrefix(line, ">") && !strings.HasPrefix(line, ">From ") || strings.HasPrefix(line, "＞")
}

// wrapped reports whether line i is the rest of a quoted line that some program broke: it stands right
// between quoted lines, and would not have fitted on the one above.
func (r *replyReader) wrapped(i int) bool {
	if i == 0 || i+1 >= len(r.lines) || !quoted(r.lines[i-1]) || !quoted(r.lines[i+1]) {
		return false
	}
	above, line := r.lines[i-1], r.lines[i]
	word, _, _ := strings.Cut(strings.TrimSpace(line), " ")
	if len(above)+len(word) < 66 {
		return false
	}
	first := word[:min(1, len(word))]
	return first >= "a" && first <= "z" || !strings.ContainsAny(above[len(above)-1:], ".?!:")
}

// initialed reports whether line i is quoted with initials, "JD> text", as its neighbour is (an old habit of
// news readers).
func (r *replyReader) initialed(i int) bool {
	if initials(r.lines[i]) == "" {
		return false
	}
	return i > 0 && initials(r.lines[i-1]) == initials(r.lines[i]) ||
		i+1 < len(r.lines) && initials(r.lines[i+1]) == initials(r.lines[i])
}

func initials(line string) string {
	i := strings.IndexByte(line, '>')
	if i < 1 || i > 3 || strings.Trim(line[:i], "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return ""
	}
	return line[:i]
}

// endRun tidies the lines written since the last quote.
func (r *replyReader) endRun() {
	r.kept = append(r.kept[:r.from], trimFooters(r.kept[r.from:])...)
	if n := len(r.kept); n > 0 && r.kept[n-1] != "" {
		r.kept = append(r.kept, "")
	}
	r.from = len(r.kept)
}

func (r *replyReader) done() string {
	r.endRun()
	var b strings.Builder
	blank := 0
	for _, l := range r.kept {
		if l == "" {
			blank++
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\n\n"[:min(blank+1, 2)])
		}
		b.WriteString(l)
		blank = 0
	}
	return b.String()
}

// signature returns how many lines a signature at line i takes: up to the next quote or the end.
func (r *replyReader) signature(i int) int {
	if !r.signatureAt(i) {
		return 0
	}
	n := 1
	for ; i+n < len(r.lines); n++ {
		line := r.lines[i+n]
		if quoted(line) || line == markQuote {
			break
		}
		if h, end := r.history(i + n); h > 0 || end {
			break
		}
	}
	return n
}

// signatureAt: `-- ` (RFC 3676 section 4.3), and what programs and people make of it. A line of other
// dashes or underscores counts only when what is below looks like a signature.
func (r *replyReader) signatureAt(i int) bool {
	line := strings.TrimSpace(r.lines[i])
	switch line {
	case "--", "—", "––", "——", "- -", "__", "-- ":
		return line == "--" || r.wrote()
	}
	if !rule(line) || !r.wrote() {
		return false
	}
	short, count := true, 0
	for _, l := range r.lines[i+1:] {
		if l == markOpen || l == markClose || l == markQuote || quoted(l) || count > 8 {
			break
		}
		if l != "" {
			count++
			short = short && len(l) <= 120
		}
	}
	if strings.HasPrefix(line, "_____") && short && count > 0 && count <= 3 {
		return true
	}
	return short && count > 0 && count <= 8 && contactLike(r.lines[i+1:])
}

// rule reports whether a line only divides: three or more of - _ = * ~ # and the like.
func rule(line string) bool {
	n := 0
	for _, c := range line {
		switch c {
		case '-', '_', '=', '*', '~', '#', '–', '—', '─', '━', '•', '·', '⸻':
			n++
		case ' ':
		default:
			return false
		}
	}
	return n >= 3 || line == "⸻"
}

// contactLike: one of the first lines holds an address, a link or a telephone number, or names a mailing
// list.
func contactLike(lines []string) bool {
	for i, l := range lines {
		if i > 12 || quoted(l) {
			return false
		}
		lower := strings.ToLower(l)
		if strings.Contains(l, "@") || strings.Contains(lower, "http") || strings.Contains(lower, "www.") ||
			strings.Contains(lower, "mailing list") || phoneLike(l) || footer(lower) || disclaimer(lower) {
			return true
		}
	}
	return false
}

// phoneLike: at least seven digits, and hardly anything but digits, signs and a label.
func phoneLike(l string) bool {
	digits, letters := 0, 0
	for _, c := range l {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c > ' ' && !strings.ContainsRune("+()-./:", c):
			letters++
		}
	}
	return digits >= 7 && letters <= 14
}
