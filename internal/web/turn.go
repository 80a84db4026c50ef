package web

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

type turnView struct {
	Turn     *ticket.Turn
	Ticket   *ticket.Ticket
	Draft    *ticket.Draft
	Subject  string // of the form
	Text     string // of the form
	Language string // of the form
	Talk     []talk // the conversation, oldest first
	Older    int    // turns before those
	Why      []string
	Sure     int // how sure the reading is, percent; 0 when nothing was read
	Quotes   []string
	Customer customerView
	Macros   []Macro
	Checked  checkView
	Users    []string
	Others   []string // who look at it too
	From     string   // the list that it was opened from
	Next     string   // address of the next one there
	Open     bool     // a person may decide
	Undo     bool     // the approval can be taken back
	Shadow   bool     // an approval sends nothing
	Decides  bool     // who looks may decide
	Fresh    bool     // a macro was just put into the text
	Copy     *Copy    // of the draft, in a Drafts folder
	Redraft  bool     // another draft can be asked for

	Instruction string              // of the form: what should be different
	Awaited     *ticket.Instruction // a draft is being written for it
	Asked       *ticket.Instruction // what the last draft was written for

	AnswerBy time.Time // until when the customer should be answered; zero when nobody waits for a person
	Late     bool      // that is over

	Confirm string // what the form must send back to have a text with warnings sent nevertheless
	Problem string // why what was asked was not done
	Unsaved string // a text that could not be taken, so that it is not lost
}

// talk is one turn of the conversation.
type talk struct {
	Turn  *ticket.Turn
	Here  bool // the one that the page is about
	Mails []mailView
	Reply *ticket.Draft // what went out, or is about to
	Notes []ticket.Note
}

type mailView struct {
	Index int
	Mail  ticket.Incoming
	Reply []span // what the customer newly wrote
	Whole string // the whole text, when it holds more than that
	Base  string // address under which its views lie
}

// span is a piece of text; a marked one is a quote that a request rests on.
type span struct {
	Text string
	Mark bool
	Full string // what a shortened text stands for
}

// maxTalk is how many turns of a conversation a page shows.
const maxTalk = 30

func (s *server) turn(w http.ResponseWriter, r *http.Request) {
	if t := s.find(w, r); t != nil {
		s.showTurn(w, r, http.StatusOK, s.viewOf(r, t))
	}
}

// find reads the turn that the address names, or answers and returns nil.
func (s *server) find(w http.ResponseWriter, r *http.Request) *ticket.Turn {
	t, err := s.Desk.Turn(ticket.TurnID(r.PathValue("id")))
	if err != nil {
		s.failed(w, r, err)
		return nil
	}
	return t
}

func (s *server) viewOf(r *http.Request, t *ticket.Turn) *turnView {
	v := &turnView{Turn: t, Draft: t.Draft(), Open: t.State == ticket.Review, Shadow: s.Shadow(), Why: t.Why(),
		Undo: s.canUndo(t), Users: s.colleagues(), From: fromOf(r), Decides: may(r, staff.Decide),
		Copy: s.copyOf(t.ID), Redraft: s.mayAsk(t), Awaited: t.Asked(), Asked: t.AskedFor(t.Draft())}
	if t.Triage != nil {
		for _, q := range t.Triage.Requests {
			v.Quotes = append(v.Quotes, q.Quote)
			if sure := int(q.Confidence*100 + 0.5); v.Sure == 0 || sure < v.Sure {
				v.Sure = sure
			}
		}
	}
	if v.Open && t.Snoozed.IsZero() {
		v.AnswerBy = t.AnswerBy(s.Promise())
		v.Late = v.AnswerBy.Before(s.Now())
	}
	v.Subject, v.Text = proposed(t)
	v.Language = languageOf(t)
	if s.Macros != nil && v.Open {
		v.Macros = s.Macros(t)
	}
	return v
}

// fromOf is the list that a request came from: the address says it, or the form.
func fromOf(r *http.Request) string {
	if r.PostForm != nil {
		return r.PostForm.Get("from")
	}
	return r.URL.Query().Get("from")
}

// showTurn adds what lies around the turn and writes the page.
func (s *server) showTurn(w http.ResponseWriter, r *http.Request, status int, v *turnView) {
	if err := s.around(v); err != nil {
		s.failed(w, r, err)
		return
	}
	v.Others = s.presence.see(v.Turn.ID, userOf(r))
	if v.Open && v.Checked.Text == "" {
		v.Checked = s.checkOf(v.Turn, v.Subject, v.Text, v.Language)
	}
	title := s.say(r, "Turn")
	if m := v.Turn.Mail(); m != nil && m.Subject != "" {
		title = m.Subject
	}
	s.render(w, r, status, "turn", title, v)
}

// around reads ticket, conversation and customer, and which turn comes next in the list.
func (s *server) around(v *turnView) (err error) {
	if v.Ticket, err = s.Desk.Ticket(v.Turn.Ticket); err != nil {
		return err
	}
	if err := s.converse(v); err != nil {
		return err
	}
	if v.Customer, err = s.customerOf(v.Turn); err != nil {
		return err
	}
	v.Next, err = s.nextAfter(v.From, ticket.NewRow(v.Turn, v.Ticket, s.Promise()))
	return err
}

