package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"

	"github.com/replyd/replyd/internal/ticket"
)

// decide stores what a person does to the turn that they looked at, and goes on to the next one of their list. typed
// is the reply that the form holds, nil if it is about none: it is shown again when it was not taken.
func (s *server) decide(w http.ResponseWriter, r *http.Request, t *ticket.Turn, note string, typed *answer, d deed) {
	next, nextErr := s.nextAfter(r.PostForm.Get("from"), ticket.NewRow(t, nil, s.Promise())) // before it leaves the list
	changed, taken := s.settle(w, r, t, typed, d)
	if !taken {
		return
	}
	s.noted(r, note)
	if s.canUndo(changed) {
		s.sessions.Put(r.Context(), keyUndo, string(t.ID))
	}
	if next == "" || nextErr != nil {
		f, ok := fromList(r.PostForm.Get("from"))
		next = "/"
		if ok {
			next = "/?" + f.Query()
		}
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// settle stores what a person does to the turn that they looked at, or answers why that was not taken.
func (s *server) settle(w http.ResponseWriter, r *http.Request, t *ticket.Turn, typed *answer, d deed,
) (changed *ticket.Turn, taken bool) {
	version, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	if err == nil {
		changed, err = s.do(r.Context(), t.ID, version, userOf(r), d)
	}
	var no refusal
	switch {
	case err == nil:
		return changed, true
	case errors.Is(err, errStale):
		s.stale(w, r, t.ID, typed)
	case errors.As(err, &no):
		s.refuse(w, r, t, typed, no)
	case errors.Is(err, ticket.ErrIllegal), errors.Is(err, strconv.ErrSyntax), errors.Is(err, strconv.ErrRange):
		v := s.viewOf(r, t)
		v.Problem = s.say(r, "This decision is not possible here. Nothing was changed.")
		v.Unsaved = typed.words()
		s.Log.Error("web: decision refused", "turn", t.ID, "error", err)
		s.showTurn(w, r, http.StatusConflict, v)
	default:
		s.failed(w, r, err)
	}
	return nil, false
}

// words are the reply's own, none for none.
func (a *answer) words() string {
	if a == nil {
		return ""
	}
	return a.text
}

// refuse shows the turn again, with what was typed, and says why nothing was done.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, t *ticket.Turn, typed *answer, no refusal) {
	v := s.viewOf(r, t)
	v.Problem = s.say(r, no.sentence, no.args...)
	if typed != nil {
		v.Subject, v.Text, v.Language = typed.subject, typed.text, typed.language
		v.Instruction = cleanLine(r.PostForm.Get("instruction"))
	}
	if no.kind == problemUncovered && typed != nil {
		v.Checked = s.checkOf(t, typed.subject, typed.text, typed.language)
		v.Confirm = digest(typed.subject, typed.text)
	}
	s.showTurn(w, r, http.StatusUnprocessableEntity, v)
}

// noted keeps one line to show with the next page.
func (s *server) noted(r *http.Request, note string) {
	s.sessions.Put(r.Context(), keyNote, s.say(r, note))
}

// stale shows the turn as it is now, who changed it, and what was not taken.
func (s *server) stale(w http.ResponseWriter, r *http.Request, id ticket.TurnID, typed *answer) {
	t, err := s.Desk.Turn(id)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := s.viewOf(r, t)
	v.Problem = s.say(r, "The turn changed while you looked at it, so your decision was not taken.")
	v.Unsaved = typed.words()
	if n := len(t.History); n > 0 {
		e := t.History[n-1]
		v.Problem += " " + s.say(r, "Last, %s: %s (%s).", e.By, s.locale(r).why(e.What), s.locale(r).when(e.At, s.Zone))
	}
	s.showTurn(w, r, http.StatusConflict, v)
}

// approve records that the draft, or what the person made of it, may go out.
func (s *server) approve(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	typed := written(r, t)
	note := "Approved. It is on its way."
	if s.Shadow() {
		note = "Approved. In shadow mode nothing is sent."
	}
	// the page shows what no fact covers in a draft; what a person changed they are shown first
	seen := func(a answer, added bool) bool {
		return !added || r.PostForm.Get("confirm") == digest(a.subject, a.text)
	}
	s.decide(w, r, t, note, &typed, s.approving(typed.asIs, seen, r.PostForm.Has("close")))
}

// asIs is the writing of a form, which names everything.
func (a answer) asIs(*ticket.Turn) answer { return a }

// digest names a text whose warnings a person has seen.
func digest(subject, text string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}
