// Package shop holds the words of the shop: orders, customers, products, and the facts that a reply may state
// about them. It has no I/O.
package shop

// Kind is the type of a fact. A token of a draft is only covered by a fact of its own kind.
type Kind string

const (
	// KindMoney: an amount, canonically "1234.50 EUR".
	KindMoney Kind = "money"
	// KindDate: a civil day in the store's zone, canonically "2026-11-20".
	KindDate Kind = "date"
	// KindURL: a link, canonically as the source gave it.
	KindURL Kind = "url"
	// KindEmail: an e-mail address, lower-cased.
	KindEmail Kind = "email"
	// KindOrder: an order's name, canonically as the store writes it: "#1001".
	KindOrder Kind = "order"
	// KindTracking: a tracking number, exactly as the carrier's.
	KindTracking Kind = "tracking"
	// KindNumber: a count, in ASCII digits.
	KindNumber Kind = "number"
	// KindPercent: canonically "20%".
	KindPercent Kind = "percent"
	// KindProduct: a product's title, with variant where that matters.
	KindProduct Kind = "product"
	// KindName: a proper name: of the customer, a carrier, the store, a return.
	KindName Kind = "name"
	// KindStatus: a state of an order, shipment, refund or return, in Shopify's own words: "IN_TRANSIT".
	KindStatus Kind = "status"
	// KindText: a passage of the store's own texts, verbatim. Tokens inside it count as covered.
	KindText Kind = "text"
)

// Fact is one looked-up value.
type Fact struct {
	Kind   Kind   `json:"kind"`
	Name   string `json:"name"`            // which slot it fills: "order.name", "tracking.url"
	Value  string `json:"value"`           // canonical form of its kind
	Source string `json:"source"`          // where it stands: "order #1001 → fulfillments[0].tracking[0].url"
	Order  string `json:"order,omitempty"` // name of the order that it belongs to, if any
}

// Findings is what the look-ups of one turn brought, for the verified sender only.
type Findings struct {
	Customer *Customer `json:"customer,omitempty"` // nil when the address is unknown or nothing may be told
	// Orders are the sender's newest orders, for the staff's panel and for matching. Empty when the sender is
	// not authenticated.
	Orders  []Order   `json:"orders,omitempty"`
	Answers []Finding `json:"answers"` // one for each request, in the order of the requests
	Zone    string    `json:"zone"`    // IANA name of the store's zone: dates are days there
}

// Finding is what was found for one request.
type Finding struct {
	Result   Result    `json:"result"`
	Order    *Order    `json:"order,omitempty"`    // the one order that the request is about
	Choices  []Order   `json:"choices,omitempty"`  // when several orders could be meant
	Products []Product `json:"products,omitempty"` // best match first
	Passages []Policy  `json:"passages,omitempty"` // best match first; Text is the passage alone
	Facts    []Fact    `json:"facts,omitempty"`    // everything that an answer to this request may state
}

// Result says how a look-up ended. A wrong order number and somebody else's order end the same, so that nobody
// learns from an answer whether an order exists.
type Result string

const (
	// Found: the order, product or text that the request needs is there.
	Found Result = "found"
	// NotFound: no order of this customer, no product or no text fits.
	NotFound Result = "not_found"
	// Ambiguous: several orders of this customer could be meant.
	Ambiguous Result = "ambiguous"
	// Withheld: the writer is not authenticated, so nothing was looked up about orders.
	Withheld Result = "withheld"
	// NotNeeded: this kind of request needs no look-up.
	NotNeeded Result = "not_needed"
)
