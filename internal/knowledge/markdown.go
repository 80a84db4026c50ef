package knowledge

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"github.com/replyd/replyd/internal/shop"
)

// meta is what may stand at the top of a file, between two lines of three dashes.
type meta struct {
	Title string `yaml:"title"` // instead of the file's name
	URL   string `yaml:"url"`   // the page that customers may read
}

// parse cuts a Markdown file into sections: one for each heading with text below it, titled with the path of its
// headings. Raw HTML and pictures are left out.
func parse(name string, raw []byte) ([]shop.Policy, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("is not UTF-8 text")
	}
	raw = bytes.TrimPrefix(bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n")), []byte("\ufeff"))
	m, body, err := frontMatter(raw)
	if err != nil {
		return nil, err
	}
	if m.Title == "" {
		m.Title = strings.NewReplacer("-", " ", "_", " ").Replace(strings.TrimSuffix(path.Base(name), path.Ext(name)))
	}
	p := &sectioner{source: body, meta: m}
	doc := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Linkify)).Parser().Parse(text.NewReader(body))
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		if h, ok := n.(*ast.Heading); ok {
			p.heading(h)
			continue
		}
		p.add(p.block(n))
	}
	p.flush()
	return p.out, nil
}

// frontMatter splits a file.
func frontMatter(raw []byte) (m meta, body []byte, err error) {
	const fence = "---\n"
	if !bytes.HasPrefix(raw, []byte(fence)) {
		return m, raw, nil
	}
	head, body, closed := bytes.Cut(raw[len(fence):], []byte("\n"+fence))
	if !closed || len(head) > 4<<10 {
		return m, raw, nil // a line of dashes, not the beginning of a head
	}
	if err := yaml.UnmarshalWithOptions(head, &m, yaml.Strict()); err != nil {
		return m, nil, fmt.Errorf("its head may have title and url: %s", firstLine(yaml.FormatError(err, false, false)))
	}
	if u, err := url.Parse(m.URL); m.URL != "" && (err != nil || u.Scheme != "https" || u.Host == "") {
		return m, nil, errors.New("its url must begin with https://")
	}
	return m, body, nil
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}

// sectioner collects text below headings.
type sectioner struct {
	source []byte
	meta   meta
	path   [6]string // headings above, by level
	blocks []string
	out    []shop.Policy
}

func (p *sectioner) heading(h *ast.Heading) {
	p.flush()
	level := min(max(h.Level, 1), len(p.path))
	p.path[level-1] = oneLine(p.inline(h))
	for i := level; i < len(p.path); i++ {
		p.path[i] = ""
	}
}

func (p *sectioner) add(block string) {
	if block = strings.TrimSpace(block); block != "" {
		p.blocks = append(p.blocks, block)
	}
}

// flush ends a section.
func (p *sectioner) flush() {
	if len(p.blocks) == 0 {
		return
	}
	var title []string
	for _, h := range p.path {
		if h != "" {
			title = append(title, h)
		}
	}
	if len(title) == 0 {
		title = []string{p.meta.Title}
	}
	s := shop.Policy{Kind: shop.Knowledge, Title: strings.Join(title, " › "), URL: p.meta.URL}
	for _, b := range p.blocks {
		if len(s.Text)+len(b) > maxSection && s.Text != "" { // a long chapter becomes several sections
			p.out = append(p.out, s)
			s.Text = ""
		}
		if s.Text != "" {
			s.Text += "\n\n"
		}
		s.Text += cut(b)
	}
	p.out = append(p.out, s)
	p.blocks = nil
}

// cut bounds one block at a rune.
func cut(s string) string {
	if len(s) <= maxSection {
		return s
	}
	return strings.ToValidUTF8(s[:maxSection], "")
}

// block gives the plain text of a block.
func (p *sectioner) block(n ast.Node) string {
	switch n := n.(type) {
	case *ast.HTMLBlock, *ast.ThematicBreak:
		return ""
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		return string(n.Lines().Value(p.source))
	case *ast.List:
		return p.list(n)
	case *ast.Blockquote, *ast.ListItem:
		return p.children(n, "\n")
	case *east.Table:
		return p.children(n, "\n")
	case *east.TableHeader, *east.TableRow:
		return p.children(n, " | ")
	}
	return p.inline(n)
}

func (p *sectioner) children(n ast.Node, between string) string {
	var parts []string
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if s := strings.TrimSpace(p.block(c)); s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, between)
}

func (p *sectioner) list(l *ast.List) string {
	var lines []string
	number := l.Start
	for c := l.FirstChild(); c != nil; c = c.NextSibling() {
		mark := "- "
		if l.IsOrdered() {
			mark = fmt.Sprintf("%d. ", number)
			number++
		}
		lines = append(lines, mark+strings.ReplaceAll(p.block(c), "\n", "\n  "))
	}
	return strings.Join(lines, "\n")
}

// inline gives the text of a paragraph: line breaks of the file become spaces, links show where they lead.
func (p *sectioner) inline(n ast.Node) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			b.Write(c.Value(p.source))
			switch {
			case c.HardLineBreak():
				b.WriteByte('\n')
			case c.SoftLineBreak():
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(c.Value)
		case *ast.AutoLink:
			b.Write(c.URL(p.source))
		case *ast.Link:
			label, to := p.inline(c), string(c.Destination)
			b.WriteString(label)
			if strings.HasPrefix(to, "https://") && to != label {
				b.WriteString(" (" + to + ")")
			}
		case *ast.Image, *ast.RawHTML:
		default:
			b.WriteString(p.inline(c))
		}
	}
	return b.String()
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
