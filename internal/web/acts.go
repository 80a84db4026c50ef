package web

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// errStale: the turn is not any more what the person looked at.
var errStale = errors.New("web: the turn has changed meanwhile")

// decide stores a person's decision about the turn that they looked at, and goes on to the next one of their list.
// The version is compared inside the store's transaction, so that of two people only one decides. unsaved is
// shown again when it was not taken.
func (s *server) decide(w http.ResponseWriter, r *http.Request, t *ticket.Turn, note, unsaved string,
	act func(t *ticket.Turn, by string, at time.Time),
) (taken bool) {
	next, nextErr := s.nextAfter(r.PostForm.Get("from"), ticket.NewRow(t, nil, s.Promise())) // before it leaves the list
	changed, taken := s.settle(w, r, t, unsaved, act)
	if !taken {
		return false
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
	return true
}

// settle stores what a person does to the turn that they looked at, or answers why that was not taken.
func (s *server) settle(w http.ResponseWriter, r *http.Request, t *ticket.Turn, unsaved string,
	act func(t *ticket.Turn, by string, at time.Time),
) (changed *ticket.Turn, taken bool) {
	version, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	if err == nil && (version != t.Version || t.State != ticket.Review) {
		err = errStale
	}
	if err == nil {
		changed, err = s.Desk.Change(r.Context(), t.ID, 0, func(cur *ticket.Turn) error {
			if cur.Version != version || cur.State != ticket.Review {
				return errStale
			}
			act(cur, userOf(r), s.Now())
			return nil
		})
	}
	switch {
	case errors.Is(err, errStale):
		s.stale(w, r, t.ID, unsaved)
	case errors.Is(err, ticket.ErrIllegal), errors.Is(err, strconv.ErrSyntax):
		v := s.viewOf(r, t)
		v.Problem = s.say(r, "This decision is not possible here. Nothing was changed.")
		v.Unsaved = unsaved
		s.Log.Error("web: decision refused", "turn", t.ID, "error", err)
		s.showTurn(w, r, http.StatusConflict, v)
	case err != nil:
		s.failed(w, r, err)
	default:
		return changed, true
	}
	return nil, false
}

// noted keeps one line to show with the next page.
func (s *server) noted(r *http.Request, note string) {
	s.sessions.Put(r.Context(), keyNote, s.say(r, note))
}

// stale shows the turn as it is now, who changed it, and what was not taken.
func (s *server) stale(w http.ResponseWriter, r *http.Request, id ticket.TurnID, unsaved string) {
	t, err := s.Desk.Turn(id)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := s.viewOf(r, t)
	v.Problem = s.say(r, "The turn changed while you looked at it, so your decision was not taken.")
	v.Unsaved = unsaved
	if n := len(t.History); n > 0 {
		e := t.History[n-1]
		v.Problem += " " + s.say(r, "Last, %s: %s (%s).", e.By, s.locale(r).why(e.What), s.locale(r).when(e.At, s.Zone))
	}
	s.showTurn(w, r, http.StatusConflict, v)
}

// approve records that the draft, or what the person made of it, may go out. The pipeline sends it.
func (s *server) approve(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	subject, text, language := written(r, t)
	was, wasText := proposed(t)
	changed := t.Draft() == nil || text != cleanText(wasText) || subject != cleanLine(was) || language != languageOf(t)
	problem := s.answerProblem(r, t, subject, text)
	var own *ticket.Draft
	if problem == "" && changed {
		d := s.edited(t, userOf(r), subject, text, language, s.Now())
		own = &d
	}
	unread := own != nil && len(own.Open) > 0 && r.PostForm.Get("confirm") != digest(subject, text)
	current := t.State == ticket.Review && r.PostForm.Get("version") == fmt.Sprint(t.Version)
	if current && (problem != "" || unread) {
		v := s.viewOf(r, t)
		v.Subject, v.Text, v.Language, v.Problem = subject, text, language, problem
		if unread {
			v.Checked, v.Confirm = s.checkOf(t, subject, text, language), digest(subject, text)
			v.Problem = s.say(r, "Please look again: your text states something for which there is no fact.")
		}
		s.showTurn(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	note := "Approved. It is on its way."
	if s.Shadow() {
		note = "Approved. In shadow mode nothing is sent."
	}
	taken := s.decide(w, r, t, note, text, func(t *ticket.Turn, by string, at time.Time) {
		reason := "approved as written"
		if own != nil {
			t.Drafts = append(t.Drafts, *own)
			reason = "approved with changes"
		}
		s.send(t, by, reason, at)
	})
	if taken && r.PostForm.Has("close") {
		s.setOpen(r, t.Ticket, false)
	}
}

// send moves a turn on to be sent, after the time in which that can be taken back.
func (s *server) send(t *ticket.Turn, by, reason string, at time.Time) {
	t.Verdicts = append(t.Verdicts, ticket.Verdict{
		Decision: ticket.Send, By: by, Draft: len(t.Drafts) - 1, Reasons: []string{reason}, At: at,
	})
	t.Move(at, by, ticket.Approved, reason)
	t.Due = at.Add(s.Undo)
}

// answerProblem says why a text cannot go out at all.
func (s *server) answerProblem(r *http.Request, t *ticket.Turn, subject, text string) string {
	switch {
	case t.Recipient() == "":
		return s.say(r, "This mail has no address that could be answered.")
	case text == "":
		return s.say(r, "The answer is empty.")
	case subject == "":
		return s.say(r, "The subject is empty.")
	case tooLong(text, maxText) || tooLong(subject, maxSubject):
		return s.say(r, "Too long: an answer has up to %v characters, a subject up to %v.", maxText, maxSubject)
	}
	return ""
}

// digest names a text whose warnings a person has seen.
func digest(subject, text string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}
