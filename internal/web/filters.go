package web

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// rowsPerPage is how many turns the queue shows at once.
const rowsPerPage = 50

// filters are what the queue's address says.
type filters struct {
	View                                        ticket.View
	Intent, Flag, Language, Tag, Assignee, Like string
	Age                                         string // a key of ages
	Words, After                                string
}

// ages are the choices of "waits for longer than".
var ages = []struct {
	Key   string
	Label string
	Span  time.Duration
}{{"1h", "over 1 hour", time.Hour}, {"4h", "over 4 hours", 4 * time.Hour}, {"1d", "over 1 day", 24 * time.Hour},
	{"3d", "over 3 days", 72 * time.Hour}}

func parseFilters(v url.Values) filters {
	get := func(name string) string {
		s := cleanLine(v.Get(name))
		return s[:min(len(s), 200)]
	}
	f := filters{View: ticket.View(get("view")), Intent: get("intent"), Flag: get("flag"), Language: get("lang"),
		Tag: get("tag"), Assignee: get("who"), Like: get("alike"), Age: get("age"), Words: get("q"), After: get("after")}
	if !slices.Contains(ticket.Views, f.View) {
		f.View = ticket.NeedsReview
		if f.Words != "" {
			f.View = ticket.All
		}
	}
	return f
}

// values is the address again, without the place in the list.
func (f filters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"view": string(f.View), "intent": f.Intent, "flag": f.Flag,
		"lang": f.Language, "tag": f.Tag, "who": f.Assignee, "alike": f.Like, "age": f.Age, "q": f.Words} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

// Query is the address without its path.
func (f filters) Query() string { return f.values().Encode() }

// Any tells whether something but the view is chosen.
func (f filters) Any() bool { return len(f.values()) > 1 }

// query is what the store is asked.
func (s *server) query(f filters) ticket.Query {
	q := ticket.Query{View: f.View, Intent: ticket.Intent(f.Intent), Flag: ticket.Flag(f.Flag), Language: f.Language,
		Tag: f.Tag, Assignee: f.Assignee, Alike: f.Like, Words: f.Words, After: f.After, Limit: rowsPerPage}
	for _, a := range ages {
		if a.Key == f.Age {
			q.Older = s.Now().Add(-a.Span)
		}
	}
	if f.View == ticket.AnsweredView && f.Words == "" {
		q.From = s.today()
	}
	return q
}

// today is when the present day began in the store's zone.
func (s *server) today() time.Time {
	y, m, d := s.Now().In(s.Zone).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, s.Zone)
}

// from reads the filters of the list that a turn was opened from.
func fromList(raw string) (f filters, ok bool) {
	v, err := url.ParseQuery(strings.TrimPrefix(raw, "?"))
	if raw == "" || err != nil || len(raw) > 1000 {
		return filters{View: ticket.NeedsReview}, false
	}
	return parseFilters(v), true
}
