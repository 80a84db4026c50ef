package app

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/hours"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
)

var patient = pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second}

// TestHoursSetAtTheDeskOrderTheQueue: a waiting turn gets another answer-by time, in its row and in the API, and so
// does the next mail. Nothing is started again.
func TestHoursSetAtTheDeskOrderTheQueue(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, patient)
	d.login(t)
	turn := d.turnIn(t, d.deliver(t, "17-nina-charged-twice"), "the mail in review", is(ticket.Review))
	if got := d.answerBy(t, turn.ID); !got.Equal(turn.Since().Add(time.Hour)) {
		t.Fatalf("answer by %s, since %s", got, turn.Since())
	}
	status, page := d.set(t, map[string]string{
		"desk.hours.mon": "۹:۰۰ - ۱۲:۳۰، 13-17", "desk.hours.tue": "09:00-12:30,13:00-17:00", "desk.hours.sat": "22-2",
		"desk.closed": "12-25", "desk.answer_within.flagged": "90 m", "quiet_time": "2s", "limits.max_age": "2d",
	})
	if status != http.StatusOK {
		t.Fatalf("%d\n%s", status, page)
	}
	want := []string{"Mon-Tue 09:00-12:30, 13:00-17:00", "Sat 22:00-02:00"}
	if got := d.live().config.Desk.Hours; !slices.Equal(got, want) {
		t.Errorf("hours %q, want %q", got, want)
	}
	if got := field(t, page, "desk.hours.tue"); got != "09:00-12:30, 13:00-17:00" {
		t.Errorf("the page shows %q", got)
	}
	promised := d.promise().By(turn.Since(), 90*time.Minute)
	if got := d.answerBy(t, turn.ID); !got.Equal(promised) || got.Equal(turn.Since().Add(90*time.Minute)) {
		t.Errorf("answer by %s, promised is %s", got, promised)
	}
	if now := d.live(); now.gate.MaxAge != 48*time.Hour || d.boxes[0].taker.quiet() != 2*time.Second {
		t.Errorf("max age %v, quiet time %v", now.gate.MaxAge, d.boxes[0].taker.quiet())
	}
	later := d.turnIn(t, d.deliver(t, "33-victor-lawyer"), "the next mail in review", is(ticket.Review))
	if got := d.answerBy(t, later.ID); !got.Equal(d.promise().By(later.Since(), 90*time.Minute)) {
		t.Errorf("the next mail: answer by %s", got)
	}
}

// answerBy is until when a turn should be answered, as its row and the API tell.
func (d *daemon) answerBy(t *testing.T, id ticket.TurnID) time.Time {
	t.Helper()
	p, err := d.store.Rows(ticket.Query{View: ticket.NeedsReview})
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(p.Rows, func(r ticket.Row) bool { return r.ID == id })
	raw, err := CallAPI(t.Context(), d.config, http.MethodGet, "/api/v1/turns/"+string(id), nil)
	if at < 0 || err != nil {
		t.Fatal(at, err)
	}
	var told struct {
		By time.Time `json:"answer_by"`
	}
	if err := json.Unmarshal(raw, &told); err != nil || !told.By.Equal(p.Rows[at].AnswerBy) {
		t.Errorf("the API tells %s, the row %s (%v)", told.By, p.Rows[at].AnswerBy, err)
	}
	return p.Rows[at].AnswerBy
}

// TestWhatIsWrongStandsAtItsField, with what was typed, and nothing is saved of the rest.
func TestWhatIsWrongStandsAtItsField(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, patient)
	d.login(t)
	before := d.live()
	typed := map[string]string{"desk.hours.wed": "9-17", "desk.hours.fri": "nine to five", "limits.per_ticket": "0",
		"store.own_addresses": "@good.example\nbad", "desk.answer_within.other": "soon"}
	form := maps.Clone(typed)
	form["mode"] = "shadow"
	status, page := d.set(t, form)
	if status != http.StatusUnprocessableEntity || d.live() != before {
		t.Fatalf("%d", status)
	}
	for name, want := range typed {
		if got := field(t, page, name); got != want {
			t.Errorf("%s holds %q", name, got)
		}
		wrong := strings.Contains(page, `id="`+name+`-wrong"`)
		if wrong != (name != "desk.hours.wed") {
			t.Errorf("%s: an error stands there: %t", name, wrong)
		}
		if wrong && !strings.Contains(page, `aria-describedby="`+name+`-wrong `) {
			t.Errorf("%s is not described by its error", name)
		}
	}
	for _, want := range []string{"Line 2: Must be an e-mail address", "Must be 1 or more", "Its times must be such as"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	if !strings.Contains(page, `value="shadow" checked`) {
		t.Error("the mode that was chosen is forgotten")
	}
}

