package sandbox

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
)

// FuzzShopifyQuery: whatever is asked, the answer is JSON.
func FuzzShopifyQuery(f *testing.F) {
	f.Add(ordersQuery, `{"q": "email:anna@posteo.example", "n": 2}`)
	f.Add(tagsQuery, `{"id": "gid://shopify/Customer/7000000001", "tags": ["x"]}`)
	f.Add(`{ shop { name ... on Shop { url } } }`, `{}`)
	f.Add(`query($b: Boolean!) {
		orders(last: 1, query: "-name:1001 OR 'x y'") { nodes @skip(if: $b) { name } }
	}`, `{"b": true}`)
	w := world(f, small(f), Options{})
	w.faults = &faults{}
	f.Fuzz(func(t *testing.T, query, vars string) {
		in := map[string]any{"query": query}
		var v map[string]any
		if json.Unmarshal([]byte(vars), &v) == nil {
			in["variables"] = v
		}
		body, _ := json.Marshal(in)
		a, _ := w.shopify.query(body)
		if !json.Valid(a.body) {
			t.Fatalf("no JSON: %q", a.body)
		}
	})
}

// FuzzSendGrid: whatever is sent, it is either accepted and lies in the outbox, or refused with a reason.
func FuzzSendGrid(f *testing.F) {
	f.Add(sgmail.GetRequestBody(goodMail("anna@posteo.example")))
	f.Add([]byte(`{"personalizations":[{}],"from":{"email":"a@lavender-oak.example"},"content":[{}]}`))
	w := world(f, small(f), Options{})
	f.Fuzz(func(t *testing.T, body []byte) {
		before := len(w.Outbox())
		a, kind := w.sendgrid.send(body)
		if accepted := len(w.Outbox()) > before; accepted && a.status != http.StatusAccepted && kind == "" {
			t.Fatalf("accepted, but answered %d", a.status)
		}
		if a.status/100 == 4 && !json.Valid(a.body) {
			t.Fatalf("%d without a reason: %q", a.status, a.body)
		}
	})
}

// FuzzOpenAI: whatever is asked, the answer is JSON and no panic.
func FuzzOpenAI(f *testing.F) {
	good, _ := json.Marshal(responseRequest("Where is my order?"))
	f.Add(good)
	f.Add([]byte(`{"model":"gpt-5","input":[{"role":"user","content":[{"type":"input_text","text":"x"}]}]}`))
	f.Add([]byte(`{"model":"gpt-5","input":"x","tools":[{"type":"function","name":"f","parameters":{
		"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"],"additionalProperties":false,
		"$defs":{"a":{"type":"object","properties":{"a":{"$ref":"#/$defs/a"}},"required":["a"],
		"additionalProperties":false}}}}]}`))
	w := world(f, small(f), Options{})
	brain, err := newOpenAI(w, "#", "")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/v1/responses", nil)
		r.Header.Set("Authorization", "Bearer "+w.OpenAIKey)
		a, _ := brain.answer(&call{r, body})
		if !json.Valid(a.body) {
			t.Fatalf("no JSON: %q", a.body)
		}
	})
}

// BenchmarkWorld tells what the pretend services cost, so that a benchmark of the daemon can be read.
func BenchmarkWorld(b *testing.B) {
	w := world(b, Demo(), Options{Bucket: Bucket{Size: 1e12, Restore: 1e9}})
	brain, err := newOpenAI(w, "#", "")
	if err != nil {
		b.Fatal(err)
	}
	question, _ := json.Marshal(responseRequest("Hello, where is my order #1001?"))
	r := httptest.NewRequest(http.MethodPost, "/v1/responses", nil)
	r.Header.Set("Authorization", "Bearer "+w.OpenAIKey)
	orders, _ := json.Marshal(map[string]any{"query": ordersQuery,
		"variables": map[string]any{"q": "email:maggie.doyle@posteo.example", "n": 5}})
	letter := sgmail.GetRequestBody(goodMail("anna@posteo.example"))
	for name, ask := range map[string]func() int{
		"openai":   func() int { a, _ := brain.answer(&call{r, question}); return a.status },
		"shopify":  func() int { a, _ := w.shopify.query(orders); return a.status },
		"sendgrid": func() int { a, _ := w.sendgrid.send(letter); return a.status },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if status := ask(); status/100 != 2 {
					b.Fatal(status)
				}
			}
		})
	}
}
