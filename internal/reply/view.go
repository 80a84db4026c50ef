package reply

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/shop"
)

// value is one thing that a template may print. Printing it is what records its fact: no template, the
// owner's included, can state a value without the fact behind it. A value that is not there is nil, so that
// {{if}} and {{with}} work on it.
type value struct {
	r    *run
	fact shop.Fact
	text string
}

// missing is what printing a value that is not there leaves; execute refuses it.
const missing = "<no value>"

// String records the fact and gives the text, marked. text/template calls it for every value printed.
func (v *value) String() string {
	if v == nil {
		return missing
	}
	v.r.use(v.fact)
	return v.marked()
}

// marked is the text as it stands in a template's output.
func (v *value) marked() string {
	return v.r.name(marked(markOf(v.fact.Kind), v.text), printed{fact: v.fact})
}

// view is what a template of one request sees.
type view struct {
	Intent   string // of the request
	Result   string // shop.Result: found, not_found, ambiguous, withheld, not_needed
	Several  bool   // the mail holds more than one request
	Name     *value // first name, for a greeting
	FullName *value
	Shop     shopView
	Order    *orderView
	Choices  []*orderView // newest first, at most maxChoices
	Products []*productView
	Passages []*passageView
	Rating   *value
	Agent    *value // the signature's name

	r *run
}

type shopView struct{ Name, URL, Email *value }

type orderView struct {
	Name, Date, Cancelled, Total, Refunded, Page, City *value

	Fulfillment, Financial string // Shopify's words
	Shipments              []*shipmentView
	Refunds                []*refundView
	Returns                []*returnView
	Lines                  []*lineView

	r     *run
	order *shop.Order
}

type lineView struct{ Title, Quantity *value }

type shipmentView struct {
	Order                     *orderView
	Status                    string // FulfillmentDisplayStatus
	Number, Count             *value // set when the order left in several parcels
	Sent, Expected, Delivered *value
	Tracking                  []*trackingView

	fact shop.Fact
}

type trackingView struct{ Company, Number, Page *value }

type refundView struct {
	Order       *orderView
	Status      string
	Total, Date *value

	fact shop.Fact
}

type returnView struct {
	Order  *orderView
	Status string
	Name   *value

	fact shop.Fact
}

type productView struct {
	Title, Page, Price *value // Price where there is one variant only
	Variants           []*variantView

	r    *run
	fact shop.Fact // IN_STOCK: at least one variant may be bought now; or OUT_OF_STOCK
}

type variantView struct {
	Title, Price *value

	r    *run
	fact shop.Fact
}

type passageView struct {
	Title, Page *value
	lines       []*value
}

// Bounds of lists that a reply shows.
const (
	maxChoices   = 6
	maxShipments = 8
	maxProducts  = 3
	maxVariants  = 8
	maxPassages  = 2
)

// fact makes a value; an empty text makes none.
func (r *run) fact(f shop.Fact, text string) *value {
	if text == "" || f.Value == "" {
		return nil
	}
	return &value{r, f, text}
}

func (r *run) word(kind shop.Kind, name, text, source, order string, limit int) *value {
	text = clean(text, limit)
	canonical := text
	if kind == shop.KindEmail {
		canonical = strings.ToLower(text)
	}
	return r.fact(shop.Fact{Kind: kind, Name: name, Value: canonical, Source: source, Order: order}, text)
}

func (r *run) link(name, url, source, order string) *value {
	url = cleanLink(url)
	return r.fact(shop.Fact{Kind: shop.KindURL, Name: name, Value: url, Source: source, Order: order}, url)
}

func (r *run) day(name string, t *time.Time, source, order string) *value {
	if t == nil || t.IsZero() {
		return nil
	}
	local := t.In(r.zone)
	f := shop.Fact{Kind: shop.KindDate, Name: name, Value: local.Format(time.DateOnly), Source: source, Order: order}
	return r.fact(f, r.locale.day(r.locale, local))
}

func (r *run) money(name string, m shop.Money, source, order string) *value {
	if m.Currency == "" {
		return nil
	}
	f := shop.Fact{Kind: shop.KindMoney, Name: name, Value: m.String(), Source: source, Order: order}
	return r.fact(f, r.locale.money(m))
}

