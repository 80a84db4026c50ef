package lookup

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

var (
	now  = time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	info = shop.Info{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example",
		Email:    "support@lavender-oak.example",
		Currency: "EUR", Zone: "Europe/Berlin", Prefix: "#",
	}
	anna = ticket.Identity{Address: "anna@mail.example", Verdict: "pass", Method: "dmarc", Via: ticket.Direct}
)

// counter is a small shop: orders by address, products and texts for all. It may be told to lie.
type counter struct {
	orders   []shop.Order
	all      bool // answers every address with every order, as a faulty search would
	products []shop.Product
	texts    []shop.Policy
	err      error
	asked    []string
}

func (c *counter) Customer(_ context.Context, email string) (*shop.Customer, error) {
	c.asked = append(c.asked, "customer "+email)
	return &shop.Customer{ID: "gid://shopify/Customer/1", Email: email, FirstName: "Anna"}, c.err
}

func (c *counter) Orders(_ context.Context, email string) ([]shop.Order, error) {
	c.asked = append(c.asked, "orders "+email)
	var out []shop.Order
	for _, o := range c.orders {
		if c.all || o.Email == email {
			out = append(out, o)
		}
	}
	return out, c.err
}

func (c *counter) Products(_ context.Context, query string) ([]shop.Product, error) {
	c.asked = append(c.asked, "products "+query)
	return c.products, c.err
}

func (c *counter) Policies(context.Context) ([]shop.Policy, error) {
	c.asked = append(c.asked, "policies")
	return c.texts, c.err
}

func order(name, email string, day int, change ...func(*shop.Order)) shop.Order {
	o := shop.Order{
		ID: "gid://shopify/Order/" + name[1:], Name: name, Email: email, Financial: "PAID",
		Fulfillment: "UNFULFILLED", Created: time.Date(2026, 11, day, 23, 30, 0, 0, time.UTC),
		Total: shop.Money{Minor: 4250, Currency: "EUR"}, Lines: []shop.Line{{Title: "Oak Tray", Quantity: 1}},
	}
	for _, f := range change {
		f(&o)
	}
	return o
}

func line(title string) func(*shop.Order) {
	return func(o *shop.Order) { o.Lines = []shop.Line{{Title: title, Variant: "Large", Quantity: 2}} }
}

func parcel(display string, delivered time.Time) func(*shop.Order) {
	return func(o *shop.Order) {
		o.Fulfillment = "FULFILLED"
		p := shop.Shipment{
			Status: "SUCCESS", Display: display, Created: o.Created.Add(24 * time.Hour),
			Tracking: []shop.Tracking{{
				Company: "DHL", Number: "JD01460",
				URL: "https://dhl.example/JD01460",
			}},
		}
		if !delivered.IsZero() {
			p.Delivered = &delivered
		}
		o.Shipments = append(o.Shipments, p)
	}
}

