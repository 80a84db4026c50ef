package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/net/html"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

func TestWithoutSessionNothingIsShownOrDone(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	for _, path := range []string{"/", "/turns/" + string(turn.ID), "/turns/" + string(turn.ID) + "/mail/0/raw"} {
		status, body, h := d.do("GET", path, nil)
		if status != http.StatusSeeOther || h.Get("Location") != "/login" || strings.Contains(body, "Ada") {
			t.Errorf("GET %s: %d to %s", path, status, h.Get("Location"))
		}
	}
	for _, verb := range []string{"approve", "reject", "answered"} {
		form := approval(turn)
		form.Set("reason", "x")
		if status := d.post(act(turn, verb), form); status != http.StatusUnauthorized {
			t.Errorf("%s: %d", verb, status)
		}
	}
	if now := d.read(turn.ID); now.Version != turn.Version {
		t.Error("the turn changed")
	}
}

func TestAnotherOriginIsRefused(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	path := "/turns/" + string(turn.ID) + "/approve"
	for _, header := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
	} {
		if status := d.post(path, approval(turn), header...); status != http.StatusForbidden {
			t.Errorf("%v: %d", header, status)
		}
	}
	if d.read(turn.ID).State != ticket.Review {
		t.Error("the turn moved")
	}
	if status := d.post(path, approval(turn), "Sec-Fetch-Site", "same-origin"); status != http.StatusSeeOther {
		t.Errorf("the desk's own form: %d", status)
	}
}

func TestApproveRecordsTheDecisionAndSendsNothing(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	status, body, _ := d.do("POST", act(turn, "approve"), approval(turn))
	if status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, body)
	}
	got := d.read(turn.ID)
	v := got.Verdict()
	if got.State != ticket.Approved || len(got.Drafts) != 1 || v.By != "sam" || v.Decision != ticket.Send ||
		v.Draft != 0 {
		t.Errorf("state %s, drafts %d, verdict %+v", got.State, len(got.Drafts), v)
	}
	if got.Outgoing != nil || got.Receipt != nil || got.Due.IsZero() {
		t.Error("the desk must only record, and leave the rest to the pipeline")
	}
	if _, body, _ := d.do("GET", "/", nil); !strings.Contains(body, "Approved. It is on its way.") {
		t.Error("the queue does not say that it was taken")
	}
	if _, body, _ := d.do("GET", "/", nil); strings.Contains(body, "Approved. It is on its way.") {
		t.Error("the note is shown twice")
	}
}

func TestAnEditIsAnotherDraftByThatPerson(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := approval(turn)
	form.Set("text", "Hello Ada,\r\n\r\nit is <on> its way.\x07\r\n")
	d.do("POST", act(turn, "approve"), form)
	got := d.read(turn.ID)
	if got.State != ticket.Approved || len(got.Drafts) != 2 || got.Verdict().Draft != 1 {
		t.Fatalf("state %s, drafts %d", got.State, len(got.Drafts))
	}
	draft := got.Drafts[1]
	if draft.By != "sam" || draft.Text != "Hello Ada,\n\nit is <on> its way." || len(draft.Facts) != 1 {
		t.Errorf("draft %+v", draft)
	}
	want := "<p lang=\"en\" dir=\"ltr\">it is &lt;on&gt; its way.</p>"
	if !strings.Contains(draft.HTML, want) {
		t.Errorf("HTML %q", draft.HTML)
	}
	if got.Drafts[0].Text != turn.Draft().Text {
		t.Error("replyd's own draft changed")
	}
}

