package identity

import (
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/mail"
)

// Values of ticket.Identity.Verdict.
const (
	pass = "pass"
	fail = "fail" // evidence against the sender, or evidence that contradicts itself
	none = "none" // no evidence
)

// maxFields is how many Authentication-Results fields one mail may have. Every hop adds one to four; a mail
// with more is not worth the reading.
const maxFields = 100

// proof is what the evidence says about one From domain.
type proof struct {
	verdict, method, domain, reason string
}

// finding is a result and the field that it stands in, counted from the top.
type finding struct {
	result
	field int
}

// evidence is what all trusted fields say together, by method.
type evidence map[string][]finding

// gather reads all fields that our own provider wrote. A field that an attacker put into the mail has
// another authserv-id, or stands beside the provider's own and contradicts it, so all of them count and
// never just the topmost: some providers stamp nothing, and one stamps above and below what it received.
// When the mail cannot be judged, why says so in a sentence for staff and verdict how bad that is.
func gather(m *mail.Mail, c Config) (e evidence, verdict, why string) {
	fields := m.Header.All("Authentication-Results")
	switch {
	case len(fields) > maxFields:
		return nil, fail, "The mail has too many Authentication-Results headers."
	case c.Outlook && len(fields) > 1:
		return nil, fail, "The mail has several Authentication-Results headers; Microsoft 365 writes one."
	case !c.Outlook && len(c.AuthservIDs) == 0:
		return nil, none, "No authserv-id is trusted for this mailbox, so nobody's address can be proven."
	}
	e = evidence{}
	for i, field := range fields {
		read := parseAuthResults
		if c.Outlook {
			read = parseWithoutID
		}
		a, err := read(field)
		if !c.Outlook && !pinned(c.AuthservIDs, a.id) {
			continue
		}
		if err != nil {
			return nil, fail, "The mail provider's Authentication-Results header " + err.Error() + "."
		}
		for _, r := range a.results {
			e[r.method] = append(e[r.method], finding{r, i})
		}
	}
	if len(e) == 0 {
		return nil, none, "The mail provider states nothing about this sender."
	}
	return e, "", ""
}

// judge weighs the evidence for a From domain. Only dmarc and dkim prove it: SPF speaks of the envelope,
// which nobody sees. RFC 8601 section 2.7, RFC 7489 section 3.1.
func judge(e evidence, from string, outlook bool) proof {
	for _, method := range []string{"dmarc", "compauth", "arc"} {
		if len(e[method]) > 1 {
			return proof{verdict: fail, reason: "The mail provider's headers state " + method + " more than once."}
		}
	}
	if outlook && !e.says("compauth", pass) {
		return proof{verdict: none, reason: "Microsoft 365 does not say compauth=pass."}
	}
	switch {
	case e.says("dmarc", fail):
		return proof{verdict: fail, domain: from, reason: "DMARC failed: this does not come from " + from + "."}
	case e.says("dmarc", pass):
		return judgeDMARC(e, from)
	case outlook:
		return proof{verdict: none, reason: "Microsoft 365 does not say dmarc=pass."}
	}
	return judgeDKIM(e, from)
}

// judgeDMARC weighs the one dmarc=pass. It must name the From domain, and, where dkim and spf are stated
// too, one of them must be the reason for it: a provider that checks no DMARC would otherwise let pass a
// dmarc=pass that came with the mail.
func judgeDMARC(e evidence, from string) proof {
	if named := e["dmarc"][0].property("header.from"); !sameDomain(domainOf(named), from) {
		return proof{verdict: fail, reason: "DMARC passed, but not for the domain of From."}
	}
	witnesses, support := 0, false
	for _, f := range slices.Concat(e["dkim"], e["spf"]) {
		witnesses++
		names := f.names()
		support = support || f.value == pass && (len(names) == 0 ||
			slices.ContainsFunc(names, func(d string) bool { return aligned(d, from) || sameDomain(d, from) }))
	}
	if witnesses > 0 && !support {
		return proof{verdict: fail, reason: "A header says dmarc=pass, but neither DKIM nor SPF bears that out."}
	}
	return proof{pass, "dmarc", from, "The mail provider confirmed by DMARC that this comes from " + from + "."}
}

// judgeDKIM looks for a good signature of the From domain, where the domain states no DMARC policy.
func judgeDKIM(e evidence, from string) proof {
	var good *finding
	for i, f := range e["dkim"] {
		if names := f.names(); f.value == pass && len(names) > 0 && aligned(names[0], from) {
			good = &e["dkim"][i]
			break
		}
	}
	if good == nil {
		if e.says("spf", pass) {
			return proof{verdict: none, reason: "Only SPF passed, which does not prove the From address."}
		}
		return proof{verdict: none, reason: "Neither DMARC nor a DKIM signature of " + from + " passed."}
	}
	for _, f := range e["dkim"] {
		names := f.names()
		about := len(names) == 0 || aligned(names[0], from)
		// One field may list a second signature that could not be checked (a new algorithm, say). A second
		// field of the same provider has no such reason to disagree.
		if about && (f.value == fail || f.value != pass && f.field != good.field) {
			return proof{verdict: fail, reason: "The mail provider's headers contradict each other about DKIM."}
		}
	}
	domain := ascii(good.names()[0])
	return proof{pass, "dkim", domain, "The mail provider confirmed a DKIM signature of " + domain + "."}
}

// says reports whether a method is stated with this value.
func (e evidence) says(method, value string) bool {
	return slices.ContainsFunc(e[method], func(f finding) bool { return f.value == value })
}

// names gives the domains that a dkim or spf result is about. For dkim it is d=, or i= where a provider
// (Google) states that alone; an i= outside of d= (RFC 6376 section 3.5) gives a name that aligns with
// nothing.
func (r result) names() []string {
	if r.method == "dkim" {
		d, i := r.property("header.d"), domainOf(r.property("header.i"))
		switch {
		case d == "" && i == "":
			return nil
		case d == "":
			return []string{i}
		case i != "" && !sameDomain(i, d) && !strings.HasSuffix(ascii(i), "."+ascii(d)):
			return []string{"invalid"}
		}
		return []string{d}
	}
	var list []string
	for _, name := range []string{"smtp.mailfrom", "smtp.mail", "smtp.from", "smtp.envelope-from", "smtp.helo"} {
		if v := domainOf(r.property(name)); v != "" {
			list = append(list, v)
		}
	}
	return list
}
