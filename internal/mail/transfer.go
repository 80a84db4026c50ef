package mail

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// decodeTransfer undoes a Content-Transfer-Encoding (RFC 2045 section 6). It never fails: what is no valid
// encoding stays as it is.
func decodeTransfer(body []byte, encoding string) []byte {
	switch encoding {
	case "base64":
		return lenientBase64(body)
	case "quoted-printable":
		return decodeQuotedPrintable(body)
	case "x-uuencode", "uuencode", "x-uue":
		if files, _ := uuFiles(body); len(files) > 0 {
			return files[0].data
		}
	}
	return body
}

// transferSize is the decoded length, without decoding where that is cheap.
func transferSize(body []byte, encoding string) int {
	if encoding != "base64" {
		return len(decodeTransfer(body, encoding))
	}
	n, run := 0, 0
	for _, c := range body {
		if base64Value(c) != 0xFF {
			run++
		} else if c == '=' {
			n, run = n+run*3/4, 0
		}
	}
	return n + run*3/4
}

// transferEncoding reads the field; odd values mean none.
func transferEncoding(v string) string {
	v = strings.ToLower(strings.TrimSpace(v))
	if i := strings.IndexAny(v, " ;(\t"); i >= 0 {
		v = v[:i]
	}
	v = strings.Trim(v, `"'`)
	if v == "quoted_printable" || v == "quotedprintable" || v == "qp" {
		return "quoted-printable"
	}
	return v
}

// decodeQuotedPrintable reads RFC 2045 section 6.7; a `=` that starts nothing known stands for itself.
func decodeQuotedPrintable(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '=')
		if i < 0 {
			return append(out, b...)
		}
		out = append(out, b[:i]...)
		b = b[i+1:]
		if len(b) >= 2 && unhex(b[0]) >= 0 && unhex(b[1]) >= 0 {
			out = append(out, byte(unhex(b[0])<<4|unhex(b[1])))
			b = b[2:]
			continue
		}
		j := 0 // soft line break, perhaps with white space that a relay added
		for j < len(b) && (b[j] == ' ' || b[j] == '\t' || b[j] == '\r') {
			j++
		}
		switch {
		case j == len(b):
			return out
		case b[j] == '\n':
			b = b[j+1:]
		default:
			out = append(out, '=')
		}
	}
	return out
}

// cleanText gives LF line ends and removes controls and invisible characters.
func cleanText(s string) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	dirty := false
	for i := 0; i < len(s) && !dirty; i++ {
		c := s[i]
		dirty = c < ' ' && c != '\n' && c != '\t' || c == 0x7f || c >= utf8.RuneSelf
	}
	if !dirty {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\r':
			if i+1 >= len(s) || s[i+1] != '\n' {
				b.WriteByte('\n')
			}
		case c == '\f' || c == '\v':
			b.WriteByte('\n')
		case c < ' ' && c != '\n' && c != '\t' || c == 0x7f:
		default:
			b.WriteByte(c)
		}
	}
	return stripInvisible(b.String())
}

// unflow joins the soft line breaks of format=flowed (RFC 3676), so that a sentence, or "On … wrote:", is one
// line again.
func unflow(s string, delSp bool) string {
	var b strings.Builder
	b.Grow(len(s))
	open, depth := false, 0 // the line written last ended softly, at this quote depth
	for line := range strings.SplitSeq(s, "\n") {
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		body := strings.TrimPrefix(line[d:], " ") // space-stuffing, section 4.4
		soft := strings.HasSuffix(body, " ") && body != "-- "
		if !open || d != depth || body == "-- " {
			if b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(line[:d])
			if d > 0 {
				b.WriteByte(' ')
			}
		}
		if soft && delSp {
			body = strings.TrimSuffix(body, " ")
		}
		b.WriteString(body)
		open, depth = soft, d
	}
	return b.String()
}

// uuFile is a file inside a text body, as mail carried them before MIME.
type uuFile struct {
	name string
	data []byte
}

// uuFiles takes `begin 644 name` … `end` blocks out of a text and returns the text without them.
func uuFiles(b []byte) (files []uuFile, rest []byte) {
	for len(files) < 100 {
		start := 0
		if !bytes.HasPrefix(b, []byte("begin ")) {
			if start = bytes.Index(b, []byte("\nbegin ")) + 1; start == 0 {
				break
			}
		}
		line, next := lineAt(b, start)
		fields := strings.SplitN(strings.TrimSpace(string(line)), " ", 3)
		f, end, ok := uuDecode(b, next)
		if len(fields) != 3 || len(fields[1]) < 3 || strings.Trim(fields[1], "01234567") != "" || !ok {
			rest = append(rest, b[:next]...)
			b = b[next:]
			continue
		}
		files = append(files, uuFile{name: fields[2], data: f})
		rest = append(rest, b[:start]...)
		b = b[end:]
	}
	if files == nil {
		return nil, append(rest, b...)
	}
	return files, append(rest, b...)
}

// uuDecode reads the lines of one block up to `end`.
func uuDecode(b []byte, pos int) (data []byte, end int, ok bool) {
	for pos < len(b) {
		line, next := lineAt(b, pos)
		line = bytes.TrimRight(line, "\r")
		if string(bytes.TrimSpace(line)) == "end" {
			return data, next, true
		}
		if len(line) == 0 || line[0] < ' ' || line[0] > '`' || len(line) > 90 {
			return nil, 0, false
		}
		n := int(line[0]-' ') & 63
		var acc uint32
		bits := 0
		for _, c := range line[1:] {
			if n == 0 {
				break
			}
			acc = acc<<6 | uint32(c-' ')&63
			if bits += 6; bits >= 8 {
				bits -= 8
				data = append(data, byte(acc>>bits))
				n--
			}
		}
		pos = next
	}
	return nil, 0, false
}
