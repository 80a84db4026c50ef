package lookup

import (
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// plan says what a request needs. Code holds it: a model chooses the intent and nothing else.
type plan struct {
	order    bool                              // one order of the sender
	likely   func(*shop.Order, time.Time) bool // which of several orders such a request is usually about
	customer bool                              // the sender's own record
	products bool                              // products of the catalogue
	passages bool                              // passages of the store's texts
	policy   string                            // the text that such a request is usually about
	own      bool                              // passages of the owner's own texts alone
}

// returns is Shopify's word for the text about sending back.
const returns = "refund_policy"

// plans is the look-up plan, a line for each intent. What is not here needs no look-up.
var plans = map[ticket.Intent]plan{
	ticket.OrderStatus:           {order: true, likely: underway},
	ticket.DeliveryProblem:       {order: true, likely: expected},
	ticket.OrderChange:           {order: true, likely: unshipped},
	ticket.AddressChange:         {order: true, likely: unshipped},
	ticket.OrderCancel:           {order: true, likely: unshipped},
	ticket.ReturnRequest:         {order: true, likely: received, passages: true, policy: returns},
	ticket.ExchangeRequest:       {order: true, likely: received, products: true, passages: true, policy: returns},
	ticket.RefundStatus:          {order: true, likely: refunding},
	ticket.ItemProblem:           {order: true, likely: received},
	ticket.ProductQuestion:       {products: true, passages: true, own: true},
	ticket.StorePolicy:           {passages: true},
	ticket.PaymentInvoice:        {order: true},
	ticket.SubscriptionMarketing: {customer: true},
}

// underway: paid for and not long delivered.
func underway(o *shop.Order, now time.Time) bool {
	switch o.State() {
	case shop.StateCancelled:
		return false
	case shop.StateDelivered:
		return recent(o, now)
	}
	return true
}

// recent: delivered within the last two weeks, when people still ask where something is.
func recent(o *shop.Order, now time.Time) bool {
	for _, p := range o.Parcels() {
		if p.Delivered != nil && now.Sub(*p.Delivered) < 14*24*time.Hour {
			return true
		}
	}
	return false
}

func unshipped(o *shop.Order, _ time.Time) bool {
	return o.Cancelled == nil && len(o.Parcels()) == 0 && o.Fulfillment != "FULFILLED"
}

// expected: sent, and on its way or just delivered.
func expected(o *shop.Order, now time.Time) bool { return len(o.Parcels()) > 0 && underway(o, now) }

// received: sent not so long ago that nobody would write about it any more.
func received(o *shop.Order, now time.Time) bool {
	return o.Cancelled == nil && len(o.Parcels()) > 0 && now.Sub(o.Created) < 120*24*time.Hour
}

func refunding(o *shop.Order, _ time.Time) bool {
	return len(o.Refunds) > 0 || len(o.Returns) > 0 || o.Cancelled != nil
}
