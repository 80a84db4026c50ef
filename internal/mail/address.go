package mail

import (
	"strings"
	"unicode"
)

// maxAddresses bounds one list: more is no mail to a person.
const maxAddresses = 2000

// Normal returns the address for comparing: trimmed and lower-cased, or empty if it is none. There is no
// folding of dots or plus tags. Letters outside ASCII never become ASCII ones: U+212A, the Kelvin sign, is
// not "k".
func (a Address) Normal() string {
	s := strings.TrimSpace(a.Address)
	if !validAddress(s) {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); r < 0x80 || l >= 0x80 {
			return l
		}
		return r
	}, s)
}

// Domain returns the part after the last @ of the normal form, without a final dot; empty if there is none.
func (a Address) Domain() string {
	n := a.Normal()
	return strings.TrimSuffix(n[strings.LastIndexByte(n, '@')+1:], ".")
}

// validAddress: local@domain, no white space, controls, brackets or commas outside a quoted local part, at
// most 320 bytes (RFC 3696 section 3).
func validAddress(s string) bool {
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > 320 {
		return false
	}
	local, domain := s[:at], s[at+1:]
	if len(local) >= 3 && local[0] == '"' && local[len(local)-1] == '"' {
		local = "quoted" // may hold anything but controls, which the parser has removed
	}
	bad := func(r rune) bool {
		return r <= ' ' || r == 0x7f || r == 0xa0 || invisible(r) || unicode.IsSpace(r) ||
			strings.ContainsRune(`<>()[]",;:\@`, r)
	}
	if strings.HasPrefix(domain, "[") && strings.HasSuffix(domain, "]") { // address literal
		domain = domain[1 : len(domain)-1]
		return strings.IndexFunc(local, bad) < 0 && domain != "" && !strings.ContainsAny(domain, " []<>@")
	}
	return strings.IndexFunc(local, bad) < 0 && strings.IndexFunc(domain, bad) < 0 &&
		!strings.HasPrefix(domain, ".") && !strings.Contains(domain, "..")
}

// addresses reads an address list (RFC 5322 section 3.4) and forgives nearly everything: groups, comments,
// routes, encoded words around a whole address, missing brackets, commas in unquoted names.
func addresses(v string) []Address {
	out := (&addressReader{in: v}).list()
	if len(out) == 0 || !anyAt(out) {
		if d := decodeWords(v); d != v && strings.Contains(d, "@") {
			if again := (&addressReader{in: d}).list(); anyAt(again) {
				return again
			}
		}
	}
	return out
}

func anyAt(list []Address) bool {
	for _, a := range list {
		if strings.Contains(a.Address, "@") {
			return true
		}
	}
	return false
}

// addressReader holds one mailbox while it grows.
type addressReader struct {
	in      string
	pos     int
	text    strings.Builder // phrase or bare address, comments removed, quoted strings unquoted
	raw     strings.Builder // the same with quotes kept, for a quoted local part
	comment string
	angle   string
	angled  bool
	named   int // length of text where the bracket began
	out     []Address
}

func (r *addressReader) list() []Address {
	for r.pos < len(r.in) && len(r.out) < maxAddresses {
		c := r.in[r.pos]
		switch c {
		case '"':
			r.quoted()
		case '(':
			r.comment = r.parens()
			r.write(" ", " ")
		case '<':
			r.bracket()
		case ',', ';':
			r.pos++
			if c == ',' && r.commaInName() {
				r.write(", ", ", ")
				continue
			}
			r.finish()
		case ':':
			r.pos++
			r.colon()
		default:
			r.pos++
			r.text.WriteByte(c)
			r.raw.WriteByte(c)
		}
	}
	r.finish()
	return r.out
}

func (r *addressReader) write(text, raw string) {
	r.text.WriteString(text)
	r.raw.WriteString(raw)
}

// quoted reads a quoted string; without a closing quote the mark is a character like any other.
func (r *addressReader) quoted() {
	var b strings.Builder
	for i := r.pos + 1; i < len(r.in); i++ {
		switch c := r.in[i]; c {
		case '\\':
			if i+1 < len(r.in) {
				i++
				b.WriteByte(r.in[i])
			}
		case '"':
			r.write(b.String(), r.in[r.pos:i+1])
			r.pos = i + 1
			return
		default:
			b.WriteByte(c)
		}
	}
	r.pos++
}

// parens reads a comment, nested ones included, and returns its text.
func (r *addressReader) parens() string {
	depth := 0
	var b strings.Builder
	for i := r.pos; i < len(r.in); i++ {
		c := r.in[i]
		switch {
		case c == '\\' && i+1 < len(r.in):
			i++
			b.WriteByte(r.in[i])
			continue
		case c == '(':
			depth++
			if depth == 1 {
				continue
			}
		case c == ')':
			depth--
			if depth == 0 {
				r.pos = i + 1
				return b.String()
			}
		}
		b.WriteByte(c)
	}
	r.pos++ // never closed: a character like any other
	return ""
}

// bracket reads `<addr>`; without `>` it ends at the next separator.
func (r *addressReader) bracket() {
	r.pos++
	for r.pos < len(r.in) && r.in[r.pos] == '<' {
		r.pos++
	}
	start, quoted := r.pos, false
	i := start
	for ; i < len(r.in); i++ {
		c := r.in[i]
		if c == '"' {
			quoted = !quoted
		}
		if c == '>' && !quoted {
			break
		}
	}
	if i == len(r.in) {
		if j := strings.IndexAny(r.in[start:], ">,; "); j >= 0 && j > 0 {
			i = start + j
		}
	}
	inner := r.in[start:i]
	if i < len(r.in) && r.in[i] == '>' {
		i++
	}
	for i < len(r.in) && r.in[i] == '>' {
		i++
	}
	r.pos = i
	if r.angled && !strings.Contains(inner, "@") && strings.Contains(r.angle, "@") {
		return // `<a@b.example> <note>`
	}
	switch {
	case r.angled && strings.Contains(r.angle, "@"): // two without a comma: both count, for a forger's sake
		text, named := r.text.String(), r.named
		r.text.Reset()
		r.text.WriteString(text[:named])
		r.finish()
		r.write(text[named:], "")
	case r.angled: // `<Ann> <ann@b.example>`
		r.write(r.angle, r.angle)
	}
	r.angle, r.angled, r.named = inner, true, r.text.Len()
}

