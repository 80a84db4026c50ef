package ticket

import (
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// TurnID names a turn: "u" and a time-ordered random part, so that keys sort by age.
type TurnID string

// Turn is one answering cycle of a ticket: the mail (or burst of mails) that came in, and everything that
// replyd learned, wrote, decided and sent about it. It fills from top to bottom: a slot that is set never
// changes, a list only grows (see Check), so a turn is its own audit log.
type Turn struct {
	ID      TurnID    `json:"id"`
	Ticket  ID        `json:"ticket"`
	State   State     `json:"state"`
	Cause   Cause     `json:"cause"`
	Version uint64    `json:"version"` // grows by one with every save; the desk sends it back with each act
	Born    time.Time `json:"born"`

	Mails    []Incoming     `json:"mails"`              // grows while received: a burst is one turn
	Sender   Identity       `json:"sender"`             // who wrote, proven how; set at birth
	Gate     Gate           `json:"gate"`               // may it be answered at all; set at birth
	Triage   *Triage        `json:"triage,omitempty"`   // what the customer wants
	Findings *shop.Findings `json:"findings,omitempty"` // what Shopify and the store's texts say about it
	Drafts   []Draft        `json:"drafts,omitempty"`   // grows: replyd's, then people's edits
	Verdicts []Verdict      `json:"verdicts,omitempty"` // grows: who decided what, and why
	// Instructions grow: what people wanted to be different in a draft.
	Instructions []Instruction `json:"instructions,omitempty"`
	Outgoing     *Outgoing     `json:"outgoing,omitempty"` // minted and saved before the HTTP call
	Receipt      *Receipt      `json:"receipt,omitempty"`  // proof that SendGrid took the reply
	Filing       *Filing       `json:"filing,omitempty"`   // what was written to CRM and mailbox afterwards
	// Elsewhere is the answer that a person sent from a mail program; its text is the last draft.
	Elsewhere *Elsewhere `json:"elsewhere,omitempty"`
	History   []Event    `json:"history"` // grows: every move and act, in order

	Due      time.Time `json:"due,omitzero"`      // when the next step may run; zero when none is to run
	Attempts int       `json:"attempts,omitzero"` // failures of the present step so far
	Waiting  string    `json:"waiting,omitzero"`  // why the present step waits, for staff
	Snoozed  time.Time `json:"snoozed,omitzero"`  // a person put the review off until then
}

// Cause is why a turn exists.
type Cause string

const (
	// ByMail: a mail came in.
	ByMail Cause = "mail"
	// ByRating: a customer rated an answer 1 or 2.
	ByRating Cause = "rating"
	// ByBounce: a reply could not be delivered.
	ByBounce Cause = "bounce"
	// BySplit: a person wants one of several matters of a mail answered in a ticket of its own.
	BySplit Cause = "split"
)

// Incoming is one mail of a turn, as far as later steps and staff need it. The raw bytes are in the store
// under Key.
type Incoming struct {
	Key         string       `json:"key"` // the store's name of the raw mail
	Account     string       `json:"account"`
	Folder      string       `json:"folder"`
	UIDValidity uint32       `json:"uid_validity"`
	UID         uint32       `json:"uid"`
	MessageID   string       `json:"message_id"` // with angle brackets; empty where the mail had none
	InReplyTo   []string     `json:"in_reply_to,omitempty"`
	References  []string     `json:"references,omitempty"`
	From        string       `json:"from"` // bare address as written
	Name        string       `json:"name"` // display name, never evidence of anything
	Subject     string       `json:"subject"`
	Date        time.Time    `json:"date,omitzero"` // the sender's clock
	Arrived     time.Time    `json:"arrived"`       // INTERNALDATE of the mailbox
	Text        string       `json:"text"`          // whole readable text
	Reply       string       `json:"reply"`         // what the sender newly wrote
	Problems    []string     `json:"problems,omitempty"`
	Attachments []Attachment `json:"attachments,omitempty"`
}

// Attachment names a file of a mail. Its content stays in the raw mail.
type Attachment struct {
	Name string `json:"name"`
	Type string `json:"type"`
	Size int    `json:"size"` // bytes
}

// Gate says whether a mail may be answered at all, and by which rule.
type Gate struct {
	Outcome  Outcome `json:"outcome"`
	Rule     string  `json:"rule"`               // name of the rule, "go" when none stopped it
	Reason   string  `json:"reason"`             // one sentence for staff
	Evidence string  `json:"evidence,omitempty"` // the deciding header line, for explain; no body text
	// Readable: although held, the mail is a person's and safe to read, so that staff get a draft.
	Readable bool `json:"readable,omitempty"`
}

// Outcome is what the gate decided.
type Outcome string

const (
	// Go: the mail may be answered.
	Go Outcome = "go"
	// Hold: a person decides.
	Hold Outcome = "hold"
	// Record: attach it to its ticket; never answer, never reopen.
	Record Outcome = "record"
	// Ignore: already processed, or our own; only logged.
	Ignore Outcome = "ignore"
)

// Triage is what a mail asks for, as the model or the lexicon read it and code confirmed it.
type Triage struct {
	Engine    string    `json:"engine"` // "openai" or "lexicon"
	Model     string    `json:"model,omitempty"`
	Prompt    string    `json:"prompt,omitempty"` // hash of the prompt and schema that were used
	Language  string    `json:"language"`         // "en", "fa", "de", "fr", "es" or another ISO 639-1 code
	Requests  []Request `json:"requests"`
	Flags     []Flag    `json:"flags,omitempty"`
	Sentiment int       `json:"sentiment"` // −2 furious … 2 delighted
	Urgent    bool      `json:"urgent,omitempty"`
	Summary   string    `json:"summary,omitempty"` // for staff only, never sent
	// Refs are the order references that code read from the mail; Agreed tells whether the model found the same.
	Refs    []string `json:"refs,omitempty"`
	Agreed  bool     `json:"agreed"`
	Dropped []string `json:"dropped,omitempty"` // what was dropped for want of evidence, without mail text
	Usage   Usage    `json:"usage,omitzero"`
	// Standby says, in a sentence for staff, why the lexicon read the mail instead of the model; empty when it
	// did not, or when there is no model.
	Standby string `json:"standby,omitempty"`
}

// Request is one thing the customer asks for.
type Request struct {
	Intent     Intent   `json:"intent"`
	OrderRefs  []string `json:"order_refs,omitempty"` // as the store names orders, without prefix: "1001"
	Items      []string `json:"items,omitempty"`      // product words of the customer
	Quote      string   `json:"quote"`                // verbatim from the mail
	Confidence float64  `json:"confidence"`           // 0 … 1; comparable within one engine only
}

// Usage counts what a model call cost.
type Usage struct {
	Calls  int   `json:"calls,omitzero"`
	Input  int   `json:"input,omitzero"`  // tokens, cached ones included
	Cached int   `json:"cached,omitzero"` // tokens that came from the prompt cache
	Output int   `json:"output,omitzero"` // tokens
	Micros int64 `json:"micros,omitzero"` // cost in millionths of the price list's currency
}

// Draft is a proposed reply with the facts it rests on. The recipient is no part of it: see Turn.Recipient.
type Draft struct {
	By       string      `json:"by"` // "replyd", or the name of a member of staff
	At       time.Time   `json:"at"`
	Language string      `json:"language"`
	Subject  string      `json:"subject"`
	Text     string      `json:"text"`
	HTML     string      `json:"html"`
	Template string      `json:"template"`           // the templates and their version: "en/order_status@1f2e3d4c"
	Literals []string    `json:"literals,omitempty"` // tokens that the template itself states
	Facts    []shop.Fact `json:"facts,omitempty"`    // what the text may state beyond that
	Open     []Uncovered `json:"open,omitempty"`     // what the grounded check could not cover
	Macro    bool        `json:"macro,omitempty"`    // true when it only says that a person will answer
	// Worded names the model and the hash of the instructions that worded it, "m-1@c0ffee"; empty when templates
	// alone did. Such a draft never leaves without a person.
	Worded string `json:"worded,omitempty"`
	Usage  Usage  `json:"usage,omitzero"` // of the calls that worded it
	// Asked is one more than the index of the instruction that it was written for; 0 where nobody asked.
	Asked int `json:"asked,omitzero"`
	// Edit says what a person changed against replyd's own draft; empty for that one.
	Edit Edit `json:"edit,omitempty"`
}

// Replyd is the name under which replyd itself writes drafts.
const Replyd = "replyd"

// Edit is how far a person's draft departs from replyd's.
type Edit string

const (
	// NoEdit: nothing was changed, or there was nothing to change.
	NoEdit Edit = ""
	// CosmeticEdit: other words that state the same.
	CosmeticEdit Edit = "cosmetic"
	// FactualEdit: a number, day, amount, link, address, identifier or state came, went or changed.
	FactualEdit Edit = "factual"
)

// Uncovered is a token of a draft for which there is no fact.
type Uncovered struct {
	Token   string `json:"token"`
	Kind    string `json:"kind"`
	Nearest string `json:"nearest,omitempty"` // the nearest fact's value, as a hint for staff
	Why     string `json:"why,omitempty"`     // one sentence for staff
}

// Decision is what a verdict decides.
type Decision string

const (
	// Send: the draft goes out.
	Send Decision = "send"
	// Ask: policy wants a person to decide.
	Ask Decision = "ask"
	// Reject: no reply goes out.
	Reject Decision = "reject"
	// ByHand: a person answered, or will, in their own words and elsewhere.
	ByHand Decision = "by_hand"
)

// Policy is the name under which policy, rather than a person, gives a verdict.
const Policy = "policy"

// Verdict says who decided what about which draft, and why.
type Verdict struct {
	Decision Decision  `json:"decision"`
	By       string    `json:"by"`      // Policy, or the name of a member of staff
	Draft    int       `json:"draft"`   // index into Drafts; −1 when it is about none
	Reasons  []string  `json:"reasons"` // sentences for staff
	At       time.Time `json:"at"`
}

// Outgoing is minted and saved before SendGrid is called.
type Outgoing struct {
	MessageID string    `json:"message_id"` // with angle brackets
	MintedAt  time.Time `json:"minted_at"`
}

// Receipt is the proof that SendGrid took the reply. It is not proof of delivery.
type Receipt struct {
	ProviderID string    `json:"provider_id"` // X-Message-Id of the answer
	AcceptedAt time.Time `json:"accepted_at"`
	Reconciled string    `json:"reconciled,omitempty"` // how it was found out after a crash
}

// Filing tells what was written elsewhere after the reply went out.
type Filing struct {
	Tags     []string  `json:"tags,omitempty"`     // set on the customer in Shopify
	Problems []string  `json:"problems,omitempty"` // what could not be written, in sentences for staff
	At       time.Time `json:"at"`
}

// MailProgram is the name under which an answer is kept that somebody sent from a mail program: whose hand it was
// the mailbox does not tell.
const MailProgram = "mail program"

// Elsewhere is an answer that was found in a Sent folder. Nothing of it went through SendGrid.
type Elsewhere struct {
	MessageID string    `json:"message_id,omitempty"` // with angle brackets; empty where the mail had none
	Account   string    `json:"account"`              // whose Sent folder holds it
	At        time.Time `json:"at"`                   // when it came into that folder
}

// Event is one line of a turn's history. It holds no mail text.
type Event struct {
	At    time.Time `json:"at"`
	By    string    `json:"by"`           // a step's name, or a member of staff
	To    State     `json:"to,omitempty"` // the state moved to, if any
	What  string    `json:"what"`
	Error bool      `json:"error,omitempty"`
	Usage Usage     `json:"usage,omitzero"` // of calls to the model that led to no draft
}

// Auto reports whether policy alone decided to send: only then a reply says Auto-Submitted (RFC 3834).
func (t *Turn) Auto() bool {
	v := t.Verdict()
	return v != nil && v.Decision == Send && v.By == Policy
}

// Verdict gives the last verdict, nil if there is none.
func (t *Turn) Verdict() *Verdict {
	if len(t.Verdicts) == 0 {
		return nil
	}
	return &t.Verdicts[len(t.Verdicts)-1]
}

// Draft gives the last draft, nil if there is none.
func (t *Turn) Draft() *Draft {
	if len(t.Drafts) == 0 {
		return nil
	}
	return &t.Drafts[len(t.Drafts)-1]
}

// Own gives the newest draft that replyd wrote of its own accord, nil if there is none: what its work is judged by.
func (t *Turn) Own() *Draft {
	for i := len(t.Drafts) - 1; i >= 0; i-- {
		if t.Drafts[i].By == Replyd && t.Drafts[i].Asked == 0 {
			return &t.Drafts[i]
		}
	}
	return nil
}

// Recipient is the one address that a reply of this turn goes to. It comes from the turn's mail alone, so
// neither a model nor a template can choose it.
func (t *Turn) Recipient() string { return t.Sender.Address }

// Mail gives the newest mail of the turn, nil for a turn that no mail caused.
func (t *Turn) Mail() *Incoming {
	if len(t.Mails) == 0 {
		return nil
	}
	return &t.Mails[len(t.Mails)-1]
}

// Note adds a line to the history.
func (t *Turn) Note(at time.Time, by, what string) {
	t.History = append(t.History, Event{At: at, By: by, What: what})
}

// Move sets the state and notes it. Whether the move is legal, Check says when the turn is saved.
func (t *Turn) Move(at time.Time, by string, to State, what string) {
	t.State, t.Attempts, t.Waiting, t.Due, t.Snoozed = to, 0, "", time.Time{}, time.Time{}
	if to.Working() && to != Sending {
		t.Due = at
	}
	t.History = append(t.History, Event{At: at, By: by, To: to, What: what})
}
