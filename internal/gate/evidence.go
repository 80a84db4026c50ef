package gate

import (
	"strings"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/mail"
)

// maxEvidence bounds a header line that staff see, in bytes: two lines on a screen.
const maxEvidence = 200

// line gives the first header field of this name as evidence, empty where there is none.
func line(m *mail.Mail, name string) string {
	for _, f := range m.Header {
		if strings.EqualFold(f.Name, name) {
			return capped(f)
		}
	}
	return ""
}

// capped writes a field as one line of at most maxEvidence bytes of valid UTF-8.
func capped(f mail.Field) string {
	value := f.Value
	if len(value) > 4*maxEvidence {
		value = value[:4*maxEvidence]
	}
	s := strings.ToValidUTF8(f.Name+": "+strings.Join(strings.Fields(value), " "), "")
	if len(s) <= maxEvidence {
		return s
	}
	cut := maxEvidence - len("…")
	for !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}
