package reply

import (
	"html"
	"html/template"
	"strings"
)

// frame is what frame.html is filled with.
type frame struct {
	Lang, Dir, Title string
	Shop, Link       string
	Body             template.HTML
}

// Styles stand on the elements themselves, because some mail programs (Gmail with foreign accounts, older
// Outlook) drop the style sheet; the classes are for the dark palette in frame.html.
var styles = map[string]string{
	"p":          "margin:0 0 16px;line-height:1.6",
	"h2":         "margin:28px 0 10px;font-size:16px;line-height:1.4;font-weight:600",
	"ul":         "margin:0 0 16px;padding-inline-start:22px",
	"li":         "margin:0 0 6px;line-height:1.6",
	"blockquote": "margin:0 0 16px;padding:4px 16px;border:0 solid #c9d3c5;border-inline-start-width:3px",
	"quote":      "margin:6px 0;line-height:1.6",
	"pill":       "border-radius:8px;background-color:#3f5b46",
	"button": "display:inline-block;padding:11px 22px;color:#ffffff;text-decoration:none;" +
		"font-weight:600;line-height:1.4",
	"a": "color:#2f6b47;text-decoration:underline",
	"small": "margin:24px 0 0;padding-top:16px;border-top:1px solid #e6e4df;font-size:13px;line-height:1.6;" +
		"color:#6b6962",
	"cite": "margin:20px 0 0;padding:0 14px;border:0 solid #dddad3;border-inline-start-width:2px;" +
		"color:#7a776f;font-size:13px",
	"cited": "margin:6px 0;line-height:1.5",
	"bdi":   "unicode-bidi:isolate",
}

// htmlBody writes the document's blocks as HTML. Every byte that is not markup written here passes
// html.EscapeString.
func htmlBody(doc []block, l *locale) string {
	var b strings.Builder
	for i := 0; i < len(doc); {
		end := i + 1
		for end < len(doc) && joined(doc[i].kind, doc[end].kind) {
			end++
		}
		l.writeGroup(&b, doc[i:end])
		i = end
	}
	return b.String()
}

// writeGroup writes one block, or several that belong together.
func (l *locale) writeGroup(b *strings.Builder, group []block) {
	each := func(tag, style, class string) {
		for _, bl := range group {
			b.WriteString(l.startTag(tag, style, class, l.dirOf(bl)) + l.spansHTML(bl.spans) + "</" + tag + ">\n")
		}
	}
	dir := l.dirOf(group[0])
	switch group[0].kind {
	case item:
		b.WriteString(l.startTag("ul", "ul", "", dir))
		each("li", "li", "")
		b.WriteString("</ul>\n")
	case passage:
		b.WriteString(l.startTag("blockquote", "blockquote", "quote", dir))
		each("p", "quote", "")
		b.WriteString("</blockquote>\n")
	case cited:
		b.WriteString(strings.Replace(l.startTag("blockquote", "cite", "cite", dir), " ", ` type="cite" `, 1))
		each("p", "cited", "")
		b.WriteString("</blockquote>\n")
	case heading:
		each("h2", "h2", "")
	case small:
		each("p", "small", "small")
	case button:
		l.writeButton(b, group[0].spans[0])
	default:
		each("p", "p", "")
	}
}

// dirOf is the direction of a block: a quoted text keeps its own, everything else has the reply's.
func (l *locale) dirOf(b block) string {
	if b.kind == passage || b.kind == cited {
		for _, s := range b.spans {
			if d := direction(s.text); d != "" {
				return d
			}
		}
	}
	return l.dir
}

// startTag writes a start tag with language and direction, which mail programs do not inherit reliably. A
// block that runs the other way is in another language, which nobody told us.
func (l *locale) startTag(tag, style, class, dir string) string {
	s := "<" + tag
	if dir == l.dir {
		s += ` lang="` + l.lang + `"`
	} else {
		s += ` lang=""`
	}
	if class != "" {
		class = ` class="` + class + `"`
	}
	align := map[string]string{"ltr": "left", "rtl": "right"}[dir]
	return s + ` dir="` + dir + `"` + class + ` style="` + styles[style] + ";text-align:" + align + `">`
}

// writeButton writes a link in a table cell of its own: Outlook colours and pads cells, not links.
func (l *locale) writeButton(b *strings.Builder, s span) {
	b.WriteString(`<table role="presentation" cellpadding="0" cellspacing="0" border="0" dir="` + l.dir +
		`" style="margin:0 0 20px"><tr><td class="pill" bgcolor="#3f5b46" style="` + styles["pill"] +
		`"><a class="button" lang="` + l.lang + `" dir="` + l.dir + `" href="` + html.EscapeString(s.link) +
		`" style="` + styles["button"] + `">` +
		html.EscapeString(s.text) + "</a></td></tr></table>\n")
}

func (l *locale) spansHTML(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		text := html.EscapeString(s.text)
		switch s.mark {
		case markLink, markButton:
			b.WriteString(`<a class="link" href="` + html.EscapeString(s.link) + `" style="` + styles["a"] + `">` +
				text + "</a>")
		case markBreak:
			b.WriteString("<br>")
		case markURL:
			b.WriteString(`<a class="link" href="` + text + `" style="` + styles["a"] + `">` + bdiLTR(text) + "</a>")
		case markLTR:
			b.WriteString(bdiLTR(text))
		case markName:
			b.WriteString(`<bdi style="` + styles["bdi"] + `">` + text + "</bdi>")
		default:
			b.WriteString(text)
		}
	}
	return b.String()
}

func bdiLTR(text string) string {
	return `<bdi dir="ltr" style="` + styles["bdi"] + `">` + text + "</bdi>"
}
