package mail

import (
	"strings"

	"golang.org/x/net/html"
)

// VisibleHTML gives an HTML body without what its reader could not see: the same elements are hidden here as for
// HTMLToText, so that staff read what the customer's mail program shows, and no more. What is left is as untrusted
// as before.
func VisibleHTML(s string) string {
	r := &htmlReader{z: html.NewTokenizer(strings.NewReader(s)), style: rootStyle, open: map[string]int{}}
	var out strings.Builder
	out.Grow(len(s))
	for {
		kind := r.z.Next()
		raw := string(r.z.Raw()) // before the reader takes the token apart
		switch kind {
		case html.ErrorToken:
			return out.String()
		case html.TextToken:
			if r.style.shown() {
				out.WriteString(raw)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start()
			if !r.style.gone {
				out.WriteString(raw)
			}
		case html.EndTagToken:
			if !r.style.gone {
				out.WriteString(raw)
			}
			name, _ := r.z.TagName()
			r.end(name)
		}
		r.out.Reset() // the text itself is not wanted
	}
}

// AttachmentData gives the content of a mail's n-th attachment, in the order of Mail.Attachments; nil if there is
// none, or if it lies in a container that is only listed. Zero limits are the default ones.
func AttachmentData(raw []byte, n int, lim Limits) []byte {
	p := &parser{m: &Mail{Complete: true}, lim: lim.orDefault(), wanted: n + 1}
	p.read(raw)
	return p.data
}

// keep takes the content of the attachment that was listed last, if it is the wanted one.
func (p *parser) keep(data func() []byte) {
	if p.wanted > 0 && p.wanted == len(p.m.Attachments) && p.data == nil {
		p.data = data()
	}
}
