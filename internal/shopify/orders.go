package shopify

import (
	"context"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify/admin"
)

const (
	// firstPage is small: most customers have few orders, and a query is paid for by what it could bring.
	firstPage = 3
	// nextPage keeps the requested cost of a query below Shopify's 1,000 points.
	nextPage = 8
	// maxOrders is how far back a customer's orders are read.
	maxOrders = 50
)

// Orders gives the newest orders whose e-mail is exactly this address, at most 50, newest first. Shopify's
// search only narrows: it ignores what it does not understand, so each order's address is compared here.
// Scopes: read_orders, read_returns, and read_all_orders for those older than 60 days.
func (c *Client) Orders(ctx context.Context, email string) ([]shop.Order, error) {
	email = fold(email)
	if !searchable(email) {
		return nil, nil
	}
	var out []shop.Order
	after, foreign := "", 0
	for read := 0; read < maxOrders; {
		size := firstPage
		if read > 0 {
			size = min(nextPage, maxOrders-read)
		}
		resp, err := admin.Orders(ctx, c, `email:"`+email+`"`, size, after)
		if err != nil {
			return nil, err
		}
		for _, n := range resp.Orders.Nodes {
			if fold(n.Email) != email {
				foreign++
				continue
			}
			o, err := order(n)
			if err != nil {
				return nil, err
			}
			out = append(out, o)
		}
		next := resp.Orders.PageInfo
		if !next.HasNextPage || next.EndCursor == "" || next.EndCursor == after {
			break
		}
		after, read = next.EndCursor, read+size
	}
	if foreign > 0 {
		c.log.WarnContext(ctx, "shopify: dropped orders of other addresses from a search", "orders", foreign)
	}
	return out, nil
}

// searchable reports whether an address can stand in a quoted search term. One with a quote, a backslash or a
// space cannot, and finds nothing.
func searchable(email string) bool {
	unsafe := func(r rune) bool { return r <= ' ' || r == 0x7f || strings.ContainsRune(`"\*`, r) }
	return len(email) >= 3 && len(email) <= 254 && strings.Count(email, "@") == 1 &&
		!strings.ContainsFunc(email, unsafe)
}

func order(n admin.OrderNode) (shop.Order, error) {
	o := shop.Order{
		ID: n.Id, Name: oneLine(n.Name), Email: fold(n.Email),
		Created: n.CreatedAt, Cancelled: moment(n.CancelledAt), Closed: moment(n.ClosedAt),
		Financial: n.DisplayFinancialStatus, Fulfillment: n.DisplayFulfillmentStatus,
		StatusURL: n.StatusPageUrl, City: oneLine(n.ShippingAddress.City),
	}
	m := money{op: "Orders"}
	o.Total, o.Refunded = m.of(n.TotalPriceSet), m.of(n.TotalRefundedSet)
	for _, l := range n.LineItems.Nodes {
		o.Lines = append(o.Lines, shop.Line{
			Title: oneLine(l.Title), Variant: oneLine(l.VariantTitle), SKU: oneLine(l.Sku),
			Quantity: l.Quantity, Total: m.of(l.DiscountedTotalSet),
		})
	}
	for _, f := range n.Fulfillments {
		o.Shipments = append(o.Shipments, shipment(f))
	}
	for _, r := range n.Refunds {
		o.Refunds = append(o.Refunds, shop.Refund{
			ID: r.Id, Created: r.CreatedAt, Total: m.of(r.TotalRefundedSet),
			Status: refundStatus(r.Transactions.Nodes),
		})
	}
	for _, r := range n.Returns.Nodes {
		o.Returns = append(o.Returns, shop.Return{Name: oneLine(r.Name), Status: r.Status})
	}
	if m.err != nil {
		return shop.Order{}, m.err
	}
	return o, nil
}

func shipment(f admin.FulfillmentNode) shop.Shipment {
	s := shop.Shipment{
		ID: f.Id, Name: oneLine(f.Name), Status: f.Status, Display: f.DisplayStatus, Created: f.CreatedAt,
		Estimated: moment(f.EstimatedDeliveryAt), Delivered: moment(f.DeliveredAt),
	}
	for _, t := range f.TrackingInfo {
		if t.Number == "" && t.Url == "" {
			continue
		}
		s.Tracking = append(s.Tracking, shop.Tracking{
			Company: oneLine(t.Company), Number: oneLine(t.Number), URL: t.Url,
		})
	}
	for _, l := range f.FulfillmentLineItems.Nodes {
		s.Lines = append(s.Lines, shop.Line{
			Title: oneLine(l.LineItem.Title), Variant: oneLine(l.LineItem.VariantTitle),
			SKU: oneLine(l.LineItem.Sku), Quantity: l.Quantity,
		})
	}
	return s
}

// refundStatus is the weakest status of the transactions that pay money back; empty when there is none, as
// with a refund to store credit.
func refundStatus(all []admin.TransactionNode) string {
	out := ""
	for _, t := range all {
		if t.Kind == "REFUND" && (out == "" || out == "SUCCESS") {
			out = t.Status
		}
	}
	return out
}

// money reads amounts and remembers the first that is none.
type money struct {
	op  string
	err error
}

// of takes what the customer was charged, in the customer's currency, as the confirmation mail said it.
func (m *money) of(a admin.AmountSet) shop.Money {
	return m.amount(a.PresentmentMoney.Amount, a.PresentmentMoney.CurrencyCode)
}

func (m *money) amount(amount, currency string) shop.Money {
	if amount == "" {
		return shop.Money{}
	}
	v, err := shop.ParseMoney(amount, currency)
	if err != nil && m.err == nil {
		m.err = &Error{Op: m.op, Status: 200, Code: codeBadAnswer, Detail: "an amount that is none"}
	}
	return v
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// fold is how addresses are compared.
func fold(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// oneLine makes a short text safe to stand in a sentence: no line breaks, no control or direction characters,
// at most 255 letters.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(strings.Map(visible, s)), " ")
	if r := []rune(s); len(r) > 255 {
		s = string(r[:255])
	}
	return s
}

// visible turns controls into spaces and drops what reorders or hides text (Unicode TR 36, section 2.6). The
// zero-width non-joiner stays: Persian is written with it.
func visible(r rune) rune {
	switch {
	case r < ' ' || r == 0x7f || r >= 0x80 && r <= 0x9f:
		return ' '
	case r == 0x200b, r == 0x200e, r == 0x200f, r == 0xfeff:
		return -1
	case r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return -1
	}
	return r
}