func find(t *testing.T, c *counter, who ticket.Identity, text string,
	requests ...ticket.Request,
) shop.Findings {
	t.Helper()
	f, err := New(c, c, info).Find(t.Context(), who, ticket.Triage{Requests: requests}, text, now)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestTheOrderThatIsMeantIsFound(t *testing.T) {
	three := []shop.Order{
		order("#1001", anna.Address, 1, parcel("DELIVERED", now.AddDate(0, -2, 0)), line("Lavender Candle")),
		order("#1002", anna.Address, 10, parcel("IN_TRANSIT", time.Time{}), line("Oak Tray")),
		order("#1003", anna.Address, 18, line("Linen Sheets")),
		order("#2001", "bob@mail.example", 19),
	}
	cancelled := order("#1004", anna.Address, 2, func(o *shop.Order) { o.Cancelled = &now })
	year := order("#900", anna.Address, -400, parcel("DELIVERED", now.AddDate(-1, 0, 0)))
	tests := []struct {
		name    string
		orders  []shop.Order
		request ticket.Request
		text    string
		want    shop.Result
		order   string
		choices string
	}{
		{
			name: "by its name", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"1001"}},
			want:    shop.Found, order: "#1001",
		},
		{
			name: "by its name in Persian digits", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"#۱۰۰۲"}},
			want:    shop.Found, order: "#1002",
		},
		{
			name: "an unknown name", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"9999"}},
			want:    shop.NotFound,
		},
		{
			name: "somebody else's name", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"2001"}},
			want:    shop.NotFound,
		},
		{
			name: "two names", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"1001", "1002"}},
			want:    shop.Ambiguous, choices: "#1001 #1002",
		},
		{
			name: "one name right, one wrong", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"1001", "9999"}},
			want:    shop.Ambiguous, choices: "#1001",
		},
		{
			name: "an empty name is none of them", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"#"}},
			want:    shop.NotFound,
		},
		{
			name: "by item words", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, Items: []string{"lavender candles"}},
			want:    shop.Found, order: "#1001",
		},
		{
			name: "by a title in the mail", orders: three, request: ticket.Request{Intent: ticket.ItemProblem},
			text: "My oak tray arrived with a crack", want: shop.Found, order: "#1002",
		},
		{
			name: "by its day", orders: three, request: ticket.Request{Intent: ticket.PaymentInvoice},
			text: "I ordered on November 11.", want: shop.Found, order: "#1002",
		},
		{
			name: "by its day in German", orders: three, request: ticket.Request{Intent: ticket.PaymentInvoice},
			text: "bestellt am 19.11.2026", want: shop.Found, order: "#1003",
		},
		{
			name: "what can still be cancelled", orders: three,
			request: ticket.Request{Intent: ticket.OrderCancel}, want: shop.Found, order: "#1003",
		},
		{
			name: "several could be meant", orders: three, request: ticket.Request{Intent: ticket.OrderStatus},
			want: shop.Ambiguous, choices: "#1003 #1002",
		},
		{
			name: "words that fit no order do not help", orders: three,
			request: ticket.Request{Intent: ticket.OrderStatus, Items: []string{"sofa"}},
			want:    shop.Ambiguous, choices: "#1003 #1002",
		},
		{
			name: "money back of the one that was cancelled", orders: append(three, cancelled),
			request: ticket.Request{Intent: ticket.RefundStatus}, want: shop.Found, order: "#1004",
		},
		{
			name: "the parcel that is still expected", orders: three,
			request: ticket.Request{Intent: ticket.DeliveryProblem},
			want:    shop.Found, order: "#1002",
		},
		{
			name: "not what arrived last year", orders: append(three[1:2:2], year),
			request: ticket.Request{Intent: ticket.ItemProblem},
			want:    shop.Found, order: "#1002",
		},
		{
			name: "the only order", orders: three[1:2], request: ticket.Request{Intent: ticket.OrderStatus},
			want: shop.Found, order: "#1002",
		},
		{
			name: "the only order, but an old one", orders: []shop.Order{order("#17", anna.Address, -400)},
			request: ticket.Request{Intent: ticket.OrderStatus}, want: shop.Ambiguous, choices: "#17",
		},
		{name: "no order at all", request: ticket.Request{Intent: ticket.OrderStatus}, want: shop.NotFound},
		{
			name: "nothing to look up", orders: three, request: ticket.Request{Intent: ticket.ComplaintFeedback},
			want: shop.NotNeeded,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := find(t, &counter{orders: tt.orders}, anna, tt.text, tt.request).Answers[0]
			var name string
			var choices []string
			if got.Order != nil {
				name = got.Order.Name
			}
			for _, c := range got.Choices {
				choices = append(choices, c.Name)
			}
			if got.Result != tt.want || name != tt.order || strings.Join(choices, " ") != tt.choices {
				t.Errorf("%s %q of %v, want %s %q of %q", got.Result, name, choices, tt.want, tt.order,
					tt.choices)
			}
		})
	}
}

func TestAWrongNumberAndAForeignOneLookTheSame(t *testing.T) {
	c := &counter{orders: []shop.Order{
		order("#1001", anna.Address, 1),
		order("#2001", "bob@mail.example", 2),
	}}
	wrong := find(t, c, anna, "", ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"9999"}})
	foreign := find(t, c, anna, "", ticket.Request{Intent: ticket.OrderStatus, OrderRefs: []string{"2001"}})
	if d := cmp.Diff(wrong, foreign); d != "" {
		t.Error("an answer tells whether an order exists:\n", d)
	}
}