func (r *run) count(name string, n int, source, order string) *value {
	f := shop.Fact{Kind: shop.KindNumber, Name: name, Value: fmt.Sprint(n), Source: source, Order: order}
	return r.fact(f, r.locale.number(fmt.Sprint(n)))
}

// status makes the fact of a state. Only enum letters pass, so that a status can be printed by nobody.
func status(name, code, source, order string) shop.Fact {
	return shop.Fact{Kind: shop.KindStatus, Name: name, Value: enum(code), Source: source, Order: order}
}

func enum(code string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(code))
}

func (r *run) order(o *shop.Order) *orderView {
	name := clean(o.Name, maxName)
	src := func(path string) string { return "order " + name + " → " + path }
	v := &orderView{
		Name:        r.word(shop.KindOrder, "order.name", name, src("name"), name, maxName),
		Date:        r.day("order.date", &o.Created, src("createdAt"), name),
		Cancelled:   r.day("order.cancelled_on", o.Cancelled, src("cancelledAt"), name),
		Total:       r.money("order.total", o.Total, src("totalPrice"), name),
		Page:        r.link("order.status_url", o.StatusURL, src("statusPageUrl"), name),
		City:        r.word(shop.KindName, "order.city", o.City, src("shippingAddress.city"), name, maxName),
		Fulfillment: enum(o.Fulfillment), Financial: enum(o.Financial), r: r, order: o,
	}
	if o.Refunded.Minor > 0 {
		v.Refunded = r.money("order.refunded", o.Refunded, src("totalRefunded"), name)
	}
	for i, l := range o.Lines {
		v.Lines = append(v.Lines, &lineView{
			Title: r.word(shop.KindProduct, fmt.Sprintf("line.%d.title", i+1), l.Title,
				src(fmt.Sprintf("lineItems[%d].title", i)), name, maxValue),
			Quantity: r.count(fmt.Sprintf("line.%d.quantity", i+1), l.Quantity,
				src(fmt.Sprintf("lineItems[%d].quantity", i)), name),
		})
	}
	r.shipments(v, o, name, src)
	for i, f := range o.Refunds {
		at, slot := fmt.Sprintf("refunds[%d].", i), fmt.Sprintf("refund.%d.", i+1)
		v.Refunds = append(v.Refunds, &refundView{
			Order: v, Status: enum(f.Status),
			Total: r.money(slot+"total", f.Total, src(at+"totalRefunded"), name),
			Date:  r.day(slot+"date", &f.Created, src(at+"createdAt"), name),
			fact:  status(slot+"status", f.Status, src(at+"transactions.status"), name),
		})
	}
	for i, f := range o.Returns {
		at, slot := fmt.Sprintf("returns[%d].", i), fmt.Sprintf("return.%d.", i+1)
		v.Returns = append(v.Returns, &returnView{
			Order: v, Status: enum(f.Status),
			Name: r.word(shop.KindName, slot+"name", f.Name, src(at+"name"), name, maxName),
			fact: status(slot+"status", f.Status, src(at+"status"), name),
		})
	}
	return v
}

// display is a parcel's FulfillmentDisplayStatus. Shopify gives none for a parcel that has no tracking.
func display(s *shop.Shipment) string {
	if s.Display == "" {
		return "FULFILLED"
	}
	return enum(s.Display)
}

