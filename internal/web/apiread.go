package web

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// Bounds of what a list of the API holds.
const (
	apiPage    = 50
	apiMaxPage = 200
)

// apiTurn is a turn as programs see it: what staff see on its page.
type apiTurn struct {
	ID        ticket.TurnID `json:"id"`
	Ticket    ticket.ID     `json:"ticket"`
	Version   uint64        `json:"version"` // to be sent back with every act
	State     ticket.State  `json:"state"`
	View      ticket.View   `json:"view"`
	Cause     ticket.Cause  `json:"cause"`
	Born      time.Time     `json:"born"`
	AnswerBy  time.Time     `json:"answer_by"`
	Recipient string        `json:"recipient"`
	Proven    bool          `json:"proven"` // the recipient is proven to be the writer
	Why       []string      `json:"why"`    // it stands where it stands
	Language  string        `json:"language"`
	Flags     []ticket.Flag `json:"flags"`
	Requests  []apiRequest  `json:"requests"`
	Mails     []apiMail     `json:"mails"`
	Facts     []apiFact     `json:"facts"`
	Draft     *apiDraft     `json:"draft,omitempty"`
	SentAt    *time.Time    `json:"sent_at,omitempty"`
	Snoozed   time.Time     `json:"snoozed_until,omitzero"`
	History   []apiEvent    `json:"history"`
	// Instructions are what people wanted to be different, oldest first.
	Instructions []apiInstruction `json:"instructions"`
}

type apiRequest struct {
	Intent    ticket.Intent `json:"intent"`
	OrderRefs []string      `json:"order_refs"`
	Quote     string        `json:"quote"`
}

type apiMail struct {
	From    string    `json:"from"`
	Name    string    `json:"name"`
	Subject string    `json:"subject"`
	Arrived time.Time `json:"arrived"`
	Text    string    `json:"text"` // what the customer newly wrote
}

type apiFact struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

type apiDraft struct {
	By        string             `json:"by"`
	At        time.Time          `json:"at"`
	Language  string             `json:"language"`
	Subject   string             `json:"subject"`
	Text      string             `json:"text"`
	Uncovered []ticket.Uncovered `json:"uncovered"`
	Worded    string             `json:"worded,omitempty"` // the model that chose the words, if one did
}

type apiInstruction struct {
	By       string    `json:"by"`
	At       time.Time `json:"at"`
	Text     string    `json:"text"`
	Language string    `json:"language,omitempty"` // of the draft that was wanted, where it changes
}

type apiEvent struct {
	At   time.Time    `json:"at"`
	By   string       `json:"by"`
	To   ticket.State `json:"to,omitempty"`
	What string       `json:"what"`
}

func newAPITurn(t *ticket.Turn, p *ticket.Promise) *apiTurn {
	out := &apiTurn{
		ID: t.ID, Ticket: t.Ticket, Version: t.Version, State: t.State, View: t.View(), Cause: t.Cause, Born: t.Born,
		AnswerBy: t.AnswerBy(p), Recipient: t.Recipient(), Proven: t.Sender.Authenticated(), Why: list(t.Why()),
		Language: languageOf(t), Snoozed: t.Snoozed, Flags: []ticket.Flag{}, Requests: []apiRequest{}, Mails: []apiMail{},
		Facts: []apiFact{}, History: []apiEvent{}, Instructions: []apiInstruction{},
	}
	if t.Triage != nil {
		out.Flags = list(t.Triage.Flags)
		for _, q := range t.Triage.Requests {
			out.Requests = append(out.Requests, apiRequest{q.Intent, list(q.OrderRefs), q.Quote})
		}
	}
	for _, m := range t.Mails {
		text := m.Reply
		if strings.TrimSpace(text) == "" {
			text = m.Text
		}
		out.Mails = append(out.Mails, apiMail{m.From, m.Name, m.Subject, m.Arrived, text})
	}
	facts := known(t)
	if d := t.Draft(); d != nil {
		facts = d.Facts
		out.Draft = &apiDraft{d.By, d.At, d.Language, d.Subject, d.Text, list(d.Open), d.Worded}
	}
	for _, f := range facts {
		out.Facts = append(out.Facts, apiFact{f.Name, f.Value, f.Source})
	}
	if t.Receipt != nil {
		out.SentAt = &t.Receipt.AcceptedAt
	}
	for _, e := range t.History {
		out.History = append(out.History, apiEvent{e.At, e.By, e.To, e.What})
	}
	for _, i := range t.Instructions {
		out.Instructions = append(out.Instructions, apiInstruction{i.By, i.At, i.Text, i.Language})
	}
	return out
}

