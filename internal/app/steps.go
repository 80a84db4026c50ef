package app

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/wording"
)

// steps is the program on one page: how a mail, once taken in (intake.go), becomes a reply. Each step finds a
// turn in one state, fills one slot, and moves it on; each talks to at most one outside service. What fails is
// tried again by itself or ends in review, where only a person moves a turn on. Review has no step.
func (a *App) steps() []pipeline.Step {
	return []pipeline.Step{
		{From: ticket.Received, Name: "read", Service: "openai", Do: a.read},
		{From: ticket.Triaged, Name: "look up", Service: "shopify", Do: a.lookUp},
		{From: ticket.Informed, Name: "write", Do: a.write},
		{From: ticket.Drafted, Name: "judge", Do: a.judge},
		{From: ticket.Approved, Name: "commit", Service: "imap", Do: a.commit},
		{From: ticket.Sending, Name: "send", Service: "sendgrid", Do: a.send, Inline: true},
		{From: ticket.Sent, Name: "file", Service: "shopify", Do: a.file, GiveUp: fileWithout},
	}
}

// read asks the model what the customer wants. The model chooses among intents and has no other say.
func (a *App) read(ctx context.Context, t *ticket.Turn) error {
	tr, err := a.live().triage.Read(ctx, asked(t, a.orderName))
	if err != nil {
		return err
	}
	t.Triage = &tr
	t.Move(time.Now(), "read", ticket.Triaged, understood(tr))
	return nil
}

// lookUp fetches what the requests need, in the scope that the sender's proof allows.
func (a *App) lookUp(ctx context.Context, t *ticket.Turn) error {
	f, err := a.lookup.Find(ctx, t.Sender, *t.Triage, written(t), time.Now())
	if err != nil {
		return err
	}
	t.Findings = &f
	t.Move(time.Now(), "look up", ticket.Informed, found(f))
	return nil
}

// write fills the reply template in the customer's language, lets the model word it where the owner wants that,
// and checks every token of it against the facts. Where a person asked for another draft, the model writes the last
// one anew.
func (a *App) write(ctx context.Context, t *ticket.Turn) error {
	in := reply.Input{
		Mail: *t.Mail(), Sender: t.Sender, Triage: *t.Triage, Findings: *t.Findings, Now: time.Now(),
		RatingURL: a.ratingURL(t),
	}
	if t.Asked() != nil {
		return a.redraft(ctx, t, in)
	}
	d, err := a.writer().Write(in)
	if err != nil {
		return err
	}
	if a.wording != nil && wording.Wanted(*t.Triage) {
		d = a.reword(ctx, t, in, d)
	}
	d.Open = ground.Check(d, a.zone, a.hosts)
	t.Drafts = append(t.Drafts, d)
	t.Move(time.Now(), "write", ticket.Drafted, "drafted with "+d.Template)
	return nil
}

// judge lets policy decide whether the draft may go out without a person.
func (a *App) judge(ctx context.Context, t *ticket.Turn) error {
	tick, err := a.store.Ticket(t.Ticket)
	if err != nil {
		return err
	}
	now := time.Now()
	v := policy.Decide(policy.Input{Turn: t, Modes: a.live().modes, Lexicon: a.lexiconSends, Taken: tick.TakenBy, Now: now})
	t.Verdicts = append(t.Verdicts, v)
	if v.Decision == ticket.Send {
		t.Move(now, "judge", ticket.Approved, "may go out by itself")
		return nil
	}
	t.Move(now, "judge", ticket.Review, strings.Join(v.Reasons, "; "))
	a.noteOffer(t)
	return nil
}

// commit takes the draft out of the Drafts folder, makes sure that nobody answered meanwhile, and mints the
// Message-ID. Saving this step's result also writes the outbox and asks the limits, in one transaction, before
// anything is sent.
func (a *App) commit(ctx context.Context, t *ticket.Turn) error {
	if a.live().modes.All == policy.Shadow {
		t.Move(time.Now(), "commit", ticket.Review, "shadow mode: nothing is sent")
		return nil
	}
	if err := a.takeBack(ctx, t); err != nil {
		return err
	}
	found, err := a.answeredElsewhere(ctx, t) // in this order: what is not in Drafts any more may have been sent
	if err != nil {
		return err
	}
	if found != nil {
		a.conclude(t, "commit", found)
		return nil
	}
	now := time.Now()
	if t.Outgoing == nil { // a refused reply keeps its Message-ID
		id := mail.NewMessageID(a.store.Secret(), string(t.Ticket), a.from.Domain())
		t.Outgoing = &ticket.Outgoing{MessageID: id, MintedAt: now}
	}
	t.Move(now, "commit", ticket.Sending, "on its way to SendGrid")
	return nil
}

// send hands the reply to SendGrid. Whatever is not a clear yes or a clear no is unknown, and a person looks.
func (a *App) send(ctx context.Context, t *ticket.Turn) error {
	id, err := a.sender.Send(ctx, a.outgoing(t))
	now := time.Now()
	var refused *sendgrid.Error
	switch {
	case err == nil:
		t.Receipt = &ticket.Receipt{ProviderID: id, AcceptedAt: now}
		t.Move(now, "send", ticket.Sent, "SendGrid accepted it")
	case errors.As(err, &refused) && refused.Outcome == sendgrid.Refused && refused.Temporary:
		a.sendAgain(t, now, refused)
	case errors.As(err, &refused) && refused.Outcome == sendgrid.Refused:
		t.Move(now, "send", ticket.Review, fmt.Sprintf("not sent: %v", err))
	default:
		t.Move(now, "send", ticket.Review, unknownOutcome+": "+err.Error())
	}
	return nil
}

// file notes the interaction, tags the customer in Shopify, and marks the mail in its mailbox.
func (a *App) file(ctx context.Context, t *ticket.Turn) (err error) {
	f := ticket.Filing{At: time.Now()}
	if err := a.note(ctx, t); err != nil {
		return err
	}
	if t.Sender.Authenticated() {
		if f.Tags, err = a.syncTags(ctx, t.Recipient()); err != nil {
			return err
		}
	}
	f.Problems = a.markFiled(ctx, t)
	t.Filing = &f
	t.Move(f.At, "file", ticket.Done, "filed")
	return nil
}

// fileWithout ends a turn whose filing failed for good: the answer is out, so it is done, and says what is
// missing.
func fileWithout(t *ticket.Turn, why string) {
	now := time.Now()
	t.Filing = &ticket.Filing{At: now, Problems: []string{why}}
	t.Move(now, "file", ticket.Done, "answered; the filing is missing: "+why)
}
