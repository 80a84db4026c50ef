package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/web"
)

const (
	// unknownOutcome begins the reason of a turn that may or may not have left.
	unknownOutcome = "it is unknown whether the reply left; look into the provider's activity before you send it again"
	// maxRefusals bounds how often a reply that SendGrid refuses for the moment is offered again.
	maxRefusals = 5
	// maxReferences is how many ids a reply names (mail-loop and header-length limits of large providers).
	maxReferences = 20
	// ratingLife is how long a rating link works.
	ratingLife = 60 * 24 * time.Hour
)

// written is what the customer newly wrote in all mails of the turn.
func written(t *ticket.Turn) string {
	parts := make([]string, len(t.Mails))
	for i, m := range t.Mails {
		parts[i] = m.Reply
	}
	return strings.Join(parts, "\n\n")
}

// asked is what the model gets to read of a turn.
func asked(t *ticket.Turn, n triage.OrderName) triage.Input {
	m := t.Mail()
	return triage.Input{Subject: m.Subject, Name: m.Name, Text: written(t), OrderName: n}
}

// understood sums up a triage for the history, without mail text.
func understood(tr ticket.Triage) string {
	var names []string
	for _, r := range tr.Requests {
		names = append(names, string(r.Intent))
	}
	return fmt.Sprintf("%s read it as %s, in %s", tr.Engine, strings.Join(names, ", "), tr.Language)
}

// found sums up findings for the history.
func found(f shop.Findings) string {
	var results []string
	for _, a := range f.Answers {
		results = append(results, string(a.Result))
	}
	return "looked up: " + strings.Join(results, ", ")
}

// outgoing is the turn's last draft as it leaves. The recipient is the turn's, not the draft's.
func (a *App) outgoing(t *ticket.Turn) mail.Outgoing {
	d, m := t.Draft(), t.Mail()
	return mail.Outgoing{
		From: a.from, To: mail.Address{Name: t.Sender.Name, Address: t.Recipient()},
		Subject: d.Subject, Text: d.Text, HTML: d.HTML,
		MessageID: t.Outgoing.MessageID, InReplyTo: m.MessageID, References: a.references(t),
		Automatic: t.Auto(), Args: map[string]string{"turn": string(t.ID)}, Date: t.Outgoing.MintedAt,
	}
}