// TestEverythingThatCanBeWrongIsSaidInPersian: what the configuration says about a value of the desk has a translation.
func TestEverythingThatCanBeWrongIsSaidInPersian(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, patient)
	raw, err := os.ReadFile("../web/locale/fa.json")
	words := map[string]string{}
	if err = errors.Join(err, json.Unmarshal(raw, &words)); err != nil {
		t.Fatal(err)
	}
	many := strings.TrimSuffix(strings.Repeat("9-10, ", 12), ", ")
	for key, values := range map[string][]string{
		"mode": {"always"}, "intents.order_status": {"always"}, "quiet_time": {"2h", "soon"}, "sendgrid.key": {"x"},
		"limits.max_age": {"0s", "soon"}, "limits.per_ticket": {"many", "0"}, "limits.hourly_total": {"-1"},
		"store.own_addresses": {"nobody", strings.Repeat("x", 501)}, "store.tone": {strings.Repeat("x", 501)}, "desk.answer_within.order": {"31d", "0s", "x"},
		"desk.hours": {"never", "Mon 99", "Foo 9-10", "Mon 9-12, 11-13", "Mon 09:00-09:10", "Mon " + many,
			"Mon 0-1, 1-2, 2-3, 3-4, 4-5, 5-6, 6-7, 7-8, 8-9, 9-10, 10-11, 11-12, 12-13"},
		"desk.closed": {"Christmas", "2026-12-25..2026-12-20"},
	} {
		for _, value := range values {
			err := deskSettings{d.App}.SetSettings(t.Context(), 0, settings.Values{key: value}, "sara")
			var wrong settings.Invalid
			if !errors.As(err, &wrong) {
				t.Errorf("%s: %.40q is taken: %v", key, value, err)
			}
			for _, p := range wrong {
				if p.Key != key {
					t.Errorf("%s: %.40q: the error is at %s", key, value, p.Key)
				}
				for _, s := range []string{p.What, strings.TrimSuffix(p.Help, ".")} {
					if s != "" && words[s] == "" {
						t.Errorf("%s: no translation of %q", key, s)
					}
				}
			}
		}
	}
	_, err = hours.Spans("9")
	if err == nil || words[err.Error()] == "" {
		t.Errorf("no translation of %v", err)
	}
}

// TestAnOldVersionComesBack, as a version of its own with its line in the audit log.
func TestAnOldVersionComesBack(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, patient)
	d.login(t)
	d.set(t, map[string]string{"mode": "shadow", "desk.hours.mon": "9-17"})
	d.set(t, map[string]string{"mode": "approval", "limits.per_ticket": "3"}) // 3 is the default
	if v, _ := d.store.Settings(); v.N != 2 || v.Values["limits.per_ticket"] != "" || v.Values["desk.hours"] != "" {
		t.Fatalf("%+v", v)
	}
	back := func(base, to string) int {
		status, page := d.page(t, "/settings/back", url.Values{"base": {base}, "to": {to}})
		if status == http.StatusOK && !strings.Contains(page, "back to version "+to) {
			t.Error("the page does not say so")
		}
		return status
	}
	if back("1", "1") != http.StatusConflict || back("2", "9") != http.StatusNotFound ||
		back("2", "x") != http.StatusBadRequest {
		t.Error("a version came back that could not")
	}
	if status := back("2", "1"); status != http.StatusOK || d.live().modes.All != "shadow" ||
		len(d.live().config.Desk.Hours) != 1 {
		t.Errorf("%d, mode %s", status, d.live().modes.All)
	}
	if status := back("3", "0"); status != http.StatusOK || len(d.live().config.Desk.Hours) != 0 {
		t.Errorf("%d, hours %q", status, d.live().config.Desk.Hours)
	}
	var last audit.Entry
	if err := d.store.EachEntry(func(e *audit.Entry) error { last = *e; return nil }); err != nil {
		t.Fatal(err)
	}
	if last.What != audit.SettingsSet || last.Who != DemoUser || !strings.HasSuffix(last.Detail, "back to version 0") {
		t.Errorf("the audit log: %+v", last)
	}
}

// TestCheckTellsOfTheDesk: the file is not all that holds.
func TestCheckTellsOfTheDesk(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, patient)
	told := func() (out CheckResult) {
		Check(t.Context(), d.config, true, func(r CheckResult) {
			if r.Check == "settings" {
				out = r
			}
		})
		return out
	}
	if got := told(); !got.OK || !strings.Contains(got.Detail, "replyd is running") {
		t.Errorf("while it runs: %+v", got)
	}
	if err := (deskSettings{d.App}).SetSettings(t.Context(), 0, settings.Values{"mode": "shadow"}, "sara"); err != nil {
		t.Fatal(err)
	}
	d.cancel()
	<-d.stopped
	d.App.Close()
	if got := told(); !got.OK || !strings.Contains(got.Detail, "mode") {
		t.Errorf("set at the desk: %+v", got)
	}
	d.config.SendGrid.Key = "" // then only shadow is possible, as is set at the desk; and the other way round
	if got := told(); !got.OK {
		t.Errorf("what is set at the desk fits: %+v", got)
	}
	d.config.Shopify.Shop = ""
	if got := told(); got.OK || got.Fix == "" {
		t.Errorf("what is set at the desk does not fit: %+v", got)
	}
	d.config.Data = t.TempDir()
	if got := told(); got.Check != "" {
		t.Errorf("an empty folder: %+v", got)
	}
}

