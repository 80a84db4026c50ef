package web

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// Identity is log-in through an identity provider.
type Identity interface {
	// Start gives the address to send the browser to.
	Start(ctx context.Context, state, nonce, verifier string) (string, error)
	// Finish takes what the browser brought back and tells who it is.
	Finish(ctx context.Context, code, nonce, verifier string) (staff.Person, error)
}

// Newcomers says who gets an account at the first log-in through Identity.
type Newcomers struct {
	Domains []string // of a confirmed address; empty: nobody
	Role    staff.Role
}

// oidcStart sends the browser to the provider. It is a link, no form: form-action of our policy would stop a
// form's way to another site.
func (s *server) oidcStart(w http.ResponseWriter, r *http.Request) {
	if err := s.fresh(r.Context()); err != nil {
		s.failed(w, r, err)
		return
	}
	state, nonce, verifier := staff.Nonce(), staff.Nonce(), staff.Nonce()
	to, err := s.Identity.Start(r.Context(), state, nonce, verifier)
	if err != nil {
		s.Log.Error("web: identity provider", "error", err)
		s.showLogin(w, r, http.StatusBadGateway, "", "The identity provider does not answer. Try again later.")
		return
	}
	s.sessions.Put(r.Context(), keyState, state)
	s.sessions.Put(r.Context(), keyNonce, nonce)
	s.sessions.Put(r.Context(), keyVerifier, verifier)
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// oidcFinish takes the browser back. State, nonce and verifier are used up whatever comes of it.
func (s *server) oidcFinish(w http.ResponseWriter, r *http.Request) {
	q, ctx := r.URL.Query(), r.Context()
	state, nonce, verifier := s.sessions.PopString(ctx, keyState), s.sessions.PopString(ctx, keyNonce),
		s.sessions.PopString(ctx, keyVerifier)
	refuse := func(why string, err error) {
		s.loginFailed(r, "", "identity provider: "+why)
		s.Log.Warn("web: identity provider", "why", why, "error", err)
		s.showLogin(w, r, http.StatusUnauthorized, "", "That log-in did not work: "+why+".")
	}
	switch {
	case state == "" || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(state)) != 1:
		refuse("it was not begun here, or is too old", nil)
		return
	case q.Get("code") == "":
		refuse("the provider refused", nil)
		return
	}
	person, err := s.Identity.Finish(ctx, q.Get("code"), nonce, verifier)
	if err != nil {
		refuse("the provider's answer does not hold", err)
		return
	}
	a, err := s.accountFor(ctx, person)
	switch {
	case errors.Is(err, errStranger):
		refuse("nobody here has your address", nil)
	case err != nil:
		s.failed(w, r, err)
	case len(a.TOTP) > 0:
		s.askCode(w, r, a)
	default:
		s.begin(w, r, a, "identity provider")
	}
}

var errStranger = errors.New("web: no account for this person")

// accountFor finds the account of a person: the one that is tied to them, else the one with their confirmed
// address, which is tied to them from then on, else a new one if their domain is welcome.
func (s *server) accountFor(ctx context.Context, p staff.Person) (*staff.Account, error) {
	all, err := s.People.Accounts()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(all, func(a *staff.Account) bool { return a.Subject == p.Subject })
	if at < 0 && p.Email != "" {
		at = slices.IndexFunc(all, func(a *staff.Account) bool { return a.Subject == "" && a.Email == p.Email })
	}
	if at >= 0 {
		if all[at].Disabled {
			return nil, errStranger
		}
		return s.People.ChangeAccount(ctx, all[at].Name, audit.Entry{}, func(a *staff.Account) error {
			if a.Subject != "" && a.Subject != p.Subject {
				return errStranger
			}
			a.Subject, a.Invite = p.Subject, ""
			return nil
		})
	}
	_, domain, _ := strings.Cut(p.Email, "@")
	welcome := slices.ContainsFunc(s.Newcomers.Domains, func(d string) bool { return strings.EqualFold(d, domain) })
	if p.Email == "" || !welcome {
		return nil, errStranger
	}
	a := staff.Account{Name: p.Email, Email: p.Email, Role: s.Newcomers.Role, Subject: p.Subject, Created: s.Now()}
	if a.Role == "" {
		a.Role = staff.Viewer
	}
	e := audit.Entry{At: s.Now(), Who: a.Name, What: audit.Joined, Detail: "identity provider"}
	if err := s.People.AddAccount(ctx, a, e); err != nil {
		return nil, err
	}
	return &a, nil
}
