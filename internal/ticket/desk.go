package ticket

import (
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// View is one list of the desk. Every turn stands in exactly one of Views, and in All.
type View string

const (
	// NeedsReview: a person decides about a draft, a rating or a bounce.
	NeedsReview View = "review"
	// Held: the gate held the mail back.
	Held View = "held"
	// Failed: a step gave up, or it is not known whether the reply left.
	Failed View = "failed"
	// Waiting: the daemon works on it, or waits for a service.
	Waiting View = "waiting"
	// Snoozed: a person put it off until a time.
	Snoozed View = "snoozed"
	// AnsweredView: answered, by replyd or a person, or closed without a reply.
	AnsweredView View = "answered"
	// RecordedView: never to be answered.
	RecordedView View = "recorded"
	// All holds every turn.
	All View = "all"
)

// Views lists the views in the order of the desk.
var Views = []View{NeedsReview, Held, Failed, Waiting, Snoozed, AnsweredView, RecordedView, All}

// View tells in which list of the desk a turn stands. It depends on nothing but the turn, so that an index of it
// never grows stale: what was snoozed stands there until somebody wakes it.
func (t *Turn) View() View {
	switch t.State {
	case Review:
	case Sent, Done, Answered, Superseded, Rejected:
		return AnsweredView
	case Recorded, Ignored:
		return RecordedView
	default:
		return Waiting
	}
	switch {
	case !t.Snoozed.IsZero():
		return Snoozed
	case t.gaveUp():
		return Failed
	case t.Gate.Outcome == Hold && t.Cause == ByMail:
		return Held
	}
	return NeedsReview
}

// gaveUp: an error led into this review, or a sending without a receipt.
func (t *Turn) gaveUp() bool {
	for i := len(t.History) - 1; i > 0; i-- {
		if t.History[i].To == Review {
			return t.History[i-1].Error || t.Outgoing != nil && t.Receipt == nil
		}
	}
	return false
}

// Since is when the customer began to wait.
func (t *Turn) Since() time.Time {
	if m := t.Mail(); t.Cause == ByMail && m != nil && !m.Arrived.IsZero() && m.Arrived.Before(t.Born) {
		return m.Arrived
	}
	return t.Born
}

// LastAt is when something last happened to a turn.
func (t *Turn) LastAt() time.Time {
	if n := len(t.History); n > 0 {
		return t.History[n-1].At
	}
	return t.Born
}

// Urgent tells whether a turn goes before the others.
func (t *Turn) Urgent() bool { return t.Triage != nil && (t.Triage.Urgent || len(t.Triage.Flags) > 0) }

// Why says why a turn stands where it stands: why it waits, why the gate held it, or why a person decides.
// A turn that was to be sent and came back to review says so in its history alone.
func (t *Turn) Why() (out []string) {
	if i := t.Asked(); i != nil {
		return []string{"another draft is being written, as " + i.By + " asked"}
	}
	if t.Waiting != "" {
		out = append(out, t.Waiting)
	}
	if t.Gate.Outcome != Go && t.Gate.Reason != "" {
		out = append(out, t.Gate.Reason)
	}
	v := t.Verdict()
	if v != nil && (t.State != Review || v.Decision == Ask) {
		out = append(out, v.Reasons...)
	}
	if n := len(t.History); len(out) == 0 && n > 0 {
		out = append(out, t.History[n-1].What)
	}
	said := map[string]bool{}
	return slices.DeleteFunc(out, func(why string) bool {
		again := said[why]
		said[why] = true
		return again
	})
}

// Alike names what makes drafts equal enough to be approved together: template and intents. It is empty for a
// draft that somebody should read by itself: flagged, held, unproven, edited, worded by a model, or with something uncovered.
func (t *Turn) Alike() string {
	d := t.Draft()
	switch {
	case t.View() != NeedsReview, t.Cause != ByMail, d == nil, t.Triage == nil, t.Gate.Outcome != Go:
		return ""
	case d.By != Replyd, d.Worded != "", len(d.Open) > 0, d.Template == "", len(t.Triage.Flags) > 0, t.Triage.Urgent,
		!t.Sender.Authenticated():
		return ""
	}
	return d.Template
}

// Note is a remark of a colleague. No customer ever sees it.
type Note struct {
	By   string    `json:"by"`
	At   time.Time `json:"at"`
	Turn TurnID    `json:"turn,omitempty"` // where it was written
	Text string    `json:"text"`
}

// Row is what a list of the desk shows of a turn, and what it filters by.
type Row struct {
	ID       TurnID    `json:"id"`
	Ticket   ID        `json:"ticket"`
	Version  uint64    `json:"version"`
	State    State     `json:"state"`
	View     View      `json:"view"`
	Name     string    `json:"name,omitempty"`
	From     string    `json:"from,omitempty"`
	Subject  string    `json:"subject,omitempty"`
	Snippet  string    `json:"snippet,omitempty"` // how the mail begins
	Why      string    `json:"why,omitempty"`
	Since    time.Time `json:"since"`
	AnswerBy time.Time `json:"answer_by"`
	LastAt   time.Time `json:"last_at"`
	Snoozed  time.Time `json:"snoozed,omitzero"`
	Urgent   bool      `json:"urgent,omitempty"`
	Intents  []Intent  `json:"intents,omitempty"`
	Flags    []Flag    `json:"flags,omitempty"`
	Language string    `json:"language,omitempty"`
	Tags     []string  `json:"tags,omitempty"`
	Assignee string    `json:"assignee,omitempty"`
	Alike    string    `json:"alike,omitempty"`
}

// Rank is where a row stands in a view, smallest first: what is to be answered by its time, what is done newest
// first.
func (r *Row) Rank(v View) uint64 {
	nanos := func(t time.Time) uint64 { return uint64(max(t.UnixNano(), 0)) }
	switch v {
	case NeedsReview, Held, Failed:
		return nanos(r.AnswerBy)
	case Snoozed:
		return nanos(r.Snoozed)
	case AnsweredView, RecordedView:
		return ^nanos(r.LastAt)
	}
	return ^nanos(r.Since)
}

// Place names a row's place in a view, also after the row has left it.
func (r *Row) Place(v View) []byte {
	return append(binary.BigEndian.AppendUint64(nil, r.Rank(v)), r.ID...)
}

// Cursor is what Query.After takes to go on behind a row.
func (q *Query) Cursor(r *Row) string {
	if q.Words != "" {
		return hex.EncodeToString([]byte(r.ID))
	}
	return hex.EncodeToString(r.Place(q.View))
}

// maxShown bounds, in bytes, a text in a row.
const maxShown = 200

// NewRow makes the row of a turn, with the answer that p promises. tick is its ticket, nil if that is not known yet.
func NewRow(t *Turn, tick *Ticket, p *Promise) Row {
	r := Row{ID: t.ID, Ticket: t.Ticket, Version: t.Version, State: t.State, View: t.View(), Since: t.Since(),
		AnswerBy: t.AnswerBy(p), LastAt: t.LastAt(), Snoozed: t.Snoozed, Urgent: t.Urgent(), Alike: t.Alike()}
	if m := t.Mail(); m != nil {
		r.Name, r.From, r.Subject = short(m.Name), short(m.From), short(m.Subject)
		r.Snippet = snippet(m)
	}
	if why := t.Why(); len(why) > 0 {
		r.Why = short(why[0])
	}
	if tr := t.Triage; tr != nil {
		r.Language, r.Flags = tr.Language, tr.Flags
		for _, q := range tr.Requests {
			if !slices.Contains(r.Intents, q.Intent) {
				r.Intents = append(r.Intents, q.Intent)
			}
		}
	}
	if tick != nil {
		r.Tags, r.Assignee = tick.Tags, tick.Assignee
	}
	return r
}

// snippetRunes is how much of a mail a row shows, in characters.
const snippetRunes = 120

// snippet is how the sender's own words begin, in one line.
func snippet(m *Incoming) string {
	text := m.Reply
	if text == "" {
		text = m.Text
	}
	text = strings.Join(strings.Fields(text[:min(len(text), 8*snippetRunes)]), " ")
	if r := []rune(strings.ToValidUTF8(text, "")); len(r) > snippetRunes {
		return strings.TrimRight(string(r[:snippetRunes]), " .,;:…") + "…"
	}
	return strings.ToValidUTF8(text, "")
}

func short(s string) string {
	if len(s) <= maxShown {
		return s
	}
	end := maxShown
	for end > 0 && s[end]&0xC0 == 0x80 { // within a character
		end--
	}
	return s[:end] + "…"
}

// Query asks for a page of a view. Empty fields do not filter.
type Query struct {
	View     View
	Intent   Intent
	Flag     Flag
	Language string
	Tag      string
	Assignee string    // a name, or Nobody
	Alike    string    // see Turn.Alike
	Older    time.Time // only customers who wait since before this
	From     time.Time // only what happened since then; for AnsweredView
	Words    string    // only mail, drafts and orders with all of these words, or words that begin so
	After    string    // the Cursor of the last row that was seen; empty for the first page
	Limit    int
}

// Nobody as an assignee asks for tickets without one.
const Nobody = "-"

// Page is one page of a view.
type Page struct {
	Rows []Row
	Next string // for Query.After; empty when there is no more
	// Cut tells that the search stopped at its bound before it had seen all.
	Cut bool
}
