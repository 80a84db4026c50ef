package reply

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
)

// Isolates keep a value of one direction from rearranging a sentence of the other (Unicode UAX #9, 2.4.3).
const (
	isolateLTR   = "\u2066"
	isolateFirst = "\u2068" // direction of the first strong letter
	isolateEnd   = "\u2069"
)

// plainText writes the document as the text part of a mail. A paragraph is one line: clients wrap it.
func plainText(doc []block, l *locale) string {
	var b strings.Builder
	for i, bl := range doc {
		if i > 0 {
			b.WriteString("\n")
			if !joined(doc[i-1].kind, bl.kind) {
				b.WriteString("\n")
			}
		}
		switch bl.kind {
		case heading:
			b.WriteString("— ")
		case item:
			b.WriteString("- ")
		case passage:
			b.WriteString("    ")
		case cited:
			b.WriteString("> ")
		}
		for _, s := range bl.spans {
			b.WriteString(l.spanText(s))
		}
		if bl.kind == heading {
			b.WriteString(" —")
		}
	}
	return b.String() + "\n"
}

// joined: lines of one list, one passage, one citation follow each other without a blank line.
func joined(a, b blockKind) bool {
	return a == b && (a == item || a == passage || a == cited)
}

func (l *locale) spanText(s span) string {
	switch {
	case s.mark == markButton:
		return s.text + l.colon + "\n" + l.isolated(span{mark: markURL, text: s.link})
	case s.mark == markLink:
		colon := l.colon
		if strings.HasSuffix(s.text, "?") || strings.HasSuffix(s.text, "؟") {
			colon = ""
		}
		return s.text + colon + " " + l.isolated(span{mark: markURL, text: s.link})
	case s.mark == markBreak:
		return "\n"
	case s.mark == markLTR, s.mark == markURL, s.mark == markName, s.mark == markPassage:
		return l.isolated(s)
	}
	return s.text
}

// isolated wraps a value that could disturb its sentence.
func (l *locale) isolated(s span) string {
	switch {
	case s.mark != markLTR && s.mark != markURL && direction(s.text) != l.dir && direction(s.text) != "":
		return isolateFirst + s.text + isolateEnd
	case (s.mark == markLTR || s.mark == markURL) && l.dir == "rtl":
		return isolateLTR + s.text + isolateEnd
	}
	return s.text
}

// direction is that of the first strong letter: "ltr", "rtl", or "" for none.
func direction(s string) string {
	for _, r := range s {
		if !unicode.IsLetter(r) {
			continue
		}
		p, _ := bidi.LookupRune(r)
		switch p.Class() {
		case bidi.L:
			return "ltr"
		case bidi.R, bidi.AL:
			return "rtl"
		}
	}
	return ""
}
