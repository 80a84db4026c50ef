package shopify

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify/admin"
)

const (
	maxProducts    = 20   // of one search
	maxWords       = 8    // of one search
	maxDescription = 4000 // letters of a product's description
)

// Scopes that the methods of this package need. Pages are left out of Policies without the last.
var wanted = []string{
	"read_orders", "read_all_orders", "read_returns", "read_customers", "write_customers", "read_products",
	"read_legal_policies", "read_content",
}

// Products gives products of the online store that have at least one of the words, or a word that begins so.
// Drafts and products that are not published there are left out. Scope: read_products.
func (c *Client) Products(ctx context.Context, query string) ([]shop.Product, error) {
	search := productSearch(query)
	if search == "" {
		return nil, nil
	}
	resp, err := admin.Products(ctx, c, search, maxProducts)
	if err != nil {
		return nil, err
	}
	var out []shop.Product
	m := money{op: "Products"}
	for _, n := range resp.Products.Nodes {
		if n.Status != "ACTIVE" || n.OnlineStoreUrl == "" {
			continue
		}
		p := shop.Product{
			ID: n.Id, Title: oneLine(n.Title), Handle: n.Handle, URL: n.OnlineStoreUrl, Status: n.Status,
			Type: oneLine(n.ProductType), Description: cut(n.Description, maxDescription),
		}
		for _, v := range n.Variants.Nodes {
			p.Variants = append(p.Variants, shop.Variant{
				Title: oneLine(v.Title), SKU: oneLine(v.Sku),
				Price:     m.amount(v.Price, resp.Shop.CurrencyCode),
				Available: v.AvailableForSale, Stock: v.InventoryQuantity, Tracked: v.InventoryItem.Tracked,
			})
		}
		out = append(out, p)
	}
	if m.err != nil {
		return nil, m.err
	}
	return out, nil
}

// productSearch joins words to "oak* OR candle*". All that means something in Shopify's search syntax is
// dropped: https://shopify.dev/docs/api/usage/search-syntax, read 2026-11-22.
func productSearch(query string) string {
	var terms []string
	between := func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }
	for _, w := range strings.FieldsFunc(query, between) {
		w = strings.ToLower(w)
		if len(terms) < maxWords && len(w) <= 64 && !slices.Contains(terms, w+"*") {
			terms = append(terms, w+"*")
		}
	}
	return strings.Join(terms, " OR ")
}

// Policies gives the store's legal texts and published pages as plain text. Pages are left out when the token
// may not read them. Scopes: read_legal_policies, read_content.
func (c *Client) Policies(ctx context.Context) ([]shop.Policy, error) {
	legal, err := admin.Policies(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []shop.Policy
	for _, p := range legal.Shop.ShopPolicies {
		out = append(out, policy(strings.ToLower(p.Type), p.Title, p.Url, p.Body))
	}
	pages, err := admin.Pages(ctx, c)
	var e *Error
	switch {
	case errors.As(err, &e) && e.Code == codeDenied:
		c.log.WarnContext(ctx, "shopify: the token may not read pages; only policies are quoted")
	case err != nil:
		return nil, err
	default:
		for _, p := range pages.Pages.Nodes {
			if p.IsPublished {
				url := strings.TrimSuffix(pages.Shop.PrimaryDomain.Url, "/") + "/pages/" + p.Handle
				out = append(out, policy("page", p.Title, url, p.Body))
			}
		}
	}
	return slices.DeleteFunc(out, func(p shop.Policy) bool { return p.Text == "" }), nil
}

func policy(kind, title, url, body string) shop.Policy {
	return shop.Policy{Kind: kind, Title: oneLine(title), URL: url, Text: plainText(body)}
}

// Info gives the shop itself.
func (c *Client) Info(ctx context.Context) (shop.Info, error) {
	resp, err := admin.Shop(ctx, c)
	if err != nil {
		return shop.Info{}, err
	}
	s := resp.Shop
	return shop.Info{
		Name: oneLine(s.Name), Domain: s.PrimaryDomain.Host, URL: s.PrimaryDomain.Url,
		Email: fold(s.ContactEmail), Currency: s.CurrencyCode, Zone: s.IanaTimezone,
		Prefix: s.OrderNumberFormatPrefix, Suffix: s.OrderNumberFormatSuffix,
	}, nil
}

// Scopes gives what the token may do, sorted.
func (c *Client) Scopes(ctx context.Context) ([]string, error) {
	resp, err := admin.Scopes(ctx, c)
	if err != nil {
		return nil, err
	}
	var out []string
	for _, s := range resp.CurrentAppInstallation.AccessScopes {
		out = append(out, s.Handle)
	}
	slices.Sort(out)
	return out, nil
}

// Missing gives the scopes that replyd needs and have does not hold. A write scope includes its read scope.
func Missing(have []string) []string {
	var out []string
	for _, w := range wanted {
		name, read := strings.CutPrefix(w, "read_")
		if !slices.Contains(have, w) && !(read && slices.Contains(have, "write_"+name)) {
			out = append(out, w)
		}
	}
	return out
}
