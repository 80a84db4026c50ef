package web

import (
	"errors"
	"net/http"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// reject records that no reply goes out.
func (s *server) reject(w http.ResponseWriter, r *http.Request) {
	if t := s.find(w, r); t != nil && s.form(w, r) {
		s.decide(w, r, t, "Closed without a reply.", nil, rejecting(cleanLine(r.PostForm.Get("reason"))))
	}
}

// answered records that a person answered elsewhere.
func (s *server) answered(w http.ResponseWriter, r *http.Request) {
	if t := s.find(w, r); t != nil && s.form(w, r) {
		s.decide(w, r, t, "Closed as answered by hand.", nil, byHand(cleanLine(r.PostForm.Get("reason"))))
	}
}

// spam closes a turn and its ticket.
func (s *server) spam(w http.ResponseWriter, r *http.Request) {
	if t := s.find(w, r); t != nil && s.form(w, r) {
		s.decide(w, r, t, "Closed as spam.", nil, markingSpam())
	}
}

// undo takes an approval back, as long as the reply waits to be sent.
func (s *server) undo(w http.ResponseWriter, r *http.Request) {
	id := ticket.TurnID(r.PathValue("id"))
	_, err := s.takeBack(r.Context(), id, 0, userOf(r))
	var no refusal
	switch {
	case errors.As(err, &no):
		s.noted(r, no.sentence)
	case err != nil:
		s.failed(w, r, err)
		return
	default:
		s.noted(r, "Taken back. Nothing was sent.")
	}
	http.Redirect(w, r, "/turns/"+string(id), http.StatusSeeOther)
}

// snooze puts a turn off until a time, or ends that.
func (s *server) snooze(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	until := s.snoozeUntil(r.PostForm.Get("for"))
	if until.IsZero() && r.PostForm.Has("wake") {
		s.decide(w, r, t, "Back in the queue.", nil, waking())
		return
	}
	s.decide(w, r, t, "Put off.", nil, s.puttingOff(until))
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
	if err != nil {
		return time.Time{}
	}
	return now.Add(d)
}
