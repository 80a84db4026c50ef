package gate

import (
	"strings"
	"time"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Rule 1: a mail is answered once (mail.Key).
func alreadyProcessed(in *Input, _ *Config) *ticket.Gate {
	if !in.Seen {
		return nil
	}
	return ignore(AlreadyProcessed, "This mail was taken in before.", "")
}

// Rule 2: what lay in the mailbox before replyd came, or arrived long ago, was somebody else's to answer.
// The mailbox's clock counts; the sender's Date only where there is no other.
func oldMail(in *Input, c *Config) *ticket.Gate {
	when, evidence := in.Arrived, ""
	if when.IsZero() {
		when, evidence = in.Mail.Date, line(in.Mail, "Date")
	}
	age := c.MaxAge
	if age == 0 {
		age = MaxAge
	}
	switch {
	case in.FirstSync:
		return record(OldMail, "The mail was in the mailbox when it was first read.", "")
	case when.IsZero():
		return nil
	case when.Before(c.Activated):
		return record(OldMail, "The mail is from before replyd was switched on.", evidence)
	case in.Now.Sub(when) > age:
		return record(OldMail, "The mail is older than "+short(age)+".", evidence)
	}
	return nil
}

// short writes 24h0m0s as 24h.
func short(d time.Duration) string {
	return strings.TrimSuffix(strings.TrimSuffix(d.String(), "0s"), "0m")
}

// Rule 3: what cannot be read whole may hold what would forbid an answer.
func unreadable(in *Input, _ *Config) *ticket.Gate {
	k := in.Mail.Kinds
	switch {
	case k.Encrypted:
		return hold(Unreadable, "The mail is encrypted.", line(in.Mail, "Content-Type"), false)
	case k.Oversize:
		return hold(Unreadable, "The mail is too large to be read whole.", "", false)
	case k.TimedOut:
		return hold(Unreadable, "Reading the mail took too long.", "", false)
	case !in.Mail.Complete:
		return hold(Unreadable, "A part of the mail could not be read.", "", false)
	}
	return nil
}

// Rule 4: our own reply coming back is the beginning of a loop. The HMAC in it makes it ours
// (mail.OwnMessageID).
func ownMessage(in *Input, c *Config) *ticket.Gate {
	for _, f := range []mail.Field{
		{Name: "Message-ID", Value: in.Mail.MessageID},
		{Name: LoopHeader, Value: strings.TrimSpace(in.Mail.Header.Get(LoopHeader))},
	} {
		if f.Value == "" {
			continue
		}
		if _, ours := mail.OwnMessageID(c.Secret, f.Value); ours {
			return ignore(OwnMessage, "This is a reply of ours that came back.", capped(f))
		}
	}
	return nil
}

// Rule 5: a mail from one of our own addresses is a colleague's answer, which stops ours. A form or a group
// of the store (identity.Config) writes for a customer and goes on; one that is not configured must not be taken
// for a colleague, or its customers would wait for ever. A mail whose sender provably is not us is neither: a
// person should know that somebody uses our name.
func ownAddress(in *Input, c *Config) *ticket.Gate {
	if in.Sender.Via == ticket.Form || in.Sender.Via == ticket.Group {
		return nil
	}
	for _, a := range in.Mail.From {
		if !c.own(a) {
			continue
		}
		if in.Sender.Verdict == "fail" {
			return hold(OwnAddress, "The mail claims to come from the store's own address, but it does not.",
				line(in.Mail, "From"), false)
		}
		if anyOf(in.Mail.ReplyTo, func(a mail.Address) bool { return a.Normal() != "" && !c.own(a) }) {
			return hold(OwnAddress, "The mail comes from the store's own address and asks for answers elsewhere: "+
				"a form or a group that is not configured may pass on a customer's mail.",
				line(in.Mail, "Reply-To"), false)
		}
		return record(OwnAddress, "The mail comes from the store itself.", line(in.Mail, "From"))
	}
	return nil
}

// own reports whether an address is the store's: listed, listed with a "+tag", or of a listed "@domain".
func (c *Config) own(a mail.Address) bool { return c.Owns(a) }

// Owns reports whether an address is one of the store's own.
func (c *Config) Owns(a mail.Address) bool {
	address := a.Normal()
	local, domain, ok := strings.Cut(address, "@")
	if !ok {
		return false
	}
	local, _, _ = strings.Cut(local, "+")
	for _, o := range c.Own {
		if whole, is := strings.CutPrefix(strings.TrimSpace(o), "@"); is {
			o = "x@" + whole
			if (mail.Address{Address: o}).Domain() == a.Domain() {
				return true
			}
		} else if n := (mail.Address{Address: o}).Normal(); n != "" && (n == address || n == local+"@"+domain) {
			return true
		}
	}
	return false
}
