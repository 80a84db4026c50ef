package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// People is what the desk keeps about its staff and what they do.
type People interface {
	Accounts
	Keys
	Brakes
	Log
}

// Accounts keeps who may log in. An audit entry is stored with the change it tells of, or neither is.
type Accounts interface {
	Bootstrap(ctx context.Context, users []staff.Account, now time.Time) error
	Account(name string) (*staff.Account, error)
	Accounts() ([]*staff.Account, error) // by name
	AddAccount(ctx context.Context, a staff.Account, e audit.Entry) error
	ChangeAccount(ctx context.Context, name string, e audit.Entry,
		f func(*staff.Account) error) (*staff.Account, error)
}

// Keys keeps API tokens.
type Keys interface {
	AddToken(ctx context.Context, t staff.Token, e audit.Entry) error
	Tokens() ([]*staff.Token, error)
	TokenOf(key string) (*staff.Token, *staff.Account, error)
	UseToken(ctx context.Context, hash string, at time.Time) error
	RevokeToken(ctx context.Context, id, account string, e audit.Entry) error // an empty account: anybody's
}

// Brakes count tries, across restarts.
type Brakes interface {
	Try(ctx context.Context, now time.Time, limits ...staff.Tries) (wait time.Duration, err error)
	Forgive(ctx context.Context, key string) error
}

// Log is the audit log.
type Log interface {
	Record(ctx context.Context, e audit.Entry) error
	AuditPage(f audit.Filter, before uint64, limit int) (page []audit.Entry, next uint64, err error)
	EachEntry(f func(*audit.Entry) error) error // oldest first
}

// rule is what a route asks of who uses it, and what the audit log says of its use.
type rule struct {
	act  staff.Act
	look audit.What // a look at a customer's data, written down before it is given
	own  bool       // the handler, or the store, writes its own entry
}

// rules holds the routes that are not ordinary. All others: who reads may look; who changes may decide, and that
// is written down with the route's name. So a route that nobody thought of here is closed to viewers.
var rules = map[string]rule{
	"POST /logout": {act: staff.Self, own: true},

	"GET /account":                   {act: staff.Self},
	"POST /account/password":         {act: staff.Self, own: true},
	"POST /account/factor/new":       {act: staff.Self, own: true},
	"POST /account/factor":           {act: staff.Self, own: true},
	"POST /account/factor/remove":    {act: staff.Self, own: true},
	"POST /account/signout":          {act: staff.Self, own: true},
	"POST /account/tokens":           {act: staff.Tokens, own: true},
	"POST /account/tokens/{id}/drop": {act: staff.Tokens, own: true},

	"GET /people":          {act: staff.People},
	"POST /people":         {act: staff.People, own: true},
	"POST /people/link":    {act: staff.People, own: true},
	"POST /people/role":    {act: staff.People, own: true},
	"POST /people/disable": {act: staff.People, own: true},
	"POST /people/enable":  {act: staff.People, own: true},
	"POST /people/signout": {act: staff.People, own: true},
	"POST /people/factor":  {act: staff.People, own: true},

	"GET /settings":       {act: staff.Settings},
	"POST /settings":      {act: staff.Settings, own: true},
	"POST /settings/back": {act: staff.Settings, own: true},

	"GET /templates":                               {act: staff.Settings},
	"GET /templates/new/{lang}":                    {act: staff.Settings},
	"POST /templates/new/{lang}":                   {act: staff.Settings, own: true},
	"GET /templates/{kind}/{lang}/{name}":          {act: staff.Settings},
	"POST /templates/{kind}/{lang}/{name}":         {act: staff.Settings, own: true},
	"POST /templates/{kind}/{lang}/{name}/back":    {act: staff.Settings, own: true},
	"POST /templates/{kind}/{lang}/{name}/check":   {act: staff.Settings, own: true},
	"GET /templates/{kind}/{lang}/{name}/preview":  {act: staff.Settings},
	"POST /templates/{kind}/{lang}/{name}/preview": {act: staff.Settings, own: true},

	"GET /audit":        {act: staff.Audit},
	"GET /audit/export": {act: staff.Audit, own: true},

	"GET /turns/{id}":                      {act: staff.Look, look: audit.TurnRead},
	"GET /turns/{id}/mail/{n}/raw":         {act: staff.Look, look: audit.MailRead},
	"GET /turns/{id}/mail/{n}/html":        {act: staff.Look, look: audit.MailRead},
	"GET /turns/{id}/mail/{n}/headers":     {act: staff.Look, look: audit.MailRead},
	"GET /turns/{id}/mail/{n}/file/{file}": {act: staff.Look, look: audit.MailRead},

	// these change the turn, and the store writes the entry with the change
	"POST /turns/{id}/approve":  {act: staff.Decide, own: true},
	"POST /turns/{id}/redraft":  {act: staff.Decide, own: true},
	"POST /turns/{id}/reject":   {act: staff.Decide, own: true},
	"POST /turns/{id}/answered": {act: staff.Decide, own: true},
	"POST /turns/{id}/spam":     {act: staff.Decide, own: true},
	"POST /turns/{id}/undo":     {act: staff.Decide, own: true},
	"POST /turns/{id}/snooze":   {act: staff.Decide, own: true},
	"POST /bulk":                {act: staff.Decide, own: true},
	// and these the ticket
	"POST /turns/{id}/assign":  {act: staff.Decide, own: true},
	"POST /turns/{id}/note":    {act: staff.Decide, own: true},
	"POST /turns/{id}/tags":    {act: staff.Decide, own: true},
	"POST /turns/{id}/take":    {act: staff.Decide, own: true},
	"POST /turns/{id}/release": {act: staff.Decide, own: true},
	"POST /turns/{id}/merge":   {act: staff.Decide, own: true},
	"POST /turns/{id}/split":   {act: staff.Decide, own: true},
	// these change nothing
	"POST /turns/{id}/check":   {act: staff.Look, own: true},
	"POST /turns/{id}/preview": {act: staff.Look, own: true},
	"POST /views":              {act: staff.Look, own: true},
}

