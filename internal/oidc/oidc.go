// Package oidc is the hand to an identity provider: log-in by OpenID Connect's authorization code flow with
// state, nonce and PKCE (OpenID Connect Core 1.0, 3.1; RFC 9700, 2.1.1).
package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/replyd/replyd/internal/staff"
)

// Config names the provider and the application that is registered there.
type Config struct {
	Issuer       string // https://accounts.google.com
	ClientID     string
	ClientSecret string
	Redirect     string        // <public_url>/login/oidc/callback
	Timeout      time.Duration // of each call; 10 s when 0
}

// Provider is one identity provider. It is asked for its addresses at the first log-in, not before: the desk
// opens when the provider is down.
type Provider struct {
	config Config
	client *http.Client

	mu    sync.Mutex
	found *oidc.Provider
}

// New makes a Provider. It talks to nobody.
func New(c Config) *Provider {
	if c.Timeout == 0 {
		c.Timeout = 10 * time.Second
	}
	// Keys and tokens come from the addresses that the provider names itself; none of them redirects.
	stay := func(*http.Request, []*http.Request) error { return errors.New("the provider redirects") }
	return &Provider{config: c, client: &http.Client{Timeout: c.Timeout, CheckRedirect: stay}}
}

// provider reads the discovery document, once. A failure is tried again at the next log-in.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found != nil {
		return p.found, nil
	}
	// The context is kept by the key set for later calls, so it must not end with this request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("oidc: discovery: %w", err)
	}
	p.found = found
	return found, nil
}

func (p *Provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, RedirectURL: p.config.Redirect,
		Endpoint: found.Endpoint(), Scopes: []string{oidc.ScopeOpenID, "email", "profile"},
	}
}

// Start gives the address to send the browser to. state, nonce and verifier are random and kept with the
// browser's session until it comes back.
func (p *Provider) Start(ctx context.Context, state, nonce, verifier string) (string, error) {
	found, err := p.provider(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth(found).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), nil
}

// Finish takes the code to the provider and gives who logged in. The address is empty unless the provider says
// that it is confirmed.
func (p *Provider) Finish(ctx context.Context, code, nonce, verifier string) (staff.Person, error) {
	found, err := p.provider(ctx)
	if err != nil {
		return staff.Person{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(found).Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return staff.Person{}, exchangeError(err)
	}
	raw, ok := token.Extra("id_token").(string)
	if !ok {
		return staff.Person{}, errors.New("oidc: the provider gave no id token")
	}
	id, err := found.Verifier(&oidc.Config{ClientID: p.config.ClientID}).Verify(ctx, raw)
	if err != nil {
		return staff.Person{}, fmt.Errorf("oidc: id token: %w", err)
	}
	if nonce == "" || subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(nonce)) != 1 {
		return staff.Person{}, errors.New("oidc: the id token is for another log-in")
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := id.Claims(&claims); err != nil {
		return staff.Person{}, errors.New("oidc: the id token's claims cannot be read")
	}
	out := staff.Person{Subject: id.Issuer + " " + id.Subject}
	if claims.Verified && staff.CheckEmail(claims.Email) == nil {
		out.Email = strings.ToLower(claims.Email)
	}
	return out, nil
}

// exchangeError drops the provider's answer, which may repeat what it was sent.
func exchangeError(err error) error {
	var refused *oauth2.RetrieveError
	if errors.As(err, &refused) && refused.Response != nil {
		return fmt.Errorf("oidc: token: %s", refused.Response.Status)
	}
	return fmt.Errorf("oidc: token: %w", err)
}
