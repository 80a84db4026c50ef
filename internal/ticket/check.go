package ticket

import (
	"errors"
	"fmt"
	"reflect"
)

// ErrIllegal is wrapped by every error of Check.
var ErrIllegal = errors.New("ticket: illegal change of a turn")

func illegal(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrIllegal, fmt.Sprintf(format, args...))
}

// Check tells whether a turn may change from before to after in one save. The store calls it for every save,
// so what it forbids cannot be stored. For a new turn before is nil. It enforces:
//   - the move is one that state.go lists;
//   - slots are written once, lists only grow;
//   - every state has the slots it stands on;
//   - nothing is sent twice: a turn with a receipt never becomes approved or sending again;
//   - only a person moves a turn out of review, and only with an instruction back to be written anew.
func Check(before, after *Turn) error {
	if before == nil {
		before = &Turn{ID: after.ID, Ticket: after.Ticket, Cause: after.Cause, Born: after.Born,
			Sender: after.Sender, Gate: after.Gate}
	}
	if before.State != after.State && !CanMove(before.State, after.State) {
		return illegal("%s cannot move from %q to %q", after.ID, before.State, after.State)
	}
	for _, check := range []func(before, after *Turn) error{checkSlots, checkLists, checkStanding, checkAsked, checkPerson} {
		if err := check(before, after); err != nil {
			return err
		}
	}
	return nil
}

// checkSlots: what is set stays as it is.
func checkSlots(before, after *Turn) error {
	fixed := []struct {
		name string
		b, a any
	}{
		{"id", before.ID, after.ID},
		{"ticket", before.Ticket, after.Ticket},
		{"cause", before.Cause, after.Cause},
		{"born", before.Born.UnixNano(), after.Born.UnixNano()},
		{"sender", before.Sender, after.Sender},
		{"gate", before.Gate, after.Gate},
	}
	for _, f := range fixed {
		if !reflect.DeepEqual(f.b, f.a) {
			return illegal("%s: %s is set and cannot change", after.ID, f.name)
		}
	}
	once := []struct {
		name string
		b, a any
	}{
		{"triage", before.Triage, after.Triage},
		{"findings", before.Findings, after.Findings},
		{"outgoing", before.Outgoing, after.Outgoing},
		{"receipt", before.Receipt, after.Receipt},
		{"filing", before.Filing, after.Filing},
		{"elsewhere", before.Elsewhere, after.Elsewhere},
	}
	for _, s := range once {
		if !reflect.ValueOf(s.b).IsNil() && !equal(s.b, s.a) {
			return illegal("%s: %s is written once", after.ID, s.name)
		}
	}
	return nil
}

// checkLists: lists only grow, and the mails of a turn only while nobody has read them.
func checkLists(before, after *Turn) error {
	if len(after.Mails) > len(before.Mails) && before.State != "" && before.State != Received {
		return illegal("%s: a mail joins a turn only while it is received", after.ID)
	}
	grown := []struct {
		name string
		ok   bool
	}{
		{"mails", prefix(before.Mails, after.Mails)},
		{"drafts", prefix(before.Drafts, after.Drafts)},
		{"verdicts", prefix(before.Verdicts, after.Verdicts)},
		{"instructions", prefix(before.Instructions, after.Instructions)},
		{"history", prefix(before.History, after.History)},
	}
	for _, g := range grown {
		if !g.ok {
			return illegal("%s: %s only grows", after.ID, g.name)
		}
	}
	return nil
}

// checkStanding: each state has what it stands on.
func checkStanding(before, after *Turn) error {
	need := func(ok bool, what string) error {
		if ok {
			return nil
		}
		return illegal("%s: %s needs %s", after.ID, after.State, what)
	}
	switch after.State {
	case Received:
		return need(len(after.Mails) > 0 && (after.Gate.Outcome == Go || after.Gate.Outcome == Hold), "a mail that the gate let in")
	case Triaged:
		return need(after.Triage != nil, "a triage")
	case Informed:
		return need(after.Findings != nil, "findings")
	case Drafted:
		return need(len(after.Drafts) > 0, "a draft")
	case Approved, Sending:
		v := after.Verdict()
		switch {
		case after.Receipt != nil:
			return illegal("%s: was sent already", after.ID)
		case v == nil || v.Decision != Send || v.Draft != len(after.Drafts)-1 || v.Draft < 0:
			return need(false, "a verdict to send the last draft")
		case after.Recipient() == "":
			return need(false, "a recipient")
		case after.State == Sending && after.Outgoing == nil:
			return need(false, "a Message-ID")
		}
	case Sent:
		return need(after.Receipt != nil, "a receipt")
	case Done:
		return need(after.Receipt != nil && after.Filing != nil, "a receipt and a filing")
	}
	return nil
}

// checkPerson: out of review leads a person's verdict alone, or their instruction, which checkAsked has seen.
// Superseded is a person's answer by itself.
func checkPerson(before, after *Turn) error {
	if before.State != Review || after.State == Review || after.State == Superseded || after.State == Informed {
		return nil
	}
	v := after.Verdict()
	if v == nil || len(after.Verdicts) == len(before.Verdicts) || v.By == Policy || v.By == "" {
		return illegal("%s: only a person moves a turn out of review", after.ID)
	}
	want := map[State]Decision{Approved: Send, Rejected: Reject, Answered: ByHand}
	if v.Decision != want[after.State] {
		return illegal("%s: verdict %q does not lead to %q", after.ID, v.Decision, after.State)
	}
	return nil
}