func TestAnUncoveredEditWarnsOnceAndThenGoes(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	path := "/turns/" + string(turn.ID) + "/approve"
	form := approval(turn)
	form.Set("text", "We pay you 500 EUR.")
	status, body, _ := d.do("POST", path, form)
	if status != http.StatusUnprocessableEntity {
		t.Errorf("no warning: %d", status)
	}
	for _, want := range []string{
		`<mark dir="auto">500 EUR</mark>`, "39.00 EUR", ">We pay you 500 EUR.</textarea>",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the warning lacks %s", want)
		}
	}
	if d.read(turn.ID).State != ticket.Review {
		t.Fatal("it went without the warning being seen")
	}
	confirm := regexp.MustCompile(`name="confirm" value="([0-9a-f]+)"`).FindStringSubmatch(body)
	if confirm == nil {
		t.Fatal("no way to confirm")
	}
	form.Set("confirm", confirm[1])
	form.Set("text", "We pay you 900 EUR.") // not the text that the warning was about
	if status := d.post(path, form); status != http.StatusUnprocessableEntity {
		t.Errorf("another text goes with the old confirmation: %d", status)
	}
	form.Set("text", "We pay you 500 EUR.")
	if status := d.post(path, form); status != http.StatusSeeOther {
		t.Errorf("confirmed: %d", status)
	}
	if got := d.read(turn.ID); got.State != ticket.Approved || len(got.Draft().Open) != 1 {
		t.Errorf("state %s, open %v", got.State, got.Draft().Open)
	}
}

func TestAStaleDecisionIsRefusedAndSaysWhatHappened(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	d.change(turn.ID, func(t *ticket.Turn) {
		t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.Reject, By: "kim", Draft: 0, At: start})
		t.Move(start, "kim", ticket.Rejected, "no reply: a duplicate")
	})
	for _, verb := range []string{"approve", "reject", "answered"} {
		form := approval(turn)
		form.Set("reason", "x")
		form.Set("text", "My own <words>")
		status, body, _ := d.do("POST", act(turn, verb), form)
		if status != http.StatusConflict || !strings.Contains(body, "kim: no reply: a duplicate") {
			t.Errorf("%s: %d %s", verb, status, body)
		}
		if verb == "approve" && !strings.Contains(body, "My own &lt;words&gt;</pre>") {
			t.Error("the text is lost")
		}
	}
	if got := d.read(turn.ID); got.State != ticket.Rejected || len(got.Verdicts) != 2 {
		t.Errorf("state %s, verdicts %d", got.State, len(got.Verdicts))
	}
}

// TestOfSeveralPeopleOneDecides: all of them saw the same version at the same time.
func TestOfSeveralPeopleOneDecides(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	var took atomic.Int32
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			form := approval(turn)
			form.Set("reason", "x")
			verb := []string{"approve", "reject", "answered"}[i%3]
			switch status, _, _ := d.do("POST", act(turn, verb), form); status {
			case http.StatusSeeOther:
				took.Add(1)
			case http.StatusConflict:
			default:
				t.Errorf("%s: %d", verb, status)
			}
		})
	}
	all.Wait()
	if got := d.read(turn.ID); took.Load() != 1 || len(got.Verdicts) != 2 || got.Version != turn.Version+1 {
		t.Errorf("%d decisions were taken, verdicts %+v", took.Load(), got.Verdicts)
	}
}

func TestShadowModeSaysThatNothingIsSent(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.Shadow = func() bool { return true } })
	turn := d.one()
	d.login()
	_, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
	if !strings.Contains(body, "shadow mode") || strings.Contains(body, "Approve and send") {
		t.Error("the page promises to send")
	}
}

// TestAVersionMustBeGiven: a form without it, or of a newer time, decides nothing.
func TestAVersionMustBeGiven(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	for _, version := range []string{"", "0", "x", fmt.Sprint(turn.Version - 1), fmt.Sprint(turn.Version + 1)} {
		form := approval(turn)
		form.Set("version", version)
		if status := d.post(act(turn, "approve"), form); status != http.StatusConflict {
			t.Errorf("version %q: %d", version, status)
		}
	}
	if d.read(turn.ID).Version != turn.Version {
		t.Error("the turn changed")
	}
}

