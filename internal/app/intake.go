package app

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/thread"
	"github.com/replyd/replyd/internal/ticket"
)

// intake takes mail in: read it, know who wrote it, find its ticket, ask the gate, and store all of it with the
// cursor in one transaction. It is where a turn is born, with its sender and its gate fixed for good.
type intake struct {
	store    *store.Store
	trust    identity.Config      // of this mailbox
	gate     func() gate.Config   // as it is now
	quiet    func() time.Duration // how long a received turn waits for the next mail of a burst
	log      *slog.Logger
	one      *sync.Mutex // threading reads before it writes: one mail at a time, over all mailboxes
	observed func(outcome ticket.Outcome, rule string)
}

// arrival is one mail with what intake found out about it.
type arrival struct {
	imap.Fetched
	mail   *mail.Mail
	key    string
	sender ticket.Identity
	place  thread.Decision
	joined *ticket.Ticket // the ticket that it continues, nil for a new one
	gate   ticket.Gate
	in     gate.Input
}

// Take implements imap.Taker. The cursor moves only with a nil answer.
func (i *intake) Take(ctx context.Context, f imap.Fetched) error {
	i.one.Lock()
	defer i.one.Unlock()
	began := time.Now()
	a, known, err := i.contain(f, func() (*arrival, bool, error) { return i.examine(ctx, f) })
	if err != nil {
		return err
	}
	in := i.turn(a, began)
	if known {
		in = store.Intake{Key: a.key, Cursor: cursorOf(f)}
	}
	known, err = i.store.TakeIn(ctx, in)
	if errors.Is(err, store.ErrJoin) { // its turn was read meanwhile: this mail gets one of its own
		in.Join, in.Turn = "", newTurn(a, in.Ticket, began, i.quiet())
		known, err = i.store.TakeIn(ctx, in)
	}
	if err != nil {
		return err
	}
	outcome, rule := a.gate.Outcome, a.gate.Rule
	if known {
		outcome, rule = ticket.Ignore, gate.AlreadyProcessed
	}
	i.observed(outcome, rule)
	i.log.Info("mail", "account", f.Account, "folder", f.Folder, "uid", f.UID, "gate", outcome, "rule", rule,
		"took", time.Since(began).Round(time.Microsecond))
	return nil
}

// Move implements imap.Mover.
func (i *intake) Move(ctx context.Context, c mail.Cursor) error { return i.store.MoveCursor(ctx, c) }

// contain keeps a crash of examine from being one of the daemon, which would meet the same mail again at its next
// start, and every mail behind it never. A person gets the mail as it came.
func (i *intake) contain(f imap.Fetched, examine func() (*arrival, bool, error)) (a *arrival, known bool, err error) {
	defer func() {
		if recover() == nil { // what it panicked with may hold mail text and is left out
			return
		}
		i.log.Error("examining a mail crashed", "account", f.Account, "folder", f.Folder, "uid", f.UID,
			"at", string(debug.Stack()))
		const why = "replyd crashed while it examined this mail; the log says where"
		a = &arrival{Fetched: f, mail: &mail.Mail{Problems: []string{why}}}
		a.key = mail.Key(f.Account, a.mail, f.Raw)
		a.gate = ticket.Gate{Outcome: ticket.Hold, Rule: gate.Unreadable, Reason: why}
		_, known, err = i.store.Seen(a.key)
	}()
	return examine()
}