// references are the ids of the conversation: its root, which some mail programs drop and others thread by,
// what the mail itself referred to (RFC 5322 section 3.6.4), and the mail.
func (a *App) references(t *ticket.Turn) []string {
	m := t.Mail()
	refs := m.References
	if len(refs) == 0 && len(m.InReplyTo) == 1 {
		refs = m.InReplyTo
	}
	turns, err := a.store.TurnsOfTicket(t.Ticket)
	if err != nil {
		a.log.Warn("the root of a conversation could not be read", "turn", t.ID, "error", err)
	}
	if len(turns) > 0 && len(turns[0].Mails) > 0 {
		refs = append([]string{turns[0].Mails[0].MessageID}, refs...)
	}
	var out []string
	for _, id := range append(refs[:len(refs):len(refs)], m.MessageID) {
		if id != "" && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	if len(out) > maxReferences {
		out = append(out[:1:1], out[len(out)-maxReferences+1:]...)
	}
	return out
}

// sendAgain puts a reply that SendGrid refused for the moment back, to wait.
func (a *App) sendAgain(t *ticket.Turn, now time.Time, refused *sendgrid.Error) {
	refusals := 1
	for _, e := range t.History {
		if e.By == "send" && e.To == ticket.Approved {
			refusals++
		}
	}
	if refusals >= maxRefusals {
		t.Move(now, "send", ticket.Review, fmt.Sprintf("refused %d times: %v", refusals, refused))
		return
	}
	t.Move(now, "send", ticket.Approved, "not sent yet: "+refused.Error())
	t.Due = now.Add(max(refused.After, a.retry.First<<(refusals-1)))
	t.Attempts, t.Waiting = refusals, refused.Error()
}

// ratingURL is the link under which the customer rates the answer; empty without a public address.
func (a *App) ratingURL(t *ticket.Turn) string {
	if a.publicURL == "" {
		return ""
	}
	return web.RatingURL(a.publicURL, a.store.Secret(), string(t.Ticket), string(t.ID), t.Recipient(),
		time.Now().Truncate(oneLink).Add(oneLink+ratingLife))
}

// oneLink is how long a turn's rating link stays the same one: a reply that is filled again, a macro that a person
// took a while ago, must not look as if somebody had put another link in.
const oneLink = 24 * time.Hour

// note keeps the interaction on the customer's record and closes the ticket until the customer writes again, unless
// they already did.
func (a *App) note(ctx context.Context, t *ticket.Turn) error {
	if t.Sender.Authenticated() {
		err := a.store.ChangeContact(ctx, t.Recipient(), func(c *ticket.Contact) { crm.Record(c, t) })
		if err != nil {
			return err
		}
	}
	turns, err := a.store.TurnsOfTicket(t.Ticket)
	if err != nil {
		return err
	}
	more := slices.ContainsFunc(turns, func(o *ticket.Turn) bool { return o.ID != t.ID && !o.State.Final() })
	return a.store.ChangeTicket(ctx, t.Ticket, audit.Entry{}, func(k *ticket.Ticket) error {
		k.Open = more
		if t.Triage != nil {
			k.Language = t.Triage.Language
		}
		return nil
	})
}

// markFiled marks or moves the turn's mails as the account is configured. What cannot be marked is told: our
// store is the truth, the mailbox a convenience.
func (a *App) markFiled(ctx context.Context, t *ticket.Turn) (problems []string) {
	for _, m := range t.Mails {
		if box := a.mailbox(m.Account); box != nil && m.Folder != "" {
			if err := box.File(ctx, m.Folder, m.UIDValidity, m.UID); err != nil {
				problems = append(problems, err.Error())
			}
		}
	}
	return problems
}

// reconcile settles, before anything runs, what a stop left in sending. A reply of which the provider reported,
// or of which a copy lies in Sent, was sent. Of any other it is unknown, and a person decides: a late answer is
// better than two.
func (a *App) reconcile(ctx context.Context) error {
	turns, err := a.store.TurnsByState(ticket.Sending, 0)
	if err != nil {
		return err
	}
	for _, t := range turns {
		how, err := a.leftTrace(ctx, t)
		if err != nil {
			return err
		}
		_, err = a.store.Change(ctx, t.ID, t.Version, func(t *ticket.Turn) error {
			now := time.Now()
			if how == "" {
				t.Move(now, "start", ticket.Review, "replyd was stopped while sending: "+unknownOutcome)
				return nil
			}
			t.Receipt = &ticket.Receipt{AcceptedAt: now, Reconciled: how}
			t.Move(now, "start", ticket.Sent, "had been sent before the stop: "+how)
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// leftTrace tells how it is known that a reply left; empty if it is not.
func (a *App) leftTrace(ctx context.Context, t *ticket.Turn) (string, error) {
	events, err := a.store.Events(t.ID)
	if err != nil {
		return "", err
	}
	for _, e := range events {
		return "SendGrid reported " + e.Kind, nil
	}
	if box := a.mailbox(t.Mail().Account); box != nil {
		there, err := box.InSent(ctx, t.Outgoing.MessageID)
		if err != nil {
			a.log.Warn("the Sent folder could not be searched", "turn", t.ID, "error", err)
		}
		if there {
			return "a copy lies in Sent", nil
		}
	}
	return "", nil
}

// delivered takes in what SendGrid reports. A bounce opens a turn for a person.
func (a *App) delivered(ctx context.Context, events []sendgrid.Event) error {
	for _, e := range events {
		id := ticket.TurnID(e.Turn)
		if _, err := a.store.Turn(id); err != nil {
			continue // another installation's, or erased
		}
		kept := store.DeliveryEvent{Kind: string(e.Kind), ProviderID: e.ProviderID,
			MessageID: e.MessageID, At: e.At}
		added, err := a.store.AddEvent(ctx, id, kept)
		if err != nil {
			return err
		}
		if added && (e.Kind == sendgrid.Bounce || e.Kind == sendgrid.Dropped) {
			err = a.store.Reopen(ctx, id, ticket.ByBounce, e.At, "the reply could not be delivered ("+string(e.Kind)+")")
		}
		if added && err == nil && (e.Kind == sendgrid.Processed || e.Kind == sendgrid.Delivered) {
			err = a.settle(ctx, id, e)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// settle tells on a turn whose sending was cut off that its reply left after all. A person still closes it: the
// turn may have been looked at, and edited, in between.
func (a *App) settle(ctx context.Context, id ticket.TurnID, e sendgrid.Event) error {
	_, err := a.store.Change(ctx, id, 0, func(t *ticket.Turn) error {
		if t.State != ticket.Review || t.Outgoing == nil || t.Receipt != nil {
			return errSettled
		}
		t.Note(e.At, "sendgrid", "the reply did leave: SendGrid reports it as "+string(e.Kind)+"; close this as answered")
		return nil
	})
	if errors.Is(err, errSettled) {
		return nil
	}
	return err
}

// errSettled keeps a report from touching a turn that needs none. The report often comes before the sending step
// has saved its result, which a new version of the turn would keep it from.
var errSettled = errors.New("app: nothing to settle")
