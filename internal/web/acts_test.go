package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

func withUndo(d *web.Deps) { d.Undo = 15 * time.Second }

func TestAnApprovalCanBeTakenBackUntilItIsSent(t *testing.T) {
	d := newDesk(t, withUndo)
	turn := d.one()
	d.login()
	d.post(act(turn, "approve"), approval(turn))
	if wait := time.Until(d.read(turn.ID).Due); wait < 10*time.Second || wait > 15*time.Second {
		t.Errorf("it waits for %v", wait)
	}
	_, body, _ := d.do("GET", "/", nil)
	if !strings.Contains(body, `action="`+act(turn, "undo")+`"`) {
		t.Error("the queue does not offer to take it back")
	}
	d.post(act(turn, "undo"), url.Values{})
	got := d.read(turn.ID)
	if got.State != ticket.Review || len(got.Verdicts) != 2 || got.Outgoing != nil {
		t.Fatalf("%s %+v", got.State, got.Verdicts)
	}
	if status := d.post(act(turn, "approve"), approval(got)); status != http.StatusSeeOther {
		t.Errorf("approving it again: %d", status)
	}
	d.change(turn.ID, func(t *ticket.Turn) { t.Due = start }) // the time is over
	d.post(act(turn, "undo"), url.Values{})
	if got := d.read(turn.ID); got.State != ticket.Approved {
		t.Errorf("taken back too late: %s", got.State)
	}
}

func TestAnApprovalLeadsToTheNextOfTheList(t *testing.T) {
	d := newDesk(t, nil)
	a, b := d.one(), d.one()
	if a.ID > b.ID { // both wait since the same moment
		a, b = b, a
	}
	d.login()
	form := approval(a)
	form.Set("from", "view=review")
	_, _, h := d.do("POST", act(a, "approve"), form)
	if !strings.HasPrefix(h.Get("Location"), "/turns/"+string(b.ID)+"?from=") {
		t.Errorf("led to %s", h.Get("Location"))
	}
	form = approval(b)
	form.Set("from", "view=review")
	if _, _, h = d.do("POST", act(b, "approve"), form); h.Get("Location") != "/?view=review" {
		t.Errorf("at the end to %s", h.Get("Location"))
	}
}

func TestWhatIsPutOffComesBack(t *testing.T) {
	now := time.Now()
	d := newDesk(t, func(deps *web.Deps) { deps.Now = func() time.Time { return now } })
	turn := d.one()
	d.login()
	form := url.Values{"version": {fmt.Sprint(turn.Version)}, "for": {"1h"}}
	if status := d.post(act(turn, "snooze"), form); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	in := func(view string) bool {
		_, body, _ := d.do("GET", "/?view="+view, nil)
		return strings.Contains(body, "row-"+string(turn.ID))
	}
	if in("review") || !in("snoozed") {
		t.Error("it is not put off")
	}
	now = now.Add(time.Hour)
	if !in("review") || in("snoozed") {
		t.Error("it did not come back")
	}
}

// TestActsOnATicketLeaveItsTurnAlone: a note or a tag makes nobody's approval stale.
func TestActsOnATicketLeaveItsTurnAlone(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	for verb, form := range map[string]url.Values{
		"note":   {"note": {"called her, <b>twice</b>"}},
		"tags":   {"tags": {"VIP, late ,vip"}},
		"assign": {"who": {"sam"}},
		"take":   {},
	} {
		if status, body, _ := d.do("POST", act(turn, verb), form); status != http.StatusSeeOther {
			t.Errorf("%s: %d %s", verb, status, body)
		}
	}
	k, err := d.store.Ticket(turn.Ticket)
	if err != nil || k.Assignee != "sam" || k.TakenBy != "sam" || !slices.Equal(k.Tags, []string{"vip", "late"}) ||
		len(k.Notes) != 1 || k.Notes[0].By != "sam" {
		t.Errorf("%+v %v", k, err)
	}
	_, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
	if !strings.Contains(body, "called her, &lt;b&gt;twice") || !strings.Contains(body, "automation stopped by sam") {
		t.Error("the page does not show it")
	}
	if _, body, _ := d.do("GET", "/?tag=vip&who=sam", nil); !strings.Contains(body, "row-"+string(turn.ID)) {
		t.Error("the queue does not find it by tag and assignee")
	}
	if status := d.post(act(turn, "approve"), approval(turn)); status != http.StatusSeeOther {
		t.Errorf("the approval became stale: %d", status)
	}
	for verb, form := range map[string]url.Values{
		"note": {"note": {" "}}, "tags": {"tags": {strings.Repeat("x", 41)}}, "assign": {"who": {"nobody here"}},
	} {
		if status := d.post(act(turn, verb), form); status != http.StatusUnprocessableEntity {
			t.Errorf("a bad %s: %d", verb, status)
		}
	}
	d.post(act(turn, "release"), url.Values{})
	if k, _ := d.store.Ticket(turn.Ticket); k.TakenBy != "" {
		t.Error("the ticket is not released")
	}
}