func TestRejectNeedsAReason(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := url.Values{"version": {fmt.Sprint(turn.Version)}, "reason": {" "}}
	path := "/turns/" + string(turn.ID) + "/reject"
	if status := d.post(path, form); status != http.StatusUnprocessableEntity {
		t.Errorf("without reason: %d", status)
	}
	form.Set("reason", "spam")
	if status := d.post(path, form); status != http.StatusSeeOther {
		t.Errorf("with reason: %d", status)
	}
	if got := d.read(turn.ID); got.State != ticket.Rejected || got.Verdict().Reasons[0] != "spam" {
		t.Errorf("%s %+v", got.State, got.Verdict())
	}
}

func TestAnsweredByHandClosesTheTurn(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := url.Values{"version": {fmt.Sprint(turn.Version)}}
	if status, body, _ := d.do("POST", act(turn, "answered"), form); status != http.StatusSeeOther {
		t.Errorf("%d %s", status, body)
	}
	if got := d.read(turn.ID); got.State != ticket.Answered || got.Verdict().By != "sam" {
		t.Errorf("%s %+v", got.State, got.Verdict())
	}
}

func TestAHeldMailCanBeAnsweredByAPerson(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.mailed("Bob", "سفارش من", "سفارش من کجاست؟",
		ticket.Gate{Outcome: ticket.Hold, Rule: "list", Reason: "The mail came through a list."})
	d.login()
	if _, body, _ := d.do("GET", "/?view=held", nil); !strings.Contains(body, "The mail came through a list.") {
		t.Error("the queue does not say why it is held")
	}
	form := url.Values{"version": {fmt.Sprint(turn.Version)}, "subject": {"Re: x"}, "text": {"Hello Bob"}}
	if status, body, _ := d.do("POST", act(turn, "approve"), form); status != http.StatusSeeOther {
		t.Fatalf("%d %s", status, body)
	}
	got := d.read(turn.ID)
	if got.State != ticket.Approved || got.Draft().By != "sam" || got.Draft().Text != "Hello Bob" || got.Auto() {
		t.Errorf("%s %+v", got.State, got.Draft())
	}
}

// TestHostileMailIsInert: what a customer wrote, wherever it is shown, is text.
func TestHostileMailIsInert(t *testing.T) {
	const evil = `"><script>alert(1)</script><img src=x onerror=alert(2)>`
	d := newDesk(t, nil)
	turn := d.drafted("Eve"+evil, "Hi"+evil, "text "+evil, "en", "draft "+evil,
		ticket.Triage{
			Summary: evil, Requests: []ticket.Request{{Intent: ticket.Intent(evil), Quote: "text " + evil}},
		})
	held := d.mailed("Eve", evil, evil,
		ticket.Gate{Outcome: ticket.Hold, Rule: "x", Reason: evil, Evidence: evil})
	d.login()
	form := url.Values{"version": {"1"}, "subject": {evil}, "text": {evil}, "reason": {evil}}
	pages := map[string]string{}
	_, pages["queue"], _ = d.do("GET", "/", nil)
	_, pages["held"], _ = d.do("GET", "/?view=held&q="+url.QueryEscape(evil)+"&tag="+url.QueryEscape(evil), nil)
	_, pages["turn"], _ = d.do("GET", "/turns/"+string(turn.ID), nil)
	_, pages["held turn"], _ = d.do("GET", "/turns/"+string(held.ID), nil)
	_, pages["stale"], _ = d.do("POST", act(turn, "approve"), form)
	_, pages["log-in"], _ = d.do("POST", "/login", url.Values{"name": {evil}, "password": {evil}})
	for name, page := range pages {
		for _, problem := range live(t, page) {
			t.Errorf("%s: %s", name, problem)
		}
	}
	status, raw, h := d.do("GET", "/turns/"+string(turn.ID)+"/mail/0/raw", nil)
	if status != 200 || !strings.Contains(raw, evil) {
		t.Errorf("raw: %d", status)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/octet-stream", "Content-Disposition": "attachment", "Content-Security-Policy": "sandbox",
		"X-Content-Type-Options": "nosniff",
	} {
		if !strings.Contains(h.Get(name), want) {
			t.Errorf("raw: %s: %s", name, h.Get(name))
		}
	}
	for _, n := range []string{"1", "-1", "x", "99999999999999999999"} {
		if status, _, _ := d.do("GET", "/turns/"+string(turn.ID)+"/mail/"+n+"/raw", nil); status != http.StatusNotFound {
			t.Errorf("raw %s: %d", n, status)
		}
	}
}

