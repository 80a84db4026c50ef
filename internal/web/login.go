package web

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// Keys of a session.
const (
	keyUser = "user"
	keyMark = "mark" // see staff.Account.Mark
	keyNote = "note" // one line to show once
	keyUndo = "undo" // the turn whose approval that line is about

	// between password and one-time code
	keyHalf     = "half"
	keyHalfMark = "half-mark"
	keyHalfAt   = "half-at" // Unix seconds

	keyFactor = "factor" // secret of a second factor that is being set up

	// while the browser is at the identity provider
	keyState    = "oidc-state"
	keyNonce    = "oidc-nonce"
	keyVerifier = "oidc-verifier"
)

// halfLife is how long a one-time code is waited for.
const halfLife = 5 * time.Minute

func (s *server) newSessions() *scs.SessionManager {
	m := scs.New()
	m.Store, m.HashTokenInStore = s.Sessions, true
	m.Lifetime = s.Session
	if m.Lifetime == 0 {
		m.Lifetime = 12 * time.Hour
	}
	m.Cookie.Name = "replyd"
	if s.secure {
		m.Cookie.Name = "__Host-replyd" // bound to this host and to TLS by the browser (RFC 6265bis, 4.1.3.2)
	}
	m.Cookie.HttpOnly, m.Cookie.Secure, m.Cookie.SameSite = true, s.secure, http.SameSiteLaxMode
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) { s.failed(w, r, err) }
	return m
}

// loginRoutes are for who is not logged in yet. They have a session, so that log-in can renew it.
func (s *server) loginRoutes() map[string]http.HandlerFunc {
	routes := map[string]http.HandlerFunc{
		"GET /login":         s.loginPage,
		"POST /login":        s.login,
		"GET /login/code":    s.codePage,
		"POST /login/code":   s.code,
		"GET /join/{token}":  s.joinPage,
		"POST /join/{token}": s.join,
	}
	if s.Identity != nil {
		routes["GET /login/oidc"] = s.oidcStart
		routes["GET /login/oidc/callback"] = s.oidcFinish
	}
	return routes
}

type loginView struct {
	Name, Problem string
	Nobody        bool // has an account
	Guest         Guest
	OIDC          bool
}

func (s *server) loginPage(w http.ResponseWriter, r *http.Request) {
	s.showLogin(w, r, http.StatusOK, "", "")
}

func (s *server) showLogin(w http.ResponseWriter, r *http.Request, status int, name, problem string) {
	all, err := s.People.Accounts()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := loginView{Name: name, Problem: s.say(r, problem), Nobody: len(all) == 0, OIDC: s.Identity != nil, Guest: s.Guest}
	s.render(w, r, status, "login", "Log in", v)
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password")
	if s.Guest.Name != "" && r.PostForm.Has("guest") {
		name, password = s.Guest.Name, s.Guest.Password
	}
	if tooLong(name, staff.MaxName) {
		name = ""
	}
	if !s.mayTry(w, r, name, loginTries(clientIP(r), name)...) {
		return
	}
	a, err := s.People.Account(name)
	if err != nil {
		a = &staff.Account{}
	}
	// Whoever it is, and whether they may log in at all, costs the same and looks the same.
	right := s.passwords.verify(r.Context(), a.Hash, password)
	if !right || a.Disabled {
		s.loginFailed(r, a.Name, "password")
		s.showLogin(w, r, http.StatusUnauthorized, name, "Name or password is wrong.")
		return
	}
	if err := s.People.Forgive(r.Context(), pairKey(clientIP(r), name)); err != nil {
		s.failed(w, r, err)
		return
	}
	if len(a.TOTP) > 0 {
		s.askCode(w, r, a)
		return
	}
	s.begin(w, r, a, "password")
}

// loginFailed writes down a failed try. The name is the account's; what else was typed may be a password.
func (s *server) loginFailed(r *http.Request, name, detail string) {
	if name == "" {
		name = "unknown"
	}
	s.record(r, audit.Entry{Who: name, What: audit.LoginFailed, Detail: detail})
}

