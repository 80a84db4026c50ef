package app

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

const (
	// clockError is how far the clock may be off by which a person's mail program files into Sent.
	clockError = time.Hour
	// sentLook is how far back the look into Sent goes, and so how long replyd may stand still and still notice.
	sentLook = 14 * 24 * time.Hour
	// maxAnswer bounds, in bytes, what is kept of an answer's text; Sent has the whole.
	maxAnswer = 32 << 10
	// maxDismissed bounds how many mails of Sent that are no answers are remembered as such.
	maxDismissed = 10_000
)

// handMail is what a person sent to a customer from a mail program.
type handMail struct {
	imap.Sent
	account string // whose Sent folder holds it
	mail    *mail.Mail
}

// pair is a mail in Sent and a turn that it does not answer, though it speaks of it.
type pair struct {
	uidValidity, uid uint32
	turn             ticket.TurnID
}

// asksSince is from when on an answer by hand counts: replyd may see a mail long after the mailbox, and a person
// may have answered in between. A turn that no mail began counts from its own birth: its mail was answered before.
func asksSince(t *ticket.Turn) time.Time {
	since := t.Born
	if t.Cause != ticket.ByMail {
		return since
	}
	for _, m := range t.Mails {
		if at := m.Arrived.Add(-clockError); at.Before(since) {
			since = at
		}
	}
	return since
}

// unanswered tells whether an answer elsewhere would end the turn.
func unanswered(t *ticket.Turn) bool { return ticket.CanMove(t.State, ticket.Superseded) }

// answeredElsewhere looks into Sent of the turn's mailbox for a person's answer to it; nil if there is none.
func (a *App) answeredElsewhere(ctx context.Context, t *ticket.Turn) (*handMail, error) {
	box := a.mailbox(t.Mail().Account)
	if box == nil {
		return nil, nil
	}
	list, err := box.Sent(ctx, asksSince(t))
	if err != nil {
		return nil, err
	}
	for _, s := range list {
		if found, err := a.answerIn(ctx, box, s, t); found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// lookIntoSent ends every turn that was answered from a mail program, whichever account its mail came to. It keeps
// no cursor: a mail in Sent may be older than replyd's knowledge of what it answers. Its failure changes nothing.
func (a *App) lookIntoSent(ctx context.Context, box *mailbox) error {
	if _, paused := a.paused.Load(box.name); paused {
		return nil
	}
	counts, err := a.store.CountViews(time.Now())
	if err != nil {
		return err
	}
	open := 0
	for _, v := range []ticket.View{ticket.NeedsReview, ticket.Held, ticket.Failed, ticket.Waiting, ticket.Snoozed} {
		open += counts[v]
	}
	if open == 0 {
		return nil
	}
	list, err := box.Sent(ctx, time.Now().Add(-sentLook))
	if err != nil {
		return err
	}
	for _, s := range list {
		if err := a.settleSent(ctx, box, s); err != nil {
			return err
		}
	}
	return nil
}

// settleSent ends the turns that one mail in Sent answers.
func (a *App) settleSent(ctx context.Context, box *mailbox, s imap.Sent) error {
	done := pair{uidValidity: s.UIDValidity, uid: s.UID} // no turn: nothing it speaks of is open any more
	if box.isDismissed(done) {
		return nil
	}
	turns, whole, err := a.spokenOf(s)
	if err != nil {
		return err
	}
	open := false
	for _, t := range turns {
		if !unanswered(t) {
			continue
		}
		found, err := a.answerIn(ctx, box, s, t)
		if err == nil && found != nil {
			err = a.answered(ctx, t, found)
		}
		if err != nil {
			return err
		}
		open = open || found == nil
	}
	if whole && !open {
		box.dismiss(done)
	}
	return nil
}

// spokenOf gives the turns of all tickets that a mail names. whole is false when it names a mail that replyd does
// not know, or not yet.
func (a *App) spokenOf(s imap.Sent) (turns []*ticket.Turn, whole bool, err error) {
	whole = true
	known := map[ticket.ID]bool{}
	add := func(more []*ticket.Turn) {
		if len(more) > 0 && !known[more[0].Ticket] {
			known[more[0].Ticket] = true
			turns = append(turns, more...)
		}
	}
	for _, id := range s.Cites {
		more, err := a.store.TurnsOfMessage(id)
		if err != nil {
			return nil, false, err
		}
		whole = whole && len(more) > 0
		add(more)
	}
	for _, id := range []string{s.ID, s.Loop} {
		tick, ours := mail.OwnMessageID(a.store.Secret(), id)
		if !ours {
			continue
		}
		more, err := a.store.TurnsOfTicket(ticket.ID(tick))
		if err != nil {
			return nil, false, err
		}
		add(more)
	}
	return turns, whole, nil
}

// answerIn reads a mail in Sent if it may answer a turn, and gives it if it does.
func (a *App) answerIn(ctx context.Context, box *mailbox, s imap.Sent, t *ticket.Turn) (*handMail, error) {
	no := pair{s.UIDValidity, s.UID, t.ID}
	copied, err := a.store.Copy(t.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, err
	}
	if box.isDismissed(no) || !speaksOf(s, t, copied) {
		return nil, nil
	}
	raw, err := box.ReadSent(ctx, s)
	if errors.Is(err, imap.ErrMoved) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m := mail.Parse(raw, mail.DefaultLimits)
	if !reaches(m, a.addresses(t)) {
		box.dismiss(no)
		return nil, nil
	}
	return &handMail{Sent: s, account: box.name, mail: m}, nil
}

// speaksOf tells whether a mail in Sent may be an answer to a turn, by its header alone: it is the turn's draft, or
// names one of its mails. One that names none but an earlier mail of a burst must have been sent after the last: what
// it did not know of, it did not answer.
func speaksOf(s imap.Sent, t *ticket.Turn, copied *ticket.Copy) bool {
	if o := t.Outgoing; o != nil && (s.ID == o.MessageID || s.Loop == o.MessageID) {
		return false // our own reply, which a relay filed
	}
	if s.Arrived.Before(asksSince(t).Truncate(time.Second)) && !s.Arrived.IsZero() { // INTERNALDATE has no fractions
		return false
	}
	if copied != nil && (s.ID == copied.MessageID || s.Loop == copied.MessageID) {
		return true
	}
	names := func(m ticket.Incoming) bool { return m.MessageID != "" && slices.Contains(s.Cites, m.MessageID) }
	last := t.Mail()
	return last != nil && (names(*last) ||
		slices.ContainsFunc(t.Mails, names) && !s.Arrived.Before(last.Arrived.Truncate(time.Second)))
}

// reaches tells whether a mail goes to the customer: a mail to a colleague or a supplier, in which the customer's is
// quoted or forwarded, answers nobody, nor does a robot's (RFC 3834 section 5).
func reaches(m *mail.Mail, customer []string) bool {
	if auto := strings.TrimSpace(m.Header.Get("Auto-Submitted")); auto != "" && !strings.EqualFold(auto, "no") {
		return false
	}
	among := func(list []mail.Address) bool {
		return slices.ContainsFunc(list, func(a mail.Address) bool { return slices.Contains(customer, a.Normal()) })
	}
	return among(m.To) || among(m.Cc) && !mail.ForwardSubject(m.Subject)
}

// addresses are those under which a turn's customer gets an answer: the recipient, and where their mail asked for
// one. replyd itself writes to the former alone.
func (a *App) addresses(t *ticket.Turn) (out []string) {
	own := a.live().gate
	add := func(one mail.Address) {
		if n := one.Normal(); n != "" && !own.Owns(one) {
			out = append(out, n)
		}
	}
	add(mail.Address{Address: t.Recipient()})
	for _, m := range t.Mails {
		raw, err := a.store.Raw(m.Key)
		if err != nil {
			continue
		}
		for _, one := range mail.Parse(raw, mail.DefaultLimits).ReplyTo {
			add(one)
		}
	}
	return out
}

// answered ends a turn with the answer that a person sent. The store tells the ticket and the customer's record.
func (a *App) answered(ctx context.Context, t *ticket.Turn, found *handMail) error {
	_, err := a.store.Change(ctx, t.ID, 0, func(now *ticket.Turn) error {
		if !unanswered(now) {
			return errSettled
		}
		a.conclude(now, "sent", found)
		return nil
	})
	if errors.Is(err, errSettled) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, problem := range a.markFiled(ctx, t) {
		a.log.Warn("a mail was not filed", "turn", t.ID, "error", problem)
	}
	return nil
}

// conclude keeps the answer that a person sent and moves the turn to its end. From review a person's answer leads to
// answered; what replyd was still working on is superseded.
func (a *App) conclude(t *ticket.Turn, by string, found *handMail) {
	now, to := time.Now(), ticket.Superseded
	if t.State == ticket.Review {
		to = ticket.Answered
	}
	d, what := sentDraft(t, found)
	t.Drafts = append(t.Drafts, d)
	t.Elsewhere = &ticket.Elsewhere{MessageID: found.mail.MessageID, Account: found.account, At: d.At}
	t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.ByHand, By: ticket.MailProgram,
		Draft: len(t.Drafts) - 1, Reasons: []string{what}, At: now})
	t.Move(now, by, to, what)
}

