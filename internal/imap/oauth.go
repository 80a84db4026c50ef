package imap

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// OAuth turns a long-lived refresh token into short-lived access tokens (RFC 6749 section 6).
type OAuth struct {
	ClientID     string
	ClientSecret string // empty for public clients
	RefreshToken string
	TokenURL     string // GoogleTokenURL, MicrosoftTokenURL(…), or another https address
	Scopes       []string
	// Rotated is told of a new refresh token: Microsoft hands out another one each time, and the old one dies
	// after 90 days. May be nil.
	Rotated func(refreshToken string)
}

// GoogleTokenURL is Google's token endpoint; the scope of IMAP is https://mail.google.com/.
const GoogleTokenURL = "https://oauth2.googleapis.com/token"

// MicrosoftTokenURL is the token endpoint of a tenant ("common" for any); the scopes of IMAP are
// https://outlook.office.com/IMAP.AccessAsUser.All and offline_access.
func MicrosoftTokenURL(tenant string) string {
	return "https://login.microsoftonline.com/" + tenant + "/oauth2/v2.0/token"
}

// refreshEarly is how long before its end an access token is replaced: a log-in must not race with it.
const refreshEarly = 5 * time.Minute

// Token gives a function for Config.Token. It keeps the access token until shortly before it ends. A refusal
// that only a person can mend is an ErrGrant or ErrAccount; no error holds what the provider sent.
func (o OAuth) Token(client *http.Client) func(context.Context) (string, error) {
	if client == nil {
		client = &http.Client{Timeout: 30 * time.Second}
	}
	conf := &oauth2.Config{
		ClientID: o.ClientID, ClientSecret: o.ClientSecret, Scopes: o.Scopes,
		Endpoint: oauth2.Endpoint{TokenURL: o.TokenURL},
	}
	var mu sync.Mutex
	current := &oauth2.Token{RefreshToken: o.RefreshToken}
	return func(ctx context.Context) (string, error) {
		mu.Lock()
		defer mu.Unlock()
		if current.AccessToken != "" && (current.Expiry.IsZero() || time.Until(current.Expiry) > refreshEarly) {
			return current.AccessToken, nil
		}
		if !guarded(o.TokenURL) {
			return "", &Error{Op: "token", Err: ErrAccount, Why: "the token endpoint must be https"}
		}
		ctx = context.WithValue(ctx, oauth2.HTTPClient, client)
		next, err := conf.TokenSource(ctx, &oauth2.Token{RefreshToken: current.RefreshToken}).Token()
		if err != nil {
			return "", tokenError(ctx, err)
		}
		if next.RefreshToken != "" && next.RefreshToken != current.RefreshToken && o.Rotated != nil {
			o.Rotated(next.RefreshToken)
		}
		current = next
		return next.AccessToken, nil
	}
}

// guarded reports whether a refresh token may travel to an address: by https, or within this machine.
func guarded(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	local := u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
	return u.Scheme == "https" || u.Scheme == "http" && local
}

// tokenError sorts what the endpoint said (RFC 6749 section 5.2).
func tokenError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var refused *oauth2.RetrieveError
	if !errors.As(err, &refused) {
		return &Error{Op: "token", Why: "the token endpoint could not be reached", For: retryShort}
	}
	status := 0
	if refused.Response != nil {
		status = refused.Response.StatusCode
	}
	switch refused.ErrorCode {
	case "invalid_grant":
		return &Error{Op: "token", Err: ErrGrant, Why: ErrGrant.Error()}
	case "invalid_client", "unauthorized_client", "invalid_scope", "invalid_request", "unsupported_grant_type":
		return &Error{Op: "token", Err: ErrAccount, Why: "the token endpoint said " + refused.ErrorCode}
	}
	return &Error{Op: "token", Why: fmt.Sprintf("the token endpoint answered %d", status), For: retryShort}
}
