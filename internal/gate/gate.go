// Package gate tells whether a mail may be answered at all: not when a program wrote it, not when the
// answer could go to the wrong place or start a loop, and not by replyd alone when nobody proved who wrote
// it. The rules stand in order in this file, the first that matches wins, and the zero Config is the
// strictest. Nothing is ever discarded: some systems stamp people's replies as automatic (osTicket issue
// 6380), so in doubt a person looks. It has no I/O but the counts that it asks for.
package gate

import (
	"context"
	"time"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// MaxAge is how old a mail may be when it is first seen. A late automatic answer confuses; our choice.
const MaxAge = 24 * time.Hour

// LoopHeader carries the Message-ID of a reply of ours. A mail with a valid one is our own coming back.
const LoopHeader = mail.LoopHeader

// Input is a mail and what is known about it from outside.
type Input struct {
	Mail   *mail.Mail
	Sender ticket.Identity // who wrote it, from package identity
	Seen   bool            // its key is in the store already
	// Twin: another mail with the same Message-ID and other content is in the store.
	Twin bool
	// Threads: it continues a conversation that we know.
	Threads bool
	Ticket  ticket.ID // the ticket that it would join, empty for a new one
	// Stranger is why the writer may not join the ticket that the mail answers (thread.Decision.Hold).
	Stranger  string
	Reopens   bool      // joining would reopen a closed ticket
	Arrived   time.Time // INTERNALDATE of the mailbox; zero when unknown
	Now       time.Time
	FirstSync bool // found when the mailbox was first read
}

// Config is what the owner decides. The zero value has no own address and all limits at their defaults.
type Config struct {
	// Own are the store's addresses and aliases; "@shop.example" stands for a whole domain.
	Own        []string
	MaxAge     time.Duration // 0: the constant MaxAge
	Activated  time.Time     // mail from before is never answered
	NoAuthGate bool          // switches off the rule "unauthenticated" alone, for looking at old mail
	Secret     []byte        // of our own Message-IDs
	Thresholds Thresholds
}

// Names of the rules, in their order. Those that stop people for safety do not speak of automation: a
// person whose mail waits is no robot, and staff would believe it.
const (
	AlreadyProcessed     = "already-processed"      // 1
	OldMail              = "old-mail"               // 2
	Unreadable           = "unreadable"             // 3
	OwnMessage           = "own-message"            // 4
	OwnAddress           = "own-address"            // 5
	Bounce               = "bounce"                 // 6
	AutoSubmitted        = "auto-submitted"         // 7
	AutoReplyHeader      = "auto-reply-header"      // 8
	AutoResponseSuppress = "auto-response-suppress" // 9
	MailingList          = "mailing-list"           // 10
	RobotSender          = "robot-sender"           // 11
	VacationSubject      = "vacation-subject"       // 12
	MachineText          = "machine-text"           // 12
	ReplyTarget          = "reply-target"           // 13
	Calendar             = "calendar"               // 14
	NoText               = "no-text"                // 14
	SameID               = "same-message-id"        // 15: one Message-ID, two mails
	OverLimit            = "limits"                 // 15
	NotAParty            = "not-a-party"            // 16: proven, but a stranger to the ticket
	Unauthenticated      = "unauthenticated"        // 16
	Passed               = "go"                     // 17
)

// rule gives a verdict, or nil to leave the mail to the next one.
type rule func(in *Input, c *Config) *ticket.Gate

// rules are numbers 1 to 14. The limits follow, because only they ask the store, then numbers 16 and 17.
var rules = []rule{
	alreadyProcessed, oldMail, unreadable, ownMessage, ownAddress, bounce, autoSubmitted, autoReplyHeader,
	autoResponseSuppress, mailingList, robotSender, vacationSubject, machineText, replyTarget, calendar, noText, sameID,
}

// Judge applies the rules in order; the first that matches wins. lim may be nil: then nothing is counted,
// as when a mail is only looked at. A lim that fails holds the mail: what cannot be counted is not
// answered.
func Judge(ctx context.Context, in Input, c Config, lim Limits) ticket.Gate {
	for _, r := range rules {
		if g := r(&in, &c); g != nil {
			return *g
		}
	}
	for _, g := range []*ticket.Gate{overLimit(ctx, &in, &c, lim), notAParty(&in), unauthenticated(&in, &c)} {
		if g != nil {
			return *g
		}
	}
	return ticket.Gate{Outcome: ticket.Go, Rule: Passed, Reason: "Nothing speaks against an answer."}
}

// hold leaves the mail to a person; readable says whether a draft is worth a model call.
func hold(name, reason, evidence string, readable bool) *ticket.Gate {
	return &ticket.Gate{Outcome: ticket.Hold, Rule: name, Reason: reason, Evidence: evidence, Readable: readable}
}

// record files the mail with its ticket.
func record(name, reason, evidence string) *ticket.Gate {
	return &ticket.Gate{Outcome: ticket.Record, Rule: name, Reason: reason, Evidence: evidence}
}

// ignore only logs the mail.
func ignore(name, reason, evidence string) *ticket.Gate {
	return &ticket.Gate{Outcome: ticket.Ignore, Rule: name, Reason: reason, Evidence: evidence}
}