// sentDraft is an answer as a turn keeps it, and a sentence for the history.
func sentDraft(t *ticket.Turn, found *handMail) (d ticket.Draft, what string) {
	m := found.mail
	d = ticket.Draft{By: ticket.MailProgram, At: found.Arrived, Subject: m.Subject, Text: m.Text}
	if d.At.IsZero() {
		d.At = time.Now()
	}
	if t.Triage != nil {
		d.Language = t.Triage.Language
	}
	const byHand = "a person answered this mail from a mail program"
	last := t.Draft()
	if last == nil {
		d.Text, what = newText(m), byHand
	} else if d.Edit = ground.Edited(*last, d); d.Edit == ticket.FactualEdit {
		d.Text, what = newText(m), byHand
	} else if what = "the draft was sent from a mail program"; d.Edit == ticket.CosmeticEdit {
		what += ", in other words"
	}
	d.Text = clipTo(d.Text, maxAnswer)
	return d, what
}

// newText is what a person wrote above what they quote.
func newText(m *mail.Mail) string {
	if strings.TrimSpace(m.Reply) != "" {
		return m.Reply
	}
	return m.Text
}

// dismiss remembers that a mail in Sent needs no further look.
func (m *mailbox) dismiss(p pair) {
	m.looking.Lock()
	defer m.looking.Unlock()
	if m.dismissed == nil || len(m.dismissed) >= maxDismissed {
		m.dismissed = map[pair]bool{}
	}
	m.dismissed[p] = true
}

func (m *mailbox) isDismissed(p pair) bool {
	m.looking.Lock()
	defer m.looking.Unlock()
	return m.dismissed[p]
}

// watchSent looks into Sent for as long as the daemon runs.
func (a *App) watchSent(ctx context.Context, box *mailbox) error {
	tick := time.NewTicker(box.poll)
	defer tick.Stop()
	for {
		if err := a.lookIntoSent(ctx, box); err != nil && ctx.Err() == nil {
			a.log.Warn("it is not known what was answered from a mail program", "account", box.name, "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}