// converse collects the turns of the ticket, and of those that were merged into it.
func (s *server) converse(v *turnView) error {
	turns, older, err := s.Desk.LastTurns(v.Ticket.ID, maxTalk)
	if err != nil {
		return err
	}
	notes := slices.Clone(v.Ticket.Notes)
	for _, id := range v.Ticket.Linked {
		linked, err := s.Desk.Ticket(id)
		if errors.Is(err, s.NotFound) || err == nil && linked.MergedInto != v.Ticket.ID && v.Ticket.MergedInto != id {
			continue
		}
		if err != nil {
			return err
		}
		more, past, err := s.Desk.LastTurns(id, maxTalk)
		if err != nil {
			return err
		}
		turns, older = append(turns, more...), older+past
		notes = append(notes, linked.Notes...)
	}
	slices.SortStableFunc(turns, func(a, b *ticket.Turn) int { return a.Born.Compare(b.Born) })
	cut := max(0, len(turns)-maxTalk)
	turns, v.Older = turns[cut:], older+cut
	for i, t := range turns {
		until := time.Time{}
		if i+1 < len(turns) {
			until = turns[i+1].Born
		}
		v.Talk = append(v.Talk, s.talkOf(t, v, &notes, until))
	}
	return nil
}

// talkOf shows one turn with the notes that were written before the next one.
func (s *server) talkOf(t *ticket.Turn, v *turnView, notes *[]ticket.Note, until time.Time) talk {
	out := talk{Turn: t, Here: t.ID == v.Turn.ID}
	quotes := v.Quotes
	if !out.Here {
		quotes = nil
	}
	for i, m := range t.Mails {
		mv := mailView{Index: i, Mail: m, Reply: highlight(unwrap(m.Reply), quotes),
			Base: "/turns/" + string(t.ID) + "/mail/" + strconv.Itoa(i)}
		if strings.TrimSpace(m.Reply) == "" {
			mv.Reply = highlight(unwrap(m.Text), quotes)
		} else if strings.TrimSpace(m.Text) != strings.TrimSpace(m.Reply) {
			mv.Whole = m.Text
		}
		out.Mails = append(out.Mails, mv)
	}
	if t.Cause != ticket.ByMail { // it shows the mail of another turn again
		out.Mails = out.Mails[:min(len(out.Mails), 1)]
	}
	if d := t.Draft(); d != nil && told(t) {
		out.Reply = d
	}
	rest := (*notes)[:0:0]
	for _, n := range *notes {
		if n.Turn == t.ID || n.Turn == "" && (until.IsZero() || n.At.Before(until)) {
			out.Notes = append(out.Notes, n)
		} else {
			rest = append(rest, n)
		}
	}
	*notes = rest
	return out
}

// told reports whether the customer gets a turn's last draft, or got it.
func told(t *ticket.Turn) bool {
	switch t.State {
	case ticket.Review, ticket.Rejected:
		return false
	case ticket.Answered, ticket.Superseded: // by words that replyd knows only if it found them in Sent
		return t.Elsewhere != nil
	}
	return t.Asked() == nil
}

// nextAfter gives the address of what follows a row in the list that it was opened from; empty at its end.
func (s *server) nextAfter(from string, r ticket.Row) (string, error) {
	f, ok := fromList(from)
	if !ok {
		return "", nil
	}
	q := s.query(f)
	q.After, q.Limit = q.Cursor(&r), 1
	page, err := s.Desk.Rows(q)
	if err != nil || len(page.Rows) == 0 {
		return "", err
	}
	return "/turns/" + string(page.Rows[0].ID) + "?from=" + url.QueryEscape(f.Query()), nil
}

// known are the facts that a reply of this turn may state.
func known(t *ticket.Turn) (out []shop.Fact) {
	if t.Findings != nil {
		for _, f := range t.Findings.Answers {
			out = append(out, f.Facts...)
		}
	}
	return out
}

// maxQuote bounds, in bytes, a quote that is looked for.
const maxQuote = 2000

// highlight cuts text at the quotes that stand in it, wherever its lines break. Where two overlap the first one
// wins.
func highlight(text string, quotes []string) []span {
	var any []string
	for _, q := range slices.SortedFunc(slices.Values(quotes), func(a, b string) int { return len(b) - len(a) }) {
		if len(q) > maxQuote {
			continue
		}
		fields := strings.Fields(q)
		for i, f := range fields {
			fields[i] = regexp.QuoteMeta(f)
		}
		if len(fields) > 0 {
			any = append(any, strings.Join(fields, `[\s\p{Z}]+`))
		}
	}
	if len(any) == 0 {
		return []span{{Text: text}}
	}
	found, err := regexp.Compile(strings.Join(any, "|"))
	if err != nil { // a quote that is no valid UTF-8 stands in no text
		return []span{{Text: text}}
	}
	var out []span
	last := 0
	for _, at := range found.FindAllStringIndex(text, 100) {
		if at[0] > last {
			out = append(out, span{Text: text[last:at[0]]})
		}
		out = append(out, span{Text: text[at[0]:at[1]], Mark: true})
		last = at[1]
	}
	if last < len(text) {
		out = append(out, span{Text: text[last:]})
	}
	return out
}
