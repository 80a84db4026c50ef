package sandbox

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// ask runs a query with the static token.
func ask(t testing.TB, w *World, query string, vars map[string]any) (int, map[string]any) {
	t.Helper()
	status, body, _ := post(t, w.ShopifyURL+"/admin/api/2026-10/graphql.json",
		map[string]string{"X-Shopify-Access-Token": w.ShopifyToken}, map[string]any{"query": query,
			"variables": vars})
	var out map[string]any
	if err := json.Unmarshal([]byte(body), &out); err != nil {
		t.Fatalf("%d %s", status, body)
	}
	return status, out
}

// at walks into nested JSON: at(v, "data", "orders", "nodes", 0).
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

const ordersQuery = `query($q: String!, $n: Int!, $after: String) {
  found: orders(first: $n, after: $after, query: $q, sortKey: CREATED_AT) {
    nodes { ...short }
    pageInfo { hasNextPage endCursor }
  }
}
fragment short on Order { __typename name total: totalPriceSet { shopMoney { amount currencyCode } } }`

func TestShopifyAnswersAliasesFragmentsVariablesAndPages(t *testing.T) {
	w := world(t, small(t), Options{})
	vars := map[string]any{"q": `email:"anna@posteo.example" OR name:1002`, "n": 1}
	_, page := ask(t, w, ordersQuery, vars)
	if got := at(page, "data", "found", "nodes", 0, "name"); got != "#1001" {
		t.Fatalf("first page: %v in %v", got, page)
	}
	if got := at(page, "data", "found", "nodes", 0, "total", "shopMoney", "amount"); got != "129.00" {
		t.Errorf("total %v", got)
	}
	if got := at(page, "data", "found", "nodes", 0, "__typename"); got != "Order" {
		t.Errorf("type %v", got)
	}
	vars["after"] = at(page, "data", "found", "pageInfo", "endCursor")
	_, page = ask(t, w, ordersQuery, vars)
	if got := at(page, "data", "found", "nodes", 0, "name"); got != "#1002" {
		t.Errorf("second page: %v", page)
	}
	if got := at(page, "data", "found", "pageInfo", "hasNextPage"); got != false {
		t.Errorf("there is no third page, but hasNextPage is %v", got)
	}
}

