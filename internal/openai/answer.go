package openai

import (
	"context"
	"encoding/json"
	"strings"

	api "github.com/sashabaranov/go-openai"

	"github.com/replyd/replyd/internal/llm"
)

// correction precedes the reason why an answer was refused.
const correction = "Your last call was refused. Call the function again, about the same mail. "

// askResponses uses POST /responses (OpenAI API reference, "Create a model response").
func (c *Client) askResponses(ctx context.Context, r llm.Request) (llm.Response, error) {
	no := false
	request := api.CreateResponseRequest{
		Model: c.config.Model, Instructions: r.System, Input: r.Input, MaxOutputTokens: maxOutputTokens,
		Store: &no, ParallelToolCalls: &no, PromptCacheKey: r.CacheKey,
		Tools: []api.ResponseTool{api.NewResponseFunctionTool(api.FunctionDefinition{
			Name: r.Tool.Name, Description: r.Tool.Description, Strict: true, Parameters: r.Tool.Schema,
		})},
		ToolChoice: map[string]string{"type": "function", "name": r.Tool.Name},
	}
	if r.Retry != "" {
		request.Input = []api.ResponseInputMessage{
			{Type: "message", Role: "user", Content: r.Input},
			{Type: "message", Role: "user", Content: correction + r.Retry},
		}
	}
	if c.config.Effort != "" {
		request.Reasoning = &api.ResponseReasoning{Effort: c.config.Effort}
	}
	answer, err := c.api.CreateResponse(ctx, request)
	if err != nil {
		return llm.Response{}, err
	}
	out := llm.Response{Model: answer.Model}
	if u := answer.Usage; u != nil {
		out.Usage = llm.Usage{Input: u.InputTokens, Output: u.OutputTokens}
		if u.InputTokensDetails != nil {
			out.Usage.Cached = u.InputTokensDetails.CachedTokens
		}
	}
	switch {
	case answer.Error != nil:
		return out, embedded(answer.Error.Code)
	case answer.Status != "" && answer.Status != api.ResponseStatusCompleted:
		return out, badAnswer("status " + word(string(answer.Status)))
	}
	out.Arguments, err = onlyCall(answer.Output, r.Tool.Name)
	return out, err
}

// onlyCall finds the one call of the function among the items of a response.
func onlyCall(output []any, name string) (json.RawMessage, error) {
	var arguments []string
	for _, raw := range output {
		item, ok := raw.(map[string]any)
		if !ok || item["type"] != "function_call" {
			continue
		}
		if item["name"] != name {
			return nil, badAnswer("calls another function")
		}
		a, _ := item["arguments"].(string)
		arguments = append(arguments, a)
	}
	if len(arguments) != 1 {
		return nil, badAnswer("does not call the function exactly once")
	}
	return json.RawMessage(arguments[0]), nil
}

// embedded maps an error that came with status 200.
func embedded(code string) error {
	switch code {
	case "rate_limit_exceeded":
		return &llm.Error{Kind: llm.RateLimited, Detail: "200 with rate_limit_exceeded"}
	case "insufficient_quota":
		return &llm.Error{Kind: llm.Quota, Detail: "200 with insufficient_quota"}
	case "server_error":
		return &llm.Error{Kind: llm.Unavailable, Detail: "200 with server_error"}
	}
	return badAnswer("200 with error " + word(code))
}

func badAnswer(detail string) error { return &llm.Error{Kind: llm.BadAnswer, Detail: detail} }

// askChat uses POST /chat/completions. store is left out: the library cannot say false, and compatible servers
// do not store.
func (c *Client) askChat(ctx context.Context, r llm.Request) (llm.Response, error) {
	request := api.ChatCompletionRequest{
		Model: c.config.Model, MaxCompletionTokens: maxOutputTokens, ReasoningEffort: c.config.Effort,
		ParallelToolCalls: false,
		Messages: []api.ChatCompletionMessage{
			{Role: api.ChatMessageRoleSystem, Content: r.System},
			{Role: api.ChatMessageRoleUser, Content: r.Input},
		},
		Tools: []api.Tool{{Type: api.ToolTypeFunction, Function: &api.FunctionDefinition{
			Name: r.Tool.Name, Description: r.Tool.Description, Strict: true, Parameters: r.Tool.Schema,
		}}},
		ToolChoice: api.ToolChoice{Type: api.ToolTypeFunction, Function: api.ToolFunction{Name: r.Tool.Name}},
	}
	if r.Retry != "" {
		request.Messages = append(request.Messages,
			api.ChatCompletionMessage{Role: api.ChatMessageRoleUser, Content: correction + r.Retry})
	}
	answer, err := c.api.CreateChatCompletion(ctx, request)
	if err != nil {
		return llm.Response{}, err
	}
	out := llm.Response{Model: answer.Model}
	out.Usage = llm.Usage{Input: answer.Usage.PromptTokens, Output: answer.Usage.CompletionTokens}
	if d := answer.Usage.PromptTokensDetails; d != nil {
		out.Usage.Cached = d.CachedTokens
	}
	if len(answer.Choices) == 0 { // also what is left of an error that came with status 200
		return out, badAnswer("no choices")
	}
	choice := answer.Choices[0]
	switch choice.FinishReason {
	case api.FinishReasonLength, api.FinishReasonContentFilter:
		return out, badAnswer("finished by " + word(string(choice.FinishReason)))
	}
	calls := choice.Message.ToolCalls
	if content := strings.TrimSpace(choice.Message.Content); len(calls) == 0 && strings.HasPrefix(content, "{") {
		// small servers know no forced call and put the arguments into the text; they are checked all the same
		out.Arguments = json.RawMessage(content)
		return out, nil
	}
	if len(calls) != 1 {
		return out, badAnswer("does not call the function exactly once")
	}
	if calls[0].Function.Name != r.Tool.Name {
		return out, badAnswer("calls another function")
	}
	out.Arguments = json.RawMessage(calls[0].Function.Arguments)
	return out, nil
}