// examine reads a mail and judges it. known tells that it is stored already.
func (i *intake) examine(ctx context.Context, f imap.Fetched) (a *arrival, known bool, err error) {
	a = &arrival{Fetched: f, mail: mail.Parse(f.Raw, mail.DefaultLimits)}
	if f.HeaderOnly {
		a.mail.Complete = false
		a.mail.Problems = append(a.mail.Problems, f.Problem)
	}
	a.key = mail.Key(f.Account, a.mail, f.Raw)
	if _, known, err = i.store.Seen(a.key); err != nil || known {
		return a, known, err
	}
	a.sender = identity.Identify(a.mail, i.trust)
	now := time.Now()
	if a.place, err = thread.Match(a.mail, a.sender, i.store.Secret(), i.store, now); err != nil {
		return a, false, err
	}
	if err := i.findTicket(a, a.place.Attach); err != nil {
		return a, false, err
	}
	twin, err := i.store.TicketOf(a.mail.MessageID)
	if err != nil {
		return a, false, err
	}
	a.in = gate.Input{
		Mail: a.mail, Sender: a.sender, Twin: twin != nil, Threads: a.joined != nil || len(a.place.Linked) > 0,
		Ticket: a.place.Attach, Stranger: a.place.Hold, Reopens: a.joined != nil && !a.joined.Open,
		Arrived: f.Arrived, Now: now, FirstSync: f.FirstSync,
	}
	a.gate = gate.Judge(ctx, a.in, i.gate(), counter{i.store})
	if a.gate.Outcome == ticket.Record {
		// A bounce or a colleague's answer belongs to the ticket that it is about, whoever wrote it: nobody
		// answers it, and no model sees it.
		id, err := thread.Recorded(a.mail, i.store.Secret(), i.store)
		if err != nil {
			return a, false, err
		}
		return a, false, i.findTicket(a, id)
	}
	return a, false, nil
}

func (i *intake) findTicket(a *arrival, id ticket.ID) (err error) {
	if a.joined = nil; id == "" {
		return nil
	}
	a.joined, err = i.store.Ticket(id)
	if errors.Is(err, store.ErrNotFound) { // signed by us, but erased since
		return nil
	}
	return err
}

// turn makes what is to be stored: a new turn, or a further mail of a burst.
func (i *intake) turn(a *arrival, now time.Time) store.Intake {
	out := store.Intake{Key: a.key, Raw: a.Raw, Cursor: cursorOf(a.Fetched), Ticket: a.joined, Writer: a.sender.Address}
	if a.mail.Complete {
		out.Hashes = nonEmpty(gate.BodyHash(a.mail), gate.SubjectHash(a.mail))
	}
	if out.Ticket == nil {
		out.Ticket = newTicket(a, now)
	} else {
		continueTicket(out.Ticket, a, now)
	}
	byColleague := a.gate.Rule == gate.OwnAddress && a.gate.Outcome == ticket.Record
	if byColleague && a.joined != nil && a.sender.Verdict == "pass" {
		out.Stop = "a person answered this ticket from a mail program"
		out.Ticket.AutoReplies, out.Ticket.Open = 0, false
	}
	out.Bounced = i.bounced(a)
	if a.gate.Outcome == ticket.Go && a.joined != nil {
		if id := i.waiting(a); id != "" {
			out.Join, out.Mail, out.Due = id, incoming(a, now), now.Add(i.quiet())
			return out
		}
	}
	out.Turn = newTurn(a, out.Ticket, now, i.quiet())
	return out
}

// bounced finds the turn whose reply a mail reports as undeliverable. The report names the reply's Message-ID,
// which nobody can guess; a report of a delay or of a reading asks for nobody's time.
func (i *intake) bounced(a *arrival) ticket.TurnID {
	said := a.mail.ReportedAction
	if a.gate.Rule != gate.Bounce || a.joined == nil || said != "failed" && (said != "" || a.mail.Kinds.Report) {
		return ""
	}
	turns, err := i.store.TurnsOfTicket(a.joined.ID)
	if err != nil {
		return ""
	}
	for _, t := range slices.Backward(turns) {
		for _, id := range a.mail.ReportedIDs {
			left, _, _ := strings.Cut(strings.Trim(id, "<>"), "@")
			if t.Outgoing != nil && t.Outgoing.MessageID == id ||
				t.Receipt != nil && left != "" && t.Receipt.ProviderID == left {
				return t.ID
			}
		}
	}
	return ""
}

// waiting finds a turn of the ticket that nobody has read yet, by the same writer.
func (i *intake) waiting(a *arrival) ticket.TurnID {
	turns, err := i.store.TurnsOfTicket(a.joined.ID)
	if err != nil {
		return ""
	}
	for _, t := range slices.Backward(turns) {
		if t.State == ticket.Received && t.Gate.Outcome == ticket.Go && t.Sender.Address == a.sender.Address {
			return t.ID
		}
	}
	return ""
}

