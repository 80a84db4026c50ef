package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// openaiSchema is the published API description, pruned by prune_openai.go, which says how. Its $comment names
// source and date.
//
//go:embed openapi/openai.json
var openaiSchema string

func openaiSchemas(names ...string) (map[string]*jsonschema.Schema, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(openaiSchema))
	if err != nil {
		return nil, fmt.Errorf("openai schema: %w", err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("openai.json", doc); err != nil {
		return nil, fmt.Errorf("openai schema: %w", err)
	}
	out := map[string]*jsonschema.Schema{}
	for _, n := range names {
		if out[n], err = c.Compile("openai.json#/$defs/" + n); err != nil {
			return nil, fmt.Errorf("openai schema %s: %w", n, err)
		}
	}
	return out, nil
}

// schemaAnswer says what is wrong with a request in OpenAI's words. Of all branches of a union that fail, the
// one that came deepest into the request tells most.
func schemaAnswer(err error) *answer {
	failed := (*jsonschema.ValidationError)(nil)
	if !errors.As(err, &failed) {
		return invalid("", "", "Invalid request.")
	}
	worst := failed
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && (len(worst.Causes) > 0 || len(e.InstanceLocation) > len(worst.InstanceLocation)) {
			worst = e
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(failed)
	at := param(worst.InstanceLocation)
	switch k := worst.ErrorKind.(type) {
	case *kind.AdditionalProperties:
		name := param(append(slices.Clone(worst.InstanceLocation), k.Properties[0]))
		return invalid("unknown_parameter", name, fmt.Sprintf("Unknown parameter: '%s'.", name))
	case *kind.Required:
		name := param(append(slices.Clone(worst.InstanceLocation), k.Missing[0]))
		return invalid("missing_required_parameter", name, fmt.Sprintf("Missing required parameter: '%s'.", name))
	case *kind.Type:
		return invalid("invalid_type", at, fmt.Sprintf("Invalid type for '%s': expected %s, but got %s instead.",
			at, strings.Join(k.Want, " or "), k.Got))
	}
	return invalid("invalid_value", at, fmt.Sprintf("Invalid value for '%s'.", at))
}

// param writes a place as OpenAI does: tools[0].name.
func param(path []string) string {
	out := ""
	for _, p := range path {
		switch {
		case strings.Trim(p, "0123456789") == "":
			out += "[" + p + "]"
		case out == "":
			out = p
		default:
			out += "." + p
		}
	}
	return out
}

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// chooseTool checks all tools and gives the one that has to be called: the one that tool_choice names, or the
// only one. Strict is the default of the Responses API, not of Chat Completions.
func chooseTool(v map[string]any, chat bool) (*tool, *answer) {
	var all []*tool
	list, _ := v["tools"].([]any)
	for i, one := range list {
		def, _ := one.(map[string]any)
		at := fmt.Sprintf("tools[%d]", i)
		if chat {
			def, _ = def["function"].(map[string]any)
			at += ".function"
		}
		name, _ := def["name"].(string)
		if !functionName.MatchString(name) {
			return nil, invalid("invalid_value", at+".name",
				fmt.Sprintf("Invalid '%s.name': string does not match pattern. Expected a string that matches the "+
					"pattern '^[a-zA-Z0-9_-]+$'.", at))
		}
		schema, _ := def["parameters"].(map[string]any)
		strict, given := def["strict"].(bool)
		if strict || !given && !chat {
			if err := checkStrict(schema); err != nil {
				return nil, invalid("invalid_function_parameters", at+".parameters",
					fmt.Sprintf("Invalid schema for function '%s': %v", name, err))
			}
		}
		all = append(all, &tool{name, schema})
	}
	return named(all, v["tool_choice"], chat)
}

func named(all []*tool, choice any, chat bool) (*tool, *answer) {
	if choice == "none" || len(all) == 0 {
		if choice != nil && choice != "none" && choice != "auto" {
			return nil, invalid("", "tool_choice", "Invalid value for 'tool_choice': 'tool_choice' is only "+
				"allowed when 'tools' are specified.")
		}
		return nil, nil
	}
	want, _ := choice.(map[string]any)
	if want == nil {
		return all[0], nil
	}
	if chat {
		want, _ = want["function"].(map[string]any)
	}
	for _, t := range all {
		if want["name"] == t.Name {
			return t, nil
		}
	}
	return nil, invalid("", "tool_choice", "Tool choice 'function' not found in 'tools' parameter.")
}

// Limits of strict schemas. Source: https://platform.openai.com/docs/guides/structured-outputs (supported
// schemas), read 2026-11-22.
const (
	maxDepth      = 10
	maxProperties = 5000
	maxEnum       = 1000
)

// supported keywords of a strict schema, from the same page.
var supported = []string{
	"type", "properties", "required", "additionalProperties", "description", "title", "enum", "const", "items",
	"anyOf",
	"$ref", "$defs", "definitions", "pattern", "format", "multipleOf", "maximum", "exclusiveMaximum", "minimum",
	"exclusiveMinimum", "minItems", "maxItems",
}

type strictness struct{ properties, enums int }

// checkStrict applies the rules of strict function calling.
func checkStrict(schema map[string]any) error {
	if schema["type"] != "object" {
		return fmt.Errorf("schema must be a JSON Schema of 'type: \"object\"', got 'type: \"%v\"'.",
			or(fmt.Sprint(schema["type"]), "None"))
	}
	if schema["anyOf"] != nil {
		return errors.New("In context=(), 'anyOf' is not permitted at the root.")
	}
	return (&strictness{}).check(schema, nil, 0)
}

func (s *strictness) check(schema map[string]any, path []string, depth int) error {
	at := fmt.Sprintf("In context=(%s), ", quoted(path))
	if depth > maxDepth {
		return fmt.Errorf("%d levels of nesting exceeds limit of %d.", depth, maxDepth)
	}
	for k := range schema {
		if !slices.Contains(supported, k) {
			return fmt.Errorf("%s'%s' is not permitted.", at, k)
		}
	}
	if list, ok := schema["enum"].([]any); ok {
		if s.enums += len(list); s.enums > maxEnum || len(list) == 0 {
			return fmt.Errorf("%s'enum' must hold between 1 and %d values.", at, maxEnum)
		}
	}
	if schema["type"] == nil && schema["anyOf"] == nil && schema["$ref"] == nil && schema["enum"] == nil &&
		schema["const"] == nil {
		return fmt.Errorf("%sschema must have a 'type' key.", at)
	}
	if err := s.object(schema, path, depth, at); err != nil {
		return err
	}
	if schema["type"] == "array" {
		items, ok := schema["items"].(map[string]any)
		if !ok {
			return fmt.Errorf("%sarray schema missing items.", at)
		}
		if err := s.check(items, append(slices.Clone(path), "items"), depth); err != nil {
			return err
		}
	}
	for _, key := range []string{"$defs", "definitions"} {
		defs, _ := schema[key].(map[string]any)
		for name, d := range defs {
			if one, ok := d.(map[string]any); ok {
				if err := s.check(one, append(slices.Clone(path), key, name), depth); err != nil {
					return err
				}
			}
		}
	}
	branches, _ := schema["anyOf"].([]any)
	for i, b := range branches {
		if one, ok := b.(map[string]any); ok {
			if err := s.check(one, append(slices.Clone(path), "anyOf", fmt.Sprint(i)), depth); err != nil {
				return err
			}
		}
	}
	return nil
}

// object checks the rules for objects: closed, and every property required.
func (s *strictness) object(schema map[string]any, path []string, depth int, at string) error {
	isObject := schema["type"] == "object"
	if types, ok := schema["type"].([]any); ok {
		isObject = slices.Contains(types, any("object"))
	}
	if !isObject {
		return nil
	}
	if schema["additionalProperties"] != false {
		return fmt.Errorf("%s'additionalProperties' is required to be supplied and to be false.", at)
	}
	required := texts(schema["required"])
	props, _ := schema["properties"].(map[string]any)
	if s.properties += len(props); s.properties > maxProperties {
		return fmt.Errorf("schema exceeds %d object properties.", maxProperties)
	}
	for name, p := range props {
		if !slices.Contains(required, name) {
			return fmt.Errorf("%s'required' is required to be supplied and to be an array including every key in "+
				"properties. Missing '%s'.", at, name)
		}
		one, ok := p.(map[string]any)
		if !ok {
			return fmt.Errorf("%sproperty '%s' is no schema.", at, name)
		}
		if err := s.check(one, append(slices.Clone(path), "properties", name), depth+1); err != nil {
			return err
		}
	}
	for _, name := range required {
		if props[name] == nil {
			return fmt.Errorf("%s'required' names '%s', which is no property.", at, name)
		}
	}
	return nil
}

func quoted(path []string) string {
	var out []string
	for _, p := range path {
		b, _ := json.Marshal(p)
		out = append(out, strings.ReplaceAll(string(b), `"`, "'"))
	}
	return strings.Join(out, ", ")
}
