package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// ErrOtherCustomer: tickets of two customers are never merged: each would be told the other's matters.
var ErrOtherCustomer = errors.New("store: the tickets are of different customers")

// maxMerges bounds how far a merged ticket is followed.
const maxMerges = 10

// merged reads a ticket, or the one that it was merged into.
func merged(tx *bbolt.Tx, id string) (*ticket.Ticket, error) {
	t, err := get[ticket.Ticket](tx.Bucket(bTickets), id)
	for range maxMerges {
		if err != nil || t.MergedInto == "" {
			return t, err
		}
		t, err = get[ticket.Ticket](tx.Bucket(bTickets), string(t.MergedInto))
	}
	return t, err
}

// withDesk gives a ticket that a mail changed, with what people did to it since it was read.
func withDesk(tx *bbolt.Tx, in *ticket.Ticket) *ticket.Ticket {
	now, err := get[ticket.Ticket](tx.Bucket(bTickets), string(in.ID))
	if err != nil {
		return in
	}
	out := *in
	out.TakenBy, out.Assignee, out.Notes = now.TakenBy, now.Assignee, now.Notes
	out.Tags, out.MergedInto = now.Tags, now.MergedInto
	for _, id := range now.Linked {
		out.Linked = link(out.Linked, id)
	}
	return &out
}

func link(list []ticket.ID, id ticket.ID) []ticket.ID {
	if slices.Contains(list, id) {
		return list
	}
	return append(slices.Clone(list), id)
}

// Merge lets the conversation of one ticket go on in another one of the same customer: later mail for from comes
// into the other. Its turns stay where they are, with what was decided about them; both tickets are linked and
// say what happened.
func (s *Store) Merge(ctx context.Context, from, into ticket.ID, by string, at time.Time) error {
	err := s.update(ctx, func(tx *bbolt.Tx) error {
		a, err := get[ticket.Ticket](tx.Bucket(bTickets), string(from))
		if err != nil {
			return err
		}
		b, err := merged(tx, string(into))
		switch {
		case err != nil:
			return err
		case a.ID == b.ID:
			return fmt.Errorf("store: a ticket cannot be merged into itself")
		case a.MergedInto != "":
			return fmt.Errorf("store: the ticket was merged already")
		case a.Customer != b.Customer:
			return ErrOtherCustomer
		}
		a.MergedInto, a.Open, b.Open = b.ID, false, true
		a.Linked, b.Linked = link(a.Linked, b.ID), link(b.Linked, a.ID)
		for _, p := range a.Parties {
			if !b.Party(p) {
				b.Parties = append(b.Parties, p)
			}
		}
		a.Notes = append(a.Notes, ticket.Note{By: by, At: at, Text: "merged into " + string(b.ID)})
		b.Notes = append(b.Notes, ticket.Note{By: by, At: at, Text: "merged with " + string(a.ID)})
		e := audit.Entry{Who: by, At: at, What: audit.TicketMerged, Detail: string(b.ID)}
		return errors.Join(putTicket(tx, a), putTicket(tx, b), s.recordTicket(tx, e, a))
	})
	if err == nil {
		s.announce()
	}
	return err
}

// Split opens a ticket of its own for another matter of a turn's mail. The turn stays where it is; the new ticket
// begins with a turn in review that holds the same mails and findings, once for each turn.
func (s *Store) Split(ctx context.Context, id ticket.TurnID, by string, at time.Time) (made ticket.TurnID, err error) {
	err = s.update(ctx, func(tx *bbolt.Tx) error {
		of, err := get[ticket.Turn](tx.Bucket(bTurns), string(id))
		if err != nil {
			return err
		}
		a, err := get[ticket.Ticket](tx.Bucket(bTickets), string(of.Ticket))
		if err != nil {
			return err
		}
		made = id + "-split"
		if tx.Bucket(bTurns).Get([]byte(made)) != nil {
			return nil
		}
		b := *a
		b.ID, b.Open, b.OpenedAt, b.Notes, b.MergedInto = a.ID+"-split"+ticket.ID(id[max(0, len(id)-6):]), true, at, nil, ""
		b.Linked, a.Linked, b.AutoReplies, b.Reopens = []ticket.ID{a.ID}, link(a.Linked, b.ID), 0, nil
		b.Notes = []ticket.Note{{By: by, At: at, Turn: made, Text: "split from " + string(a.ID)}}
		a.Notes = append(a.Notes, ticket.Note{By: by, At: at, Turn: id, Text: "another matter went to " + string(b.ID)})
		if err := errors.Join(putTicket(tx, a), putTicket(tx, &b)); err != nil {
			return err
		}
		why := "another matter of the same mail, split off by " + by
		t := &ticket.Turn{ID: made, Ticket: b.ID, State: ticket.Review, Cause: ticket.BySplit, Born: at,
			Mails: of.Mails, Sender: of.Sender, Triage: of.Triage, Findings: of.Findings,
			Gate:    ticket.Gate{Outcome: ticket.Hold, Rule: string(ticket.BySplit), Reason: why},
			History: []ticket.Event{{At: at, By: by, To: ticket.Review, What: why}}}
		if err := tx.Bucket(bTicket).Put(key(string(b.ID), string(made)), nil); err != nil {
			return err
		}
		e := audit.Entry{Who: by, At: at, What: audit.TicketSplit, Turn: string(id), Detail: string(b.ID)}
		return errors.Join(s.putTurn(tx, nil, t), s.recordTicket(tx, e, a))
	})
	if err == nil {
		s.announce()
	}
	return made, err
}

// TicketsOf gives up to limit tickets of an address, newest first.
func (s *Store) TicketsOf(address string, limit int) (out []*ticket.Ticket, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, id := range listed(tx.Bucket(bCustomer), address, limit, true) {
			t, err := get[ticket.Ticket](tx.Bucket(bTickets), id)
			if err != nil {
				return err
			}
			out = append(out, t)
		}
		return nil
	})
	return out, err
}

// RowsOf gives the rows of up to limit turns of a ticket, newest first.
func (s *Store) RowsOf(id ticket.ID, limit int) (out []ticket.Row, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		for _, turn := range listed(tx.Bucket(bTicket), string(id), limit, true) {
			r, err := get[ticket.Row](tx.Bucket(bRows), turn)
			if err != nil {
				return err
			}
			out = append(out, *r)
		}
		return nil
	})
	return out, err
}
