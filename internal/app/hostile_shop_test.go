package app

import (
	"context"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/replyd/replyd/internal/shop"
)

// person is a customer of the hostile test's shop.
type person struct {
	email, first string
	orders       []shop.Order
	secrets      []string // what only this person may read, squashed
}

// shelf is the shop behind the look-ups. Its search is careless: it finds the neighbours' orders as well.
type shelf struct {
	people []person
	asked  func(email string)
}

func (s shelf) Customer(_ context.Context, email string) (*shop.Customer, error) {
	s.asked(email)
	for _, p := range s.people {
		if p.email == email {
			return &shop.Customer{ID: "gid://shopify/Customer/" + p.first, Email: p.email, FirstName: p.first}, nil
		}
	}
	return nil, nil
}

func (s shelf) Orders(_ context.Context, email string) ([]shop.Order, error) {
	s.asked(email)
	var out []shop.Order
	for i, p := range s.people {
		if p.email == email || s.people[(i+1)%len(s.people)].email == email {
			out = append(out, p.orders...)
		}
	}
	return out, nil
}

func (s shelf) Products(context.Context, string) ([]shop.Product, error) {
	return []shop.Product{{
		ID: "gid://shopify/Product/1", Title: "Oak stool", Handle: "oak-stool", Status: "ACTIVE",
		URL: "https://lavender-oak.example/products/oak-stool",
		Variants: []shop.Variant{
			{Title: "Natural / 45 cm", Price: eur(7900), Available: true}, {Title: "Dark / 60 cm", Price: eur(8900)},
		},
	}}, nil
}

func (s shelf) Policies(context.Context) ([]shop.Policy, error) {
	return []shop.Policy{
		{Kind: "refund_policy", Title: "Return policy", URL: "https://lavender-oak.example/policies/refund-policy",
			Text: "You may return unused items within 30 days of delivery.\nReturn shipping costs €4.90."},
		{Kind: "shipping_policy", Title: "Shipping policy", Text: "We ship within 2 days, to every country of the EU."},
	}, nil
}

func eur(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "EUR"} }

// townsfolk makes a shop of six customers with four orders each, one in every state that is answered in its own
// words. Every name, number and amount belongs to one person alone.
func townsfolk(now time.Time) []person {
	var out []person
	for i, first := range []string{"Adaline", "Behnoosh", "Corvinus", "Dorothea", "Eberhard", "Friederike"} {
		p := person{first: first, email: strings.ToLower(first) + "@mail.example"}
		for j := range 4 {
			p.orders = append(p.orders, hostileOrder(i, j, p.email, now))
		}
		p.secrets = append(p.secrets, squash(p.first), squash(p.email))
		for _, o := range p.orders {
			p.secrets = append(p.secrets, squash(o.Name), squash(o.Total.Decimal()), squash(o.StatusURL),
				squash(o.City), squash(o.Lines[0].Title))
			for _, s := range o.Shipments {
				p.secrets = append(p.secrets, squash(s.Tracking[0].Number))
			}
			for _, r := range o.Refunds {
				p.secrets = append(p.secrets, squash(r.Total.Decimal()))
			}
		}
		out = append(out, p)
	}
	return out
}

func hostileOrder(person, nth int, email string, now time.Time) shop.Order {
	n := 480_100 + 1_000*person + 37*nth
	name := fmt.Sprintf("#%d", n)
	created := now.AddDate(0, 0, -3-5*nth-person)
	o := shop.Order{
		ID: fmt.Sprintf("gid://shopify/Order/%d", n), Name: name, Email: email, Created: created,
		Financial: "PAID", Fulfillment: "FULFILLED", Total: eur(int64(1_234_501 + 7_919*(4*person+nth))),
		StatusURL: fmt.Sprintf("https://lavender-oak.example/orders/%x/authenticate", n*7_919),
		City:      fmt.Sprintf("%sburg", []string{"Quox", "Vymp", "Zarb", "Jolk", "Wint", "Yff"}[person]),
		Lines:     []shop.Line{{Title: fmt.Sprintf("Bookend of %d", n*3), Quantity: 1, Total: eur(5900)}},
	}
	sent, due := created.AddDate(0, 0, 1), now.AddDate(0, 0, 2)
	parcel := shop.Shipment{
		Name: name + "-F1", Status: "SUCCESS", Display: "IN_TRANSIT", Created: sent, Estimated: &due,
		Tracking: []shop.Tracking{{Company: "DHL Express", Number: fmt.Sprintf("JD%dRS%d", n*11, n),
			URL: fmt.Sprintf("https://track.dhl.example/parcel?id=JD%dRS%d", n*11, n)}},
	}
	switch nth {
	case 0:
		o.Shipments = []shop.Shipment{parcel}
	case 1:
		o.Fulfillment = "UNFULFILLED"
	case 2:
		parcel.Display, parcel.Estimated, parcel.Delivered = "DELIVERED", nil, &now
		o.Shipments = []shop.Shipment{parcel}
		o.Refunds = []shop.Refund{{Created: sent, Total: eur(int64(3_300_007 + n)), Status: "SUCCESS"}}
		o.Refunded = o.Refunds[0].Total
	case 3:
		o.Cancelled, o.Fulfillment, o.Financial = &sent, "UNFULFILLED", "REFUNDED"
	}
	return o
}

// squash keeps letters and digits only, in one form, so that no way of writing a value hides it.
func squash(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '۰' && r <= '۹':
			return '0' + r - '۰'
		case r >= '٠' && r <= '٩':
			return '0' + r - '٠'
		case r < 0x80 && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9'):
			return r
		case unicode.IsLetter(r), unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
