// Package sendgrid sends one reply at a time through SendGrid's v3 API, says honestly what became of it, and
// reads the signed events that tell of its delivery. The one thing it must never do is to make somebody send
// a mail twice: whenever the mail may have been taken, the outcome is Unknown, and nobody tries again by
// themselves.
package sendgrid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"

	"github.com/replyd/replyd/internal/mail"
)

const (
	defaultTimeout = 30 * time.Second // of a whole call; SendGrid answers in well under a second
	maxAnswer      = 256 << 10        // bytes of an answer that are read; the largest we need lists scopes
)

// Config says how to reach SendGrid.
type Config struct {
	Key string // API key with the scope mail.send; scopes for Sender are optional
	// Endpoint is another scheme://host than SendGrid's, for a server on this machine. Plain http is refused
	// for any other host, since the key travels in each request.
	Endpoint string
	EU       bool          // data residency: mail is processed by api.eu.sendgrid.com
	Timeout  time.Duration // of a whole call; zero means 30 s
}

// Client calls SendGrid. It is safe for concurrent use.
type Client struct {
	cfg  Config
	host string
	http *rest.Client
}

// New makes a client. It does not connect.
func New(c Config) (*Client, error) {
	if c.Key == "" || strings.ContainsFunc(c.Key, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("sendgrid: the API key is missing or holds characters that no key has")
	}
	if c.Timeout <= 0 {
		c.Timeout = defaultTimeout
	}
	host, err := hostOf(c)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		// A kept connection that the server is just closing would swallow a request: was it taken? A handshake
		// for each reply is cheap beside a person who has to find out.
		DisableKeepAlives:   true,
		TLSHandshakeTimeout: 10 * time.Second,
	}
	return &Client{cfg: c, host: host, http: &rest.Client{HTTPClient: &http.Client{
		Transport: capped{transport},
		Timeout:   c.Timeout,
		// a redirect of the key and the mail to somewhere else is nothing that SendGrid does
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}}, nil
}

// hostOf is where requests go: scheme and host.
func hostOf(c Config) (string, error) {
	if c.Endpoint == "" {
		region := "global"
		if c.EU {
			region = "eu"
		}
		req, err := sendgrid.SetDataResidency(rest.Request{}, region)
		return req.BaseURL, err
	}
	u, err := url.Parse(c.Endpoint)
	if err != nil || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
		return "", errors.New("sendgrid: the endpoint must be scheme://host")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return "", errors.New("sendgrid: the endpoint must be https, or http on this machine")
	}
	return u.Scheme + "://" + u.Host, nil
}

// capped bounds how much of an answer can be read.
type capped struct{ http.RoundTripper }

func (t capped) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := t.RoundTripper.RoundTrip(r)
	if res != nil && res.Body != nil {
		res.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(res.Body, maxAnswer), res.Body}
	}
	return res, err
}

// Send sends a reply. It returns SendGrid's id of it (X-Message-Id), which is proof that SendGrid took it,
// not that it arrived. Every error is an *Error: its Outcome says whether the mail certainly was not taken.
func (c *Client) Send(ctx context.Context, o mail.Outgoing) (providerID string, err error) {
	body, err := build(o)
	if err != nil {
		return "", &Error{Op: "send", Outcome: Refused, Why: err.Error()}
	}
	res, err := c.call(ctx, "send", rest.Post, "/v3/mail/send", body)
	if err != nil {
		return "", err
	}
	return http.Header(res.Headers).Get("X-Message-Id"), nil
}

// call makes one request. A fresh rest.Request each time: the library's own client mixes bodies up when
// shared (sendgrid-go issue 474), and its 4xx and 5xx are no errors.
func (c *Client) call(
	ctx context.Context, op string, method rest.Method, path string, body []byte,
) (*rest.Response, error) {
	req := sendgrid.GetRequest(c.cfg.Key, path, c.host)
	req.Method, req.Body = method, body
	// from here on something of the request may have been written
	var began atomic.Bool
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { began.Store(true) },
	})
	res, err := c.http.SendWithContext(ctx, req)
	switch {
	case res != nil && res.StatusCode/100 == 2: // even if its body broke off: the mail is taken
		return res, nil
	case res != nil && res.StatusCode > 0:
		return nil, statusError(op, res, time.Now())
	}
	e := &Error{Op: op, Outcome: Unknown, Why: why(err), Err: cause(err)}
	if !began.Load() {
		e.Outcome = Refused
		if ctx.Err() == nil || !errors.Is(ctx.Err(), context.Canceled) {
			e.Temporary, e.After = true, retryDial
		}
	}
	return nil, e
}

// Scopes lists what the API key may do. "mail.send" is what replyd needs.
func (c *Client) Scopes(ctx context.Context) ([]string, error) {
	var out struct {
		Scopes []string `json:"scopes"`
	}
	if err := c.get(ctx, "scopes", "/v3/scopes", &out); err != nil {
		return nil, err
	}
	return out.Scopes, nil
}

// Sender reports whether mail from an address can leave: its domain is authenticated, or the very address is
// a verified single sender. The key needs the scopes whitelabel.read and sender_verification_eligible.
func (c *Client) Sender(ctx context.Context, address string) (bool, error) {
	_, domain, ok := strings.Cut(strings.ToLower(address), "@")
	if !ok {
		return false, nil
	}
	var domains []struct {
		Domain string `json:"domain"`
		Valid  bool   `json:"valid"`
	}
	path := "/v3/whitelabel/domains?limit=50&domain=" + url.QueryEscape(domain)
	if err := c.get(ctx, "domains", path, &domains); err != nil {
		return false, err
	}
	for _, d := range domains {
		if d.Valid && strings.EqualFold(d.Domain, domain) {
			return true, nil
		}
	}
	var senders struct {
		Results []struct {
			Email    string `json:"from_email"`
			Verified bool   `json:"verified"`
		} `json:"results"`
	}
	if err := c.get(ctx, "senders", "/v3/verified_senders", &senders); err != nil {
		return false, err
	}
	for _, s := range senders.Results {
		if s.Verified && strings.EqualFold(s.Email, address) {
			return true, nil
		}
	}
	return false, nil
}

func (c *Client) get(ctx context.Context, op, path string, into any) error {
	res, err := c.call(ctx, op, rest.Get, path, nil)
	if err != nil {
		var e *Error
		if errors.As(err, &e) && e.Outcome == Unknown { // a question may be asked again
			e.Outcome, e.Temporary, e.After = Refused, true, retryDial
		}
		return err
	}
	if err := json.Unmarshal([]byte(res.Body), into); err != nil {
		why := fmt.Sprintf("%d without the JSON that was expected", res.StatusCode)
		return &Error{Op: op, Outcome: Refused, Status: res.StatusCode, Why: why}
	}
	return nil
}
