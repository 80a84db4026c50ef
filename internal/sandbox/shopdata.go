package sandbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/shop"
)

// object is one GraphQL object of the scenario, in the names of Shopify's Admin types. Shorthands: a
// MoneyBag or a MoneyV2 may be a string of its amount, a connection may be a list, and what follows from
// other data may be left out (see link).
type object = map[string]any

// shopData is the shop of a scenario.
type shopData struct {
	Shop      object   `json:"shop"`
	Customers []object `json:"customers"`
	Orders    []object `json:"orders"`
	Products  []object `json:"products"`
	Pages     []object `json:"pages"`
	Scopes    []string `json:"scopes"`
}

var allScopes = []string{
	"read_customers", "write_customers", "read_orders", "read_all_orders", "read_fulfillments", "read_returns",
	"read_products", "read_inventory", "read_legal_policies", "read_content", "read_online_store_pages",
}

// parseShop reads shop.json and fills in what follows from the rest.
func parseShop(text []byte) (*shopData, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	dec.UseNumber()
	d := &shopData{}
	if err := dec.Decode(d); err != nil {
		return nil, err
	}
	for _, need := range []string{"name", "myshopifyDomain", "contactEmail", "currencyCode", "ianaTimezone",
		"url"} {
		if str(d.Shop, need) == "" {
			return nil, fmt.Errorf("shop has no %s", need)
		}
	}
	if d.Scopes == nil {
		d.Scopes = allScopes
	}
	d.linkShop()
	customers := map[string]object{}
	for i, c := range d.Customers {
		email := strings.ToLower(str(c, "email"))
		if email == "" || customers[email] != nil {
			return nil, fmt.Errorf("customer %d: e-mail %q is missing or comes twice", i+1, email)
		}
		customers[email] = c
		d.linkCustomer(c, 7_000_000_001+i)
	}
	names := map[string]bool{}
	for i, o := range d.Orders {
		name := str(o, "name")
		customer := customers[strings.ToLower(str(o, "email"))]
		switch {
		case name == "" || names[name]:
			return nil, fmt.Errorf("order %d: name %q is missing or comes twice", i+1, name)
		case customer == nil:
			return nil, fmt.Errorf("order %s: there is no customer %q", name, str(o, "email"))
		case str(o, "createdAt") == "":
			return nil, fmt.Errorf("order %s has no createdAt", name)
		}
		names[name] = true
		if err := d.linkOrder(o, customer, 5_000_000_001+i); err != nil {
			return nil, fmt.Errorf("order %s: %w", name, err)
		}
	}
	for i, p := range d.Products {
		if str(p, "title") == "" || str(p, "handle") == "" {
			return nil, fmt.Errorf("product %d has no title or handle", i+1)
		}
		d.linkProduct(p, 8_000_000_001+i)
	}
	return d, d.sumUp(customers)
}

func (d *shopData) linkShop() {
	s := d.Shop
	fill(s, "id", "gid://shopify/Shop/60000001")
	fill(s, "email", s["contactEmail"])
	fill(s, "orderNumberFormatPrefix", "#")
	fill(s, "primaryDomain", object{"id": "gid://shopify/Domain/1", "host": host(str(s, "url")),
		"url": s["url"], "sslEnabled": true})
	for i, p := range objects(s["shopPolicies"]) {
		fill(p, "id", gid("ShopPolicy", 9_000_000_001+i))
		fill(p, "url", str(s, "url")+"/policies/"+strings.ReplaceAll(strings.ToLower(str(p, "type")), "_", "-"))
	}
	for i, p := range d.Pages {
		fill(p, "id", gid("Page", 9_100_000_001+i))
		fill(p, "isPublished", true)
	}
}

func (d *shopData) linkCustomer(c object, id int) {
	fill(c, "id", gid("Customer", id))
	fill(c, "createdAt", "2024-03-01T10:00:00Z")
	fill(c, "locale", "en")
	fill(c, "tags", []any{})
	fill(c, "state", "DISABLED")
	fill(c, "statistics", object{"rfmGroup": c["rfmGroup"]})
	fill(c, "marketingState", "NOT_SUBSCRIBED")
	fill(c, "defaultEmailAddress", object{
		"emailAddress": c["email"], "marketingState": c["marketingState"], "validFormat": true,
	})
}

