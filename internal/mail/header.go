package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// maxFields bounds a header: real mail has under 200 fields, list mail under 400.
const maxFields = 5000

// Get returns the value of the first field of this name, unfolded but not decoded; empty when there is none.
// Names compare without regard to letter case (RFC 5322 section 1.2.2).
func (h Header) Get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// All returns the values of all fields of this name from top to bottom.
func (h Header) All(name string) []string {
	var out []string
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			out = append(out, h[i].Value)
		}
	}
	return out
}

// Has reports whether there is a field of this name, even an empty one.
func (h Header) Has(name string) bool {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return true
		}
	}
	return false
}

// splitHeader cuts an entity into its header and its body. A line that is no field is skipped when fields
// follow; otherwise the body begins there, because some programs forget the blank line. broken tells of such
// lines.
func splitHeader(raw []byte) (h Header, body []byte, broken bool) {
	end := headerEnd(raw)
	block := utf8String(raw[:end.fields])
	body = raw[end.body:]
	if n := strings.Count(block, "\n") + 1; n < maxFields {
		h = make(Header, 0, n)
	}
	for len(block) > 0 {
		var field string
		field, block = cutField(block)
		name, value, ok := strings.Cut(field, ":")
		name = strings.TrimRight(name, " \t")
		if !ok || name == "" || len(h) >= maxFields {
			broken = broken || strings.TrimSpace(field) != ""
			continue
		}
		h = append(h, Field{Name: name, Value: unfold(value)})
	}
	return h, body, broken || end.missing
}

// cut tells where the fields of an entity end and where its body begins.
type cut struct {
	fields, body int
	missing      bool // there was no blank line between them
}

// headerEnd looks for the blank line, or for the first line that cannot belong to a header.
func headerEnd(raw []byte) cut {
	pos := 0
	for pos < len(raw) {
		line, next := lineAt(raw, pos)
		switch {
		case len(bytes.TrimRight(line, " \t\r")) == 0:
			// A blank line of spaces alone ends the header too, unless a field or a folded line follows.
			if len(bytes.TrimRight(line, "\r")) == 0 || !continues(raw, next) {
				return cut{fields: pos, body: next}
			}
		case line[0] == ' ' || line[0] == '\t' || isField(line):
		case pos > 0 && !continues(raw, next):
			return cut{fields: pos, body: pos, missing: true}
		case pos == 0 && !continues(raw, next):
			return cut{fields: 0, body: 0, missing: true}
		}
		pos = next
	}
	return cut{fields: len(raw), body: len(raw)}
}

// continues reports whether a header goes on at pos.
func continues(raw []byte, pos int) bool {
	line, _ := lineAt(raw, pos)
	return len(line) > 0 && isField(line)
}

// lineAt returns the line at pos without its LF, and the start of the next line.
func lineAt(raw []byte, pos int) (line []byte, next int) {
	i := bytes.IndexByte(raw[pos:], '\n')
	if i < 0 {
		return raw[pos:], len(raw)
	}
	return raw[pos : pos+i], pos + i + 1
}

// isField reports whether a line begins with a field name and a colon (RFC 5322 section 2.2; spaces before
// the colon are obsolete syntax, section 4.5).
func isField(line []byte) bool {
	i := bytes.IndexByte(line, ':')
	if i <= 0 || i > 200 {
		return false
	}
	for _, c := range bytes.TrimRight(line[:i], " \t") {
		if c <= ' ' || c == 0x7f {
			return false
		}
	}
	return true
}

// cutField takes the first field, folded lines included, off a header block.
func cutField(block string) (field, rest string) {
	for pos := 0; ; {
		i := strings.IndexByte(block[pos:], '\n')
		if i < 0 {
			return block, ""
		}
		pos += i + 1
		if pos == len(block) || (block[pos] != ' ' && block[pos] != '\t') {
			return block[:pos-1], block[pos:]
		}
	}
}

// unfold removes line breaks (RFC 5322 section 2.2.3) and controls, and surrounding white space.
func unfold(v string) string {
	v = strings.TrimSpace(v)
	clean := true
	for i := 0; i < len(v) && clean; i++ {
		clean = v[i] >= ' ' && v[i] != 0x7f
	}
	if clean {
		return v
	}
	var b strings.Builder
	b.Grow(len(v))
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case c == '\n':
		case c == '\t':
			b.WriteByte(' ')
		case c == '\r' && i+1 < len(v) && v[i+1] != '\n':
			b.WriteByte(' ')
		case c == 0x1b || c >= ' ' && c != 0x7f: // ESC starts raw ISO-2022-JP
			b.WriteByte(c)
		}
	}
	return b.String()
}

// utf8String is a string of raw header bytes. Eight-bit text that is not UTF-8 stays as it is for the moment:
// the charset of the body is not known yet (see decodeRaw).
func utf8String(b []byte) string { return string(b) }

// decodeRaw makes every value valid UTF-8. Raw eight-bit headers are not allowed without SMTPUTF8 (RFC 6532),
// but programs that write them use the charset of the body.
func (h Header) decodeRaw(charset string) {
	for i := range h {
		if v := h[i].Value; !utf8.ValidString(v) || strings.IndexByte(v, 0x1b) >= 0 {
			h[i].Value = oneLine(decodeCharset([]byte(v), charset))
		}
		if !utf8.ValidString(h[i].Name) {
			h[i].Name = strings.ToValidUTF8(h[i].Name, "?")
		}
	}
}

// oneLine strips every control character, line breaks included.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\u2028' || r == '\u2029':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return -1
		}
		return r
	}, s)
}
