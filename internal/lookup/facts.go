package lookup

import (
	"fmt"
	"strconv"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// The names of the facts. N and M count from 1. A fact is there only when its source is: an order without a
// parcel has no shipment facts, and a cancelled shipment keeps its number. Dates are civil days in the
// store's zone.
//
//	shop.name              name     the store
//	shop.url               url      its front page
//	shop.email             email    its contact address
//	customer.first_name    name     as Shopify holds it; only for the authenticated customer
//	customer.consent       status   e-mail marketing state: SUBSCRIBED, UNSUBSCRIBED, NOT_SUBSCRIBED …
//
//	order.name             order    "#1001"
//	order.date             date     when it was placed
//	order.days             number   whole days since then
//	order.total            money    what the customer was charged, in the customer's currency
//	order.state            status   one of shop.State: PREPARING, IN_TRANSIT, DELIVERED …
//	order.financial        status   Shopify's OrderDisplayFinancialStatus
//	order.fulfillment      status   Shopify's OrderDisplayFulfillmentStatus
//	order.status_url       url      the customer's own order page
//	order.cancelled_on     date
//	order.refunded         money    sum of all refunds, when not zero
//	order.city             name     where it is shipped to
//	line.N.title           product
//	line.N.variant         product  when the product has variants
//	line.N.quantity        number
//	line.N.total           money    of the line, after discounts
//	shipment.N.status      status   Shopify's FulfillmentDisplayStatus, FULFILLED where it gives none
//	shipment.N.state       status   one of shop.State
//	shipment.N.shipped_on  date
//	shipment.N.days        number   whole days since it was shipped
//	shipment.N.eta         date     the carrier's estimate; only while it is not delivered
//	shipment.N.delivered_on date
//	shipment.N.line.M.title, shipment.N.line.M.quantity
//	tracking.N.company     name     N runs on over all shipments
//	tracking.N.number      tracking
//	tracking.N.url         url      http and https only
//	tracking.N.shipment    number   the N of its shipment
//	refund.N.total         money
//	refund.N.date          date
//	refund.N.status        status   SUCCESS, PENDING, FAILURE …
//	refund.N.days          number   whole days since then
//	return.N.name          name     "#1001-R1"
//	return.N.status        status   Shopify's ReturnStatus
//
//	choice.N.name, .date, .total, .state, .item, .status_url   where several orders could be meant
//
//	product.N.title        product
//	product.N.price        money    the lowest of its variants
//	product.N.price_to     money    the highest, where it differs
//	product.N.available    status   IN_STOCK or OUT_OF_STOCK: whether any variant may be bought now
//	product.N.url          url
//	product.N.description  text     plain text
//	product.N.variant.M.title, .price, .available              where the product has variants
//
//	policy.N.title         text
//	policy.N.kind          status   "refund_policy", "shipping_policy", "page" …
//	policy.N.url           url
//	policy.N.text          text     the passage, verbatim
const (
	// InStock is the value of product.N.available when it may be bought now.
	InStock = "IN_STOCK"
	// OutOfStock is the value of product.N.available when it may not.
	OutOfStock = "OUT_OF_STOCK"
)

// sheet collects the facts of one finding. Empty values are no facts.
type sheet struct {
	zone  *time.Location
	now   time.Time
	order string // name of the order that the facts are about
	facts []shop.Fact
}

func (s *sheet) add(kind shop.Kind, name, value, source string) {
	if value != "" {
		f := shop.Fact{Kind: kind, Name: name, Value: value, Source: source, Order: s.order}
		s.facts = append(s.facts, f)
	}
}

func (s *sheet) day(name string, t time.Time, source string) {
	if !t.IsZero() {
		s.add(shop.KindDate, name, t.In(s.zone).Format(time.DateOnly), source)
	}
}

func (s *sheet) dayOf(name string, t *time.Time, source string) {
	if t != nil {
		s.day(name, *t, source)
	}
}

func (s *sheet) count(name string, n int, source string) {
	s.add(shop.KindNumber, name, strconv.Itoa(n), source)
}

func (s *sheet) money(name string, m shop.Money, source string) {
	if m.Currency != "" {
		s.add(shop.KindMoney, name, m.String(), source)
	}
}

// since counts whole civil days in the store's zone, which daylight saving does not change.
func (s *sheet) since(name string, t time.Time, source string) {
	if t.IsZero() {
		return
	}
	day := func(t time.Time) time.Time {
		y, m, d := t.In(s.zone).Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	if n := int(day(s.now).Sub(day(t)).Hours() / 24); n >= 0 {
		s.count(name, n, source+" → now")
	}
}

// store states what everybody may know of the shop.
func (s *sheet) store(i shop.Info) {
	s.add(shop.KindName, "shop.name", i.Name, "shop → name")
	s.add(shop.KindURL, "shop.url", web(i.URL), "shop → primaryDomain.url")
	s.add(shop.KindEmail, "shop.email", fold(i.Email), "shop → contactEmail")
}

func (s *sheet) customer(c *shop.Customer) {
	if c == nil {
		return
	}
	s.add(shop.KindName, "customer.first_name", c.FirstName, "customer → firstName")
	s.add(shop.KindStatus, "customer.consent", c.Consent, "customer → defaultEmailAddress.marketingState")
}

// about states everything that its owner may hear of an order.
func (s *sheet) about(o *shop.Order) {
	s.order = o.Name
	defer func() { s.order = "" }()
	at := func(path string) string { return "order " + o.Name + " → " + path }

	s.add(shop.KindOrder, "order.name", o.Name, at("name"))
	s.day("order.date", o.Created, at("createdAt"))
	s.since("order.days", o.Created, at("createdAt"))
	s.money("order.total", o.Total, at("totalPriceSet"))
	s.add(shop.KindStatus, "order.state", string(o.State()), at("fulfillments"))
	s.add(shop.KindStatus, "order.financial", o.Financial, at("displayFinancialStatus"))
	s.add(shop.KindStatus, "order.fulfillment", o.Fulfillment, at("displayFulfillmentStatus"))
	s.add(shop.KindURL, "order.status_url", web(o.StatusURL), at("statusPageUrl"))
	s.add(shop.KindName, "order.city", o.City, at("shippingAddress.city"))
	s.dayOf("order.cancelled_on", o.Cancelled, at("cancelledAt"))
	if o.Refunded.Minor > 0 {
		s.money("order.refunded", o.Refunded, at("totalRefundedSet"))
	}
	for i, l := range o.Lines {
		s.line("line."+strconv.Itoa(i+1), l, at(fmt.Sprintf("lineItems[%d]", i)))
	}
	s.parcels(o, at)
	s.moneyBack(o, at)
}

func (s *sheet) line(name string, l shop.Line, source string) {
	s.add(shop.KindProduct, name+".title", l.Title, source+".title")
	s.add(shop.KindProduct, name+".variant", variant(l.Variant), source+".variantTitle")
	s.count(name+".quantity", l.Quantity, source+".quantity")
	s.money(name+".total", l.Total, source+".discountedTotalSet")
}

func (s *sheet) parcels(o *shop.Order, at func(string) string) {
	tracks := 0
	for i, p := range o.Shipments {
		first := tracks
		if tracks += len(p.Tracking); !p.Counts() {
			continue
		}
		name := "shipment." + strconv.Itoa(i+1)
		src := func(field string) string { return at(fmt.Sprintf("fulfillments[%d].%s", i, field)) }
		status := p.Display
		if status == "" {
			status = "FULFILLED"
		}
		s.add(shop.KindStatus, name+".status", status, src("displayStatus"))
		s.add(shop.KindStatus, name+".state", string(p.State()), src("displayStatus"))
		s.day(name+".shipped_on", p.Created, src("createdAt"))
		s.since(name+".days", p.Created, src("createdAt"))
		if p.State() != shop.StateDelivered {
			s.dayOf(name+".eta", p.Estimated, src("estimatedDeliveryAt"))
		}
		s.dayOf(name+".delivered_on", p.Delivered, src("deliveredAt"))
		for j, l := range p.Lines {
			s.line(fmt.Sprintf("%s.line.%d", name, j+1), l, src(fmt.Sprintf("fulfillmentLineItems[%d]", j)))
		}
		for j, tr := range p.Tracking {
			tn := "tracking." + strconv.Itoa(first+j+1)
			s.add(shop.KindName, tn+".company", tr.Company, src(fmt.Sprintf("trackingInfo[%d].company", j)))
			s.add(shop.KindTracking, tn+".number", tr.Number, src(fmt.Sprintf("trackingInfo[%d].number", j)))
			s.add(shop.KindURL, tn+".url", web(tr.URL), src(fmt.Sprintf("trackingInfo[%d].url", j)))
			s.count(tn+".shipment", i+1, src(fmt.Sprintf("trackingInfo[%d]", j)))
		}
	}
}

func (s *sheet) moneyBack(o *shop.Order, at func(string) string) {
	for i, r := range o.Refunds {
		name, src := "refund."+strconv.Itoa(i+1), at(fmt.Sprintf("refunds[%d]", i))
		s.money(name+".total", r.Total, src+".totalRefundedSet")
		s.day(name+".date", r.Created, src+".createdAt")
		s.since(name+".days", r.Created, src+".createdAt")
		s.add(shop.KindStatus, name+".status", r.Status, src+".transactions")
	}
	for i, r := range o.Returns {
		name, src := "return."+strconv.Itoa(i+1), at(fmt.Sprintf("returns[%d]", i))
		s.add(shop.KindName, name+".name", r.Name, src+".name")
		s.add(shop.KindStatus, name+".status", r.Status, src+".status")
	}
}

// choices states enough of several orders to let their owner tell them apart.
func (s *sheet) choices(orders []shop.Order) {
	defer func() { s.order = "" }()
	for i := range orders {
		o, name := &orders[i], "choice."+strconv.Itoa(i+1)
		s.order = o.Name
		at := func(path string) string { return "order " + o.Name + " → " + path }
		s.add(shop.KindOrder, name+".name", o.Name, at("name"))
		s.day(name+".date", o.Created, at("createdAt"))
		s.money(name+".total", o.Total, at("totalPriceSet"))
		s.add(shop.KindStatus, name+".state", string(o.State()), at("fulfillments"))
		s.add(shop.KindURL, name+".status_url", web(o.StatusURL), at("statusPageUrl"))
		if len(o.Lines) > 0 {
			s.add(shop.KindProduct, name+".item", o.Lines[0].Title, at("lineItems[0].title"))
		}
	}
}

func (s *sheet) products(all []shop.Product) {
	for i, p := range all {
		name := "product." + strconv.Itoa(i+1)
		at := func(path string) string { return "product " + p.Handle + " → " + path }
		s.add(shop.KindProduct, name+".title", p.Title, at("title"))
		s.add(shop.KindURL, name+".url", web(p.URL), at("onlineStoreUrl"))
		s.add(shop.KindText, name+".description", p.Description, at("description"))
		if len(p.Variants) == 0 {
			continue
		}
		low, high, available := p.Variants[0].Price, p.Variants[0].Price, false
		for j, v := range p.Variants {
			if v.Price.Minor < low.Minor {
				low = v.Price
			}
			if v.Price.Minor > high.Minor {
				high = v.Price
			}
			available = available || v.Available
			if t := variant(v.Title); t != "" {
				vn, src := fmt.Sprintf("%s.variant.%d", name, j+1), at(fmt.Sprintf("variants[%d]", j))
				s.add(shop.KindProduct, vn+".title", t, src+".title")
				s.money(vn+".price", v.Price, src+".price")
				s.add(shop.KindStatus, vn+".available", stock(v.Available), src+".availableForSale")
			}
		}
		s.money(name+".price", low, at("variants.price"))
		if high != low {
			s.money(name+".price_to", high, at("variants.price"))
		}
		s.add(shop.KindStatus, name+".available", stock(available), at("variants.availableForSale"))
	}
}

func (s *sheet) passages(all []shop.Policy) {
	for i, p := range all {
		name, src := "policy."+strconv.Itoa(i+1), "policy "+p.Kind+" → "
		s.add(shop.KindText, name+".title", p.Title, src+"title")
		s.add(shop.KindStatus, name+".kind", p.Kind, src+"type")
		s.add(shop.KindURL, name+".url", web(p.URL), src+"url")
		s.add(shop.KindText, name+".text", p.Text, src+"body")
	}
}

func stock(available bool) string {
	if available {
		return InStock
	}
	return OutOfStock
}