// TestTheDemosQueueIsBelievable: a few are late, some due soon, most are well in time, at any time of day.
func TestTheDemosQueueIsBelievable(t *testing.T) {
	t.Parallel()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := errors.Join(d.Play(t.Context()), d.Act(t.Context())); err != nil {
		t.Fatal(err)
	}
	p, err := d.store.Rows(ticket.Query{View: ticket.NeedsReview, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	late, soon := 0, 0
	for _, r := range p.Rows {
		switch left := time.Until(r.AnswerBy); {
		case left < 0:
			late++
		case left < 30*time.Minute:
			soon++
		}
	}
	if late < 2 || late > 5 || soon < 2 || soon > 6 {
		t.Errorf("of %d rows %d are late and %d due soon", len(p.Rows), late, soon)
	}
}

// TestAnOwnerChangesTargetsInABrowser: typed and saved at the desk, the queue stands in another order. The page is
// accessible in both languages.
func TestAnOwnerChangesTargetsInABrowser(t *testing.T) {
	d, srv, ctx := played(t)
	first := func() string {
		do(t, ctx, chromedp.Navigate(srv.URL+"/"), chromedp.WaitVisible("a.row"))
		text, err := chromedp.Run(ctx, chromedp.Text("a.row"))
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	if got := first(); !strings.Contains(got, "urgent") || !strings.Contains(got, "late since") {
		t.Fatalf("first is %q", got)
	}
	do(t, ctx, chromedp.Navigate(srv.URL+"/settings"), chromedp.WaitVisible(".week"))
	fill := `for (const [k, v] of Object.entries({'desk.answer_within.flagged': '2d', 'desk.answer_within.urgent': '2d',
		'desk.answer_within.trouble': '2d', 'desk.answer_within.other': '1h'}))
		document.getElementById(k).value = v; document.querySelector('.save button').click(); ''`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](fill)); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.WaitVisible(".note"))
	if got := first(); strings.Contains(got, "urgent") || !strings.Contains(got, "late since") {
		t.Errorf("first is still %q", got)
	}
	if got := d.live().config.Desk.AnswerWithin.Flagged; got != 48*time.Hour {
		t.Errorf("flagged mail: %v", got)
	}
}

// TestTheSettingsAreAccessibleInABrowser runs axe-core over them, in both languages, with values and with an error.
func TestTheSettingsAreAccessibleInABrowser(t *testing.T) {
	d, srv, ctx := played(t)
	axe, err := os.ReadFile(filepath.Join("..", "web", "testdata", "axe", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	run := func(script string) string {
		t.Helper()
		out, err := chromedp.Run(ctx, chromedp.Evaluate[string](script))
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for i, v := range []settings.Values{
		{"desk.hours": "Mon-Fri 09:00-17:00\nSat 22:00-02:00", "mode": "shadow"}, {"store.rules": "Be kind."},
	} {
		if err := (deskSettings{d.App}).SetSettings(t.Context(), uint64(i), v, "sara"); err != nil {
			t.Fatal(err)
		}
	}
	for _, lang := range []string{"en", "fa"} {
		run("fetch('/language', {method: 'POST', body: new URLSearchParams({language: '" + lang +
			"'})}).then(() => document.body.dataset.lang = '" + lang + "'); ''")
		do(t, ctx, chromedp.WaitReady("body[data-lang="+lang+"]"), chromedp.Navigate(srv.URL+"/settings"), chromedp.WaitVisible(".week"))
		for _, with := range []string{"values", "an error"} {
			if with == "an error" {
				run("document.getElementById('desk.hours.tue').value = 'noon'; document.querySelector('.save button').click(); ''")
				do(t, ctx, chromedp.WaitVisible(".problem"))
			}
			run(string(axe) + ";axe.run(document, " +
				"{runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})" +
				".then(r => { document.body.dataset.axe = r.violations.map(v => v.id + ': ' + " +
				"v.nodes.map(n => n.html).slice(0, 3).join(' ')).join('\\n') }); ''")
			do(t, ctx, chromedp.WaitReady("body[data-axe]"))
			if got := run("document.body.dataset.axe"); got != "" {
				t.Errorf("%s, with %s:\n%s", lang, with, got)
			}
			if run("String(document.documentElement.scrollWidth > innerWidth)") == "true" {
				t.Errorf("%s is wider than the window", lang)
			}
		}
	}
}
