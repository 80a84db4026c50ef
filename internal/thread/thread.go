// Package thread tells which ticket a mail continues. It goes by Message-IDs alone: those that we signed
// (mail.NewMessageID), then those that we stored. A match never makes the writer one of the ticket's
// customers: only a party to it, whose address is proven, may go on in it. It has no I/O but the finding.
//
// What is not asked: Thread-Index and Thread-Topic, which Outlook copies from mail to mail; a token in the
// subject ("[#1234]"), which anybody can type; the To and Cc of a mail, which make nobody a party.
package thread

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// maxIDs is how many ids of each header are tried. RFC 5322 sets no limit; forged ones hold thousands.
const maxIDs = 20

// Closed is how long after its last mail a closed ticket may still be continued. Who writes later has a new
// question, and old answers would only mislead. Our choice.
const Closed = 30 * 24 * time.Hour

// Finder finds the ticket of a stored Message-ID, of mails in and out, with angle brackets. Where the
// provider sends under an id of its own, that one is stored too, bare.
type Finder interface {
	// TicketOf gives nil and no error for an id that is not stored.
	TicketOf(messageID string) (*ticket.Ticket, error)
}

// Decision is where a mail belongs.
type Decision struct {
	Attach ticket.ID   // the ticket that it continues; empty for a new one
	Linked []ticket.ID // for a new ticket: those that staff should see beside it, and no model
	Hold   string      // why a person must look first, in one sentence; empty for no such reason
	Why    string      // how it was decided, in one sentence
}

// Match decides where a mail of who belongs. secret is that of our Message-IDs. An error is the Finder's.
func Match(m *mail.Mail, who ticket.Identity, secret []byte, f Finder, now time.Time) (Decision, error) {
	t, how, err := find(candidates(m), secret, f)
	if err != nil {
		return Decision{}, err
	}
	if t == nil {
		return Decision{Why: "It answers no mail that we know."}, nil
	}
	d := Decision{Linked: []ticket.ID{t.ID}}
	switch {
	case mail.ForwardSubject(m.Subject):
		d.Why = "It was forwarded, so it begins a ticket of its own."
	case !who.Authenticated():
		d.Hold = "The mail answers in a ticket, but nobody proved that its sender belongs there."
		d.Why = "The sender is not proven."
	case !t.Party(who.Address):
		d.Hold = "The mail answers in a ticket of somebody else."
		d.Why = "The sender is no party to the ticket."
	case !t.Open && now.Sub(t.LastAt) > Closed:
		d.Why = "The ticket was closed and silent for more than 30 days."
	case anotherSubject(m.Subject, t.Subject):
		d.Why = "The subject is a new one."
	default:
		return Decision{Attach: t.ID, Why: how}, nil
	}
	return d, nil
}

// Recorded tells to which ticket a mail belongs that nobody will answer: a report by the mail that it is
// about, an absence note or a colleague's reply by the mail that it answers. Whoever wrote it, no model
// sees it and no answer follows, so it needs no proof. Empty when it belongs to none.
func Recorded(m *mail.Mail, secret []byte, f Finder) (ticket.ID, error) {
	ids := append(slices.Clone(m.ReportedIDs[:min(len(m.ReportedIDs), maxIDs)]), candidates(m)...)
	t, _, err := find(ids, secret, f)
	if t == nil || err != nil {
		return "", err
	}
	return t.ID, nil
}

// candidates lists the ids that a mail answers: In-Reply-To, then References from the newest to the oldest,
// each once.
func candidates(m *mail.Mail) []string {
	var list []string
	add := func(id string) {
		if id != "" && id != m.MessageID && !slices.Contains(list, id) {
			list = append(list, id)
		}
	}
	for _, id := range m.InReplyTo[:min(len(m.InReplyTo), maxIDs)] {
		add(id)
	}
	newest := m.References[max(0, len(m.References)-maxIDs):]
	for _, id := range slices.Backward(newest) {
		add(id)
	}
	return list
}

// find looks for the first id that is ours by its signature, then for the first that is stored. The others
// are customers' own and can be guessed or repeated, so they come second. Last comes the provider's id of a
// reply of ours: SendGrid, when it rewrites a Message-ID, writes <X-Message-Id@geopod-ismtpd-…>, and where
// exactly it does so is not known beforehand.
func find(ids []string, secret []byte, f Finder) (t *ticket.Ticket, how string, err error) {
	for _, id := range ids {
		signed, ours := mail.OwnMessageID(secret, id)
		if !ours {
			continue
		}
		if t, err := ask(f, id); err != nil || t != nil && string(t.ID) == signed {
			return t, "It answers a mail of ours.", err
		}
	}
	for _, id := range ids {
		if t, err := ask(f, id); err != nil || t != nil {
			return t, "It answers a mail that we know.", err
		}
	}
	for _, id := range ids {
		left, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
		if t, err := ask(f, left); err != nil || t != nil {
			return t, "It answers a mail that the provider sent for us.", err
		}
	}
	return nil, "", nil
}

func ask(f Finder, id string) (*ticket.Ticket, error) {
	t, err := f.TicketOf(id)
	if err != nil {
		return nil, fmt.Errorf("thread: %w", err)
	}
	return t, nil
}
