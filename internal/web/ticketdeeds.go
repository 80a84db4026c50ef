package web

import (
	"context"
	"slices"
	"strings"
	"time"

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

// A ticketDeed is what a person does with a whole conversation. It leaves the turns alone, so that nobody's decision
// becomes stale by it, and is written down as what.
type ticketDeed struct {
	what    audit.What
	account string // whom it is about
	ticket  func(k *ticket.Ticket, by string, at time.Time) error
}

// doTicket stores a deed with its entry in the audit log. turn is the one that its doer looks at, if it is one.
func (s *server) doTicket(ctx context.Context, id ticket.ID, turn ticket.TurnID, by string, d ticketDeed) error {
	at := s.Now()
	e := audit.Entry{At: at, Who: by, What: d.what, Account: d.account, Turn: string(turn)}
	return s.Desk.ChangeTicket(ctx, id, e, func(k *ticket.Ticket) error { return d.ticket(k, by, at) })
}

// assigning gives a ticket to somebody to look after, or to nobody.
func (s *server) assigning(who string) ticketDeed {
	known := who == "" || slices.Contains(s.colleagues(), who)
	return ticketDeed{audit.TicketAssigned, who, func(k *ticket.Ticket, _ string, _ time.Time) error {
		if !known {
			return refused("There is nobody of that name.")
		}
		k.Assignee = who
		return nil
	}}
}

// noting keeps a remark for colleagues, beside a turn if one is named.
func noting(text string, turn ticket.TurnID) ticketDeed {
	text = cleanText(text)
	return ticketDeed{audit.TicketNoted, "", func(k *ticket.Ticket, by string, at time.Time) error {
		switch {
		case text == "":
			return refused("The note is empty.")
		case tooLong(text, maxNote) || len(k.Notes) >= maxNotes:
			return refused("The note is too long, or there are too many.")
		}
		k.Notes = append(k.Notes, ticket.Note{By: by, At: at, Turn: turn, Text: text})
		return nil
	}}
}

// tagging replaces a ticket's tags.
func tagging(in []string) ticketDeed {
	var tags []string
	for _, t := range in {
		if t = strings.ToLower(cleanLine(t)); t != "" {
			tags = withTag(tags, t)
		}
	}
	return ticketDeed{audit.TicketTagged, "", func(k *ticket.Ticket, _ string, _ time.Time) error {
		if len(tags) > maxTags || slices.ContainsFunc(tags, func(t string) bool { return tooLong(t, maxTag) }) {
			return refused("Too many tags, or one is too long.")
		}
		k.Tags = tags
		return nil
	}}
}

// tagsIn reads tags as people type them, with commas between.
func tagsIn(line string) []string { return strings.Split(strings.ReplaceAll(line, "،", ","), ",") }

func withTag(tags []string, tag string) []string {
	if slices.Contains(tags, tag) {
		return tags
	}
	return append(slices.Clone(tags), tag)
}

// taking stops what replyd would do by itself in a ticket.
func taking() ticketDeed {
	return ticketDeed{audit.TicketTaken, "", func(k *ticket.Ticket, by string, _ time.Time) error {
		k.TakenBy = by
		return nil
	}}
}

// releasing lets replyd go on by the store's rules.
func releasing() ticketDeed {
	return ticketDeed{audit.TicketReleased, "", func(k *ticket.Ticket, _ string, _ time.Time) error {
		k.TakenBy = ""
		return nil
	}}
}

// mergeInto lets the conversation go on in another ticket of the customer, named by its id or that of one of its turns.
// The turns stay where they are.
func (s *server) mergeInto(ctx context.Context, id ticket.ID, into, by string) error {
	to := ticket.ID(cleanLine(into))
	if other, err := s.Desk.Turn(ticket.TurnID(to)); err == nil {
		to = other.Ticket
	}
	if err := s.Desk.Merge(ctx, id, to, by, s.Now()); err != nil {
		s.Log.Info("web: not merged", "ticket", id, "error", err)
		return refused("Only two different tickets of one customer can be merged, each once.")
	}
	return nil
}
