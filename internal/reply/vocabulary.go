package reply

import (
	"reflect"
	"slices"

	"github.com/replyd/replyd/internal/texts"
)

// These say that a template prints a thing which is no value: nobody wants to read it.
func (*view) String() string         { return notOne }
func (shopView) String() string      { return notOne }
func (*orderView) String() string    { return notOne }
func (*lineView) String() string     { return notOne }
func (*shipmentView) String() string { return notOne }
func (*trackingView) String() string { return notOne }
func (*refundView) String() string   { return notOne }
func (*returnView) String() string   { return notOne }
func (*productView) String() string  { return notOne }
func (*variantView) String() string  { return notOne }
func (*passageView) String() string  { return notOne }

// thing is a kind of view: what it is called and what its fields and methods mean. A test holds this against the
// types, so that the list an owner reads says what a template may say.
type thing struct {
	name   string
	fields map[string]string
}

var things = map[string]thing{
	"view": {"the request", map[string]string{
		"Intent":   "what the customer wants, as “order_status”; for {{if eq}}",
		"Result":   "what was found: found, not_found, ambiguous, withheld or not_needed; for {{if eq}}",
		"Several":  "true when the mail asks for several things",
		"Name":     "the customer's first name",
		"FullName": "the customer's whole name",
		"Rating":   "the link to the question how the answer was",
		"Agent":    "who signs",
		"Hold":     "prints nothing; marks a reply which only says that a person will answer",
		"Shop":     "", "Order": "", "Choices": "", "Products": "", "Passages": "",
	}},
	"shopView": {"the shop", map[string]string{
		"Name": "the shop's name", "URL": "the shop's address on the web", "Email": "the shop's mail address",
	}},
	"orderView": {"an order", map[string]string{
		"Name":         "the order's number, as #1001",
		"Date":         "the day of the order",
		"Cancelled":    "the day on which it was cancelled",
		"Total":        "what it cost",
		"Refunded":     "what was paid back",
		"Page":         "the link to the order's own page",
		"City":         "the city that it goes to",
		"Fulfillment":  "Shopify's word for how far it is packed; for {{if eq}}",
		"Financial":    "Shopify's word for its payment; for {{if eq}}",
		"Say":          "the words of “status” for how far it is packed",
		"SayPayment":   "the words of “status” for its payment",
		"SayCancelled": "the words of “status” for an order that was cancelled",
		"Lines":        "", "Shipments": "", "Refunds": "", "Returns": "",
	}},
	"lineView": {"an item of an order", map[string]string{
		"Title": "what was ordered", "Quantity": "how many of it",
	}},
	"shipmentView": {"a parcel", map[string]string{
		"Status":    "Shopify's word for where it is; for {{if eq}}",
		"Number":    "which of several parcels it is",
		"Count":     "how many parcels there are, where there are several",
		"Sent":      "the day on which it left",
		"Expected":  "the day on which the carrier expects to deliver it",
		"Delivered": "the day on which it was delivered",
		"Say":       "the words of “status” for where it is",
		"Tracking":  "", "Order": "",
	}},
	"trackingView": {"a tracking number", map[string]string{
		"Company": "the carrier's name", "Number": "the tracking number", "Page": "the link to the carrier's page",
	}},
	"refundView": {"a refund", map[string]string{
		"Status": "Shopify's word for its state; for {{if eq}}", "Total": "what is paid back", "Date": "the day of the refund",
		"Say": "the words of “status” for its state", "Order": "",
	}},
	"returnView": {"a return", map[string]string{
		"Status": "Shopify's word for its state; for {{if eq}}", "Name": "the return's number",
		"Say": "the words of “status” for its state", "Order": "",
	}},
	"productView": {"a product", map[string]string{
		"Title": "what it is called", "Page": "the link to its page in the shop", "Price": "its price, where it has only one",
		"Say": "the words of “status” for whether it can be bought", "Variants": "",
	}},
	"variantView": {"a variant of a product", map[string]string{
		"Title": "what it is called", "Price": "its price", "Say": "the words of “status” for whether it can be bought",
	}},
	"passageView": {"a passage of the shop's own texts", map[string]string{
		"Title": "the title of the text", "Page": "the link to the whole text", "Quote": "the passage itself, word for word",
	}},
	"value": {"a link", map[string]string{
		"Button": "a button with these words; nothing where there is no link",
		"Link":   "a link with these words within a sentence; nothing where there is no link",
	}},
}

// Vocabulary lists what templates may speak about, from the types that they are filled with.
func Vocabulary() []texts.Group {
	var out []texts.Group
	walk(reflect.TypeFor[*view](), "", &out)
	g := texts.Group{Name: things["value"].name, Reach: ".Order.Page"}
	for _, m := range []string{"Button", "Link"} {
		g.Fields = append(g.Fields, texts.Field{Name: "." + m + ` "…"`, Doc: things["value"].fields[m]})
	}
	return append(out, g)
}

// walk adds a type and those that are reached from it.
func walk(t reflect.Type, reach string, out *[]texts.Group) {
	plain := t
	if t.Kind() == reflect.Pointer {
		plain = t.Elem()
	}
	about := things[plain.Name()]
	if slices.ContainsFunc(*out, func(g texts.Group) bool { return g.Name == about.name }) {
		return
	}
	at := len(*out)
	*out = append(*out, texts.Group{Name: about.name, Reach: reach})
	add := func(name string) {
		if doc := about.fields[name]; doc != "" {
			(*out)[at].Fields = append((*out)[at].Fields, texts.Field{Name: "." + name, Doc: doc})
		}
	}
	for _, f := range reflect.VisibleFields(plain) {
		if !f.IsExported() {
			continue
		}
		add(f.Name)
	}
	for m := range t.Methods() {
		if m.Name != "String" {
			add(m.Name)
		}
	}
	for _, f := range reflect.VisibleFields(plain) {
		inner := f.Type
		switch {
		case !f.IsExported() || inner == reflect.TypeFor[*value]():
		case inner.Kind() == reflect.Slice:
			walk(inner.Elem(), "{{range ."+f.Name+"}}", out)
		case inner.Kind() == reflect.Pointer:
			walk(inner, "{{with ."+f.Name+"}}", out)
		case inner.Kind() == reflect.Struct:
			walk(inner, "{{with ."+f.Name+"}}", out)
		}
	}
}

// Parts lists what the files of a language define for use in its templates, without the words for states.
func (w *Writer) Parts(lang string) (out []texts.Part) {
	if w.sets[lang] == nil {
		return nil
	}
	for _, p := range w.sets[lang].parts {
		if !isState(p.Name) {
			out = append(out, p)
		}
	}
	return out
}

// Marks lists how a text is written.
func Marks() []texts.Field {
	return []texts.Field{
		{Name: "(an empty line)", Doc: "begins a new paragraph; other line ends are spaces"},
		{Name: "… \\", Doc: "at the end of a line: a line end within the paragraph"},
		{Name: "- …", Doc: "an item of a list"},
		{Name: "## …", Doc: "a heading"},
		{Name: "~ …", Doc: "the small line at the end"},
		{Name: "{{with .Order.Date}} … {{.}} … {{end}}", Doc: "says this only where there is a value, and prints it"},
		{Name: `{{if eq .Result "found"}} … {{else}} … {{end}}`, Doc: "says the one or the other"},
		{Name: "{{range .Order.Shipments}} … {{end}}", Doc: "says this for each"},
		{Name: "{{/* … */}}", Doc: "a note to yourself, which nobody gets to read"},
	}
}
