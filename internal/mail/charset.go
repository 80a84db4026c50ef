package mail

import (
	"bytes"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// decodeCharset turns bytes into UTF-8. The label is a hint: text that is valid UTF-8 is taken as such
// whatever single-byte label it wears, and what no label explains is read as windows-1252, which never
// fails.
func decodeCharset(b []byte, label string) string {
	label = strings.ToLower(strings.Trim(strings.TrimSpace(label), `"'`))
	if plainASCII(b) && !stateful(label) {
		return string(b)
	}
	if s, ok := decodeMarked(b, label); ok {
		return s
	}
	valid := utf8.Valid(b)
	switch {
	case label == "utf-7" || label == "unicode-1-1-utf-7" || label == "x-unicode-2-0-utf-7":
		return decodeUTF7(b)
	case label == "iso-2022-kr" || label == "csiso2022kr":
		return decodeISO2022KR(b)
	case valid && !stateful(label) && !wide(label):
		return string(b)
	}
	enc := lookupCharset(label)
	if enc == nil || enc == unicode.UTF8 {
		return guess(b)
	}
	s, err := enc.NewDecoder().Bytes(b)
	if err != nil || valid && bytes.ContainsRune(s, utf8.RuneError) {
		return guess(b)
	}
	return string(s)
}

// decodeMarked handles text whose first bytes say what it is: byte order marks and ISO-2022-JP escapes.
func decodeMarked(b []byte, label string) (string, bool) {
	switch {
	case bytes.HasPrefix(b, []byte("\xef\xbb\xbf")):
		return strings.ToValidUTF8(string(b[3:]), "\uFFFD"), true
	case bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff")):
		s, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder().Bytes(b)
		return string(s), err == nil
	case !stateful(label) && (bytes.Contains(b, []byte("\x1b$B")) || bytes.Contains(b, []byte("\x1b$@"))):
		s, err := japanese.ISO2022JP.NewDecoder().Bytes(b)
		return string(s), err == nil
	}
	return "", false
}

// guess reads bytes without a usable label: UTF-8 with few faults, else windows-1252.
func guess(b []byte) string {
	good, bad := 0, 0
	for rest := b; len(rest) > 0; {
		r, n := utf8.DecodeRune(rest)
		switch {
		case r == utf8.RuneError && n == 1:
			bad++
		case n > 1:
			good++
		}
		rest = rest[n:]
	}
	if bad == 0 || good > bad {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	s, err := charmap.Windows1252.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(s)
}

func plainASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf || c == 0x1b {
			return false
		}
	}
	return true
}

// stateful charsets use ASCII bytes for other characters.
func stateful(label string) bool {
	return strings.HasPrefix(label, "iso-2022") || strings.HasPrefix(label, "csiso2022") ||
		strings.Contains(label, "utf-7") || strings.HasPrefix(label, "hz") || strings.HasPrefix(label, "utf-16") ||
		strings.HasPrefix(label, "utf-32") || strings.HasPrefix(label, "ucs-")
}

// wide charsets use byte pairs that may look like UTF-8 by accident.
func wide(label string) bool {
	for _, p := range []string{
		"gb", "big5", "euc-", "shift", "sjis", "x-sjis", "ks_c", "ks-c", "cp93", "cp94", "windows-949",
	} {
		if strings.HasPrefix(label, p) {
			return true
		}
	}
	return false
}

// lookupCharset finds a decoder; nil when the label says nothing.
func lookupCharset(label string) encoding.Encoding {
	switch label {
	case "", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "unknown", "utf8", "utf-8", "x-user-defined",
		"default_charset", "binary", "8bit", "7bit":
		return unicode.UTF8
	case "hz-gb-2312", "hz":
		return simplifiedchinese.HZGB2312
	case "cp932", "ms932", "windows-932":
		return japanese.ShiftJIS
	case "cp936", "windows-936", "ms936", "cn-gb", "euc-cn":
		return simplifiedchinese.GBK
	case "cp949", "ms949", "windows-949", "ks_c_5601":
		return korean.EUCKR
	case "ansi_x3.110-1983", "latin-1", "iso8859-1":
		return charmap.Windows1252
	}
	name := strings.ReplaceAll(label, "_", "-")
	if rest, ok := strings.CutPrefix(name, "cp"); ok && len(rest) == 4 && rest[:2] == "12" {
		name = "windows-" + rest
	}
	if rest, ok := strings.CutPrefix(name, "iso8859-"); ok {
		name = "iso-8859-" + rest
	}
	for _, n := range []string{label, name} {
		if e, err := htmlindex.Get(n); err == nil && e != encoding.Replacement {
			return e
		}
		if e, err := ianaindex.MIME.Encoding(n); err == nil && e != nil {
			return e
		}
	}
	return nil
}

// utf7 is the modified alphabet of RFC 2152; it has no padding.
var utf7 = base64.NewEncoding("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/").
	WithPadding(base64.NoPadding)

// decodeUTF7 reads RFC 2152: +base64- runs of UTF-16 between ASCII.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		out.Write(b[:i])
		b = b[i+1:]
		n := 0
		for n < len(b) && isBase64(b[n]) {
			n++
		}
		if n == 0 {
			out.WriteByte('+')
		} else if raw, err := utf7.DecodeString(string(b[:n])); err == nil {
			units := make([]uint16, len(raw)/2)
			for j := range units {
				units[j] = uint16(raw[2*j])<<8 | uint16(raw[2*j+1])
			}
			out.WriteString(string(utf16.Decode(units)))
		}
		b = b[n:]
		if len(b) > 0 && b[0] == '-' {
			b = b[1:]
		}
	}
	out.Write(b)
	return strings.ToValidUTF8(out.String(), "\uFFFD")
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// decodeISO2022KR reads RFC 1557: between SO and SI each byte is EUC-KR without its eighth bit.
func decodeISO2022KR(b []byte) string {
	b = bytes.ReplaceAll(b, []byte("\x1b$)C"), nil)
	out := make([]byte, 0, len(b))
	shifted := false
	for _, c := range b {
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case shifted && c > ' ':
			out = append(out, c|0x80)
		default:
			out = append(out, c)
		}
	}
	s, err := korean.EUCKR.NewDecoder().Bytes(out)
	if err != nil {
		return guess(b)
	}
	return string(s)
}
