package reply

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Present gives a draft as it is now, a person's changes included, in the way that a model may see it: what stands
// between greeting and closing, with a placeholder in place of each value that is known. What a person wrote
// otherwise is theirs and stays as it is. Nothing is required: whoever asks for a shorter text may lose a value.
func (w *Writer) Present(in Input, d ticket.Draft) (Outline, error) {
	in.Triage.Language = d.Language
	p, err := w.present(in, d)
	if err != nil {
		return Outline{}, fmt.Errorf("reply: %w", err)
	}
	return p.outline, nil
}

// present is a draft taken apart.
type present struct {
	outline    Outline
	filling    map[string]string // what each placeholder stands for, marked
	named      map[string]printed
	head, tail []block // greeting and closing: the templates' own, or a person's
	cites      bool    // the customer's words stand at the end
}

func (w *Writer) present(in Input, d ticket.Draft) (p present, err error) {
	r, o, filling, err := w.outline(in)
	if err != nil {
		return p, err
	}
	for _, v := range r.always() {
		if slot := "{" + v.fact.Name + "}"; filling[slot] == "" {
			filling[slot] = v.marked()
			o.Optional = append(o.Optional, slot)
		}
	}
	for slot, m := range maps.Clone(filling) { // a link may also stand without its label
		if s := parseSpans(m)[0]; s.link != "" {
			bare := bareSlot(slot)
			if filling[bare] == "" {
				link := marked(markURL, s.link)
				filling[bare], r.named[link] = link, printed{fact: r.named[m].fact}
				o.Optional = append(o.Optional, bare)
			}
		}
	}
	greeting, closing, err := r.ends()
	if err != nil {
		return p, err
	}
	p.filling, p.named = filling, r.named
	middle := p.takeEnds(d, r.locale, greeting, closing)
	p.outline = Outline{Language: o.Language, Text: r.locale.unfilled(middle, filling, o.Required)}
	for _, slot := range slices.Concat(o.Required, o.Optional) {
		if strings.Contains(p.outline.Text, slot) {
			p.outline.Required = append(p.outline.Required, slot)
		} else {
			p.outline.Optional = append(p.outline.Optional, slot)
		}
	}
	return p, nil
}

// always are values that every reply may state.
func (r *run) always() []*value {
	b := r.base(false)
	all := []*value{b.Name, b.FullName, b.Agent, b.Shop.Name, b.Shop.Email, b.Shop.URL}
	return slices.DeleteFunc(all, func(v *value) bool { return v == nil })
}

// labelled ends the name of a link's placeholder that brings its label.
var labelled = regexp.MustCompile(`\.(button|link)(\.[b-z])?\}$`)

// bareSlot is the placeholder of a link without its label.
func bareSlot(slot string) string { return labelled.ReplaceAllString(slot, "$2}") }

// takeEnds cuts a text into greeting, middle and closing. A greeting or a line of the closing that a person wrote
// is kept as it is.
func (p *present) takeEnds(d ticket.Draft, l *locale, greeting, closing []block) (middle string) {
	text, cited := uncited(d.Text)
	p.cites = cited
	paras := blankLines.Split(text, -1)
	own := func(para string) []block { return parseText(para, d.Facts) }
	first := sameWords(plainText(greeting, l))
	switch {
	case first != "" && sameWords(paras[0]) == first:
		p.head, paras = greeting, paras[1:]
	case isEnd(paras[0]):
		p.head, paras = own(paras[0]), paras[1:]
	}
	known := map[string]block{}
	for _, b := range closing {
		known[sameWords(plainText([]block{b}, l))] = b
	}
	at := len(paras)
	if i := slices.IndexFunc(paras, func(para string) bool { _, ok := known[sameWords(para)]; return ok }); i >= 0 {
		at = i
	}
	if len(paras)-at < len(closing) && at > 1 && isEnd(paras[at-1]) {
		at--
	}
	for _, para := range paras[at:] {
		if b, ok := known[sameWords(para)]; ok {
			p.tail = append(p.tail, b)
		} else {
			p.tail = append(p.tail, own(para)...)
		}
	}
	return strings.Join(paras[:at], "\n\n")
}

var blankLines = regexp.MustCompile(`\n(?:[ \t]*\n)+`)

// uncited takes away the customer's own words at the end of a text, and everything that cannot be seen.
func uncited(text string) (rest string, cited bool) {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		lines = append(lines, strings.TrimRightFunc(visible(line), unicode.IsSpace))
	}
	for n := len(lines); n > 0 && (lines[n-1] == "" || strings.HasPrefix(lines[n-1], ">")); n-- {
		cited = cited || lines[n-1] != ""
		lines = lines[:n-1]
	}
	return strings.TrimLeft(strings.Join(lines, "\n"), "\n"), cited
}

// sameWords makes paragraphs equal that differ in blanks, isolates, or where a link leads: that of the rating page
// is made anew each time.
func sameWords(para string) string {
	lines := strings.Split(webLink.ReplaceAllString(para, ""), "\n")
	for i, line := range lines {
		lines[i] = visible(strings.TrimSuffix(line, "\n"))
	}
	return strings.Join(strings.Fields(strings.Join(lines, " ")), " ")
}

// isEnd tells a greeting or a signature of a person's from a sentence: short, and it does not end like one.
func isEnd(para string) bool {
	last, _ := utf8.DecodeLastRuneInString(para)
	return para != "" && utf8.RuneCountInString(para) <= 80 && strings.Count(para, "\n") < 3 &&
		!strings.ContainsRune(".?؟…:;", last) && !strings.HasPrefix(para, "- ") && !strings.HasPrefix(para, "— ") &&
		!strings.HasPrefix(para, " ") && !strings.ContainsFunc(para, unicode.IsNumber) && !webLink.MatchString(para)
}

