package web

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// peopleView is what the page of owners shows, where colleagues come and go.
type peopleView struct {
	People  []*staff.Account
	Roles   []staff.Role
	Now     time.Time
	Problem string
	Link    string // of an invitation, shown once
	LinkFor string
}

func (s *server) peoplePage(w http.ResponseWriter, r *http.Request) {
	s.showPeople(w, r, http.StatusOK, peopleView{})
}

func (s *server) showPeople(w http.ResponseWriter, r *http.Request, status int, v peopleView) {
	var err error
	if v.People, err = s.People.Accounts(); err != nil {
		s.failed(w, r, err)
		return
	}
	v.Roles, v.Now, v.Problem = staff.Roles, s.Now(), s.say(r, v.Problem)
	s.render(w, r, status, "people", "People", v)
}

// invite makes an account that whoever has the link can take.
func (s *server) invite(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	a := staff.Account{
		Name: cleanLine(r.PostForm.Get("name")), Email: strings.ToLower(cleanLine(r.PostForm.Get("email"))),
		Role: staff.Role(r.PostForm.Get("role")), Created: s.Now(),
	}
	err := errors.Join(staff.CheckName(a.Name), staff.CheckEmail(a.Email))
	if err == nil && !a.Role.Known() {
		err = errors.New("choose a role")
	}
	if err == nil {
		var nonce string
		nonce, a.Invite, a.InviteEnds = newInvite(s.Now())
		err = s.People.AddAccount(r.Context(), a, s.entry(r, audit.Invited, a.Name, string(a.Role)))
		if err == nil {
			s.showPeople(w, r, http.StatusOK, peopleView{LinkFor: a.Name, Link: s.inviteLink(a, nonce)})
			return
		}
	}
	s.peopleProblem(w, r, err)
}

// peopleProblem tells what is wrong with what was asked.
func (s *server) peopleProblem(w http.ResponseWriter, r *http.Request, err error) {
	switch {
	case errors.Is(err, staff.ErrTaken):
		s.showPeople(w, r, http.StatusConflict, peopleView{Problem: "Somebody has this name already."})
	case errors.Is(err, staff.ErrLastOwner):
		s.showPeople(w, r, http.StatusConflict,
			peopleView{Problem: "This is the last owner who can log in. Make somebody else owner first."})
	case s.NotFound != nil && errors.Is(err, s.NotFound):
		s.failed(w, r, err)
	default:
		s.showPeople(w, r, http.StatusUnprocessableEntity,
			peopleView{Problem: "That was not taken: " + strings.ReplaceAll(err.Error(), "\n", "; ") + "."})
	}
}

// changePerson does one thing to the account that the form names.
func (s *server) changePerson(what audit.What, note string,
	f func(*staff.Account, *http.Request) error,
) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.form(w, r) {
			return
		}
		name, detail := r.PostForm.Get("name"), ""
		if what == audit.RoleSet {
			detail = string(staff.Role(r.PostForm.Get("role")))
		}
		_, err := s.People.ChangeAccount(r.Context(), name, s.entry(r, what, name, detail),
			func(a *staff.Account) error { return f(a, r) })
		if err != nil {
			s.peopleProblem(w, r, err)
			return
		}
		s.noted(r, note)
		http.Redirect(w, r, "/people", http.StatusSeeOther)
	}
}

// freshLink lets somebody in who lost a password, or whose invitation lapsed.
func (s *server) freshLink(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	nonce, digest, ends := newInvite(s.Now())
	name := r.PostForm.Get("name")
	a, err := s.People.ChangeAccount(r.Context(), name, s.entry(r, audit.Invited, name, "a new link"),
		func(a *staff.Account) error {
			if a.Disabled {
				return errors.New("the account is disabled")
			}
			a.Invite, a.InviteEnds = digest, ends
			return nil
		})
	if err != nil {
		s.peopleProblem(w, r, err)
		return
	}
	s.showPeople(w, r, http.StatusOK, peopleView{LinkFor: a.Name, Link: s.inviteLink(*a, nonce)})
}

// peopleRoutes are the pages about people.
func (s *server) peopleRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /people":       s.peoplePage,
		"POST /people":      s.invite,
		"POST /people/link": s.freshLink,
		"POST /people/role": s.changePerson(audit.RoleSet, "The role was changed.",
			func(a *staff.Account, r *http.Request) error {
				if a.Role = staff.Role(r.PostForm.Get("role")); !a.Role.Known() {
					return errors.New("choose a role")
				}
				return nil
			}),
		"POST /people/disable": s.changePerson(audit.Disabled, "Nobody can log in to that account any more.",
			func(a *staff.Account, _ *http.Request) error {
				a.Disabled, a.Invite, a.InviteEnds = true, "", time.Time{}
				a.Epoch++
				return nil
			}),
		"POST /people/enable": s.changePerson(audit.Enabled, "The account is open again.",
			func(a *staff.Account, _ *http.Request) error { a.Disabled = false; return nil }),
		"POST /people/signout": s.changePerson(audit.SignedOut, "All sessions of that account have ended.",
			func(a *staff.Account, _ *http.Request) error { a.Epoch++; return nil }),
		"POST /people/factor": s.changePerson(audit.FactorRemoved, "The account has no second factor now.",
			func(a *staff.Account, _ *http.Request) error { a.TOTP, a.Recovery, a.Step = nil, nil, 0; return nil }),

		"GET /account":                   s.accountPage,
		"POST /account/password":         s.setPassword,
		"POST /account/factor/new":       s.newFactor,
		"POST /account/factor":           s.setFactor,
		"POST /account/factor/remove":    s.removeFactor,
		"POST /account/signout":          s.signOutEverywhere,
		"POST /account/tokens":           s.makeToken,
		"POST /account/tokens/{id}/drop": s.dropToken,

		"GET /audit":        s.auditPage,
		"GET /audit/export": s.auditExport,
	}
}
