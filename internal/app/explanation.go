package app

import (
	"time"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Explanation is the JSON form of what replyd sees in a mail and would do with it. Its field names are stable.
type Explanation struct {
	File        string            `json:"file"`
	OK          bool              `json:"ok"` // false only if the file cannot be read at all
	Problem     string            `json:"problem,omitempty"`
	Parse       ParseExplained    `json:"parse"`
	MessageID   string            `json:"message_id"`
	InReplyTo   []string          `json:"in_reply_to"`
	References  []string          `json:"references"`
	Date        string            `json:"date"`
	From        []mail.Address    `json:"from"`
	ReplyTo     []mail.Address    `json:"reply_to"`
	To          []mail.Address    `json:"to"`
	Cc          []mail.Address    `json:"cc"`
	Subject     string            `json:"subject"`
	Text        string            `json:"text"`
	Reply       string            `json:"reply"`
	Attachments []mail.Attachment `json:"attachments"`
	Auth        AuthExplained     `json:"auth"`
	Gate        GateExplained     `json:"gate"`
	Triage      TriageExplained   `json:"triage"`
	Route       RouteExplained    `json:"route"`
	Draft       *DraftExplained   `json:"draft,omitempty"`
	evidence    string
}

// ParseExplained tells what of a mail could be read.
type ParseExplained struct {
	Complete bool     `json:"complete"`
	Problems []string `json:"problems"`
}

// AuthExplained tells who wrote a mail, proven how.
type AuthExplained struct {
	Verdict string `json:"verdict"`
	Method  string `json:"method"`
	Domain  string `json:"domain"`
	Reason  string `json:"reason"`
}

// GateExplained tells whether a mail may be answered.
type GateExplained struct {
	Outcome ticket.Outcome `json:"outcome"`
	Rule    string         `json:"rule"`
	Reason  string         `json:"reason"`
}

// TriageExplained tells what a mail asks for.
type TriageExplained struct {
	Engine   string             `json:"engine"`
	Language string             `json:"language"`
	Requests []RequestExplained `json:"requests"`
	Flags    []ticket.Flag      `json:"flags"`
}

// RequestExplained is one thing that is asked for.
type RequestExplained struct {
	Intent     ticket.Intent `json:"intent"`
	OrderRefs  []string      `json:"order_refs"`
	Quote      string        `json:"quote"`
	Confidence float64       `json:"confidence"`
}

// RouteExplained tells what would happen: auto, review, hold or none.
type RouteExplained struct {
	Decision string   `json:"decision"`
	Reasons  []string `json:"reasons"`
}

// DraftExplained is what would be sent or reviewed. Writes is always empty: replyd writes nothing to the shop
// without a person's click.
type DraftExplained struct {
	To       []string `json:"to"`
	Subject  string   `json:"subject"`
	Text     string   `json:"text"`
	Template string   `json:"template"`
	Writes   []string `json:"writes"`
}

func newExplanation(m *mail.Mail) *Explanation {
	x := &Explanation{
		OK: true, Parse: ParseExplained{m.Complete, list(m.Problems)}, MessageID: m.MessageID,
		InReplyTo: list(m.InReplyTo), References: list(m.References), From: list(m.From), ReplyTo: list(m.ReplyTo),
		To: list(m.To), Cc: list(m.Cc), Subject: m.Subject, Text: m.Text, Reply: m.Reply,
		Attachments: list(m.Attachments), Auth: AuthExplained{Verdict: "none"},
		Triage: TriageExplained{Requests: []RequestExplained{}, Flags: []ticket.Flag{}},
		Route:  RouteExplained{Decision: "review", Reasons: []string{}},
	}
	if !m.Date.IsZero() {
		x.Date = m.Date.Format(time.RFC3339)
	}
	x.Gate.Outcome = ticket.Hold
	return x
}

func (x *Explanation) setGate(t *ticket.Turn) {
	s := t.Sender
	x.Auth = AuthExplained{s.Verdict, s.Method, s.Domain, s.Reason}
	x.Gate = GateExplained{t.Gate.Outcome, t.Gate.Rule, t.Gate.Reason}
	x.evidence = t.Gate.Evidence
	switch t.Gate.Outcome {
	case ticket.Record, ticket.Ignore:
		x.Route = RouteExplained{"none", []string{t.Gate.Reason}}
	case ticket.Hold:
		x.Route = RouteExplained{"hold", []string{t.Gate.Reason}}
	}
}

func (x *Explanation) setTriage(tr ticket.Triage) {
	x.Triage.Engine, x.Triage.Language, x.Triage.Flags = tr.Engine, tr.Language, list(tr.Flags)
	for _, r := range tr.Requests {
		x.Triage.Requests = append(x.Triage.Requests, RequestExplained{r.Intent, list(r.OrderRefs), r.Quote, r.Confidence})
	}
}

func (x *Explanation) setVerdict(t *ticket.Turn, v ticket.Verdict) {
	d := t.Draft()
	x.Draft = &DraftExplained{To: []string{t.Recipient()}, Subject: d.Subject, Text: d.Text, Template: d.Template,
		Writes: []string{}}
	if t.Gate.Outcome == ticket.Go {
		x.Route = RouteExplained{"review", v.Reasons}
		if v.Decision == ticket.Send {
			x.Route.Decision = "auto"
		}
	}
}

// list makes an empty list of none, which JSON tells apart.
func list[T any](in []T) []T {
	if in == nil {
		return []T{}
	}
	return in
}
