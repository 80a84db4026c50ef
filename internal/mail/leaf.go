package mail

import (
	"bytes"
	"strings"
)

// leaf reads a part that holds no others.
func (p *parser) leaf(e part) content {
	d := parameters(e.header.Get("Content-Disposition"))
	name := d.get("filename")
	if name == "" {
		name = e.typ.get("name")
	}
	enc := transferEncoding(e.header.Get("Content-Transfer-Encoding"))
	kind := e.typ.value
	p.kinds(e)
	switch {
	case strings.HasSuffix(kind, "ms-tnef") || strings.EqualFold(name, "winmail.dat"):
		return p.tnef(decodeTransfer(e.body, enc))
	case isBody(e, d.value, name):
		if kind == "text/html" || kind == "text/plain" && e.root && looksLikeHTML(e.body) && enc != "base64" {
			return p.html(e, enc)
		}
		return p.plain(e, enc)
	case kind == "message/rfc822" || kind == "message/global" || kind == "text/rfc822-headers":
		p.embedded(e, enc, name)
		return content{}
	case kind == "text/calendar" && e.parent == "multipart/alternative" && name == "":
		return content{}
	}
	if kind == "text/plain" && d.value != "attachment" && p.spare.blank() {
		p.spare = p.plain(e, enc)
	}
	p.attach(e, name, transferSize(e.body, enc), d.value)
	p.keep(func() []byte { return decodeTransfer(e.body, enc) })
	return content{}
}

// isBody decides whether a text part is what the sender wrote or a file.
func isBody(e part, disposition, name string) bool {
	switch e.typ.value {
	case "text/plain", "text/html", "text/enriched", "text/richtext", "text", "text/markdown", "text/x-amp-html":
	default:
		return false
	}
	if disposition == "attachment" {
		return false
	}
	return name == "" || e.root || e.parent == "multipart/alternative"
}

// kinds notes what the gate wants to know about a part.
func (p *parser) kinds(e part) {
	k := &p.m.Kinds
	switch e.typ.value {
	case "message/delivery-status", "message/disposition-notification", "message/feedback-report",
		"message/global-delivery-status", "message/global-disposition-notification":
		k.Report = true
		p.reportFields(e)
	case "text/calendar":
		k.Calendar = k.Calendar || e.typ.get("method") != "" ||
			bytes.Contains(bytes.ToUpper(decodeTransfer(e.body[:min(len(e.body), 64<<10)],
				transferEncoding(e.header.Get("Content-Transfer-Encoding")))), []byte("METHOD:"))
	case "application/pgp-encrypted":
		k.Encrypted = true
	case "application/pkcs7-mime", "application/x-pkcs7-mime":
		if strings.Contains(strings.ToLower(e.typ.get("smime-type")), "signed") {
			k.Signed = true
			p.incomplete("the text is inside an S/MIME signature that is not opened")
		} else {
			k.Encrypted = true
		}
	case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
		k.Signed = true
	}
}

// attach lists a file.
func (p *parser) attach(e part, name string, size int, disposition string) {
	if name = safeName(name); name == "" {
		name = nameFor(e.typ.value)
	}
	inline := disposition == "inline" ||
		disposition != "attachment" && e.parent == "multipart/related" && e.header.Has("Content-Id")
	a := Attachment{Name: name, Type: e.typ.value, Size: size, Inline: inline}
	p.m.Attachments = append(p.m.Attachments, a)
}

// embedded lists a mail inside the mail, named by its subject; it is not opened. In a report it tells which
// mail the report is about.
func (p *parser) embedded(e part, enc, name string) {
	body := e.body
	if enc == "base64" || enc == "quoted-printable" { // forbidden by RFC 2046 section 5.2.1, and done
		body = decodeTransfer(body, enc)
	}
	h, _, _ := splitHeader(p.trimmed(body))
	h.decodeRaw(p.charset)
	if p.m.Kinds.Report {
		if ids := messageIDs(h.Get("Message-Id")); len(ids) > 0 {
			p.m.ReportedIDs = appendNew(p.m.ReportedIDs, ids[0])
		}
	}
	if name == "" {
		if s := safeName(decodeWords(h.Get("Subject"))); s != "" {
			name = s + ".eml"
		}
	}
	p.attach(e, name, len(body), parameters(e.header.Get("Content-Disposition")).value)
	p.keep(func() []byte { return body })
}

