package web

import (
	"regexp"
	"strings"
)

// reasonSentences are the reasons that name something: a kind of request, a domain, a colleague, an error. All others
// are looked up as they are.
var reasonSentences = []string{
	"%s is in %s mode",
	"%s always needs a person",
	"another draft is being written, as %s asked",
	"asked for another draft: %s",
	"written anew by %s, as %s asked",
	"nothing was found for %s",
	"the mail is flagged: %s",
	"not sure that this is about %s",
	"%s; the customer's address is claimed there and not proven.",
	"%s without a single Reply-To address.",
	"The contact form %s wrote this",
	"The group %s passed this on",
	"The mail is older than %s.",
	"No fact of this customer and no word of the template states this %s.",
	"No status says that it is %s.",
	"A trusted forwarder confirmed that the mail came from %s, and ARC that it is whole.",
	"DMARC failed: this does not come from %s.",
	"Neither DMARC nor a DKIM signature of %s passed.",
	"The mail provider confirmed a DKIM signature of %s.",
	"The mail provider confirmed by DMARC that this comes from %s.",
	"The mail provider's Authentication-Results header %s.",
	"The mail provider's headers state %s more than once.",
	"it is not proven who wrote this: %s",
	"%s has taken this ticket",
	"no fact covers the %s in the draft: %s",
	"drafted with %s",
	"not sent: %s",
	"not sent yet: %s",
	"refused %s times: %s",
	"gave up after %s attempts: %s",
	"answered; the filing is missing: %s",
	"no reply: %s",
	"answered by hand: %s",
	"snoozed until %s",
	"looked up: %s",
	"%s read it as %s, in %s",
	"replyd was stopped while sending: %s",
	"had been sent before the stop: %s",
	"the reply could not be delivered (%s)",
	"the customer rated the answer %s of 5",
	"%s failed: %s",
}

var reasonPatterns = compiled(reasonSentences)

type reasonPattern struct {
	re       *regexp.Regexp
	sentence string
}

func compiled(sentences []string) (out []reasonPattern) {
	for _, s := range sentences {
		re := strings.ReplaceAll(regexp.QuoteMeta(s), "%s", "(.+)")
		out = append(out, reasonPattern{regexp.MustCompile("(?s)^" + re + "$"), s})
	}
	return out
}

// programName is a name of the program's: a kind of request, a flag, a mode.
var programName = regexp.MustCompile(`^[a-z_]+$`)

// why says a reason in this language, where it is one that the desk knows.
func (l *locale) why(reason string) string {
	if l.words[reason] != "" {
		return l.words[reason]
	}
	for _, p := range reasonPatterns {
		m := p.re.FindStringSubmatch(reason)
		if m == nil {
			continue
		}
		args := []any{}
		for _, a := range m[1:] {
			switch {
			case programName.MatchString(a):
				a = l.label(a)
			case l.words != nil:
				if a = l.why(a); a != "" && !strings.ContainsAny(a, "\u2068") {
					a = "\u2068" + a + "\u2069" // a Latin name keeps its order in right-to-left text
				}
			}
			args = append(args, a)
		}
		return l.say(p.sentence, args...)
	}
	return reason
}

// plainReason: the row says it already, by its chips or by where it stands.
func plainReason(reason string) bool {
	for _, s := range []string{" mode", " always needs a person"} {
		if strings.HasSuffix(reason, s) {
			return true
		}
	}
	return strings.HasPrefix(reason, "the mail is flagged: ") || strings.HasPrefix(reason, "proven sender, ")
}
