package gate

import (
	"strings"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Rule 13: an answer goes to one person whom the mail itself names as its writer. Reply-To never changes
// who that is; where it points elsewhere, a person decides.
func replyTarget(in *Input, c *Config) *ticket.Gate {
	m, evidence := in.Mail, line(in.Mail, "Reply-To")
	asks := strings.TrimSpace(m.Header.Get("Reply-To")) != ""
	direct := !form(in) && !group(in)
	why := ""
	switch to := (mail.Address{Address: in.Sender.Address}); {
	case len(distinct(m.ReplyTo)) > 1:
		why = "The mail asks for answers to several addresses."
	case asks && !anyOf(m.ReplyTo, func(a mail.Address) bool { return a.Normal() != "" }):
		why = "The address for answers is not valid."
	case to.Normal() == "":
		why, evidence = "The mail names no single valid sender.", line(m, "From")
	case c.own(to):
		why = "An answer would go to the store itself."
	case anyOf(m.ReplyTo, c.own):
		why = "The mail asks for an answer to the store itself."
	case robotName(m.ReplyTo) != "":
		why = "The address for answers belongs to a list or takes no answers."
	case direct && anyOf(m.ReplyTo, func(a mail.Address) bool { return a.Domain() != to.Domain() }):
		why = "The mail asks for an answer at another domain than the sender's."
	default:
		return nil
	}
	return hold(ReplyTarget, why, evidence, true)
}

func distinct(list []mail.Address) map[string]bool {
	set := map[string]bool{}
	for _, a := range list {
		set[a.Normal()] = true
	}
	return set
}

func anyOf(list []mail.Address, is func(mail.Address) bool) bool {
	for _, a := range list {
		if is(a) {
			return true
		}
	}
	return false
}

// Rule 14: an invitation wants to be accepted or declined, not answered (RFC 5546 section 1.4).
func calendar(in *Input, _ *Config) *ticket.Gate {
	if !in.Mail.Kinds.Calendar {
		return nil
	}
	return hold(Calendar, "The mail is an invitation.", line(in.Mail, "Content-Type"), false)
}

// Rule 14: where nothing is written, there is nothing to understand; the attachment may say it all.
func noText(in *Input, _ *Config) *ticket.Gate {
	if strings.TrimSpace(in.Mail.Reply) != "" {
		return nil
	}
	return hold(NoText, "The sender wrote no text of their own.", "", false)
}

// Rule 15: two mails under one Message-ID are a fault or an attempt to slip one past us.
func sameID(in *Input, _ *Config) *ticket.Gate {
	if !in.Twin {
		return nil
	}
	return hold(SameID, "Another mail with the same Message-ID came before.", line(in.Mail, "Message-ID"), true)
}

// Rule 16, for threads: who answers in another's conversation gets a ticket of his own, and a person looks.
// Open holes elsewhere: Zammad issues 2444 and 5064.
func notAParty(in *Input) *ticket.Gate {
	if in.Stranger == "" {
		return nil
	}
	return hold(NotAParty, in.Stranger, line(in.Mail, "In-Reply-To"), true)
}

// Rule 16: no automatic answer to an address that nobody proved, not even an acknowledgement: help desks
// were used as relays for mail bombs in 2025 and 2026.
func unauthenticated(in *Input, c *Config) *ticket.Gate {
	if c.NoAuthGate || in.Sender.Authenticated() {
		return nil
	}
	reason := in.Sender.Reason
	if reason == "" {
		reason = "Nobody proved that the sender is who they say."
	}
	evidence := line(in.Mail, "Authentication-Results") // the topmost: usually the provider's own
	if evidence == "" {
		evidence = line(in.Mail, "From")
	}
	return hold(Unauthenticated, reason, evidence, true)
}
