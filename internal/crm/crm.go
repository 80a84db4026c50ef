// Package crm decides what the store remembers of a customer's mail: tags for Shopify and an interaction for
// the contact's record. It is pure, and speaks of proven addresses only: what an unproven sender wrote says
// nothing about a customer.
package crm

import (
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// Prefix marks the tags that are replyd's. It never touches others.
const Prefix = "replyd:"

// The groups of tags. Of sentiment and csat a customer bears one at a time, of intent all that ever came up.
const (
	intentGroup    = Prefix + "intent/"
	sentimentGroup = Prefix + "sentiment/"
	csatGroup      = Prefix + "csat/"
)

// maxInteractions is how many of a contact's interactions are kept, newest first to stay.
const maxInteractions = 1000

// Tags gives the tags that a turn earns its customer, sorted: "replyd:intent/order_status",
// "replyd:sentiment/negative", "replyd:csat/happy". score is the customer's rating, 1 to 5, or 0 while there
// is none. An unproven sender earns none.
func Tags(t *ticket.Turn, score int) []string {
	if !t.Sender.Authenticated() {
		return nil
	}
	var out []string
	if t.Triage != nil {
		for _, r := range t.Triage.Requests {
			if slices.Contains(ticket.Intents, r.Intent) && r.Intent != ticket.Other {
				out = append(out, intentGroup+string(r.Intent))
			}
		}
		out = append(out, sentimentGroup+mood(t.Triage.Sentiment))
	}
	if c := csat(score); c != "" {
		out = append(out, csatGroup+c)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Stale gives the tags that a customer bears and that new ones of the same group replace.
func Stale(have, earned []string) []string {
	var out []string
	for _, group := range []string{sentimentGroup, csatGroup} {
		in := func(tag string) bool { return strings.HasPrefix(tag, group) }
		if !slices.ContainsFunc(earned, in) {
			continue
		}
		for _, tag := range have {
			if in(tag) && !slices.Contains(earned, tag) {
				out = append(out, tag)
			}
		}
	}
	return out
}

// mood names a sentiment of −2 … 2.
func mood(sentiment int) string {
	switch {
	case sentiment < 0:
		return "negative"
	case sentiment > 0:
		return "positive"
	}
	return "neutral"
}

// csat names a rating as it is counted: 4 and 5 are satisfied.
func csat(score int) string {
	switch score {
	case 4, 5:
		return "happy"
	case 3:
		return "neutral"
	case 1, 2:
		return "unhappy"
	}
	return ""
}

// Record adds an answered turn to its contact, once however often it is called. A turn of another address or
// of an unproven one changes nothing.
func Record(c *ticket.Contact, t *ticket.Turn) {
	known := func(i ticket.Interaction) bool { return i.Turn == t.ID }
	switch {
	case !t.Sender.Authenticated():
		return
	case c.Address != "" && c.Address != t.Sender.Address:
		return
	case slices.ContainsFunc(c.Interactions, known):
		return
	}
	c.Address = t.Sender.Address
	at := when(t)
	if c.First.IsZero() || at.Before(c.First) {
		c.First = at
	}
	earned := Tags(t, 0)
	if at.Before(c.Last) { // a later turn already said how the person feels
		feels := func(tag string) bool { return strings.HasPrefix(tag, sentimentGroup) }
		earned = slices.DeleteFunc(earned, feels)
	} else {
		c.Last = at
		describe(c, t)
	}
	retag(c, earned)
	c.Interactions = append(c.Interactions, interaction(t, at))
	slices.SortStableFunc(c.Interactions, func(a, b ticket.Interaction) int { return a.At.Compare(b.At) })
	if n := len(c.Interactions); n > maxInteractions {
		c.Interactions = slices.Clone(c.Interactions[n-maxInteractions:])
	}
}

// retag adds tags to a contact and takes away those that they replace.
func retag(c *ticket.Contact, earned []string) {
	stale := Stale(c.Tags, earned)
	c.Tags = slices.DeleteFunc(c.Tags, func(tag string) bool { return slices.Contains(stale, tag) })
	for _, tag := range earned {
		if !slices.Contains(c.Tags, tag) {
			c.Tags = append(c.Tags, tag)
		}
	}
}

// describe takes over what a turn says of its writer, where it says anything.
func describe(c *ticket.Contact, t *ticket.Turn) {
	if t.Sender.Name != "" {
		c.Name = t.Sender.Name
	}
	if t.Triage != nil && t.Triage.Language != "" {
		c.Language = t.Triage.Language
	}
	if t.Findings != nil && t.Findings.Customer != nil {
		c.ShopifyID = t.Findings.Customer.ID
	}
}

func interaction(t *ticket.Turn, at time.Time) ticket.Interaction {
	i := ticket.Interaction{Turn: t.ID, Ticket: t.Ticket, At: at, Auto: t.Auto()}
	if t.Triage != nil {
		i.Sentiment = t.Triage.Sentiment
		for _, r := range t.Triage.Requests {
			if !slices.Contains(i.Intents, r.Intent) {
				i.Intents = append(i.Intents, r.Intent)
			}
		}
	}
	return i
}

// when is the moment of the answer, else of the mail, else of the turn.
func when(t *ticket.Turn) time.Time {
	switch {
	case t.Receipt != nil:
		return t.Receipt.AcceptedAt
	case t.Elsewhere != nil:
		return t.Elsewhere.At
	case t.Verdict() != nil && t.Verdict().Decision == ticket.ByHand:
		return t.Verdict().At
	case t.Mail() != nil:
		return t.Mail().Arrived
	}
	return t.Born
}

// Rate notes a rating on the interaction that it is about. The last one counts. It changes nothing when the
// rating is of another address, of an unknown turn, or no number from 1 to 5.
func Rate(c *ticket.Contact, r ticket.Rating) {
	if r.Address != c.Address || csat(r.Score) == "" {
		return
	}
	for i := range c.Interactions {
		if c.Interactions[i].Turn == r.Turn {
			c.Interactions[i].Score = r.Score
			retag(c, []string{csatGroup + csat(r.Score)})
			return
		}
	}
}
