package web_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// scheme makes the browser's system light or dark.
func scheme(name string) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: name}},
		})
		return err
	})
}

// speak changes the desk's language.
func (b *tab) speak(lang string) {
	b.Helper()
	b.script(`window.spoken = ''; fetch('/language', {method: 'POST', body: new URLSearchParams({language: '` + lang +
		`'})}).then(() => { window.spoken = 'yes' })`)
	b.until("window.spoken", "yes")
}

// TestPagesAreAccessible runs axe-core over the pages, in both languages, light and dark, on a laptop and a phone.
func TestPagesAreAccessibleInABrowser(t *testing.T) {
	axe, err := os.ReadFile("testdata/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t, func(deps *web.Deps) { withUndo(deps); withRedraft(deps) })
	turn, waits := d.populate(), d.one()
	d.change(waits.ID, func(t *ticket.Turn) { t.Ask(start, "sam", "shorter", "") })
	sent, rating := d.sent("fa")
	b := openTab(t, d)
	pages := []string{"/", "/?view=all&q=order", "/?view=snoozed", "/turns/" + string(turn.ID), "/turns/" + string(sent.ID), "/turns/" + string(waits.ID),
		"/bulk?alike=" + turn.Alike(), "/account", "/people", "/audit", "/nowhere", "/login", rating}
	for _, as := range []struct{ lang, scheme, size string }{
		{"en", "light", "laptop"}, {"en", "dark", "phone"}, {"fa", "dark", "laptop"}, {"fa", "light", "phone"},
	} {
		b.speak(as.lang)
		b.do(scheme(as.scheme))
		if as.size == "phone" {
			b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
		} else {
			b.do(chromedp.EmulateViewport(1280, 800))
		}
		for _, page := range pages {
			if !strings.HasPrefix(page, "http") {
				page = d.URL + page
			}
			b.do(chromedp.Navigate(page), chromedp.WaitReady("main"))
			b.script(string(axe) + ";window.done='';axe.run(document,{runOnly:['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice'],iframes:false})" +
				".then(r=>{window.done='x'+r.violations.filter(v=>/serious|critical/.test(v.impact)).map(v=>v.id+': '+v.nodes.map(n=>n.html).slice(0,3).join(' ')).join('\\n')})")
			b.until("window.done.slice(0,1)", "x")
			if got := b.js("window.done.slice(1)"); got != "" {
				t.Errorf("%v %s:\n%s", as, page, got)
			}
			if wide := b.js("document.documentElement.scrollWidth > innerWidth"); wide == "true" {
				t.Errorf("%v %s is wider than the window: %s", as, page, b.js("document.documentElement.scrollWidth"))
			}
		}
		b.do(chromedp.Navigate(d.URL + "/"))
	}
}

// TestNothingHidesTheFocus: what is reached by keys is not below the bar with the buttons that decide (WCAG 2.2, 2.4.11),
// and those are in the window from the beginning.
func TestNothingHidesTheFocusInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.drafted("Ada", "Long", "Long?", "en", strings.Repeat("A line more.\n", 60), ticket.Triage{})
	b := openTab(t, d)
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	if got := b.js("document.querySelector('#approve').getBoundingClientRect().bottom <= innerHeight"); got != "true" {
		t.Error("the approval is out of sight")
	}
	hidden := `[...document.querySelectorAll('#draft :is(input:not([type=hidden]), select, button:not(.hidden))')].filter(el => {
		if (!el.checkVisibility() || el.closest('.acts')) return false;
		scrollTo(0, 0); el.focus();
		return el.getBoundingClientRect().bottom > document.querySelector('#draft > .acts').getBoundingClientRect().top }).map(el => el.name || el.id).join()`
	if got := b.js(hidden); got != "" {
		t.Errorf("hidden when focused: %s", got)
	}
}
