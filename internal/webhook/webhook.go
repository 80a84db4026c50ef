// Package webhook posts small JSON documents to an address of the owner's: signed by the Standard Webhooks
// convention, or plain, as chats take them. No error of it tells the address, which may be a secret.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Config of a Client.
type Config struct {
	URL string
	// Key signs. Empty: the call is not signed.
	Key []byte
	// Timeout of one call; 10 s when 0.
	Timeout time.Duration
}

// Client posts to one address. It may be used from many goroutines.
type Client struct {
	Config
	http *http.Client
}

// New makes a Client. It starts nothing.
func New(c Config) (*Client, error) {
	if u, err := url.Parse(c.URL); err != nil || u.Host == "" {
		return nil, errors.New("webhook: the address is none")
	}
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	// A redirect would take the document to an address that nobody configured.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{c, &http.Client{Timeout: c.Timeout, CheckRedirect: stay}}, nil
}

// Signed tells whether calls are signed.
func (c *Client) Signed() bool { return len(c.Key) > 0 }

// ErrGone: the address wants no calls any more (410; Standard Webhooks, "Response codes", 2026-11).
var ErrGone = errors.New("webhook: 410 Gone")

// Post sends body. id is the same at each attempt, so that the receiver can tell them apart from new ones. Only an
// answer of 2xx is success.
func (c *Client) Post(ctx context.Context, id string, at time.Time, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.URL, bytes.NewReader(body))
	if err != nil {
		return errors.New("webhook: the address is none")
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "replyd")
	if c.Signed() {
		stamp := strconv.FormatInt(at.Unix(), 10)
		r.Header.Set("webhook-id", id)
		r.Header.Set("webhook-timestamp", stamp)
		r.Header.Set("webhook-signature", Sign(c.Key, id, stamp, body))
	}
	resp, err := c.http.Do(r)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) && !u.Timeout() {
			return errors.New("webhook: the address could not be reached")
		}
		return errors.New("webhook: no answer in time")
	}
	defer resp.Body.Close()
	_, _ = io.CopyN(io.Discard, resp.Body, 64<<10)
	switch {
	case resp.StatusCode == http.StatusGone:
		return ErrGone
	case resp.StatusCode < 200 || resp.StatusCode > 299:
		return fmt.Errorf("webhook: %d %s", resp.StatusCode, http.StatusText(resp.StatusCode))
	}
	return nil
}

// Sign gives the value of webhook-signature: HMAC-SHA-256 over id, time and body, each followed by a dot but the
// last (Standard Webhooks, "Signature scheme", 2026-11).
func Sign(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}
