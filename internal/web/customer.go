package web

import (
	"errors"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// customerView is what the page tells about who wrote.
type customerView struct {
	Contact *ticket.Contact
	Orders  []orderView
	Past    []*ticket.Ticket // other tickets of the address, newest first
	Facts   []shop.Fact
	Ratings []ticket.Rating // of this turn
	Scores  []int           // of earlier answers, newest first
}

type orderView struct {
	shop.Order
	Here     bool // a request is about it
	Timeline []moment
}

// moment is one line of an order's story.
type moment struct {
	At   time.Time
	What string
	Note string
	Plan bool // expected, not yet come
}

const maxPast = 8

func (s *server) customerOf(t *ticket.Turn) (v customerView, err error) {
	address := t.Sender.Address
	if address != "" && t.Sender.Authenticated() {
		v.Contact, err = s.Desk.Contact(address)
		if err != nil && !errors.Is(err, s.NotFound) {
			return v, err
		}
	}
	if v.Contact != nil {
		for _, i := range slices.Backward(v.Contact.Interactions) {
			if i.Score > 0 && len(v.Scores) < 5 {
				v.Scores = append(v.Scores, i.Score)
			}
		}
	}
	if address != "" {
		past, err := s.Desk.TicketsOf(address, maxPast+1)
		if err != nil {
			return v, err
		}
		v.Past = slices.DeleteFunc(past, func(p *ticket.Ticket) bool { return p.ID == t.Ticket })
	}
	if v.Ratings, err = s.Desk.Ratings(t.ID); err != nil {
		return v, err
	}
	if d := t.Draft(); d != nil {
		v.Facts = d.Facts
	}
	if len(v.Facts) == 0 {
		v.Facts = known(t)
	}
	if t.Findings != nil {
		about := map[string]bool{}
		for _, a := range t.Findings.Answers {
			if a.Order != nil {
				about[a.Order.Name] = true
			}
		}
		for _, o := range t.Findings.Orders {
			v.Orders = append(v.Orders, orderView{o, about[o.Name], timeline(o)})
		}
		slices.SortStableFunc(v.Orders, func(a, b orderView) int { return rankOrder(a) - rankOrder(b) })
	}
	return v, nil
}

func rankOrder(o orderView) int {
	if o.Here {
		return 0
	}
	return 1
}

// timeline tells an order's story in the order of time.
func timeline(o shop.Order) (out []moment) {
	add := func(at *time.Time, what, note string, plan bool) {
		if at != nil && !at.IsZero() {
			out = append(out, moment{*at, what, note, plan})
		}
	}
	add(&o.Created, "ordered", "", false)
	for _, p := range o.Shipments {
		add(&p.Created, "handed to the carrier", p.Name, false)
		if p.Delivered == nil {
			add(p.Estimated, "expected", p.Name, true)
		}
		add(p.Delivered, "delivered", p.Name, false)
	}
	for _, f := range o.Refunds {
		add(&f.Created, "refunded", f.Total.String(), false)
	}
	add(o.Cancelled, "cancelled", "", false)
	slices.SortStableFunc(out, func(a, b moment) int { return a.At.Compare(b.At) })
	return out
}