func TestWithoutProofNoOrderIsAskedFor(t *testing.T) {
	c := &counter{orders: []shop.Order{order("#1001", anna.Address, 1)}, texts: policies}
	for _, who := range []ticket.Identity{
		{Address: anna.Address, Verdict: "none", Via: ticket.Direct},
		{Address: anna.Address, Verdict: "fail", Via: ticket.Direct},
		{Address: anna.Address, Verdict: "pass", Via: ticket.Form},
		{Verdict: "pass", Via: ticket.Direct},
	} {
		c.asked = nil
		f := find(t, c, who, "", ticket.Request{Intent: ticket.ReturnRequest, OrderRefs: []string{"1001"}})
		a := f.Answers[0]
		if a.Result != shop.Withheld || a.Order != nil || f.Orders != nil || f.Customer != nil {
			t.Errorf("%+v: %s, %d orders", who, a.Result, len(f.Orders))
		}
		if len(a.Passages) == 0 {
			t.Errorf("%+v: the store's own text is everybody's", who)
		}
		if d := cmp.Diff([]string{"policies"}, c.asked); d != "" {
			t.Error(d)
		}
	}
}

func TestARequestWithoutReferenceIsAboutTheOnlyOneOfTheMail(t *testing.T) {
	c := &counter{orders: []shop.Order{order("#1001", anna.Address, 1), order("#1002", anna.Address, 2)}}
	f := find(t, c, anna, "", ticket.Request{Intent: ticket.ItemProblem, OrderRefs: []string{"1001"}},
		ticket.Request{Intent: ticket.PaymentInvoice})
	if a := f.Answers[1]; a.Order == nil || a.Order.Name != "#1001" {
		t.Errorf("second request is about %v", a.Order)
	}
}

func TestFactsOfAnOrder(t *testing.T) {
	refunded := func(o *shop.Order) {
		o.Refunded = shop.Money{Minor: 500, Currency: "EUR"}
		o.Refunds = []shop.Refund{{
			Created: now.AddDate(0, 0, -3), Total: o.Refunded, Status: "SUCCESS",
			Note: "kind words",
		}}
		o.Returns = []shop.Return{{Name: "#1002-R1", Status: "OPEN"}}
		o.StatusURL = "https://lavender-oak.example/orders/x"
	}
	c := &counter{orders: []shop.Order{order("#1002", anna.Address, 10, parcel("IN_TRANSIT", time.Time{}),
		line("Oak Tray"), refunded)}}
	a := find(t, c, anna, "", ticket.Request{Intent: ticket.OrderStatus}).Answers[0]
	var got []string
	for _, f := range a.Facts {
		if f.Source == "" {
			t.Errorf("%s has no source", f.Name)
		}
		got = append(got, fmt.Sprintf("%s %s=%s %s", f.Kind, f.Name, f.Value, f.Order))
	}
	want := `name shop.name=Lavender & Oak 
url shop.url=https://lavender-oak.example 
email shop.email=support@lavender-oak.example 
name customer.first_name=Anna 
order order.name=#1002 #1002
date order.date=2026-11-11 #1002
number order.days=9 #1002
money order.total=42.50 EUR #1002
status order.state=IN_TRANSIT #1002
status order.financial=PAID #1002
status order.fulfillment=FULFILLED #1002
url order.status_url=https://lavender-oak.example/orders/x #1002
money order.refunded=5.00 EUR #1002
product line.1.title=Oak Tray #1002
product line.1.variant=Large #1002
number line.1.quantity=2 #1002
status shipment.1.status=IN_TRANSIT #1002
status shipment.1.state=IN_TRANSIT #1002
date shipment.1.shipped_on=2026-11-12 #1002
number shipment.1.days=8 #1002
name tracking.1.company=DHL #1002
tracking tracking.1.number=JD01460 #1002
url tracking.1.url=https://dhl.example/JD01460 #1002
number tracking.1.shipment=1 #1002
money refund.1.total=5.00 EUR #1002
date refund.1.date=2026-11-17 #1002
number refund.1.days=3 #1002
status refund.1.status=SUCCESS #1002
name return.1.name=#1002-R1 #1002
status return.1.status=OPEN #1002`
	if d := cmp.Diff(strings.Split(want, "\n"), got); d != "" {
		t.Error(d)
	}
}

