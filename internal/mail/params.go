package mail

import (
	"slices"
	"strconv"
	"strings"
)

// maxParams bounds the parameters of one field.
const maxParams = 200

type param struct{ key, value string }

// parameterized is a field such as Content-Type: a value and its parameters, names in lower case.
type parameterized struct {
	value  string // lower case
	params []param
}

// get returns a parameter, decoded: RFC 2231 with its continuations first, then encoded words, which are not
// allowed here but common.
func (p parameterized) get(key string) string {
	var plain string
	var pieces []piece
	for _, q := range p.params {
		if q.key == key {
			if plain == "" {
				plain = q.value
			}
			continue
		}
		if rest, ok := strings.CutPrefix(q.key, key+"*"); ok {
			if pc, ok := newPiece(rest, q.value); ok {
				pieces = append(pieces, pc)
			}
		}
	}
	if len(pieces) > 0 {
		return joinPieces(pieces)
	}
	return decodeWords(plain)
}

// piece is one section of an RFC 2231 parameter.
type piece struct {
	n       int
	encoded bool
	value   string
}

func newPiece(suffix, value string) (piece, bool) {
	number, encoded := strings.CutSuffix(suffix, "*")
	if suffix == "" {
		return piece{0, true, value}, true
	}
	n, err := strconv.Atoi(number)
	return piece{n, encoded, value}, err == nil && n >= 0 && n < 1000
}

func joinPieces(pieces []piece) string {
	slices.SortStableFunc(pieces, func(a, b piece) int { return a.n - b.n })
	var raw []byte
	charset, encodedWords := "", true
	for i, pc := range pieces {
		v := pc.value
		if pc.encoded {
			encodedWords = false
			if i == 0 {
				if parts := strings.SplitN(v, "'", 3); len(parts) == 3 {
					charset, v = parts[0], parts[2]
				}
			}
			raw = append(raw, percent(v)...)
			continue
		}
		raw = append(raw, v...)
	}
	s := decodeCharset(raw, charset)
	if encodedWords {
		s = decodeWords(s)
	}
	return s
}

func percent(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0 {
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
			continue
		}
		out = append(out, s[i])
	}
	return out
}

// parameters reads `value; key=value; key="quoted"` and forgives missing quotes, spaces and semicolons.
func parameters(s string) parameterized {
	var p parameterized
	head, rest, _ := strings.Cut(s, ";")
	if i := strings.IndexByte(head, '('); i >= 0 {
		head = head[:i]
	}
	p.value = strings.ToLower(strings.Trim(strings.TrimSpace(head), `"`))
	if i := strings.IndexAny(p.value, " \t"); i >= 0 {
		rest = s[min(len(s), len(head)-len(strings.TrimLeft(head, " \t"))+i):]
		p.value = p.value[:i]
	}
	for rest != "" && len(p.params) < maxParams {
		rest = strings.TrimLeft(rest, "; \t\r\n")
		eq := strings.IndexAny(rest, "=;")
		if eq < 0 {
			break
		}
		if rest[eq] == ';' {
			rest = rest[eq:]
			continue
		}
		key := strings.ToLower(strings.TrimSpace(rest[:eq]))
		var value string
		value, rest = paramValue(strings.TrimLeft(rest[eq+1:], " \t"))
		p.params = append(p.params, param{key, value})
	}
	return p
}

// paramValue takes one value, quoted or up to the next semicolon. A backslash escapes only a quote or another
// backslash: some programs write Windows paths.
func paramValue(s string) (value, rest string) {
	if !strings.HasPrefix(s, `"`) {
		i := strings.IndexByte(s, ';')
		if i < 0 {
			i = len(s)
		}
		value = strings.TrimSpace(s[:i])
		if c := strings.Index(value, " ("); c > 0 && strings.HasSuffix(value, ")") {
			value = strings.TrimSpace(value[:c])
		}
		return strings.Trim(value, `"`), s[i:]
	}
	if end := strings.IndexAny(s[1:], `"\`); end >= 0 && s[1+end] == '"' {
		return s[1 : 1+end], s[2+end:]
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case c == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// maxName bounds an attachment's name in bytes, as file systems do.
const maxName = 255

// safeName makes a name that a person may save under: no folders, controls or leading dots.
func safeName(s string) string {
	s = strings.TrimSpace(stripInvisible(oneLine(s)))
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimRight(strings.TrimLeft(s, ". "), ". ")
	if len(s) <= maxName {
		return s
	}
	ext := ""
	if i := strings.LastIndexByte(s, '.'); i >= 0 && len(s)-i <= 16 {
		ext = s[i:]
	}
	return strings.TrimSpace(cutBytes(s, maxName-len(ext))) + ext
}

// nameFor invents a name for a nameless part.
func nameFor(mediaType string) string {
	known := map[string]string{
		"image/jpeg": ".jpg", "image/png": ".png", "image/gif": ".gif", "application/pdf": ".pdf",
		"text/plain": ".txt", "text/html": ".html", "text/calendar": ".ics", "text/csv": ".csv",
		"message/rfc822": ".eml", "application/pgp-signature": ".asc", "application/pkcs7-signature": ".p7s",
		"application/zip": ".zip",
	}
	return "attachment" + known[mediaType]
}

// looksLikeType repairs a Content-Type that is no type at all.
func looksLikeType(v string) bool {
	major, minor, ok := strings.Cut(v, "/")
	return ok && major != "" && minor != "" && !strings.ContainsAny(v, " \"<>@,")
}
