package sandbox

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// world starts a scenario and closes it with the test.
func world(t testing.TB, s *Scenario, o Options) *World {
	t.Helper()
	w, err := Start(s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// post sends JSON and gives status and body.
func post(t testing.TB, url string, header map[string]string, body any) (int, string, http.Header) {
	t.Helper()
	b, isText := body.(string)
	if !isText {
		j, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		b = string(j)
	}
	r, err := http.NewRequest(http.MethodPost, url, bytes.NewReader([]byte(b)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for k, v := range header {
		r.Header.Set(k, v)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	out, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(out), a.Header
}

func small(t testing.TB) *Scenario {
	t.Helper()
	s, err := Load([]byte(smallScenario))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestDemoStartsAndLaysItsMailInTheInbox(t *testing.T) {
	s := Demo()
	w := world(t, s, Options{})
	got, err := w.FolderMessages(FolderInbox)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != len(s.Mails) {
		t.Fatalf("%d messages in INBOX, the scenario has %d", len(got), len(s.Mails))
	}
	for i, raw := range got {
		if want := s.Mails[i].Bytes(time.Now()); !strings.HasPrefix(string(raw), string(want[:20])) {
			t.Errorf("%s: not the message that the scenario holds", s.Mails[i].Name)
		}
		if bytes.Contains(raw, []byte("{{")) {
			t.Errorf("%s: a placeholder is left", s.Mails[i].Name)
		}
	}
}

func TestCloseLeavesNobodyListening(t *testing.T) {
	w, err := Start(small(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := http.Get(w.ShopifyURL); err == nil {
		t.Error("the Shopify server still answers")
	}
}

func TestStartRefusesAFaultThatTheServiceCannotHave(t *testing.T) {
	_, err := Start(small(t), Options{Faults: []Fault{{Service: Shopify, Kind: Garbage}}})
	if err == nil {
		t.Fatal("no error")
	}
}

const smallScenario = `A world for tests.
-- shop.json --
{
 "shop": {"name": "Lavender & Oak", "myshopifyDomain": "lavender-oak.myshopify.com",
  "contactEmail": "support@lavender-oak.example", "currencyCode": "EUR", "ianaTimezone": "Europe/Berlin",
  "url": "https://lavender-oak.example",
  "shopPolicies": [{"type": "REFUND_POLICY", "title": "Refund policy", "body": "<p>30 days.</p>"}]},
 "customers": [
  {"email": "anna@posteo.example", "firstName": "Anna", "tags": ["vip"]},
  {"email": "ben@web.example", "firstName": "Ben", "rfmGroup": "LOYAL"}
 ],
 "products": [
  {"title": "Linen Duvet Cover", "handle": "linen-duvet-cover", "variants": [
   {"title": "Sage", "sku": "LIN-S", "price": "129.00", "inventoryQuantity": 4},
   {"title": "Clay", "sku": "LIN-C", "price": "129.00", "inventoryQuantity": 0}]},
  {"title": "Oak Serving Board", "handle": "oak-serving-board", "variants": [{"price": "39.00",
	"inventoryQuantity": 9}]}
 ],
 "orders": [
  {"name": "#1001", "email": "anna@posteo.example", "createdAt": "{{ago 6d}}",
   "lineItems": [{"title": "Linen Duvet Cover", "discountedTotalSet": "129.00", "quantity": 1}],
   "fulfillments": [{"displayStatus": "IN_TRANSIT", "trackingInfo": [{"company": "DHL",
	"number": "003404"}]}]},
  {"name": "#1002", "email": "ben@web.example", "createdAt": "{{ago 5d}}",
   "lineItems": [{"title": "Oak Serving Board", "discountedTotalSet": "39.00", "quantity": 1}],
   "displayFinancialStatus": "PARTIALLY_REFUNDED", "refunds": [{"createdAt": "{{ago 1d}}",
	"totalRefundedSet": "9.50"}]},
  {"name": "#1003", "email": "ben@web.example", "createdAt": "{{ago 4d}}", "lineItems": []},
  {"name": "#4290", "email": "ben@web.example", "createdAt": "{{ago 3d}}", "lineItems": []},
  {"name": "#5000", "email": "ben@web.example", "createdAt": "{{ago 2d}}", "lineItems": []},
  {"name": "#9990", "email": "ben@web.example", "createdAt": "{{ago 1d}}", "lineItems": []}
 ]
}
-- mails/01-anna.eml --
Date: {{ago 3h}}
From: Anna <anna@posteo.example>
To: support@lavender-oak.example
Subject: Order #1001
Message-ID: <a1@posteo.example>

Where is my order #1001?
-- want.yaml --
01-anna: {state: done, auto: true, language: en, intents: [order_status]}
-- faults.yaml --
- service: openai
  kind: rate_limited
  match: please be slow
  times: 1
`
