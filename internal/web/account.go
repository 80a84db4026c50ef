package web

import (
	"errors"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"rsc.io/qr"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

type accountView struct {
	Account  *staff.Account
	Tokens   []*staff.Token
	Roles    []staff.Role // that a token may have
	People   bool         // the person may see the page about people
	Audit    bool
	MayToken bool
	Problem  string

	Secret   string        // of a second factor that is being set up
	Link     string        // the same as an otpauth address
	QR       template.HTML // the same as a picture
	Recovery []string      // codes, shown once
	Key      string        // of a new token, shown once
	KeyName  string
}

func (s *server) accountPage(w http.ResponseWriter, r *http.Request) {
	s.showAccount(w, r, http.StatusOK, accountView{})
}

func (s *server) showAccount(w http.ResponseWriter, r *http.Request, status int, v accountView) {
	a, err := s.People.Account(userOf(r)) // as it is now
	if err != nil {
		s.failed(w, r, err)
		return
	}
	all, err := s.People.Tokens()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	for _, t := range all {
		if t.Account == a.Name {
			v.Tokens = append(v.Tokens, t)
		}
	}
	for _, role := range staff.Roles {
		if staff.Least(role, a.Role) == role {
			v.Roles = append(v.Roles, role)
		}
	}
	v.Account, v.People, v.Audit = a, a.Role.May(staff.People), a.Role.May(staff.Audit)
	v.MayToken, v.Problem = a.Role.May(staff.Tokens), s.say(r, v.Problem)
	s.render(w, r, status, "account", "Your account", v)
}

func (s *server) accountProblem(w http.ResponseWriter, r *http.Request, status int, problem string) {
	s.showAccount(w, r, status, accountView{Problem: problem})
}

// proven asks for the password once more: a desk that somebody left open must not give away the account.
func (s *server) proven(w http.ResponseWriter, r *http.Request) bool {
	a := accountOf(r)
	wait, err := s.People.Try(r.Context(), s.Now(), proofTries(a.Name))
	switch {
	case err != nil:
		s.failed(w, r, err)
	case wait > 0:
		w.Header().Set("Retry-After", retryAfter(wait))
		s.accountProblem(w, r, http.StatusTooManyRequests, "Too many tries. Wait half a minute.")
	case a.Hash != "" && !s.passwords.verify(r.Context(), a.Hash, r.PostForm.Get("password")):
		s.loginFailed(r, a.Name, "password, within a session")
		s.accountProblem(w, r, http.StatusUnprocessableEntity, "Your present password is wrong. Nothing was changed.")
	default:
		return true
	}
	return false
}

// changeOwn stores a change of the own account that ends all sessions but this one.
func (s *server) changeOwn(w http.ResponseWriter, r *http.Request, what audit.What,
	f func(*staff.Account) error,
) bool {
	a, err := s.People.ChangeAccount(r.Context(), userOf(r), s.entry(r, what, "", ""), f)
	if err == nil {
		err = s.sessions.RenewToken(r.Context())
	}
	if errors.Is(err, errCode) {
		s.accountProblem(w, r, http.StatusUnprocessableEntity, "That code is wrong. Nothing was changed.")
		return false
	}
	if err != nil {
		s.failed(w, r, err)
		return false
	}
	s.sessions.Put(r.Context(), keyMark, a.Mark())
	return true
}

func (s *server) done(w http.ResponseWriter, r *http.Request, note string) {
	s.noted(r, note)
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *server) setPassword(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) || !s.proven(w, r) {
		return
	}
	hash, err := s.newHash(r)
	if err != nil {
		s.accountProblem(w, r, http.StatusUnprocessableEntity, err.Error())
		return
	}
	if s.changeOwn(w, r, audit.PasswordSet, func(a *staff.Account) error { a.Hash = hash; return nil }) {
		s.done(w, r, "Your password is changed. All other sessions have ended.")
	}
}

// newFactor makes a secret and shows it. It counts only when a code proves that the app has it.
func (s *server) newFactor(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) || !s.proven(w, r) {
		return
	}
	secret := staff.NewTOTP()
	s.sessions.Put(r.Context(), keyFactor, secret)
	s.showFactor(w, r, http.StatusOK, secret, "")
}

func (s *server) showFactor(w http.ResponseWriter, r *http.Request, status int, secret []byte, problem string) {
	link := staff.TOTPLink(secret, "replyd "+s.Shop, userOf(r))
	picture, err := qrSVG(link)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := accountView{Secret: spaced(staff.TOTPText(secret)), Link: link, QR: picture, Problem: problem}
	s.showAccount(w, r, status, v)
}

