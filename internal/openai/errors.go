package openai

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	api "github.com/sashabaranov/go-openai"

	"github.com/replyd/replyd/internal/llm"
)

// maxBody bounds an answer in bytes: a record takes a few thousand.
const maxBody = 1 << 20

// doer is the HTTP client of the library: it adds what that loses (headers of errors, redirects taken for
// success, a limit to the body) and gives every status but 2xx as *statusError.
type doer struct{ client *http.Client }

func newDoer() doer {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.TLSHandshakeTimeout = 10 * time.Second
	transport.MaxIdleConnsPerHost = 16
	transport.MaxResponseHeaderBytes = 64 << 10
	return doer{&http.Client{
		Transport: transport,
		// a redirect could carry mail and key elsewhere
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// statusError is an answer that is no success, without its text: that may repeat the key or the mail.
type statusError struct {
	status int
	code   string // the provider's, made safe: "rate_limit_exceeded"
	after  time.Duration
}

func (e *statusError) Error() string { return strconv.Itoa(e.status) }

func (d doer) Do(r *http.Request) (*http.Response, error) {
	res, err := d.client.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode >= 200 && res.StatusCode < 300 {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxBody), res.Body}
		return res, nil
	}
	defer res.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(res.Body, maxBody)) // what is missing makes the code unknown, no more
	return nil, &statusError{res.StatusCode, codeOf(body), retryAfter(res.Header, time.Now())}
}

// codeOf reads error.code or error.type of an error body (OpenAI API reference, "Errors").
func codeOf(body []byte) string {
	var answer struct {
		Error struct {
			Code any    `json:"code"`
			Type string `json:"type"`
		} `json:"error"`
	}
	if json.Unmarshal(body, &answer) != nil {
		return ""
	}
	if code, ok := answer.Error.Code.(string); ok && code != "" {
		return word(code)
	}
	return word(answer.Error.Type)
}

// word passes on an identifier and nothing that could be a secret or a sentence.
func word(s string) string {
	if len(s) == 0 || len(s) > 48 {
		return ""
	}
	for _, c := range s {
		if !(c >= 'a' && c <= 'z' || c == '_') {
			return ""
		}
	}
	return s
}

// retryAfter reads Retry-After in seconds or as a date (RFC 9110 section 10.2.3), or OpenAI's retry-after-ms.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("retry-after-ms"), 64); err == nil && ms > 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond))
	}
	value := strings.TrimSpace(h.Get("Retry-After"))
	if s, err := strconv.ParseFloat(value, 64); err == nil && s > 0 && s < 1e6 {
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// explain turns an error of the library into one that a caller can decide by. ctx is the caller's own, without
// this package's time limit.
func (c *Client) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return fmt.Errorf("openai: %w", ctx.Err())
	}
	var ours *llm.Error
	var status *statusError
	var network net.Error
	var op *net.OpError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.As(err, &status):
		return status.explain()
	case errors.Is(err, api.ErrReasoningToolsRequireResponses):
		return &llm.Error{Kind: llm.Refused, Detail: "this model needs api: responses for functions"}
	case errors.Is(err, api.ErrReasoningEffortUnsupported):
		return &llm.Error{Kind: llm.Refused, Detail: "the model does not know this reasoning effort"}
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &network) && network.Timeout():
		return &llm.Error{Kind: llm.Unavailable, Detail: fmt.Sprintf("no answer within %v", c.config.Timeout)}
	case errors.As(err, &op):
		return &llm.Error{Kind: llm.Unavailable, Detail: "no connection (" + op.Op + ")"}
	case jsonError(err):
		return &llm.Error{Kind: llm.Unavailable, Detail: "200 with an answer that is no JSON, or cut off"}
	case errors.As(err, &network):
		return &llm.Error{Kind: llm.Unavailable, Detail: "the connection broke"}
	}
	return &llm.Error{Kind: llm.Refused, Detail: "the request could not be made"}
}

func jsonError(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &kind) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF)
}

// explain sorts a status (OpenAI, "Error codes"): which wait, which end.
func (e *statusError) explain() error {
	detail := fmt.Sprintf("%d %s", e.status, http.StatusText(e.status))
	if e.code != "" {
		detail += " " + e.code
	}
	kind := llm.Refused
	switch {
	case e.code == "insufficient_quota", e.code == "billing_hard_limit_reached":
		kind = llm.Quota
	case e.status == http.StatusPaymentRequired:
		kind = llm.Quota
	case e.status == http.StatusTooManyRequests:
		kind = llm.RateLimited
	case e.status >= 500, e.status == http.StatusRequestTimeout, e.status == http.StatusConflict,
		e.status == http.StatusTooEarly:
		kind = llm.Unavailable
	}
	return &llm.Error{Kind: kind, Detail: strings.TrimSpace(detail), After: e.after}
}
