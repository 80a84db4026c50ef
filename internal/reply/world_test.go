package reply

import (
	"sync"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

var now = time.Date(2026, time.November, 22, 9, 30, 0, 0, time.UTC)

func day(d int) time.Time { return time.Date(2026, time.November, d, 10, 0, 0, 0, time.UTC) }

func ptr[T any](v T) *T { return &v }

func testStore() Store {
	return Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example", Email: "support@lavender-oak.example",
		Agent: "Mina", Zone: "Europe/Berlin",
	}
}

// testOrder is a paid order whose one parcel is in the given state.
func testOrder(display string) *shop.Order {
	o := &shop.Order{
		ID: "gid://shopify/Order/1", Name: "#1001", Email: "sara@example.com", Created: day(12),
		Financial: "PAID", Fulfillment: "FULFILLED", Total: shop.Money{Minor: 123450, Currency: "EUR"},
		StatusURL: "https://lavender-oak.example/orders/8f2c41/authenticate",
		Lines: []shop.Line{
			{Title: "Linen bed sheet 160 × 200", Quantity: 2, Total: shop.Money{Minor: 11800, Currency: "EUR"}},
			{Title: "Oak stool", Quantity: 1, Total: shop.Money{Minor: 7900, Currency: "EUR"}},
		},
	}
	o.Shipments = []shop.Shipment{{
		Name: "#1001-F1", Status: "SUCCESS", Display: display, Created: day(14), Estimated: ptr(day(25)),
		Tracking: []shop.Tracking{{
			Company: "DHL Express", Number: "JD014600003RS7815",
			URL: "https://track.dhl.example/parcel?id=JD014600003RS7815",
		}},
	}}
	if display == "DELIVERED" || display == "PICKED_UP" {
		o.Shipments[0].Estimated, o.Shipments[0].Delivered = nil, ptr(day(19))
	}
	return o
}

func testPolicy() shop.Policy {
	return shop.Policy{
		Kind: "refund_policy", Title: "Return policy", URL: "https://lavender-oak.example/policies/refund-policy",
		Text: "You may return unused items within 30 days of delivery.\nReturn shipping costs €4.90 and is taken off " +
			"the amount that is refunded.",
	}
}

func testProduct() shop.Product {
	eur := func(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "EUR"} }
	return shop.Product{
		Title: "Oak stool", Handle: "oak-stool", URL: "https://lavender-oak.example/products/oak-stool", Status: "ACTIVE",
		Variants: []shop.Variant{
			{Title: "Natural / 45 cm", Price: eur(7900), Available: true},
			{Title: "Dark / 60 cm", Price: eur(8900)},
		},
	}
}

// testInput asks for one intent, with its finding, in a language.
func testInput(lang string, intent ticket.Intent, f shop.Finding) Input {
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
		Now:       now,
	}
}

// sharedWriter has the built-in templates.
var sharedWriter = sync.OnceValue(func() *Writer {
	w, err := New(prompts.FS(""), testStore())
	if err != nil {
		panic(err)
	}
	return w
})
