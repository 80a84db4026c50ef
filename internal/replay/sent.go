package replay

import (
	"strings"
	"time"

	"github.com/replyd/replyd/internal/mail"
)

// How a person's reply was found, surest first.
const (
	ByInReplyTo = "in-reply-to"         // it names the mail in In-Reply-To
	ByReference = "references"          // it names the mail in References
	BySubject   = "address and subject" // it went to the same address with the same subject, within a week
)

const (
	maxSent  = 100_000            // replies that are remembered
	sentSpan = 7 * 24 * time.Hour // a reply without ids that comes later answers something else
)

// Reply is a mail that a person sent.
type Reply struct {
	from    string
	subject string // without its Re:
	Subject string
	Date    time.Time
	Text    string
}

// Sent finds the reply that a person gave to a mail.
type Sent struct {
	direct, mention map[string][]*Reply // Message-ID → replies that name it
	byAddress       map[string][]*Reply // recipient and subject → replies
	count           int
}

// NewSent makes an empty index.
func NewSent() *Sent {
	return &Sent{direct: map[string][]*Reply{}, mention: map[string][]*Reply{}, byAddress: map[string][]*Reply{}}
}

// Len is the number of mails in the index.
func (s *Sent) Len() int { return s.count }

// Add puts a mail into the index.
func (s *Sent) Add(m *mail.Mail, arrived time.Time) {
	if s.count >= maxSent {
		return
	}
	s.count++
	r := &Reply{subject: bareSubject(m.Subject), Subject: m.Subject, Date: m.Date, Text: m.Reply}
	if strings.TrimSpace(r.Text) == "" {
		r.Text = m.Text
	}
	r.Text = Clip(r.Text)
	if r.Date.IsZero() {
		r.Date = arrived
	}
	if len(m.From) > 0 {
		r.from = m.From[0].Normal()
	}
	for _, id := range m.InReplyTo {
		s.direct[id] = append(s.direct[id], r)
	}
	for _, id := range m.References {
		s.mention[id] = append(s.mention[id], r)
	}
	for _, a := range m.To {
		if n := a.Normal(); n != "" {
			key := n + "\n" + r.subject
			s.byAddress[key] = append(s.byAddress[key], r)
		}
	}
}

// Find gives the first reply to a mail of customer, and how it was found; nil if there is none. What the customer
// wrote is no reply, so that a mailbox which holds both directions may serve.
func (s *Sent) Find(m *mail.Mail, customer string, when time.Time) (*Reply, string) {
	customer = mail.Address{Address: customer}.Normal()
	if m.MessageID != "" {
		if r := first(s.direct[m.MessageID], customer, time.Time{}, time.Time{}); r != nil {
			return r, ByInReplyTo
		}
		if r := first(s.mention[m.MessageID], customer, time.Time{}, time.Time{}); r != nil {
			return r, ByReference
		}
	}
	if customer == "" || when.IsZero() {
		return nil, ""
	}
	r := first(s.byAddress[customer+"\n"+bareSubject(m.Subject)], customer, when, when.Add(sentSpan))
	if r == nil {
		return nil, ""
	}
	return r, BySubject
}

// first gives the earliest reply between two times (zero: any) that is not the customer's own.
func first(all []*Reply, customer string, from, to time.Time) *Reply {
	var best *Reply
	for _, r := range all {
		outside := !from.IsZero() && (r.Date.Before(from) || r.Date.After(to))
		if outside || r.from == customer && customer != "" {
			continue
		}
		if best == nil || r.Date.Before(best.Date) {
			best = r
		}
	}
	return best
}

// bareSubject is a subject without the marks of a reply, in lower case.
func bareSubject(s string) string {
	s = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(mail.ReplySubject(s), "Re: ")))
	return strings.Join(strings.Fields(s), " ")
}
