package mail

import "strings"

// decodeWords decodes the encoded words of RFC 2047 in a header value. It is tolerant: words inside quoted
// strings, without a space between them, with raw spaces, with missing padding or a missing end. A character
// split over two words is joined, which the RFC forbids and programs do.
func decodeWords(s string) string {
	if !strings.Contains(s, "=?") {
		return s
	}
	var out strings.Builder
	var pending []byte // bytes of adjacent words of one charset
	var charset string
	flush := func() {
		out.WriteString(decodeCharset(pending, charset))
		pending = pending[:0]
	}
	for s != "" {
		i := strings.Index(s, "=?")
		if i < 0 {
			break
		}
		w, n, ok := encodedWord(s[i:])
		if !ok {
			flush()
			out.WriteString(s[:i+2])
			s = s[i+2:]
			continue
		}
		// White space between two words is not part of the text (RFC 2047 section 6.2).
		if between := s[:i]; len(pending) == 0 || strings.TrimSpace(between) != "" {
			flush()
			out.WriteString(between)
		}
		if len(pending) > 0 && !strings.EqualFold(charset, w.charset) {
			flush()
		}
		charset = w.charset
		pending = append(pending, w.text...)
		if len(w.text) == 0 {
			flush()
		}
		s = s[i+n:]
	}
	flush()
	out.WriteString(s)
	return oneLine(strings.ToValidUTF8(out.String(), "\uFFFD"))
}

type word struct {
	charset string
	text    []byte
}

// encodedWord reads `=?charset?B|Q?text?=` at the start of s and returns its length in bytes.
func encodedWord(s string) (w word, n int, ok bool) {
	rest := s[2:]
	i := strings.IndexByte(rest, '?')
	if i <= 0 || i > 40 || i+3 > len(rest) || rest[i+2] != '?' || strings.ContainsAny(rest[:i], " \t<>\"") {
		return w, 0, false
	}
	w.charset, _, _ = strings.Cut(rest[:i], "*") // RFC 2231 section 5: charset*language
	method := rest[i+1] | 0x20
	text := rest[i+3:]
	n = 2 + i + 3
	end := strings.Index(text, "?=")
	if method == 'q' && strings.HasPrefix(text, "?=") {
		end = 0
	}
	if end < 0 { // cut off: to the end of the value, unless that swallows an address
		if end = strings.IndexAny(text, "<>\""); end < 0 {
			end = len(text)
		}
		n += end
	} else {
		n += end + 2
	}
	text = text[:end]
	switch method {
	case 'b':
		w.text = lenientBase64([]byte(text))
	case 'q':
		w.text = decodeQ(text)
	default:
		return w, 0, false
	}
	return w, n, true
}

// decodeQ reads the Q encoding (RFC 2047 section 4.2); a `=` without two hexadecimal digits stands for
// itself.
func decodeQ(s string) []byte {
	out := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '_':
			out = append(out, ' ')
		case c == '=' && i+2 < len(s) && unhex(s[i+1]) >= 0 && unhex(s[i+2]) >= 0:
			out = append(out, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
			i += 2
		default:
			out = append(out, c)
		}
	}
	return out
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// base64Value maps a byte to its six bits, 0xFF for bytes outside the alphabet.
func base64Value(c byte) uint32 {
	switch {
	case 'A' <= c && c <= 'Z':
		return uint32(c - 'A')
	case 'a' <= c && c <= 'z':
		return uint32(c-'a') + 26
	case '0' <= c && c <= '9':
		return uint32(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return 0xFF
}

// lenientBase64 decodes what is decodable: bytes outside the alphabet are skipped (RFC 2045 section 6.8),
// padding may be missing, and data may go on after padding.
func lenientBase64(b []byte) []byte {
	out := make([]byte, 0, len(b)*3/4+3)
	var acc uint32
	bits := 0
	for _, c := range b {
		v := base64Value(c)
		if v == 0xFF {
			if c == '=' {
				acc, bits = 0, 0
			}
			continue
		}
		acc = acc<<6 | v
		if bits += 6; bits >= 8 {
			bits -= 8
			out = append(out, byte(acc>>bits))
		}
	}
	return out
}