func TestACancelledShipmentIsNotToldAndKeepsItsNumber(t *testing.T) {
	gone := func(o *shop.Order) { o.Shipments[0].Status = "CANCELLED" }
	c := &counter{orders: []shop.Order{
		order("#1", anna.Address, 10, parcel("", time.Time{}), gone, parcel("IN_TRANSIT", time.Time{})),
	}}
	for _, f := range find(t, c, anna, "", ticket.Request{Intent: ticket.OrderStatus}).Answers[0].Facts {
		if strings.HasPrefix(f.Name, "shipment.1.") || strings.HasPrefix(f.Name, "tracking.1.") {
			t.Errorf("%+v is told", f)
		}
		if f.Name == "tracking.2.number" && f.Source != "order #1 → fulfillments[1].trackingInfo[0].number" {
			t.Errorf("%s stands at %s", f.Name, f.Source)
		}
	}
}

func TestALinkThatIsNoWebAddressIsNoFact(t *testing.T) {
	for _, bad := range []string{
		"javascript:alert(1)", "ftp://x.example", "//x.example/y",
		"https://u:p@x.example", "::",
	} {
		if web(bad) != "" {
			t.Errorf("%q may be told", bad)
		}
	}
}

func TestAnErrorOfTheShopKeepsItsAdvice(t *testing.T) {
	c := &counter{err: patience{}}
	_, err := New(c, c, info).Find(t.Context(), anna, ticket.Triage{}, "", now)
	var p interface{ RetryAfter() (time.Duration, bool) }
	if !errors.As(err, &p) {
		t.Errorf("%v lost its advice", err)
	}
}

type patience struct{}

func (patience) Error() string                     { return "later" }
func (patience) RetryAfter() (time.Duration, bool) { return time.Minute, true }

// FuzzNoFactOfAnotherCustomer: whatever the triage says, and even when the shop answers with everybody's
// orders, every order and every fact is the proven sender's.
func FuzzNoFactOfAnotherCustomer(f *testing.F) {
	f.Add("order_status", "2001", "oak tray", "where is #2001 of bob@mail.example", true)
	f.Add("refund_status", "#۲۰۰۱", "", "ordered on 2026-11-19", true)
	f.Add("return_request", "", "Linen Sheets", "", false)
	c := &counter{all: true, texts: policies, orders: []shop.Order{
		order("#1001", anna.Address, 1), order("#2001", "bob@mail.example", 19),
		order("#2002", "ANNA@mail.example.evil", 19),
		order("#2003", "", 19, line("Linen Sheets")), order("#1001", "bob@mail.example", 3),
	}}
	l := New(c, c, info)
	f.Fuzz(func(t *testing.T, intent, ref, item, text string, proven bool) {
		who := anna
		if !proven {
			who.Verdict = "none"
		}
		for _, intent := range append([]ticket.Intent{ticket.Intent(intent)}, ticket.Intents...) {
			r := ticket.Request{Intent: intent, OrderRefs: []string{ref}, Items: []string{item}, Quote: text}
			got, err := l.Find(t.Context(), who,
				ticket.Triage{Requests: []ticket.Request{r, {Intent: intent}}, Refs: []string{ref}}, text,
				now)
			if err != nil {
				t.Fatal(err)
			}
			mine := []string{""}
			if proven {
				mine = append(mine, "#1001")
			}
			orders := slices.Clone(got.Orders)
			for _, a := range got.Answers {
				orders = append(orders, a.Choices...)
				if a.Order != nil {
					orders = append(orders, *a.Order)
				}
				for _, fact := range a.Facts {
					if !slices.Contains(mine, fact.Order) || strings.Contains(fact.Value,
						"200") && fact.Kind != shop.KindText {
						t.Errorf("%s: fact %+v is another's", intent, fact)
					}
				}
			}
			for _, o := range orders {
				if !proven || o.Email != anna.Address {
					t.Errorf("%s: order %s of %s", intent, o.Name, o.Email)
				}
			}
		}
	})
}
