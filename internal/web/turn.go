package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

type turnView struct {
	Turn    *ticket.Turn
	Mails   []mailView
	Draft   *ticket.Draft
	Subject string // of the form
	Text    string // of the form
	Facts   []shop.Fact
	Why     []string // a person decides
	Others  []*ticket.Turn
	Ratings []ticket.Rating
	Open    bool // a person may decide
	Shadow  bool // an approval sends nothing

	Warnings []ticket.Uncovered // about the text in the form
	Confirm  string             // what the form must send back to have that text sent nevertheless
	Problem  string             // why what was asked was not done
	Unsaved  string             // a text that could not be taken, so that it is not lost
}

type mailView struct {
	Index int
	Mail  ticket.Incoming
	Reply []span // what the customer newly wrote
	Whole string // the whole text, when it holds more than that
}

// span is a piece of text; a marked one is a quote that a request rests on.
type span struct {
	Text string
	Mark bool
}

func (s *server) turn(w http.ResponseWriter, r *http.Request) {
	if t := s.find(w, r); t != nil {
		s.showTurn(w, r, http.StatusOK, s.viewOf(t))
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

func (s *server) viewOf(t *ticket.Turn) *turnView {
	v := &turnView{Turn: t, Draft: t.Draft(), Open: t.State == ticket.Review, Shadow: s.Shadow, Why: reasons(t)}
	var quotes []string
	if t.Triage != nil {
		for _, q := range t.Triage.Requests {
			quotes = append(quotes, q.Quote)
		}
	}
	for i, m := range t.Mails {
		mv := mailView{Index: i, Mail: m, Reply: highlight(m.Reply, quotes)}
		if strings.TrimSpace(m.Reply) == "" {
			mv.Reply = highlight(m.Text, quotes)
		} else if strings.TrimSpace(m.Text) != strings.TrimSpace(m.Reply) {
			mv.Whole = m.Text
		}
		v.Mails = append(v.Mails, mv)
	}
	v.Subject, v.Text = proposed(t)
	if v.Draft != nil {
		v.Facts, v.Warnings = v.Draft.Facts, v.Draft.Open
	}
	if len(v.Facts) == 0 && t.Findings != nil {
		for _, f := range t.Findings.Answers {
			v.Facts = append(v.Facts, f.Facts...)
		}
	}
	return v
}

// showTurn adds what lies around the turn and writes the page.
func (s *server) showTurn(w http.ResponseWriter, r *http.Request, status int, v *turnView) {
	others, err := s.Desk.TurnsOfTicket(v.Turn.Ticket)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v.Others = slices.DeleteFunc(others, func(o *ticket.Turn) bool { return o.ID == v.Turn.ID })
	if v.Ratings, err = s.Desk.Ratings(v.Turn.ID); err != nil {
		s.failed(w, r, err)
		return
	}
	title := "Turn"
	if m := v.Turn.Mail(); m != nil && m.Subject != "" {
		title = m.Subject
	}
	s.render(w, r, status, "turn", title, v)
}

// raw gives a mail's bytes as a download that no browser will interpret.
func (s *server) raw(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil {
		return
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(t.Mails) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The turn has no such mail.")
		return
	}
	data, err := s.Desk.Raw(t.Mails[n].Key)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+string(t.ID)+"-"+strconv.Itoa(n+1)+`.eml.txt"`)
	h.Set("Content-Security-Policy", policy+"; sandbox")
	_, _ = w.Write(data)
}

// highlight cuts text at the quotes that stand in it. Where two overlap the first one wins.
func highlight(text string, quotes []string) []span {
	var out []span
	for text != "" {
		at, length := -1, 0
		for _, q := range quotes {
			if i := strings.Index(text, q); q != "" && i >= 0 && (at < 0 || i < at || i == at && len(q) > length) {
				at, length = i, len(q)
			}
		}
		if at < 0 {
			return append(out, span{Text: text})
		}
		if at > 0 {
			out = append(out, span{Text: text[:at]})
		}
		out = append(out, span{Text: text[at : at+length], Mark: true})
		text = text[at+length:]
	}
	return out
}
