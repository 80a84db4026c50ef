package lookup

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

const (
	maxOrders = 50 // of the sender, newest first, are matched against
	maxShown  = 10 // of them are kept for staff
)

// Orders gives what belongs to one address.
type Orders interface {
	Customer(ctx context.Context, email string) (*shop.Customer, error) // nil when there is none
	Orders(ctx context.Context, email string) ([]shop.Order, error)     // newest first
}

// Catalogue gives what the store tells everybody.
type Catalogue interface {
	Products(ctx context.Context, query string) ([]shop.Product, error) // query: beginnings of words
	Policies(ctx context.Context) ([]shop.Policy, error)
}

// Lookup looks up. It holds no Orders: only open leads to them, and open asks Disclosure first.
type Lookup struct {
	open      func(ticket.Identity) *own
	catalogue Catalogue
	info      shop.Info
	zone      *time.Location
}

// own reaches the orders of one proven address and of nobody else.
type own struct {
	orders  Orders
	address string
}

// New makes a Lookup for one store. An unknown time zone counts as UTC.
func New(o Orders, c Catalogue, info shop.Info) *Lookup {
	zone, err := time.LoadLocation(info.Zone)
	if err != nil {
		zone, info.Zone = time.UTC, "UTC"
	}
	open := func(who ticket.Identity) *own {
		if who.Disclosure() != ticket.OwnOrders {
			return nil
		}
		return &own{orders: o, address: fold(who.Address)}
	}
	return &Lookup{open: open, catalogue: c, info: info, zone: zone}
}

// read fetches the sender's record and orders. What bears another address is dropped, whoever delivered it.
func (o *own) read(ctx context.Context) (*shop.Customer, []shop.Order, error) {
	customer, err := o.orders.Customer(ctx, o.address)
	if err != nil {
		return nil, nil, err
	}
	if customer != nil && fold(customer.Email) != o.address {
		customer = nil
	}
	all, err := o.orders.Orders(ctx, o.address)
	if err != nil {
		return nil, nil, err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(x shop.Order) bool { return fold(x.Email) != o.address })
	slices.SortStableFunc(all, func(a, b shop.Order) int { return b.Created.Compare(a.Created) })
	return customer, all[:min(len(all), maxOrders)], nil
}

// Find looks up what the requests of one mail need. text is what the sender newly wrote. An error is the
// service's, and says by itself whether it is temporary; there are no half findings.
func (l *Lookup) Find(
	ctx context.Context, who ticket.Identity, tr ticket.Triage, text string, now time.Time,
) (shop.Findings, error) {
	out := shop.Findings{Zone: l.info.Zone, Answers: []shop.Finding{}}
	mine := l.open(who)
	var orders []shop.Order
	if mine != nil {
		var err error
		if out.Customer, orders, err = mine.read(ctx); err != nil {
			return shop.Findings{}, fmt.Errorf("lookup: %w", err)
		}
		out.Orders = orders[:min(len(orders), maxShown)]
	}
	texts, err := l.texts(ctx, tr.Requests)
	if err != nil {
		return shop.Findings{}, fmt.Errorf("lookup: %w", err)
	}
	k := known{mine != nil, out.Customer, orders, texts, map[string][]shop.Product{}}
	for _, r := range tr.Requests {
		q := ask(r, refs(r, tr), text, now)
		f, err := l.answer(ctx, q, k)
		if err != nil {
			return shop.Findings{}, fmt.Errorf("lookup: %w", err)
		}
		out.Answers = append(out.Answers, f)
	}
	return out, nil
}

// known is what was fetched once for all requests of a mail.
type known struct {
	proven   bool // the sender's address is; else customer and orders are empty
	customer *shop.Customer
	orders   []shop.Order
	texts    []shop.Policy
	searched map[string][]shop.Product // by query; filled as requests ask
}

// answer looks up one request.
func (l *Lookup) answer(ctx context.Context, q question, k known) (shop.Finding, error) {
	p := plans[q.Intent]
	f := shop.Finding{Result: shop.NotNeeded}
	var err error
	if p.products {
		if f.Products, err = l.products(ctx, q, k.searched); err != nil {
			return f, err
		}
		f.Result = result(len(f.Products) > 0)
	}
	if p.passages {
		texts := k.texts
		if p.own {
			texts = ownersTexts(texts)
		}
		f.Passages = passages(texts, q.Quote+"\n"+q.text, p.policy)
		f.Result = result(len(f.Passages)+len(f.Products) > 0)
	}
	switch {
	case !p.order && !p.customer:
	case !k.proven:
		f.Result = shop.Withheld
	case p.customer:
		f.Result = result(k.customer != nil)
	default:
		f.Result, f.Order, f.Choices = l.match(k.orders, q, p)
	}
	f.Facts = l.facts(f, k.customer, q.now)
	return f, nil
}

// ownersTexts leaves the shop's policies and pages out: what they say about money is no answer to how to wash linen.
func ownersTexts(all []shop.Policy) []shop.Policy {
	return slices.DeleteFunc(slices.Clone(all), func(p shop.Policy) bool { return p.Kind != shop.Knowledge })
}

func result(found bool) shop.Result {
	if found {
		return shop.Found
	}
	return shop.NotFound
}

// facts lists everything that an answer from this finding may state.
func (l *Lookup) facts(f shop.Finding, c *shop.Customer, now time.Time) []shop.Fact {
	s := &sheet{zone: l.zone, now: now}
	s.store(l.info)
	s.customer(c)
	if f.Order != nil {
		s.about(f.Order)
	}
	s.choices(f.Choices)
	s.products(f.Products)
	s.passages(f.Passages)
	return s.facts
}

// texts fetches the store's texts once, if any request needs them.
func (l *Lookup) texts(ctx context.Context, requests []ticket.Request) ([]shop.Policy, error) {
	for _, r := range requests {
		if plans[r.Intent].passages {
			return l.catalogue.Policies(ctx)
		}
	}
	return nil, nil
}

// refs are the order references of a request. One without any is about the order that the rest of the mail
// names, where that is only one.
func refs(r ticket.Request, tr ticket.Triage) []string {
	if len(r.OrderRefs) > 0 {
		return r.OrderRefs
	}
	all := slices.Clone(tr.Refs)
	for _, other := range tr.Requests {
		all = append(all, other.OrderRefs...)
	}
	all = distinct(all, len(all))
	if len(all) > 1 && len(tr.Requests) > 1 {
		return nil
	}
	return all
}

// ask cuts what others wrote to sizes that matching can bear: a mail of megabytes names its order early or
// not.
func ask(r ticket.Request, refs []string, text string, now time.Time) question {
	r.Quote = clip(r.Quote, 2_000)
	r.Items = clipAll(r.Items, 200)
	return question{Request: r, refs: clipAll(refs, 64), text: clip(text, 20_000), now: now}
}

// clipAll keeps the first ten, each cut to n bytes.
func clipAll(all []string, n int) []string {
	var out []string
	for _, s := range all[:min(len(all), 10)] {
		out = append(out, clip(s, n))
	}
	return out
}