// live lists what a browser would run or fetch in a page: scripts, styles, handlers, pictures of others.
func live(t *testing.T, page string) (out []string) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		ours, boxed := false, false
		for _, a := range n.Attr {
			ours = ours || a.Key == "src" && strings.HasPrefix(a.Val, "/static/")
			boxed = boxed || a.Key == "sandbox" && !strings.Contains(a.Val, "allow-s")
		}
		if n.Data == "script" && !ours || n.Data == "style" || n.Data == "iframe" && !boxed {
			out = append(out, "<"+n.Data+">")
		}
		for _, a := range n.Attr {
			local := strings.HasPrefix(a.Val, "/") || strings.HasPrefix(a.Val, "#") || strings.HasPrefix(a.Val, "?")
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || (a.Key == "src" || a.Key == "href") && !local {
				out = append(out, n.Data+" "+a.Key+"="+a.Val)
			}
		}
	}
	return out
}

func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.PublicURL = "https://desk.example" })
	_, link := d.sent("en")
	for _, path := range []string{"/", "/login", "/nothing", "/healthz", "/readyz", "/static/style.css", link} {
		_, _, h := d.do("GET", path, nil)
		csp := h.Get("Content-Security-Policy")
		for _, want := range []string{
			"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'",
		} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: CSP %q lacks %s", path, csp, want)
			}
		}
		if strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") {
			t.Errorf("%s: CSP %q", path, csp)
		}
		if h.Get("Strict-Transport-Security") == "" || h.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v", path, h)
		}
	}
}

func TestTheSessionCookieIsClosed(t *testing.T) {
	for _, base := range []string{"https://desk.example", ""} {
		d := newDesk(t, func(deps *web.Deps) { deps.PublicURL = base })
		_, _, h := d.do("POST", "/login", url.Values{"name": {"sam"}, "password": {password}})
		c := h.Get("Set-Cookie")
		if !strings.Contains(c, "HttpOnly") || !strings.Contains(c, "SameSite=Lax") {
			t.Errorf("cookie %q", c)
		}
		secure := strings.HasPrefix(c, "__Host-replyd=") && strings.Contains(c, "Secure")
		if secure != (base != "") {
			t.Errorf("base %q: cookie %q", base, c)
		}
	}
}

func TestLogOutEndsTheSession(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	cookies := d.client.Jar.Cookies(mustURL(t, d.URL))
	d.do("POST", "/logout", url.Values{})
	d.client.Jar.SetCookies(mustURL(t, d.URL), cookies) // a copy of the cookie is worth nothing
	if status, _, _ := d.do("GET", "/", nil); status != http.StatusSeeOther {
		t.Errorf("still in: %d", status)
	}
}