func ruleOf(r *http.Request) rule {
	if known, ok := rules[r.Pattern]; ok {
		return known
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		return rule{act: staff.Look}
	}
	return rule{act: staff.Decide}
}

type userKey struct{}

// accountOf gives the account of who is logged in, nil on public pages.
func accountOf(r *http.Request) *staff.Account {
	a, _ := r.Context().Value(userKey{}).(*staff.Account)
	return a
}

// userOf gives the name of who is logged in, empty on public pages.
func userOf(r *http.Request) string {
	if a := accountOf(r); a != nil {
		return a.Name
	}
	return ""
}

// requireUser lets in who is logged in, was not sent out meanwhile, and may do what the route is for. It is the
// one place where roles are enforced and looks are written down.
func (s *server) requireUser(next http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := s.sessionAccount(r)
		if a == nil {
			if r.Method != http.MethodGet && r.Method != http.MethodHead {
				s.message(w, r, http.StatusUnauthorized, "You are not logged in",
					"Nothing was done. Log in again; what you wrote is still in the page before this one.")
				return
			}
			if r.Header.Get("HX-Request") != "" { // a part of a page: the whole of it goes
				w.Header().Set("HX-Redirect", "/login")
				return
			}
			http.Redirect(w, r, "/login", http.StatusSeeOther)
			return
		}
		r = r.WithContext(context.WithValue(r.Context(), userKey{}, a))
		w.Header().Set("Content-Security-Policy", deskPolicy)
		rule := ruleOf(r)
		if !a.Role.May(rule.act) {
			s.record(r, audit.Entry{What: audit.AccessRefused, Detail: r.Pattern})
			s.message(w, r, http.StatusForbidden, "Your role does not allow this",
				"Nothing was done. An owner can change your role.")
			return
		}
		if rule.look != "" {
			held := s.witness(w, r, rule.look)
			next(held, r)
			held.release()
			return
		}
		if rule.own || r.Method == http.MethodGet || r.Method == http.MethodHead {
			next(w, r)
			return
		}
		seen := &statusWriter{ResponseWriter: w}
		next(seen, r)
		if seen.status < 400 {
			s.record(r, audit.Entry{What: audit.DeskChanged, Turn: turnOf(r), Detail: r.Pattern})
		}
	})
}

// sessionAccount gives the account of a session that still holds.
func (s *server) sessionAccount(r *http.Request) *staff.Account {
	name := s.sessions.GetString(r.Context(), keyUser)
	if name == "" {
		return nil
	}
	a, err := s.People.Account(name)
	if err != nil || a.Disabled || a.Mark() != s.sessions.GetString(r.Context(), keyMark) {
		return nil
	}
	return a
}

// turnOf names the turn that a request is about, if its route names one.
func turnOf(r *http.Request) string {
	if strings.Contains(r.Pattern, "/turns/{id}") {
		return r.PathValue("id")
	}
	return ""
}

// record adds an entry about the person who sent the request. It is for what has happened already or was
// refused, so a failure is logged and stops nothing.
func (s *server) record(r *http.Request, e audit.Entry) {
	if e.Who == "" {
		e.Who = userOf(r)
	}
	e.At = s.Now()
	if err := s.People.Record(context.WithoutCancel(r.Context()), e); err != nil {
		s.Log.Error("web: audit log", "what", e.What, "error", err)
	}
}

// entry is one that is stored together with what it tells of.
func (s *server) entry(r *http.Request, what audit.What, account, detail string) audit.Entry {
	return audit.Entry{At: s.Now(), Who: userOf(r), What: what, Account: account, Detail: detail}
}

// statusWriter remembers the status that was sent.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// colleagues names who can be given a ticket: all who may decide.
func (s *server) colleagues() (out []string) {
	all, err := s.People.Accounts()
	if err != nil {
		s.Log.Error("web: accounts", "error", err)
	}
	for _, a := range all {
		if !a.Disabled && a.Role.May(staff.Decide) {
			out = append(out, a.Name)
		}
	}
	return out
}
