//go:build ignore

// Prune_openai cuts the requests and answers that replyd's world knows out of OpenAI's published API
// description and writes them as one JSON Schema:
//
//	go run prune_openai.go path/to/openapi.json.gz > openapi/openai.json
//
// Cut are texts, streaming, and all tools, inputs and outputs but text and functions. Added is what the real
// service does and the description does not say: an unknown property is refused.
package main

import (
	"compress/gzip"
	"encoding/json"
	"log"
	"os"
	"slices"
	"strings"
)

const source = "github.com/openai/openai-openapi, version 2.3.0 of 2026-08-21, MIT License, pruned by " +
	"prune_openai.go"

var roots = []string{"CreateResponse", "CreateChatCompletionRequest", "Response",
	"CreateChatCompletionResponse", "ErrorResponse"}

// only lists what stays of a union.
var only = map[string][]string{
	"Tool": {"FunctionTool"},
	"Item": {"InputMessage", "OutputMessage", "FunctionToolCall",
		"FunctionCallOutputItemParam", "ReasoningItem"},
	"InputItem":            {"EasyInputMessage", "Item"},
	"OutputItem":           {"OutputMessage", "FunctionToolCall", "ReasoningItem"},
	"InputContent":         {"InputTextContent"},
	"OutputMessageContent": {"OutputTextContent", "RefusalContent"},
	"ToolChoiceParam":      {"ToolChoiceOptions", "ToolChoiceAllowed", "ToolChoiceFunction"},
	"ChatCompletionRequestMessage": {"ChatCompletionRequestDeveloperMessage",
		"ChatCompletionRequestSystemMessage", "ChatCompletionRequestUserMessage",
		"ChatCompletionRequestAssistantMessage", "ChatCompletionRequestToolMessage"},
	"ChatCompletionRequestUserMessageContentPart": {"ChatCompletionRequestMessageContentPartText"},
}

// anything lists definitions that replyd never sends: any value is taken.
var anything = []string{
	"Annotation", "LogProb", "ModerationParam", "ConversationParam", "Prompt", "ContextManagementParam",
	"WebSearchLocation",
	"PredictionContent", "VoiceIdsOrCustomVoice", "FunctionCallOutputItemParamOutput", "ToolCallCaller",
	"Moderation",
	"CustomToolChatCompletions", "ChatCompletionFunctions", "ChatCompletionModalities", "ResponseModalities",
}

type schema = map[string]any

var all schema

func main() {
	log.SetFlags(0)
	f, err := os.Open(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		log.Fatal(err)
	}
	var doc schema
	if err := json.NewDecoder(z).Decode(&doc); err != nil {
		log.Fatal(err)
	}
	all = doc["components"].(schema)["schemas"].(schema)
	defs := schema{}
	queue := slices.Clone(roots)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if defs[name] != nil {
			continue
		}
		var one any = true
		if !slices.Contains(anything, name) {
			one = tidy(cut(name), &queue)
		}
		defs[name] = one
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	if err := enc.Encode(schema{"$comment": "Source: " + source,
		"$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": defs}); err != nil {
		log.Fatal(err)
	}
}

// cut gives a definition with what stays of its union.
func cut(name string) any {
	d, ok := all[name].(schema)
	if !ok {
		log.Fatalf("there is no schema %s", name)
	}
	if keep := only[name]; keep != nil {
		var list []any
		for _, k := range keep {
			list = append(list, schema{"$ref": "#/components/schemas/" + k})
		}
		return schema{"anyOf": list}
	}
	return d
}

// tidy drops texts, flattens allOf, and closes objects.
func tidy(v any, queue *[]string) any {
	switch v := v.(type) {
	case []any:
		out := []any{}
		for _, i := range v {
			out = append(out, tidy(i, queue))
		}
		return out
	case schema:
		if ref, ok := v["$ref"].(string); ok {
			name := ref[strings.LastIndex(ref, "/")+1:]
			*queue = append(*queue, name)
			return schema{"$ref": "#/$defs/" + name}
		}
		if parts, ok := v["allOf"].([]any); ok {
			v = flatten(parts)
		}
		out := schema{}
		for k, one := range v {
			switch {
			case k == "properties":
				props := schema{}
				for name, p := range one.(schema) {
					props[name] = tidy(p, queue)
				}
				out[k] = props
			case k == "oneOf": // the members overlap in places
				out["anyOf"] = tidy(one, queue)
			case k == "enum" || k == "required" || k == "const" || k == "type" || k == "pattern":
				out[k] = one
			case k == "additionalProperties" || k == "items" || k == "anyOf":
				out[k] = tidy(one, queue)
			case strings.HasPrefix(k, "min") || strings.HasPrefix(k, "max") || k == "uniqueItems":
				out[k] = one
			}
		}
		if out["properties"] != nil && out["additionalProperties"] == nil {
			out["additionalProperties"] = false
		}
		return out
	}
	return v
}

// flatten joins the members of an allOf into one object, so that it can be closed.
func flatten(parts []any) schema {
	props, required := schema{}, []any{}
	var add func(v any)
	add = func(v any) {
		s := v.(schema)
		if ref, ok := s["$ref"].(string); ok {
			s = all[ref[strings.LastIndex(ref, "/")+1:]].(schema)
		}
		for _, one := range list(s["allOf"]) {
			add(one)
		}
		if p, ok := s["properties"].(schema); ok {
			for k, one := range p {
				props[k] = one
			}
		}
		required = append(required, list(s["required"])...)
	}
	for _, p := range parts {
		add(p)
	}
	if len(props) == 0 && len(parts) == 1 {
		return parts[0].(schema)
	}
	return schema{"type": "object", "properties": props, "required": required}
}

func list(v any) []any {
	l, _ := v.([]any)
	return l
}
