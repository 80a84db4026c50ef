package shop

import "time"

// Order is what replyd may know of one order. It holds no payment data and no street address on purpose: what
// is not here cannot be told.
type Order struct {
	ID          string     `json:"id"`    // gid://shopify/Order/…
	Name        string     `json:"name"`  // as the store writes it: "#1001"
	Email       string     `json:"email"` // lower-cased; the owner's address
	Created     time.Time  `json:"created"`
	Cancelled   *time.Time `json:"cancelled,omitempty"`
	Closed      *time.Time `json:"closed,omitempty"`
	Financial   string     `json:"financial"`   // Shopify's OrderDisplayFinancialStatus: PAID, REFUNDED …
	Fulfillment string     `json:"fulfillment"` // Shopify's OrderDisplayFulfillmentStatus: UNFULFILLED …
	Total       Money      `json:"total"`
	Refunded    Money      `json:"refunded"`
	StatusURL   string     `json:"status_url,omitempty"` // the customer's own order page
	City        string     `json:"city,omitempty"`       // ship-to city, to tell two orders apart
	Lines       []Line     `json:"lines,omitempty"`
	Shipments   []Shipment `json:"shipments,omitempty"`
	Refunds     []Refund   `json:"refunds,omitempty"`
	Returns     []Return   `json:"returns,omitempty"`
}

// Line is one line item.
type Line struct {
	Title    string `json:"title"`
	Variant  string `json:"variant,omitempty"`
	SKU      string `json:"sku,omitempty"`
	Quantity int    `json:"quantity"`
	Total    Money  `json:"total"`
}

// Shipment is one fulfilment: a parcel on its way.
type Shipment struct {
	ID        string     `json:"id"`
	Name      string     `json:"name"`    // "#1001-F1"
	Status    string     `json:"status"`  // FulfillmentStatus: SUCCESS, CANCELLED, ERROR …
	Display   string     `json:"display"` // FulfillmentDisplayStatus: IN_TRANSIT, DELIVERED …
	Created   time.Time  `json:"created"`
	Estimated *time.Time `json:"estimated,omitempty"`
	Delivered *time.Time `json:"delivered,omitempty"`
	Tracking  []Tracking `json:"tracking,omitempty"`
	Lines     []Line     `json:"lines,omitempty"`
}

// Tracking is one tracking number of a shipment.
type Tracking struct {
	Company string `json:"company,omitempty"`
	Number  string `json:"number,omitempty"`
	URL     string `json:"url,omitempty"`
}

// Refund is money given back.
type Refund struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	Total   Money     `json:"total"`
	Status  string    `json:"status"` // of its transactions: SUCCESS, PENDING, FAILURE; empty when unknown
	Note    string    `json:"-"`      // written by people; never leaves
}

// Return is a return that the store opened in Shopify.
type Return struct {
	Name   string `json:"name"`   // "#1001-R1"
	Status string `json:"status"` // ReturnStatus: REQUESTED, OPEN, CLOSED, DECLINED, CANCELED
}

// Customer is what Shopify knows about a person, without postal address.
type Customer struct {
	ID        string    `json:"id"` // gid://shopify/Customer/…
	Email     string    `json:"email"`
	FirstName string    `json:"first_name,omitempty"`
	LastName  string    `json:"last_name,omitempty"`
	Locale    string    `json:"locale,omitempty"`
	Created   time.Time `json:"created"`
	Orders    int       `json:"orders"` // Shopify's numberOfOrders
	Spent     Money     `json:"spent"`
	Tags      []string  `json:"tags,omitempty"`
	Consent   string    `json:"consent,omitempty"` // e-mail marketing state: SUBSCRIBED, UNSUBSCRIBED …
	RFM       string    `json:"rfm,omitempty"`     // Shopify's rfmGroup, where it provides one
}

// Product is one product with its variants.
type Product struct {
	ID          string    `json:"id"`
	Title       string    `json:"title"`
	Handle      string    `json:"handle"`
	URL         string    `json:"url,omitempty"`
	Type        string    `json:"type,omitempty"`
	Description string    `json:"description,omitempty"` // plain text
	Status      string    `json:"status"`                // ACTIVE, ARCHIVED, DRAFT
	Variants    []Variant `json:"variants,omitempty"`
}

// Variant is one sellable form of a product.
type Variant struct {
	Title     string `json:"title"`
	SKU       string `json:"sku,omitempty"`
	Price     Money  `json:"price"`
	Available bool   `json:"available"` // may be bought now
	Stock     int    `json:"stock"`     // pieces on hand; only told where the store allows it
	Tracked   bool   `json:"tracked"`   // stock is counted for this variant
}

// Knowledge is the Kind of a section of the owner's own texts.
const Knowledge = "knowledge"

// Policy is one text of the store: a Shopify policy, or a file of the owner's.
type Policy struct {
	Kind  string `json:"kind"` // Shopify's ShopPolicyType in lower case: "refund_policy", "shipping_policy" …; Knowledge
	Title string `json:"title"`
	URL   string `json:"url,omitempty"`
	Text  string `json:"text"` // plain text
}

// Info is the shop itself.
type Info struct {
	Name     string `json:"name"`
	Domain   string `json:"domain"`   // primary host, "shop.example"
	URL      string `json:"url"`      // https://shop.example
	Email    string `json:"email"`    // contact address
	Currency string `json:"currency"` // ISO 4217
	Zone     string `json:"zone"`     // IANA name
	Prefix   string `json:"prefix"`   // of order names, "#"
	Suffix   string `json:"suffix"`
}
