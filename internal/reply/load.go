package reply

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"slices"
	"strings"
	text "text/template"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// shared are the files of a language beside one for each intent: how a reply begins and ends, headings for
// mails with several requests, what several intents say alike, and the words for each of Shopify's states.
var shared = [...]string{"greeting", "closing", "titles", "common", "status"}

const (
	maxSource = 64 << 10 // bytes of one template file
	maxOutput = 64 << 10 // bytes of one section
)

// set is the templates of one language.
type set struct {
	all     *text.Template
	sources map[string][]byte // by name, for the version
	macros  []Macro
	parts   []texts.Part // what files define for use in others
}

// ownFile tells whether a name is that of a file of its own: a shared one's, or an intent's.
func ownFile(name string) bool {
	return slices.Contains(shared[:], name) || slices.Contains(ticket.Intents, ticket.Intent(name))
}

// file gives the path of a template by its name. What a file defines has no path of its own: then, that file's.
func (s *set) file(lang, name string) string {
	if i := slices.IndexFunc(s.parts, func(p texts.Part) bool { return p.Name == name }); i >= 0 {
		return s.parts[i].File
	}
	if macro, ok := strings.CutPrefix(name, macroPrefix); ok {
		return texts.Path(texts.Macros, lang, macro)
	}
	return texts.Path(texts.Replies, lang, name)
}

func loadSet(files fs.FS, lang string) (*set, error) {
	s := &set{all: text.New(lang).Funcs(functions()), sources: map[string][]byte{}}
	names := slices.Clone(shared[:])
	for _, i := range ticket.Intents {
		names = append(names, string(i))
	}
	for _, name := range names {
		file := texts.Path(texts.Replies, lang, name)
		b, err := source(files, file)
		if err != nil {
			return nil, err
		}
		if err := s.define(name, file, string(b)); err != nil {
			return nil, err
		}
		s.sources[name] = b
	}
	return s, s.loadMacros(files, lang)
}

// source reads one template file. Control characters are refused: they mark values in the output.
func source(files fs.FS, file string) ([]byte, error) {
	b, err := fs.ReadFile(files, file)
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxSource:
		return nil, &texts.Fault{File: file, What: texts.TooBig}
	case bytes.ContainsFunc(b, hidden):
		line := 1 + bytes.Count(b[:bytes.IndexFunc(b, hidden)], []byte("\n"))
		return nil, &texts.Fault{File: file, Line: line, What: texts.Control}
	}
	return b, nil
}

func hidden(r rune) bool { return r < ' ' && r != '\n' && r != '\t' && r != '\r' || r == 0x7f }

// version is the first 8 hex digits of the hash of all sources that a reply with these intents is made of.
func (w *Writer) version(lang string, names []string) string {
	h := sha256.New()
	for _, name := range append(slices.Clone(shared[:]), names...) {
		fmt.Fprintf(h, "%s %d\n%s", name, len(w.sets[lang].sources[name]), w.sets[lang].sources[name])
	}
	h.Write(w.frame.source)
	return hex.EncodeToString(h.Sum(nil))[:8]
}

// execute fills one template.
func (r *run) execute(name string, data any) (string, error) {
	o := &output{steps: &r.steps}
	if r.depth++; r.depth > maxDepth {
		return "", &texts.Fault{File: r.set.file(r.locale.lang, name), What: texts.Endless}
	}
	defer func() { r.depth-- }()
	if err := r.set.all.ExecuteTemplate(o, name, data); err != nil {
		return "", r.fault(err, name, o)
	}
	out := strings.TrimSpace(o.String())
	for part, what := range map[string]string{missing: texts.NoValue, "<nil>": texts.NoValue, notOne: texts.Whole} {
		if strings.Contains(out, part) {
			return "", &texts.Fault{File: r.set.file(r.locale.lang, name), What: what}
		}
	}
	return out, nil
}

// fragment fills the words for a state, "shipment.IN_TRANSIT", and records the state as a fact. A state that
// Shopify adds later is said by "shipment.OTHER".
func (r *run) fragment(group, code string, f shop.Fact, data any) (string, error) {
	name := group + "." + code
	if r.set.all.Lookup(name) == nil {
		name = group + ".OTHER"
	}
	if f.Value != "" {
		r.use(f)
	}
	return r.execute(name, data)
}

