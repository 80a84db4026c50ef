// Package reply writes the answer to a mail: it fills the owner's templates with looked-up facts, in the
// customer's language, and gives text and HTML that say the same. It has no I/O beyond reading its templates
// once.
//
// A template is text/template and writes plain text with a little structure (see parseDoc). It can print a
// looked-up value only through value.String, which records the fact: a draft's Facts are exactly what it
// states, and its Literals are everything else that it says.
package reply

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// Store is what a reply says about the store itself.
type Store struct {
	Name     string // "Lavender & Oak"
	URL      string // https only; shown in the frame
	Email    string // contact address
	Agent    string // who signs; empty: the store's name alone
	Zone     string // IANA name; days of dates are days there. Findings.Zone goes before it
	Language string // of replies to mail in a language without templates; empty: "en"
}

// Input is what one reply rests on.
type Input struct {
	Mail      ticket.Incoming
	Sender    ticket.Identity
	Triage    ticket.Triage
	Findings  shop.Findings
	RatingURL string // https; empty: no question at the end
	Now       time.Time
}

// Writer fills templates. It is safe for use by several goroutines.
type Writer struct {
	store   Store
	zone    *time.Location
	locales map[string]*locale
	sets    map[string]*set
	frame   *frameTemplate
}

// New parses all templates of files (see prompts.FS): replies/<lang>/<intent>.tmpl for each intent, the
// shared files of each language and replies/frame.html. What cannot be parsed is an error here; what cannot be
// filled is one of Rehearse, not of a reply.
func New(files fs.FS, s Store) (*Writer, error) {
	if s.Language == "" {
		s.Language = "en"
	}
	if s.Zone == "" {
		s.Zone = "UTC"
	}
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		return nil, fmt.Errorf("reply: zone: %w", err)
	}
	w := &Writer{store: s, zone: zone, locales: newLocales(), sets: map[string]*set{}}
	if w.frame, err = loadFrame(files); err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	for _, lang := range slices.Sorted(maps.Keys(w.locales)) {
		if w.sets[lang], err = loadSet(files, lang); err != nil {
			return nil, fmt.Errorf("reply: %w", err)
		}
	}
	if w.sets[s.Language] == nil {
		return nil, fmt.Errorf("reply: there are no templates in language %q", s.Language)
	}
	return w, nil
}

