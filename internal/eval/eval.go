// Package eval scores how well mails are read, on mails whose right reading people have labelled: intents, order
// references, flags. It compares two such scores, so that a change of model, instructions or word lists shows what
// it made better and worse. It has no I/O but the reader that it is given.
package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Case is one labelled mail.
type Case struct {
	ID       string          `json:"id"`
	Language string          `json:"language"`
	Subject  string          `json:"subject"`
	Text     string          `json:"text"`
	Intents  []ticket.Intent `json:"intents"`    // the first is the most important one
	Refs     []string        `json:"order_refs"` // as the store names orders, without prefix
	Flags    []ticket.Flag   `json:"flags"`
}

// Bounds of a file of cases.
const (
	maxCase  = 1 << 20 // bytes of a line
	maxCases = 100_000
)

// Read reads cases, one JSON object a line; empty lines are left out. name is the file's, for errors, which name
// file and line: all that are wrong, up to ten.
func Read(name string, r io.Reader) ([]Case, error) {
	var out []Case
	var wrong []error
	seen := map[string]int{}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxCase)
	n := 0
	for lines.Scan() {
		n++
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		c, err := parse(line)
		if err == nil && seen[c.ID] > 0 {
			err = fmt.Errorf("id %q stands in line %d already", c.ID, seen[c.ID])
		}
		if err != nil {
			if wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, n, err)); len(wrong) == 10 {
				break
			}
			continue
		}
		if len(out) == maxCases {
			return nil, fmt.Errorf("%s:%d: more than %d cases", name, n, maxCases)
		}
		seen[c.ID] = n
		out = append(out, c)
	}
	if err := lines.Err(); err != nil {
		wrong = append(wrong, fmt.Errorf("%s:%d: %w", name, n+1, err))
	}
	if len(wrong) == 0 && len(out) == 0 {
		wrong = append(wrong, fmt.Errorf("%s: holds no case", name))
	}
	return out, errors.Join(wrong...)
}

func parse(line []byte) (c Case, err error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		return c, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return c, errors.New("more than one JSON value in a line")
	}
	switch {
	case c.ID == "":
		return c, errors.New("the case has no id")
	case c.Language == "":
		return c, errors.New("the case has no language")
	case strings.TrimSpace(c.Subject+c.Text) == "":
		return c, errors.New("the case has no subject and no text")
	case len(c.Intents) == 0:
		return c, errors.New("the case has no intent; label it other if it has none of the list")
	}
	for _, i := range c.Intents {
		if !slices.Contains(ticket.Intents, i) {
			return c, fmt.Errorf("there is no intent %q", i)
		}
	}
	for _, f := range c.Flags {
		if !slices.Contains(ticket.Flags, f) {
			return c, fmt.Errorf("there is no flag %q", f)
		}
	}
	return c, nil
}

// Result is how one case was read.
type Result struct {
	ID       string          `json:"id"`
	Language string          `json:"language"` // as labelled
	Read     string          `json:"read_language"`
	Engine   string          `json:"engine"`
	Want     []ticket.Intent `json:"want_intents"`
	Got      []ticket.Intent `json:"got_intents"`
	WantRefs []string        `json:"want_refs"`
	GotRefs  []string        `json:"got_refs"`
	Invented []string        `json:"invented_refs"` // that stand nowhere in the mail
	Missed   []ticket.Flag   `json:"missed_flags"`
	False    []ticket.Flag   `json:"false_flags"`
	Found    []ticket.Flag   `json:"found_flags"`
	F1       float64         `json:"f1"` // of the set of intents
	Failed   string          `json:"failed,omitempty"`
	Usage    ticket.Usage    `json:"usage,omitzero"`
}

// Judge compares a reading with its label.
func Judge(c Case, t ticket.Triage) Result {
	r := Result{
		ID: c.ID, Language: c.Language, Read: t.Language, Engine: t.Engine, Want: list(c.Intents), Got: []ticket.Intent{},
		WantRefs: set(c.Refs), Invented: []string{}, Missed: without(c.Flags, t.Flags), False: without(t.Flags, c.Flags),
		Usage: t.Usage,
	}
	r.Found = without(c.Flags, r.Missed)
	var refs []string
	for _, q := range t.Requests {
		if !slices.Contains(r.Got, q.Intent) {
			r.Got = append(r.Got, q.Intent)
		}
		refs = append(refs, q.OrderRefs...)
	}
	if len(refs) == 0 {
		refs = t.Refs // read by code, though no request took them
	}
	r.GotRefs = set(refs)
	mail := bare(c.Subject + "\n" + c.Text)
	for _, ref := range r.GotRefs {
		if !strings.Contains(mail, bare(ref)) {
			r.Invented = append(r.Invented, ref)
		}
	}
	hit := 0
	for _, i := range r.Got {
		hit += one(slices.Contains(r.Want, i))
	}
	r.F1 = f1(hit, len(r.Got), len(r.Want))
	return r
}

// First reports whether the first intent is the labelled first.
func (r *Result) First() bool { return len(r.Got) > 0 && r.Got[0] == r.Want[0] }

// Exact reports whether the references are the labelled ones, no more and no less.
func (r *Result) Exact() bool { return slices.Equal(r.WantRefs, r.GotRefs) }

func f1(hit, got, want int) float64 {
	if got+want == 0 {
		return 1
	}
	return 2 * float64(hit) / float64(got+want)
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}

func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}

func without[T comparable](all, others []T) []T {
	out := []T{}
	for _, v := range all {
		if !slices.Contains(others, v) {
			out = append(out, v)
		}
	}
	return out
}

// set sorts references and drops doubles.
func set(refs []string) []string {
	out := []string{}
	for _, r := range refs {
		out = append(out, bare(r))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// bare keeps letters and digits, in lower case, digits of every script as ASCII: a reference is not invented
// because it was written ۱۰۰۱ or 10 01.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if r = mail.Digit(r); unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}