// shipments adds the parcels. Cancelled ones are left out when a later one replaced them.
func (r *run) shipments(v *orderView, o *shop.Order, name string, src func(string) string) {
	live := 0
	for _, s := range o.Shipments {
		if display(&s) != "CANCELED" {
			live++
		}
	}
	number, tracking := 0, 0
	for i, s := range o.Shipments {
		first := tracking
		tracking += len(s.Tracking)
		if live > 0 && display(&s) == "CANCELED" || number == maxShipments {
			continue
		}
		number++
		at, slot := fmt.Sprintf("fulfillments[%d].", i), fmt.Sprintf("shipment.%d.", i+1)
		p := &shipmentView{
			Order: v, Status: display(&s),
			Sent:      r.day(slot+"shipped_on", &s.Created, src(at+"createdAt"), name),
			Expected:  r.day(slot+"eta", s.Estimated, src(at+"estimatedDeliveryAt"), name),
			Delivered: r.day(slot+"delivered_on", s.Delivered, src(at+"deliveredAt"), name),
			fact:      status(slot+"status", display(&s), src(at+"displayStatus"), name),
		}
		if live > 1 {
			p.Number = r.count(slot+"number", number, src(at+"position"), name)
			p.Count = r.count("shipment.count", live, src("fulfillments.length"), name)
		}
		for j, t := range s.Tracking {
			at, slot := fmt.Sprintf("%strackingInfo[%d].", at, j), fmt.Sprintf("tracking.%d.", first+j+1)
			p.Tracking = append(p.Tracking, &trackingView{
				Company: r.word(shop.KindName, slot+"company", t.Company, src(at+"company"), name, maxName),
				Number:  r.word(shop.KindTracking, slot+"number", t.Number, src(at+"number"), name, maxName),
				Page:    r.link(slot+"url", t.URL, src(at+"url"), name),
			})
		}
		v.Shipments = append(v.Shipments, p)
	}
}

func (r *run) product(i int, p *shop.Product) *productView {
	slot := fmt.Sprintf("product.%d.", i+1)
	src := func(path string) string { return "product " + clean(p.Handle, maxValue) + " → " + path }
	v := &productView{
		Title: r.word(shop.KindProduct, slot+"title", p.Title, src("title"), "", maxValue),
		Page:  r.link(slot+"url", p.URL, src("onlineStoreUrl"), ""),
		r:     r,
	}
	some := false
	for j, w := range p.Variants {
		some = some || w.Available
		if j >= maxVariants {
			continue
		}
		at, slot := fmt.Sprintf("variants[%d].", j), fmt.Sprintf("%svariant.%d.", slot, j+1)
		v.Variants = append(v.Variants, &variantView{
			Title: r.word(shop.KindProduct, slot+"title", w.Title, src(at+"title"), "", maxValue),
			Price: r.money(slot+"price", w.Price, src(at+"price"), ""),
			r:     r, fact: status(slot+"available", stock(w.Available), src(at+"availableForSale"), ""),
		})
	}
	v.fact = status(slot+"available", stock(some), src("variants.availableForSale"), "")
	if len(v.Variants) == 1 { // Shopify calls the only variant "Default Title"
		v.Price, v.Variants = v.Variants[0].Price, nil
	}
	return v
}

func stock(available bool) string {
	if available {
		return "IN_STOCK"
	}
	return "OUT_OF_STOCK"
}

// passages quotes parts of the store's texts. Of parts of one text that follow each other the text is named once.
func (r *run) passages(list []shop.Policy) (out []*passageView) {
	list = list[:min(len(list), maxPassages)]
	for i := range list {
		p, n := r.policy(i, &list[i]), len(out)
		if n > 0 && list[i].Title == list[i-1].Title && list[i].URL == list[i-1].URL {
			out[n-1].lines = append(out[n-1].lines, p.lines...)
			continue
		}
		out = append(out, p)
	}
	return out
}

func (r *run) policy(i int, p *shop.Policy) *passageView {
	slot := fmt.Sprintf("policy.%d.", i+1)
	v := &passageView{
		Title: r.word(shop.KindText, slot+"title", p.Title, "policy "+enum(p.Kind)+" → title", "", maxValue),
		Page:  r.link(slot+"url", p.URL, "policy "+enum(p.Kind)+" → url", ""),
	}
	rest := cutPassage(p.Text)
	for line := range strings.Lines(rest) {
		if w := r.word(shop.KindText, slot+"text", line, "policy "+enum(p.Kind)+" → body", "", maxPassage); w != nil {
			v.lines = append(v.lines, w)
		}
	}
	return v
}

// cutPassage shortens a long passage at the end of a sentence or line.
func cutPassage(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= maxPassage {
		return s
	}
	s = strings.ToValidUTF8(s[:maxPassage], "")
	if at := strings.LastIndexAny(s, ".!?؟\n"); at > 0 {
		_, size := utf8.DecodeRuneInString(s[at:])
		return s[:at+size]
	}
	return s
}