// list gives an empty list for none, so that programs always find an array.
func list[T any](v []T) []T {
	if v == nil {
		return []T{}
	}
	return v
}

// apiRow is a turn in a list.
type apiRow struct {
	ID       ticket.TurnID   `json:"id"`
	Ticket   ticket.ID       `json:"ticket"`
	Version  uint64          `json:"version"`
	State    ticket.State    `json:"state"`
	View     ticket.View     `json:"view"`
	From     string          `json:"from"`
	Name     string          `json:"name"`
	Subject  string          `json:"subject"`
	Why      string          `json:"why"`
	Since    time.Time       `json:"since"`
	AnswerBy time.Time       `json:"answer_by"`
	Urgent   bool            `json:"urgent"`
	Intents  []ticket.Intent `json:"intents"`
	Flags    []ticket.Flag   `json:"flags"`
	Language string          `json:"language"`
	Tags     []string        `json:"tags"`
	Assignee string          `json:"assignee"`
}

func apiRows(rows []ticket.Row) []apiRow {
	out := []apiRow{}
	for _, r := range rows {
		out = append(out, apiRow{
			r.ID, r.Ticket, r.Version, r.State, r.View, r.From, r.Name, r.Subject, r.Why, r.Since, r.AnswerBy,
			r.Urgent, list(r.Intents), list(r.Flags), r.Language, list(r.Tags), r.Assignee,
		})
	}
	return out
}

// param reads a short parameter of the address.
func (c apiCall) param(name string) string {
	v := cleanLine(c.URL.Query().Get(name))
	return v[:min(len(v), 300)]
}

