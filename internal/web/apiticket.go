package web

import (
	"github.com/replyd/replyd/internal/ticket"
)

// apiOnTicket stores what a program does with a ticket, and gives the ticket as it is then.
func (s *server) apiOnTicket(c apiCall, d ticketDeed) (any, error) {
	id := ticket.ID(c.PathValue("id"))
	if err := s.doTicket(c.Context(), id, "", c.by.Name, d); err != nil {
		return nil, err
	}
	return s.apiTicketNow(id)
}

func (s *server) apiTicketNow(id ticket.ID) (any, error) {
	k, err := s.Desk.Ticket(id)
	if err != nil {
		return nil, err
	}
	return newAPITicket(k), nil
}

func (s *server) apiAssign(c apiCall) (any, error) {
	var in struct {
		Assignee *string `json:"assignee"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Assignee == nil {
		return nil, unprocessable("assignee is a name, or empty for nobody.")
	}
	return s.apiOnTicket(c, s.assigning(*in.Assignee))
}

func (s *server) apiNote(c apiCall) (any, error) {
	var in struct {
		Text string `json:"text"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	return s.apiOnTicket(c, noting(in.Text, ""))
}

func (s *server) apiTags(c apiCall) (any, error) {
	var in struct {
		Tags []string `json:"tags"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Tags == nil {
		return nil, unprocessable("tags is the list that replaces the ticket's; an empty one takes them off.")
	}
	return s.apiOnTicket(c, tagging(in.Tags))
}

func (s *server) apiTake(c apiCall) (any, error) {
	if err := c.empty(); err != nil {
		return nil, err
	}
	return s.apiOnTicket(c, taking())
}

func (s *server) apiRelease(c apiCall) (any, error) {
	if err := c.empty(); err != nil {
		return nil, err
	}
	return s.apiOnTicket(c, releasing())
}

func (s *server) apiMerge(c apiCall) (any, error) {
	var in struct {
		Into string `json:"into"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	id := ticket.ID(c.PathValue("id"))
	if _, err := s.Desk.Ticket(id); err != nil {
		return nil, err
	}
	if err := s.mergeInto(c.Context(), id, in.Into, c.by.Name); err != nil {
		return nil, err
	}
	return s.apiTicketNow(id)
}
