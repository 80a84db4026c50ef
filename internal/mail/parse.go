package mail

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// Limits bounds what Parse does with one mail.
type Limits struct {
	Bytes int           // of the raw mail; what is beyond is not read
	Parts int           // MIME parts
	Depth int           // nesting of multiparts
	Text  int           // bytes of decoded text, and as many of HTML
	Time  time.Duration // for the whole of Parse
}

// DefaultLimits: no provider delivers more than 25 MiB to a support inbox by default (Gmail 25 MB, Outlook
// 25 MB); the others are far above anything that a person's mail program writes.
var DefaultLimits = Limits{Bytes: 25 << 20, Parts: 500, Depth: 20, Text: 1 << 20, Time: time.Minute}

// Parse reads a mail. It never returns nil and never panics; what it could not read is named in Problems.
// A limit of zero means the default.
func Parse(raw []byte, lim Limits) (m *Mail) {
	m = &Mail{Size: len(raw), Complete: true}
	(&parser{m: m, lim: lim.orDefault()}).read(raw)
	return m
}

// read fills the mail.
func (p *parser) read(raw []byte) {
	m := p.m
	p.deadline = time.Now().Add(p.lim.Time)
	defer func() {
		if recover() != nil {
			p.incomplete("the mail is so malformed that reading it failed")
		}
	}()
	if len(raw) > p.lim.Bytes {
		raw = raw[:p.lim.Bytes]
		m.Kinds.Oversize = true
		p.incomplete("the mail is larger than the size limit and was cut")
	}
	h, body, broken := splitHeader(p.prepare(raw))
	if broken {
		p.problem("the header has lines that are no fields")
	}
	typ := parameters(h.Get("Content-Type"))
	p.charset = typ.get("charset")
	h.decodeRaw(p.charset)
	p.envelope(h)
	c := p.entity(part{header: h, typ: typ, body: body, root: true})
	p.finish(c)
}

func (l Limits) orDefault() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	if l.Parts <= 0 {
		l.Parts = DefaultLimits.Parts
	}
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Text <= 0 {
		l.Text = DefaultLimits.Text
	}
	if l.Time <= 0 {
		l.Time = DefaultLimits.Time
	}
	return l
}

// parser holds one mail while it is read.
type parser struct {
	m        *Mail
	lim      Limits
	deadline time.Time
	charset  string // of the root entity, a hint for raw eight-bit headers
	parts    int
	text     int     // bytes of text so far
	wanted   int     // number, from 1, of the attachment whose content is asked for; 0 for none
	data     []byte  // of the wanted attachment
	spare    content // of the first named text that is not declared a file, for mail that has no other text
}

func (p *parser) problem(what string) {
	if len(p.m.Problems) < 20 && !slices.Contains(p.m.Problems, what) {
		p.m.Problems = append(p.m.Problems, what)
	}
}

func (p *parser) incomplete(what string) {
	p.m.Complete = false
	p.problem(what)
}

// prepare removes an mbox line and turns CR-only line ends into LF.
func (p *parser) prepare(raw []byte) []byte {
	raw = bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))
	if lf := bytes.IndexByte(raw, '\n'); bareCRs(raw, lf) {
		p.problem("lines end in CR alone")
		if bytes.Contains(raw, []byte("\r\n")) {
			raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
		}
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	for range 3 { // blank lines before the header, an mbox line
		line, next := lineAt(raw, 0)
		if bytes.HasPrefix(line, []byte("From ")) || bytes.HasPrefix(line, []byte(">From ")) ||
			len(bytes.TrimSpace(line)) == 0 && continues(raw, next) {
			raw = raw[next:]
		}
	}
	return raw
}

// bareCRs: several lines that end in CR alone stand before the first LF.
func bareCRs(raw []byte, lf int) bool {
	if lf < 0 {
		lf = len(raw)
	} else if lf > 0 {
		lf--
	}
	head := raw[:lf]
	return bytes.Count(head, []byte("\r")) > 2
}

// envelope fills what the header says.
func (p *parser) envelope(h Header) {
	m := p.m
	m.Header = h
	m.Subject = strings.TrimSpace(stripInvisible(oneLine(decodeWords(h.Get("Subject")))))
	if ids := messageIDs(h.Get("Message-Id")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	m.InReplyTo = allIDs(h, "In-Reply-To")
	m.References = allIDs(h, "References")
	m.Date = parseDate(h.Get("Date"))
	m.From = allAddresses(h, "From")
	m.Sender = allAddresses(h, "Sender")
	m.ReplyTo = allAddresses(h, "Reply-To")
	m.To = allAddresses(h, "To")
	m.Cc = allAddresses(h, "Cc")
	if h.Has("Date") && m.Date.IsZero() {
		p.problem("the date cannot be read")
	}
}

func allIDs(h Header, name string) []string {
	var out []string
	for _, v := range h.All(name) {
		out = append(out, messageIDs(v)...)
	}
	return out
}

func allAddresses(h Header, name string) []Address {
	var out []Address
	for _, v := range h.All(name) {
		out = append(out, addresses(v)...)
	}
	return out
}

// finish puts the text together.
func (p *parser) finish(c content) {
	m := p.m
	if c.blank() {
		c = p.spare
	}
	text := c.readable()
	m.Text = strings.Trim(unmark(text), "\n")
	m.HTML = c.html
	m.Reply = ReplyText(text)
	if c.text != "" && m.Reply != "" && quotesMarked(c.html) && squashed(m.Reply) == squashed(m.Text) {
		// The plain text shows no history, but the markup does.
		if r := ReplyText(htmlToMarked(c.html)); r != "" {
			m.Reply = r
		}
	}
	p.reported(m.Text)
}

// quotesMarked reports whether HTML has an element that programs put around or above history.
func quotesMarked(html string) bool {
	for _, s := range []string{
		"<blockquote", "gmail_quote", "divRplyFwdMsg", "yahoo_quoted", "protonmail_quote", "#E1E1E1", "#B5C4DF",
	} {
		if strings.Contains(html, s) {
			return true
		}
	}
	return false
}

func squashed(s string) string { return strings.Join(strings.Fields(s), "") }
