// Package identity tells who wrote a mail, proven how. A mail proves nothing about itself: the only witness
// is our own mail provider, which checks DMARC and DKIM on arrival and writes what it found into an
// Authentication-Results header (RFC 8601). This package reads that header with a parser of its own,
// believes it only under an authserv-id that the owner pinned, and takes every fault, duplicate or
// contradiction for a no. A display name, a Reply-To, a text in the mail is never evidence. It has no I/O.
package identity

import (
	"strings"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Config is whom a mailbox trusts. The zero value trusts nobody, so nobody is authenticated.
type Config struct {
	// AuthservIDs are the ids under which the mailbox's own provider writes its findings (RFC 8601 section
	// 2.5), exact or with "*" (see CheckAuthservID): "mx.google.com", "mx*.messagingengine.com",
	// "*.icloud.com".
	AuthservIDs []string
	// Outlook: the mailbox is at Microsoft 365, which writes no authserv-id. Then the mail must have one
	// Authentication-Results header alone, with dmarc=pass and compauth=pass, and AuthservIDs do not count.
	Outlook bool
	// Forms are the From addresses of contact forms. Their Reply-To is the customer, claimed and unproven.
	Forms []string
	// Groups are addresses of the store's own groups (Google Groups) that rewrite From to themselves.
	Groups []string
	// Forwarders are domains whose ARC seals we believe (RFC 8617): every server that sealed a forwarded
	// mail must be one of them, our own provider's included if it seals what it receives (google.com).
	Forwarders []string
}

// Identify tells who wrote m. Verdict is "pass" when the From address is proven, "fail" when the evidence
// speaks against it or contradicts itself, and "none" when there is none. Address is lower-cased and exact:
// no dot or plus folding, because two such addresses can be two people. It is empty when a mail names no
// single writer, so that there is nobody whom a reply could reach by mistake.
func Identify(m *mail.Mail, c Config) ticket.Identity {
	from, problem := author(m)
	if problem != "" {
		return ticket.Identity{Via: ticket.Direct, Verdict: fail, Reason: problem}
	}
	domain := from.Domain()
	e, verdict, why := gather(m, c)
	p := proof{verdict: verdict, reason: why}
	if e != nil {
		p = judge(e, domain, c.Outlook)
	}
	who := ticket.Identity{Address: from.Normal(), Name: from.Name, Verdict: p.verdict, Method: p.method,
		Domain: p.domain, Reason: p.reason, Via: ticket.Direct}
	if who.Verdict != pass && len(c.Forwarders) > 0 && !c.Outlook && len(e["arc"]) == 1 && e.says("arc", pass) &&
		len(e["dmarc"]) <= 1 {
		who = forwarded(m, c, who, domain)
	}
	switch {
	case who.Verdict == fail:
		return who // a forged form or group is no form and no group
	case contains(c.Forms, who.Address):
		return claimed(m, ticket.Form, "The contact form "+who.Address+" wrote this")
	case contains(c.Groups, who.Address) && fromGroup(m, who.Address):
		return claimed(m, ticket.Group, "The group "+who.Address+" passed this on")
	}
	return who
}

// author gives the one From address, or why there is none. RFC 5322 section 3.6.2 allows several authors,
// but then no header says which of them was proven.
func author(m *mail.Mail) (mail.Address, string) {
	switch {
	case len(m.From) > 1 || len(m.Header.All("From")) > 1:
		return mail.Address{}, "The mail names more than one From address."
	case len(m.From) == 0 || m.From[0].Normal() == "":
		return mail.Address{}, "The mail has no valid From address."
	}
	return m.From[0], ""
}

// claimed is the identity of a customer whom a form or a group names in Reply-To. Anybody can type any
// address into a form, so it is never authenticated.
func claimed(m *mail.Mail, via ticket.Via, what string) ticket.Identity {
	who := ticket.Identity{Via: via, Verdict: none}
	if len(m.ReplyTo) != 1 || m.ReplyTo[0].Normal() == "" {
		who.Reason = what + " without a single Reply-To address."
		return who
	}
	who.Address, who.Name = m.ReplyTo[0].Normal(), m.ReplyTo[0].Name
	who.Reason = what + "; the customer's address is claimed there and not proven."
	return who
}

// fromGroup reports whether the store's own group rewrote From: its List-Id stands for the group's address
// ("help.shop.example" for help@shop.example, RFC 2919), and the address that it replaced, kept in
// X-Original-From, is the one that replies go to (as Google Groups does for senders with a DMARC policy).
func fromGroup(m *mail.Mail, group string) bool {
	ids, originals := m.Header.All("List-Id"), m.Header.All("X-Original-From")
	if len(ids) != 1 || len(originals) != 1 || len(m.ReplyTo) != 1 {
		return false
	}
	id := ids[0]
	if open := strings.LastIndexByte(id, '<'); open >= 0 {
		id, _, _ = strings.Cut(id[open+1:], ">")
	}
	original := originals[0]
	if open := strings.LastIndexByte(original, '<'); open >= 0 {
		original, _, _ = strings.Cut(original[open+1:], ">")
	}
	claim := m.ReplyTo[0].Normal()
	return lower(strings.TrimSpace(id)) == strings.Replace(group, "@", ".", 1) &&
		claim != "" && claim == (mail.Address{Address: original}).Normal()
}

func contains(list []string, address string) bool {
	for _, a := range list {
		if address != "" && address == (mail.Address{Address: a}).Normal() {
			return true
		}
	}
	return false
}