func TestShopifyRefusesWhatTheRealOneRefuses(t *testing.T) {
	w := world(t, small(t), Options{})
	for name, c := range map[string]struct {
		query string
		vars  map[string]any
		want  string // in the error list
	}{
		"unknown field":     {`{ shop { secret } }`, nil, "undefinedField"},
		"unknown argument":  {`{ orders(first: 1, email: "x") { nodes { id } } }`, nil, "argumentNotAccepted"},
		"missing argument":  {`{ customerByIdentifier { id } }`, nil, "missingRequiredArguments"},
		"object, no fields": {`{ shop }`, nil, "must have a selection"},
		"syntax":            {`{ shop { name }`, nil, "graphQLErrors"},
		"no page size":      {`{ orders { nodes { id } } }`, nil, "first or last"},
		"too large a page":  {`{ orders(first: 251) { nodes { id } } }`, nil, "between 0 and 250"},
		"too expensive": {`{ orders(first: 250) { nodes { lineItems(first: 250) { nodes { id } } } } }`, nil,
			"MAX_COST_EXCEEDED"},
		"missing variable": {`query($q: String!) { orders(first: 1, query: $q) { nodes { id } } }`, nil,
			"must be defined"},
		"wrong variable": {`query($n: Int!) { orders(first: $n) { nodes { id } } }`, map[string]any{"n": "x"},
			"INVALID_VARIABLE"},
	} {
		_, out := ask(t, w, c.query, c.vars)
		list, _ := json.Marshal(out["errors"])
		if !strings.Contains(string(list), c.want) {
			t.Errorf("%s: errors %s do not say %q", name, list, c.want)
		}
	}
	for name, c := range map[string]struct {
		path, token string
		want        int
	}{
		"wrong token":   {"/admin/api/2026-10/graphql.json", "shpat_other", http.StatusUnauthorized},
		"no token":      {"/admin/api/2026-10/graphql.json", "", http.StatusUnauthorized},
		"other version": {"/admin/api/2020-01/graphql.json", w.ShopifyToken, http.StatusNotFound},
		"REST":          {"/admin/api/2026-10/orders.json", w.ShopifyToken, http.StatusNotFound},
	} {
		status, body, _ := post(t, w.ShopifyURL+c.path, map[string]string{"X-Shopify-Access-Token": c.token},
			map[string]any{"query": "{shop{name}}"})
		if status != c.want || !strings.Contains(body, `"errors"`) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
}

func TestShopifyIgnoresAnUnknownSearchFieldAndSaysSo(t *testing.T) {
	w := world(t, small(t), Options{})
	_, out := ask(t, w, `{ orders(first: 3, query: "mail:anna@posteo.example") { nodes { name } } }`, nil)
	if got := at(out, "data", "orders", "nodes", 2, "name"); got == nil {
		t.Error("an unknown field must not narrow the search")
	}
	if got := at(out, "extensions", "search", 0, "warnings", 0, "code"); got != "invalid_field" {
		t.Errorf("no warning: %v", out)
	}
}

const tagsQuery = `mutation($id: ID!, $tags: [String!]!) {
  tagsAdd(id: $id, tags: $tags) { node { id ... on Customer { tags } } userErrors { field message } } }`

func TestShopifyKeepsTagsApartFromOneAnother(t *testing.T) {
	w := world(t, small(t), Options{})
	const who = `{ customerByIdentifier(identifier: {emailAddress: "ANNA@posteo.example"}) { id numberOfOrders } }`
	_, out := ask(t, w, who, nil)
	id := at(out, "data", "customerByIdentifier", "id")
	if got := at(out, "data", "customerByIdentifier", "numberOfOrders"); got != "1" {
		t.Errorf("numberOfOrders %v", got)
	}
	for range 2 {
		_, out = ask(t, w, tagsQuery, map[string]any{"id": id, "tags": []string{"replyd:answered", "VIP"}})
	}
	tags, _ := json.Marshal(at(out, "data", "tagsAdd", "node", "tags"))
	if string(tags) != `["replyd:answered","vip"]` {
		t.Errorf("tags %s in %v", tags, out)
	}
	_, out = ask(t, w, tagsQuery, map[string]any{"id": "gid://shopify/Customer/1", "tags": []string{"x"}})
	if got := at(out, "data", "tagsAdd", "userErrors", 0, "message"); got != "Customer does not exist" {
		t.Errorf("unknown customer: %v", out)
	}
	_, out = ask(t, w, tagsQuery, map[string]any{"id": id, "tags": []string{strings.Repeat("x", 256)}})
	if got := at(out, "data", "tagsAdd", "userErrors", 0, "field", 0); got != "tags" {
		t.Errorf("long tag: %v", out)
	}
}

func TestShopifyFaultsHangOnOrderNumbers(t *testing.T) {
	w := world(t, small(t), Options{})
	for i, want := range []any{"THROTTLED", "THROTTLED", nil} {
		_, out := ask(t, w, `{ orders(first: 1, query: "name:#4290") { nodes { name } } }`, nil)
		if got := at(out, "errors", 0, "extensions", "code"); got != want {
			t.Errorf("try %d: %v", i+1, out)
		}
	}
	if status, _ := ask(t, w, `{ orders(first: 1, query: "name:#5000") { nodes { name } } }`,
		nil); status != 500 {
		t.Errorf("#5000: %d", status)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	body := strings.NewReader(`{"query":"{ orders(first: 1, query: \"name:#9990\") { nodes { name } } }"}`)
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, w.ShopifyURL+"/admin/api/2026-10/graphql.json",
		body)
	r.Header.Set("X-Shopify-Access-Token", w.ShopifyToken)
	r.Header.Set("Content-Type", "application/json")
	if _, err := http.DefaultClient.Do(r); err == nil {
		t.Error("#9990 answered")
	}
}

func TestShopifyThrottlesByCost(t *testing.T) {
	w := world(t, small(t), Options{Bucket: Bucket{Size: 20, Restore: 0.001}})
	// 10 points before it runs, 4 for the two products that there are: the rest is given back
	const query = `{ products(first: 8) { nodes { title } } }`
	for i, want := range []any{nil, nil, nil, "THROTTLED"} {
		_, out := ask(t, w, query, nil)
		if got := at(out, "errors", 0, "extensions", "code"); got != want {
			t.Errorf("call %d: %v", i+1, out)
		}
		if got := at(out, "extensions", "cost", "throttleStatus", "maximumAvailable"); got != 20.0 {
			t.Errorf("call %d: no cost: %v", i+1, out)
		}
	}
}

func TestShopifyGrantsTokensThatExpire(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	w := world(t, small(t), Options{Now: func() time.Time { return now }})
	form := map[string]string{
		"client_id": w.ShopifyClientID, "client_secret": w.ShopifyClientSecret, "grant_type": "client_credentials",
	}
	_, body, _ := post(t, w.ShopifyURL+"/admin/oauth/access_token", nil, form)
	var token struct {
		Token   string `json:"access_token"`
		Expires int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &token); err != nil || token.Expires != 86399 {
		t.Fatalf("%v: %s", err, body)
	}
	for _, want := range []int{200, 401} {
		status, _, _ := post(t, w.ShopifyURL+"/admin/api/2026-10/graphql.json",
			map[string]string{"X-Shopify-Access-Token": token.Token}, map[string]any{"query": "{shop{name}}"})
		if status != want {
			t.Errorf("at %s: %d, want %d", now, status, want)
		}
		now = now.Add(24 * time.Hour)
	}
	form["client_secret"] = "wrong"
	if status, _, _ := post(t, w.ShopifyURL+"/admin/oauth/access_token", nil, form); status != 400 {
		t.Errorf("wrong secret: %d", status)
	}
}

func TestShopifyMissingScopeDeniesAccess(t *testing.T) {
	s, err := Load([]byte(strings.Replace(smallScenario, `"orders": [`,
		`"scopes": ["read_products"], "orders": [`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	_, out := ask(t, world(t, s, Options{}), `{ orders(first: 1) { nodes { name } } }`, nil)
	if got := at(out, "errors", 0, "extensions", "code"); got != "ACCESS_DENIED" {
		t.Errorf("%v", out)
	}
}

// TestShopifyAnswersOurOwnQueries runs every operation that the Shopify client sends.
func TestShopifyAnswersOurOwnQueries(t *testing.T) {
	files, err := filepath.Glob("../shopify/queries/*.graphql")
	if err != nil || len(files) == 0 {
		t.Fatal("no queries found", err)
	}
	w := world(t, Demo(), Options{})
	customer := w.shopify.data.Customers[0]
	vars := map[string]any{
		"Products": map[string]any{"query": "linen", "first": 5},
		"Customer": map[string]any{"email": customer["email"]},
		"Orders":   map[string]any{"query": "email:" + customer["email"].(string), "first": 5},
		"AddTags":  map[string]any{"id": customer["id"], "tags": []string{"replyd:x"}},
	}
	vars["RemoveTags"] = vars["AddTags"]
	operation := regexp.MustCompile(`(?m)^(?:query|mutation) (\w+)`)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range operation.FindAllStringSubmatchIndex(string(text), -1) {
			name, one := string(text[m[2]:m[3]]), string(text[m[0]:])
			if next := operation.FindAllStringIndex(one, 2); len(next) == 2 {
				one = one[:next[1][0]]
			}
			v, _ := vars[name].(map[string]any)
			status, out := ask(t, w, one, v)
			if status != 200 || out["errors"] != nil || out["data"] == nil {
				t.Errorf("%s: %d %v", name, status, out)
			}
		}
	}
}
