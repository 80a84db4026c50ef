package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Remote is a desk on another machine, for commands.
type Remote struct {
	URL   string // of the desk, as browsers reach it
	Token string // an API token
}

const (
	maxAnswerBytes = 16 << 20         // of the API: a page of 200 turns has less than 1 MiB
	remoteTimeout  = 30 * time.Second // for one call
)

// Call asks the API of a desk on another machine, as CallAPI does on this one. It follows no redirect, which would
// carry the token elsewhere, and sends it over TLS alone, or to this machine.
func (r Remote) Call(ctx context.Context, method, path string, in any) ([]byte, error) {
	base, err := r.base()
	if err != nil {
		return nil, err
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+r.Token)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := (&http.Client{Timeout: remoteTimeout, CheckRedirect: stay}).Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err
		}
		return nil, fmt.Errorf("%s cannot be reached: %w; is --url the address of the desk?", base, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswerBytes))
	if err != nil {
		return nil, fmt.Errorf("%s broke off: %w", base, err)
	}
	return text, r.problem(base, resp, text)
}

// base checks the address and the token, and gives the former without a slash at its end.
func (r Remote) base() (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.User != nil || u.RawQuery != "" {
		return "", errors.New("--url is no address of a desk: write it like https://desk.example.com")
	}
	if ip := net.ParseIP(u.Hostname()); u.Scheme == "http" && u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", errors.New("--url must begin with https: the token would go over the network for all to read")
	}
	if r.Token == "" {
		return "", errors.New("--url needs a token: name its file with --token-file, or set REPLYD_TOKEN; " +
			"a token is made at your account, at the desk")
	}
	if strings.ContainsAny(r.Token, " \t\r\n") {
		return "", errors.New("the token is none: its file holds one line, which begins with replyd_")
	}
	return strings.TrimRight(u.String(), "/"), nil
}

// problem makes an error of an answer that is none of the API's, or reports one.
func (r Remote) problem(base string, resp *http.Response, text []byte) error {
	kind, _, _ := strings.Cut(resp.Header.Get("Content-Type"), ";")
	switch {
	case resp.StatusCode == http.StatusUnauthorized:
		return fmt.Errorf("%s does not know this token, or its account was disabled: make one at %[1]s/account", base)
	case resp.StatusCode >= 300 && resp.StatusCode < 400:
		return fmt.Errorf("%s answers with a redirect (%d): give the address that a browser shows as --url", base, resp.StatusCode)
	case kind != "application/json" && kind != "application/problem+json":
		return fmt.Errorf("%s answers %d, but not as a desk of replyd does: is --url the address of the desk?", base, resp.StatusCode)
	}
	return problemOf(resp.StatusCode, text)
}
