package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// tab is one view above the queue.
type tab struct {
	View  ticket.View
	Label string // English; the page translates it
	Count int
}

// labelOf says a view in the desk's words.
func labelOf(v ticket.View) string {
	return map[ticket.View]string{
		ticket.NeedsReview: "Needs review", ticket.Held: "Held", ticket.Failed: "Failed", ticket.Waiting: "Waiting",
		ticket.Snoozed: "Snoozed", ticket.AnsweredView: "Answered today", ticket.RecordedView: "Recorded",
		ticket.All: "All",
	}[v]
}

type row struct {
	ticket.Row
	Link  string // to the turn, with the list that it stands in
	Late  bool   // the customer should have had an answer before now
	Soon  bool   // and here within soon
	Alike int    // drafts of this page that can be approved with this one
}

// soon is how long before its time a row says when it is due.
const soon = 30 * time.Minute

type queueView struct {
	Tabs  []tab
	View  ticket.View
	Label string
	Rows  []row
	Here  string // this page's address
	Seen  int64  // the store's number from before the rows were read
	Next  string // address of the next page
	Cut   bool
	filters
	Choices choices
	Saved   []struct{ Name, Query string }
	Bulk    []bulkGroup
}

// choices are what the filters offer.
type choices struct {
	Intents   []ticket.Intent
	Flags     []ticket.Flag
	Languages []string
	Ages      []struct {
		Key   string
		Label string
		Span  time.Duration
	}
	Users []string
}

// bulkGroup is a set of drafts of a page that differ in their facts alone.
type bulkGroup struct {
	Alike string
	Count int
}

// queue shows a page of one view.
func (s *server) queue(w http.ResponseWriter, r *http.Request) {
	if err := s.Desk.Wake(r.Context(), s.Now()); err != nil {
		s.failed(w, r, err)
		return
	}
	f, seen := parseFilters(r.URL.Query()), s.Desk.Changes()
	page, err := s.Desk.Rows(s.query(f))
	if err != nil {
		f.After = "" // a cursor that somebody mistyped
		if page, err = s.Desk.Rows(s.query(f)); err != nil {
			s.failed(w, r, err)
			return
		}
	}
	v := queueView{View: f.View, Label: labelOf(f.View), Cut: page.Cut, filters: f, Seen: seen}
	v.Here = "/?" + f.Query()
	if f.After != "" {
		v.Here += "&after=" + url.QueryEscape(f.After)
	}
	if page.Next != "" {
		next := f.values()
		next.Set("after", page.Next)
		v.Next = "/?" + next.Encode()
	}
	if v.Rows, v.Bulk = s.rows(f, page.Rows); !may(r, staff.Decide) {
		v.Bulk = nil
	}
	if r.Header.Get("HX-Target") == "rows" {
		s.renderPart(w, r, "queue", "rows", v)
		return
	}
	if v.Tabs, err = s.tabs(); err == nil {
		v.Saved, err = s.Desk.SavedViews(userOf(r))
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v.Choices = choices{ticket.Intents, ticket.Flags, []string{"en", "fa", "de", "fr", "es"}, ages, s.colleagues()}
	s.render(w, r, http.StatusOK, "queue", v.Label, v)
}

// rows adds to the store's rows what a page needs.
func (s *server) rows(f filters, in []ticket.Row) (out []row, groups []bulkGroup) {
	alike := map[string]int{}
	from := "?from=" + url.QueryEscape(f.Query())
	for _, r := range in {
		if r.Alike != "" {
			alike[r.Alike]++
		}
		open := r.View == ticket.NeedsReview || r.View == ticket.Held || r.View == ticket.Failed
		left := r.AnswerBy.Sub(s.Now())
		out = append(out, row{Row: r, Link: "/turns/" + string(r.ID) + from, Late: open && left < 0,
			Soon: open && left >= 0 && left < soon})
	}
	for i := range out {
		out[i].Alike = alike[out[i].Row.Alike]
	}
	for key, n := range alike {
		if n > 1 {
			groups = append(groups, bulkGroup{key, n})
		}
	}
	slices.SortFunc(groups, func(a, b bulkGroup) int { return strings.Compare(a.Alike, b.Alike) })
	return out, groups
}

func (s *server) tabs() (out []tab, err error) {
	counts, err := s.Desk.CountViews(s.today())
	for _, v := range ticket.Views {
		out = append(out, tab{v, labelOf(v), counts[v]})
	}
	return out, err
}

// maxSaved is how many views one person can keep.
const maxSaved = 20

// saveView keeps the present filters under a name, or removes what is kept under it.
func (s *server) saveView(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	name := cleanLine(r.PostForm.Get("name"))
	f, _ := fromList(r.PostForm.Get("from"))
	query := f.Query()
	if r.PostForm.Has("remove") {
		query = ""
	}
	saved, err := s.Desk.SavedViews(userOf(r))
	if err == nil && name != "" && !tooLong(name, 60) && (len(saved) < maxSaved || query == "") {
		err = s.Desk.SaveView(r.Context(), userOf(r), name, query)
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	http.Redirect(w, r, "/?"+f.Query(), http.StatusSeeOther)
}
