package sendgrid

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/sendgrid/rest"

	"github.com/replyd/replyd/internal/mail"
)

// SendForged sends a mail with an Authentication-Results header of our own making, which the recipient's mail
// provider ought to take out (RFC 8601 section 5). It is for looking whether it does, at the store's own mailbox.
func (c *Client) SendForged(ctx context.Context, o mail.Outgoing, results string) (providerID string, err error) {
	body, err := build(o)
	if err == nil {
		body, err = withHeader(body, "Authentication-Results", oneLine(results))
	}
	if err != nil {
		return "", &Error{Op: "send", Outcome: Refused, Why: err.Error()}
	}
	res, err := c.call(ctx, "send", rest.Post, "/v3/mail/send", body)
	if err != nil {
		return "", err
	}
	return http.Header(res.Headers).Get("X-Message-Id"), nil
}

func withHeader(body []byte, name, value string) ([]byte, error) {
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, err
	}
	headers, _ := m["headers"].(map[string]any)
	if headers == nil {
		headers = map[string]any{}
	}
	headers[name], m["headers"] = value, headers
	return json.Marshal(m)
}
