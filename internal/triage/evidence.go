package triage

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/prompt"
	"github.com/replyd/replyd/internal/ticket"
)

// record is what the model calls record_requests with.
type record struct {
	Requests  []recorded    `json:"requests"`
	Language  string        `json:"language"`
	Sentiment int           `json:"sentiment"`
	Urgent    bool          `json:"urgent"`
	Flags     []ticket.Flag `json:"flags"`
	Summary   string        `json:"summary"`
}

type recorded struct {
	Intent    ticket.Intent `json:"intent"`
	OrderRefs []string      `json:"order_refs"`
	Items     []string      `json:"items"`
	Quote     string        `json:"quote"`
	Certainty string        `json:"certainty"`
}

// certainties turn the model's word into a number. It is no probability; policy compares it with a threshold.
var certainties = map[string]float64{"sure": 0.95, "likely": 0.75, "unsure": 0.4}

// Bounds of what is taken from one answer.
const (
	maxRequests = 5
	maxItems    = 5
	maxSummary  = 300 // bytes
)

// Arguments writes a triage as the arguments of a call, for a stand-in that plays the model.
func Arguments(t ticket.Triage) json.RawMessage {
	r := record{Requests: []recorded{}, Language: t.Language, Sentiment: t.Sentiment, Urgent: t.Urgent,
		Flags: append([]ticket.Flag{}, t.Flags...), Summary: t.Summary}
	for _, q := range t.Requests {
		certainty := "unsure"
		switch {
		case q.Confidence >= 0.7:
			certainty = "sure"
		case q.Confidence >= 0.5:
			certainty = "likely"
		}
		r.Requests = append(r.Requests, recorded{q.Intent, append([]string{}, q.OrderRefs...),
			append([]string{}, q.Items...), q.Quote, certainty})
	}
	data, err := json.Marshal(r)
	if err != nil { // strings, numbers and lists of them always marshal
		return nil
	}
	return data
}

// confirm keeps of a model's record what the mail proves. words is the lexicon's reading of the same mail.
func confirm(r record, in Input, words ticket.Triage, lex *Lexicon) ticket.Triage {
	source := newEvidence(prompt.Sanitize(clip(in.Subject, 1000)) + "\n" + prompt.Sanitize(clip(in.Text, maxText)))
	t := ticket.Triage{
		Engine: "openai", Language: languageOf(r.Language, words, in, lex), Refs: words.Refs, Sentiment: r.Sentiment,
		Urgent: r.Urgent || words.Urgent, Summary: clip(prompt.OneLine(prompt.Sanitize(r.Summary)), maxSummary),
	}
	for _, f := range ticket.Flags {
		if slices.Contains(r.Flags, f) || slices.Contains(words.Flags, f) {
			t.Flags = append(t.Flags, f)
		}
	}
	var claimed []string
	for i, q := range r.Requests {
		if i >= maxRequests {
			t.Dropped = append(t.Dropped, fmt.Sprintf("%d requests more than are taken", len(r.Requests)-maxRequests))
			break
		}
		request, refs, problems := source.prove(q, words.Refs, in.OrderName)
		claimed = append(claimed, refs...)
		for _, p := range problems {
			t.Dropped = append(t.Dropped, fmt.Sprintf("request %d, %s: %s", i+1, q.Intent, p))
		}
		if request.Quote != "" && !slices.ContainsFunc(t.Requests, request.same) {
			t.Requests = append(t.Requests, request.Request)
		}
	}
	t.Agreed = sameSet(claimed, words.Refs)
	return t
}

// proven is a request of which only that is left which the mail proves; without a quote nothing is.
type proven struct{ ticket.Request }

func (p proven) same(o ticket.Request) bool {
	return p.Intent == o.Intent && slices.Equal(p.OrderRefs, o.OrderRefs)
}

