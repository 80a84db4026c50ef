package reply

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/ticket"
)

// Outline is the middle part of a plain reply with a placeholder, such as {order.name}, for each value: what a
// model may say in other words without reading a single looked-up value.
type Outline struct {
	Language string
	Text     string
	Required []string // placeholders in Text
	Optional []string // of what else was looked up for the requests, by what it belongs to: "order", "product" …
}

// ErrWords: a text breaks a rule for words that are not a template's.
var ErrWords = errors.New("reply: words that may not stand in a reply")

var (
	values      = regexp.MustCompile("\x01[^\x02]*\x02")
	placeholder = regexp.MustCompile(`\{[a-z][a-z0-9_.]*\}`)
)

// Outline gives what Write would say between greeting and closing.
func (w *Writer) Outline(in Input) (Outline, error) {
	_, o, _, err := w.outline(in)
	return o, err
}

// outline also gives the run, for its facts, and what each placeholder stands for, marked.
func (w *Writer) outline(in Input) (*run, Outline, map[string]string, error) {
	r := w.start(in)
	r.named = map[string]printed{}
	body, _, err := r.body()
	if err != nil {
		return nil, Outline{}, nil, fmt.Errorf("reply: %w", err)
	}
	filling := map[string]string{}
	name := func(marked string) string {
		p := r.named[marked]
		fact := p.fact.Name
		if p.form != "" {
			fact += "." + p.form
		}
		slot := "{" + fact + "}"
		for i := 'b'; filling[slot] != "" && filling[slot] != marked && i <= 'z'; i++ {
			slot = "{" + fact + "." + string(i) + "}"
		}
		filling[slot] = marked
		return slot
	}
	o := Outline{Language: r.locale.lang}
	o.Text = values.ReplaceAllStringFunc(body, func(marked string) string {
		slot := name(marked)
		if !slices.Contains(o.Required, slot) {
			o.Required = append(o.Required, slot)
		}
		return slot
	})
	for _, v := range r.offered() {
		if slot := name(v.marked()); !slices.Contains(o.Required, slot) && !slices.Contains(o.Optional, slot) {
			o.Optional = append(o.Optional, slot)
		}
	}
	return r, o, filling, nil
}

// offered are values of the requests' own findings that a text may state beyond the plain reply's.
func (r *run) offered() []*value {
	var out []*value
	for _, q := range r.requests() {
		var v view
		r.fill(&v, q)
		if o := v.Order; o != nil {
			out = append(out, o.Name, o.Date, o.Total, o.Page)
		}
		for _, p := range v.Products {
			out = append(out, p.Title, p.Price, p.Page)
		}
		for _, p := range v.Passages {
			out = append(out, p.Title, p.Page)
		}
	}
	return slices.DeleteFunc(out, func(v *value) bool { return v == nil })
}

// Reword writes the draft whose middle part is text: words that no template holds, with an outline's placeholders
// for values. Every required placeholder must be there, and no unknown one; the words themselves must have no
// digit, no link, no address and no currency sign. Else the error wraps ErrWords. The words do not count as a
// template's own, so that the grounded check sees what they state.
func (w *Writer) Reword(in Input, text string) (ticket.Draft, error) {
	r, o, filling, err := w.outline(in)
	if err != nil {
		return ticket.Draft{}, err
	}
	if err := o.allows(text); err != nil {
		return ticket.Draft{}, err
	}
	plain, err := w.Write(in)
	if err != nil {
		return ticket.Draft{}, err
	}
	for _, v := range r.offered() {
		if strings.Contains(text, "{"+v.fact.Name) {
			r.use(v.fact)
		}
	}
	var body strings.Builder
	for line := range strings.Lines(text) {
		body.WriteString(strings.TrimSpace(clean(line, maxOutput)) + "\n")
	}
	filled := placeholder.ReplaceAllStringFunc(body.String(), func(slot string) string { return filling[slot] })
	_, names, _ := strings.Cut(plain.Template, "/")
	names, _, _ = strings.Cut(names, "@")
	d, err := r.draft(filled, names, strings.Split(names, "+"))
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	d.Literals = plain.Literals
	return d, nil
}

// allows checks a text against the rules of Reword.
func (o Outline) allows(text string) error {
	if len(text) > maxOutput/4 {
		return fmt.Errorf("%w: too long", ErrWords)
	}
	used := placeholder.FindAllString(text, -1)
	for _, slot := range used {
		if !slices.Contains(o.Required, slot) && !slices.Contains(o.Optional, slot) {
			return fmt.Errorf("%w: an unknown placeholder", ErrWords)
		}
	}
	for _, slot := range o.Required {
		if !slices.Contains(used, slot) {
			return fmt.Errorf("%w: %s is missing", ErrWords, slot)
		}
	}
	words := placeholder.ReplaceAllString(text, "")
	letters := 0
	for _, r := range words {
		switch {
		case unicode.IsNumber(r), unicode.Is(unicode.Sc, r):
			return fmt.Errorf("%w: a number or an amount", ErrWords)
		case strings.ContainsRune("@＠<>{}[]\\|~#`", r):
			return fmt.Errorf("%w: an address, or a sign that is no writing", ErrWords)
		case unicode.IsControl(r) && r != '\n', unicode.Is(unicode.Cf, r) && r != '\u200c', unicode.Is(unicode.Co, r):
			return fmt.Errorf("%w: something that cannot be seen", ErrWords)
		case unicode.IsLetter(r):
			letters++
		}
	}
	if linkLike.MatchString(words) {
		return fmt.Errorf("%w: a link", ErrWords)
	}
	if letters == 0 {
		return fmt.Errorf("%w: none", ErrWords)
	}
	return nil
}

// linkLike finds what a mail program might make clickable: a scheme, or a dot between letters.
var linkLike = regexp.MustCompile(`(?i)[a-z]:/|//|www|\pL\.\pL`)
