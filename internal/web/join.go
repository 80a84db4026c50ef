package web

import (
	"crypto/hmac"
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
)

// newInvite makes what an invitation's link holds and what the account keeps of it.
func newInvite(now time.Time) (nonce, digest string, ends time.Time) {
	nonce = staff.Nonce()
	return nonce, staff.Digest(nonce), now.Add(staff.InviteLife).Truncate(time.Second)
}

// inviteLink gives the address where a password is set, once. It is signed, so that a guess costs no look into
// the store; it lapses; and taking it makes it worthless.
func (s *server) inviteLink(a staff.Account, nonce string) string {
	at := strconv.FormatInt(a.InviteEnds.Unix(), 36)
	name := base64.RawURLEncoding.EncodeToString([]byte(a.Name))
	token := name + "." + at + "." + nonce + "." + sign(s.RatingSecret, "invite", a.Name, at, nonce)
	return strings.TrimRight(s.PublicURL, "/") + "/join/" + token
}

// invited gives the account that a link is for, nil if the link is forged, lapsed or used.
func (s *server) invited(token string) (a *staff.Account, digest string) {
	parts := strings.Split(token, ".")
	if len(parts) != 4 || len(token) > 1000 {
		return nil, ""
	}
	name, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil {
		return nil, ""
	}
	want := sign(s.RatingSecret, "invite", string(name), parts[1], parts[2])
	if !hmac.Equal([]byte(want), []byte(parts[3])) {
		return nil, ""
	}
	digest = staff.Digest(parts[2])
	if a, err = s.People.Account(string(name)); err != nil || !s.open(a, digest) {
		return nil, ""
	}
	return a, digest
}

// open tells whether the account waits for the holder of this invitation.
func (s *server) open(a *staff.Account, digest string) bool {
	return !a.Disabled && a.Invite == digest && s.Now().Before(a.InviteEnds)
}

type joinView struct{ Name, Token, Problem string }

const (
	lapsed     = "This invitation does not hold"
	lapsedText = "It was used already, or it is older than three days. An owner can give you a new link."
)

func (s *server) joinPage(w http.ResponseWriter, r *http.Request) {
	a, _ := s.invited(r.PathValue("token"))
	if a == nil {
		s.message(w, r, http.StatusGone, lapsed, lapsedText)
		return
	}
	s.render(w, r, http.StatusOK, "join", "Welcome", joinView{Name: a.Name, Token: r.PathValue("token")})
}

// join sets the password of who was invited and logs them in.
func (s *server) join(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	token := r.PathValue("token")
	a, digest := s.invited(token)
	if a == nil {
		s.message(w, r, http.StatusGone, lapsed, lapsedText)
		return
	}
	hash, err := s.newHash(r)
	if err != nil {
		v := joinView{Name: a.Name, Token: token, Problem: s.say(r, err.Error())}
		s.render(w, r, http.StatusUnprocessableEntity, "join", "Welcome", v)
		return
	}
	e := audit.Entry{At: s.Now(), Who: a.Name, What: audit.Joined}
	a, err = s.People.ChangeAccount(r.Context(), a.Name, e, func(a *staff.Account) error {
		if !s.open(a, digest) { // of two people with the link one joins
			return errLapsed
		}
		a.Hash, a.Invite, a.InviteEnds = hash, "", time.Time{}
		a.Epoch++
		return nil
	})
	switch {
	case errors.Is(err, errLapsed):
		s.message(w, r, http.StatusGone, lapsed, lapsedText)
	case err != nil:
		s.failed(w, r, err)
	case len(a.TOTP) > 0: // a lost password is mended, the second factor still counts
		s.askCode(w, r, a)
	default:
		s.begin(w, r, a, "invitation")
	}
}

var errLapsed = errors.New("web: the invitation does not hold any more")

// newHash reads a new password that was typed twice. Its error is a sentence for the person.
func (s *server) newHash(r *http.Request) (string, error) {
	password := r.PostForm.Get("new")
	switch {
	case len(password) < minPassword:
		return "", errors.New("The password needs " + strconv.Itoa(minPassword) + " characters or more.")
	case len(password) > maxPassword:
		return "", errors.New("The password is too long.")
	case password != r.PostForm.Get("again"):
		return "", errors.New("The two passwords are not the same.")
	}
	release, err := s.passwords.slot(r.Context())
	if err != nil {
		return "", err
	}
	defer release()
	return HashPassword(password)
}