// prove checks one request against the mail. claimed are all order references that the model gave; problems say
// what was dropped, without words of the mail.
func (e *evidence) prove(q recorded, read []string, name OrderName) (p proven, claimed, problems []string) {
	p.Intent, p.Confidence = q.Intent, certainties[q.Certainty]
	for _, ref := range q.OrderRefs {
		bare := bareRef(ref, name)
		claimed = append(claimed, bare)
		switch {
		case !slices.Contains(read, bare):
			problems = append(problems, "an order reference that is none in the mail")
		case !slices.Contains(p.OrderRefs, bare):
			p.OrderRefs = append(p.OrderRefs, bare)
		}
	}
	for _, item := range q.Items {
		if found, ok := e.find(item); ok && len(p.Items) < maxItems {
			p.Items = append(p.Items, found)
		}
	}
	var ok bool
	if p.Quote, ok = e.find(q.Quote); !ok {
		problems = append(problems, "a quote that is not in the mail")
	}
	return p, claimed, problems
}

// languageOf: the script decides where it can, then the model, then the stop-words.
func languageOf(said string, words ticket.Triage, in Input, lex *Lexicon) string {
	if code := lex.byScript(in.Subject + "\n" + in.Text); code != "" {
		return code
	}
	said = strings.ToLower(said)
	if len(said) == 2 && said[0] >= 'a' && said[0] <= 'z' && said[1] >= 'a' && said[1] <= 'z' {
		return said
	}
	return words.Language
}

// bareRef strips what surrounds the number, as refReader does.
func bareRef(ref string, name OrderName) string {
	s := strings.ToUpper(fold(strings.TrimSpace(ref)))
	if p := strings.ToUpper(fold(name.Prefix)); p != "" {
		s = strings.TrimPrefix(s, p)
	}
	if p := strings.ToUpper(fold(name.Suffix)); p != "" {
		s = strings.TrimSuffix(s, p)
	}
	return strings.TrimLeft(s, "#№ ")
}

func sameSet(a, b []string) bool {
	for _, x := range a {
		if !slices.Contains(b, x) {
			return false
		}
	}
	for _, x := range b {
		if !slices.Contains(a, x) {
			return false
		}
	}
	return true
}

// evidence is a mail in which quotes are looked up: letters and digits folded, white space left out, with the
// way back to the text as it was written.
type evidence struct {
	text   string
	folded string
	at     []int // for each byte of folded, where its rune begins in text
}

func newEvidence(text string) *evidence {
	text = norm.NFC.String(text)
	e := &evidence{text: text}
	var b strings.Builder
	for i, r := range text {
		for _, f := range foldRune(r) {
			size := utf8.RuneLen(f)
			b.WriteRune(f)
			for range size {
				e.at = append(e.at, i)
			}
		}
	}
	e.folded = b.String()
	return e
}

// foldRune makes look-alikes equal and drops what cannot be seen.
func foldRune(r rune) string {
	switch {
	case r < utf8.RuneSelf && !unicode.IsSpace(r):
		return strings.ToLower(string(r))
	case unicode.IsSpace(r), unicode.Is(unicode.Cf, r), unicode.IsControl(r):
		return ""
	case isApostrophe(r):
		return "'"
	case r == '“' || r == '”' || r == '„':
		return "\""
	}
	if l, ok := letters[r]; ok && r > 0x600 {
		return l
	}
	return strings.ToLower(strings.Map(func(c rune) rune {
		if unicode.IsSpace(c) {
			return -1
		}
		return mail.Digit(c)
	}, norm.NFKC.String(string(r))))
}

// minQuote is how many folded runes a quote needs to prove anything.
const minQuote = 2

// find gives the passage of the mail that a quote stands for, on one line, as it was written.
func (e *evidence) find(quote string) (string, bool) {
	var b strings.Builder
	for _, r := range norm.NFC.String(prompt.Sanitize(clip(quote, maxText))) {
		b.WriteString(foldRune(r))
	}
	want := b.String()
	if utf8.RuneCountInString(want) < minQuote {
		return "", false
	}
	i := strings.Index(e.folded, want)
	if i < 0 {
		return "", false
	}
	start, last := e.at[i], e.at[i+len(want)-1]
	_, size := utf8.DecodeRuneInString(e.text[last:])
	return clip(strings.Join(strings.Fields(e.text[start:last+size]), " "), maxQuote), true
}
