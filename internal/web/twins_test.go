package web_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// twin is one act as a page does it and as a program does. "{other}" stands for another ticket of the customer.
type twin struct {
	page string     // below /turns/{id}/
	form url.Values // besides the version
	api  string     // below /api/v1
	body m          // besides the version

	approved bool // the turn is approved, and its ticket closed, before
	put      bool // the turn is put off before
}

// twins are all acts, next to each other.
var twins = []twin{
	{page: "approve", api: "/turns/{id}/approve"},
	{page: "approve", form: url.Values{"close": {"1"}}, api: "/turns/{id}/approve", body: m{"close": true}},
	{page: "approve", form: url.Values{"text": {"Hello,\r\n\r\n#1001 left."}, "language": {"de"}}, api: "/turns/{id}/approve",
		body: m{"text": "Hello,\n\n#1001 left.", "language": "de"}},
	{page: "redraft", form: url.Values{"instruction": {" shorter "}, "language": {"fa"}, "text": {"Hello."}},
		api: "/turns/{id}/redraft", body: m{"instruction": " shorter ", "language": "fa", "text": "Hello."}},
	{page: "reject", form: url.Values{"reason": {"a  duplicate"}}, api: "/turns/{id}/reject", body: m{"reason": "a  duplicate"}},
	{page: "answered", form: url.Values{"reason": {"called her"}}, api: "/turns/{id}/answered", body: m{"reason": "called her"}},
	{page: "spam", api: "/turns/{id}/spam"},
	{page: "snooze", form: url.Values{"for": {"2h"}}, api: "/turns/{id}/snooze", body: m{"until": noonAt.Add(2 * time.Hour)}},
	{page: "snooze", form: url.Values{"wake": {"1"}}, api: "/turns/{id}/wake", put: true},
	{page: "undo", api: "/turns/{id}/undo", approved: true},
	{page: "split", api: "/turns/{id}/split"},
	{page: "assign", form: url.Values{"who": {"sam"}}, api: "/tickets/{id}/assign", body: m{"assignee": "sam"}},
	{page: "note", form: url.Values{"note": {" called,\r\nno answer "}}, api: "/tickets/{id}/note", body: m{"text": " called,\r\nno answer "}},
	{page: "tags", form: url.Values{"tags": {"VIP, late, vip"}}, api: "/tickets/{id}/tags", body: m{"tags": []string{"VIP", " late", "vip"}}},
	{page: "take", api: "/tickets/{id}/take"},
	{page: "release", api: "/tickets/{id}/release"},
	{page: "merge", form: url.Values{"into": {"{other}"}}, api: "/tickets/{id}/merge", body: m{"into": "{other}"}},
}

var noonAt = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// TestPagesAndProgramsDoTheSame: every act leaves the same turn, ticket and log behind, whichever way it came, and
// there is none that has only one of both.
func TestPagesAndProgramsDoTheSame(t *testing.T) {
	pages, programs := web.ActPatterns()
	alone := []string{
		"/turns/{id}/check", "/turns/{id}/preview", // change nothing: the API tells of an unfit text by refusing it
		"/turns/{id}/draft", // a page holds a text in its form until it is decided about
	}
	for _, p := range append(pages, programs...) {
		has := func(w twin) bool { return p == "/turns/{id}/"+w.page || p == w.api }
		if !slices.Contains(alone, p) && !slices.ContainsFunc(twins, has) {
			t.Errorf("%s has no twin: an act is offered by pages and programs, or by neither", p)
		}
	}
	for _, w := range twins {
		if !slices.Contains(pages, "/turns/{id}/"+w.page) || !slices.Contains(programs, w.api) {
			t.Errorf("%s and %s: one is gone", w.page, w.api)
		}
		t.Run(w.page+strings.ReplaceAll(fmt.Sprint(w.body), "/", ""), func(t *testing.T) {
			d := newDesk(t, func(deps *web.Deps) {
				deps.Undo, deps.Redraft = 15*time.Second, true
				deps.Now = func() time.Time { return noonAt }
			})
			d.login()
			byPage, byProgram := d.act(w, true), d.act(w, false)
			if diff := cmp.Diff(byPage, byProgram); diff != "" {
				t.Errorf("-page +program:\n%s", diff)
			}
		})
	}
}

