package shopify_test

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify"
)

// world starts a small shop, with more orders where they are given.
func world(t *testing.T, more ...string) *sandbox.World {
	t.Helper()
	archive, err := os.ReadFile("testdata/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(archive), `"orders": [`,
		strings.Join(append([]string{`"orders": [`}, more...), "\n"), 1)
	s, err := sandbox.Load([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sandbox.Start(s, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

// TestManyOrdersCostNoMoreThanOneQueryMay reads a customer with sixty orders: the sandbox refuses a query of
// more than a thousand points, as Shopify does.
func TestManyOrdersCostNoMoreThanOneQueryMay(t *testing.T) {
	var more []string
	for i := range 60 {
		more = append(more,
			fmt.Sprintf(`{"name": "#3%03d", "email": "bob@mail.example", "createdAt": "{{ago %dd}}",`+
				`"lineItems": [{"title": "Oak Tray", "discountedTotalSet": "42.50"}]},`, i, i+10))
	}
	w := world(t, more...)
	c, err := shopify.New(shopify.Config{Shop: "lavender-oak", Token: w.ShopifyToken, Endpoint: w.ShopifyURL},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	orders, err := c.Orders(t.Context(), "bob@mail.example")
	if err != nil || len(orders) != 50 {
		t.Fatalf("%d orders, %v", len(orders), err)
	}
	newestFirst := func(a, b shop.Order) int { return b.Created.Compare(a.Created) }
	if orders[0].Name != "#2001" || !slices.IsSortedFunc(orders, newestFirst) {
		t.Errorf("the first of them is %s", orders[0].Name)
	}
}

// TestEveryMethodWorksAgainstTheSandbox runs all operations over HTTP against a server that validates each
// query and counts its cost, with a static token and with a granted one.
func TestEveryMethodWorksAgainstTheSandbox(t *testing.T) {
	w := world(t)
	for name, cfg := range map[string]shopify.Config{
		"static":  {Token: w.ShopifyToken},
		"granted": {ClientID: w.ShopifyClientID, ClientSecret: w.ShopifyClientSecret},
	} {
		t.Run(name, func(t *testing.T) {
			cfg.Shop, cfg.Endpoint = "lavender-oak", w.ShopifyURL
			c, err := shopify.New(cfg, slog.New(slog.DiscardHandler))
			if err != nil {
				t.Fatal(err)
			}
			useAll(t, c)
		})
	}
}

func useAll(t *testing.T, c *shopify.Client) {
	ctx := t.Context()
	info, err := c.Info(ctx)
	if err != nil || info.Currency != "EUR" || info.Zone != "Europe/Berlin" {
		t.Errorf("%+v, %v", info, err)
	}
	scopes, err := c.Scopes(ctx)
	if missing := shopify.Missing(scopes); err != nil || len(missing) > 0 {
		t.Errorf("missing %v, %v", missing, err)
	}
	if _, err := c.Policies(ctx); err != nil {
		t.Error(err)
	}
	const anna = "anna@mail.example"
	customer, err := c.Customer(ctx, anna)
	if err != nil || customer == nil {
		t.Fatalf("%v, %v", customer, err)
	}
	orders, err := c.Orders(ctx, anna)
	if err != nil || len(orders) == 0 || len(orders[0].Lines) == 0 {
		t.Fatalf("%+v, %v", orders, err)
	}
	if products, err := c.Products(ctx, orders[0].Lines[0].Title); err != nil || len(products) == 0 {
		t.Errorf("%+v, %v", products, err)
	}
	for range 2 {
		if err := c.AddTags(ctx, customer.ID, []string{"replyd:test"}); err != nil {
			t.Error(err)
		}
	}
	if customer, err = c.Customer(ctx, anna); err != nil || !slices.Contains(customer.Tags, "replyd:test") {
		t.Errorf("%v, %v", customer, err)
	}
	if err := c.RemoveTags(ctx, customer.ID, []string{"replyd:test"}); err != nil {
		t.Error(err)
	}
}

func TestAWrongTokenIsAPersonsBusiness(t *testing.T) {
	w := world(t)
	c, err := shopify.New(shopify.Config{
		Shop: "lavender-oak", Token: "shpat_wrong", Endpoint: w.ShopifyURL, Timeout: 5 * time.Second,
	}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Info(t.Context())
	var e *shopify.Error
	if !errors.As(err, &e) || e.Status != 401 || e.Temporary {
		t.Errorf("%#v", err)
	}
}
