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
	"blockquote": "margin:0 0 16px;padding:2px 16px;border-inline-start:3px solid #c9d3c5",
	"button": "display:inline-block;padding:11px 22px;border-radius:8px;background-color:#3f5b46;color:#ffffff;" +
		"text-decoration:none;font-weight:600",
	"a":     "color:#2f6b47;text-decoration:underline",
	"small": "margin:24px 0 0;padding-top:16px;border-top:1px solid #e6e4df;font-size:13px;line-height:1.6;color:#6b6962",
	"cite":  "margin:20px 0 0;padding:0 14px;border-inline-start:2px solid #dddad3;color:#7a776f;font-size:13px",
	"bdi":   "unicode-bidi:isolate",
}

// htmlBody writes the document's blocks as HTML. Every byte that is not markup written here passes html.EscapeString.
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
	each := func(tag string) {
		for _, bl := range group {
			b.WriteString(l.startTag(tag, tag, "") + l.spansHTML(bl.spans) + "</" + tag + ">\n")
		}
	}
	switch group[0].kind {
	case item:
		b.WriteString(l.startTag("ul", "ul", ""))
		each("li")
		b.WriteString("</ul>\n")
	case passage:
		b.WriteString(l.startTag("blockquote", "blockquote", "quote"))
		each("p")
		b.WriteString("</blockquote>\n")
	case cited:
		b.WriteString(`<blockquote type="cite" class="cite" dir="auto" style="` + styles["cite"] + `">`)
		for _, bl := range group {
			b.WriteString(`<p dir="auto" style="margin:6px 0;line-height:1.5">` + l.spansHTML(bl.spans) + "</p>\n")
		}
		b.WriteString("</blockquote>\n")
	case heading:
		each("h2")
	case small:
		b.WriteString(l.startTag("p", "small", "small") + l.spansHTML(group[0].spans) + "</p>\n")
	default:
		each("p")
	}
}

// startTag writes a start tag with language and direction, which mail programs do not inherit reliably.
func (l *locale) startTag(tag, style, class string) string {
	s := "<" + tag + ` lang="` + l.lang + `" dir="` + l.dir + `"`
	if class != "" {
		s += ` class="` + class + `"`
	}
	return s + ` style="` + styles[style] + `">`
}

func (l *locale) spansHTML(spans []span) string {
	var b strings.Builder
	for _, s := range spans {
		text := html.EscapeString(s.text)
		switch s.mark {
		case markButton:
			b.WriteString(`<a class="button" href="` + html.EscapeString(s.link) + `" style="` + styles["button"] + `">` +
				text + "</a>")
		case markLink:
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
