package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Defaults of Thresholds. FreeScout allows 10 automatic answers to one sender in 180 minutes; ours are
// stricter, because a customer who writes more often than this needs a person. The hourly ones are
// breakers: far above a store's busy hour (we assume 1,000 mails a day, most of them from two or three
// large mail providers), far below what makes a mail provider block a store.
const (
	PerTicket  = 3   // automatic answers in one ticket before a person has written or decided
	PerSender  = 5   // automatic answers to one address in 24 h
	PerDomain  = 60  // automatic answers to one domain in an hour
	PerHour    = 300 // automatic answers in an hour
	PerReopen  = 2   // automatic reopenings of one ticket in a day
	repetition = 1   // mails with the same text or subject from one address in 24 h
)

// Thresholds are the numbers of rule 15; a field of 0 takes the constant of its name.
type Thresholds struct {
	PerTicket, PerSender, PerDomain, PerHour, PerReopen int
}

// Query is whom and what an automatic answer would be about.
type Query struct {
	Ticket  ticket.ID // empty for a new ticket
	Address string    // lower-cased
	Domain  string    // lower-cased
	Body    string    // BodyHash of the mail
	Subject string    // SubjectHash of the mail; empty for one that continues a conversation
	Now     time.Time
}

// Counts are what the store knows about a Query. The mail in question itself is not among them.
type Counts struct {
	Ticket  int // automatic answers in this ticket since a person last wrote or decided
	Sender  int // automatic answers to this address within 24 h
	Domain  int // automatic answers to this domain within the hour
	Hour    int // automatic answers within the hour
	Same    int // mails of this address within 24 h with this body, or with this subject if one is asked for
	Reopens int // automatic reopenings of this ticket today (UTC)
}

// Limits counts for rule 15.
type Limits interface {
	// Counts answers for the moment q.Now. An error holds the mail.
	Counts(ctx context.Context, q Query) (Counts, error)
}

// LimitQuery is what rule 15 asks about a mail. It is asked when the mail comes in, and may be asked again
// just before sending.
func LimitQuery(in Input) Query {
	q := Query{Ticket: in.Ticket, Address: in.Sender.Address, Body: BodyHash(in.Mail), Now: in.Now}
	q.Domain = mail.Address{Address: q.Address}.Domain()
	if !in.Threads {
		q.Subject = SubjectHash(in.Mail)
	}
	return q
}

// Exceeded tells in a sentence for staff which limit one more automatic answer would break; empty for none.
func (t Thresholds) Exceeded(c Counts, reopens bool) string {
	or := func(n, standard int) int {
		if n == 0 {
			return standard
		}
		return n
	}
	switch {
	case c.Same >= repetition:
		return "The same sender wrote the same before, within a day."
	case c.Ticket >= or(t.PerTicket, PerTicket):
		return "The ticket has had its automatic answers; a person is next."
	case c.Sender >= or(t.PerSender, PerSender):
		return "This sender has had today's automatic answers."
	case c.Domain >= or(t.PerDomain, PerDomain):
		return "Too many automatic answers went to this domain within the hour."
	case c.Hour >= or(t.PerHour, PerHour):
		return "Too many automatic answers went out within the hour."
	case reopens && c.Reopens >= or(t.PerReopen, PerReopen):
		return "The ticket was reopened too often today."
	}
	return ""
}

// Rule 15, failing closed. That a mail gets one automatic answer at most needs no count: a mail makes one
// turn, and a turn is sent once (ticket.Check).
func overLimit(ctx context.Context, in *Input, c *Config, lim Limits) *ticket.Gate {
	if lim == nil {
		return nil
	}
	counts, err := lim.Counts(ctx, LimitQuery(*in))
	if err != nil {
		return hold(OverLimit, "The limits could not be counted.", "", true)
	}
	if why := c.Thresholds.Exceeded(counts, in.Reopens); why != "" {
		return hold(OverLimit, why, "", true)
	}
	return nil
}

// BodyHash names what the sender newly wrote, letter case and white space aside. Empty for an empty mail.
func BodyHash(m *mail.Mail) string { return hashOf(m.Reply) }

// SubjectHash names the subject without its reply prefixes. Empty for an empty one.
func SubjectHash(m *mail.Mail) string {
	return hashOf(strings.TrimPrefix(mail.ReplySubject(m.Subject), "Re: "))
}

func hashOf(s string) string {
	s = strings.Join(strings.Fields(strings.ToLower(norm.NFKC.String(s))), " ")
	if s == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:16])
}
