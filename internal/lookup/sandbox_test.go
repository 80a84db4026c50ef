package lookup_test

import (
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/lookup"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify"
	"github.com/replyd/replyd/internal/ticket"
)

// TestAnOrderIsLookedUpInAShop asks the sandbox over HTTP, as the daemon does.
func TestAnOrderIsLookedUpInAShop(t *testing.T) {
	archive, err := os.ReadFile("../shopify/testdata/shop.txtar")
	if err != nil {
		t.Fatal(err)
	}
	s, err := sandbox.Load(archive)
	if err != nil {
		t.Fatal(err)
	}
	w, err := sandbox.Start(s, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	c, err := shopify.New(shopify.Config{Shop: "lavender-oak", Token: w.ShopifyToken, Endpoint: w.ShopifyURL},
		slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	info, err := c.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	l := lookup.New(c, c, info)
	ask := ticket.Triage{Requests: []ticket.Request{{
		Intent:    ticket.OrderStatus,
		OrderRefs: []string{"1001"},
	}}}
	for address, want := range map[string]shop.Result{
		"anna@mail.example": shop.Found,
		"bob@mail.example":  shop.NotFound,
	} {
		who := ticket.Identity{Address: address, Verdict: "pass", Method: "dmarc", Via: ticket.Direct}
		f, err := l.Find(t.Context(), who, ask, "", time.Now())
		if err != nil {
			t.Fatal(err)
		}
		a := f.Answers[0]
		if a.Result != want {
			t.Errorf("%s: %s, want %s", address, a.Result, want)
		}
		tracked := false
		for _, fact := range a.Facts {
			tracked = tracked || strings.HasPrefix(fact.Name, "tracking.1.url")
		}
		if tracked != (want == shop.Found) {
			t.Errorf("%s: tracking is told: %v", address, tracked)
		}
	}
}
