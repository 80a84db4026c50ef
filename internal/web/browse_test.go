package web_test

import (
	"context"
	"fmt"
	"net/http/cookiejar"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// tab is a browser's window on a desk, with somebody logged in.
type tab struct {
	*testing.T
	ctx context.Context
	d   *desk
}

func openTab(t *testing.T, d *desk) *tab {
	t.Helper()
	b := &tab{t, browser(t), d}
	b.do(chromedp.Navigate(d.URL+"/"), chromedp.WaitVisible("input[name=password]"),
		chromedp.SendKeys("input[name=name]", "sam"), chromedp.SendKeys("input[name=password]", password+kb.Enter),
		chromedp.WaitReady("#rows"))
	return b
}

func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.Fatal(err)
	}
}

func (b *tab) keys(keys string) { b.Helper(); b.do(chromedp.KeyEvent(keys)) }

// js evaluates an expression that gives a string.
func (b *tab) js(expression string) string {
	b.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.Fatal(err)
	}
	return s
}

// script runs a whole script.
func (b *tab) script(text string) {
	b.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](text+";''")); err != nil {
		b.Fatal(err)
	}
}

// until waits for an expression to give a value.
func (b *tab) until(expression, want string) {
	b.Helper()
	got := ""
	for range 200 { // 10 s: the machine may be busy
		if got = b.js(expression); got == want {
			return
		}
		b.do(chromedp.Sleep(50 * time.Millisecond))
	}
	b.Fatalf("%s is %q, want %q", expression, got, want)
}

// TestTheKeyboardAloneIsEnough: from the queue to an edited, approved and taken-back answer.
func TestTheKeyboardAloneIsEnoughInABrowser(t *testing.T) {
	d := newDesk(t, withUndo)
	turn := d.one()
	b := openTab(t, d)
	b.keys("j")
	b.until("document.activeElement.id", "row-"+string(turn.ID))
	b.keys(kb.Enter)
	b.do(chromedp.WaitVisible("#draft"))
	b.keys("e")
	b.until("document.activeElement.name", "text")
	b.keys(" It costs 7 EUR.")
	b.until("!!document.querySelector('#check .warn mark')", "true")
	b.keys(kb.Escape)
	b.keys("a")
	b.do(chromedp.WaitReady("input[name=confirm]"))
	b.keys("a")
	b.do(chromedp.WaitVisible(".note"))
	if got := d.read(turn.ID); got.State != ticket.Approved || !strings.Contains(got.Draft().Text, "7 EUR") {
		t.Fatalf("%s %q", got.State, got.Draft().Text)
	}
	b.keys("u")
	b.do(chromedp.WaitVisible("#draft"))
	if got := d.read(turn.ID); got.State != ticket.Review {
		t.Fatalf("not taken back: %s", got.State)
	}
	b.keys("r")
	b.until("document.activeElement.name", "reason")
	b.keys("a duplicate" + kb.Enter)
	b.until("document.querySelector('#said').textContent.includes('Closed without a reply')", "true")
	if got := d.read(turn.ID); got.State != ticket.Rejected {
		t.Errorf("%s", got.State)
	}
	b.keys("?")
	b.until("document.querySelector('#keys').open", "true")
}

// TestTwoPeopleSeeEachOther, and the page of the second one says that the first one decided.
func TestTwoPeopleSeeEachOtherInABrowser(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) {
		deps.Users = append(deps.Users, web.User{Name: "kim", Hash: passwordHash()})
	})
	turn := d.one()
	b := openTab(t, d)
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	jar, _ := cookiejar.New(nil)
	d.client.Jar = jar
	d.do("POST", "/login", map[string][]string{"name": {"kim"}, "password": {password}})
	if _, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil); !strings.Contains(body, "sam is looking at this too") {
		t.Error("kim does not see sam")
	}
	d.post(act(turn, "reject"), map[string][]string{"version": {fmt.Sprint(turn.Version)}, "reason": {"spam"}})
	b.until("!!document.querySelector('#changed .problem')", "true")
	b.until("document.querySelector('#others').textContent", "kim is looking at this too")
	b.do(chromedp.Click("#approve"), chromedp.WaitVisible("#problem .problem"))
	if got := b.js("document.querySelector('#problem .problem').textContent"); !strings.Contains(got, "kim: no reply: spam") {
		t.Errorf("the second decision: %s", got)
	}
}

