package sandbox

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/sashabaranov/go-openai"

	"github.com/replyd/replyd/prompts"
)

const tinyTool = `{"type":"object","additionalProperties":false,"required":["requests","language"],"properties":{
  "requests":{"type":"array","items":{"type":"object","additionalProperties":false,"required":["intent","quote"],
    "properties":{
      "intent":{"type":"string","enum":["order_status","refund_status","other"]},
      "quote":{"type":"string"}}}},
  "language":{"type":"string"}}}`

func responseRequest(text string) openai.CreateResponseRequest {
	no := false
	return openai.CreateResponseRequest{
		Model: "gpt-6-luna", Instructions: strings.Repeat("You read mail. ", 400), Input: text, Store: &no,
		PromptCacheKey: "test", ToolChoice: map[string]any{"type": "function", "name": "record_requests"},
		Tools: []openai.ResponseTool{openai.NewResponseFunctionTool(openai.FunctionDefinition{
			Name: "record_requests", Strict: true, Parameters: json.RawMessage(tinyTool),
		})},
	}
}

func client(w *World, key string) *openai.Client {
	c := openai.DefaultConfig(key)
	c.BaseURL = w.OpenAIURL
	return openai.NewClientWithConfig(c)
}

type record struct {
	Requests []struct{ Intent, Quote string }
	Language string
}

