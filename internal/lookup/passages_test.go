package lookup

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

var policies = []shop.Policy{
	{Kind: "refund_policy", Title: "Refund policy", Text: `Returns

You may send unused items back within 30 days of delivery. The return label is free within Germany.

Refunds

We refund to the original payment method within 5 business days after the parcel reached us.

Exceptions

Gift cards and personalised items cannot be returned.`},
	{Kind: "shipping_policy", Title: "Shipping policy", Text: `We ship from Berlin on working days.
Orders before noon leave the same day.

Delivery takes 2 to 3 days within Germany and 4 to 7 days in the EU. Shipping is free from 60 EUR.

We do not ship to post office boxes.`},
	{
		Kind: "page", Title: "About our shop",
		Text: "Our showroom in Berlin is open Monday to Friday, 10 to 18.\n\nCandles burn for 40 hours.",
	},
}

func TestThePassageThatAnswersComesFirst(t *testing.T) {
	tests := []struct{ question, likely, want string }{
		{"How long do I have to send an item back?", "refund_policy", "within 30 days"},
		{"When do I get my refund to my payment method?", "refund_policy", "within 5 business days"},
		{"Can I return a gift card?", "", "Gift cards"},
		{"How long does delivery to the EU take?", "", "4 to 7 days"},
		{"Do you ship to post office boxes?", "", "office boxes"},
		{"Is shipping free?", "", "free from 60 EUR"},
		{"When is your showroom open?", "", "10 to 18"},
		{"How many hours do the candles burn?", "", "40 hours"},
		{"چطور می\u200cتوانم کالا را مرجوع کنم؟", "", "within 30 days"},
		{"Was kostet der Versand?", "", "We ship from Berlin"},
		{"¿Cuánto tarda el envío?", "", "We ship from Berlin"},
	}
	for _, tt := range tests {
		got := passages(policies, tt.question, tt.likely)
		if len(got) == 0 || !strings.Contains(got[0].Text, tt.want) {
			t.Errorf("%q: first passage is not about %q: %+v", tt.question, tt.want, got)
		}
	}
}

