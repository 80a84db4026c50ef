package shopify

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
)

const (
	maxBody      = 8 << 20  // bytes of an answer: fifty orders are about 300 kB
	maxTokenBody = 64 << 10 // bytes of a token answer
)

var errTooLarge = errors.New("the answer is too large")

// link carries requests to the store and to nobody else.
type link struct {
	host  string   // the store's own
	other *url.URL // where to go instead, on loopback
	base  http.RoundTripper
}

// RoundTrip sends a request whose host is the store's, under another address where one is set.
func (l *link) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host != l.host || r.URL.Scheme != "https" {
		return nil, errors.New("not the store's host")
	}
	if l.other != nil {
		r = r.Clone(r.Context())
		r.URL.Scheme, r.URL.Host, r.Host = l.other.Scheme, l.other.Host, ""
	}
	return l.base.RoundTrip(r)
}

// client is an http.Client that follows no redirect: a credential goes where it was sent.
func (l *link) client(t http.RoundTripper) *http.Client {
	return &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// exchange is one HTTP call of go-shopify: it sets a fresh token, and keeps what the library loses.
type exchange struct {
	link   *link
	token  string
	body   io.Closer
	status int
	after  time.Duration
}

// RoundTrip notes status and Retry-After, and bounds the body.
func (x *exchange) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Shopify-Access-Token", x.token)
	resp, err := x.link.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	x.status = resp.StatusCode
	x.after = retryAfter(resp.Header.Get("Retry-After"), time.Now())
	x.body = resp.Body
	resp.Body = &bounded{resp.Body, maxBody}
	return resp, nil
}

// close closes the body, which go-shopify reads for its log, replaces, and leaves open.
func (x *exchange) close() {
	if x.body != nil {
		_ = x.body.Close() // nothing more is wanted of it
	}
}

// bounded fails, rather than ends, after so many bytes: half an answer is none.
type bounded struct {
	io.ReadCloser
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		return 0, errTooLarge
	}
	if int64(len(p)) > b.left {
		p = p[:b.left]
	}
	n, err := b.ReadCloser.Read(p)
	b.left -= int64(n)
	return n, err
}
