package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

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
	if problem := s.reasonProblem(r, d, reason); problem != "" {
		s.refuse(w, r, t, problem)
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

// refuse shows the turn again and says why nothing was done.
func (s *server) refuse(w http.ResponseWriter, r *http.Request, t *ticket.Turn, problem string) {
	v := s.viewOf(r, t)
	v.Problem = problem
	s.showTurn(w, r, http.StatusUnprocessableEntity, v)
}

func (s *server) reasonProblem(r *http.Request, d ticket.Decision, reason string) string {
	switch {
	case d == ticket.Reject && reason == "":
		return s.say(r, "Say in a few words why no reply goes out: it is kept with the turn.")
	case tooLong(reason, maxReason):
		return s.say(r, "The reason is too long: up to %v characters.", maxReason)
	}
	return ""
}

// spamTag marks the tickets of mail that nobody wants.
const spamTag = "spam"

// spam closes a turn without a reply, and its ticket with a tag.
func (s *server) spam(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	taken := s.decide(w, r, t, "Closed as spam.", "", func(t *ticket.Turn, by string, at time.Time) {
		t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.Reject, By: by, Draft: len(t.Drafts) - 1,
			Reasons: []string{spamTag}, At: at})
		t.Move(at, by, ticket.Rejected, "no reply: "+spamTag)
	})
	if taken {
		s.changeTicket(r, t.Ticket, func(k *ticket.Ticket) { k.Open, k.Tags = false, withTag(k.Tags, spamTag) })
	}
}

// canUndo: a person's approval that is not yet being sent.
func (s *server) canUndo(t *ticket.Turn) bool {
	v := t.Verdict()
	return s.Undo > 0 && t.State == ticket.Approved && v != nil && v.By != ticket.Policy && t.Due.After(s.Now()) &&
		t.Attempts == 0
}

var errTooLate = errors.New("web: too late to take it back")

// undo takes an approval back, as long as the reply waits to be sent.
func (s *server) undo(w http.ResponseWriter, r *http.Request) {
	id := ticket.TurnID(r.PathValue("id"))
	_, err := s.Desk.Change(r.Context(), id, 0, func(t *ticket.Turn) error {
		if !s.canUndo(t) {
			return errTooLate
		}
		t.Move(s.Now(), userOf(r), ticket.Review, "took the approval back")
		return nil
	})
	switch {
	case errors.Is(err, errTooLate):
		s.noted(r, "Too late: it is on its way already.")
	case err != nil:
		s.failed(w, r, err)
		return
	default:
		s.noted(r, "Taken back. Nothing was sent.")
	}
	http.Redirect(w, r, "/turns/"+string(id), http.StatusSeeOther)
}

// maxSnooze is how long a turn can be put off.
const maxSnooze = 60 * 24 * time.Hour

// snooze puts a turn off until a time, or ends that.
func (s *server) snooze(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	until, note := s.snoozeUntil(r.PostForm.Get("for")), "Put off."
	if until.IsZero() && !r.PostForm.Has("wake") {
		s.refuse(w, r, t, s.say(r, "Say until when."))
		return
	}
	what := "no longer snoozed"
	if !until.IsZero() {
		what = fmt.Sprintf("snoozed until %s", until.In(s.Zone).Format("2 Jan, 15:04"))
	} else {
		note = "Back in the queue."
	}
	s.decide(w, r, t, note, "", func(t *ticket.Turn, by string, at time.Time) {
		t.Snoozed = until
		t.Note(at, by, what)
	})
}

// snoozeUntil reads a choice: a duration, or "tomorrow" or "monday" at nine in the store's morning.
func (s *server) snoozeUntil(choice string) time.Time {
	now := s.Now()
	morning := func(days int) time.Time {
		y, m, d := now.In(s.Zone).Date()
		return time.Date(y, m, d+days, 9, 0, 0, 0, s.Zone)
	}
	switch choice {
	case "tomorrow":
		return morning(1)
	case "monday":
		return morning((int(time.Monday)-int(now.In(s.Zone).Weekday())+6)%7 + 1)
	}
	d, err := time.ParseDuration(choice)
	if err != nil || d <= 0 || d > maxSnooze {
		return time.Time{}
	}
	return now.Add(d)
}
