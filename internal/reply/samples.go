package reply

import (
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Sample is a made-up mail with what was found for it: something to show a template with.
type Sample struct {
	Name  string // "found", "ambiguous" …; or the state that it shows: "shipment.IN_TRANSIT"
	Input Input
}

// Samples gives mails in one language that make every template say everything that it can: each intent with each
// kind of finding, then every state that the language has words for.
func (w *Writer) Samples(lang string) []Sample {
	var out []Sample
	for _, intent := range ticket.Intents {
		for _, f := range sampleFindings() {
			out = append(out, Sample{f.name, sampleInput(lang, intent, f.finding)})
		}
		out = append(out, sampleOfSeveral(lang, intent))
	}
	if w.sets[lang] == nil {
		return out
	}
	var states []string
	for _, t := range w.sets[lang].all.Templates() {
		states = append(states, t.Name())
	}
	slices.Sort(states)
	for _, name := range states {
		if in, ok := sampleOfState(lang, name); ok {
			out = append(out, Sample{name, in})
		}
	}
	return out
}

var sampleNow = time.Date(2026, time.November, 22, 9, 30, 0, 0, time.UTC)

func sampleDay(d int) *time.Time {
	t := time.Date(2026, time.November, d, 10, 0, 0, 0, time.UTC)
	return &t
}

func euro(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "EUR"} }

type namedFinding struct {
	name    string
	finding shop.Finding
}

// sampleFindings are the kinds of findings that a template tells apart.
func sampleFindings() []namedFinding {
	found := func(change func(o *shop.Order)) shop.Finding {
		o := sampleOrder("IN_TRANSIT")
		change(o)
		return shop.Finding{Result: shop.Found, Order: o, Products: []shop.Product{sampleProduct()},
			Passages: []shop.Policy{samplePolicy()}}
	}
	second := sampleOrder("DELIVERED")
	second.Name, second.Created = "#1007", *sampleDay(3)
	return []namedFinding{
		{"found", found(func(*shop.Order) {})},
		{"found, refund and return", found(func(o *shop.Order) {
			o.Refunds = []shop.Refund{{Created: *sampleDay(17), Total: euro(7900), Status: "SUCCESS"}}
			o.Returns = []shop.Return{{Name: "#1001-R1", Status: "OPEN"}}
		})},
		{"ambiguous", shop.Finding{Result: shop.Ambiguous, Choices: []shop.Order{*sampleOrder("IN_TRANSIT"), *second}}},
		{"withheld", shop.Finding{Result: shop.Withheld}},
		{"not needed", shop.Finding{Result: shop.NotNeeded}},
	}
}

// sampleOrder is a paid order whose one parcel is in the given state.
func sampleOrder(display string) *shop.Order {
	o := &shop.Order{
		ID: "gid://shopify/Order/1", Name: "#1001", Email: "sara@example.com", Created: *sampleDay(12),
		Financial: "PAID", Fulfillment: "FULFILLED", Total: euro(123450),
		StatusURL: "https://lavender-oak.example/orders/8f2c41/authenticate",
		Lines: []shop.Line{
			{Title: "Linen bed sheet 160 × 200", Quantity: 2, Total: euro(11800)},
			{Title: "Oak stool", Quantity: 1, Total: euro(7900)},
		},
	}
	o.Shipments = []shop.Shipment{{
		Name: "#1001-F1", Status: "SUCCESS", Display: display, Created: *sampleDay(14), Estimated: sampleDay(25),
		Tracking: []shop.Tracking{{
			Company: "DHL Express", Number: "JD014600003RS7815",
			URL: "https://track.dhl.example/parcel?id=JD014600003RS7815",
		}},
	}}
	if display == "DELIVERED" || display == "PICKED_UP" {
		o.Shipments[0].Estimated, o.Shipments[0].Delivered = nil, sampleDay(19)
	}
	return o
}

func samplePolicy() shop.Policy {
	return shop.Policy{
		Kind: "refund_policy", Title: "Return policy", URL: "https://lavender-oak.example/policies/refund-policy",
		Text: "You may return unused items within 30 days of delivery.\nReturn shipping costs €4.90 and is taken off " +
			"the amount that is refunded.",
	}
}

