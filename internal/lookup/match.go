package lookup

import (
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

const (
	// maxChoices is how many orders an answer lists at most: more would be a page, not a question.
	maxChoices = 5
	// stale is the age from which an only order is not taken for granted: who asks about a parcel does not
	// mean last year's, but perhaps an order under another address.
	stale = 180 * 24 * time.Hour
)

// question is one request with what helps to find its order.
type question struct {
	ticket.Request
	refs []string // order references: the request's own, or the mail's where no request has any
	text string   // what the sender newly wrote
	now  time.Time
}

// match finds the one order that is meant, or the several that could be.
func (l *Lookup) match(orders []shop.Order, q question, p plan) (shop.Result, *shop.Order, []shop.Order) {
	if len(orders) == 0 {
		return shop.NotFound, nil, nil
	}
	if len(q.refs) > 0 {
		return l.named(orders, q.refs)
	}
	left, evidence := orders, false
	for _, filter := range []func(*shop.Order) bool{l.items(q), l.days(q)} {
		if kept := keep(left, filter); len(kept) > 0 {
			left, evidence = kept, true
		}
	}
	if p.likely != nil {
		if kept := keep(left, func(o *shop.Order) bool { return p.likely(o, q.now) }); len(kept) > 0 {
			left = kept
		}
	}
	if len(left) > 1 || (!evidence && q.now.Sub(left[0].Created) > stale) {
		return shop.Ambiguous, nil, left[:min(len(left), maxChoices)]
	}
	return shop.Found, &left[0], nil
}

// named matches references against the names of the sender's orders, and nothing else: a wrong number and
// somebody else's number both end as not found.
func (l *Lookup) named(orders []shop.Order, refs []string) (shop.Result, *shop.Order, []shop.Order) {
	var found []shop.Order
	missing := false
	for _, ref := range refs {
		name := l.bare(ref)
		hits := keep(orders, func(o *shop.Order) bool { return name != "" && l.bare(o.Name) == name })
		missing = missing || len(hits) == 0
		for _, h := range hits {
			if !slices.ContainsFunc(found, func(o shop.Order) bool { return o.ID == h.ID }) {
				found = append(found, h)
			}
		}
	}
	switch {
	case len(found) == 0:
		return shop.NotFound, nil, nil
	case len(found) > 1 || missing:
		return shop.Ambiguous, nil, found[:min(len(found), maxChoices)]
	}
	return shop.Found, &found[0], nil
}

// bare is an order's name without the store's prefix and suffix, without leading signs and in ASCII digits.
func (l *Lookup) bare(name string) string {
	name = strings.TrimSpace(plain(name))
	name = strings.TrimPrefix(name, plain(l.info.Prefix))
	name = strings.TrimSuffix(name, plain(l.info.Suffix))
	return strings.TrimLeft(name, "#№ ")
}

// items keeps orders with a line that the customer named. The model's item words need all be in one line;
// where it gave none, a whole title needs to stand in the mail.
func (l *Lookup) items(q question) func(*shop.Order) bool {
	var wanted [][]string
	for _, item := range q.Items {
		if t := tokens(item); len(t) > 0 {
			wanted = append(wanted, t)
		}
	}
	mail := tokens(q.Quote + "\n" + q.text)
	return func(o *shop.Order) bool {
		return slices.ContainsFunc(o.Lines, func(line shop.Line) bool {
			title := tokens(line.Title)
			whole := append(tokens(line.Variant+" "+line.SKU), title...)
			if len(wanted) == 0 {
				return len(title) > 0 && within(title, mail)
			}
			return slices.ContainsFunc(wanted, func(w []string) bool { return within(w, whole) })
		})
	}
}

// days keeps orders that were placed on a day which the mail names, give or take one: people remember the
// evening, the store's clock the next morning.
func (l *Lookup) days(q question) func(*shop.Order) bool {
	named := civilDays(q.Quote+"\n"+q.text, q.now.In(l.zone))
	return func(o *shop.Order) bool {
		y, m, d := o.Created.In(l.zone).Date()
		placed := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		return slices.ContainsFunc(named, func(day time.Time) bool {
			return placed.Sub(day).Abs() <= 24*time.Hour
		})
	}
}

// within reports whether all words of part are among the words of whole.
func within(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(w string) bool { return !slices.Contains(whole, w) })
}

func keep(orders []shop.Order, ok func(*shop.Order) bool) []shop.Order {
	var out []shop.Order
	for i := range orders {
		if ok(&orders[i]) {
			out = append(out, orders[i])
		}
	}
	return out
}
