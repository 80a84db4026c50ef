package app

import (
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

const statusPage = "/templates/replies/en/order_status"

// save saves a text at the desk, as the page's form does.
func (d *daemon) save(t *testing.T, page string, fields url.Values) (int, string) {
	t.Helper()
	if !fields.Has("version") {
		_, now := d.page(t, page, nil)
		fields.Set("version", field(t, now, "version"))
	}
	return d.page(t, page, fields)
}

// TestTheNextReplyHasTheOwnersWords runs a daemon and never starts it again.
func TestTheNextReplyHasTheOwnersWords(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	mode := map[string]string{"mode": "approval"}
	d.set(t, mode)
	before := d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the mail in review", is(ticket.Review)).Draft()
	body := "Here is the news, as we at the shop say it.\n\n" + builtIn(t, "replies/en/order_status.tmpl")
	status, page := d.save(t, statusPage, url.Values{"body": {body}, "note": {"our own tone"}})
	if status != http.StatusOK || !strings.Contains(page, "Replies use it from now on") ||
		!strings.Contains(page, "our own tone") {
		t.Fatalf("%d\n%s", status, page)
	}
	turn := d.turnIn(t, d.deliver(t, "03-tom-no-number"), "the next mail in review", is(ticket.Review))
	after := turn.Draft()
	if !strings.Contains(after.Text, "as we at the shop say it") {
		t.Errorf("the old words:\n%s", after.Text)
	}
	if after.Template == before.Template || len(after.Open) > 0 {
		t.Errorf("template %s before, %s after; open %v", before.Template, after.Template, after.Open)
	}
	// a macro is there at once
	status, page = d.page(t, "/templates/new/en", url.Values{"new": {"1"}, "title": {"Closed on Sundays"},
		"body": {"We are closed on Sundays, until 9:00 on Monday."}})
	if status != http.StatusOK || !strings.Contains(page, "Closed on Sundays") {
		t.Fatalf("%d\n%s", status, page)
	}
	if _, page = d.page(t, "/turns/"+string(turn.ID), nil); !strings.Contains(page, "<option>Closed on Sundays</option>") {
		t.Error("the new macro is not offered")
	}
	d.page(t, "/templates/macros/en/closed_on_sundays/back", url.Values{"version": {"1"}, "remove": {"1"}})
	if _, page = d.page(t, "/turns/"+string(turn.ID), nil); strings.Contains(page, "Closed on Sundays") {
		t.Error("the removed macro is offered")
	}
	var said []string
	err := d.store.EachEntry(func(e *audit.Entry) error {
		if e.What == audit.TextSet && e.Who == DemoUser {
			said = append(said, e.Detail)
		}
		return nil
	})
	want := "replies/en/order_status.tmpl version 1|macros/en/closed_on_sundays.tmpl version 1|" +
		"macros/en/closed_on_sundays.tmpl version 2, removed"
	if strings.Join(said, "|") != want || err != nil {
		t.Errorf("the audit log says %q (%v)", said, err)
	}
}

func builtIn(t *testing.T, path string) string {
	t.Helper()
	b, err := prompts.BuiltIn(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestATextThatCannotBeFilledIsNotKept, and the page says where it is wrong and keeps what was typed.
func TestATextThatCannotBeFilledIsNotKept(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	before := d.live()
	for name, c := range map[string]struct{ body, line, why string }{
		"a field":     {"Hello.\n\n{{.Ordr.Name}}", "Line 3", "no field Ordr"},
		"no end":      {"{{if .Order}}\nHello", "", "{{end}} is missing"},
		"no brackets": {"Hello\n{{.Name", "Line 2", "does not end"},
		"missing":     {"Hello.\nYour order {{.Order.Name}}", "Line 2", ".Order.Name is not always there"},
		"a part":      {"{{template \"nothing\" .}}", "Line 1", "No part is named nothing"},
		"a function":  {"{{shell \"ls\"}}", "Line 1", "no function shell"},
		"recursion":   {"{{define \"x\"}}{{template \"x\" .}}{{end}}\n{{template \"x\" .}}", "Line 1", "never ends"},
		"a loop":      {"{{range 1000000000000}}{{end}}", "", "never ends"},
		"much output": {"{{range 2000}}" + strings.Repeat("words ", 20) + "{{end}}", "Line 1", "far too long"},
		"another's":   {"Hello.\n{{define \"identify\"}}x{{end}}", "Line 2", "already defines identify"},
		"a thing":     {"Hello.\n{{with .Order}}{{.}}{{end}}", "Line 2", "prints a whole thing"},
		"nothing":     {"{{if eq .Result \"found\"}}Hello.{{end}}", "", "says nothing to a mail whose result is withheld"},
		"empty":       {"{{/* nothing */}}", "", "The text is empty"},
	} {
		start := time.Now()
		status, page := d.save(t, statusPage, url.Values{"body": {c.body}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(page, c.line) ||
			!strings.Contains(page, htmlOf(c.why)) || !strings.Contains(page, htmlOf(c.body)+"</textarea>") {
			t.Errorf("%s: %d\n%s", name, status, page[strings.Index(page, "<main"):])
		}
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
	}
	if status, page := d.page(t, statusPage, url.Values{"version": {"7"}, "body": {"Hello."}}); status != http.StatusConflict ||
		!strings.Contains(page, "Hello.</textarea>") {
		t.Errorf("an old form: %d", status)
	}
	if d.live() != before {
		t.Error("something changed")
	}
}

// htmlOf is a text as a page has it.
func htmlOf(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}

// TestWhatNoFactCoversIsToldAndMayBeKept: the reply then waits for a person.
func TestWhatNoFactCoversIsToldAndMayBeKept(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	body := url.Values{"body": {"Hello.\n\nYour order was delivered, we guarantee it.\n"}, "version": {"0"}}
	_, page := d.page(t, "/templates/replies/en/human_request/check", body)
	for _, want := range []string{"guarantee", "Line 3", "never leaves by itself"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if status, _ := d.page(t, "/templates/replies/en/human_request", body); status != http.StatusOK {
		t.Errorf("not kept: %d", status)
	}
	if _, page = d.page(t, "/templates", nil); !strings.Contains(page, "2 not covered") {
		t.Errorf("the list does not warn:\n%s", page)
	}
	_, page = d.page(t, "/templates/replies/en/human_request/preview", nil)
	if !strings.Contains(page, "we guarantee it.") || strings.Contains(page, "<main") {
		t.Errorf("preview:\n%s", page)
	}
}

// TestAPreviewCannotBecomeAPage: whatever a text says stays text.
func TestAPreviewCannotBecomeAPage(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	evil := `<script>alert(1)</script><img src=x onerror=alert(1)></textarea></pre>{{"<b onclick=x>"}}{{printf "%s" "</p><iframe>"}}`
	for _, path := range []string{"/templates/replies/en/other/preview", "/templates/replies/en/other/check"} {
		_, page := d.page(t, path, url.Values{"body": {evil}, "version": {"0"}})
		for _, bad := range []string{"<script>alert", "<img src=x", "<b onclick", "<p></p><iframe"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s: %s is markup", path, bad)
			}
		}
	}
}

// TestADeskTextThatNoLongerFitsStopsNothing starts a second replyd on a store with texts of another age.
func TestADeskTextThatNoLongerFitsStopsNothing(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	old := map[string]string{
		"replies/en/order_status.tmpl": "Hello.\n{{.Gone}}", "replies/en/other.tmpl": "Still ours.",
		"replies/fa/common.tmpl": "{{define \"which_order\"}}x{{end}}", "macros/en/own.tmpl": "# Own\n\nOurs too.",
		"replies/de/other.tmpl": "Aus dem Pult.",
	}
	for path, body := range old {
		if err := d.store.SetText(t.Context(), path, 0, texts.Version{By: "sara", Body: body}); err != nil {
			t.Fatal(err)
		}
	}
	d.cancel()
	<-d.stopped
	d.App.Close()
	c := *d.config
	c.Prompts = t.TempDir()
	own := filepath.Join(c.Prompts, "replies", "de", "other.tmpl")
	if err := os.MkdirAll(filepath.Dir(own), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(own, []byte("Aus der Datei."), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := New(&c, Options{Log: d.log, NoSync: true})
	if err != nil {
		t.Fatalf("the daemon does not start: %v", err)
	}
	defer a.Close()
	desk := deskTexts{a}
	for path, want := range map[string]texts.Origin{
		"replies/en/order_status.tmpl": texts.BuiltIn, "replies/en/other.tmpl": texts.Desk, "macros/en/own.tmpl": texts.Desk,
		"replies/fa/common.tmpl": texts.BuiltIn, "replies/de/other.tmpl": texts.File,
	} {
		got, err := desk.Text(path)
		if err != nil || got.Origin != want || (got.Fault != nil) != (want == texts.BuiltIn) {
			t.Errorf("%s: %+v (%v)", path, got, err)
		}
	}
	got, _ := desk.Text("replies/en/order_status.tmpl")
	if got.Fault.Line != 2 || got.Fault.Excerpt != "{{.Gone}}" || !strings.Contains(got.Body, "{{.Gone}}") {
		t.Errorf("fault %+v of %q", got.Fault, got.Body)
	}
	if err := desk.SetText(t.Context(), "replies/de/other.tmpl", 1, texts.Version{Body: "x"}); err != texts.ErrFixed {
		t.Errorf("the file does not win: %v", err)
	}
	if err := desk.SetText(t.Context(), "system/triage.tmpl", 0, texts.Version{Body: "x"}); err != texts.ErrUnknown {
		t.Errorf("instructions can be changed: %v", err)
	}
	if err := desk.SetText(t.Context(), "replies/en/order_status.tmpl", 1, texts.Version{}); err != nil {
		t.Error(err)
	}
	if got, _ := desk.Text("replies/en/order_status.tmpl"); got.Fault != nil || len(got.Versions) != 2 {
		t.Errorf("still at fault: %+v", got)
	}
}