func (c apiCall) limit() (int, error) {
	text := c.param("limit")
	if text == "" {
		return apiPage, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > apiMaxPage {
		return 0, problem{Status: 400, Detail: "limit is a number from 1 to " + strconv.Itoa(apiMaxPage) + "."}
	}
	return n, nil
}

type apiTurnList struct {
	Turns []apiRow `json:"turns"`
	Next  string   `json:"next,omitempty"`
}

func (s *server) apiTurns(c apiCall) (any, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	q := ticket.Query{
		View: ticket.View(c.param("view")), Intent: ticket.Intent(c.param("intent")), Flag: ticket.Flag(c.param("flag")),
		Language: c.param("language"), Tag: c.param("tag"), Assignee: c.param("assignee"), Words: c.param("words"),
		After: c.param("after"), Limit: limit,
	}
	if q.View == "" {
		q.View = ticket.All
	}
	if !slices.Contains(ticket.Views, q.View) {
		return nil, problem{Status: 400, Detail: "There is no such view."}
	}
	page, err := s.Desk.Rows(q)
	if err != nil && q.After != "" {
		return nil, problem{Status: 400, Detail: "after is not what an earlier answer gave as next."}
	}
	if err != nil {
		return nil, err
	}
	return apiTurnList{apiRows(page.Rows), page.Next}, nil
}

// apiTurn gives one turn. The look is written down before it is given.
func (s *server) apiTurn(c apiCall) (any, error) {
	id := c.PathValue("id")
	e := audit.Entry{At: s.Now(), Who: c.by.Name, What: audit.TurnRead, Turn: id, Detail: "api"}
	if err := s.People.Record(c.Context(), e); err != nil {
		return nil, err
	}
	t, err := s.Desk.Turn(ticket.TurnID(id))
	if err != nil {
		return nil, err
	}
	return newAPITurn(t, s.Promise()), nil
}

type apiTicketView struct {
	ID       ticket.ID   `json:"id"`
	Subject  string      `json:"subject"`
	Customer string      `json:"customer"`
	Open     bool        `json:"open"`
	OpenedAt time.Time   `json:"opened_at"`
	LastAt   time.Time   `json:"last_at"`
	Tags     []string    `json:"tags"`
	Assignee string      `json:"assignee"`
	TakenBy  string      `json:"taken_by"` // who stopped automation in it
	Linked   []ticket.ID `json:"linked"`
	Merged   ticket.ID   `json:"merged_into,omitempty"`
	Notes    []apiNote   `json:"notes,omitempty"` // not in lists
	Turns    []apiRow    `json:"turns,omitempty"` // newest first; of one ticket that is asked for
}

type apiNote struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

func newAPITicket(t *ticket.Ticket) apiTicketView {
	out := apiTicketView{
		ID: t.ID, Subject: t.Subject, Customer: t.Customer, Open: t.Open, OpenedAt: t.OpenedAt, LastAt: t.LastAt,
		Tags: list(t.Tags), Assignee: t.Assignee, TakenBy: t.TakenBy, Linked: list(t.Linked), Merged: t.MergedInto,
	}
	for _, n := range t.Notes {
		out.Notes = append(out.Notes, apiNote{n.By, n.At, n.Text})
	}
	return out
}

type apiTicketList struct {
	Tickets []apiTicketView `json:"tickets"`
}

// apiTickets gives the tickets of one customer, newest first.
func (s *server) apiTickets(c apiCall) (any, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	address := strings.ToLower(c.param("customer"))
	if !strings.Contains(address, "@") {
		return nil, problem{Status: 400, Detail: "customer is the customer's address."}
	}
	e := audit.Entry{At: s.Now(), Who: c.by.Name, What: audit.CustomerRead, Customer: address, Detail: "api"}
	if err := s.People.Record(c.Context(), e); err != nil {
		return nil, err
	}
	tickets, err := s.Desk.TicketsOf(address, limit)
	if err != nil {
		return nil, err
	}
	out := apiTicketList{[]apiTicketView{}}
	for _, t := range tickets {
		line := newAPITicket(t)
		line.Notes = nil
		out.Tickets = append(out.Tickets, line)
	}
	return out, nil
}

func (s *server) apiTicket(c apiCall) (any, error) {
	t, err := s.Desk.Ticket(ticket.ID(c.PathValue("id")))
	if err != nil {
		return nil, err
	}
	e := audit.Entry{
		At: s.Now(), Who: c.by.Name, What: audit.CustomerRead, Ticket: string(t.ID), Customer: t.Customer, Detail: "api",
	}
	if err := s.People.Record(c.Context(), e); err != nil {
		return nil, err
	}
	turns, err := s.Desk.TurnsOfTicket(t.ID)
	if err != nil {
		return nil, err
	}
	var rows []ticket.Row
	for _, turn := range slices.Backward(turns) {
		rows = append(rows, ticket.NewRow(turn, t, s.Promise()))
	}
	out := newAPITicket(t)
	out.Turns = apiRows(rows)
	return out, nil
}

type apiCountsView struct {
	Views map[ticket.View]int `json:"views"`
	Since time.Time           `json:"answered_since"` // what was answered counts from then
}

func (s *server) apiCounts(c apiCall) (any, error) {
	since := s.Now().Add(-24 * time.Hour)
	if text := c.param("since"); text != "" {
		var err error
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, problem{Status: 400, Detail: "since is a time like 2026-11-22T00:00:00Z."}
		}
	}
	counts, err := s.Desk.CountViews(since)
	if err != nil {
		return nil, err
	}
	return apiCountsView{counts, since}, nil
}
