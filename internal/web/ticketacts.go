package web

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/replyd/replyd/internal/ticket"
)

// onTicket does what a form asks for with the ticket of a turn, and shows the turn again.
func (s *server) onTicket(w http.ResponseWriter, r *http.Request, note string, of func(t *ticket.Turn) ticketDeed) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	err := s.doTicket(r.Context(), t.Ticket, t.ID, userOf(r), of(t))
	s.afterTicket(w, r, t, note, err)
}

// afterTicket shows the turn again, and why nothing was done if it was not.
func (s *server) afterTicket(w http.ResponseWriter, r *http.Request, t *ticket.Turn, note string, err error) {
	var no refusal
	switch {
	case errors.As(err, &no):
		s.refuse(w, r, t, nil, no)
	case err != nil:
		s.failed(w, r, err)
	default:
		s.noted(r, note)
		s.again(w, r, t.ID)
	}
}

// again shows a turn after something about it was stored.
func (s *server) again(w http.ResponseWriter, r *http.Request, id ticket.TurnID) {
	to := "/turns/" + string(id)
	if f, ok := fromList(r.PostForm.Get("from")); ok {
		to += "?from=" + url.QueryEscape(f.Query())
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

func (s *server) assign(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, "Assigned.", func(*ticket.Turn) ticketDeed { return s.assigning(r.PostForm.Get("who")) })
}

func (s *server) note(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, "Noted.", func(t *ticket.Turn) ticketDeed { return noting(r.PostForm.Get("note"), t.ID) })
}

func (s *server) tag(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, "Tagged.", func(*ticket.Turn) ticketDeed { return tagging(tagsIn(r.PostForm.Get("tags"))) })
}

func (s *server) take(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, "Nothing goes out by itself in this ticket any more.", func(*ticket.Turn) ticketDeed { return taking() })
}

func (s *server) release(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, "The ticket goes by the store's rules again.", func(*ticket.Turn) ticketDeed { return releasing() })
}

func (s *server) merge(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	err := s.mergeInto(r.Context(), t.Ticket, r.PostForm.Get("into"), userOf(r))
	s.afterTicket(w, r, t, "Merged. Both tickets are linked.", err)
}

// split opens a ticket of its own for another matter of the same mail. This turn stays as it is.
func (s *server) split(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	made, err := s.Desk.Split(r.Context(), t.ID, userOf(r), s.Now())
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.noted(r, "This is a ticket of its own now, linked with the other one.")
	s.again(w, r, made)
}
