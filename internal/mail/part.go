package mail

import (
	"bytes"
	"slices"
	"strings"
	"time"
)

// part is one MIME entity before it is read.
type part struct {
	header Header
	typ    parameterized
	body   []byte
	root   bool
	depth  int
	parent string // media type of the multipart around it
	digest bool   // inside multipart/digest, where message/rfc822 is the default
}

// content is the readable part of an entity.
type content struct {
	text string // plain text; may hold marks, see marks.go
	html string // HTML as sent, read only if there is no text
}

func (c content) blank() bool { return c.html == "" && strings.TrimSpace(c.text) == "" }

// readable is the text, or what the HTML shows.
func (c content) readable() string {
	if c.html != "" && strings.TrimSpace(c.text) == "" {
		return htmlToMarked(c.html)
	}
	return c.text
}

// entity reads one part and everything in it.
func (p *parser) entity(e part) content {
	if p.parts++; p.parts > p.lim.Parts {
		p.m.Kinds.Oversize = true
		p.incomplete("more parts than the limit; the rest was not read")
		return content{}
	}
	if time.Now().After(p.deadline) {
		p.m.Kinds.TimedOut = true
		p.incomplete("reading took longer than the limit; the rest was not read")
		return content{}
	}
	if !looksLikeType(e.typ.value) {
		e.typ.value = "text/plain"
		if e.digest {
			e.typ.value = "message/rfc822"
		}
	}
	if strings.HasPrefix(e.typ.value, "multipart/") {
		return p.multipart(e)
	}
	return p.leaf(e)
}

// multipart reads the parts of a multipart and joins what they hold.
func (p *parser) multipart(e part) content {
	switch e.typ.value {
	case "multipart/report":
		p.m.Kinds.Report = true
	case "multipart/encrypted":
		p.m.Kinds.Encrypted = true
	case "multipart/signed":
		p.m.Kinds.Signed = true
	}
	if e.depth >= p.lim.Depth {
		p.m.Kinds.Oversize = true
		p.incomplete("parts are nested deeper than the limit; the rest was not read")
		return content{}
	}
	boundary := e.typ.get("boundary")
	raws, closed := splitParts(e.body, boundary, p.lim.Parts+1)
	if len(raws) == 0 {
		if found := guessBoundary(e.body); found != "" {
			raws, closed = splitParts(e.body, found, p.lim.Parts+1)
		}
	}
	if len(raws) == 0 {
		p.problem("a multipart without its boundary, read as one text")
		e.typ = parameterized{value: "text/plain"}
		return p.leaf(e)
	}
	if !closed {
		p.problem("missing closing boundary")
	}
	kids := make([]content, 0, len(raws))
	for _, raw := range raws {
		if p.parts > p.lim.Parts {
			break
		}
		kids = append(kids, p.child(e, raw))
	}
	if e.typ.value == "multipart/alternative" {
		return best(kids)
	}
	return joined(kids)
}

func (p *parser) child(e part, raw []byte) content {
	h, body, broken := splitHeader(raw)
	if broken && len(h) == 0 {
		p.problem("a part without a header, read as text")
	}
	h.decodeRaw(p.charset)
	return p.entity(part{
		header: h, typ: parameters(h.Get("Content-Type")), body: body, depth: e.depth + 1,
		parent: e.typ.value, digest: e.typ.value == "multipart/digest",
	})
}

// best of alternatives: the first plain text that is not blank, and the last HTML (RFC 2046 section 5.1.4).
func best(kids []content) content {
	var out content
	for _, k := range kids {
		if strings.TrimSpace(out.text) == "" {
			out.text = k.text
		}
		if k.html != "" {
			out.html = k.html
		}
	}
	return out
}

// joined puts the parts of a mixed or related mail one below the other.
func joined(kids []content) content {
	kids = slices.DeleteFunc(kids, content.blank)
	if len(kids) == 1 {
		return kids[0]
	}
	var text, html strings.Builder
	for i, k := range kids {
		if i > 0 {
			text.WriteString("\n\n")
		}
		text.WriteString(strings.Trim(k.readable(), "\n"))
		html.WriteString(k.html)
	}
	return content{text: text.String(), html: html.String()}
}

// splitParts cuts a multipart body at its delimiter lines (RFC 2046 section 5.1.1). closed tells whether the
// final delimiter was there. The preamble and the epilogue are dropped, as the RFC says.
func splitParts(body []byte, boundary string, limit int) (parts [][]byte, closed bool) {
	if boundary == "" {
		return nil, false
	}
	delimiter := []byte("--" + boundary)
	start := -1 // of the part being read
	for pos := 0; pos <= len(body)-len(delimiter); {
		i := bytes.Index(body[pos:], delimiter)
		if i < 0 {
			break
		}
		at := pos + i
		if at > 0 && body[at-1] != '\n' {
			pos = at + 1
			continue
		}
		line, next := lineAt(body, at)
		rest := strings.TrimSpace(string(cutTail(line[len(delimiter):])))
		if rest != "" && rest != "--" {
			pos = next
			continue
		}
		if start >= 0 {
			parts = append(parts, bytes.TrimSuffix(bytes.TrimSuffix(body[start:at], []byte("\n")), []byte("\r")))
		}
		if rest == "--" || len(parts) >= limit {
			return parts, true
		}
		start, pos = next, next
	}
	if start >= 0 && start < len(body) {
		parts = append(parts, body[start:])
	}
	return parts, false
}

// cutTail keeps enough of a line to see whether it is blank.
func cutTail(b []byte) []byte {
	return b[:min(len(b), 100)]
}

// guessBoundary looks for a delimiter line when the header names none that occurs: `--x` with a field below
// it.
func guessBoundary(body []byte) string {
	for pos, lines := 0, 0; pos < len(body) && lines < 200; lines++ {
		line, next := lineAt(body, pos)
		line = bytes.TrimSpace(line)
		if len(line) > 2 && len(line) < 100 && bytes.HasPrefix(line, []byte("--")) {
			below, _ := lineAt(body, next)
			if len(below) > 8 && bytes.EqualFold(below[:8], []byte("content-")) {
				return string(line[2:])
			}
		}
		pos = next
	}
	return ""
}