func mustURL(t *testing.T, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func TestGuessingIsSlowedDown(t *testing.T) {
	d := newDesk(t, nil)
	wrong := url.Values{"name": {"sam"}, "password": {"wrong"}}
	for i := range 5 {
		if status := d.post("/login", wrong, "X-Forwarded-For", "192.0.2.1"); status != http.StatusUnauthorized {
			t.Fatalf("try %d: %d", i, status)
		}
	}
	right := url.Values{"name": {"sam"}, "password": {password}}
	status, _, h := d.do("POST", "/login", right, "X-Forwarded-For", "192.0.2.1")
	if status != http.StatusTooManyRequests || h.Get("Retry-After") == "" {
		t.Errorf("the sixth try: %d", status)
	}
	status = d.post("/login", right, "X-Forwarded-For", "192.0.2.1, 198.51.100.7")
	if status != http.StatusSeeOther {
		t.Errorf("from elsewhere: %d", status)
	}
	if strings.Contains(d.log.String(), "192.0.2.1") {
		t.Error("the log holds an address")
	}
}

func TestUnknownUserAndWrongPasswordLookTheSame(t *testing.T) {
	d := newDesk(t, nil)
	_, a, _ := d.do("POST", "/login", url.Values{"name": {"sam"}, "password": {"wrong"}})
	_, b, _ := d.do("POST", "/login", url.Values{"name": {"tim"}, "password": {"wrong"}})
	if strings.ReplaceAll(b, "tim", "sam") != a || !strings.Contains(a, "Name or password is wrong.") {
		t.Error("the pages differ")
	}
	// the decoy's own password opens nothing
	status := d.post("/login", url.Values{"name": {"tim"}, "password": {"decoy"}})
	if status != http.StatusUnauthorized {
		t.Errorf("decoy: %d", status)
	}
}

func TestTheQueueSortsTurnsIntoTabs(t *testing.T) {
	d := newDesk(t, nil)
	d.one()
	d.drafted("Zed", "Lawyer", "My lawyer writes you.", "en", "x",
		ticket.Triage{Flags: []ticket.Flag{ticket.LegalThreat}})
	d.mailed("List", "A newsletter", "x", ticket.Gate{Outcome: ticket.Hold, Rule: "list", Reason: "A list."})
	d.mailed("New", "Just in", "x", goes)
	d.sent("en")
	d.login()
	for tab, want := range map[string][]string{
		"review": {"Lawyer", "Where is my order?"}, "held": {"A newsletter"}, "waiting": {"Just in"},
		"answered": {"Where is my order?"}, "recorded": nil, "failed": nil, "snoozed": nil,
	} {
		_, body, _ := d.do("GET", "/?view="+tab, nil)
		var got []string
		for _, m := range regexp.MustCompile(`class="subject" dir="auto">([^<]*)<`).FindAllStringSubmatch(body, -1) {
			got = append(got, m[1])
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: %v, want %v", tab, got, want)
		}
		n := fmt.Sprintf(`>%s <b id="count-%s">%d</b>`, labels[tab], tab, len(want))
		if !strings.Contains(body, n) {
			t.Errorf("%s: no %s", tab, n)
		}
	}
}

var labels = map[string]string{
	"review": "Needs review", "held": "Held", "waiting": "Waiting", "answered": "Answered today",
	"recorded": "Recorded", "failed": "Failed", "snoozed": "Snoozed",
}

func TestTheTurnPageMarksTheQuote(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	_, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
	for _, want := range []string{
		"<mark>Where is order #1001?</mark> Thank you.", "order status", "The store approves every reply.",
		"order #1001 → name", `<textarea name="text" id="text" dir="ltr" lang="en"`, "Whole mail, with what it quotes",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestUnknownTurnIsNotFound(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	if status, _, _ := d.do("GET", "/turns/unknown", nil); status != http.StatusNotFound {
		t.Errorf("%d", status)
	}
}

func TestAFormIsBounded(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	form := approval(turn)
	form.Set("text", strings.Repeat("x", 300<<10))
	if status := d.post(act(turn, "approve"), form); status != http.StatusRequestEntityTooLarge {
		t.Errorf("%d", status)
	}
	form.Set("text", strings.Repeat("x", 21_000))
	if status := d.post(act(turn, "approve"), form); status != http.StatusUnprocessableEntity {
		t.Errorf("%d", status)
	}
}

// TestTemplatesCarryNoInlineStyleOrScript: the policy would block them.
func TestTemplatesCarryNoInlineStyleOrScript(t *testing.T) {
	names, err := filepath.Glob("templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	parts, err := filepath.Glob("templates/parts/*.html")
	if err != nil || len(names) == 0 || len(parts) == 0 {
		t.Fatal("no templates", err)
	}
	for _, name := range append(names, parts...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if m := regexp.MustCompile(`(?i)<script[^ ]|<style|\sstyle=|\son[a-z]+=`).Find(text); m != nil {
			t.Errorf("%s: %s", name, m)
		}
	}
}