// unfilled puts placeholders where values stand, the longest first. A number as short as a count is one only where
// the plain reply states it.
func (l *locale) unfilled(text string, filling map[string]string, required []string) string {
	type shown struct{ slot, text string }
	var all []shown
	for slot, m := range filling {
		lines := strings.Split(l.spanText(parseSpans(m)[0]), "\n")
		for i, line := range lines {
			lines[i] = visible(line)
		}
		s := strings.Join(lines, "\n")
		if utf8.RuneCountInString(s) < 3 && !slices.Contains(required, slot) {
			continue
		}
		all = append(all, shown{slot, s})
		if bare := strings.TrimLeft(s, "#"); bare != s && utf8.RuneCountInString(bare) >= 3 { // "order 1001"
			all = append(all, shown{slot, bare})
		}
	}
	slices.SortFunc(all, func(a, b shown) int {
		return cmp.Or(cmp.Compare(len(b.text), len(a.text)), cmp.Compare(a.slot, b.slot))
	})
	for _, v := range all {
		text = replaceAlone(text, v.text, v.slot)
	}
	return text
}

// replaceAlone replaces what no letter or digit touches, and never within a placeholder.
func replaceAlone(text, old, slot string) string {
	var b strings.Builder
	for old != "" {
		at := strings.Index(text, old)
		if at < 0 {
			break
		}
		end := at + len(old)
		if !alone(text, at, end) || strings.LastIndexByte(text[:at], '{') > strings.LastIndexByte(text[:at], '}') {
			_, size := utf8.DecodeRuneInString(text[at:])
			skip := at + size
			if open := placeholder.FindStringIndex(text); open != nil && open[0] < at && at < open[1] {
				skip = open[1]
			}
			b.WriteString(text[:skip])
			text = text[skip:]
			continue
		}
		b.WriteString(text[:at] + slot)
		text = text[end:]
	}
	return b.String() + text
}

// Wish is what a draft is to be written anew for.
type Wish struct {
	Before   ticket.Draft // the draft as it is
	Language string       // of the new one
	Said     string       // the person's own words: what they state may be stated
	Known    []shop.Fact  // facts of this customer that the text may state
}

// Redraft makes the draft whose middle part is words: a model's, with the placeholders of Present for values. A
// number, link or address must stand in the words that a person wrote; else the error wraps ErrWords. Whether a
// fact covers it, the grounded check says. Greeting and closing stay as they are, or are those of the new language.
func (w *Writer) Redraft(in Input, wish Wish, words string) (ticket.Draft, error) {
	in.Triage.Language = wish.Before.Language
	from, err := w.present(in, wish.Before)
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	if err := from.outline.allowsAsked(words, wish.Said); err != nil {
		return ticket.Draft{}, err
	}
	in.Triage.Language = wish.Language
	plain, err := w.Write(in)
	if err != nil {
		return ticket.Draft{}, err
	}
	to, r := from, w.start(in)
	if plain.Language != from.outline.Language {
		if to, err = w.present(in, plain); err != nil {
			return ticket.Draft{}, fmt.Errorf("reply: %w", err)
		}
		if len(from.head) == 0 {
			to.head = nil
		}
	}
	body, err := filled(words, from, to)
	if err != nil {
		return ticket.Draft{}, err
	}
	for _, f := range slices.Concat(plain.Facts, wish.Before.Facts, wish.Known) {
		r.use(f)
	}
	for _, slot := range placeholder.FindAllString(words, -1) {
		r.use(from.named[from.filling[slot]].fact)
	}
	var cited []block
	if from.cites {
		cited = r.citation()
	}
	_, names, _ := strings.Cut(plain.Template, "/")
	names, _, _ = strings.Cut(names, "@")
	doc := slices.Concat(to.head, parseDoc(body), to.tail)
	d, err := r.assemble(doc, cited, names, strings.Split(names, "+"))
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	d.Subject = wish.Before.Subject
	d.Literals = slices.Concat(plain.Literals, wish.Before.Literals)
	slices.Sort(d.Literals)
	d.Literals = slices.Compact(d.Literals)
	return d, nil
}

// filled puts values, as to's language writes them, into words that have from's placeholders.
func filled(words string, from, to present) (string, error) {
	var body strings.Builder
	for line := range strings.Lines(words) {
		kind, rest := kindOfLine(strings.TrimRight(line, "\r\n"))
		mark := map[blockKind]string{heading: "## ", passage: "| ", item: "- "}[kind]
		body.WriteString(mark + strings.TrimSpace(clean(rest, maxOutput)) + "\n")
	}
	lost := ""
	text := placeholder.ReplaceAllStringFunc(body.String(), func(slot string) string {
		m := to.same(from.named[from.filling[slot]])
		if m == "" {
			lost = slot
		}
		return m
	})
	if lost != "" {
		return "", fmt.Errorf("%w: %s cannot be said in this language", ErrWords, lost)
	}
	return text, nil
}

// same finds the same fact, in the same form if there is one.
func (p present) same(want printed) (out string) {
	for _, m := range slices.Sorted(maps.Values(p.filling)) {
		switch have := p.named[m]; {
		case have == want:
			return m
		case have.fact == want.fact && out == "":
			out = m
		}
	}
	return out
}
