package app

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// Table is what `replyd export` writes.
type Table string

const (
	// Tickets: one row for each turn, with its ticket.
	Tickets Table = "tickets"
	// Customers: one row for each verified address.
	Customers Table = "customers"
	// Ratings: one row for each vote; the last one of a turn and a kind counts. The kind csat is a face from 1 to
	// 5, nps how likely the customer recommends the store, from 0 to 10.
	Ratings Table = "ratings"
)

// Format is how it is written.
type Format string

const (
	// CSV: RFC 4180, with a header line.
	CSV Format = "csv"
	// JSONLines: one object a line.
	JSONLines Format = "jsonl"
)

// Export writes a table. Rows come as the store holds them, so a table of any size needs little memory.
func Export(s *store.Store, w io.Writer, t Table, f Format) error {
	columns := map[Table][]string{
		Tickets: {"ticket", "turn", "state", "born", "customer", "subject", "language", "intents", "flags",
			"sentiment", "decided_by", "sent_at", "rating"},
		Customers: {"address", "name", "language", "first", "last", "answered", "tags", "shopify_id"},
		Ratings:   {"turn", "ticket", "address", "score", "comment", "at", "kind"},
	}[t]
	if columns == nil {
		return fmt.Errorf("unknown table %q: choose tickets, customers or ratings", t)
	}
	row, flush, err := rows(w, f, columns)
	if err != nil {
		return err
	}
	switch t {
	case Tickets:
		err = s.EachTurn(func(t *ticket.Turn) error {
			values, err := turnRow(s, t)
			if err != nil {
				return err
			}
			return row(values)
		})
	case Customers:
		err = s.EachContact(func(c *ticket.Contact) error {
			return row([]string{c.Address, c.Name, c.Language, when(c.First), when(c.Last),
				strconv.Itoa(len(c.Interactions)), strings.Join(c.Tags, " "), c.ShopifyID})
		})
	case Ratings:
		err = s.EachRating(func(r *ticket.Rating) error {
			return row([]string{string(r.Turn), string(r.Ticket), r.Address, strconv.Itoa(r.Score), r.Comment, when(r.At), "csat"})
		})
		if err == nil {
			err = s.EachRecommendation(func(r *ticket.Recommendation) error { return recommended(r, row) })
		}
	}
	if err != nil {
		return err
	}
	return flush()
}

// recommended writes the answers to one asking for a recommendation.
func recommended(r *ticket.Recommendation, row func([]string) error) error {
	for _, a := range r.Answers {
		err := row([]string{string(r.Turn), string(r.Ticket), r.Address, strconv.Itoa(a.Score), "", when(a.At), "nps"})
		if err != nil {
			return err
		}
	}
	return nil
}

func turnRow(s *store.Store, t *ticket.Turn) ([]string, error) {
	var intents, flags []string
	subject, language, sentiment, by, sentAt, rating := "", "", "", "", "", ""
	if m := t.Mail(); m != nil {
		subject = m.Subject
	}
	if tr := t.Triage; tr != nil {
		language, sentiment = tr.Language, strconv.Itoa(tr.Sentiment)
		for _, r := range tr.Requests {
			intents = append(intents, string(r.Intent))
		}
		for _, f := range tr.Flags {
			flags = append(flags, string(f))
		}
	}
	if v := t.Verdict(); v != nil {
		by = v.By
	}
	if t.Receipt != nil {
		sentAt = when(t.Receipt.AcceptedAt)
	}
	votes, err := s.Ratings(t.ID)
	if err != nil {
		return nil, err
	}
	if len(votes) > 0 {
		rating = strconv.Itoa(votes[len(votes)-1].Score)
	}
	return []string{string(t.Ticket), string(t.ID), string(t.State), when(t.Born), t.Sender.Address, subject,
		language, strings.Join(intents, " "), strings.Join(flags, " "), sentiment, by, sentAt, rating}, nil
}

// rows gives a function that writes one row, and one that ends the table.
func rows(w io.Writer, f Format, columns []string) (row func([]string) error, flush func() error, err error) {
	switch f {
	case CSV:
		cw := csv.NewWriter(w)
		row = func(values []string) error {
			for i, v := range values {
				values[i] = inert(v)
			}
			return cw.Write(values)
		}
		flush = func() error { cw.Flush(); return cw.Error() }
		return row, flush, cw.Write(columns)
	case JSONLines:
		enc := json.NewEncoder(w)
		row = func(values []string) error {
			object := make(map[string]string, len(columns))
			for i, c := range columns {
				object[c] = values[i]
			}
			return enc.Encode(object)
		}
		return row, func() error { return nil }, nil
	}
	return nil, nil, fmt.Errorf("unknown format %q: choose csv or jsonl", f)
}

// inert keeps a spreadsheet from running a customer's words as a formula (OWASP, CSV Injection, 2026).
func inert(v string) string {
	if v != "" && strings.ContainsRune("=+-@\t\r", rune(v[0])) {
		if _, err := strconv.ParseFloat(v, 64); err != nil {
			return "'" + v
		}
	}
	return v
}

func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
