package web_test

import (
	"context"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/replyd/replyd/internal/ticket"
)

// TestTheFirstPaintNeedsNoScriptInABrowser: rows and draft are there, to be seen, where no script runs.
func TestTheFirstPaintNeedsNoScriptInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.populate()
	b := openTab(t, d)
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, emulation.SetScriptExecutionDisabled,
			emulation.SetScriptExecutionDisabledParams{Value: true})
		return err
	}))
	seen := `(sel => [...document.querySelectorAll(sel)].filter(e => { const r = e.getBoundingClientRect();
		return r.height > 10 && r.width > 10 && r.top < innerHeight }).length)`
	b.do(chromedp.Navigate(d.URL + "/"))
	b.until("document.readyState", "complete")
	if b.js("typeof htmx") != "undefined" {
		t.Fatal("scripts run")
	}
	if rows := b.js(seen + "('a.row')"); rows == "0" {
		t.Error("no row is seen")
	}
	b.do(chromedp.Navigate(d.URL + "/turns/" + string(turn.ID)))
	b.until("document.readyState", "complete")
	if b.js(seen+"('#draft textarea[name=text]')") != "1" || !strings.Contains(b.js("document.querySelector('#draft textarea').value"), "#1001") {
		t.Error("the draft is not seen")
	}
}

// shifts is a script that notes how far the parts of a page move without anybody having done something
// (https://web.dev/articles/cls).
const shifts = `window.shifted = 0; window.moved = [];
new PerformanceObserver(list => { for (const e of list.getEntries()) if (!e.hadRecentInput) {
	window.shifted += e.value; window.moved.push(e.sources.map(s => s.node && (s.node.id || s.node.className || s.node.nodeName)).join());
} }).observe({type: 'layout-shift', buffered: true});`

// TestNothingShiftsInABrowser: neither while a page loads nor when a live update comes does anything jump away from
// who aims at it.
func TestNothingShiftsInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.populate()
	_, rating := d.sent("en")
	b := openTab(t, d)
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, page.AddScriptToEvaluateOnNewDocument,
			page.AddScriptToEvaluateOnNewDocumentParams{Source: shifts})
		return err
	}))
	still := func(what string) {
		t.Helper()
		b.js("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
		if got := b.js("window.shifted + ' ' + window.moved.join('; ')"); got != "0 " {
			t.Errorf("%s: shifted by %s", what, got)
		}
	}
	b.do(chromedp.Navigate(rating), chromedp.WaitReady("main"))
	still("rating page")
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitReady("#draft"))
	still("turn page")
	d.change(turn.ID, notedByKim)
	b.until("!!document.querySelector('#changed p')", "true")
	still("turn page when somebody else changed it")
	shoot(b.ctx, t, "changed", chromedp.CaptureScreenshot())
	b.do(chromedp.Navigate(d.URL+"/"), chromedp.WaitReady("#rows a.row"))
	still("queue")
	before := b.js("document.querySelectorAll('a.row').length")
	d.one()
	b.until("document.querySelectorAll('a.row').length > "+before, "true")
	still("queue after a live update")
}

// notedByKim is a change by somebody else.
func notedByKim(x *ticket.Turn) { x.Note(start, "kim", "looked") }
