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

// decide stores a person's decision about the turn that they looked at. The version is compared inside the
// store's transaction, so that of two people only one decides. unsaved is shown again when it was not taken.
func (s *server) decide(w http.ResponseWriter, r *http.Request, t *ticket.Turn, note, unsaved string,
	act func(t *ticket.Turn, by string, at time.Time),
) {
	version, err := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	if err == nil && (version != t.Version || t.State != ticket.Review) {
		err = errStale
	}
	if err == nil {
		_, err = s.Desk.Change(r.Context(), t.ID, 0, func(cur *ticket.Turn) error {
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
		v := s.viewOf(t)
		v.Problem, v.Unsaved = "This decision is not possible here. Nothing was changed.", unsaved
		s.Log.Error("web: decision refused", "turn", t.ID, "error", err)
		s.showTurn(w, r, http.StatusConflict, v)
	case err != nil:
		s.failed(w, r, err)
	default:
		s.sessions.Put(r.Context(), keyNote, note)
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
}

// stale shows the turn as it is now, who changed it, and what was not taken.
func (s *server) stale(w http.ResponseWriter, r *http.Request, id ticket.TurnID, unsaved string) {
	t, err := s.Desk.Turn(id)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := s.viewOf(t)
	v.Problem, v.Unsaved = "The turn changed while you looked at it, so your decision was not taken.", unsaved
	if n := len(t.History); n > 0 {
		e := t.History[n-1]
		v.Problem += fmt.Sprintf(" Last, %s: %s (%s).", e.By, e.What, e.At.In(s.Zone).Format("2 Jan, 15:04"))
	}
	s.showTurn(w, r, http.StatusConflict, v)
}

// approve records that the draft, or what the person made of it, may go out. The pipeline sends it.
func (s *server) approve(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	subject, text := cleanLine(r.PostForm.Get("subject")), cleanText(r.PostForm.Get("text"))
	was, wasText := proposed(t)
	changed := t.Draft() == nil || text != cleanText(wasText) || subject != cleanLine(was)
	problem := answerProblem(t, subject, text)
	var own *ticket.Draft
	if problem == "" && changed {
		d := s.edited(t, userOf(r), subject, text, s.Now())
		own = &d
	}
	unread := own != nil && len(own.Open) > 0 && r.PostForm.Get("confirm") != digest(subject, text)
	current := t.State == ticket.Review && r.PostForm.Get("version") == fmt.Sprint(t.Version)
	if current && (problem != "" || unread) {
		v := s.viewOf(t)
		v.Subject, v.Text, v.Problem = subject, text, problem
		if unread {
			v.Warnings, v.Confirm = own.Open, digest(subject, text)
			v.Problem = "Please look again: your text states something for which there is no fact."
		}
		s.showTurn(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	note := "Approved. It is on its way."
	if s.Shadow {
		note = "Approved. In shadow mode nothing is sent."
	}
	s.decide(w, r, t, note, text, func(t *ticket.Turn, by string, at time.Time) {
		reason := "approved as written"
		if own != nil {
			t.Drafts = append(t.Drafts, *own)
			reason = "approved with changes"
		}
		t.Verdicts = append(t.Verdicts, ticket.Verdict{
			Decision: ticket.Send, By: by, Draft: len(t.Drafts) - 1, Reasons: []string{reason}, At: at,
		})
		t.Move(at, by, ticket.Approved, reason)
	})
}

// answerProblem says why a text cannot go out at all.
func answerProblem(t *ticket.Turn, subject, text string) string {
	switch {
	case t.Recipient() == "":
		return "This mail has no address that could be answered."
	case text == "":
		return "The answer is empty."
	case subject == "":
		return "The subject is empty."
	case tooLong(text, maxText) || tooLong(subject, maxSubject):
		return fmt.Sprintf("Too long: an answer has up to %d characters, a subject up to %d.", maxText, maxSubject)
	}
	return ""
}

// reject records that no reply goes out.
func (s *server) reject(w http.ResponseWriter, r *http.Request) {
	s.conclude(w, r, ticket.Reject, ticket.Rejected, "Closed without a reply.", "no reply")
}

// answered records that a person answered elsewhere.
func (s *server) answered(w http.ResponseWriter, r *http.Request) {
	s.conclude(w, r, ticket.ByHand, ticket.Answered, "Closed as answered by hand.", "answered by hand")
}

func (s *server) conclude(w http.ResponseWriter, r *http.Request, d ticket.Decision, to ticket.State,
	note, what string,
) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	reason := cleanLine(r.PostForm.Get("reason"))
	if problem := reasonProblem(d, reason); problem != "" {
		v := s.viewOf(t)
		v.Problem = problem
		s.showTurn(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	s.decide(w, r, t, note, "", func(t *ticket.Turn, by string, at time.Time) {
		v := ticket.Verdict{Decision: d, By: by, Draft: len(t.Drafts) - 1, At: at}
		if reason != "" {
			v.Reasons = []string{reason}
			what += ": " + reason
		}
		t.Verdicts = append(t.Verdicts, v)
		t.Move(at, by, to, what)
	})
}

func reasonProblem(d ticket.Decision, reason string) string {
	switch {
	case d == ticket.Reject && reason == "":
		return "Say in a few words why no reply goes out: it is kept with the turn."
	case tooLong(reason, maxReason):
		return fmt.Sprintf("The reason is too long: up to %d characters.", maxReason)
	}
	return ""
}

// digest names a text whose warnings a person has seen.
func digest(subject, text string) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + text))
	return hex.EncodeToString(sum[:8])
}
