package sandbox

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/prompts"
)

// ModelName is what a client asks for: the one model that the sandbox lists. Names of OpenAI's own models are
// taken as well, so that a config may keep its own.
const ModelName = "replyd-sandbox-lexicon"

// BrainName is the model name of every answer: it says openly what stands in for the model.
const BrainName = "replyd-sandbox-lexicon (no language model)"

// openaiServer speaks OpenAI's Responses and Chat Completions APIs. Requests are checked against the
// published schema and the rules of strict function calling.
type openaiServer struct {
	world    *World
	requests map[string]*jsonschema.Schema
	name     triage.OrderName
	lexicon  func() (*triage.Lexicon, error) // loaded at the first question

	mu     sync.Mutex
	cached map[string]bool // prefixes that were seen before
}

func newOpenAI(w *World, prefix, suffix string) (*openaiServer, error) {
	schemas, err := openaiSchemas("CreateResponse", "CreateChatCompletionRequest")
	if err != nil {
		return nil, err
	}
	return &openaiServer{
		world: w, requests: schemas, name: triage.OrderName{Prefix: prefix, Suffix: suffix},
		cached:  map[string]bool{},
		lexicon: sync.OnceValues(func() (*triage.Lexicon, error) { return triage.LoadLexicon(prompts.FS("")) }),
	}, nil
}

// apiError is OpenAI's error body.
type apiError struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    *string `json:"code"`
}

func openaiError(status int, kind, code, param, message string) answer {
	e := apiError{Message: message, Type: kind}
	if code != "" {
		e.Code = &code
	}
	if param != "" {
		e.Param = &param
	}
	return jsonAnswer(status, map[string]any{"error": e}).with("X-Request-Id", "req_"+requestID())
}

func invalid(code, param, message string) *answer {
	a := openaiError(http.StatusBadRequest, "invalid_request_error", code, param, message)
	return &a
}

func (s *openaiServer) answer(c *call) (answer, Kind) {
	kind := s.world.faults.next(OpenAI, everyCall)
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	if key := bearer(c.Request); key != s.world.OpenAIKey {
		a, _ := s.failure(Unauthorized)
		return a, kind
	}
	path := strings.TrimPrefix(c.URL.Path, "/v1")
	switch {
	case path == "/models" && c.Method == http.MethodGet:
		return models(), kind
	case path != "/responses" && path != "/chat/completions":
		return openaiError(http.StatusNotFound, "invalid_request_error", "", "",
			fmt.Sprintf("Invalid URL (%s %s)", c.Method, c.URL.Path)), kind
	case c.Method != http.MethodPost:
		return openaiError(http.StatusMethodNotAllowed, "invalid_request_error", "method_not_supported", "",
			fmt.Sprintf("Not allowed to %s on %s.", c.Method, c.URL.Path)), kind
	}
	q, bad := s.read(path, c.body)
	if bad != nil {
		return *bad, kind
	}
	if own := s.world.faults.next(OpenAI, within(q.input)); own != "" {
		kind = own
	}
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	return s.reply(q, kind), kind
}

func (s *openaiServer) failure(kind Kind) (answer, bool) {
	switch kind {
	case Unauthorized:
		return openaiError(http.StatusUnauthorized, "invalid_request_error", "invalid_api_key", "",
				"Incorrect API key provided. You can find your API key at "+
					"https://platform.openai.com/account/api-keys."),
			true
	case RateLimited:
		return openaiError(http.StatusTooManyRequests, "requests", "rate_limit_exceeded", "",
			"Rate limit reached for this model on requests per min (RPM): Limit 500, Used 500, Requested 1. "+
				"Please try again in 1s.").with("Retry-After", "1").with("Retry-After-Ms", "1000"), true
	case Quota:
		return openaiError(http.StatusTooManyRequests, "insufficient_quota", "insufficient_quota", "",
			"You exceeded your current quota, please check your plan and billing details."), true
	case Broken:
		return openaiError(http.StatusInternalServerError, "server_error", "", "",
			"The server had an error while processing your request. Sorry about that!"), true
	case Unavailable:
		return unavailable(), true
	case Refused:
		return *invalid("invalid_value", "input", "Invalid value for 'input'."), true
	}
	return answer{}, false
}

func models() answer {
	only := map[string]any{
		"id": ModelName, "object": "model", "created": 1763769600, "owned_by": "replyd-sandbox",
	}
	return jsonAnswer(http.StatusOK, map[string]any{"object": "list", "data": []any{only}})
}

// question is a request of either API, as far as the answer depends on it.
type question struct {
	chat     bool
	model    string
	input    string // what the user wrote: the mail, in the last place
	tool     *tool  // the function to call, nil for an answer in prose
	prefix   string // what the prompt cache would hold
	cacheKey string
	echo     map[string]any // request fields that a response repeats
}

type tool struct {
	Name   string
	Schema map[string]any
}

var modelName = regexp.MustCompile(`^(gpt-|o[0-9]|replyd-sandbox)`)