// act does one act on a new turn and tells what it left behind.
func (d *desk) act(w twin, page bool) []string {
	d.t.Helper()
	turn, other := d.one(), d.one()
	if w.put {
		turn = d.change(turn.ID, func(t *ticket.Turn) { t.Snoozed = noonAt.Add(time.Hour) })
	}
	_, last := d.logged(0)
	if w.approved {
		form := approval(turn)
		form.Set("close", "1")
		d.post(act(turn, "approve"), form)
		turn = d.read(turn.ID)
		_, last = d.logged(0)
	}
	names := strings.NewReplacer("{other}", string(other.Ticket))
	if page {
		form := approval(turn)
		for k, v := range w.form {
			form.Set(k, names.Replace(v[0]))
		}
		if status, body, _ := d.do("POST", act(turn, w.page), form); status != http.StatusSeeOther {
			d.t.Errorf("the page: %d %s", status, body)
		}
	} else {
		id, body := string(turn.Ticket), m{}
		if strings.HasPrefix(w.api, "/turns") {
			id, body["version"] = string(turn.ID), turn.Version
		}
		for k, v := range w.body {
			if body[k] = v; k == "into" {
				body[k] = names.Replace(v.(string))
			}
		}
		var in any = body
		if slices.Contains([]string{"split", "take", "release"}, w.page) {
			in = nil
		}
		path := strings.Replace(w.api, "{id}", id, 1)
		if status, answer, _ := d.call("POST", path, d.token(staff.Agent), in); status != http.StatusOK {
			d.t.Errorf("the program: %d %s", status, answer)
		}
	}
	return d.left(turn, other, last)
}

// left tells of a turn, its ticket and the log, without ids.
func (d *desk) left(turn, other *ticket.Turn, since uint64) (out []string) {
	d.t.Helper()
	now := d.read(turn.ID)
	say := func(v any) {
		text, _ := json.Marshal(v)
		out = append(out, strings.NewReplacer(string(turn.ID), "TURN", string(turn.Ticket), "TICKET",
			string(other.Ticket), "OTHER", string(turn.Ticket[len(turn.Ticket)-6:]), "LAST",
			string(turn.ID[len(turn.ID)-6:]), "LAST").Replace(string(text)))
	}
	say(m{"state": now.State, "snoozed": now.Snoozed, "due": now.Due, "version": now.Version})
	say(now.Drafts)
	say(now.Verdicts)
	say(now.History)
	say(now.Instructions)
	k, err := d.store.Ticket(turn.Ticket)
	if err != nil {
		d.t.Fatal(err)
	}
	for i := range k.Notes {
		k.Notes[i].Turn = "" // a program's stands beside none
	}
	say(k)
	entries, _ := d.logged(since)
	for _, e := range entries {
		if e.What != audit.TokenMade {
			say(m{"what": e.What, "who": e.Who, "account": e.Account, "detail": e.Detail, "ticket": e.Ticket})
		}
	}
	return out
}