func (p *parser) trimmed(b []byte) []byte { return bytes.TrimLeft(b, "\r\n") }

// plain reads a text/plain body.
func (p *parser) plain(e part, enc string) content {
	b := p.bounded(decodeTransfer(e.body, enc))
	if bytes.Contains(b, []byte("begin ")) {
		var files []uuFile
		files, b = uuFiles(b)
		for _, f := range files {
			p.attach(part{typ: parameterized{value: "application/octet-stream"}}, f.name, len(f.data), "attachment")
			p.keep(func() []byte { return f.data })
		}
	}
	s := cleanText(p.decode(b, e.typ.get("charset")))
	switch {
	case e.typ.value == "text/enriched" || e.typ.value == "text/richtext":
		s = HTMLToText(strings.ReplaceAll(s, "<<", "&lt;"))
	case strings.EqualFold(e.typ.get("format"), "flowed"):
		s = unflow(s, strings.EqualFold(e.typ.get("delsp"), "yes"))
	}
	if i := strings.Index(s, "-----BEGIN PGP "); i >= 0 {
		p.m.Kinds.Encrypted = p.m.Kinds.Encrypted || strings.Contains(s, "-----BEGIN PGP MESSAGE-----")
		p.m.Kinds.Signed = p.m.Kinds.Signed || strings.Contains(s, "-----BEGIN PGP SIGNED MESSAGE-----")
		s = stripArmor(s)
	}
	return content{text: s}
}

// html reads a text/html body.
func (p *parser) html(e part, enc string) content {
	b := p.bounded(decodeTransfer(e.body, enc))
	charset := e.typ.get("charset")
	if charset == "" {
		charset = metaCharset(b)
	}
	s := strings.ToValidUTF8(p.decode(b, charset), "\uFFFD")
	return content{html: s}
}

func (p *parser) decode(b []byte, charset string) string {
	if charset != "" && lookupCharset(strings.ToLower(strings.Trim(charset, `"' `))) == nil &&
		!plainASCII(b) && !stateful(strings.ToLower(charset)) {
		p.problem("an unknown charset, read by guess")
	}
	return decodeCharset(b, charset)
}

// bounded cuts a body so that all texts of the mail stay below the limit.
func (p *parser) bounded(b []byte) []byte {
	if left := 2*p.lim.Text - p.text; len(b) > min(left, p.lim.Text) {
		p.m.Kinds.Oversize = true
		p.incomplete("the text is longer than the limit and was cut")
		b = b[:max(0, min(left, p.lim.Text))]
	}
	p.text += len(b)
	return b
}

// looksLikeHTML recognises an HTML body without a Content-Type.
func looksLikeHTML(b []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(b[:min(len(b), 200)]))
	return bytes.HasPrefix(head, []byte("<!doctype html")) || bytes.HasPrefix(head, []byte("<html"))
}

// metaCharset reads `<meta … charset=…>` in the first bytes of an HTML body.
func metaCharset(b []byte) string {
	head := bytes.ToLower(b[:min(len(b), 2048)])
	i := bytes.Index(head, []byte("charset="))
	if i < 0 || !bytes.Contains(head[:i], []byte("<meta")) {
		return ""
	}
	rest := bytes.TrimLeft(head[i+8:], `"' `)
	end := bytes.IndexAny(rest, `"'> ;/`)
	if end < 0 || end > 40 {
		return ""
	}
	return string(rest[:end])
}

// stripArmor removes the frame of a clear-signed text (RFC 9580 section 7) and keeps the text.
func stripArmor(s string) string {
	const begin, sig = "-----BEGIN PGP SIGNED MESSAGE-----", "-----BEGIN PGP SIGNATURE-----"
	i, j := strings.Index(s, begin), strings.Index(s, sig)
	if i < 0 || j < i {
		return s
	}
	signed := s[i+len(begin) : j]
	if k := strings.Index(signed, "\n\n"); k >= 0 {
		signed = signed[k+2:]
	}
	signed = strings.ReplaceAll("\n"+signed, "\n- ", "\n")
	rest := ""
	const end = "-----END PGP SIGNATURE-----"
	if k := strings.Index(s[j:], end); k >= 0 {
		rest = s[j+k+len(end):]
	}
	return s[:i] + signed + rest
}
