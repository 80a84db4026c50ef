package shopify

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/validator/rules"

	"github.com/replyd/replyd/internal/sandbox/schema"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify/admin"
)

// request is what the API gets.
type request struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// answering is a shop that answers operation by operation, and notes what it was asked.
func answering(t *testing.T, answers map[string]string) (*Client, *[]request) {
	var asked []request
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var q request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		asked = append(asked, q)
		_, _ = io.WriteString(w, answers[q.OperationName])
	})
	return c, &asked
}

// saved is an answer of the API, from testdata.
func saved(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/answers/" + name + ".json")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryQueryFitsThePublishedSchema(t *testing.T) {
	s, err := gqlparser.LoadSchema(&ast.Source{Input: schema.Admin()})
	if err != nil {
		t.Fatal(err)
	}
	if schema.Version != Version {
		t.Errorf("schema is of %s, queries of %s", schema.Version, Version)
	}
	operations := map[string]string{
		"Customer": admin.Customer_Operation, "Orders": admin.Orders_Operation,
		"Products": admin.Products_Operation,
		"Policies": admin.Policies_Operation, "Pages": admin.Pages_Operation, "Shop": admin.Shop_Operation,
		"Scopes": admin.Scopes_Operation, "AddTags": admin.AddTags_Operation,
		"RemoveTags": admin.RemoveTags_Operation,
	}
	files, err := filepath.Glob("queries/*.graphql")
	if err != nil {
		t.Fatal(err)
	}
	written := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		doc, errs := gqlparser.LoadQueryWithRules(s, string(b), rules.NewDefaultRules())
		if len(errs) > 0 {
			t.Fatalf("%s: %v", f, errs)
		}
		for _, op := range doc.Operations {
			written++
			if operations[op.Name] == "" {
				t.Errorf("%s: %s is not generated", f, op.Name)
			}
		}
	}
	if written != len(operations) {
		t.Errorf("%d queries are written, %d generated", written, len(operations))
	}
	for name, q := range operations {
		doc, errs := gqlparser.LoadQueryWithRules(s, q, rules.NewDefaultRules())
		if len(errs) > 0 {
			t.Fatalf("%s: %v", name, errs)
		}
		for _, f := range doc.Operations[0].SelectionSet {
			if f := f.(*ast.Field); f.Definition.Directives.ForName("deprecated") != nil {
				t.Errorf("%s asks for %s, which is deprecated", name, f.Name)
			}
		}
	}
}

func TestTheClientHoldsNoWayToChangeAnOrder(t *testing.T) {
	s, err := gqlparser.LoadSchema(&ast.Source{Input: schema.Admin()})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range s.Mutation.Fields {
		got = append(got, f.Name)
	}
	if d := cmp.Diff([]string{"tagsAdd", "tagsRemove"}, got); d != "" {
		t.Error(d)
	}
}

// page writes an answer of Orders with one order for each name and address.
func page(next string, orders ...string) string {
	var nodes []string
	for _, o := range orders {
		name, email, _ := strings.Cut(o, " ")
		nodes = append(nodes,
			fmt.Sprintf(`{"id":"gid://shopify/Order/%s","name":%q,"email":%q,`+
				`"createdAt":"2026-11-10T09:00:00Z"}`, name[1:], name, email))
	}
	return fmt.Sprintf(`{"data":{"orders":{"nodes":[%s],"pageInfo":{"hasNextPage":%v,"endCursor":%q}}}}`,
		strings.Join(nodes, ","), next != "", next)
}

func TestOrdersOfOthersAreDroppedWhateverTheSearchSays(t *testing.T) {
	c, asked := answering(t, map[string]string{"Orders": page("",
		"#1 anna@mail.example", "#2 ANNA@Mail.Example", "#3 bob@mail.example", "#4 anna@mail.example.evil",
		"#5 ", "#6 xanna@mail.example")})
	got, err := c.Orders(t.Context(), " Anna@mail.example")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range got {
		names = append(names, o.Name)
		if o.Email != "anna@mail.example" {
			t.Errorf("%s has address %q", o.Name, o.Email)
		}
	}
	if d := cmp.Diff([]string{"#1", "#2"}, names); d != "" {
		t.Error(d)
	}
	if q := (*asked)[0].Variables["query"]; q != `email:"anna@mail.example"` {
		t.Errorf("searched %q", q)
	}
}

