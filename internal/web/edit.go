package web

import (
	"html"
	"regexp"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of what a person may write.
const (
	maxText    = 20_000 // characters
	maxSubject = 250
	maxReason  = 500
)

// proposed gives subject and text that the form starts with.
func proposed(t *ticket.Turn) (subject, text string) {
	if d := t.Draft(); d != nil {
		return d.Subject, cleanText(d.Text)
	}
	if m := t.Mail(); m != nil {
		subject = mail.ReplySubject(m.Subject)
	}
	return subject, ""
}

// languageOf is the language that an answer is written in.
func languageOf(t *ticket.Turn) string {
	if d := t.Draft(); d != nil && d.Language != "" {
		return d.Language
	}
	if t.Triage != nil && t.Triage.Language != "" {
		return t.Triage.Language
	}
	return "en"
}

// edited makes a draft of what a person wrote. It keeps the facts of the draft before it, which the check
// compares with.
func (s *server) edited(t *ticket.Turn, by, subject, text, language string, at time.Time) ticket.Draft {
	var d ticket.Draft
	if last := t.Draft(); last != nil {
		d = *last
	} else {
		d.Facts = known(t)
	}
	d.Language, d.Subject = language, subject
	d = s.withMacros(d, t, text)
	made := false
	if s.Edit != nil && d.HTML != "" {
		if own, err := s.Edit(d, text, by, at, known(t)); err == nil {
			d, made = own, true
		}
	}
	d.By, d.At, d.Macro, d.Asked, d.Usage = by, at, false, 0, ticket.Usage{} // a person asked no model
	if !made {
		d.Text, d.HTML = text, textHTML(text, d.Language)
	}
	d.Open, d.Edit = s.Check(d), ticket.NoEdit
	if own := t.Own(); own != nil {
		d.Edit = ground.Edited(*own, d)
	}
	return d
}

// textHTML sets plain text as mail: a paragraph for each block, a break for each line.
func textHTML(text, language string) string {
	attrs := ` lang="` + html.EscapeString(language) + `" dir="` + dirOf(language) + `"`
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html" + attrs + `><head><meta charset="utf-8"></head><body` + attrs + ">\n")
	for block := range strings.SplitSeq(text, "\n\n") {
		if block = strings.Trim(block, "\n"); block == "" {
			continue
		}
		b.WriteString("<p" + attrs + ">" + strings.ReplaceAll(isolate(block), "\n", "<br>\n") + "</p>\n")
	}
	b.WriteString("</body></html>\n")
	return b.String()
}

// ltr finds what reads from left to right in every language: links, addresses, order numbers.
var ltr = regexp.MustCompile(`https://[^\s<>"']*[^\s<>"'.,;:!?()]|[\w.+-]+@[\w.-]+\w|#[\w-]*\d[\w-]*`)

// isolate escapes text and sets its links, addresses and order numbers apart, so that they keep their order in
// right-to-left text.
func isolate(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range ltr.FindAllStringIndex(text, -1) {
		token := `<bdi dir="ltr">` + html.EscapeString(text[at[0]:at[1]]) + `</bdi>`
		if strings.HasPrefix(text[at[0]:at[1]], "https://") {
			token = `<a href="` + html.EscapeString(text[at[0]:at[1]]) + `">` + token + `</a>`
		}
		b.WriteString(html.EscapeString(text[last:at[0]]) + token)
		last = at[1]
	}
	return b.String() + html.EscapeString(text[last:])
}

// cleanText makes a form's text what a draft holds: LF line ends, valid UTF-8, no control characters, no
// blanks around it. Browsers send CR LF.
func cleanText(text string) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\r\n", "\n")
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	return strings.TrimSpace(text)
}

// cleanLine is cleanText in one line.
func cleanLine(text string) string { return strings.Join(strings.Fields(cleanText(text)), " ") }

// tooLong counts characters.
func tooLong(text string, limit int) bool { return utf8.RuneCountInString(text) > limit }
