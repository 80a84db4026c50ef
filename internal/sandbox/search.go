package sandbox

import (
	"fmt"
	"regexp"
	"strings"
)

// A term of Shopify's search syntax: an optional minus or NOT, an optional field, and a word or a quoted
// phrase.
// Source: https://shopify.dev/docs/api/usage/search-syntax, read 2026-11-22. The sandbox knows terms joined
// by spaces or AND, and OR between them; parentheses and ranges it refuses.
var searchTerm = regexp.MustCompile(`(-|NOT )?(?:([a-z_.]+):)?("[^"]*"|'[^']*'|[^\s"']+)`)

// searchFields lists for each searchable type how a field is compared.
var searchFields = map[string]map[string]func(o object, value string) bool{
	"orders": {
		"email": equals("email"),
		"name": func(o object, v string) bool {
			return strings.TrimPrefix(str(o, "name"), "#") == strings.TrimPrefix(v, "#")
		},
		"customer_id": func(o object, v string) bool {
			customer, _ := o["customer"].(object)
			id := str(customer, "id")
			return id == v || strings.HasSuffix(id, "/"+v)
		},
		"id":                 byID,
		"financial_status":   equals("displayFinancialStatus"),
		"fulfillment_status": equals("displayFulfillmentStatus"),
		"status":             anything,
	},
	"customers": {
		"email": equals("email"), "id": byID, "first_name": equals("firstName"), "last_name": equals("lastName"),
	},
	"products": {
		"title": words("title"), "status": equals("status"), "product_type": equals("productType"), "id": byID,
		"handle": equals("handle"), "tag": words("tags"), "published_status": anything,
	},
	"pages": {"title": words("title"), "handle": equals("handle"), "published_status": anything, "id": byID},
}

func anything(object, string) bool { return true }

func byID(o object, v string) bool { return strings.HasSuffix(str(o, "id"), "/"+v) }

func equals(key string) func(object, string) bool {
	return func(o object, v string) bool { return strings.EqualFold(str(o, key), v) }
}

// words compares by beginnings of words, as Shopify's text fields do; a trailing star changes nothing.
func words(key string) func(object, string) bool {
	return func(o object, v string) bool { return hasWord(fmt.Sprint(o[key]), v) }
}

func hasWord(text, wanted string) bool {
	has := strings.FieldsFunc(strings.ToLower(text), notWord)
	for _, w := range strings.FieldsFunc(strings.ToLower(wanted), notWord) {
		found := false
		for _, h := range has {
			found = found || strings.HasPrefix(h, w)
		}
		if !found {
			return false
		}
	}
	return true
}

func notWord(r rune) bool {
	return !('a' <= r && r <= 'z' || '0' <= r && r <= '9' || r > 127)
}

// anyText is what a word without a field is looked for in.
func anyText(o object) string {
	text := fmt.Sprint(o["title"], " ", o["name"], " ", o["email"], " ", o["productType"], " ", o["vendor"], " ",
		o["tags"], " ", o["firstName"], " ", o["lastName"])
	for _, v := range objects(o["variants"]) {
		text += " " + str(v, "title") + " " + str(v, "sku")
	}
	return text
}

// search filters a list. An unknown field is ignored with a warning, so the answer holds more than was asked
// for: exactly what makes a client that trusts the search leak other customers' orders.
func (e *execution) search(kind string, list []object, query any) ([]any, error) {
	text, _ := query.(string)
	if strings.ContainsAny(text, "()<>") {
		return nil, fmt.Errorf("sandbox: search %q: parentheses and ranges are not simulated", kind)
	}
	var tests []func(object) bool
	either := false
	for _, m := range searchTerm.FindAllStringSubmatch(text, -1) {
		not, field, value := m[1] != "", m[2], strings.Trim(m[3], `"'`)
		switch {
		case m[3] == "AND":
			continue
		case m[3] == "OR":
			either = true
			continue
		}
		test := func(o object) bool { return hasWord(anyText(o), value) }
		if field != "" {
			compare := searchFields[kind][field]
			if compare == nil {
				e.warnings = append(e.warnings, object{
					"path": []any{kind}, "query": text,
					"warnings": []any{object{
						"field": field, "message": "Invalid search field for this query.", "code": "invalid_field",
					}},
				})
				continue
			}
			test = func(o object) bool { return compare(o, value) }
		}
		if either && len(tests) > 0 {
			before, now := tests[len(tests)-1], test
			tests[len(tests)-1] = func(o object) bool { return before(o) || now(o) != not }
			either = false
			continue
		}
		tests = append(tests, func(o object) bool { return test(o) != not })
	}
	out := []any{}
next:
	for _, o := range list {
		for _, t := range tests {
			if !t(o) {
				continue next
			}
		}
		out = append(out, o)
	}
	return out, nil
}