func TestSpamClosesTurnAndTicket(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	d.post(act(turn, "spam"), url.Values{"version": {fmt.Sprint(turn.Version)}})
	k, _ := d.store.Ticket(turn.Ticket)
	if got := d.read(turn.ID); got.State != ticket.Rejected || k.Open || !slices.Contains(k.Tags, "spam") {
		t.Errorf("%s %+v", got.State, k)
	}
}

func TestApproveAndCloseClosesTheTicket(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := approval(turn)
	form.Set("close", "1")
	d.post(act(turn, "approve"), form)
	if k, _ := d.store.Ticket(turn.Ticket); k.Open || d.read(turn.ID).State != ticket.Approved {
		t.Error("the ticket is open")
	}
}

// TestDraftsOfOneTemplateAreApprovedTogether, each in the version that was shown.
func TestDraftsOfOneTemplateAreApprovedTogether(t *testing.T) {
	d := newDesk(t, nil)
	a, b, changed := d.one(), d.one(), d.one()
	d.login()
	key := a.Draft().Template
	if _, body, _ := d.do("GET", "/", nil); !strings.Contains(body, "/bulk?alike=en%2f") {
		t.Error("the queue does not offer it")
	}
	_, body, _ := d.do("GET", "/bulk?alike="+url.QueryEscape(key), nil)
	if strings.Count(body, "your order #1001 is on its way") != 3 {
		t.Error("the preview does not show every draft")
	}
	form := url.Values{"alike": {key}}
	for _, turn := range []*ticket.Turn{a, b, changed} {
		form.Add("turn", string(turn.ID))
		form.Set("version-"+string(turn.ID), fmt.Sprint(turn.Version))
	}
	d.change(changed.ID, func(t *ticket.Turn) { t.Note(start, "kim", "looks odd") })
	d.post("/bulk", form)
	for turn, want := range map[*ticket.Turn]ticket.State{
		a: ticket.Approved, b: ticket.Approved, changed: ticket.Review,
	} {
		if got := d.read(turn.ID); got.State != want {
			t.Errorf("%s, want %s", got.State, want)
		}
	}
}

func TestACheckTellsWhatIsNotCoveredAndWhatChanged(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := approval(turn)
	form.Set("text", "Hello Ada,\n\nyour order #1001 costs 500 EUR.\n\nLavender & Oak")
	for _, header := range [][]string{{"HX-Target", "check"}, nil} {
		status, body, _ := d.do("POST", act(turn, "check"), form, header...)
		for _, want := range []string{
			`<mark class="open">500 EUR</mark>`, "No fact of this customer", "<ins>costs 500 EUR.", "<del>is on its way.",
		} {
			if status != http.StatusOK || !strings.Contains(body, want) {
				t.Errorf("%v: %d, no %s", header, status, want)
			}
		}
		if part := !strings.Contains(body, "<html"); part != (header != nil) {
			t.Errorf("%v: the wrong amount of page", header)
		}
	}
	if d.read(turn.ID).Version != turn.Version {
		t.Error("a check changed the turn")
	}
}

func TestViewsAreSavedForEachPerson(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	d.post("/views", url.Values{"name": {"mine"}, "from": {"view=held&lang=fa"}})
	_, body, _ := d.do("GET", "/", nil)
	if !strings.Contains(body, `href="/?lang=fa&amp;view=held"`) {
		t.Error("it is not kept")
	}
	d.post("/views", url.Values{"name": {"mine"}, "from": {"view=held"}, "remove": {"1"}})
	if saved, _ := d.store.SavedViews("sam"); len(saved) != 0 {
		t.Errorf("%v", saved)
	}
}

func TestThePersianDeskIsMirroredAndWhole(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	d.post("/language", url.Values{"language": {"fa"}, "back": {"/"}})
	_, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
	for _, want := range []string{`<html lang="fa" dir="rtl">`, "تأیید و ارسال", "وضعیت سفارش", `<textarea name="text" id="text" dir="ltr"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
}
