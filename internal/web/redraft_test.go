package web_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

func withRedraft(d *web.Deps) { d.Redraft = true }

// asking is the editor's form as it stands, with an instruction.
func asking(t *ticket.Turn, instruction string) url.Values {
	form := approval(t)
	form.Set("instruction", instruction)
	form.Set("subject", t.Draft().Subject)
	form.Set("text", t.Draft().Text)
	form.Set("language", t.Draft().Language)
	return form
}

// rewritten does what the pipeline does: another draft, and back to review.
func (d *desk) rewritten(id ticket.TurnID, text string) *ticket.Turn {
	d.t.Helper()
	d.change(id, func(t *ticket.Turn) {
		next := *t.Draft()
		next.By, next.Text, next.Asked, next.Worded = ticket.Replyd, text, len(t.Instructions), "m-1@c0ffee"
		next.Usage = ticket.Usage{Calls: 1, Input: 900, Output: 80, Micros: 400}
		t.Drafts = append(t.Drafts, next)
		t.Move(start, "write", ticket.Drafted, "written anew")
	})
	return d.change(id, func(t *ticket.Turn) {
		t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.Ask, By: ticket.Policy, Draft: len(t.Drafts) - 1,
			Reasons: []string{"a person asked for this draft"}})
		t.Move(start, "judge", ticket.Review, "a person asked for this draft")
	})
}

func TestAnInstructionLeadsToAnotherDraft(t *testing.T) {
	d := newDesk(t, withRedraft)
	turn := d.one()
	d.login()
	form := asking(turn, "shorter, and apologise <once> more")
	form.Set("from", "view=review")
	status, _, h := d.do("POST", act(turn, "redraft"), form)
	if status != http.StatusSeeOther || !strings.HasPrefix(h.Get("Location"), "/turns/"+string(turn.ID)+"?from=") {
		t.Fatalf("%d to %q", status, h.Get("Location"))
	}
	got := d.read(turn.ID)
	if got.State != ticket.Informed || len(got.Drafts) != len(turn.Drafts) || got.Due.IsZero() || len(got.Instructions) != 1 {
		t.Fatalf("%s, due %v, %+v", got.State, got.Due, got.Instructions)
	}
	if i := got.Instructions[0]; i.By != "sam" || i.Text != "shorter, and apologise <once> more" || i.Language != "" {
		t.Errorf("%+v", i)
	}
	_, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
	for _, want := range []string{"Another draft is being written", "shorter, and apologise &lt;once&gt; more",
		`http-equiv="refresh" content="3"`, "sse:ready", "await=1", "sam asked for another draft:"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page that waits lacks %q", want)
		}
	}
	got = d.rewritten(turn.ID, "Hello Ada,\n\nwe apologise. Order #1001.")
	cost := fmt.Sprintf("%d &#43; %d tokens", got.Usage().Input, got.Usage().Output)
	_, body, _ = d.do("GET", "/turns/"+string(turn.ID), nil)
	for _, want := range []string{"we apologise. Order #1001.</textarea>", "sam asked for another draft:",
		"What is different from the draft before", "a person asked for this draft", cost} {
		if !strings.Contains(body, want) {
			t.Errorf("the new draft's page lacks %q", want)
		}
	}
	if strings.Contains(body, "sse:ready") || strings.Contains(body, `http-equiv="refresh"`) {
		t.Error("it still waits")
	}
	page, _, err := d.store.AuditPage(audit.Filter{Turn: string(turn.ID), What: string(audit.TurnAsked)}, 0, 10)
	if err != nil || len(page) != 1 || page[0].Who != "sam" {
		t.Errorf("audit log: %+v, %v", page, err)
	}
}

// TestWhatWasTypedBecomesADraftFirst: nothing of it is lost, and a language chosen for the new draft is kept.
func TestWhatWasTypedBecomesADraftFirst(t *testing.T) {
	d := newDesk(t, withRedraft)
	turn := d.one()
	d.login()
	form := asking(turn, "کوتاه‌تر")
	form.Set("text", "Hello Ada,\r\n\r\nmy own words about #1001.")
	form.Set("subject", "Re: My own subject")
	d.post(act(turn, "redraft"), form)
	got := d.read(turn.ID)
	own := got.Draft()
	if len(got.Drafts) != len(turn.Drafts)+1 || own.By != "sam" || own.Text != "Hello Ada,\n\nmy own words about #1001." ||
		own.Subject != "Re: My own subject" || got.Instructions[0].Draft != len(got.Drafts)-1 {
		t.Errorf("%+v, %+v", own, got.Instructions)
	}
	got = d.rewritten(turn.ID, "Short.")
	form = asking(got, "and in Persian")
	form.Set("language", "fa")
	d.post(act(got, "redraft"), form)
	again := d.read(turn.ID)
	if len(again.Drafts) != len(got.Drafts) || again.Instructions[1].Language != "fa" {
		t.Errorf("%d drafts, %+v", len(again.Drafts), again.Instructions)
	}
	// what a person then writes over a model's draft is theirs: its cost is not counted twice
	got = d.rewritten(turn.ID, "Shorter.")
	form = approval(got)
	form.Set("text", got.Draft().Text+" Bye.")
	d.post(act(got, "approve"), form)
	if again = d.read(turn.ID); again.State != ticket.Approved || again.Usage().Calls != got.Usage().Calls || again.Draft().Asked != 0 {
		t.Errorf("%s, %+v", again.State, again.Usage())
	}
}

