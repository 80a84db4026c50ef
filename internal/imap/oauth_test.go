package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestOAuthRefreshesEarlyAndKeepsRotatedTokens(t *testing.T) {
	var asked []string
	expires := 3600
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.FormValue("grant_type")+" "+r.FormValue("refresh_token"))
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":"access-%d","token_type":"Bearer","expires_in":%d,"refresh_token":"refresh-%d"}`,
			len(asked), expires, len(asked))
	}))
	defer srv.Close()
	var rotated []string
	o := OAuth{
		ClientID: "id", ClientSecret: "s", RefreshToken: "refresh-0", TokenURL: srv.URL,
		Rotated: func(s string) { rotated = append(rotated, s) },
	}
	token := o.Token(nil)
	for range 3 {
		if got, err := token(t.Context()); err != nil || got != "access-1" {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if len(asked) != 1 || asked[0] != "refresh_token refresh-0" {
		t.Errorf("asked %q", asked)
	}
	expires = int(refreshEarly/time.Second) - 10 // such a token is replaced at the next use
	token = o.Token(nil)
	for range 2 {
		if _, err := token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if asked[2] != "refresh_token refresh-2" || strings.Join(rotated, " ") != "refresh-1 refresh-2 refresh-3" {
		t.Errorf("asked %q, rotated %q", asked, rotated)
	}
}

func TestOAuthErrorsAreSortedAndHoldNoSecret(t *testing.T) {
	for _, tc := range []struct {
		status    int
		body      string
		grant     bool
		account   bool
		temporary bool
	}{
		{400, `{"error":"invalid_grant","error_description":"Token top-secret revoked"}`, true, true, false},
		{401, `{"error":"invalid_client","error_description":"top-secret"}`, false, true, false},
		{400, `{"error":"temporarily_unavailable"}`, false, false, true},
		{503, `<html>top-secret</html>`, false, false, true},
		{429, ``, false, false, true},
		{200, `{"token_type":"Bearer"}`, false, false, true},
		{200, `not json top-secret`, false, false, true},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(tc.status)
			fmt.Fprint(w, tc.body)
		}))
		_, err := OAuth{ClientID: "id", ClientSecret: "top-secret", RefreshToken: "top-secret", TokenURL: srv.URL}.
			Token(srv.Client())(t.Context())
		srv.Close()
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%d %s: %v", tc.status, tc.body, err)
			continue
		}
		_, temporary := e.RetryAfter()
		if errors.Is(err, ErrGrant) != tc.grant || errors.Is(err, ErrAccount) != tc.account || temporary != tc.temporary {
			t.Errorf("%d %s: %v", tc.status, tc.body, err)
		}
		if strings.Contains(err.Error(), "top-secret") {
			t.Errorf("the error holds a secret: %v", err)
		}
	}
}

func TestRefreshTokenNeverTravelsInPlainText(t *testing.T) {
	for _, address := range []string{"http://login.example.com/token", "ftp://localhost/x", "", "://", "/token"} {
		_, err := OAuth{RefreshToken: "r", TokenURL: address}.Token(nil)(t.Context())
		if !errors.Is(err, ErrAccount) {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestOAuthEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then the server notices that the client has gone
		cancel()
		<-r.Context().Done()
	}))
	defer srv.Close()
	if _, err := (OAuth{RefreshToken: "r", TokenURL: srv.URL}).Token(nil)(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}
