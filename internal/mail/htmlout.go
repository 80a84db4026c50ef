package mail

import (
	"strconv"
	"strings"
)

// This file is the output half of htmlReader: words, line breaks, quote prefixes, links.

// text writes a text node; white space runs are one space (outside pre).
func (r *htmlReader) text(b []byte) {
	if !r.style.shown() {
		return
	}
	s := strings.ToValidUTF8(string(b), "\uFFFD")
	s = stripInvisible(s)
	if r.pre > 0 {
		r.preformatted(s)
		return
	}
	for len(s) > 0 {
		i := 0
		for i < len(s) && !isSpace(s[i]) {
			i++
		}
		if i > 0 {
			r.word(s[:i])
			s = s[i:]
			continue
		}
		r.space = true
		for i < len(s) && isSpace(s[i]) {
			i++
		}
		s = s[i:]
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' }

// word writes text without white space after what is owed.
func (r *htmlReader) word(s string) {
	if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == 0xa0 }) {
		s = strings.Map(func(c rune) rune {
			switch {
			case c == 0xa0:
				return ' '
			case c < ' ' || c == 0x7f:
				return -1
			}
			return c
		}, s)
	}
	if s == "" {
		return
	}
	fresh := r.breaks()
	if r.space && !fresh {
		r.out.WriteByte(' ')
	}
	r.space = false
	r.out.WriteString(s)
	r.written = 0
}

// breaks writes the line breaks that are owed and the quote prefix; it reports whether a line begins.
func (r *htmlReader) breaks() bool {
	if r.out.Len() == 0 {
		r.lines = 0
		r.prefix()
		return true
	}
	if r.lines == 0 {
		if r.written > 0 {
			r.prefix()
		}
		return r.written > 0
	}
	for ; r.written < r.lines; r.written++ {
		r.out.WriteByte('\n')
	}
	r.lines = 0
	r.prefix()
	return true
}

func (r *htmlReader) prefix() {
	if r.quotes > 0 {
		r.out.WriteString(quotePrefix(r.quotes))
		r.out.WriteByte(' ')
	}
}

// quotePrefix: ten levels say enough.
func quotePrefix(n int) string { return ">>>>>>>>>>"[:min(n, 10)] }

// owe asks for at least n line breaks before the next text.
func (r *htmlReader) owe(n int) {
	if r.style.shown() {
		r.lines = max(r.lines, n)
		r.space = false
	}
}

// brk is a <br>: one line break more than owed so far, at most three.
func (r *htmlReader) brk() {
	if r.style.shown() {
		r.lines = min(3, max(r.lines, r.written)+1)
		r.space = false
	}
}

func (r *htmlReader) preformatted(s string) {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			r.lines = min(3, max(r.lines, r.written)+1)
		}
		if line != "" {
			r.space = false
			r.breaks()
			r.out.WriteString(oneLine(line))
			r.written = 0
		}
	}
}

// mark writes a mark on a line of its own.
func (r *htmlReader) mark(m string) {
	if !r.style.shown() && m != markClose {
		return
	}
	owed := max(1, r.lines)
	if r.out.Len() > 0 && r.written == 0 {
		r.out.WriteByte('\n')
	}
	r.out.WriteString(m + "\n")
	r.written, r.lines, r.space = 1, owed, false
}

func (r *htmlReader) bullet() {
	for i := len(r.stack) - 1; i >= 0; i-- {
		switch r.stack[i].name {
		case "ol":
			r.word(strconv.Itoa(r.stack[i].list) + ".")
			r.stack[i].list++
		case "ul", "menu", "dir":
			if r.style.shown() {
				r.word("-")
			}
		default:
			continue
		}
		break
	}
	r.space = true
}

// image keeps the alternative text of emoji, which some programs send as pictures.
func (r *htmlReader) image(a attributes) {
	if n := len([]rune(a.alt)); n > 0 && n <= 2 && !isASCII(a.alt) {
		r.text([]byte(a.alt))
	}
}

// link adds where a link leads, if its text does not say it. Query and fragment are left out: they carry
// tracking, and could carry words that nobody sees.
func (r *htmlReader) link(e element) {
	if !r.style.shown() || e.at >= r.out.Len() {
		return
	}
	target := e.href
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		target = target[:i]
	}
	host, ok := strings.CutPrefix(target, "https://")
	if !ok {
		host, ok = strings.CutPrefix(target, "http://")
	}
	if !ok || len(host) > 80 || !strings.Contains(host, "/") || strings.HasSuffix(host, "/") ||
		strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != "" {
		return
	}
	shown := r.out.String()[e.at:]
	if strings.Contains(shown, ".") || strings.Contains(shown, "@") || len(shown) > 200 {
		return
	}
	r.space = true
	r.word("<" + target + ">")
}