// TestWhatProgramsMayNotDoToATicket: bounds, names and states are refused in the words of the desk, and change nothing.
func TestWhatProgramsMayNotDoToATicket(t *testing.T) {
	d := newDesk(t, withUndo)
	turn, stranger := d.one(), d.drafted("Eve", "Hi", "Hi", "en", "Hello.", ticket.Triage{})
	key, viewer := d.token(staff.Agent), d.token(staff.Viewer)
	on := "/tickets/" + string(turn.Ticket) + "/"
	of := "/turns/" + string(turn.ID) + "/"
	many := make([]string, 21)
	for i := range many {
		many[i] = fmt.Sprint("tag", i)
	}
	_, last := d.logged(0)
	for _, c := range []struct {
		path string
		body any
		want int
		say  string
	}{
		{on + "assign", m{"assignee": "nobody here"}, 422, "nobody of that name"},
		{on + "assign", m{}, 422, "assignee"},
		{on + "note", m{"text": " "}, 422, "empty"},
		{on + "note", m{"text": strings.Repeat("x", 4001)}, 422, "too long"},
		{on + "tags", m{}, 422, "tags"},
		{on + "tags", m{"tags": many}, 422, "Too many"},
		{on + "tags", m{"tags": []string{strings.Repeat("x", 41)}}, 422, "too long"},
		{on + "merge", m{"into": string(stranger.Ticket)}, 422, "one customer"},
		{on + "merge", m{"into": string(turn.ID)}, 422, "different tickets"},
		{on + "take", m{"by": "kim"}, 400, "takes no body"},
		{"/tickets/unknown/take", nil, 404, ""},
		{"/tickets/unknown/merge", m{"into": string(turn.Ticket)}, 404, ""},
		{"/turns/unknown/split", nil, 404, ""},
		{of + "snooze", m{"version": turn.Version}, 422, "60 days"},
		{of + "snooze", m{"version": turn.Version, "until": time.Now().Add(-time.Hour)}, 422, "60 days"},
		{of + "snooze", m{"version": turn.Version, "until": time.Now().AddDate(0, 0, 61)}, 422, "60 days"},
		{of + "snooze", m{"version": turn.Version, "until": "tomorrow"}, 400, ""},
		{of + "snooze", m{"until": time.Now().Add(time.Hour)}, 422, "version"},
		{of + "undo", m{"version": turn.Version}, 422, "no approval"},
		{of + "undo", m{}, 422, "version"},
		{of + "approve", m{"version": turn.Version, "language": "tlh"}, 422, "language"},
	} {
		status, answer, _ := d.call("POST", c.path, key, c.body)
		if status != c.want || !strings.Contains(answer, c.say) {
			t.Errorf("%s %v: %d %s", c.path, c.body, status, answer)
		}
	}
	_, programs := web.ActPatterns()
	for _, p := range programs {
		for template, id := range map[string]string{"/turns/{id}/": string(turn.ID), "/tickets/{id}/": string(turn.Ticket)} {
			if verb, ok := strings.CutPrefix(p, template); ok {
				path := strings.Replace(template, "{id}", id, 1) + verb
				if status, _, _ := d.call("POST", path, viewer, m{"version": turn.Version}); status != http.StatusForbidden {
					t.Errorf("a viewer: %s: %d", path, status)
				}
			}
		}
	}
	if got := d.read(turn.ID); got.Version != turn.Version {
		t.Error("the turn changed")
	}
	entries, _ := d.logged(last)
	if slices.ContainsFunc(entries, func(e audit.Entry) bool { return e.What != audit.AccessRefused }) {
		t.Errorf("what was refused is in the log: %+v", entries)
	}
}

// TestADecisionAndItsTicketAreOne: when the store refuses the turn, the ticket stays as it was.
func TestADecisionAndItsTicketAreOne(t *testing.T) {
	d := newDesk(t, withUndo)
	turn := d.one()
	key := d.token(staff.Agent)
	for verb, body := range map[string]m{"spam": {}, "approve": {"close": true}} {
		body["version"] = turn.Version - 1
		if status, answer, _ := d.call("POST", "/turns/"+string(turn.ID)+"/"+verb, key, body); status != http.StatusConflict {
			t.Errorf("%s: %d %s", verb, status, answer)
		}
	}
	if k, _ := d.store.Ticket(turn.Ticket); !k.Open || len(k.Tags) > 0 {
		t.Errorf("%+v", k)
	}
}
