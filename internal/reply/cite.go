package reply

import (
	"regexp"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

const (
	maxCited     = 10  // lines of the customer's mail under a reply
	maxCitedLine = 240 // runes
)

// links finds what a mail program would make clickable.
var links = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]*://|www\.)\S+|\S+@\S+\.\S+`)

// citation is the beginning of the customer's own words, under the reply. It is left out when the writer is
// not proven to have written them (a form would let anybody mail anything to anybody through us), when the
// mail raised a flag, and when an order number in it could not be verified. Links and addresses are taken
// out.
func (r *run) citation() []block {
	refused := slices.ContainsFunc(r.in.Findings.Answers, func(f shop.Finding) bool {
		return f.Result == shop.Withheld || f.Result == shop.NotFound
	})
	if r.in.Sender.Disclosure() != ticket.OwnOrders || len(r.in.Triage.Flags) > 0 || refused {
		return nil
	}
	var out []block
	for line := range strings.Lines(r.in.Mail.Reply) {
		line = clean(links.ReplaceAllString(line, "[…]"), maxCitedLine)
		if line == "" {
			continue
		}
		if len(out) == maxCited {
			out[maxCited-1].spans = []span{{text: "[…]"}}
			break
		}
		out = append(out, block{cited, []span{{text: line}}})
	}
	return out
}
