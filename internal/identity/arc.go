package identity

import (
	"slices"
	"strconv"
	"strings"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// maxSeals is how many servers may have sealed a forwarded mail. RFC 8617 section 4.2.1 allows 50; a
// store's forwarding has one or two hops.
const maxSeals = 5

// forwarded looks whether a mail whose own proof broke on the way was passed on by servers that we trust.
// Our provider says arc=pass, which means only that the chain of seals is whole: anybody may seal, and may
// state what he likes. So every sealer must be a configured forwarder (RFC 8617 section 9.2), and the first
// of them must have found the From domain proven when the mail reached it. Otherwise who stays as it is.
func forwarded(m *mail.Mail, c Config, who ticket.Identity, from string) ticket.Identity {
	seals := m.Header.All("ARC-Seal")
	found := m.Header.All("ARC-Authentication-Results")
	if len(seals) == 0 || len(seals) > maxSeals || len(found) != len(seals) {
		return who
	}
	sealed := make([]bool, len(seals))
	for _, s := range seals {
		tags, ok := tagList(s)
		i, err := strconv.Atoi(tags["i"])
		chain := pass
		if i == 1 {
			chain = none
		}
		if !ok || err != nil || i < 1 || i > len(seals) || sealed[i-1] || tags["cv"] != chain ||
			!slices.ContainsFunc(c.Forwarders, func(f string) bool { return sameDomain(f, tags["d"]) }) {
			return who
		}
		sealed[i-1] = true
	}
	var first *authResults
	for _, f := range found {
		instance, rest, _ := strings.Cut(f, ";")
		if strings.ReplaceAll(strings.TrimSpace(instance), " ", "") != "i=1" {
			continue
		}
		a, err := parseAuthResults(rest)
		if err != nil || first != nil {
			return who
		}
		first = &a
	}
	if first == nil {
		return who
	}
	e := evidence{}
	for _, r := range first.results {
		e[r.method] = append(e[r.method], finding{result: r})
	}
	if p := judge(e, from, false); p.verdict == pass {
		who.Verdict, who.Method, who.Domain, who.Via = pass, p.method, p.domain, ticket.Forwarded
		who.Reason = "A trusted forwarder confirmed that the mail came from " + from + ", and ARC that it is whole."
	}
	return who
}

// tagList reads "a=b; c=d" (RFC 6376 section 3.2). A repeated tag makes it void.
func tagList(s string) (map[string]string, bool) {
	tags := map[string]string{}
	for part := range strings.SplitSeq(s, ";") {
		name, value, ok := strings.Cut(part, "=")
		if name = lower(strings.TrimSpace(name)); !ok {
			if name != "" {
				return nil, false
			}
			continue
		}
		if _, twice := tags[name]; twice {
			return nil, false
		}
		tags[name] = lower(strings.TrimSpace(value))
	}
	return tags, true
}
