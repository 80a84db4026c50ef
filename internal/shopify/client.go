// Package shopify reads one store through Shopify's Admin GraphQL API and tags its customers. It asks for
// orders by customer only, compares every address again by itself, and holds no method that could change an
// order.
package shopify

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"
)

//go:generate go run ./gen queries ../sandbox/schema/admin-2026-10.graphql
//go:generate go run github.com/Khan/genqlient genqlient.yaml

// Version is the API version that the queries were written and checked against. Shopify serves each for a
// year: https://shopify.dev/docs/api/usage/versioning, read 2026-11-22.
const Version = "2026-10"

// Config says which store, and by which credential. Either Token or ClientID and ClientSecret is set.
type Config struct {
	Shop         string            // "lavender-oak" or "lavender-oak.myshopify.com"
	Token        string            // static Admin API token of an older custom app
	ClientID     string            // of an app of the store's own organisation (client credentials grant)
	ClientSecret string            //
	Version      string            // of the API; empty for Version
	Endpoint     string            // another scheme://host in place of the store's, for a sandbox on loopback
	Timeout      time.Duration     // of one HTTP call; 0 for 20 s
	Patience     time.Duration     // how long one operation may wait for throttling altogether; 0 for 20 s
	Transport    http.RoundTripper // what carries the calls; nil for http.DefaultTransport
}

// Client talks to one store. It is safe for use by several goroutines: each call makes its own go-shopify
// client, because a shared one races.
type Client struct {
	shop     string
	version  string
	patience time.Duration
	timeout  time.Duration
	link     *link
	tokens   *tokens
	log      *slog.Logger
}

var (
	// shopName is a store's handle. go-shopify takes "x.myshopify.com.evil.com" for a shop and would send the
	// token there.
	shopName   = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	apiVersion = regexp.MustCompile(`^20[2-9][0-9]-(01|04|07|10)$`)
)

// New checks the configuration and makes a client. It calls nobody.
func New(c Config, log *slog.Logger) (*Client, error) {
	name := strings.TrimSuffix(strings.ToLower(strings.TrimSpace(c.Shop)), ".myshopify.com")
	if !shopName.MatchString(name) {
		return nil, errors.New(`shopify: the shop must be like "lavender-oak" or "x.myshopify.com"`)
	}
	if c.Version == "" {
		c.Version = Version
	}
	if !apiVersion.MatchString(c.Version) {
		return nil, fmt.Errorf("shopify: API version %q is not of the form %q", c.Version, Version)
	}
	grant := c.ClientID != "" || c.ClientSecret != ""
	switch {
	case grant == (c.Token != ""):
		return nil, errors.New("shopify: give either a token, or a client id and secret")
	case grant && (c.ClientID == "" || c.ClientSecret == ""):
		return nil, errors.New("shopify: the client id and the client secret belong together")
	case !headerSafe(c.Token):
		return nil, errors.New("shopify: the token holds characters that no token has")
	}
	l := &link{host: name + ".myshopify.com", base: c.Transport}
	if l.base == nil {
		l.base = http.DefaultTransport
	}
	if c.Endpoint != "" {
		u, err := endpoint(c.Endpoint)
		if err != nil {
			return nil, err
		}
		l.other = u
	}
	if c.Timeout <= 0 {
		c.Timeout = 20 * time.Second
	}
	if c.Patience <= 0 {
		c.Patience = 20 * time.Second
	}
	return &Client{
		shop: name, version: c.Version, patience: c.Patience, timeout: c.Timeout, link: l, log: log,
		tokens: newTokens(c, l),
	}, nil
}

// endpoint reads another address for the API. Without TLS it must be this machine, or the token would travel
// in the clear.
func endpoint(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" {
		return nil, errors.New("shopify: the endpoint must be scheme://host")
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || (ip != nil && ip.IsLoopback())
	if u.Scheme != "https" && (u.Scheme != "http" || !local) {
		return nil, errors.New("shopify: the endpoint must be https, or http on this machine")
	}
	return u, nil
}

// headerSafe reports whether a token may stand in a header: visible ASCII only.
func headerSafe(token string) bool {
	for _, r := range token {
		if r <= ' ' || r > '~' {
			return false
		}
	}
	return len(token) <= 1024
}
