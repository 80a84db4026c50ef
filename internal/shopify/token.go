package shopify

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// tokens hands out the credential: the static one, or one of the client credentials grant, which lives 24
// hours and is renewed before it ends. Source:
// https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens/client-credentials-grant,
// read 2026-11-22.
type tokens struct {
	static     string
	id, secret string
	url        string
	client     *http.Client
	timeout    time.Duration

	turn    chan struct{} // held while reading or renewing: one renewal serves all who wait
	current string
	renew   time.Time // when to ask for another
	ends    time.Time // when the current one stops to work
}

func newTokens(c Config, l *link) *tokens {
	return &tokens{
		static: c.Token, id: c.ClientID, secret: c.ClientSecret,
		url:    "https://" + l.host + "/admin/oauth/access_token",
		client: l.client(l), timeout: c.Timeout,
		turn: make(chan struct{}, 1),
	}
}

// get gives a token that works now. refused is one that Shopify has just refused, or empty.
func (t *tokens) get(ctx context.Context, refused string) (string, error) {
	if t.static != "" {
		return t.static, nil
	}
	select {
	case t.turn <- struct{}{}:
		defer func() { <-t.turn }()
	case <-ctx.Done():
		return "", ctx.Err()
	}
	now := time.Now()
	if t.current == refused {
		t.current = ""
	}
	if t.current != "" && now.Before(t.renew) {
		return t.current, nil
	}
	token, life, err := t.grant(ctx)
	if err != nil {
		if t.current != "" && now.Before(t.ends) {
			return t.current, nil // it still works; the next call tries again
		}
		return "", err
	}
	t.current, t.ends = token, now.Add(life)
	t.renew = t.ends.Add(-min(life/5, time.Hour))
	return t.current, nil
}

// grant asks for a token (RFC 6749 section 4.4).
func (t *tokens) grant(ctx context.Context) (token string, life time.Duration, err error) {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {t.id}, "client_secret": {t.secret}}
	call, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(call, http.MethodPost, t.url, strings.NewReader(form.Encode()))
	if err != nil {
		return "", 0, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := t.client.Do(req)
	if err != nil {
		return "", 0, unanswered(ctx, "token", err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(&bounded{resp.Body, maxTokenBody})
	if resp.StatusCode != http.StatusOK {
		after := retryAfter(resp.Header.Get("Retry-After"), time.Now())
		return "", 0, ofStatus("token", resp.StatusCode, after)
	}
	if err != nil {
		return "", 0, unanswered(ctx, "token", err)
	}
	var out struct {
		Token string `json:"access_token"`
		Life  int64  `json:"expires_in"` // seconds
	}
	if json.Unmarshal(body, &out) != nil || out.Token == "" || !headerSafe(out.Token) {
		return "", 0, &Error{Op: "token", Status: resp.StatusCode, Code: codeBadAnswer, Temporary: true}
	}
	if out.Life <= 0 || out.Life > 30*24*3600 {
		out.Life = 3600
	}
	return out.Token, time.Duration(out.Life) * time.Second, nil
}

// unanswered makes the error of a call that got no usable answer. The caller's own end stays what it is.
func unanswered(ctx context.Context, op string, err error) error {
	if ctx.Err() != nil {
		return &ended{op, ctx.Err()}
	}
	e := &Error{Op: op, Code: codeUnreachable, Temporary: true}
	var timeout interface{ Timeout() bool }
	var outer *url.Error
	switch {
	case errors.Is(err, errTooLarge):
		e.Code, e.Temporary = codeTooLarge, false
	case errors.As(err, &timeout) && timeout.Timeout():
		e.Code = codeTimeout
	case errors.As(err, &outer):
		e.Detail = outer.Err.Error()
	}
	return e
}

// ended is an operation that its caller gave up.
type ended struct {
	op  string
	err error
}

func (e *ended) Error() string { return "shopify: " + e.op + ": " + e.err.Error() }
func (e *ended) Unwrap() error { return e.err }
