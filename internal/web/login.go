package web

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/scs/v2"
)

// Keys of a session.
const (
	keyUser = "user"
	keyMark = "mark" // of the password's hash
	keyNote = "note" // one line to show once
)

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

type userKey struct{}

// requireUser lets in who is logged in and still on the list with the same password.
func (s *server) requireUser(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := s.sessions.GetString(r.Context(), keyUser)
		mark, known := s.users.marks[name]
		if name == "" || !known || mark != s.sessions.GetString(r.Context(), keyMark) {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				s.message(w, r, http.StatusUnauthorized, "You are not logged in",
					"Nothing was done. Log in again; what you wrote is still in the page before this one.")
				return
			}
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		next(w, r.WithContext(context.WithValue(r.Context(), userKey{}, name)))
	})
}

// userOf gives the name of who is logged in, empty on public pages.
func userOf(r *http.Request) string {
	name, _ := r.Context().Value(userKey{}).(string)
	return name
}

type loginView struct {
	Name, Problem string
	NoUsers       bool
}

func (s *server) loginPage(w http.ResponseWriter, r *http.Request) {
	s.render(w, r, http.StatusOK, "login", "Log in", loginView{NoUsers: len(s.Users) == 0})
}

func (s *server) login(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	name, password := strings.TrimSpace(r.PostForm.Get("name")), r.PostForm.Get("password")
	if utf8.RuneCountInString(name) > 100 {
		name = ""
	}
	refuse := func(status int, problem string) {
		v := loginView{Name: name, Problem: problem, NoUsers: len(s.Users) == 0}
		s.render(w, r, status, "login", "Log in", v)
	}
	if !s.limits.allow(clientIP(r), name) {
		s.Log.Warn("log-in: too many tries")
		w.Header().Set("Retry-After", "30")
		refuse(http.StatusTooManyRequests, "Too many tries. Wait half a minute.")
		return
	}
	if !s.users.verify(r.Context(), name, password) {
		refuse(http.StatusUnauthorized, "Name or password is wrong.")
		return
	}
	if err := s.sessions.RenewToken(r.Context()); err != nil { // against session fixation
		s.failed(w, r, err)
		return
	}
	s.sessions.Put(r.Context(), keyUser, name)
	s.sessions.Put(r.Context(), keyMark, s.users.marks[name])
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *server) logout(w http.ResponseWriter, r *http.Request) {
	if err := s.sessions.Destroy(r.Context()); err != nil {
		s.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
