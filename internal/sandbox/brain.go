package sandbox

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/prompt"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/wording"
)

// arguments are what the stand-in brain calls the function with: the lexicon's reading of the mail, in the
// shape that the tool's schema asks for.
func (s *openaiServer) arguments(q *question, kind Kind) (string, error) {
	if in, ok := wording.Wished(q.input); ok && q.tool.Name == wording.ToolName {
		return redrafted(in, kind)
	}
	if q.tool.Name == wording.ToolName {
		return reworded(q, kind)
	}
	lexicon, err := s.lexicon()
	if err != nil {
		return "", err
	}
	subject, text, ok := prompt.Unwrap(q.input)
	if !ok { // a prompt of somebody else's: all of it may be the mail
		text = q.input
	}
	read := lexicon.Read(triage.Input{Subject: subject, Text: text, OrderName: s.name})
	switch kind {
	case Garbage:
		return `{"requests": [{"intent": "order_st`, nil
	case Invented:
		read.Requests = []ticket.Request{{
			Intent: ticket.RefundStatus, OrderRefs: []string{"999999"}, Quote: "words that nobody wrote",
			Confidence: 1,
		}}
		read.Refs = []string{"999999"}
	}
	b, err := json.Marshal(shape(q.tool.Schema, answerOf(read), q.tool.Schema, 0))
	return string(b), err
}

// reworded is the stand-in's wording of a reply: the plain one, with a sentence before it. It has no other words.
func reworded(q *question, kind Kind) (string, error) {
	plain, _ := wording.Plain(q.input)
	text := "Thank you for your message.\n\n" + strings.NewReplacer("## ", "", "| ", "", "\\", "").Replace(plain)
	switch kind {
	case Garbage:
		return `{"text": "Thank`, nil
	case Invented:
		text = "Your order #999999 was refunded, we guarantee it."
	}
	b, err := json.Marshal(map[string]string{"text": text})
	return string(b), err
}

// answerOf lists everything that the lexicon read, under the names that a tool may ask for.
func answerOf(t ticket.Triage) map[string]any {
	requests := []any{}
	for _, r := range t.Requests {
		requests = append(requests, map[string]any{
			"intent": string(r.Intent), "order_refs": list(r.OrderRefs), "items": list(r.Items), "quote": r.Quote,
			"confidence": r.Confidence, "certainty": certainty(r.Confidence),
		})
	}
	flags := []any{}
	for _, f := range t.Flags {
		flags = append(flags, string(f))
	}
	return map[string]any{
		"requests": requests, "language": t.Language, "sentiment": t.Sentiment, "flags": flags, "urgent": t.Urgent,
		"summary": "Read by the offline lexicon.",
	}
}

// certainty puts the lexicon's confidence into the words of the tool.
func certainty(confidence float64) string {
	switch {
	case confidence >= 0.8:
		return "sure"
	case confidence >= 0.5:
		return "likely"
	}
	return "unsure"
}

func list(words []string) []any {
	out := []any{}
	for _, w := range words {
		out = append(out, w)
	}
	return out
}

// shape fits a value to a strict schema: properties that the schema does not have are dropped, and what is
// missing gets the plainest value allowed.
func shape(schema map[string]any, v any, root map[string]any, depth int) any {
	if depth > 2*maxDepth { // a schema that refers to itself
		return nil
	}
	if ref, ok := schema["$ref"].(string); ok {
		defs, _ := root["$defs"].(map[string]any)
		schema, _ = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	enum, _ := schema["enum"].([]any)
	if len(enum) > 0 && !slices.ContainsFunc(enum, func(e any) bool { return same(e, v) }) {
		if last := enum[len(enum)-1]; v == nil || last == nil || same(last, "other") {
			return last
		}
		return enum[0]
	}
	if branches, ok := schema["anyOf"].([]any); ok && len(branches) > 0 {
		if v == nil {
			return nil
		}
		first, _ := branches[0].(map[string]any)
		return shape(first, v, root, depth+1)
	}
	switch plainType(schema) {
	case "object":
		given, _ := v.(map[string]any)
		out := map[string]any{}
		props, _ := schema["properties"].(map[string]any)
		for name, p := range props {
			one, _ := p.(map[string]any)
			out[name] = shape(one, given[name], root, depth+1)
		}
		return out
	case "array":
		items, _ := schema["items"].(map[string]any)
		out := []any{}
		given, _ := v.([]any)
		for _, one := range given {
			out = append(out, shape(items, one, root, depth+1))
		}
		return out
	case "string":
		if s, ok := v.(string); ok {
			return s
		}
		return ""
	case "integer", "number":
		if v == nil {
			return 0
		}
	case "boolean":
		if v == nil {
			return false
		}
	}
	return v
}

func plainType(schema map[string]any) string {
	if s, ok := schema["type"].(string); ok {
		return s
	}
	if types := texts(schema["type"]); len(types) > 0 {
		return types[0]
	}
	return ""
}

func same(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// userText joins what the system and what the user says in an input string, an input list, or chat messages.
func userText(v any) (system, user string) {
	if s, ok := v.(string); ok {
		return "", s
	}
	items, _ := v.([]any)
	for _, i := range items {
		m, _ := i.(map[string]any)
		text, isText := m["content"].(string)
		if !isText {
			parts, _ := m["content"].([]any)
			for _, p := range parts {
				part, _ := p.(map[string]any)
				t, _ := part["text"].(string)
				text += t
			}
		}
		switch m["role"] {
		case "user":
			user += text + "\n"
		case "system", "developer":
			system += text + "\n"
		}
	}
	return system, user
}