// commaInName: `Doe, Jane <jane@b.example>`: no address so far, and one in brackets before the next comma.
func (r *addressReader) commaInName() bool {
	so := strings.TrimSpace(r.text.String())
	if so == "" || r.angled || strings.Contains(so, "@") {
		return false
	}
	rest := r.in[r.pos:min(len(r.in), r.pos+200)] // a name is short
	angle := strings.IndexByte(rest, '<')
	if angle < 0 {
		return false
	}
	before := rest[:angle]
	return !strings.ContainsAny(before, "@;:") && strings.Count(before, ",") <= 2
}

// colon ends the name of a group, or belongs to `mailto:`.
func (r *addressReader) colon() {
	word := strings.ToLower(strings.TrimSpace(r.text.String()))
	if r.angled || strings.Contains(word, "@") || strings.HasPrefix(word, "[") {
		r.write(":", ":")
		return
	}
	r.text.Reset()
	r.raw.Reset()
	r.comment = ""
}

// finish puts the mailbox that was read on the list.
func (r *addressReader) finish() {
	text, raw := strings.TrimSpace(r.text.String()), strings.TrimSpace(r.raw.String())
	a := Address{}
	switch {
	case r.angled:
		a.Address = cleanAddress(r.angle)
		a.Name = text
		if a.Name == "" {
			a.Name = r.comment
		}
	case strings.Contains(raw, "@"):
		var more []Address
		a.Name, a.Address, more = bare(raw)
		r.out = append(r.out, more...)
		if a.Name == "" {
			a.Name = r.comment
		}
	default:
		a.Name = text
	}
	a.Name = cleanName(a.Name)
	if a.Address != "" || a.Name != "" {
		r.out = append(r.out, a)
	}
	r.text.Reset()
	r.raw.Reset()
	r.comment, r.angle, r.angled = "", "", false
}

// bare splits `Jane Doe jane@b.example`, which has no brackets; white space around @ and dots is obsolete
// syntax. Of several addresses without commas the last is address, the others are more.
func bare(raw string) (name, address string, more []Address) {
	if s := cleanAddress(raw); validAddress(s) && (strings.HasPrefix(raw, `"`) || obsoleteSpaces(raw)) {
		return "", s, nil
	}
	var rest []string
	for _, f := range strings.Fields(raw) {
		if s := cleanAddress(f); strings.Contains(f, "@") && validAddress(s) && len(more) < maxAddresses {
			if address != "" {
				more = append(more, Address{Address: address})
			}
			address = s
			continue
		}
		rest = append(rest, f)
	}
	if address == "" {
		return "", cleanAddress(raw), nil
	}
	return strings.Trim(strings.Join(rest, " "), `"`), address, more
}

// obsoleteSpaces: every gap touches an @ or a dot (RFC 5322 section 4.4).
func obsoleteSpaces(s string) bool {
	f := strings.Fields(s)
	for i := 1; i < len(f); i++ {
		left, right := f[i-1], f[i]
		if !strings.HasSuffix(left, "@") && !strings.HasSuffix(left, ".") &&
			!strings.HasPrefix(right, "@") && !strings.HasPrefix(right, ".") {
			return false
		}
	}
	return true
}

// cleanAddress removes route, comments, white space and stray quotes of an address.
func cleanAddress(s string) string {
	if strings.Contains(s, "=?") {
		s = decodeWords(s)
	}
	s = strings.TrimSpace(stripInvisible(oneLine(s)))
	if strings.HasPrefix(s, "@") { // route: @a,@b:local@c (RFC 5322 section 4.4)
		if i := strings.IndexByte(s, ':'); i >= 0 {
			s = s[i+1:]
		}
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	s = strings.Trim(s, "<>'")
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\\' && quoted && i+1 < len(s):
			b.WriteString(s[i : i+2])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '(':
			depth++
			continue
		case c == ')':
			depth = max(0, depth-1)
			continue
		case depth > 0 || c == ' ' || c == '\t':
			continue
		}
		b.WriteByte(c)
	}
	return unquoteLocal(b.String())
}

// unquoteLocal drops quotes that a local part does not need, or that surround the whole address.
func unquoteLocal(s string) string {
	at := strings.LastIndexByte(s, '@')
	if len(s) > 2 && s[0] == '"' && s[len(s)-1] == '"' {
		return s[1 : len(s)-1]
	}
	if at > 2 && s[0] == '"' && s[at-1] == '"' {
		if inner := s[1 : at-1]; validAddress(inner + s[at:]) {
			return inner + s[at:]
		}
	}
	return s
}

// cleanName decodes a display name and takes off quotes around it.
func cleanName(s string) string {
	s = decodeWords(s)
	s = strings.Join(strings.Fields(stripInvisible(oneLine(s))), " ")
	if len(s) > 1 && (s[0] == '"' && s[len(s)-1] == '"' || s[0] == '\'' && s[len(s)-1] == '\'') {
		s = strings.TrimSpace(s[1 : len(s)-1])
	}
	return cutBytes(s, 500)
}