func TestAnAddressThatCouldBecomeASearchFindsNothing(t *testing.T) {
	c, asked := answering(t, nil)
	for _, email := range []string{
		"", "x", "@", `a" OR email:"b@mail.example`, `a\@mail.example`,
		"*@mail.example", "a b@mail.example", "a@b@c", "a@mail.example\n",
		strings.Repeat("a", 300) + "@mail.example",
	} {
		if email == "a@mail.example\n" {
			continue // trimmed, and then harmless
		}
		orders, err := c.Orders(t.Context(), email)
		customer, err2 := c.Customer(t.Context(), email)
		if orders != nil || customer != nil || err != nil || err2 != nil {
			t.Errorf("%q: %v %v %v %v", email, orders, customer, err, err2)
		}
	}
	if len(*asked) != 0 {
		t.Errorf("asked %v", *asked)
	}
}

func TestOrdersAreReadPageByPageToTheLimit(t *testing.T) {
	c, asked := answering(t, nil)
	n := 0
	c.link.base = wire(func(r *http.Request) (int, string) {
		var q request
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		*asked = append(*asked, q)
		n++
		var orders []string
		for i := range int(q.Variables["first"].(float64)) {
			orders = append(orders, fmt.Sprintf("#%d%02d anna@mail.example", n, i))
		}
		return 200,
			page(fmt.Sprintf("c%d", n), orders...)
	})
	got, err := c.Orders(t.Context(), "anna@mail.example")
	if err != nil || len(got) != maxOrders {
		t.Fatalf("%d orders, %v", len(got), err)
	}
	for i, q := range *asked {
		after, has := q.Variables["after"]
		if i == 0 && has || i > 0 && after != fmt.Sprintf("c%d", i) {
			t.Errorf("page %d asks after %v", i+1, after)
		}
	}
}

