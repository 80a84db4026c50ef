package web_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/replyd/replyd/internal/ticket"
)

const chromium = "/usr/bin/chromium"

// browser starts Chromium without a window. The test is skipped, and says so, where there is none.
func browser(t *testing.T) context.Context {
	t.Helper()
	if raceOn {
		t.Skip("browsers are slow beside the race detector: `make test` tries this without it, as `go test` does")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("NOT TESTED: the desk in a real browser, as %s is missing", chromium)
	}
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true))...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(1280, 900)); err != nil {
		t.Fatal(err)
	}
	ctx, stop = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(stop)
	return ctx
}

// whole is a picture of the whole page. Of a right-to-left page Chromium takes it shifted; there, use
// chromedp.CaptureScreenshot.
var whole = chromedp.FullScreenshot(100)

// shoot writes a picture of the page, light and dark, into the folder that REPLYD_SCREENSHOTS names, if any.
func shoot(ctx context.Context, t *testing.T, name string, picture chromedp.Action[[]byte]) {
	t.Helper()
	dir := os.Getenv("REPLYD_SCREENSHOTS")
	if dir == "" {
		return
	}
	for _, scheme := range []string{"light", "dark"} {
		set := chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			return err
		})
		if err := chromedp.Do(ctx, set); err != nil {
			t.Fatal(err)
		}
		png, err := chromedp.Run(ctx, picture)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name+"-"+scheme+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// populate fills the queue as on an ordinary morning.
func (d *desk) populate() *ticket.Turn {
	request := func(i ticket.Intent, quote string, refs ...string) ticket.Triage {
		return ticket.Triage{
			Requests: []ticket.Request{{Intent: i, Quote: quote, OrderRefs: refs, Confidence: 0.9}},
			Summary:  "Asks about an order.",
			Usage:    ticket.Usage{Calls: 1, Input: 2210, Cached: 1800, Output: 140, Micros: 830},
		}
	}
	first := d.one()
	d.drafted("مریم رضایی", "سفارش من هنوز نرسیده است",
		"سلام، سفارش ۱۰۰۱ من هنوز نرسیده است. لطفاً پیگیری کنید.", "fa",
		"سلام مریم عزیز،\n\nسفارش \u2066#1001\u2069 شما در راه است.\n\nLavender & Oak",
		request(ticket.DeliveryProblem, "سفارش ۱۰۰۱ من هنوز نرسیده است", "1001"))
	angry := request(ticket.PaymentInvoice, "charged twice", "1001")
	angry.Flags, angry.Sentiment = []ticket.Flag{ticket.Chargeback}, -2
	d.drafted("Grace Hopper", "Charged twice!!", "I was charged twice for 1001. My bank will get it back.", "en",
		"Hello Grace,\n\na colleague will look into it.", angry)
	d.drafted("Jürgen Groß", "Rücksendung der Lampe", "Ich möchte die Lampe zurückgeben.", "de", "Guten Tag",
		request(ticket.ReturnRequest, "die Lampe zurückgeben"))
	d.mailed("Newsletter", "10 % on everything", "Buy!", ticket.Gate{
		Outcome: ticket.Hold, Rule: "list", Reason: "The mail came through a mailing list.",
		Evidence: "List-Id: <news.example>",
	})
	d.mailed("Sofía Núñez", "¿Dónde está mi pedido?", "¿Dónde está?", goes)
	return first
}

// TestStaffApproveInABrowser walks through the desk as a member of staff does.
func TestStaffApproveInABrowser(t *testing.T) {
	ctx := browser(t)
	d := newDesk(t, nil)
	first := d.populate()
	do := func(actions ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, actions...); err != nil {
			t.Fatal(err)
		}
	}
	text := func(sel string) string {
		t.Helper()
		s, err := chromedp.Run(ctx, chromedp.Text(sel))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	do(chromedp.Navigate(d.URL+"/"), chromedp.WaitVisible("input[name=password]"))
	shoot(ctx, t, "login", whole)
	do(chromedp.SendKeys("input[name=name]", "sam"), chromedp.SendKeys("input[name=password]", password),
		chromedp.Click("button.primary"), chromedp.WaitVisible("ol.rows"))
	shoot(ctx, t, "queue", whole)
	do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	shoot(ctx, t, "queue-phone", whole)
	do(chromedp.EmulateViewport(1280, 900))
	if got := text(".tabs a[aria-current]"); got != "Needs review 4" {
		t.Errorf("tab %q", got)
	}
	do(chromedp.Click("#row-"+string(first.ID)), chromedp.WaitVisible("#approve"))
	shoot(ctx, t, "turn", whole)
	do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	shoot(ctx, t, "turn-phone", whole)
	do(chromedp.EmulateViewport(1280, 900))
	do(chromedp.SendKeys("textarea[name=text]", " We pay 500 EUR."), chromedp.Click("#approve"),
		chromedp.WaitVisible(".warn"))
	shoot(ctx, t, "warning", whole)
	do(chromedp.Click("#approve"), chromedp.WaitVisible(".note"))
	if got := text(".note"); !strings.Contains(got, "Approved") {
		t.Errorf("note %q", got)
	}
	got := d.read(first.ID)
	edited := strings.Contains(got.Draft().Text, "500 EUR")
	if got.State != ticket.Approved || got.Verdict().By != "sam" || !edited {
		t.Errorf("state %s, verdict %+v, draft %q", got.State, got.Verdict(), got.Draft().Text)
	}
}

// TestACustomerVotesInABrowser: the form's own origin passes, and the radio buttons can be clicked.
func TestACustomerVotesInABrowser(t *testing.T) {
	ctx := browser(t)
	d := newDesk(t, nil)
	turn, link := d.sent("fa")
	err := chromedp.Do(ctx, chromedp.Navigate(link), chromedp.WaitVisible(".faces"),
		chromedp.Click(`input[value="4"]`))
	if err != nil {
		t.Fatal(err)
	}
	shoot(ctx, t, "rating", chromedp.CaptureScreenshot())
	w, err := chromedp.Run(ctx, chromedp.Evaluate[float64]("document.documentElement.scrollWidth"))
	if err != nil || w > 1280 {
		t.Errorf("the page is %v wide: %v", w, err)
	}
	if err := chromedp.Do(ctx, chromedp.Click("button.primary"), chromedp.WaitVisible(".face")); err != nil {
		t.Fatal(err)
	}
	shoot(ctx, t, "thanks", chromedp.CaptureScreenshot())
	if v := d.votes(turn); len(v) != 1 || v[0].Score != 4 {
		t.Errorf("votes %+v", v)
	}
}
