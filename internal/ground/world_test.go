package ground_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

var (
	languages = []string{"en", "fa", "de", "fr", "es"}
	hosts     = []string{"lavender-oak.example"}
)

func berlin(t testing.TB) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func writer(t testing.TB) *reply.Writer {
	t.Helper()
	w, err := reply.New(prompts.FS(""), reply.Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example", Email: "support@lavender-oak.example",
		Agent: "Mina", Zone: "Europe/Berlin",
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var (
	displays = []string{
		"ATTEMPTED_DELIVERY", "CANCELED", "CARRIER_PICKED_UP", "CONFIRMED", "DELAYED", "DELIVERED", "FAILURE", "FULFILLED",
		"IN_TRANSIT", "LABEL_PRINTED", "LABEL_PURCHASED", "LABEL_VOIDED", "MARKED_AS_FULFILLED", "NOT_DELIVERED",
		"OUT_FOR_DELIVERY", "PICKED_UP", "READY_FOR_PICKUP", "SUBMITTED", "INVENTED_LATER", "",
	}
	fulfilments = []string{
		"FULFILLED", "IN_PROGRESS", "ON_HOLD", "OPEN", "PARTIALLY_FULFILLED", "PENDING_FULFILLMENT", "REQUEST_DECLINED",
		"RESTOCKED", "SCHEDULED", "UNFULFILLED", "",
	}
	financials = []string{
		"AUTHORIZED", "EXPIRED", "PAID", "PARTIALLY_PAID", "PARTIALLY_REFUNDED", "PENDING", "REFUNDED", "VOIDED", "",
	}
	refunds = []string{"SUCCESS", "PENDING", "FAILURE", "ERROR", "AWAITING_RESPONSE", "UNKNOWN", ""}
	returns = []string{"CANCELED", "CLOSED", "DECLINED", "OPEN", "REQUESTED", "INVENTED_LATER"}
	moneys  = []string{"EUR", "USD", "GBP", "JPY", "IRR", "CHF", "KWD", "SEK", "CAD", "TRY"}
	titles  = []string{
		"Linen bed sheet 160 × 200", "Oak stool", "شمع دست‌ساز اسطوخودوس", "Kerze „Provence“ 250 g", "Free spirit candle",
		"Savon 100 % naturel", "Manta de lana 2 m", "Guaranteed Calm Tea", "50 EUR gift card",
	}
	carriers = []string{"DHL Express", "GLS 24", "4PX", "Deutsche Post", "", "پست پیشتاز"}
	names    = []string{"Sara", "سارا", "Jürgen", "Zoë", "", "<b>Eve</b>"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func instant(r *rand.Rand) time.Time {
	return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(r.IntN(700*24*60)) * time.Minute)
}

func maybe(r *rand.Rand) *time.Time {
	if r.IntN(2) == 0 {
		return nil
	}
	t := instant(r)
	return &t
}

// order makes an order that a shop might have. Numbers are long enough not to be met by chance.
func order(r *rand.Rand, n int) shop.Order {
	cur := pick(r, moneys)
	money := func() shop.Money { return shop.Money{Minor: 1 + r.Int64N(400000000), Currency: cur} }
	name := fmt.Sprintf("#%d", 100000+r.IntN(800000)+n)
	if r.IntN(4) == 0 {
		name = fmt.Sprintf("LO-%d-X", 10000+r.IntN(80000)+n)
	}
	o := shop.Order{
		Name: name, Email: "sara@example.com", Created: instant(r), Financial: pick(r, financials),
		Fulfillment: pick(r, fulfilments), Total: money(), StatusURL: fmt.Sprintf(
			"https://lavender-oak.example/orders/%016x/authenticate?key=%08x", r.Uint64(), r.Uint32()),
	}
	if r.IntN(6) == 0 {
		o.Cancelled = maybe(r)
	}
	for range r.IntN(3) {
		o.Lines = append(o.Lines, shop.Line{Title: pick(r, titles), Quantity: 1 + r.IntN(9), Total: money()})
	}
	for range r.IntN(4) {
		s := shop.Shipment{Display: pick(r, displays), Created: instant(r), Estimated: maybe(r), Delivered: maybe(r)}
		for range r.IntN(3) {
			number := fmt.Sprintf("JD%012d", r.Int64N(1e12))
			if r.IntN(2) == 0 {
				number = fmt.Sprintf("%020d", 34043416109404+r.Int64N(1e14))
			}
			s.Tracking = append(s.Tracking, shop.Tracking{
				Company: pick(r, carriers), Number: number, URL: "https://track.dhl.example/parcel?id=" + number,
			})
		}
		o.Shipments = append(o.Shipments, s)
	}
	for range r.IntN(3) {
		o.Refunds = append(o.Refunds, shop.Refund{Created: instant(r), Total: money(), Status: pick(r, refunds)})
		o.Refunded = money()
	}
	for i := range r.IntN(2) {
		o.Returns = append(o.Returns, shop.Return{Name: fmt.Sprintf("%s-R%d", name, i+1), Status: pick(r, returns)})
	}
	return o
}

func product(r *rand.Rand) shop.Product {
	p := shop.Product{Title: pick(r, titles), Handle: "h", URL: "https://lavender-oak.example/products/h"}
	for range 1 + r.IntN(3) {
		p.Variants = append(p.Variants, shop.Variant{
			Title: pick(r, []string{"45 cm", "Natural / 60 cm", "طبیعی"}), Available: r.IntN(2) == 0,
			Price: shop.Money{Minor: 100 + r.Int64N(1e7), Currency: pick(r, moneys)},
		})
	}
	return p
}

func passage() shop.Policy {
	return shop.Policy{
		Kind: "refund_policy", Title: "Return policy", URL: "https://lavender-oak.example/policies/refund-policy",
		Text: "You may return unused items within 30 days of delivery; they are refunded in full.\n" +
			"Shipping is free from €50. We guarantee nothing beyond the law (§ 312g, since 1 January 2024).",
	}
}

// finding makes what a look-up may bring.
func finding(r *rand.Rand) shop.Finding {
	f := shop.Finding{Result: pick(r, []shop.Result{
		shop.Found, shop.Found, shop.Found, shop.NotFound, shop.Ambiguous, shop.Withheld, shop.NotNeeded,
	})}
	switch f.Result {
	case shop.Found:
		if r.IntN(5) > 0 {
			o := order(r, 0)
			f.Order = &o
		}
		if r.IntN(2) == 0 {
			f.Products = append(f.Products, product(r))
		}
		if r.IntN(2) == 0 {
			f.Passages = append(f.Passages, passage())
		}
	case shop.Ambiguous:
		f.Choices = []shop.Order{order(r, 1), order(r, 2)}
	}
	return f
}

// input makes a mail in a language, with the given intents.
func input(r *rand.Rand, lang string, intents ...ticket.Intent) reply.Input {
	in := reply.Input{
		Mail:      ticket.Incoming{Subject: "Order 999999, 12.12.2012", Reply: "I paid 99 EUR for #424242 on 3 May 2019."},
		Sender:    ticket.Identity{Address: "sara@example.com", Verdict: "pass", Via: ticket.Direct},
		Triage:    ticket.Triage{Language: lang},
		Findings:  shop.Findings{Zone: "Europe/Berlin", Customer: &shop.Customer{FirstName: pick(r, names)}},
		RatingURL: fmt.Sprintf("https://replyd.lavender-oak.example/r/%x", r.Uint64()),
		Now:       time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
	}
	for _, i := range intents {
		in.Triage.Requests = append(in.Triage.Requests, ticket.Request{Intent: i})
		in.Findings.Answers = append(in.Findings.Answers, finding(r))
	}
	return in
}