// TestCountsAndRowsAreLive, and whoever stands on a row stays there.
func TestCountsAndRowsAreLiveInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	first := d.one()
	b := openTab(t, d)
	b.until("document.querySelector('#count-review').textContent", "1")
	b.keys("j")
	second := d.one()
	b.until("document.querySelector('#count-review').textContent", "2")
	b.until("!!document.querySelector('#row-"+string(second.ID)+"')", "true")
	b.until("document.querySelector('#live').textContent", "2 need review")
	b.until("document.activeElement.id", "row-"+string(first.ID))
}

// TestAnInjectedScriptDoesNotRun: should one ever get into a page, the policy stops it.
func TestAnInjectedScriptDoesNotRunInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	b := openTab(t, d)
	b.js(`(() => { const s = document.createElement('script'); s.textContent = 'window.pwned = 1';
		document.body.append(s); document.body.insertAdjacentHTML('beforeend', '<img src=x onerror="window.pwned = 2">');
		return 1 })()`)
	b.do(chromedp.Sleep(200 * time.Millisecond))
	if got := b.js("window.pwned"); got != "undefined" {
		t.Errorf("it ran: %s", got)
	}
}

// hostile puts a mail with everything that a page could do into the store.
func (d *desk) hostile() *ticket.Turn {
	const body = `<h1>Hello</h1><script>parent.pwned=1;document.title='pwned'</script><img src="%[1]s/leak.png">` +
		`<svg onload="parent.pwned=2"><image href="%[1]s/leak2.png"/></svg><style>@import url(%[1]s/leak.css);body{background:url(%[1]s/b.png)}</style>` +
		`<form action="%[1]s/steal"><input name=p autofocus onfocus="parent.pwned=3"><button>Pay</button></form>` +
		`<iframe src="%[1]s/frame"></iframe><a href="javascript:parent.pwned=4">x</a><meta http-equiv=refresh content="0;url=%[1]s/gone">` +
		`<p style="background:url(%[1]s/c.png)">Seen</p><div style="display:none">Hidden words</div><video src="%[1]s/v"></video>`
	turn := d.one()
	page := fmt.Sprintf(body, d.URL) + "<table>" + strings.Repeat("<tr><td>cell</td></tr>", 20_000) + "</table>"
	raw := "From: a@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page
	in := ticket.Incoming{Key: "hostile", From: "a@example.com", Subject: "x", Arrived: start, Text: "Hello", Reply: "Hello"}
	id := ticket.NewID(start)
	made := &ticket.Turn{ID: ticket.NewTurnID(start), Ticket: id, Cause: ticket.ByMail, Born: start, Gate: goes,
		Mails: []ticket.Incoming{in}, Sender: turn.Sender}
	made.Move(start, "intake", ticket.Review, "came in")
	_, err := d.store.TakeIn(d.t.Context(), store.Intake{Key: "hostile", Raw: []byte(raw), Turn: made,
		Cursor: mail.Cursor{}, Ticket: &ticket.Ticket{ID: id, Customer: "a@example.com", Open: true, OpenedAt: start}})
	if err != nil {
		d.t.Fatal(err)
	}
	return made
}

// TestAHostileMailDoesNothing: it is seen as it looks, and neither runs nor fetches anything.
func TestAHostileMailDoesNothingInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.hostile()
	b := openTab(t, d)
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	b.js(`[...document.querySelectorAll('.talk details')].map(d => d.open = true).length`)
	b.until(`performance.getEntriesByType('resource').some(e => e.name.endsWith('/mail/0/html'))`, "true")
	b.do(chromedp.Sleep(500 * time.Millisecond))
	if got := b.js("window.pwned"); got != "undefined" || strings.Contains(b.js("document.title"), "pwned") {
		t.Errorf("it ran: %s", got)
	}
	if got := b.js(`performance.getEntriesByType('resource').map(e => e.name).filter(n => /leak|steal|gone|\.png/.test(n)).join()`); got != "" {
		t.Errorf("it fetched %s", got)
	}
	// the same page by itself, to look into it
	b.do(chromedp.Navigate(d.URL + "/turns/" + string(turn.ID) + "/mail/0/html"))
	for what, want := range map[string]string{
		"document.querySelectorAll('script,img,svg,form,input,iframe,meta[http-equiv],video,a[href^=java]').length": "0",
		"document.body.innerText.includes('Seen')":         "true",
		"document.body.innerText.includes('Hidden words')": "false",
		"document.querySelectorAll('td').length > 1000":    "true",
		"performance.getEntriesByType('resource').length":  "0",
	} {
		if got := b.js(what); got != want {
			t.Errorf("%s is %s", what, got)
		}
	}
}