// Say gives the words for a parcel's state.
func (s *shipmentView) Say() (string, error) {
	return s.Order.r.fragment("shipment", s.Status, s.fact, s)
}

// Say gives the words for a refund's state.
func (f *refundView) Say() (string, error) { return f.Order.r.fragment("refund", f.Status, f.fact, f) }

// Say gives the words for a return's state.
func (f *returnView) Say() (string, error) { return f.Order.r.fragment("return", f.Status, f.fact, f) }

// Say tells whether a product can be bought.
func (p *productView) Say() (string, error) { return p.r.fragment("product", p.fact.Value, p.fact, p) }

// Say tells whether one variant can be bought.
func (p *variantView) Say() (string, error) { return p.r.fragment("variant", p.fact.Value, p.fact, p) }

// Say gives the words for the order's fulfilment state.
func (o *orderView) Say() (string, error) {
	return o.r.fragment("order", o.Fulfillment, o.status("order.fulfillment", o.Fulfillment,
		"displayFulfillmentStatus"), o)
}

// SayPayment gives the words for the order's payment state.
func (o *orderView) SayPayment() (string, error) {
	return o.r.fragment("payment", o.Financial, o.status("order.financial", o.Financial,
		"displayFinancialStatus"), o)
}

// SayCancelled gives the words for an order that was cancelled.
func (o *orderView) SayCancelled() (string, error) {
	return o.r.fragment("order", "CANCELLED", o.status("order.state", string(shop.StateCancelled), "cancelledAt"), o)
}

func (o *orderView) status(name, code, path string) shop.Fact {
	n := clean(o.order.Name, maxName)
	return status(name, code, "order "+n+" → "+path, n)
}

// Button puts a link on a line of its own, under a label; nothing when there is no link.
func (v *value) Button(label string) string {
	if v == nil || v.fact.Kind != shop.KindURL {
		return ""
	}
	v.r.use(v.fact)
	button := marked(markButton, label+string(separator)+v.text)
	return "\n\n" + v.r.name(button, printed{v.fact, "button"}) + "\n\n"
}

// Link puts a link into a sentence, under a label.
func (v *value) Link(label string) string {
	if v == nil || v.fact.Kind != shop.KindURL {
		return ""
	}
	v.r.use(v.fact)
	return v.r.name(marked(markLink, label+string(separator)+v.text), printed{v.fact, "link"})
}

// Hold notes that this section only says that a person will answer. It prints nothing.
func (v *view) Hold() string {
	v.r.hold = true
	return ""
}

// Quote gives the passage verbatim between quotation marks, as lines of its own.
func (p *passageView) Quote() string {
	var b strings.Builder
	for i, line := range p.lines {
		b.WriteString("\n| ")
		if i == 0 {
			b.WriteString(line.r.locale.open)
		}
		b.WriteString(line.String())
		if i == len(p.lines)-1 {
			b.WriteString(line.r.locale.close)
		}
	}
	return "\n" + b.String() + "\n\n"
}

// frameTemplate is frame.html.
type frameTemplate struct {
	*template.Template
	source   []byte
	literals []string // what the frame says itself, an imprint perhaps
}

func loadFrame(files fs.FS) (*frameTemplate, error) {
	b, err := source(files, "replies/frame.html")
	if err != nil {
		return nil, err
	}
	t, err := template.New("frame.html").Parse(string(b))
	if err != nil {
		return nil, err
	}
	var empty bytes.Buffer
	if err := t.Execute(&empty, frame{Lang: "en", Dir: "ltr"}); err != nil {
		return nil, err
	}
	f := &frameTemplate{Template: t, source: b}
	for line := range strings.Lines(mail.HTMLToText(empty.String())) {
		if line = strings.TrimSpace(line); line != "" {
			f.literals = append(f.literals, line)
		}
	}
	return f, nil
}

// safe marks HTML that htmlBody wrote, which escapes everything that it did not write itself.
func safe(s string) template.HTML { return template.HTML(s) } //nolint:gosec // see htmlBody
