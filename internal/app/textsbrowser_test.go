package app

import (
	"context"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// window is the browser with an owner at the desk.
type window struct {
	*testing.T
	ctx context.Context
	srv *httptest.Server
}

// js evaluates an expression that gives a string.
func (w *window) js(expression string) string {
	w.Helper()
	s, err := chromedp.Run(w.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		w.Fatal(err)
	}
	return s
}

// until waits for an expression to give a value.
func (w *window) until(expression, want string) {
	w.Helper()
	got := ""
	for range 300 { // 15 s: the machine may be busy
		if got = w.js(expression); got == want {
			return
		}
		do(w.T, w.ctx, chromedp.Sleep(50*time.Millisecond))
	}
	w.Fatalf("%s is %q, want %q; the page says:\n%s", expression, got, want, w.js("document.querySelector('main').innerText"))
}

func (w *window) open(path string) {
	w.Helper()
	do(w.T, w.ctx, chromedp.Navigate(w.srv.URL+path), chromedp.WaitReady("main"))
}

// speak sets the desk's language.
func (w *window) speak(lang string) {
	w.Helper()
	w.js(`(fetch('/language', {method: 'POST', body: new URLSearchParams({language: '` + lang + `'})}).then(() => window.spoke = '` + lang + `'), 1)`)
	w.until("window.spoke", lang)
}

// fill types a text over a field's.
func (w *window) fill(field, text string) {
	w.Helper()
	w.js(`(f => { f.value = ` + "`" + text + "`" + `; f.dispatchEvent(new Event("input", {bubbles: true})); })(document.querySelector("` + field + `"))`)
}

// TestAnOwnerWordsRepliesInABrowser: what is wrong and what no fact covers shows while somebody writes, and what is
// saved holds.
func TestAnOwnerWordsRepliesInABrowser(t *testing.T) {
	d, srv, ctx := played(t)
	w := &window{t, ctx, srv}
	w.open("/templates")
	do(t, ctx, chromedp.Click(`a[href="/templates/replies/en/order_status"]`), chromedp.WaitVisible("#wording"))
	own := w.js("document.querySelector('[name=body]').value")
	w.fill("[name=body]", "Hello.\\n{{.Nonsense}}")
	w.until("document.querySelector('#trial b')?.textContent", "Line 2: ")
	do(t, ctx, chromedp.Click("#trial .problem p"))
	w.until("getSelection().toString() || (t => t.value.slice(t.selectionStart, t.selectionEnd))(document.querySelector('[name=body]'))",
		"{{.Nonsense}}")
	w.fill("[name=body]", "Good news from our workshop, guaranteed.\n\n"+own)
	w.until("document.querySelector('#trial .warn mark')?.textContent", "guaranteed")
	w.fill("[name=body]", "Good news from our workshop.\n\n"+own)
	w.until("!!document.querySelector('#trial .ok')", "true")
	if left := w.js("history.length"); left > "5" {
		t.Errorf("the preview leaves %s steps in the browser's history", left)
	}
	do(t, ctx, chromedp.Click("#save"), chromedp.WaitVisible(".note"))
	if got, err := (deskTexts{d.App}).Text("replies/en/order_status.tmpl"); err != nil || got.Origin != texts.Desk ||
		!strings.HasPrefix(got.Body, "Good news from our workshop.") {
		t.Errorf("%+v (%v)", got, err)
	}
	do(t, ctx, chromedp.Click("#versions button[value='0']"))
	w.until("document.querySelector('.note')?.textContent.includes('as it was')", "true")
	if got, _ := (deskTexts{d.App}).Text("replies/en/order_status.tmpl"); got.Origin != texts.BuiltIn || got.Version != 2 {
		t.Errorf("not back: %+v", got.Entry)
	}
}

// TestAMacroIsUsedAndApprovedInABrowser: choosing one and pressing the button puts its text in, and it leaves.
func TestAMacroIsUsedAndApprovedInABrowser(t *testing.T) {
	d, srv, ctx := played(t)
	w := &window{t, ctx, srv}
	body := "# Closed for the holidays\n\nWe are closed until 9:00 on 7 January 2027. Each mail is answered within 3 days then.\n"
	v := texts.Version{By: DemoUser, Body: body}
	if err := (deskTexts{d.App}).SetText(t.Context(), "macros/en/holidays.tmpl", 0, v); err != nil {
		t.Fatal(err)
	}
	turn := reviewable(t, d, "en")
	w.open("/turns/" + string(turn.ID))
	do(t, ctx, chromedp.WaitVisible("#draft"))
	w.js(`(s => { s.value = [...s.options].find(o => o.text === "Closed for the holidays").value;
		s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); })(document.querySelector(".macros select"))`)
	do(t, ctx, chromedp.Click(".macros button:not([hidden])"))
	w.until("document.querySelector('#draft textarea').value.includes('within 3 days')", "true")
	w.until("!!document.querySelector('#check .ok')", "true")
	do(t, ctx, chromedp.Click("#approve"))
	w.until("!!document.querySelector('.note, input[name=confirm]')", "true")
	got, err := d.store.Turn(turn.ID)
	if err != nil || got.State != ticket.Approved || !strings.Contains(got.Draft().Text, "within 3 days") {
		t.Fatalf("%s %q (%v)", got.State, got.Draft().Text, err)
	}
	if len(got.Draft().Open) > 0 {
		t.Errorf("the macro's own words are not covered: %+v", got.Draft().Open)
	}
}

// TestThePagesOfTextsAreAccessibleInABrowser runs axe-core over them, in both languages and colours, and writes
// pictures where REPLYD_PICTURES names a folder.
func TestThePagesOfTextsAreAccessibleInABrowser(t *testing.T) {
	axe, err := os.ReadFile("../web/testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	d, srv, ctx := played(t)
	w := &window{t, ctx, srv}
	desk := deskTexts{d.App}
	for path, body := range map[string]string{
		"replies/en/human_request.tmpl": "Of course: a colleague answers you within one day, we guarantee it.\n",
		"replies/fa/order_status.tmpl":  "خبر سفارش شما:\n\n" + builtIn(t, "replies/fa/order_status.tmpl"),
		"macros/fa/holidays.tmpl":       "# تعطیلات نوروز\n\nتا ۵ فروردین تعطیل هستیم.\n",
	} {
		if err := desk.SetText(t.Context(), path, 0, texts.Version{By: DemoUser, Body: body, Note: "our own tone"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, p := range []struct{ name, lang, scheme, path string }{
		{"templates-light", "en", "light", "/templates"},
		{"templates-dark", "en", "dark", "/templates"},
		{"templates-fa", "fa", "light", "/templates"},
		{"template-light", "en", "light", "/templates/replies/en/order_status"},
		{"template-dark", "en", "dark", "/templates/replies/en/human_request?against=0"},
		{"template-fa", "fa", "light", "/templates/replies/fa/order_status?against=0"},
		{"macro-fa", "fa", "dark", "/templates/macros/fa/holidays"},
		{"macro-new", "en", "light", "/templates/new/en"},
	} {
		w.speak(p.lang)
		media := chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.scheme}},
			})
			return err
		})
		do(t, ctx, media)
		w.open(p.path)
		w.js(`document.querySelectorAll("details.card").forEach(d => d.open = true)`)
		do(t, ctx, chromedp.Sleep(400*time.Millisecond))
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](string(axe)+
			`;window.done='';axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'],iframes:false}).then(`+
			`r=>{window.done='x'+r.violations.map(v=>v.impact+' '+v.id+': '+v.nodes.map(n=>n.html).slice(0,3).join(' ')).join('\n')});''`)); err != nil {
			t.Fatal(err)
		}
		w.until("window.done.slice(0,1)", "x")
		if got := w.js("window.done.slice(1)"); got != "" {
			t.Errorf("%s: %s", p.name, got)
		}
		if w.js("document.documentElement.scrollWidth > innerWidth") == "true" {
			t.Errorf("%s is wider than the window", p.name)
		}
		w.picture(p.name)
	}
}

func (w *window) picture(name string) {
	w.Helper()
	dir := os.Getenv("REPLYD_PICTURES")
	if dir == "" {
		return
	}
	png, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, url.PathEscape(name)+".png"), png, 0o644); err != nil {
		w.Fatal(err)
	}
}