// TestThePersianDeskIsMirroredInABrowser: what begins on the left begins on the right.
func TestThePersianDeskIsMirroredInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.populate()
	b := openTab(t, d)
	b.do(chromedp.EmulateViewport(1440, 900))
	side := `(() => { const x = s => document.querySelector(s).getBoundingClientRect().left;
		return [x('.brand') < x('.who'), x('.talk') < x('.draft'), x('.draft') < x('.panel')].join() })()`
	for lang, want := range map[string]string{"en": "true,true,true", "fa": "false,false,false"} {
		b.js(`fetch('/language', {method: 'POST', body: new URLSearchParams({language: '` + lang + `'})}).then(r => 1)`)
		b.do(chromedp.Sleep(150*time.Millisecond), chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)),
			chromedp.WaitVisible("#draft"))
		if got := b.js(side); got != want {
			t.Errorf("%s: %s", lang, got)
		}
	}
	b.do(chromedp.Navigate(d.URL + "/"))
}

// mark leaves a sign in the window that a page that is loaded whole would not have.
func (b *tab) mark() { b.Helper(); b.script("window.stayed = true") }

// TestTheQueueIsFilteredWithoutANewPage: the address says what is shown, and the way back leads back.
func TestTheQueueIsFilteredWithoutANewPageInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.populate()
	b := openTab(t, d)
	b.mark()
	b.until("document.querySelectorAll('a.row').length", "4")
	b.script(`(() => { const f = document.querySelector('#f-lang'); f.focus(); f.value = 'fa';
		f.dispatchEvent(new Event('change', {bubbles: true})) })()`)
	b.until("document.querySelectorAll('a.row').length", "1")
	b.until("new URLSearchParams(location.search).get('lang')", "fa")
	b.until("document.activeElement.id", "f-lang")
	b.script("history.back()")
	b.until("document.querySelectorAll('a.row').length", "4")
	b.until("location.search", "")
	b.script("history.forward()")
	b.until("document.querySelectorAll('a.row').length", "1")
	b.script("history.back()")
	b.until("document.querySelectorAll('a.row').length", "4")
	b.do(chromedp.Click("#row-"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	b.until("location.pathname", "/turns/"+string(turn.ID))
	b.until("document.activeElement.id", "main")
	b.until("document.querySelector('#live').textContent.includes(document.querySelector('h1').textContent)", "true")
	b.keys("k")
	b.until("document.activeElement.id", "row-"+string(turn.ID))
	b.until("window.stayed", "true")
	b.do(chromedp.SendKeys("#search", "Lampe"+kb.Enter))
	b.until("document.querySelectorAll('a.row').length", "1")
	b.until("location.search", "?q=Lampe")
}

// TestAMacroIsPutIn below what a person has written, and the focus goes to the text.
func TestAMacroIsPutInInABrowser(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) {
		deps.Macros = func(*ticket.Turn) []web.Macro { return []web.Macro{{Name: "sorry", Text: "We are sorry."}} }
	})
	turn := d.one()
	b := openTab(t, d)
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"))
	b.mark()
	b.do(chromedp.Click("#use-macro"))
	b.until("document.querySelector('#text').value", "We are sorry.")
	b.until("document.activeElement.id", "text")
	b.keys(kb.End + " Truly.")
	b.do(chromedp.Click("#use-macro"))
	b.until("document.querySelector('#text').value", "We are sorry. Truly.\n\nWe are sorry.")
	b.until("window.stayed", "true")
}

// TestWhatIsWrittenStays while a note is kept, while somebody else acts, and when the desk does not answer.
func TestWhatIsWrittenStaysInABrowser(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	b := openTab(t, d)
	b.do(chromedp.Navigate(d.URL+"/turns/"+string(turn.ID)), chromedp.WaitVisible("#draft"),
		chromedp.SendKeys("#text", " Half a sentence"))
	b.do(chromedp.SendKeys("#ticket textarea", "Called her."), chromedp.Click("#note-keep"))
	b.until("document.querySelector('#talk').textContent.includes('Called her.')", "true")
	b.until("document.querySelector('#live').textContent", "Noted.")
	_, err := d.store.Change(t.Context(), turn.ID, turn.Version, func(t *ticket.Turn) error {
		t.Note(start, "kim", "looked")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.until("!!document.querySelector('#changed .problem')", "true")
	d.CloseClientConnections()
	d.Listener.Close()
	b.do(chromedp.Click("#approve"), chromedp.WaitVisible("#trouble .problem"))
	b.until("document.querySelector('#text').value.includes('Half a sentence')", "true")
}