func (d *shopData) linkOrder(o, customer object, id int) error {
	name := str(o, "name")
	fill(o, "id", gid("Order", id))
	fill(o, "customer", customer)
	sum := sha256.Sum256([]byte(name))
	fill(o, "statusPageUrl", str(d.Shop, "url")+"/60000001/orders/"+hex.EncodeToString(sum[:16])+"/authenticate")
	fill(o, "displayFinancialStatus", "PAID")
	fulfillment := "UNFULFILLED"
	if len(objects(o["fulfillments"])) > 0 {
		fulfillment = "FULFILLED"
	}
	fill(o, "displayFulfillmentStatus", fulfillment)
	fill(o, "processedAt", o["createdAt"])
	fill(o, "updatedAt", o["createdAt"])
	total, refunded := shop.Money{Currency: d.currency()}, shop.Money{Currency: d.currency()}
	for i, l := range objects(o["lineItems"]) {
		fill(l, "id", gid("LineItem", id*100+i))
		fill(l, "quantity", 1)
		if err := add(&total, l["discountedTotalSet"]); err != nil {
			return fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	for i, f := range objects(o["fulfillments"]) {
		fill(f, "id", gid("Fulfillment", id*100+i))
		fill(f, "name", fmt.Sprintf("%s-F%d", name, i+1))
		fill(f, "status", "SUCCESS")
		fill(f, "createdAt", o["createdAt"])
		if f["fulfillmentLineItems"] == nil {
			f["fulfillmentLineItems"] = shipped(objects(o["lineItems"]))
		}
	}
	for i, r := range objects(o["refunds"]) {
		fill(r, "id", gid("Refund", id*100+i))
		if err := add(&refunded, r["totalRefundedSet"]); err != nil {
			return fmt.Errorf("refund %d: %w", i+1, err)
		}
	}
	for i, r := range objects(o["returns"]) {
		fill(r, "id", gid("Return", id*100+i))
		fill(r, "name", fmt.Sprintf("%s-R%d", name, i+1))
	}
	fill(o, "totalPriceSet", total.Decimal())
	fill(o, "totalRefundedSet", refunded.Decimal())
	return nil
}

func shipped(lines []object) []any {
	var out []any
	for _, l := range lines {
		out = append(out, object{"quantity": l["quantity"], "lineItem": l})
	}
	return out
}

func (d *shopData) linkProduct(p object, id int) {
	fill(p, "id", gid("Product", id))
	fill(p, "onlineStoreUrl", str(d.Shop, "url")+"/products/"+str(p, "handle"))
	fill(p, "status", "ACTIVE")
	for i, v := range objects(p["variants"]) {
		fill(v, "id", gid("ProductVariant", id*100+i))
		fill(v, "title", "Default Title")
		stock, _ := v["inventoryQuantity"].(json.Number)
		n, _ := stock.Int64()
		fill(v, "availableForSale", n > 0)
		fill(v, "inventoryItem", object{"id": gid("InventoryItem", id*100+i), "tracked": true})
	}
}

// sumUp counts each customer's orders and spending, as Shopify does: cancelled ones not, refunds taken off.
func (d *shopData) sumUp(customers map[string]object) error {
	for email, c := range customers {
		spent, count := shop.Money{Currency: d.currency()}, 0
		var own []any
		for _, o := range slices.Backward(d.Orders) {
			if strings.ToLower(str(o, "email")) != email {
				continue
			}
			own = append(own, o)
			count++
			refunded := shop.Money{Currency: spent.Currency}
			if err := add(&refunded, o["totalRefundedSet"]); err != nil {
				return err
			}
			if o["cancelledAt"] == nil {
				if err := add(&spent, o["totalPriceSet"]); err != nil {
					return err
				}
				spent.Minor -= refunded.Minor
			}
		}
		fill(c, "orders", own)
		fill(c, "numberOfOrders", fmt.Sprint(count))
		fill(c, "amountSpent", spent.Decimal())
		if len(own) > 0 {
			fill(c, "lastOrder", own[0])
		}
	}
	return nil
}

// add adds an amount given as "12.50" to sum.
func add(sum *shop.Money, amount any) error {
	text, ok := amount.(string)
	if !ok {
		return fmt.Errorf("%v is not an amount like \"12.50\"", amount)
	}
	m, err := shop.ParseMoney(text, sum.Currency)
	sum.Minor += m.Minor
	return err
}

func (d *shopData) currency() string { return str(d.Shop, "currencyCode") }
func (d *shopData) name() string {
	return strings.TrimSuffix(str(d.Shop, "myshopifyDomain"), ".myshopify.com")
}
func (d *shopData) mailbox() string { return str(d.Shop, "contactEmail") }
func (d *shopData) domain() string  { return host(str(d.Shop, "url")) }
func (d *shopData) orderName() (prefix, suffix string) {
	return str(d.Shop, "orderNumberFormatPrefix"), str(d.Shop, "orderNumberFormatSuffix")
}

func gid(kind string, n int) string { return fmt.Sprintf("gid://shopify/%s/%d", kind, n) }

func host(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// fill sets a key that the scenario left out.
func fill(o object, key string, value any) {
	if _, ok := o[key]; !ok && value != nil {
		o[key] = value
	}
}

func str(o object, key string) string {
	s, _ := o[key].(string)
	return s
}

// objects gives a list of objects as such; what is no object is left out.
func objects(list any) []object {
	items, _ := list.([]any)
	var out []object
	for _, i := range items {
		if o, ok := i.(object); ok {
			out = append(out, o)
		}
	}
	return out
}