func TestAQuestionThatNoTextAnswersFindsNothing(t *testing.T) {
	if got := passages(policies, "Do you hire gardeners?", ""); len(got) != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestAHeadingStaysWithItsParagraph(t *testing.T) {
	got := paragraphs(policies[:1])
	if len(got) != 3 || !strings.HasPrefix(got[1].text, "Refunds\nWe refund") {
		t.Errorf("%+v", got)
	}
}

func TestShortLinesThatHeadNothingAreNotLost(t *testing.T) {
	var got []string
	for _, p := range paragraphs([]shop.Policy{
		{Text: "Contact\n\nKarl-Heine-Strasse 12\n\n04229 Leipzig"}, {Text: "Hours\n\n\n\nWe open at nine.\n\nOn Sundays 10 to 18"},
	}) {
		got = append(got, p.text)
	}
	want := []string{"Contact\nKarl-Heine-Strasse 12\n04229 Leipzig", "Hours\nWe open at nine.", "On Sundays 10 to 18"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNoPassageIsLongerThanItMayBe(t *testing.T) {
	wall := strings.Repeat("We ship every working day of the week. ", 400)
	total := 0
	for _, p := range paragraphs([]shop.Policy{{Text: wall}}) {
		if len(p.text) > maxPassage {
			t.Errorf("%d bytes", len(p.text))
		}
		total += len(strings.Fields(p.text))
	}
	if want := len(strings.Fields(wall)); total != want {
		t.Errorf("%d words of %d are left", total, want)
	}
}

func TestWordsOfOneKindFoldTogether(t *testing.T) {
	for _, pair := range [][2]string{
		{"candles", "Candle"},
		{"Kerzen", "kerze"},
		{"shipping", "shipped"},
		{"returns", "returned"},
		{"lámparas", "lampara"},
		{"كتاب\u200cهاي", "کتاب"},
		{"Größe", "grosse"},
		{"bougies", "bougie"},
		{"۱۲", "12"},
		{"ﬁlter", "filter"},
	} {
		if a, b := tokens(pair[0]), tokens(pair[1]); cmp.Diff(a, b) != "" {
			t.Errorf("%q is %q, %q is %q", pair[0], a, pair[1], b)
		}
	}
}

func TestProductsAreRankedByTheCustomersWords(t *testing.T) {
	product := func(title, status string, available bool) shop.Product {
		return shop.Product{
			Title: title, Status: status, Handle: strings.ToLower(title),
			URL: "https://lavender-oak.example/p",
			Variants: []shop.Variant{{
				Title: "Default Title", Price: shop.Money{Minor: 1900, Currency: "EUR"},
				Available: available,
			}},
		}
	}
	c := &counter{products: []shop.Product{
		product("Lavender Soap", "ACTIVE", true), product("Oak Candle Holder", "ACTIVE", true),
		product("Lavender Candle", "ACTIVE", false), product("Lavender Candle Draft", "DRAFT", true),
	}}
	f := find(t, c, ticket.Identity{}, "",
		ticket.Request{Intent: ticket.ProductQuestion, Items: []string{"lavender candles"}})
	a := f.Answers[0]
	if a.Result != shop.Found || len(a.Products) != 1 || a.Products[0].Title != "Lavender Candle" {
		t.Fatalf("%s: %+v", a.Result, a.Products)
	}
	if d := cmp.Diff([]string{"policies", "products lavender candl"}, c.asked); d != "" {
		t.Error(d)
	}
	var got []string
	for _, fact := range a.Facts {
		if strings.HasPrefix(fact.Name, "product.") {
			got = append(got, fact.Name+"="+fact.Value)
		}
	}
	want := []string{
		"product.1.title=Lavender Candle", "product.1.url=https://lavender-oak.example/p",
		"product.1.price=19.00 EUR", "product.1.available=OUT_OF_STOCK",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestAMailSearchesTheCatalogueThreeTimesAtMost(t *testing.T) {
	c := &counter{}
	var requests []ticket.Request
	for _, item := range []string{"lamp", "lamps", "oak tray", "oak tray", "vase", "mug", "clock"} {
		requests = append(requests, ticket.Request{Intent: ticket.ProductQuestion, Items: []string{item}})
	}
	f := find(t, c, ticket.Identity{}, "", requests...)
	if d := cmp.Diff([]string{"policies", "products lamp", "products oak tray", "products vase"}, c.asked); d != "" {
		t.Error(d)
	}
	if len(f.Answers) != len(requests) {
		t.Errorf("%d answers", len(f.Answers))
	}
}

func TestDaysThatAMailNames(t *testing.T) {
	tests := []struct{ text, want string }{
		{"on 2026-11-02", "2026-11-02"},
		{"am 2.11.", "2026-11-02"},
		{"ordered November 2nd", "2026-11-02"},
		{"le 2 novembre 2025", "2025-11-02"},
		{"el 2 de noviembre de 2025", "2025-11-02"},
		{"December 24", "2025-12-24"},
		{"۲۰۲۶-۱۱-۰۲", "2026-11-02"},
		{"3 items, 5 days, maybe 2 more", ""},
		{"February 30", ""},
	}
	for _, tt := range tests {
		var got []string
		for _, d := range civilDays(tt.text, now) {
			if s := d.Format(time.DateOnly); len(got) == 0 || got[0] != s {
				got = append(got, s)
			}
		}
		if !strings.HasPrefix(strings.Join(got, " "), tt.want) || (tt.want == "") != (len(got) == 0) {
			t.Errorf("%q: %v, want %q", tt.text, got, tt.want)
		}
	}
}

func TestHugeTextsAreReadInBoundedTime(t *testing.T) {
	huge := strings.Repeat("oak tray ", 200_000)
	many := make([]shop.Order, 50)
	for i := range many {
		many[i] = order("#1", anna.Address, 1, line("Oak Tray with a handle"))
	}
	f := find(t, &counter{orders: many, texts: []shop.Policy{{Text: huge}}}, anna, huge, ticket.Request{
		Intent: ticket.ExchangeRequest, Items: []string{huge}, Quote: huge, OrderRefs: []string{huge},
	})
	if f.Answers[0].Result != shop.NotFound {
		t.Error(f.Answers[0].Result)
	}
}

func FuzzPassages(f *testing.F) {
	f.Add("returns", "Returns\n\nwithin 30 days.")
	f.Add("x", strings.Repeat("\x80", 3*maxPassage))
	f.Add("؟", "\r\n\r\n \u200c")
	f.Fuzz(func(t *testing.T, question, text string) {
		for _, p := range passages([]shop.Policy{{Kind: "page", Text: text}}, question, "page") {
			if p.Text == "" || len(p.Text) > maxPassage+81 {
				t.Errorf("passage of %d bytes", len(p.Text))
			}
		}
		civilDays(text, now)
	})
}

func TestAProductQuestionIsAnsweredFromTheOwnersTextsAlone(t *testing.T) {
	own := shop.Policy{Kind: shop.Knowledge, Title: "Linen", Text: "Wash linen bed covers at 40 degrees."}
	policy := shop.Policy{Kind: "refund_policy", Title: "Refunds", Text: "Linen bed covers that you wash cannot be returned."}
	tr := ticket.Triage{Requests: []ticket.Request{{Intent: ticket.ProductQuestion, Quote: "How do I wash linen bed covers?"}}}
	for _, tt := range []struct {
		texts []shop.Policy
		want  shop.Result
	}{{[]shop.Policy{policy, own}, shop.Found}, {[]shop.Policy{policy}, shop.NotFound}} {
		l := New(nil, shelf(tt.texts), shop.Info{})
		f, err := l.Find(t.Context(), ticket.Identity{}, tr, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		got := f.Answers[0]
		if got.Result != tt.want || len(got.Passages) > 1 || got.Result == shop.Found && got.Passages[0].Text != own.Text {
			t.Errorf("%s: %+v", got.Result, got.Passages)
		}
	}
}

// shelf is a Catalogue of texts without products.
type shelf []shop.Policy

func (s shelf) Policies(context.Context) ([]shop.Policy, error)          { return s, nil }
func (s shelf) Products(context.Context, string) ([]shop.Product, error) { return nil, nil }
