// Package ground checks that a reply states nothing but what is known. Every number, amount, date, link,
// address and identifier in a draft's text and HTML is either the template's own word or equals a fact of
// its kind; every state ("shipped", "refunded") has a status fact behind it; nothing is promised. It is
// deterministic, has no I/O, knows nothing of how drafts are written, and never panics on any input.
package ground

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// maxChecked bounds what is read of a text; what is longer is not a reply, and is refused as a whole.
const maxChecked = 256 << 10

// patterns are compiled once, at the first check.
var patterns = sync.OnceValue(func() *rules {
	return &rules{newLexer(), newStates(), newPromise(), newFree()}
})

type rules struct {
	lexer   *lexer
	states  []state
	promise interface{ FindStringSubmatch(string) []string }
	free    interface {
		FindAllStringSubmatch(string, int) [][]string
	}
}

// Check lists every token of a draft that nothing covers; an empty list means clean. Dates are civil days in
// zone (nil: UTC). hosts are the store's own host names, lower-cased: a link to one of them needs no fact as
// long as it carries no number of its own.
func Check(d ticket.Draft, zone *time.Location, hosts []string) []ticket.Uncovered {
	if zone == nil {
		zone = time.UTC
	}
	if len(d.Text) > maxChecked || len(d.HTML) > maxChecked {
		return []ticket.Uncovered{{Kind: "size", Why: "The reply is too long to be checked."}}
	}
	c := newCheck(d, zone, hosts)
	c.read(uncited(d.Text))
	p := readHTML(d.HTML)
	c.read(p.text)
	for _, link := range p.links {
		if why := c.link(link, link); why != "" {
			c.report(token{kind: shop.KindURL, text: link, canon: []string{link}}, why)
		}
	}
	for _, name := range p.alien {
		c.report(token{kind: kindHTML, text: name}, "A reply has no element of this kind.")
	}
	return c.open
}

// check is one draft's check.
type check struct {
	*rules
	facts    []shop.Fact
	zone     *time.Location
	hosts    []string
	now      time.Time
	literals map[string]bool // kind and canonical form of what the template itself and the quoted texts state
	verbatim []string        // values that may stand as they are, whatever they contain, longest first
	ids      []string
	seen     map[string]bool // paragraphs that were read
	open     []ticket.Uncovered
}

func newCheck(d ticket.Draft, zone *time.Location, hosts []string) *check {
	c := &check{
		rules: patterns(), facts: d.Facts, zone: zone, hosts: hosts, now: d.At.In(zone),
		literals: map[string]bool{}, seen: map[string]bool{},
	}
	own := slices.Clone(d.Literals)
	for _, f := range d.Facts {
		v := fold(f.Value)
		switch {
		case strings.TrimSpace(v) == "":
		case f.Kind == shop.KindText:
			own = append(own, f.Value)
			c.verbatim = append(c.verbatim, v)
		case f.Kind == shop.KindProduct, f.Kind == shop.KindName && !strings.HasPrefix(f.Name, "customer."):
			if strings.IndexFunc(v, unicode.IsLetter) >= 0 {
				c.verbatim = append(c.verbatim, v)
			}
		case f.Kind == shop.KindOrder, f.Kind == shop.KindTracking:
			c.ids = append(c.ids, v)
		}
	}
	c.learn(strings.Join(own, "\n\n"))
	longest := func(a, b string) int { return len(b) - len(a) }
	slices.SortStableFunc(c.verbatim, longest)
	slices.SortStableFunc(c.ids, longest)
	return c
}

// learn adds what a text of the store states itself.
func (c *check) learn(text string) {
	s := scanner{lexer: c.lexer, now: c.now, text: fold(text)}
	for _, t := range s.scan() {
		for _, canon := range t.canon {
			c.literals[string(t.kind)+" "+canon] = true
		}
	}
}

// read checks one part of a draft.
func (c *check) read(text string) {
	s := scanner{lexer: c.lexer, now: c.now, ids: c.ids, text: fold(text)}
	for _, v := range c.verbatim {
		s.drop(v)
	}
	s.text = c.unread(s.text)
	c.words(s.text)
	for _, t := range s.scan() {
		if why := c.covered(t); why != "" {
			c.report(t, why)
		}
	}
}

// unread leaves out the paragraphs that were checked already: most of the HTML part says what the text says.
func (c *check) unread(text string) string {
	var out []string
	for _, p := range paragraphs(text) {
		if !c.seen[p] {
			c.seen[p] = true
			out = append(out, p)
		}
	}
	return strings.Join(out, "\n\n")
}

// covered gives nothing when a literal or a fact covers the token, else a sentence why not.
func (c *check) covered(t token) string {
	for _, canon := range t.canon {
		if c.literals[string(t.kind)+" "+canon] {
			return ""
		}
	}
	if t.kind == shop.KindURL {
		return c.link(t.canon[0], t.text)
	}
	for _, f := range c.facts {
		if c.equals(t, f) {
			return ""
		}
	}
	return fmt.Sprintf("No fact of this customer and no word of the template states this %s.", kindName(t.kind))
}

