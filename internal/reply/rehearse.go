package reply

import (
	"errors"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Rehearse fills every template of the languages once with each kind of finding, so that an owner's typing
// error shows when the program starts and not in a customer's mail. The error is of *texts.Fault. The built-in
// templates need it only in tests.
func (w *Writer) Rehearse(langs ...string) error {
	day := time.Date(2026, time.January, 2, 12, 0, 0, 0, time.UTC)
	order := func(change func(o *shop.Order)) *shop.Order {
		o := &shop.Order{Name: "#1", Email: "a@b.example", Created: day, Lines: []shop.Line{{Title: "A", Quantity: 1}}}
		change(o)
		return o
	}
	found := func(change func(o *shop.Order)) shop.Finding {
		return shop.Finding{
			Result: shop.Found, Order: order(change), Passages: []shop.Policy{{Title: "A", Text: "A"}},
			Products: []shop.Product{{Title: "A", Variants: []shop.Variant{{Title: "A"}, {Title: "B"}}}},
		}
	}
	findings := []shop.Finding{
		{Result: shop.Withheld}, {Result: shop.NotNeeded},
		{Result: shop.Ambiguous, Choices: []shop.Order{*order(func(*shop.Order) {})}},
		found(func(*shop.Order) {}),
		found(func(o *shop.Order) { o.Cancelled = &day }),
		found(func(o *shop.Order) {
			o.Shipments = []shop.Shipment{{Tracking: []shop.Tracking{{Number: "1"}}}, {}}
			o.Fulfillment = "PARTIALLY_FULFILLED"
			o.Refunds = []shop.Refund{{Total: shop.Money{Minor: 1, Currency: "EUR"}}}
		}),
		found(func(o *shop.Order) { o.Returns, o.Financial = []shop.Return{{}}, "PENDING" }),
		found(func(o *shop.Order) { o.Financial = "REFUNDED" }),
	}
	var all error
	for _, lang := range langs {
		for _, intent := range ticket.Intents {
			for _, f := range findings {
				if _, err := w.Write(rehearsal(lang, intent, f)); err != nil {
					all = errors.Join(all, err)
					break
				}
			}
		}
		all = errors.Join(all, w.rehearseMacros(lang, findings))
	}
	return all
}

func rehearsal(lang string, intent ticket.Intent, f shop.Finding) Input {
	return Input{
		Sender: ticket.Identity{Address: "a@b.example", Verdict: "pass", Via: ticket.Direct},
		Triage: ticket.Triage{
			Language: lang, Requests: []ticket.Request{{Intent: intent}, {Intent: ticket.Other}},
		},
		Findings: shop.Findings{Answers: []shop.Finding{f}},
	}
}
