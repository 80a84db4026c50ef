package reply

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Edit makes the next draft of a turn from the text that a member of staff wrote over the last one. The HTML
// part is made anew from that text. known are facts of the same customer that the text may now state as
// well, usually those of all findings. Language, subject, literals and template stay, so that the grounded
// check can be repeated.
func (w *Writer) Edit(before ticket.Draft, text, by string, at time.Time, known []shop.Fact) (ticket.Draft, error) {
	l := w.locales[before.Language]
	if l == nil {
		l = w.locales[w.store.Language]
	}
	if len(text) > maxOutput {
		return ticket.Draft{}, fmt.Errorf("reply: the text is longer than %d bytes", maxOutput)
	}
	d := before
	d.By, d.At, d.Open, d.Macro = by, at, nil, false
	d.Facts = slices.Clone(before.Facts)
	for _, f := range known {
		if !slices.Contains(d.Facts, f) {
			d.Facts = append(d.Facts, f)
		}
	}
	doc := parseText(text, d.Facts)
	d.Text = plainText(doc, l)
	r := &run{w: w, locale: l, zone: w.zone}
	var err error
	if d.HTML, err = r.html(doc, d.Subject); err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	for _, f := range r.facts {
		if !slices.Contains(d.Facts, f) {
			d.Facts = append(d.Facts, f)
		}
	}
	return d, nil
}

// parseText reads a plain text as plainText writes it. Within a paragraph, line ends stay.
func parseText(text string, facts []shop.Fact) []block {
	values := valuesOf(facts)
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		lines = append(lines, strings.TrimRightFunc(visible(line), unicode.IsSpace))
	}
	quote := len(lines) // the customer's words stand at the end
	for quote > 0 && (strings.HasPrefix(lines[quote-1], ">") || lines[quote-1] == "") {
		quote--
	}
	var doc []block
	open := false
	for i, line := range lines {
		kind, rest := kindOfLine(line)
		if i >= quote {
			kind, rest = cited, strings.TrimSpace(strings.TrimPrefix(line, ">"))
		}
		switch {
		case rest == "":
			open = false
		case kind == cited:
			doc = append(doc, block{cited, []span{{text: rest}}})
		case kind == paragraph && open:
			last := &doc[len(doc)-1]
			last.spans = append(append(last.spans, span{mark: markBreak}), spansOf(rest, values)...)
		default:
			doc = append(doc, block{kind, spansOf(rest, values)})
			open = kind == paragraph
		}
	}
	return doc
}

// visible drops what a text field may hold unseen: control and bidi characters. They come back where they
// belong.
func visible(line string) string {
	return strings.Map(func(r rune) rune {
		if r != '\u200c' && (unicode.Is(unicode.Cc, r) && r != '\t' || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(line, ""))
}

func kindOfLine(line string) (blockKind, string) {
	if strings.HasPrefix(line, "    ") {
		return passage, strings.TrimSpace(line)
	}
	if rest, ok := strings.CutPrefix(line, "- "); ok {
		return item, strings.TrimSpace(rest)
	}
	if rest, ok := strings.CutPrefix(line, "— "); ok && strings.HasSuffix(rest, " —") {
		return heading, strings.TrimSpace(strings.TrimSuffix(rest, "—"))
	}
	return paragraph, strings.TrimSpace(line)
}

// valuesOf gives the facts whose values are set apart from their sentence, longest first.
func valuesOf(facts []shop.Fact) []shop.Fact {
	var out []shop.Fact
	for _, f := range facts {
		switch f.Kind {
		case shop.KindOrder, shop.KindTracking, shop.KindEmail, shop.KindName, shop.KindProduct, shop.KindText:
			out = append(out, f)
		}
	}
	slices.SortStableFunc(out, func(a, b shop.Fact) int { return cmp.Compare(len(b.Value), len(a.Value)) })
	return out
}

var webLink = regexp.MustCompile(`https://[^\s<>"“”«»]+`)

// spansOf finds links and known values in a line.
func spansOf(line string, values []shop.Fact) []span {
	if at := webLink.FindStringIndex(line); at != nil {
		u := strings.TrimRight(line[at[0]:at[1]], ".,;:!?)]}'؟،")
		if cleanLink(u) != "" {
			end := at[0] + len(u)
			found := []span{{mark: markURL, text: u}}
			return slices.Concat(spansOf(line[:at[0]], values), found, spansOf(line[end:], values))
		}
	}
	for _, f := range values {
		at := strings.Index(line, f.Value)
		if f.Value == "" || at < 0 || !alone(line, at, at+len(f.Value)) {
			continue
		}
		end := at + len(f.Value)
		found := []span{{mark: markOf(f.Kind), text: f.Value}}
		return slices.Concat(spansOf(line[:at], values), found, spansOf(line[end:], values))
	}
	if line == "" {
		return nil
	}
	return []span{{text: line}}
}

// alone: no letter or digit touches line[from:to].
func alone(line string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(line[:from])
	after, _ := utf8.DecodeRuneInString(line[to:])
	word := func(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
	return !word(before) && !word(after)
}
