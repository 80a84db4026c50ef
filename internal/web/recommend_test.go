package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

const asks = `/recommend"`

// vote rates an answer and gives the page that follows.
func (d *desk) vote(link string) string {
	d.t.Helper()
	_, page, _ := d.do("GET", link, nil)
	status, page, _ := d.do("POST", link, url.Values{"nonce": {nonceOf(d.t, page)}, "score": {"5"}})
	if status != http.StatusOK {
		d.t.Fatalf("vote: %d\n%s", status, page)
	}
	return page
}

func (d *desk) recommendations() (out []ticket.Recommendation) {
	d.t.Helper()
	err := d.store.EachRecommendation(func(r *ticket.Recommendation) error { out = append(out, *r); return nil })
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func TestAVoterIsAskedForARecommendationAndCanChangeTheAnswer(t *testing.T) {
	d := newDesk(t, nil)
	turn, link := d.sent("fa")
	page := d.vote(link)
	for _, want := range []string{`dir="rtl"`, "به یک دوست پیشنهاد کنید", `value="0"`, `value="10"`, "۱۰", asks} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	form := url.Values{"nonce": {nonceOf(t, page)}}
	for _, score := range []string{"9", "0"} {
		form.Set("score", score)
		if status, page, _ := d.do("POST", link+"/recommend", form); status != http.StatusOK || strings.Contains(page, asks) {
			t.Errorf("%s: %d\n%s", score, status, page)
		}
	}
	got := d.recommendations()
	if len(got) != 1 || len(got[0].Answers) != 2 || got[0].Last().Score != 0 || got[0].Address != turn.Recipient() {
		t.Errorf("kept: %+v", got)
	}
	if v := d.votes(turn); len(v) != 1 || v[0].Score != 5 {
		t.Errorf("the faces' votes: %+v", v)
	}
}

func TestEveryLanguageAsks(t *testing.T) {
	for lang, want := range map[string]string{"en": "recommend us", "fa": "پیشنهاد", "de": "weiterempfehlen",
		"fr": "recommandiez", "es": "recomiende"} {
		d := newDesk(t, nil)
		_, link := d.sent(lang)
		if page := d.vote(link); !strings.Contains(page, want) || !strings.Contains(page, `lang="`+lang+`"`) {
			t.Errorf("%s: no %q", lang, want)
		}
	}
}

func TestACustomerIsAskedOnceIn90Days(t *testing.T) {
	now := start
	d := newDesk(t, func(deps *web.Deps) { deps.Now = func() time.Time { return now } })
	_, first := d.sent("en")
	_, second := d.sent("en") // of the same customer
	if !strings.Contains(d.vote(first), asks) || strings.Contains(d.vote(second), asks) {
		t.Error("not asked once")
	}
	if !strings.Contains(d.vote(first), asks) {
		t.Error("the page that asked no longer does")
	}
	_, page, _ := d.do("GET", second, nil)
	form := url.Values{"nonce": {nonceOf(t, page)}, "score": {"10"}}
	if status := d.post(second+"/recommend", form); status != http.StatusConflict {
		t.Errorf("an answer that nobody asked for: %d", status)
	}
	now = start.Add(ticket.AskEvery - time.Minute)
	turn, _ := d.sent("en")
	third := d.ratingURL(turn, turn.Recipient(), now.Add(time.Hour))
	if strings.Contains(d.vote(third), asks) {
		t.Error("asked again before the 90 days were over")
	}
	now = start.Add(ticket.AskEvery)
	if !strings.Contains(d.vote(third), asks) || len(d.recommendations()) != 2 {
		t.Errorf("not asked again: %+v", d.recommendations())
	}
}

func TestLookingAsksAndRecordsNothing(t *testing.T) {
	d := newDesk(t, nil)
	_, link := d.sent("en")
	_, page, _ := d.do("GET", link, nil)
	if strings.Contains(page, asks) {
		t.Error("asked before the vote")
	}
	for _, method := range []string{"GET", "HEAD"} {
		if status, _, _ := d.do(method, link+"/recommend?score=9", nil); status == http.StatusOK {
			t.Errorf("%s: %d", method, status)
		}
	}
	if got := d.recommendations(); len(got) != 0 {
		t.Errorf("recorded: %+v", got)
	}
	page = d.vote(link)
	for name, form := range map[string]url.Values{
		"no number":  {"nonce": {nonceOf(t, page)}},
		"eleven":     {"nonce": {nonceOf(t, page)}, "score": {"11"}},
		"less":       {"nonce": {nonceOf(t, page)}, "score": {"-1"}},
		"no page":    {"score": {"9"}},
		"a wrong id": {"nonce": {"x.y"}, "score": {"9"}},
	} {
		if status := d.post(link+"/recommend", form); status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, status)
		}
	}
	if status := d.post(d.URL+"/r/x.y.z/recommend", url.Values{"score": {"9"}}); status != http.StatusNotFound {
		t.Errorf("a forged link: %d", status)
	}
	if got := d.recommendations(); len(got) != 1 || got[0].Last() != nil {
		t.Errorf("recorded: %+v", got)
	}
}
