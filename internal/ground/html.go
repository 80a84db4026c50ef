package ground

import (
	"strings"

	"golang.org/x/net/html"
)

// page is what a reader of an HTML part sees, and where it leads.
type page struct {
	text  string
	links []string // of every attribute that a mail program follows or fetches
	alien []string // elements that a reply never has
}

// readHTML takes an HTML part apart. The customer's own words (blockquote type="cite") are left out.
func readHTML(s string) page {
	var p page
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(s))
	z.SetMaxBuf(1 << 20)
	skip, cited := "", 0 // element whose content is not shown; depth within the customer's words
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			p.text += "\n\n" + b.String()
			return p
		case html.TextToken:
			if skip == "" && cited == 0 {
				b.Write(z.Text()) // Text unescapes entities
			}
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			t := z.Token()
			if breaks[t.Data] != "" {
				b.WriteString(breaks[t.Data])
			}
			switch {
			case kind == html.EndTagToken && t.Data == skip:
				skip = ""
			case kind == html.StartTagToken && unseen[t.Data]:
				skip = t.Data
			}
			cited = citedDepth(t, cited)
			if kind != html.EndTagToken && cited == 0 {
				p.inspect(t)
			}
		}
	}
}

// citedDepth counts how deep t leaves us within the customer's words.
func citedDepth(t html.Token, depth int) int {
	if t.Data != "blockquote" {
		return depth
	}
	switch {
	case t.Type == html.EndTagToken && depth > 0:
		return depth - 1
	case t.Type == html.StartTagToken && depth > 0:
		return depth + 1
	case t.Type == html.StartTagToken:
		for _, a := range t.Attr {
			if a.Key == "type" && strings.EqualFold(a.Val, "cite") {
				return 1
			}
		}
	}
	return depth
}

func (p *page) inspect(t html.Token) {
	if alien[t.Data] {
		p.alien = append(p.alien, t.Data)
	}
	for _, a := range t.Attr {
		switch key := strings.ToLower(a.Key); {
		case key == "href", key == "src", key == "srcset", key == "action", key == "formaction", key == "poster",
			key == "background", key == "xlink:href", key == "cite", key == "data", key == "ping":
			p.links = append(p.links, strings.TrimSpace(a.Val))
		case key == "style" && strings.Contains(strings.ToLower(a.Val), "url("):
			p.links = append(p.links, strings.TrimSpace(a.Val))
		case strings.HasPrefix(key, "on"), key == "http-equiv" && strings.EqualFold(a.Val, "refresh"):
			p.alien = append(p.alien, t.Data+" "+key)
		case key == "alt", key == "title", key == "aria-label":
			p.text += "\n\n" + a.Val // shown when an image is not
		}
	}
}

// breaks are elements that start a new block or line.
var breaks = map[string]string{
	"p": "\n\n", "div": "\n\n", "td": "\n\n", "tr": "\n\n", "table": "\n\n", "li": "\n\n", "ul": "\n\n", "ol": "\n\n",
	"h1": "\n\n", "h2": "\n\n", "h3": "\n\n", "h4": "\n\n", "blockquote": "\n\n", "br": "\n", "hr": "\n\n",
	"body": "\n\n", "section": "\n\n", "pre": "\n\n",
}

// unseen are elements whose content is not shown. Scripts and styles have no text that a reader meets, a
// title is the subject.
var unseen = map[string]bool{"style": true, "title": true, "script": true, "template": true}

// alien are elements that no reply has: they run, fetch or ask for something.
var alien = map[string]bool{
	"script": true, "iframe": true, "object": true, "embed": true, "form": true, "input": true, "button": true,
	"textarea": true, "select": true, "link": true, "base": true, "svg": true, "math": true, "video": true, "audio": true,
}
