package web_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"context"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

func nonceOf(t *testing.T, page string) string {
	t.Helper()
	m := regexp.MustCompile(`name="nonce" value="([^"]+)"`).FindStringSubmatch(page)
	if m == nil {
		t.Fatalf("no nonce in\n%s", page)
	}
	return m[1]
}

func (d *desk) votes(t *ticket.Turn) []ticket.Rating {
	d.t.Helper()
	r, err := d.store.Ratings(t.ID)
	if err != nil {
		d.t.Fatal(err)
	}
	return r
}

func TestLookingAtARatingPageRecordsNothing(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("en")
	for _, method := range []string{"GET", "HEAD"} {
		for _, suffix := range []string{"", "?score=1", "?score=5&nonce=x"} {
			if status, _, _ := d.do(method, link+suffix, nil); status != http.StatusOK {
				t.Errorf("%s %s: %d", method, suffix, status)
			}
		}
	}
	if v := d.votes(turn); len(v) != 0 {
		t.Errorf("votes %v", v)
	}
	if strings.Contains(link, "example.com") || strings.Contains(link, "lovelace") {
		t.Errorf("the link shows the address: %s", link)
	}
}

func TestAVoteIsRecordedAndCanBeChanged(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("fa")
	_, page, _ := d.do("GET", link+"?score=4", nil)
	for _, want := range []string{`<html lang="fa" dir="rtl">`, "از پاسخ ما چقدر راضی هستید؟", `value="4" checked`,
		"Lavender &amp; Oak</bdi>"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	form := url.Values{"nonce": {nonceOf(t, page)}, "score": {"4"}, "comment": {"خوب بود\x00 <b>"}}
	status, page, _ := d.do("POST", link, form, "Sec-Fetch-Site", "same-origin")
	if status != http.StatusOK || !strings.Contains(page, "سپاسگزاریم") {
		t.Errorf("%d\n%s", status, page)
	}
	form.Set("score", "1")
	d.do("POST", link, form)
	v := d.votes(turn)
	if len(v) != 2 || v[0].Score != 4 || v[0].Comment != "خوب بود <b>" || v[1].Score != 1 ||
		v[0].Address != turn.Recipient() {
		t.Errorf("votes %+v", v)
	}
	n, _ := d.store.CountByState()
	if n[ticket.Review] != 1 {
		t.Errorf("an unhappy vote opens a turn for a person: %v", n)
	}
}

func TestAVoteNeedsAPageThatWasShown(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("en")
	other, otherLink := d.sent("en")
	_, page, _ := d.do("GET", link, nil)
	_, otherPage, _ := d.do("GET", otherLink, nil)
	for name, form := range map[string]url.Values{
		"no nonce":           {"score": {"5"}},
		"another's nonce":    {"score": {"5"}, "nonce": {nonceOf(t, otherPage)}},
		"an invented nonce":  {"score": {"5"}, "nonce": {"abc.def"}},
		"no score":           {"nonce": {nonceOf(t, page)}},
		"a score of nothing": {"score": {"0"}, "nonce": {nonceOf(t, page)}},
		"a score of six":     {"score": {"6"}, "nonce": {nonceOf(t, page)}},
	} {
		if status := d.post(link, form); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
	if len(d.votes(turn))+len(d.votes(other)) != 0 {
		t.Error("recorded")
	}
	form := url.Values{"score": {"5"}, "nonce": {nonceOf(t, page)}}
	if status := d.post(link, form, "Sec-Fetch-Site", "cross-site"); status != http.StatusForbidden {
		t.Errorf("from another site: %d", status)
	}
}

func TestVotesAreBounded(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("en")
	_, page, _ := d.do("GET", link, nil)
	form := url.Values{"score": {"5"}, "nonce": {nonceOf(t, page)}, "comment": {strings.Repeat("é", 5000)}}
	last := 0
	for range 22 {
		last, _, _ = d.do("POST", link, form)
	}
	v := d.votes(turn)
	if last != http.StatusTooManyRequests || len(v) > 20 || len([]rune(v[0].Comment)) != 2000 {
		t.Errorf("status %d, %d votes", last, len(v))
	}
}

func TestAForgedOrForeignLinkIsNotValid(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("en")
	other, _ := d.sent("en")
	unsent := d.one()
	later := start.Add(web.RatingLife)
	parts := strings.Split(link, ".")
	parts[len(parts)-2] = "zzzzzz"
	longer := strings.Join(parts, ".")
	for name, l := range map[string]string{
		"another address": d.ratingURL(turn, "eve@example.com", later),
		"another ticket":  d.ratingURL(&ticket.Turn{ID: turn.ID, Ticket: other.Ticket}, turn.Recipient(), later),
		"another secret": web.RatingURL(d.URL, []byte("other"), string(turn.Ticket), string(turn.ID),
			turn.Recipient(), later),
		"a longer life":   longer,
		"a cut signature": link[:len(link)-1],
		"unknown turn":    d.ratingURL(&ticket.Turn{ID: "u0", Ticket: turn.Ticket}, turn.Recipient(), later),
		"not sent yet":    d.ratingURL(unsent, unsent.Recipient(), later),
		"nonsense":        d.URL + "/r/x",
		"very long":       d.URL + "/r/" + strings.Repeat("a.", 3000),
	} {
		for _, method := range []string{"GET", "POST"} {
			status, body, _ := d.do(method, l, url.Values{"score": {"1"}})
			if status != http.StatusNotFound || !strings.Contains(body, "This link is not valid.") {
				t.Errorf("%s %s: %d", method, name, status)
			}
		}
	}
}

func TestALinkExpires(t *testing.T) {
	d := newDesk(t, nil)
	turn, _ := d.sent("de")
	old := d.ratingURL(turn, turn.Recipient(), time.Now().Add(-time.Minute))
	for _, method := range []string{"GET", "POST"} {
		status, body, _ := d.do(method, old, url.Values{"score": {"1"}})
		if status != http.StatusGone || !strings.Contains(body, "Dieser Link ist abgelaufen.") {
			t.Errorf("%s: %d", method, status)
		}
	}
	if len(d.votes(turn)) != 0 {
		t.Error("recorded")
	}
}

func TestTheWebhookHandsOnWhatIsSigned(t *testing.T) {
	var got []byte
	fail := error(nil)
	d := newDesk(t, func(deps *web.Deps) {
		deps.Events = func(r *http.Request, body []byte) error {
			if r.Header.Get("X-Signed") == "" {
				return errors.Join(web.ErrUnverified, errors.New("no signature"))
			}
			got = body
			return fail
		}
	})
	post := func(body string, header ...string) int {
		req, _ := http.NewRequestWithContext(t.Context(), "POST", d.URL+"/events/sendgrid", strings.NewReader(body))
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		resp, err := d.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if s := post("[]"); s != http.StatusForbidden {
		t.Errorf("unsigned: %d", s)
	}
	if s := post("[1]", "X-Signed", "1"); s != http.StatusNoContent || string(got) != "[1]" {
		t.Errorf("signed: %d %q", s, got)
	}
	if s := post(strings.Repeat("x", 3<<20), "X-Signed", "1"); s != http.StatusRequestEntityTooLarge {
		t.Errorf("large: %d", s)
	}
	fail = errors.New("disk full")
	if s := post("[1]", "X-Signed", "1"); s != http.StatusInternalServerError {
		t.Errorf("not stored must come again: %d", s)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	ok := true
	d := newDesk(t, func(deps *web.Deps) {
		deps.Ready = func(context.Context) []web.Component { return []web.Component{{Name: "imap", OK: ok}} }
		deps.Metrics = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "up 1\n")
		})
	})
	if status, body, _ := d.do("GET", "/healthz", nil); status != 200 || body != "ok\n" {
		t.Errorf("%d %q", status, body)
	}
	if status, body, _ := d.do("GET", "/readyz", nil); status != 200 || !strings.Contains(body, `"ready":true`) {
		t.Errorf("%d %q", status, body)
	}
	ok = false
	if status, body, _ := d.do("GET", "/readyz", nil); status != 503 || !strings.Contains(body, `"imap"`) {
		t.Errorf("%d %q", status, body)
	}
	if _, body, _ := d.do("GET", "/metrics", nil); body != "up 1\n" {
		t.Errorf("%q", body)
	}
	if !bytes.Equal(d.log.Bytes(), nil) {
		t.Errorf("log: %s", d.log)
	}
}
