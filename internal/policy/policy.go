// Package policy decides whether a draft may go out without a person. It is pure: the same turn and settings
// give the same verdict, with reasons that staff understand.
package policy

import (
	"fmt"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Mode is how much replyd does by itself.
type Mode string

const (
	// Shadow drafts and never sends, not even after approval.
	Shadow Mode = "shadow"
	// Approval sends what a person approved.
	Approval Mode = "approval"
	// Auto sends by itself where every condition of Decide holds.
	Auto Mode = "auto"
)

// Modes is the store owner's choice.
type Modes struct {
	All     Mode
	Intents map[ticket.Intent]Mode // what is not listed is Approval
}

// For gives the mode of an intent: the more careful of its own and the one for all.
func (m Modes) For(i ticket.Intent) Mode {
	own, ok := m.Intents[i]
	if !ok {
		own = Approval
	}
	if m.All.careful() > own.careful() {
		return m.All
	}
	return own
}

// careful orders modes; an unknown one is the most careful.
func (m Mode) careful() int {
	switch m {
	case Auto:
		return 0
	case Approval:
		return 1
	}
	return 2
}

// Automatic lists the intents that may ever go out without a person: reading them wrong costs little, and every
// sentence of the answer is a fact. For the others an owner's "auto" is refused when the config is read.
var Automatic = []ticket.Intent{
	ticket.OrderStatus, ticket.RefundStatus, ticket.StorePolicy, ticket.ProductQuestion,
	ticket.ReturnRequest, ticket.ExchangeRequest,
}

// MinConfidence is what the lexicon must reach where it may send at all (the demo). A model's own confidence
// is not comparable and counts for nothing; its evidence does.
const MinConfidence = 0.7

// Input is what a verdict rests on.
type Input struct {
	Turn  *ticket.Turn
	Modes Modes
	// Lexicon lets what the stand-by triaged go out as well. Only the demo sets it.
	Lexicon bool
	// Taken names the person who took the ticket over, if any.
	Taken string
	Now   time.Time
}

// Decide gives policy's verdict about the last draft.
func Decide(in Input) ticket.Verdict {
	t := in.Turn
	v := ticket.Verdict{By: ticket.Policy, Draft: len(t.Drafts) - 1, At: in.Now, Decision: ticket.Ask}
	for _, check := range []func(Input) []string{checkAsked, checkGate, checkTriage, checkModes, checkFindings, checkDraft} {
		v.Reasons = append(v.Reasons, check(in)...)
	}
	if len(v.Reasons) == 0 {
		v.Decision = ticket.Send
		v.Reasons = []string{"proven sender, clear request, every fact checked, and this kind of mail is on automatic"}
	}
	return v
}

// Asked is the reason of a draft that a person had written anew: they look at it, whatever the mode.
const Asked = "a person asked for this draft"

// checkAsked: nobody has asked for another draft.
func checkAsked(in Input) []string {
	if len(in.Turn.Instructions) > 0 {
		return []string{Asked}
	}
	return nil
}

// checkGate: gate = go, sender authenticated, nobody has taken the ticket.
func checkGate(in Input) (why []string) {
	t := in.Turn
	if t.Gate.Outcome != ticket.Go {
		why = append(why, t.Gate.Reason)
	}
	told := t.Gate.Outcome != ticket.Go && t.Gate.Reason == t.Sender.Reason
	if !t.Sender.Authenticated() && !told {
		why = append(why, "it is not proven who wrote this: "+t.Sender.Reason)
	}
	if in.Taken != "" {
		why = append(why, in.Taken+" has taken this ticket")
	}
	return why
}

// checkTriage: the mail was understood, by the model, with evidence, and raises no flag.
func checkTriage(in Input) (why []string) {
	tr := in.Turn.Triage
	if tr == nil || len(tr.Requests) == 0 {
		return []string{"nothing that the customer asks for was found"}
	}
	for _, f := range tr.Flags {
		why = append(why, "the mail is flagged: "+string(f))
	}
	if !tr.Agreed {
		why = append(why, "model and code read different order numbers")
	}
	if tr.Engine == "lexicon" && !in.Lexicon {
		why = append(why, "read by the stand-by lexicon, because the model could not be asked")
	}
	for _, r := range tr.Requests {
		if tr.Engine == "lexicon" && r.Confidence < MinConfidence {
			why = append(why, fmt.Sprintf("not sure that this is about %s", r.Intent))
		}
	}
	return why
}

// checkModes: every request is of a kind that the owner lets go out.
func checkModes(in Input) (why []string) {
	if in.Turn.Triage == nil {
		return nil
	}
	for _, r := range in.Turn.Triage.Requests {
		mode := in.Modes.For(r.Intent)
		switch {
		case mode == Auto && slices.Contains(Automatic, r.Intent):
		case mode == Auto:
			why = append(why, fmt.Sprintf("%s always needs a person", r.Intent))
		default:
			why = append(why, fmt.Sprintf("%s is in %s mode", r.Intent, mode))
		}
	}
	slices.Sort(why)
	return slices.Compact(why)
}

// checkFindings: what the requests need is there, once and not several times.
func checkFindings(in Input) (why []string) {
	t := in.Turn
	if t.Findings == nil || (t.Triage != nil && len(t.Findings.Answers) != len(t.Triage.Requests)) {
		return []string{"not everything was looked up"}
	}
	for i, f := range t.Findings.Answers {
		switch f.Result {
		case shop.Found, shop.NotNeeded:
		case shop.NotFound:
			// To somebody who names an order, the safe answer is always the same. Without a number, the mail may
			// be about something else altogether.
			r := t.Triage.Requests[i]
			if (r.Intent != ticket.OrderStatus && r.Intent != ticket.RefundStatus) || len(r.OrderRefs) == 0 {
				why = append(why, fmt.Sprintf("nothing was found for %s", r.Intent))
			}
		case shop.Ambiguous:
		case shop.Withheld:
			why = append(why, "order data is withheld from an unproven sender")
		}
	}
	return why
}

// checkDraft: there is a draft, it says something, and every token of it is covered.
func checkDraft(in Input) (why []string) {
	d := in.Turn.Draft()
	switch {
	case d == nil:
		return []string{"there is no draft"}
	case d.Macro:
		why = append(why, "the draft only says that a person will answer")
	case d.Worded != "":
		why = append(why, "a model chose the words of the draft")
	}
	for _, u := range d.Open {
		why = append(why, fmt.Sprintf("no fact covers the %s in the draft: %s", u.Kind, u.Why))
	}
	return why
}