// mayTry counts a try, or answers that there were too many.
func (s *server) mayTry(w http.ResponseWriter, r *http.Request, name string, limits ...staff.Tries) bool {
	wait, err := s.People.Try(r.Context(), s.Now(), limits...)
	if err != nil {
		s.failed(w, r, err)
		return false
	}
	if wait == 0 {
		return true
	}
	s.Log.Warn("log-in: too many tries")
	w.Header().Set("Retry-After", retryAfter(wait))
	s.showLogin(w, r, http.StatusTooManyRequests, name, "Too many tries. Wait half a minute.")
	return false
}

// begin makes the session this account's. Its token is new, so that one which somebody else knows or planted is
// worth nothing (session fixation).
func (s *server) begin(w http.ResponseWriter, r *http.Request, a *staff.Account, how string) {
	e := audit.Entry{At: s.Now(), Who: a.Name, What: audit.LoggedIn, Detail: how}
	a, err := s.People.ChangeAccount(r.Context(), a.Name, e, func(a *staff.Account) error {
		if a.Disabled {
			return errors.New("web: the account was disabled meanwhile")
		}
		a.Seen = s.Now()
		return nil
	})
	if err == nil {
		err = s.fresh(r.Context())
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.sessions.Put(r.Context(), keyUser, a.Name)
	s.sessions.Put(r.Context(), keyMark, a.Mark())
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// fresh empties the session and gives it another token.
func (s *server) fresh(ctx context.Context) error {
	if err := s.sessions.Clear(ctx); err != nil {
		return err
	}
	return s.sessions.RenewToken(ctx)
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.failed(w, r, err)
		return
	}
	s.record(r, audit.Entry{What: audit.LoggedOut})
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// askCode remembers that the password was right and asks for the second factor.
func (s *server) askCode(w http.ResponseWriter, r *http.Request, a *staff.Account) {
	if err := s.fresh(r.Context()); err != nil {
		s.failed(w, r, err)
		return
	}
	s.sessions.Put(r.Context(), keyHalf, a.Name)
	s.sessions.Put(r.Context(), keyHalfMark, a.Mark())
	s.sessions.Put(r.Context(), keyHalfAt, s.Now().Unix())
	http.Redirect(w, r, "/login/code", http.StatusSeeOther)
}

// half gives the account whose password was given a moment ago.
func (s *server) half(r *http.Request) *staff.Account {
	name := s.sessions.GetString(r.Context(), keyHalf)
	at := time.Unix(s.sessions.GetInt64(r.Context(), keyHalfAt), 0)
	if name == "" || s.Now().Sub(at) > halfLife {
		return nil
	}
	a, err := s.People.Account(name)
	if err != nil || a.Disabled || a.Mark() != s.sessions.GetString(r.Context(), keyHalfMark) {
		return nil
	}
	return a
}

type codeView struct{ Problem string }

func (s *server) codePage(w http.ResponseWriter, r *http.Request) {
	if s.half(r) == nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	s.render(w, r, http.StatusOK, "code", "One-time code", codeView{})
}

// code takes a one-time code. The store uses it up in the transaction that compares it, so that of two who send
// the same code one gets in.
func (s *server) code(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	a := s.half(r)
	if a == nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	if !s.mayTry(w, r, a.Name, codeTries(a.Name)) {
		return
	}
	_, err := s.People.ChangeAccount(r.Context(), a.Name, audit.Entry{}, func(a *staff.Account) error {
		if !a.Pass(r.PostForm.Get("code"), s.Now()) {
			return errCode
		}
		return nil
	})
	switch {
	case errors.Is(err, errCode):
		s.loginFailed(r, a.Name, "code")
		v := codeView{s.say(r, "That code is wrong or was used already. Wait for the next one.")}
		s.render(w, r, http.StatusUnauthorized, "code", "One-time code", v)
	case err != nil:
		s.failed(w, r, err)
	default:
		s.begin(w, r, a, "password and code")
	}
}

var errCode = errors.New("web: the code is wrong or was used")