func TestWhatCannotBeAskedFor(t *testing.T) {
	d := newDesk(t, withRedraft)
	turn := d.one()
	d.login()
	for name, c := range map[string]struct {
		change func(url.Values)
		status int
		says   string
	}{
		"nothing":           {func(f url.Values) { f.Set("instruction", " \n ") }, 422, "Say what should be different"},
		"a novel":           {func(f url.Values) { f.Set("instruction", strings.Repeat("shorter ", 80)) }, 422, "Too long"},
		"an emptied text":   {func(f url.Values) { f.Set("text", "") }, 422, "The answer is empty"},
		"an old version":    {func(f url.Values) { f.Set("version", "1") }, 409, "The turn changed while you looked at it"},
		"an endless answer": {func(f url.Values) { f.Set("text", strings.Repeat("x", 20_001)) }, 422, "Too long"},
	} {
		form := asking(turn, "shorter, please")
		form.Set("subject", "Re: kept")
		c.change(form)
		status, body, _ := d.do("POST", act(turn, "redraft"), form)
		if status != c.status || !strings.Contains(body, c.says) {
			t.Errorf("%s: %d", name, status)
		}
		if c.status == 422 && !strings.Contains(body, `value="Re: kept"`) {
			t.Errorf("%s: what was typed is gone", name)
		}
	}
	if got := d.read(turn.ID); got.Version != turn.Version {
		t.Error("the turn changed")
	}
	_, body, _ := d.do("POST", act(turn, "check"), asking(turn, "keep me"))
	if !strings.Contains(body, `value="keep me"`) {
		t.Error("a check without script loses the instruction")
	}
	held := d.mailed("Newsletter", "10 %", "Buy!", ticket.Gate{Outcome: ticket.Hold, Rule: "list", Reason: "A list."})
	if _, body, _ := d.do("GET", "/turns/"+string(held.ID), nil); strings.Contains(body, `id="redraft"`) {
		t.Error("it is offered where nothing was looked up")
	}
	if status := d.post(act(held, "redraft"), url.Values{"version": {fmt.Sprint(held.Version)}, "instruction": {"x"}}); status != 422 {
		t.Errorf("without findings: %d", status)
	}
}

func TestWithoutAModelNothingIsOffered(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	if _, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil); strings.Contains(body, `name="instruction"`) {
		t.Error("the form is there")
	}
	if status, body, _ := d.do("POST", act(turn, "redraft"), asking(turn, "shorter")); status != 422 || !strings.Contains(body, "No language model") {
		t.Errorf("%d", status)
	}
	status, body, _ := d.call("POST", "/turns/"+string(turn.ID)+"/redraft", d.token(staff.Agent),
		m{"version": turn.Version, "instruction": "shorter"})
	if status != 409 || !strings.Contains(body, "urn:replyd:problem:no-model") || !strings.Contains(body, "No language model is set up") {
		t.Errorf("%d %s", status, body)
	}
}

func TestAViewerAsksForNothing(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) {
		withRedraft(deps)
		deps.Users = append(deps.Users, web.User{Name: "vera", Hash: passwordHash(), Role: staff.Viewer})
	})
	turn := d.one()
	d.login()
	jar, _ := cookiejar.New(nil)
	d.client.Jar = jar
	d.do("POST", "/login", url.Values{"name": {"vera"}, "password": {password}})
	if status := d.post(act(turn, "redraft"), asking(turn, "shorter")); status != http.StatusForbidden {
		t.Errorf("a viewer at the desk: %d", status)
	}
	status, _, _ := d.call("POST", "/turns/"+string(turn.ID)+"/redraft", d.token(staff.Viewer), m{"version": turn.Version, "instruction": "x"})
	if status != http.StatusForbidden {
		t.Errorf("a viewer's program: %d", status)
	}
	for _, bad := range []m{{"version": turn.Version}, {"version": turn.Version, "instruction": strings.Repeat("x", 501)},
		{"version": turn.Version, "instruction": "x", "language": "tlh"}, {"instruction": "x"}} {
		if status, answer, _ := d.call("POST", "/turns/"+string(turn.ID)+"/redraft", d.token(staff.Agent), bad); status != 422 {
			t.Errorf("%v: %d %s", bad, status, answer)
		}
	}
	if got := d.read(turn.ID); got.State != ticket.Review {
		t.Errorf("%s", got.State)
	}
}

// TestTheNewDraftShowsItself: by keys alone, and a colleague who looks at the turn is told.
func TestTheNewDraftShowsItselfInABrowser(t *testing.T) {
	d := newDesk(t, withRedraft)
	turn := d.one()
	b := openTab(t, d)
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	b.keys("d")
	b.until("document.activeElement.id", "instruction")
	b.js("document.activeElement.value = ''") // the driver types the key although the page took it
	b.keys("shorter" + kb.Enter)
	b.do(chromedp.WaitVisible(".awaited"))
	shoot(b.ctx, t, "redraft-waits", whole)
	got := d.read(turn.ID)
	if got.State != ticket.Informed || got.Instructions[0].Text != "shorter" {
		t.Fatalf("%s %+v", got.State, got.Instructions)
	}
	d.rewritten(turn.ID, "Hello Ada, #1001 is on its way.")
	b.do(chromedp.WaitVisible("#draft"))
	b.until("document.querySelector('#draft textarea').value", "Hello Ada, #1001 is on its way.")
	shoot(b.ctx, t, "redraft", whole)
	b.keys("a")
	b.do(chromedp.WaitVisible(".note"))
	if got = d.read(turn.ID); got.State != ticket.Approved || got.Verdict().Draft != len(got.Drafts)-1 {
		t.Errorf("%s %+v", got.State, got.Verdict())
	}
}
