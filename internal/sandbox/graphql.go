package sandbox

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/vektah/gqlparser/v2/ast"
)

// execution runs one validated operation over the scenario's data. What the schema asks for and the scenario
// does not say is null, or the plain zero of its type where null is not allowed.
type execution struct {
	shop     *shopifyServer
	vars     map[string]any
	seen     []string // names of the orders that the answer holds: faults hang on them
	cost     int      // actual cost so far: a point for each object, two for each connection
	warnings []any    // for extensions.search
}

// fieldError is an error at a place of the query.
type fieldError struct {
	path    []any
	code    string
	message string
}

func (e *fieldError) Error() string { return e.message }

// maxPage is the most that one connection gives at once.
// Source: https://shopify.dev/docs/api/usage/pagination-graphql, read 2026-11-22.
const maxPage = 250

// object answers a selection about one object.
func (e *execution) object(
	def *ast.Definition, value object, set ast.SelectionSet, path []any,
) (object, error) {
	if kind := str(value, "__typename"); kind != "" {
		def = e.shop.schema.Types[kind]
	}
	e.cost++
	if def.Name == "Order" {
		e.seen = append(e.seen, str(value, "name"))
	}
	out := object{}
	for _, sel := range set {
		var err error
		switch sel := sel.(type) {
		case *ast.Field:
			if e.skipped(sel.Directives) {
				continue
			}
			var v any
			if v, err = e.field(def, value, sel, append(slices.Clone(path), sel.Alias)); err == nil {
				merge(out, sel.Alias, v)
			}
		case *ast.InlineFragment:
			if !e.skipped(sel.Directives) && e.applies(def, sel.TypeCondition) {
				err = e.into(out, def, value, sel.SelectionSet, path)
			}
		case *ast.FragmentSpread:
			if !e.skipped(sel.Directives) && e.applies(def, sel.Definition.TypeCondition) {
				err = e.into(out, def, value, sel.Definition.SelectionSet, path)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (e *execution) into(
	out object, def *ast.Definition, value object, set ast.SelectionSet, path []any,
) error {
	more, err := e.object(def, value, set, path)
	for k, v := range more {
		merge(out, k, v)
	}
	return err
}

// merge joins the selections of one response key (GraphQL specification, October 2021, section 6.3.2).
func merge(out object, key string, v any) {
	old, isObject := out[key].(object)
	more, both := v.(object)
	if !isObject || !both {
		out[key] = v
		return
	}
	for k, v := range more {
		merge(old, k, v)
	}
}

func (e *execution) applies(def *ast.Definition, condition string) bool {
	return condition == "" || condition == def.Name || slices.Contains(def.Interfaces, condition)
}

func (e *execution) skipped(list ast.DirectiveList) bool {
	on := func(name string) (value, given bool) {
		d := list.ForName(name)
		if d == nil {
			return false, false
		}
		v, _ := d.ArgumentMap(e.vars)["if"].(bool)
		return v, true
	}
	skip, _ := on("skip")
	include, given := on("include")
	return skip || given && !include
}

func (e *execution) field(def *ast.Definition, value object, f *ast.Field, path []any) (any, error) {
	if f.Name == "__typename" {
		return def.Name, nil
	}
	args := f.ArgumentMap(e.vars)
	v := value[f.Name]
	if resolver := e.shop.resolvers[def.Name+"."+f.Name]; resolver != nil {
		var err error
		if v, err = resolver(e, args); err != nil {
			return nil, &fieldError{path: path, code: codeOf(err), message: err.Error()}
		}
	}
	if n, ok := number(args["first"]); ok && f.Definition.Type.Elem != nil {
		if list, isList := v.([]any); isList {
			v = list[:max(0, min(len(list), n))]
		}
	}
	return e.complete(f.Definition.Type, v, f, args, path)
}

// complete turns a value of the scenario into a value of type t.
func (e *execution) complete(t *ast.Type, v any, f *ast.Field, args map[string]any, path []any) (any, error) {
	if t.Elem != nil {
		list, _ := v.([]any)
		if list == nil && !t.NonNull {
			return nil, nil
		}
		out := []any{}
		for i, one := range list {
			c, err := e.complete(t.Elem, one, f, nil, append(slices.Clone(path), i))
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
		return out, nil
	}
	def := e.shop.schema.Types[t.NamedType]
	if strings.HasSuffix(def.Name, "Connection") {
		page, err := e.connection(v, f, args, path)
		if err != nil {
			return nil, err
		}
		return e.object(def, page, f.SelectionSet, path)
	}
	if v == nil {
		return e.nothing(t, def, path)
	}
	if def.IsCompositeType() {
		o, err := e.composite(def, v, path)
		if err != nil {
			return nil, err
		}
		return e.object(def, o, f.SelectionSet, path)
	}
	if def.Kind == ast.Enum && def.EnumValues.ForName(fmt.Sprint(v)) == nil {
		return nil, e.unknown(path, "%v is no %s", v, def.Name)
	}
	return v, nil
}

// composite expands the shorthands for money.
func (e *execution) composite(def *ast.Definition, v any, path []any) (object, error) {
	switch v := v.(type) {
	case object:
		return v, nil
	case string:
		money := object{"amount": v, "currencyCode": e.shop.data.currency()}
		switch def.Name {
		case "MoneyV2":
			return money, nil
		case "MoneyBag":
			return object{"shopMoney": money, "presentmentMoney": money}, nil
		}
	}
	return nil, e.unknown(path, "%T is no %s", v, def.Name)
}

// nothing is null, or the zero of a type that may not be null.
func (e *execution) nothing(t *ast.Type, def *ast.Definition, path []any) (any, error) {
	if !t.NonNull {
		return nil, nil
	}
	switch def.Name {
	case "String", "HTML":
		return "", nil
	case "Boolean":
		return false, nil
	case "Int", "Float":
		return 0, nil
	case "UnsignedInt64":
		return "0", nil
	case "Money", "Decimal":
		return "0.00", nil
	}
	return nil, e.unknown(path, "the scenario says nothing about it, and %s may not be null", t)
}

// unknown is a fault of the scenario, told to whoever asks.
func (e *execution) unknown(path []any, format string, args ...any) error {
	return &fieldError{path, "INTERNAL_SERVER_ERROR", "sandbox: " + fmt.Sprintf(format, args...)}
}

// connection cuts one page out of a list, as first, after, last and before say.
func (e *execution) connection(v any, f *ast.Field, args map[string]any, path []any) (object, error) {
	e.cost++ // and another point as an object
	list, _ := v.([]any)
	first, hasFirst := number(args["first"])
	last, hasLast := number(args["last"])
	if !hasFirst && !hasLast {
		return nil, &fieldError{path, "BAD_REQUEST", "you must provide one of first or last"}
	}
	if first > maxPage || last > maxPage || first < 0 || last < 0 {
		return nil, &fieldError{path, "BAD_REQUEST", fmt.Sprintf("%s must be between 0 and %d", f.Name, maxPage)}
	}
	if reverse, _ := args["reverse"].(bool); reverse {
		list = slices.Clone(list)
		slices.Reverse(list)
	}
	from, to := 0, len(list)
	for i := range list {
		if c, ok := args["after"].(string); ok && c == cursor(list[i]) {
			from = i + 1
		}
		if c, ok := args["before"].(string); ok && c == cursor(list[i]) {
			to = i
		}
	}
	to = max(from, to)
	if hasFirst {
		to = min(to, from+first)
	} else {
		from = max(from, to-last)
	}
	page := object{"hasNextPage": to < len(list), "hasPreviousPage": from > 0}
	edges := []any{}
	for _, node := range list[from:to] {
		edges = append(edges, object{"cursor": cursor(node), "node": node})
	}
	if from < to {
		page["startCursor"], page["endCursor"] = cursor(list[from]), cursor(list[to-1])
	}
	return object{"nodes": list[from:to], "edges": edges, "pageInfo": page}, nil
}

// cursor names a node of a connection.
func cursor(node any) string {
	o, _ := node.(object)
	return base64.StdEncoding.EncodeToString([]byte(`{"last_id":"` + str(o, "id") + `"}`))
}

// number reads an Int, which is an int64 as a literal and a float64 as a variable.
func number(v any) (int, bool) {
	switch v := v.(type) {
	case int64:
		return int(v), true
	case float64:
		return int(v), true
	}
	return 0, false
}