func sampleProduct() shop.Product {
	return shop.Product{
		Title: "Oak stool", Handle: "oak-stool", URL: "https://lavender-oak.example/products/oak-stool", Status: "ACTIVE",
		Variants: []shop.Variant{
			{Title: "Natural / 45 cm", Price: euro(7900), Available: true},
			{Title: "Dark / 60 cm", Price: euro(8900)},
		},
	}
}

// sampleInput asks for one intent, with its finding, in a language.
func sampleInput(lang string, intent ticket.Intent, f shop.Finding) Input {
	return Input{
		Mail: ticket.Incoming{
			Subject: "My order", Reply: "Hi,\nI am still waiting. See https://evil.example/x\n\nSara", Name: "Sara Weber",
		},
		Sender: ticket.Identity{Address: "sara@example.com", Name: "Sara Weber", Verdict: "pass", Via: ticket.Direct},
		Triage: ticket.Triage{Language: lang, Requests: []ticket.Request{{Intent: intent, Quote: "I am still waiting"}}},
		Findings: shop.Findings{
			Customer: &shop.Customer{FirstName: "Sara", LastName: "Weber", Email: "sara@example.com"},
			Answers:  []shop.Finding{f}, Zone: "Europe/Berlin",
		},
		RatingURL: "https://replyd.lavender-oak.example/r/k3v9q0",
		Now:       sampleNow,
	}
}

// sampleOfSeveral asks for something else too, so that headings are shown.
func sampleOfSeveral(lang string, intent ticket.Intent) Sample {
	in := sampleInput(lang, intent, sampleFindings()[0].finding)
	also := ticket.HumanRequest
	if intent == also {
		also = ticket.ProductQuestion
	}
	in.Triage.Requests = append(in.Triage.Requests, ticket.Request{Intent: also, Quote: "And one more thing"})
	in.Findings.Answers = append(in.Findings.Answers, shop.Finding{Result: shop.NotNeeded})
	return Sample{"several", in}
}

// isState tells whether a part's name is that of the words for a state: "refund.PENDING".
func isState(part string) bool {
	_, ok := sampleOfState("en", part)
	return ok || strings.HasPrefix(part, "title.") || strings.HasPrefix(part, "product.") || strings.HasPrefix(part, "variant.")
}

// sampleOfState makes a mail whose answer says a state in the words of a fragment: "refund.PENDING".
func sampleOfState(lang, fragment string) (Input, bool) {
	group, code, isState := strings.Cut(fragment, ".")
	if !isState {
		return Input{}, false
	}
	f := shop.Finding{Result: shop.Found, Order: sampleOrder("IN_TRANSIT")}
	intent, o := ticket.OrderStatus, f.Order
	switch group {
	case "shipment":
		o.Shipments = sampleOrder(code).Shipments
	case "order":
		o.Shipments, o.Fulfillment = nil, code
		if code == "CANCELLED" {
			o.Cancelled = sampleDay(15)
		}
	case "payment":
		o.Shipments, o.Fulfillment, o.Financial, intent = nil, "UNFULFILLED", code, ticket.RefundStatus
		o.Refunded = euro(7900)
		if code == "PENDING" || code == "EXPIRED" || code == "PARTIALLY_PAID" {
			intent = ticket.OrderStatus
		}
	case "refund":
		intent = ticket.RefundStatus
		o.Refunds = []shop.Refund{{Created: *sampleDay(17), Total: euro(123450), Status: code}}
	case "return":
		intent = ticket.RefundStatus
		o.Returns = []shop.Return{{Name: "#1001-R1", Status: code}}
	default:
		return Input{}, false
	}
	return sampleInput(lang, intent, f), true
}

// Source gives a template's own text: its name is an intent, or one of the shared files.
func (w *Writer) Source(lang, name string) string {
	if w.sets[lang] == nil {
		return ""
	}
	return string(w.sets[lang].sources[name])
}