// setFactor turns the second factor on and shows the recovery codes, this once.
func (s *server) setFactor(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	secret := s.sessions.GetBytes(r.Context(), keyFactor)
	step, ok := staff.MatchCode(secret, r.PostForm.Get("code"), s.Now(), 0)
	switch {
	case len(secret) == 0:
		http.Redirect(w, r, "/account", http.StatusSeeOther)
		return
	case !ok:
		s.showFactor(w, r, http.StatusUnprocessableEntity, secret, "That code is wrong. Is the phone's clock right?")
		return
	}
	codes, digests := staff.NewRecovery()
	set := func(a *staff.Account) error {
		a.TOTP, a.Step, a.Recovery = secret, step, digests
		return nil
	}
	if s.changeOwn(w, r, audit.FactorSet, set) {
		s.sessions.Remove(r.Context(), keyFactor)
		s.showAccount(w, r, http.StatusOK, accountView{Recovery: codes})
	}
}

// removeFactor asks for password and code: neither a thief of the password nor one of the phone may do it.
func (s *server) removeFactor(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) || !s.proven(w, r) {
		return
	}
	remove := func(a *staff.Account) error {
		if !a.Pass(r.PostForm.Get("code"), s.Now()) {
			return errCode
		}
		a.TOTP, a.Recovery, a.Step = nil, nil, 0
		return nil
	}
	if s.changeOwn(w, r, audit.FactorRemoved, remove) {
		s.done(w, r, "There is no second factor any more.")
	}
}

func (s *server) signOutEverywhere(w http.ResponseWriter, r *http.Request) {
	if s.changeOwn(w, r, audit.SignedOut, func(a *staff.Account) error { a.Epoch++; return nil }) {
		s.done(w, r, "All other sessions have ended.")
	}
}

// Bounds of API tokens.
const (
	maxTokens    = 20 // of one person
	maxTokenName = 60
)

func (s *server) makeToken(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) || !s.proven(w, r) {
		return
	}
	a, name, role := accountOf(r), cleanLine(r.PostForm.Get("name")), staff.Role(r.PostForm.Get("role"))
	all, err := s.People.Tokens()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	n := 0
	for _, t := range all {
		if t.Account == a.Name {
			n++
		}
	}
	switch {
	case name == "" || tooLong(name, maxTokenName):
		s.accountProblem(w, r, http.StatusUnprocessableEntity, "A token needs a short name, so that you know it again.")
		return
	case !role.Known() || staff.Least(role, a.Role) != role:
		s.accountProblem(w, r, http.StatusUnprocessableEntity, "A token cannot do more than you.")
		return
	case n >= maxTokens:
		s.accountProblem(w, r, http.StatusUnprocessableEntity, "You have enough tokens. Revoke one first.")
		return
	}
	token, key := staff.NewToken(name, a.Name, role, s.Now())
	e := s.entry(r, audit.TokenMade, "", token.ID+" "+string(role))
	if err := s.People.AddToken(r.Context(), token, e); err != nil {
		s.failed(w, r, err)
		return
	}
	s.showAccount(w, r, http.StatusOK, accountView{Key: key, KeyName: name})
}

func (s *server) dropToken(w http.ResponseWriter, r *http.Request) {
	id, owner := r.PathValue("id"), userOf(r)
	if err := s.People.RevokeToken(r.Context(), id, owner, s.entry(r, audit.TokenRevoked, "", id)); err != nil {
		s.failed(w, r, err)
		return
	}
	s.done(w, r, "The token opens nothing any more.")
}

// spaced sets a secret in groups of four, for people who type it.
func spaced(text string) string {
	var groups []string
	for len(text) > 4 {
		groups, text = append(groups, text[:4]), text[4:]
	}
	return strings.Join(append(groups, text), " ")
}

// qrSVG draws a QR code as one path, dark on light in any colour scheme, with the quiet zone of four modules
// that ISO/IEC 18004 asks for.
func qrSVG(text string) (template.HTML, error) {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return "", err
	}
	const quiet = 4
	size := strconv.Itoa(code.Size + 2*quiet)
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" width="220" height="220" viewBox="0 0 ` + size + " " + size +
		`" role="img" aria-label="QR code" shape-rendering="crispEdges"><rect width="` + size + `" height="` + size +
		`" fill="#fff"/><path fill="#000" d="`)
	for y := range code.Size {
		for x := range code.Size {
			if code.Black(x, y) {
				b.WriteString("M" + strconv.Itoa(x+quiet) + " " + strconv.Itoa(y+quiet) + "h1v1h-1z")
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return template.HTML(b.String()), nil
}