func TestAnOrderIsReadWhole(t *testing.T) {
	c, _ := answering(t, map[string]string{"Orders": saved(t, "orders")})
	got, err := c.Orders(t.Context(), "anna@mail.example")
	if err != nil {
		t.Fatal(err)
	}
	at := func(day int) *time.Time { d := time.Date(2026, 11, day, 9, 0, 0, 0, time.UTC); return &d }
	eur := func(minor int64) shop.Money { return shop.Money{Minor: minor, Currency: "EUR"} }
	want := []shop.Order{{
		ID: "gid://shopify/Order/1", Name: "#1001", Email: "anna@mail.example", Created: *at(10),
		Closed:    at(20),
		Financial: "PARTIALLY_REFUNDED", Fulfillment: "FULFILLED", Total: eur(4250), Refunded: eur(500),
		StatusURL: "https://lavender-oak.example/o/1", City: "Köln",
		Lines: []shop.Line{{Title: "Oak Tray", Variant: "Large", SKU: "OT-L", Quantity: 2, Total: eur(4000)}},
		Shipments: []shop.Shipment{{
			ID: "gid://shopify/Fulfillment/1", Name: "#1001-F1", Status: "SUCCESS",
			Created: *at(11), Estimated: at(14),
			Tracking: []shop.Tracking{{Company: "DHL", Number: "JD01", URL: "https://dhl.example/JD01"}},
			Lines:    []shop.Line{{Title: "Oak Tray", Variant: "Large", SKU: "OT-L", Quantity: 2}},
		}},
		Refunds: []shop.Refund{{
			ID: "gid://shopify/Refund/1", Created: *at(19), Total: eur(500),
			Status: "PENDING",
		}},
		Returns: []shop.Return{{Name: "#1001-R1", Status: "OPEN"}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestACustomerIsTheirOwnAddress(t *testing.T) {
	c, _ := answering(t, map[string]string{"Customer": saved(t, "customer")})
	got, err := c.Customer(t.Context(), "anna@mail.example")
	if err != nil {
		t.Fatal(err)
	}
	want := &shop.Customer{
		ID: "gid://shopify/Customer/7", Email: "anna@mail.example", FirstName: "Anna",
		Locale:  "de",
		Created: time.Date(2025, 1, 2, 3, 4, 5, 0, time.UTC), Orders: 3,
		Spent: shop.Money{Minor: 12000, Currency: "EUR"},
		Tags:  []string{"vip"}, Consent: "SUBSCRIBED", RFM: "LOYAL",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if other, err := c.Customer(t.Context(), "bob@mail.example"); other != nil || err != nil {
		t.Errorf("bob got %v, %v", other, err)
	}
	none, _ := answering(t, map[string]string{"Customer": `{"data":{"customerByIdentifier":null}}`})
	if got, err := none.Customer(t.Context(), "anna@mail.example"); got != nil || err != nil {
		t.Errorf("nobody is %v, %v", got, err)
	}
}

func TestTags(t *testing.T) {
	const anna = "gid://shopify/Customer/7"
	ok := `{"data":{"tagsAdd":{"userErrors":[]},"tagsRemove":{"userErrors":[]}}}`
	c, asked := answering(t, map[string]string{"AddTags": ok, "RemoveTags": ok})
	if err := c.AddTags(t.Context(), anna, []string{"replyd:a", " replyd:a ", "replyd:b"}); err != nil {
		t.Error(err)
	}
	if err := c.RemoveTags(t.Context(), anna, []string{"replyd:c"}); err != nil {
		t.Error(err)
	}
	if err := c.AddTags(t.Context(), anna, nil); err != nil {
		t.Error(err)
	}
	want := []any{
		map[string]any{"id": anna, "tags": []any{"replyd:a", "replyd:b"}},
		map[string]any{"id": anna, "tags": []any{"replyd:c"}},
	}
	var got []any
	for _, a := range *asked {
		got = append(got, a.Variables)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	many := make([]string, maxTags+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	for _, bad := range [][]string{{""}, {"a,b"}, {strings.Repeat("ä", maxTagLength+1)}, many} {
		if err := c.AddTags(t.Context(), anna, bad); err == nil {
			t.Errorf("%.20q is accepted", bad)
		}
	}
	if err := c.AddTags(t.Context(), "gid://shopify/Order/7", []string{"x"}); err == nil {
		t.Error("an order is tagged")
	}
}

func TestUserErrorsAreErrors(t *testing.T) {
	for _, body := range []string{
		`{"data":{"tagsAdd":{"userErrors":[{"field":["id"],"message":"anna@mail.example does not exist"}]}}}`,
		`{"data":{"tagsAdd":null}}`,
	} {
		c, _ := answering(t, map[string]string{"AddTags": body})
		err := c.AddTags(t.Context(), "gid://shopify/Customer/7", []string{"x"})
		var e *Error
		if !errors.As(err, &e) || e.Code != codeUserErrors || e.Temporary || strings.Contains(err.Error(),
			"anna") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

func TestOnlyPublishedProductsAreTold(t *testing.T) {
	c, asked := answering(t, map[string]string{"Products": saved(t, "products")})
	got, err := c.Products(t.Context(), `Oak trays" OR status:draft -(x)`)
	if err != nil {
		t.Fatal(err)
	}
	want := []shop.Product{{
		ID: "gid://shopify/Product/1", Title: "Oak Tray", Handle: "oak-tray",
		URL:  "https://lavender-oak.example/products/oak-tray",
		Type: "Kitchen", Description: "Solid oak.", Status: "ACTIVE",
		Variants: []shop.Variant{{
			Title: "Default Title", SKU: "OT",
			Price: shop.Money{Minor: 1990, Currency: "EUR"}, Available: true, Stock: 3, Tracked: true,
		}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if q := (*asked)[0].Variables["query"]; q != "oak* OR trays* OR or* OR status* OR draft* OR x*" {
		t.Errorf("searched %q", q)
	}
	if got, err := c.Products(t.Context(), " -?"); got != nil || err != nil || len(*asked) != 1 {
		t.Errorf("no words find %v, %v", got, err)
	}
}

func TestPoliciesArePlainTextAndPagesAreOptional(t *testing.T) {
	legal := saved(t, "policies")
	pages := saved(t, "pages")
	c, _ := answering(t, map[string]string{"Policies": legal, "Pages": pages})
	got, err := c.Policies(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	refund := shop.Policy{
		Kind: "refund_policy", Title: "Refund policy",
		URL:  "https://lavender-oak.example/policies/refund-policy",
		Text: "Returns\n\nWithin 30 days of delivery.\n\n- unused\n- in its box",
	}
	faq := shop.Policy{
		Kind: "page", Title: "FAQ", URL: "https://lavender-oak.example/pages/faq",
		Text: "Words",
	}
	if d := cmp.Diff([]shop.Policy{refund, faq}, got); d != "" {
		t.Error(d)
	}
	denied, _ := answering(t,
		map[string]string{
			"Policies": legal,
			"Pages":    `{"data":null,"errors":[{"extensions":{"code":"ACCESS_DENIED"}}]}`,
		})
	if got, err := denied.Policies(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("%v, %v", got, err)
	}
}

func TestMissingScopes(t *testing.T) {
	if got := Missing(wanted); len(got) != 0 {
		t.Error(got)
	}
	have := slices.DeleteFunc(slices.Clone(wanted),
		func(s string) bool { return s == "read_customers" || s == "read_returns" })
	if d := cmp.Diff([]string{"read_returns"}, Missing(have)); d != "" {
		t.Error(d)
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("<p>a</p><script>b</script>")
	f.Add("<li><li></template>x<")
	f.Fuzz(func(t *testing.T, source string) {
		if got := plainText(source); strings.Contains(got, "\n\n\n") || strings.TrimSpace(got) != got {
			t.Errorf("%q", got)
		}
	})
}
