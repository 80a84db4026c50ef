package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of what people hang on a ticket.
const (
	maxNote  = 4000 // characters
	maxNotes = 200
	maxTag   = 40 // characters
	maxTags  = 20
)

// changeTicket alters a ticket after a decision about its turn was stored, with that decision's entry in the audit
// log. The decision stands whatever becomes of this; so a failure is only logged.
func (s *server) changeTicket(r *http.Request, id ticket.ID, f func(*ticket.Ticket)) {
	err := s.Desk.ChangeTicket(r.Context(), id, audit.Entry{},
		func(t *ticket.Ticket) error { f(t); return nil })
	if err != nil {
		s.Log.Error("web: ticket not changed", "ticket", id, "error", err)
	}
}

func (s *server) setOpen(r *http.Request, id ticket.ID, open bool) {
	s.changeTicket(r, id, func(t *ticket.Ticket) { t.Open = open })
}

// onTicket does what a form asks for with the ticket of a turn, and shows the turn again. f gives a sentence when
// it cannot be done.
func (s *server) onTicket(w http.ResponseWriter, r *http.Request, what audit.What, note string,
	f func(turn *ticket.Turn, k *ticket.Ticket) (problem string),
) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	problem := ""
	refused := errors.New("web: refused")
	e := s.entry(r, what, "", "")
	if e.Turn = string(t.ID); what == audit.TicketAssigned {
		e.Account = r.PostForm.Get("who")
	}
	err := s.Desk.ChangeTicket(r.Context(), t.Ticket, e, func(k *ticket.Ticket) error {
		if problem = f(t, k); problem != "" {
			return refused
		}
		return nil
	})
	switch {
	case problem != "":
		s.refuse(w, r, t, s.say(r, problem))
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

// assign gives a ticket to somebody to look after, or to nobody.
func (s *server) assign(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, audit.TicketAssigned, "Assigned.", func(_ *ticket.Turn, k *ticket.Ticket) string {
		who := r.PostForm.Get("who")
		if who != "" && !slices.Contains(s.colleagues(), who) {
			return "There is nobody of that name."
		}
		k.Assignee = who
		return ""
	})
}

// note keeps a remark for colleagues. It does not change the turn: nobody's approval becomes stale by it.
func (s *server) note(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, audit.TicketNoted, "Noted.", func(t *ticket.Turn, k *ticket.Ticket) string {
		text := cleanText(r.PostForm.Get("note"))
		switch {
		case text == "":
			return "The note is empty."
		case tooLong(text, maxNote) || len(k.Notes) >= maxNotes:
			return "The note is too long, or there are too many."
		}
		k.Notes = append(k.Notes, ticket.Note{By: userOf(r), At: s.Now(), Turn: t.ID, Text: text})
		return ""
	})
}

// tag replaces a ticket's tags.
func (s *server) tag(w http.ResponseWriter, r *http.Request) {
	s.onTicket(w, r, audit.TicketTagged, "Tagged.", func(_ *ticket.Turn, k *ticket.Ticket) string {
		var tags []string
		for t := range strings.SplitSeq(strings.ReplaceAll(cleanLine(r.PostForm.Get("tags")), "،", ","), ",") {
			if t = strings.ToLower(strings.TrimSpace(t)); t != "" {
				tags = withTag(tags, t)
			}
		}
		if len(tags) > maxTags || slices.ContainsFunc(tags, func(t string) bool { return tooLong(t, maxTag) }) {
			return "Too many tags, or one is too long."
		}
		k.Tags = tags
		return ""
	})
}

func withTag(tags []string, tag string) []string {
	if slices.Contains(tags, tag) {
		return tags
	}
	return append(slices.Clone(tags), tag)
}

// take stops what replyd would do by itself in a ticket.
func (s *server) take(w http.ResponseWriter, r *http.Request) {
	note := "Nothing goes out by itself in this ticket any more."
	s.onTicket(w, r, audit.TicketTaken, note, func(_ *ticket.Turn, k *ticket.Ticket) string {
		k.TakenBy = userOf(r)
		return ""
	})
}

// release lets replyd go on by the store's rules.
func (s *server) release(w http.ResponseWriter, r *http.Request) {
	note := "The ticket goes by the store's rules again."
	s.onTicket(w, r, audit.TicketReleased, note, func(_ *ticket.Turn, k *ticket.Ticket) string {
		k.TakenBy = ""
		return ""
	})
}

// merge lets the conversation go on in another ticket of the customer. The turns stay where they are.
func (s *server) merge(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	into := ticket.ID(cleanLine(r.PostForm.Get("into")))
	if other, err := s.Desk.Turn(ticket.TurnID(into)); err == nil { // the id of a turn, as addresses show it
		into = other.Ticket
	}
	if err := s.Desk.Merge(r.Context(), t.Ticket, into, userOf(r), s.Now()); err != nil {
		s.Log.Info("web: not merged", "ticket", t.Ticket, "error", err)
		s.refuse(w, r, t, s.say(r, "Only two different tickets of one customer can be merged, each once."))
		return
	}
	s.noted(r, "Merged. Both tickets are linked.")
	s.again(w, r, t.ID)
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