func newTicket(a *arrival, now time.Time) *ticket.Ticket {
	t := &ticket.Ticket{
		ID: ticket.NewID(now), Subject: a.mail.Subject, Customer: a.sender.Address, OpenedAt: now, LastAt: now,
		Open: a.gate.Outcome == ticket.Go || a.gate.Outcome == ticket.Hold, Linked: a.place.Linked,
	}
	if a.sender.Authenticated() {
		t.Parties = []string{a.sender.Address}
	}
	return t
}

// continueTicket notes a further mail on its ticket. What is only recorded never reopens it.
func continueTicket(t *ticket.Ticket, a *arrival, now time.Time) {
	t.LastAt = now
	if a.gate.Outcome != ticket.Go && a.gate.Outcome != ticket.Hold {
		return
	}
	if !t.Open {
		t.Reopens = append(t.Reopens, now.UTC().Format(time.DateOnly))
		t.Reopens = t.Reopens[max(0, len(t.Reopens)-10):]
	}
	t.Open = true
}

func newTurn(a *arrival, t *ticket.Ticket, now time.Time, quiet time.Duration) *ticket.Turn {
	turn := &ticket.Turn{
		ID: ticket.NewTurnID(now), Ticket: t.ID, Cause: ticket.ByMail, Born: now,
		Mails: []ticket.Incoming{incoming(a, now)}, Sender: a.sender, Gate: a.gate,
	}
	turn.Move(now, "intake", born(a.gate), a.gate.Reason)
	if turn.State == ticket.Received {
		turn.Due = now.Add(quiet)
	}
	return turn
}

// born is the state in which a turn begins.
func born(g ticket.Gate) ticket.State {
	switch {
	case g.Outcome == ticket.Ignore:
		return ticket.Ignored
	case g.Outcome == ticket.Record:
		return ticket.Recorded
	case g.Outcome == ticket.Go, g.Readable:
		return ticket.Received
	}
	return ticket.Review
}

// maxText bounds what a turn keeps of a mail's text: it is written with every save, and the raw mail has it all.
const maxText = 64 << 10

func incoming(a *arrival, now time.Time) ticket.Incoming {
	m := a.mail
	in := ticket.Incoming{
		Key: a.key, Account: a.Account, Folder: a.Folder, UIDValidity: a.UIDValidity, UID: a.UID,
		MessageID: m.MessageID, InReplyTo: m.InReplyTo, References: m.References, Subject: m.Subject,
		Date: m.Date, Arrived: a.Arrived, Text: clip(m.Text), Reply: clip(m.Reply), Problems: m.Problems,
	}
	if in.Arrived.IsZero() {
		in.Arrived = now
	}
	if len(m.From) > 0 {
		in.From, in.Name = m.From[0].Address, m.From[0].Name
	}
	if a.mail.MessageID != "" && a.in.Twin {
		in.MessageID = "" // another mail's already: it must not lead to this one
	}
	for _, f := range m.Attachments {
		in.Attachments = append(in.Attachments, ticket.Attachment{Name: f.Name, Type: f.Type, Size: f.Size})
	}
	return in
}

// clip cuts s to maxText bytes, at a rune.
func clip(s string) string { return clipTo(s, maxText) }

func clipTo(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return string(bytes.ToValidUTF8([]byte(s[:limit]), nil))
}

func cursorOf(f imap.Fetched) mail.Cursor {
	return mail.Cursor{Account: f.Account, Folder: f.Folder, UIDValidity: f.UIDValidity, UID: f.UID}
}

// counter counts for the gate from the store.
type counter struct{ store *store.Store }

// Counts implements gate.Limits.
func (c counter) Counts(_ context.Context, q gate.Query) (gate.Counts, error) {
	n, err := c.store.Counts(q.Ticket, q.Address, q.Now)
	if err != nil {
		return gate.Counts{}, err
	}
	same, err := c.store.Repeated(q.Address, nonEmpty(q.Body, q.Subject), q.Now.Add(-24*time.Hour))
	if err != nil {
		return gate.Counts{}, err
	}
	out := sent(n)
	out.Same = same
	return out, nil
}

func nonEmpty(list ...string) []string {
	return slices.DeleteFunc(list, func(s string) bool { return s == "" })
}

// sent are the numbers of automatic answers in the gate's words.
func sent(n store.Counts) gate.Counts {
	return gate.Counts{Ticket: n.Ticket, Sender: n.SenderDay, Domain: n.DomainHour, Hour: n.TotalHour, Reopens: n.Reopens}
}