// equals reports whether a fact states exactly what the token says.
func (c *check) equals(t token, f shop.Fact) bool {
	value := fold(f.Value)
	return slices.ContainsFunc(t.canon, func(canon string) bool {
		switch {
		case t.kind == shop.KindDate && f.Kind == shop.KindDate:
			return sameDay(canon, c.day(value))
		case t.kind == kindID:
			named := f.Kind == shop.KindOrder || f.Kind == shop.KindTracking || f.Kind == shop.KindName
			return named && canon == value
		case t.kind == shop.KindNumber && f.Kind == shop.KindOrder: // "order 1001", as people write it
			return canon == strings.TrimFunc(value, func(r rune) bool { return edge(string(r), false) })
		case t.kind == shop.KindProduct:
			return (f.Kind == shop.KindProduct || f.Kind == shop.KindName) && canon == value ||
				f.Kind == shop.KindText && strings.Contains(strings.Join(strings.Fields(value), " "), canon)
		case t.kind == shop.KindEmail && f.Kind == shop.KindEmail:
			return canon == strings.ToLower(value)
		}
		return t.kind == f.Kind && canon == value
	})
}

// day gives the civil day of a date fact, which may also be an instant.
func (c *check) day(value string) string {
	if t, err := time.Parse(time.RFC3339, value); err == nil {
		return t.In(c.zone).Format(time.DateOnly)
	}
	return value
}

// link gives nothing for a link that may stand in a reply, else a sentence why not.
func (c *check) link(link, shown string) string {
	if address, ok := strings.CutPrefix(link, "mailto:"); ok {
		address, _, _ = strings.Cut(address, "?")
		return c.covered(one(shop.KindEmail, strings.ToLower(fold(address))))
	}
	u, err := url.Parse(link)
	switch {
	case err != nil || u.Host == "" || u.User != nil:
		return "This is not an ordinary web link."
	case !shop.Secure(u):
		return "A link in a reply must begin with https."
	}
	bare := !strings.Contains(shown, "://") // a host name in the text: the page behind it is not named
	for _, f := range c.facts {
		if f.Kind != shop.KindURL {
			continue
		}
		fact, err := url.Parse(f.Value)
		if f.Value == link || err == nil && bare && u.Path == "" && fact.Host == u.Host {
			return ""
		}
	}
	if c.literals[string(shop.KindURL)+" "+link] {
		return ""
	}
	if slices.Contains(c.hosts, strings.ToLower(u.Host)) {
		if strings.ContainsFunc(u.Path+u.RawQuery+u.Fragment, unicode.IsDigit) {
			return "The link leads to the store, but to a page that no fact names."
		}
		return ""
	}
	return "No fact holds this link, and its host is not one of the store's."
}

const promised = "This promises something; only a person may do that."

// words checks states and promises, paragraph by paragraph: a state in a paragraph that names an order needs
// the status of that order.
func (c *check) words(text string) {
	for _, p := range paragraphs(text) {
		facts := c.statuses(p)
		for _, s := range c.states {
			if m := s.words.FindStringSubmatch(p); m != nil && !s.allows(facts) {
				c.report(token{kind: kindState, text: m[1]}, "No status says that it is "+s.name+".")
			}
		}
		if m := c.promise.FindStringSubmatch(p); m != nil {
			c.report(token{kind: kindPromise, text: m[1]}, promised)
		}
		for _, m := range c.free.FindAllStringSubmatch(p, -1) {
			if strings.EqualFold(m[1], "free") {
				c.report(token{kind: kindPromise, text: m[1]}, promised)
			}
		}
	}
}

// statuses gives the status facts that a paragraph may rest on.
func (c *check) statuses(paragraph string) []shop.Fact {
	named := map[string]bool{}
	for _, f := range c.facts {
		if f.Kind == shop.KindOrder && f.Order != "" {
			if start, _ := find(paragraph, strings.Fields(fold(f.Value)), 0); start >= 0 {
				named[f.Order] = true
			}
		}
	}
	var out []shop.Fact
	for _, f := range c.facts {
		if f.Kind == shop.KindStatus && (len(named) == 0 || f.Order == "" || named[f.Order]) {
			out = append(out, f)
		}
	}
	return out
}

// report adds an open point, once.
func (c *check) report(t token, why string) {
	u := ticket.Uncovered{Token: t.text, Kind: string(t.kind), Nearest: c.nearest(t), Why: why}
	same := func(o ticket.Uncovered) bool { return o.Token == u.Token && o.Kind == u.Kind }
	if !slices.ContainsFunc(c.open, same) {
		c.open = append(c.open, u)
	}
}

// uncited gives a text without the customer's own words, which stand at its end behind "> ".
func uncited(text string) string {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for len(lines) > 0 && (strings.HasPrefix(lines[len(lines)-1], "> ") || lines[len(lines)-1] == ">") {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

func kindName(k shop.Kind) string {
	switch k {
	case shop.KindMoney:
		return "amount"
	case shop.KindURL:
		return "link"
	case shop.KindEmail:
		return "e-mail address"
	case shop.KindProduct:
		return "title"
	case kindID:
		return "order or tracking number"
	case kindPhone:
		return "phone number"
	}
	return string(k)
}
