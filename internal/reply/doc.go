package reply

import (
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/shop"
)

// A reply is a list of blocks, read from what the templates wrote. Text and HTML are both made from it, so
// that they cannot differ.
type block struct {
	kind  blockKind
	spans []span
}

type blockKind int

const (
	// paragraph: running text.
	paragraph blockKind = iota
	// heading: names the request that follows, when a mail had several.
	heading
	// item: one line of a list.
	item
	// passage: one line of a store's text, quoted verbatim.
	passage
	// button: a label and a link.
	button
	// cited: one line of the customer's own mail.
	cited
	// small: the footer.
	small
)

// span is a piece of a block: the template's own words (mark 0) or one value.
type span struct {
	mark rune
	text string
	link string // of a button or named link: text is its label
}

// Values stand in a template's output between control characters, which no template and no cleaned value may
// contain: opening, one mark, the text, closing.
const (
	opening   = '\x01'
	closing   = '\x02'
	separator = '\x03'
)

// Marks tell how a value stands in a sentence.
const (
	markPlain   = 'p' // words and numbers of the sentence's own direction
	markLTR     = 'l' // left to right always: order and tracking numbers, addresses
	markName    = 'n' // may run in either direction: names, titles
	markURL     = 'u' // a link that is shown as it is
	markButton  = 'b' // label and link
	markLink    = 'a' // label and link within a sentence
	markBreak   = 'k' // the end of a line within a paragraph
	markPassage = 't' // a line of the store's own text
)

// markOf gives the mark of a kind of fact.
func markOf(k shop.Kind) rune {
	switch k {
	case shop.KindOrder, shop.KindTracking, shop.KindEmail:
		return markLTR
	case shop.KindURL:
		return markURL
	case shop.KindName, shop.KindProduct:
		return markName
	case shop.KindText:
		return markPassage
	}
	return markPlain
}

func marked(mark rune, text string) string {
	return string(opening) + string(mark) + text + string(closing)
}

// parseDoc reads a template's output. A blank line ends a paragraph; within one, line ends are spaces unless
// the line ends with a backslash. "## " starts a heading, "- " a list item, "| " a line of a passage, "~ "
// the footer; a button is a line of its own.
func parseDoc(out string) []block {
	var doc []block
	open := false // may the next line join the last paragraph?
	for line := range strings.Lines(out) {
		line = strings.TrimSpace(line)
		kind, rest := paragraph, line
		for mark, k := range map[string]blockKind{"## ": heading, "- ": item, "| ": passage, "~ ": small} {
			if after, ok := strings.CutPrefix(line, mark); ok {
				kind, rest = k, strings.TrimSpace(after)
			}
		}
		rest, brk := strings.CutSuffix(rest, `\`)
		spans := parseSpans(rest)
		if brk {
			spans = append(spans, span{mark: markBreak})
		}
		switch {
		case rest == "":
			open = false
			continue
		case len(spans) == 1 && spans[0].mark == markButton:
			kind = button
		}
		if kind == paragraph && open {
			last := &doc[len(doc)-1]
			if last.spans[len(last.spans)-1].mark != markBreak {
				last.spans = append(last.spans, span{text: " "})
			}
			last.spans = append(last.spans, spans...)
			continue
		}
		doc = append(doc, block{kind, spans})
		open = kind == paragraph
	}
	return doc
}

// parseSpans splits a line into the template's words and values.
func parseSpans(line string) []span {
	var spans []span
	for line != "" {
		at := strings.IndexRune(line, opening)
		if at < 0 {
			return append(spans, span{text: line})
		}
		if at > 0 {
			spans = append(spans, span{text: line[:at]})
		}
		value, rest, _ := strings.Cut(line[at+1:], string(closing))
		line = rest
		if value == "" {
			continue
		}
		s := span{mark: rune(value[0]), text: value[1:]}
		if s.mark == markButton || s.mark == markLink {
			s.text, s.link, _ = strings.Cut(s.text, string(separator))
		}
		spans = append(spans, s)
	}
	return spans
}

// literals are the template's own words in a document: all that is not a value. They are what a grounded
// check takes as said by the template version itself.
func literals(doc []block) []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		s = strings.TrimSpace(s)
		if s != "" && !seen[s] && strings.ContainsFunc(s, func(r rune) bool {
			return unicode.IsLetter(r) || unicode.IsDigit(r)
		}) {
			seen[s] = true
			out = append(out, s)
		}
	}
	for _, b := range doc {
		if b.kind == cited {
			continue
		}
		for _, s := range b.spans {
			if s.mark == 0 || s.link != "" {
				add(s.text)
			}
		}
	}
	return out
}
