package sandbox

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Limits of tags. Source: https://shopify.dev/docs/api/admin-graphql/latest/mutations/tagsAdd, read
// 2026-11-22.
const (
	maxTags      = 250
	maxTagLength = 255
)

// denied is an answer for want of a scope.
type denied struct{ field, scope string }

func (d *denied) Error() string {
	return fmt.Sprintf("Access denied for %s field. Required access: `%s` access scope.", d.field, d.scope)
}

func codeOf(err error) string {
	if d := (*denied)(nil); errors.As(err, &d) {
		return "ACCESS_DENIED"
	}
	return "INTERNAL_SERVER_ERROR"
}

// resolvers lists the fields that are more than a value of their object.
func resolvers() map[string]resolver {
	list := func(name, scope string, from func(d *shopData) []object) resolver {
		return func(e *execution, args map[string]any) (any, error) {
			if err := e.needs(name, scope); err != nil {
				return nil, err
			}
			found, err := e.search(name, from(e.shop.data), args["query"])
			sortBy(found, fmt.Sprint(args["sortKey"]))
			return found, err
		}
	}
	return map[string]resolver{
		"QueryRoot.shop":   func(e *execution, _ map[string]any) (any, error) { return e.shop.data.Shop, nil },
		"QueryRoot.orders": list("orders", "read_orders", func(d *shopData) []object { return d.Orders }),
		"QueryRoot.customers": list("customers", "read_customers",
			func(d *shopData) []object { return d.Customers }),
		"QueryRoot.products": list("products", "read_products", func(d *shopData) []object { return d.Products }),
		"QueryRoot.pages":    list("pages", "read_content", func(d *shopData) []object { return d.Pages }),
		"QueryRoot.order":    byGID("order", "read_orders", func(d *shopData) []object { return d.Orders }),
		"QueryRoot.customer": byGID("customer", "read_customers",
			func(d *shopData) []object { return d.Customers }),
		"QueryRoot.product": byGID("product", "read_products", func(d *shopData) []object { return d.Products }),
		"QueryRoot.currentAppInstallation": func(e *execution, _ map[string]any) (any, error) {
			scopes := []any{}
			for _, s := range e.shop.data.Scopes {
				scopes = append(scopes, object{"handle": s, "description": s})
			}
			return object{"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}, nil
		},
		"QueryRoot.customerByIdentifier": customerByIdentifier,
		"Mutation.tagsAdd": changeTags("tagsAdd", func(tags []string, more []string) []string {
			for _, t := range more {
				if !slices.ContainsFunc(tags, func(old string) bool { return strings.EqualFold(old, t) }) {
					tags = append(tags, t)
				}
			}
			slices.Sort(tags)
			return tags
		}),
		"Mutation.tagsRemove": changeTags("tagsRemove", func(tags []string, less []string) []string {
			return slices.DeleteFunc(tags, func(old string) bool {
				return slices.ContainsFunc(less, func(t string) bool { return strings.EqualFold(old, t) })
			})
		}),
	}
}

func (e *execution) needs(field, scope string) error {
	if !slices.Contains(e.shop.data.Scopes, scope) {
		return &denied{field, scope}
	}
	return nil
}

func byGID(field, scope string, from func(d *shopData) []object) resolver {
	return func(e *execution, args map[string]any) (any, error) {
		if err := e.needs(field, scope); err != nil {
			return nil, err
		}
		return find(from(e.shop.data), "id", args["id"]), nil
	}
}

func customerByIdentifier(e *execution, args map[string]any) (any, error) {
	if err := e.needs("customerByIdentifier", "read_customers"); err != nil {
		return nil, err
	}
	by, _ := args["identifier"].(map[string]any)
	if id, ok := by["id"]; ok {
		return find(e.shop.data.Customers, "id", id), nil
	}
	return find(e.shop.data.Customers, "email", by["emailAddress"]), nil
}

// find gives an untyped nil when there is none, which is null in the answer.
func find(list []object, key string, value any) any {
	for _, o := range list {
		if wanted, ok := value.(string); ok && strings.EqualFold(str(o, key), wanted) {
			return o
		}
	}
	return nil
}

func sortBy(list []any, key string) {
	fields := map[string]string{
		"CREATED_AT": "createdAt", "PROCESSED_AT": "createdAt", "UPDATED_AT": "updatedAt", "TITLE": "title",
	}
	by := fields[key]
	if by == "" {
		return
	}
	slices.SortStableFunc(list, func(a, b any) int {
		return cmp.Compare(str(a.(object), by), str(b.(object), by))
	})
}

// changeTags adds or removes tags of a customer or an order.
func changeTags(field string, change func(tags, by []string) []string) resolver {
	return func(e *execution, args map[string]any) (any, error) {
		id, _ := args["id"].(string)
		node, scope, kind := any(nil), "write_customers", "Customer"
		switch {
		case strings.HasPrefix(id, "gid://shopify/Customer/"):
			node = find(e.shop.data.Customers, "id", id)
		case strings.HasPrefix(id, "gid://shopify/Order/"):
			node, scope, kind = find(e.shop.data.Orders, "id", id), "write_orders", "Order"
		default:
			return userError("id", "Invalid global id '"+id+"'"), nil
		}
		if err := e.needs(field, scope); err != nil {
			return nil, err
		}
		if node == nil {
			return userError("id", kind+" does not exist"), nil
		}
		o := node.(object)
		tags := change(texts(o["tags"]), texts(args["tags"]))
		switch {
		case len(tags) > maxTags:
			return userError("tags", fmt.Sprintf("Cannot have more than %d tags", maxTags)), nil
		case slices.ContainsFunc(tags, func(t string) bool { return len([]rune(t)) > maxTagLength }):
			return userError("tags", fmt.Sprintf("Tag is too long (maximum is %d characters)", maxTagLength)), nil
		}
		stored := []any{}
		for _, t := range tags {
			stored = append(stored, t)
		}
		o["tags"] = stored
		return object{"node": withType(o, kind), "userErrors": []any{}}, nil
	}
}

func withType(o object, kind string) object {
	o["__typename"] = kind
	return o
}

func userError(field, message string) object {
	return object{"node": nil, "userErrors": []any{object{"field": []any{field}, "message": message}}}
}

func texts(list any) []string {
	items, _ := list.([]any)
	var out []string
	for _, i := range items {
		if s, ok := i.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
