package shopify

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const maxText = 200_000 // letters of a policy or page

// plainText turns the store's own HTML into paragraphs with a blank line between them. What is not shown is
// left out.
func plainText(source string) string {
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(source))
	hidden := 0
	for {
		switch z.Next() {
		case html.ErrorToken:
			return tidy(b.String())
		case html.TextToken:
			if hidden == 0 {
				b.WriteString(strings.Map(flow, string(z.Text())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style, atom.Template:
				hidden++
			case atom.Li:
				b.WriteString("\n- ")
			case atom.Br, atom.Tr:
				b.WriteString("\n")
			default:
				if blocks[tag] {
					b.WriteString("\n\n")
				}
			}
		case html.EndTagToken:
			name, _ := z.TagName()
			switch tag := atom.Lookup(name); tag {
			case atom.Script, atom.Style, atom.Template:
				hidden = max(0, hidden-1)
			case atom.Td, atom.Th:
				b.WriteString(" ")
			default:
				if blocks[tag] {
					b.WriteString("\n\n")
				}
			}
		}
	}
}

// blocks part paragraphs.
var blocks = map[atom.Atom]bool{
	atom.P: true, atom.Div: true, atom.H1: true, atom.H2: true, atom.H3: true, atom.H4: true, atom.H5: true,
	atom.H6: true, atom.Ul: true, atom.Ol: true, atom.Table: true, atom.Section: true, atom.Article: true,
	atom.Blockquote: true, atom.Dl: true, atom.Hr: true, atom.Header: true, atom.Footer: true,
}

// flow turns line breaks of the source into spaces, as HTML shows them.
func flow(r rune) rune {
	if r == '\n' || r == '\r' || r == '\t' {
		return ' '
	}
	return r
}

// tidy trims lines and leaves one blank line between paragraphs.
func tidy(s string) string {
	var out []string
	blank := true
	for line := range strings.SplitSeq(s, "\n") {
		line = strings.Join(strings.Fields(strings.Map(visible, line)), " ")
		if line == "" || line == "-" {
			if !blank {
				out = append(out, "")
			}
			blank = true
			continue
		}
		out, blank = append(out, line), false
	}
	return cut(strings.TrimSpace(strings.Join(out, "\n")), maxText)
}

// cut keeps at most n letters.
func cut(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