// With gives a writer that reads the templates of one language from other files, and has all else as w has it. Every
// made-up mail of that language can be answered with it; else the error is a *texts.Fault.
func (w *Writer) With(files fs.FS, lang string) (*Writer, error) {
	if w.sets[lang] == nil {
		return nil, fmt.Errorf("reply: there are no templates in language %q", lang)
	}
	out := *w
	out.sets = maps.Clone(w.sets)
	var err error
	if out.sets[lang], err = loadSet(files, lang); err != nil {
		return nil, fmt.Errorf("reply: %w", err)
	}
	if err := out.Rehearse(lang); err != nil {
		return nil, err
	}
	for _, s := range out.Samples(lang) {
		if _, err := out.Write(s.Input); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// Languages lists the languages that have templates.
func (w *Writer) Languages() []string {
	var out []string
	for lang := range w.sets {
		out = append(out, lang)
	}
	slices.Sort(out)
	return out
}

// run is the writing of one reply.
type run struct {
	w      *Writer
	in     Input
	locale *locale
	set    *set
	zone   *time.Location
	facts  []shop.Fact
	held   int // sections that only say that a person will answer
	hold   bool
	named  map[string]printed // what marked values state; nil where nobody asks
	steps  int                // left; see guard.go
	depth  int                // of templates within templates
}

// printed is a fact as a template prints it: form is "button" or "link" where it stands under a label.
type printed struct {
	fact shop.Fact
	form string
}

// name remembers which fact a marked value states.
func (r *run) name(marked string, p printed) string {
	if r.named != nil {
		r.named[marked] = p
	}
	return marked
}

// Write makes the draft for a mail. An error means a broken template of the owner's; the turn then goes to a
// person.
func (w *Writer) Write(in Input) (ticket.Draft, error) {
	r := w.start(in)
	body, names, err := r.body()
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	held := r.held > 0 && r.held == len(names)
	slices.Sort(names)
	names = slices.Compact(names)
	d, err := r.draft(body, strings.Join(names, "+"), names)
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	d.Macro = held
	return d, nil
}

// start chooses language and zone.
func (w *Writer) start(in Input) *run {
	lang := in.Triage.Language
	if w.sets[lang] == nil {
		lang = w.store.Language
	}
	r := &run{w: w, in: in, locale: w.locales[lang], set: w.sets[lang], zone: w.zone, steps: maxSteps}
	if z, err := time.LoadLocation(in.Findings.Zone); err == nil && in.Findings.Zone != "" {
		r.zone = z
	}
	return r
}

// ends gives greeting and closing.
func (r *run) ends() (greeting, closing []block, err error) {
	base := r.base(len(r.requests()) > 1)
	first, err := r.execute("greeting", &base)
	if err != nil {
		return nil, nil, err
	}
	last, err := r.execute("closing", &base)
	return parseDoc(first), parseDoc(last), err
}

// draft puts greeting and closing around a body. name and sources go into the draft's template version.
func (r *run) draft(body, name string, sources []string) (ticket.Draft, error) {
	greeting, closing, err := r.ends()
	if err != nil {
		return ticket.Draft{}, err
	}
	return r.assemble(slices.Concat(greeting, parseDoc(body), closing), r.citation(), name, sources)
}

// assemble makes a draft of a document and of what it cites.
func (r *run) assemble(doc, cited []block, name string, sources []string) (d ticket.Draft, err error) {
	lang := r.locale.lang
	d = ticket.Draft{
		By: ticket.Replyd, At: r.in.Now, Language: lang, Subject: r.w.subject(r.in),
		Literals: append(literals(doc), r.w.frame.literals...),
		Template: lang + "/" + name + "@" + r.w.version(lang, sources),
	}
	doc = append(doc, cited...)
	d.Text = plainText(doc, r.locale)
	if d.HTML, err = r.html(doc, d.Subject); err != nil {
		return ticket.Draft{}, err
	}
	d.Facts = r.facts
	return d, nil
}

// body fills one section for each request. It gives the names of the intents' templates used.
func (r *run) body() (string, []string, error) {
	requests := r.requests()
	base := r.base(len(requests) > 1)
	var sections []string
	var names []string
	for _, q := range requests {
		v := base
		r.fill(&v, q)
		r.hold = false
		mark := len(r.facts)
		out, err := r.execute(v.Intent, &v)
		if err != nil {
			return "", nil, err
		}
		if out == "" {
			f := texts.Fault{File: texts.Path(texts.Replies, r.locale.lang, v.Intent), What: texts.Nothing, Arg: v.Result}
			return "", nil, &f
		}
		if slices.Contains(sections, out) { // the same holding words once
			r.facts = r.facts[:mark]
			continue
		}
		if r.hold {
			r.held++
		}
		sections = append(sections, out)
		names = append(names, v.Intent)
	}
	body, err := r.titled(sections, names, base)
	return body, names, err
}

// titled puts a heading over each section when there are several.
func (r *run) titled(sections, names []string, base view) (string, error) {
	var b strings.Builder
	for i, s := range sections {
		if len(sections) > 1 {
			v := base
			v.Intent = names[i]
			title, err := r.execute("title."+names[i], &v)
			if err != nil {
				return "", err
			}
			b.WriteString("## " + strings.TrimSpace(title) + "\n\n")
		}
		b.WriteString(s + "\n\n")
	}
	return b.String(), nil
}

// request is one request with its finding.
type request struct {
	intent  ticket.Intent
	finding shop.Finding
}

// maxRequests bounds the sections of one reply.
const maxRequests = 6

// requests pairs requests with findings. A mail in which nothing was understood gets the words for Other.
func (r *run) requests() []request {
	var out []request
	for i, q := range r.in.Triage.Requests {
		if !slices.Contains(ticket.Intents, q.Intent) || len(out) == maxRequests {
			continue
		}
		f := shop.Finding{Result: shop.NotNeeded}
		if i < len(r.in.Findings.Answers) {
			f = r.in.Findings.Answers[i]
		}
		out = append(out, request{q.Intent, r.permitted(f)})
	}
	if len(out) > 1 { // thanks beside a question needs no words of its own
		out = slices.DeleteFunc(out, func(q request) bool { return q.intent == ticket.NoReplyNeeded })
	}
	if len(out) == 0 {
		out = []request{{ticket.Other, shop.Finding{Result: shop.NotNeeded}}}
	}
	return out
}

// permitted removes every order that the writer may not hear about. Look-ups are scoped to the sender
// already; this is the second lock on the same door.
func (r *run) permitted(f shop.Finding) shop.Finding {
	own := func(o shop.Order) bool {
		return r.in.Sender.Disclosure() == ticket.OwnOrders && o.Email != "" &&
			strings.EqualFold(o.Email, r.in.Sender.Address)
	}
	if f.Order != nil && !own(*f.Order) {
		return shop.Finding{Result: shop.Withheld}
	}
	if slices.ContainsFunc(f.Choices, func(o shop.Order) bool { return !own(o) }) {
		return shop.Finding{Result: shop.Withheld}
	}
	return f
}

// base is the part of the view that all requests share.
func (r *run) base(several bool) view {
	s := r.w.store
	v := view{
		r: r, Several: several,
		Shop: shopView{
			Name:  r.word(shop.KindName, "shop.name", s.Name, "store", "", maxValue),
			URL:   r.link("shop.url", s.URL, "store", ""),
			Email: r.word(shop.KindEmail, "shop.email", s.Email, "store", "", maxValue),
		},
		Agent:  r.word(shop.KindName, "shop.agent", s.Agent, "store", "", maxValue),
		Rating: r.link("rating.url", r.in.RatingURL, "store", ""),
	}
	first, full, source := r.in.Sender.Name, r.in.Sender.Name, "mail → From"
	if c := r.in.Findings.Customer; c != nil && cleanName(c.FirstName) != "" {
		first, full, source = c.FirstName, strings.TrimSpace(c.FirstName+" "+c.LastName), "customer → firstName"
	} else if words := strings.Fields(cleanName(first)); len(words) > 1 {
		first = words[0]
	}
	v.Name = r.word(shop.KindName, "customer.first_name", cleanName(first), source, "", maxName)
	v.FullName = r.word(shop.KindName, "customer.name", cleanName(full), source, "", maxName)
	return v
}

// fill adds what was found for one request.
func (r *run) fill(v *view, q request) {
	v.Intent, v.Result = string(q.intent), string(q.finding.Result)
	if q.finding.Order != nil {
		v.Order = r.order(q.finding.Order)
	}
	for i := range q.finding.Choices[:min(len(q.finding.Choices), maxChoices)] {
		v.Choices = append(v.Choices, r.order(&q.finding.Choices[i]))
	}
	for i := range q.finding.Products[:min(len(q.finding.Products), maxProducts)] {
		v.Products = append(v.Products, r.product(i, &q.finding.Products[i]))
	}
	v.Passages = r.passages(q.finding.Passages)
	nothing := v.Order == nil && (aboutOrder(q.intent) || v.Products == nil && v.Passages == nil)
	if v.Result == string(shop.Found) && nothing || v.Result == string(shop.Ambiguous) && v.Choices == nil {
		v.Result = string(shop.NotFound)
	}
}

// aboutOrder: a request of this kind is answered with an order or not at all.
func aboutOrder(i ticket.Intent) bool {
	switch i {
	case ticket.OrderStatus, ticket.DeliveryProblem, ticket.OrderChange, ticket.AddressChange, ticket.OrderCancel:
		return true
	}
	return false
}

// use records a fact that was printed, once.
func (r *run) use(f shop.Fact) {
	if !slices.Contains(r.facts, f) {
		r.facts = append(r.facts, f)
	}
}

// html frames the document.
func (r *run) html(doc []block, title string) (string, error) {
	var b bytes.Buffer
	err := r.w.frame.Execute(&b, frame{
		Lang: r.locale.lang, Dir: r.locale.dir, Title: title,
		Shop: clean(r.w.store.Name, maxValue), Link: cleanLink(r.w.store.URL), Body: safe(htmlBody(doc, r.locale)),
	})
	if err == nil && r.w.store.Name != "" {
		r.use(r.word(shop.KindName, "shop.name", r.w.store.Name, "store", "", maxValue).fact)
		if v := r.link("shop.url", r.w.store.URL, "store", ""); v != nil {
			r.use(v.fact)
		}
	}
	return b.String(), err
}

// subject answers the customer's subject: cleaned, "Re:" once, without links and addresses, which a mail
// program would make clickable in our name. Of a mail that tries to steer a machine nothing is repeated.
func (w *Writer) subject(in Input) string {
	if slices.Contains(in.Triage.Flags, ticket.SuspectedInjection) {
		return mail.ReplySubject(clean(w.store.Name, maxValue))
	}
	return mail.ReplySubject(clean(links.ReplaceAllString(in.Mail.Subject, "[…]"), maxValue))
}
