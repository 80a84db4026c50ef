package app

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/replyd/replyd/internal/ticket"
)

const chromium = "/usr/bin/chromium"

// played is a demo whose mail is taken in, its desk, and a browser in which sara is logged in.
func played(t *testing.T) (*Demo, *httptest.Server, context.Context) {
	t.Helper()
	if raceOn {
		t.Skip("browsers are slow beside the race detector: `make test` tries this without it, as `go test` does")
	}
	if _, err := os.Stat(chromium); err != nil {
		t.Skipf("NOT TESTED: the desk over the whole program in a browser, as %s is missing", chromium)
	}
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(d.desk)
	t.Cleanup(srv.Close)
	alloc, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(chromium), chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true),
		chromedp.Flag("hide-scrollbars", true))...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(alloc)
	t.Cleanup(stop)
	ctx, stop = context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(stop)
	do(t, ctx, chromedp.EmulateViewport(1440, 960), chromedp.Navigate(srv.URL+"/login"),
		chromedp.WaitVisible("input[name=password]"), chromedp.SendKeys("input[name=name]", DemoUser),
		chromedp.SendKeys("input[name=password]", DemoPassword+kb.Enter), chromedp.WaitVisible("a.row"))
	return d, srv, ctx
}

func do(t *testing.T, ctx context.Context, actions ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// reviewable is a turn of the demo with a draft that a person may send.
func reviewable(t *testing.T, d *Demo, language string) *ticket.Turn {
	t.Helper()
	turns, err := d.store.TurnsByState(ticket.Review, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range turns {
		if turn.Draft() != nil && turn.Outgoing == nil && turn.View() == ticket.NeedsReview && turn.Cause == ticket.ByMail &&
			turn.Triage.Language == language && len(turn.Draft().Facts) > 1 && turn.Recipient() != "" {
			return turn
		}
	}
	t.Fatal("the demo has nothing to review in", language)
	return nil
}

// TestAKeyboardReviewReachesTheCustomerInABrowser: read, edited and approved by keys alone, the reply leaves once, as it was
// written, after the time in which it can be taken back.
func TestAKeyboardReviewReachesTheCustomerInABrowser(t *testing.T) {
	d, srv, ctx := played(t)
	turn := reviewable(t, d, "en")
	before := len(d.World().Outbox())
	do(t, ctx, chromedp.Navigate(srv.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"),
		chromedp.KeyEvent("e"), chromedp.KeyEvent("Dear friend of oak, "), chromedp.KeyEvent(kb.Escape),
		chromedp.KeyEvent("a"), chromedp.WaitReady(".note, input[name=confirm]"))
	if got, _ := d.store.Turn(turn.ID); got.State == ticket.Review { // a warning was shown: it goes nevertheless
		do(t, ctx, chromedp.KeyEvent("a"), chromedp.WaitVisible(".note"))
	}
	if err := d.runner.Drain(t.Context(), undoTime+5*time.Second); err != nil {
		t.Fatal(err)
	}
	sent := 0
	for _, m := range d.World().Outbox()[before:] {
		if m.To.Email == turn.Recipient() && strings.Contains(m.Text, "Dear friend of oak") {
			sent++
		}
	}
	if got, _ := d.store.Turn(turn.ID); sent != 1 || got.State != ticket.Done {
		t.Errorf("%d replies left, the turn is %s: %v", sent, got.State, got.History)
	}
}

// TestANewcomerApprovesWithThreeClicksInABrowser: into the demo, into the first mail, and out with its answer.
func TestANewcomerApprovesWithThreeClicksInABrowser(t *testing.T) {
	_, srv, ctx := played(t)
	out := `fetch('/logout', {method: 'POST'}).then(() => { location.href = '/login' }); ''`
	if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](out)); err != nil {
		t.Fatal(err)
	}
	do(t, ctx, chromedp.WaitVisible("#guest"), chromedp.Click("#guest"), chromedp.WaitVisible("a.row"),
		chromedp.Click("a.row"), chromedp.WaitVisible("#approve"), chromedp.Click("#approve"), chromedp.WaitVisible(".note"))
	note, err := chromedp.Run(ctx, chromedp.Text(".note"))
	if err != nil || !strings.Contains(note, "Approved. It is on its way.") || !strings.Contains(note, "Undo") {
		t.Errorf("%q at %s: %v", note, srv.URL, err)
	}
}

// TestPicturesOfTheDesk writes the pictures of the guide into the folder that REPLYD_PICTURES names.
func TestPicturesOfTheDesk(t *testing.T) {
	dir := os.Getenv("REPLYD_PICTURES")
	if dir == "" {
		t.Skip("REPLYD_PICTURES names no folder")
	}
	d, srv, ctx := played(t)
	en, fa := reviewable(t, d, "en"), reviewable(t, d, "fa")
	for _, p := range []struct{ name, lang, scheme, path string }{
		{"queue-light", "en", "light", "/"},
		{"queue-dark", "en", "dark", "/"},
		{"queue-fa", "fa", "light", "/"},
		{"turn-light", "en", "light", "/turns/" + string(en.ID) + "?from=view%3Dreview"},
		{"turn-dark", "en", "dark", "/turns/" + string(en.ID) + "?from=view%3Dreview"},
		{"turn-fa", "fa", "light", "/turns/" + string(fa.ID) + "?from=view%3Dreview"},
		{"search", "en", "light", "/?q=lamp"},
		{"settings-light", "en", "light", "/settings"},
		{"settings-dark", "en", "dark", "/settings"},
		{"settings-fa", "fa", "light", "/settings"},
		{"template-light", "en", "light", "/templates/replies/en/delivery_problem"},
		{"template-dark", "en", "dark", "/templates/replies/en/delivery_problem"},
		{"template-fa", "fa", "light", "/templates/replies/fa/delivery_problem"},
		{"rating-light", "en", "light", ratingPath(t, d, "en")},
		{"rating-dark", "en", "dark", ratingPath(t, d, "en")},
		{"rating-fa", "fa", "light", ratingPath(t, d, "fa")},
		{"queue-phone", "en", "light", "/"},
		{"turn-phone", "fa", "dark", "/turns/" + string(fa.ID) + "?from=view%3Dreview"},
	} {
		media := chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
			_, err := cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: p.scheme}},
			})
			return err
		})
		set := `fetch('/language', {method: 'POST', body: new URLSearchParams({language: '` + p.lang + `'})}); ''`
		if _, err := chromedp.Run(ctx, chromedp.Evaluate[string](set)); err != nil {
			t.Fatal(err)
		}
		size := chromedp.EmulateViewport(1440, 960)
		if strings.HasSuffix(p.name, "-phone") {
			size = chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile)
		}
		do(t, ctx, chromedp.Sleep(300*time.Millisecond), media, size, chromedp.Navigate(srv.URL+p.path),
			chromedp.WaitReady("main"), chromedp.Sleep(300*time.Millisecond))
		png, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p.name+".png"), png, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// ratingPath is the page under which the customer of an answered turn in a language rates the answer.
func ratingPath(t *testing.T, d *Demo, language string) string {
	t.Helper()
	turns, err := d.store.TurnsByState(ticket.Done, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range turns {
		if turn.Draft().Language == language {
			return strings.TrimPrefix(d.ratingURL(turn), d.publicURL)
		}
	}
	t.Fatal("the demo has answered nothing in", language)
	return ""
}

// TestTheDeskOffersMacros: the saved replies of the customer's language, filled in for the turn.
func TestTheDeskOffersMacros(t *testing.T) {
	t.Parallel()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "fa"} {
		macros := d.macros(reviewable(t, d, lang))
		if len(macros) == 0 || macros[0].Name == "" || strings.Contains(macros[0].Text, "{{") {
			t.Errorf("%s: %+v", lang, macros)
		}
	}
}