func TestOpenAIAnswersBothAPIsThroughTheClientLibrary(t *testing.T) {
	w := world(t, small(t), Options{})
	c := client(w, w.OpenAIKey)
	const mail = "Hello, where is my order #1001? It has not arrived."
	check := func(model, arguments string) {
		t.Helper()
		var r record
		if err := json.Unmarshal([]byte(arguments), &r); err != nil {
			t.Fatalf("%v: %s", err, arguments)
		}
		if model != BrainName || r.Language != "en" || len(r.Requests) == 0 || !strings.Contains(mail,
			r.Requests[0].Quote) {
			t.Errorf("%s: %s", model, arguments)
		}
	}
	for i := range 2 {
		a, err := c.CreateResponse(t.Context(), responseRequest(mail))
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := json.Marshal(a.Output[0])
		var call struct{ Name, Arguments string }
		if err := json.Unmarshal(raw, &call); err != nil || call.Name != "record_requests" {
			t.Fatalf("%v: %s", err, raw)
		}
		check(a.Model, call.Arguments)
		if cached := a.Usage.InputTokensDetails.CachedTokens; (cached > 0) != (i == 1) || cached%128 != 0 {
			t.Errorf("call %d: %d cached tokens", i+1, cached)
		}
	}
	chat, err := c.CreateChatCompletion(t.Context(), openai.ChatCompletionRequest{
		Model: "gpt-4o-mini",
		Messages: []openai.ChatCompletionMessage{{Role: "system", Content: "Read."}, {Role: "user",
			Content: mail}},
		Tools: []openai.Tool{{Type: "function", Function: &openai.FunctionDefinition{Name: "record_requests",
			Strict: true, Parameters: json.RawMessage(tinyTool)}}},
		ToolChoice: openai.ToolChoice{Type: "function", Function: openai.ToolFunction{Name: "record_requests"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	check(chat.Model, chat.Choices[0].Message.ToolCalls[0].Function.Arguments)
	if models, err := c.ListModels(t.Context()); err != nil || len(models.Models) == 0 {
		t.Errorf("models: %v %v", models, err)
	}
}

// TestOpenAIAnswersFitThePublishedSchema: a client generated from the description must be able to read us.
func TestOpenAIAnswersFitThePublishedSchema(t *testing.T) {
	schemas, err := openaiSchemas("Response", "CreateChatCompletionResponse", "ErrorResponse")
	if err != nil {
		t.Fatal(err)
	}
	w := world(t, small(t), Options{})
	auth := map[string]string{"Authorization": "Bearer " + w.OpenAIKey}
	chat := map[string]any{"model": "gpt-5", "messages": []any{map[string]any{"role": "user", "content": "Hi"}}}
	for name, c := range map[string]struct {
		path string
		body any
	}{
		"Response":                     {"/responses", responseRequest("Where is my order?")},
		"CreateChatCompletionResponse": {"/chat/completions", chat},
		"ErrorResponse":                {"/responses", map[string]any{"model": "x"}},
	} {
		_, body, _ := post(t, w.OpenAIURL+c.path, auth, c.body)
		var v any
		if err := json.Unmarshal([]byte(body), &v); err != nil {
			t.Fatal(err)
		}
		if err := schemas[name].Validate(v); err != nil {
			t.Errorf("%s: %v\n%s", name, err, body)
		}
	}
}

func TestOpenAIRefusesWhatTheRealOneRefuses(t *testing.T) {
	w := world(t, small(t), Options{})
	auth := map[string]string{"Authorization": "Bearer " + w.OpenAIKey}
	tool := func(schema string) map[string]any {
		return map[string]any{"model": "gpt-5", "input": "x", "tools": []any{map[string]any{
			"type": "function", "name": "f", "strict": true, "parameters": json.RawMessage(schema),
		}}}
	}
	closed := func(a string) string {
		return `{"type":"object","properties":{"a":` + a + `},"required":["a"],"additionalProperties":false}`
	}
	for name, c := range map[string]struct {
		body any
		want string // in the error
	}{
		"no JSON":  {`{"model"`, "could not parse"},
		"no model": {map[string]any{"input": "x"}, "missing_required_parameter"},
		"no input": {map[string]any{"model": "gpt-5"}, `"param":"input"`},
		"unknown parameter": {map[string]any{"model": "gpt-5", "input": "x", "max_tokens": 5},
			`Unknown parameter: 'max_tokens'`},
		"wrong type":    {map[string]any{"model": "gpt-5", "input": "x", "store": "no"}, `"param":"store"`},
		"unknown model": {map[string]any{"model": "llama3", "input": "x"}, "model_not_found"},
		"open object": {tool(`{"type":"object","properties":{},"required":[]}`),
			"'additionalProperties' is required"},
		"optional property":     {tool(strings.Replace(closed(`{"type":"string"}`), `["a"]`, `[]`, 1)), "Missing 'a'"},
		"unsupported keyword":   {tool(closed(`{"type":"string","minLength":1}`)), "'minLength' is not permitted"},
		"no root object":        {tool(`{"type":"array","items":{"type":"string"}}`), "type: "},
		"property with no type": {tool(closed(`{}`)), "must have a 'type' key"},
		"tool choice without its tool": {map[string]any{"model": "gpt-5", "input": "x",
			"tool_choice": map[string]any{"type": "function", "name": "g"}, "tools": tool(tinyTool)["tools"]},
			"not found in 'tools'"},
	} {
		status, body, _ := post(t, w.OpenAIURL+"/responses", auth, c.body)
		if status/100 != 4 || !strings.Contains(body, c.want) {
			t.Errorf("%s: %d %s", name, status, body)
		}
	}
	status, body, _ := post(t, w.OpenAIURL+"/responses", map[string]string{"Authorization": "Bearer sk-wrong"},
		`{}`)
	if status != 401 || !strings.Contains(body, "invalid_api_key") || strings.Contains(body, "sk-wrong") {
		t.Errorf("wrong key: %d %s", status, body)
	}
}

// TestOpenAITakesOurOwnTool: the tool that replyd sends follows the rules of strict function calling.
func TestOpenAITakesOurOwnTool(t *testing.T) {
	source, err := prompts.FS("").Open("tools/record_requests.json")
	if err != nil {
		t.Fatal(err)
	}
	defer source.Close()
	var schema map[string]any
	if err := json.NewDecoder(source).Decode(&schema); err != nil {
		t.Fatal(err)
	}
	delete(schema, "$schema")
	if err := checkStrict(schema); err != nil {
		t.Error(err)
	}
}

func TestOpenAIFaults(t *testing.T) {
	w := world(t, small(t), Options{})
	c := client(w, w.OpenAIKey)
	_, err := c.CreateResponse(t.Context(), responseRequest("Where is my order? please be slow"))
	var failed *openai.APIError
	if !errors.As(err, &failed) || failed.HTTPStatusCode != 429 || failed.Code != "rate_limit_exceeded" {
		t.Errorf("the scenario's fault: %v", err)
	}
	if _, err := c.CreateResponse(t.Context(), responseRequest("Where is my order? please be "+
		"slow")); err != nil {
		t.Errorf("the fault was to happen once: %v", err)
	}
	for kind, want := range map[Kind]string{
		Quota: "insufficient_quota", Broken: "500", Unavailable: "503", Truncated: "EOF", Drops: "EOF",
		Unauthorized: "401",
	} {
		if err := w.AddFault(Fault{Service: OpenAI, Kind: kind, Times: 1}); err != nil {
			t.Fatal(err)
		}
		_, err := c.CreateResponse(t.Context(), responseRequest("Where is my order?"))
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) && !quota(err,
			want) {
			t.Errorf("%s: %v", kind, err)
		}
	}
	for kind, want := range map[Kind]string{Garbage: `order_st"`, Invented: "nobody wrote",
		Silent: "output_text"} {
		if err := w.AddFault(Fault{Service: OpenAI, Kind: kind, Times: 1}); err != nil {
			t.Fatal(err)
		}
		status, body, _ := post(t, w.OpenAIURL+"/responses",
			map[string]string{"Authorization": "Bearer " + w.OpenAIKey},
			responseRequest("Where is my order?"))
		if status != http.StatusOK || !strings.Contains(body, strings.Trim(want, `"`)) {
			t.Errorf("%s: %d %s", kind, status, body)
		}
	}
}

func quota(err error, code string) bool {
	var failed *openai.APIError
	return errors.As(err, &failed) && failed.Code == code
}