// read checks a request and takes it apart.
func (s *openaiServer) read(path string, body []byte) (*question, *answer) {
	var v map[string]any
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, invalid("", "", "We could not parse the JSON body of your request.")
	}
	q := &question{chat: path == "/chat/completions", echo: v}
	name, need := "CreateResponse", "input"
	if q.chat {
		name, need = "CreateChatCompletionRequest", "messages"
	}
	if q.model, _ = v["model"].(string); q.model == "" {
		return nil, invalid("missing_required_parameter", "model", "you must provide a model parameter")
	}
	if v[need] == nil {
		return nil, invalid("missing_required_parameter", need,
			fmt.Sprintf("Missing required parameter: '%s'.", need))
	}
	if err := s.requests[name].Validate(v); err != nil {
		return nil, schemaAnswer(err)
	}
	if v["stream"] == true {
		return nil, invalid("unsupported_value", "stream", "The sandbox does not stream.")
	}
	if !modelName.MatchString(q.model) {
		a := openaiError(http.StatusNotFound, "invalid_request_error", "model_not_found", "",
			fmt.Sprintf("The model '%s' does not exist or you do not have access to it.", q.model))
		return nil, &a
	}
	q.cacheKey, _ = v["prompt_cache_key"].(string)
	system, input := userText(v[need])
	instructions, _ := v["instructions"].(string)
	tools, _ := json.Marshal(v["tools"])
	q.input, q.prefix = input, instructions+system+string(tools)
	var bad *answer
	q.tool, bad = chooseTool(v, q.chat)
	return q, bad
}

// reply answers a question, as the fault of this call would have it.
func (s *openaiServer) reply(q *question, kind Kind) answer {
	text, arguments := "The sandbox has no language model; it only calls functions.", ""
	if q.tool != nil && kind != Silent {
		var err error
		if arguments, err = s.arguments(q, kind); err != nil {
			s.world.log.Error("stand-in brain", "error", err)
			a, _ := s.failure(Broken)
			return a
		}
		text = ""
	}
	use := s.usage(q, text+arguments)
	var v any
	if q.chat {
		v = chatAnswer(q, s.world.now().Unix(), text, arguments, use)
	} else {
		v = responseAnswer(q, s.world.now().Unix(), text, arguments, use)
	}
	return jsonAnswer(http.StatusOK, v).with("X-Request-Id", "req_"+requestID()).
		with("X-Ratelimit-Remaining-Requests", "499").with("X-Ratelimit-Limit-Requests", "500")
}

// usage is counted in tokens of about four bytes.
type usage struct{ input, cached, output int }

// minCached is the shortest prefix that is cached, in steps of cacheStep tokens.
// Source: https://platform.openai.com/docs/guides/prompt-caching, read 2026-11-22.
const (
	minCached = 1024
	cacheStep = 128
)

func (s *openaiServer) usage(q *question, out string) usage {
	prefix := len(q.prefix) / 4
	u := usage{input: prefix + len(q.input)/4 + 12, output: len(out)/4 + 8}
	s.mu.Lock()
	defer s.mu.Unlock()
	key := q.cacheKey + "\x00" + q.prefix
	if s.cached[key] && prefix >= minCached {
		u.cached = prefix / cacheStep * cacheStep
	}
	if len(s.cached) < 1000 {
		s.cached[key] = true
	}
	return u
}

func responseAnswer(q *question, at int64, text, arguments string, u usage) any {
	item := map[string]any{
		"type": "message", "id": "msg_" + requestID(), "role": "assistant", "status": "completed",
		"content": []any{map[string]any{"type": "output_text", "text": text, "annotations": []any{},
			"logprobs": []any{}}},
	}
	if text == "" {
		item = map[string]any{
			"type": "function_call", "id": "fc_" + requestID(), "call_id": "call_" + rand.Text(), "name": q.tool.Name,
			"arguments": arguments, "status": "completed",
		}
	}
	v := map[string]any{
		"id": "resp_" + requestID(), "object": "response", "created_at": at, "status": "completed", "error": nil,
		"incomplete_details": nil, "instructions": nil, "metadata": map[string]any{}, "model": BrainName,
		"output": []any{item}, "parallel_tool_calls": true, "temperature": 1.0, "tool_choice": "auto",
		"tools": []any{}, "top_p": 1.0,
		"usage": map[string]any{
			"input_tokens": u.input, "output_tokens": u.output, "total_tokens": u.input + u.output,
			"input_tokens_details":  map[string]any{"cached_tokens": u.cached, "cache_write_tokens": 0},
			"output_tokens_details": map[string]any{"reasoning_tokens": 0},
		},
	}
	for _, k := range []string{"instructions", "metadata", "parallel_tool_calls", "temperature", "tool_choice",
		"tools", "top_p"} {
		if q.echo[k] != nil {
			v[k] = q.echo[k]
		}
	}
	return v
}

func chatAnswer(q *question, at int64, text, arguments string, u usage) any {
	message := map[string]any{"role": "assistant", "content": text, "refusal": nil}
	finish := "stop"
	if text == "" {
		finish = "tool_calls"
		message["content"] = nil
		message["tool_calls"] = []any{map[string]any{
			"id": "call_" + rand.Text(), "type": "function",
			"function": map[string]any{"name": q.tool.Name, "arguments": arguments},
		}}
	}
	return map[string]any{
		"id": "chatcmpl-" + requestID(), "object": "chat.completion", "created": at, "model": BrainName,
		"choices": []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": finish}},
		"usage": map[string]any{
			"prompt_tokens": u.input, "completion_tokens": u.output, "total_tokens": u.input + u.output,
			"prompt_tokens_details":     map[string]any{"cached_tokens": u.cached, "audio_tokens": 0},
			"completion_tokens_details": map[string]any{"reasoning_tokens": 0, "audio_tokens": 0},
		},
	}
}
