package web_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// TestVotesOverTimeHoldFacesAndRecommendations, page by page, with what they come to.
func TestVotesOverTimeHoldFacesAndRecommendations(t *testing.T) {
	d := newDesk(t, nil)
	key := d.token(staff.Viewer)
	for i, score := range []int{5, 4, 2} {
		rated, _ := d.sent("en")
		at := start.Add(time.Duration(i) * time.Minute)
		vote := ticket.Rating{Ticket: rated.Ticket, Turn: rated.ID, Address: rated.Recipient(), Score: score, At: at}
		if err := d.store.Rate(t.Context(), vote); err != nil {
			t.Fatal(err)
		}
		if i > 0 {
			continue // of the same customer: asked once
		}
		r := ticket.Recommendation{Ticket: rated.Ticket, Turn: rated.ID, Address: rated.Recipient(), Asked: at}
		if asked, err := d.store.Ask(t.Context(), r); asked == nil || err != nil {
			t.Fatal(asked, err)
		}
		for _, n := range []int{3, 10} {
			if err := d.store.Recommend(t.Context(), rated.Recipient(), rated.ID, n, at.Add(time.Duration(n)*time.Hour/100)); err != nil {
				t.Fatal(err)
			}
		}
	}
	type list struct {
		Ratings []struct {
			Kind  string
			Score int
		}
		Next      string
		CSAT, NPS crm.Score
	}
	var got []string
	path, pages := "/ratings?limit=2", 0
	for after := ""; ; pages++ {
		status, text, _ := d.call("GET", path+after, key, nil)
		var l list
		if err := json.Unmarshal([]byte(text), &l); err != nil || status != 200 {
			t.Fatal(status, err)
		}
		if l.CSAT.N != 3 || l.NPS.N != 1 || l.NPS.Value != 100 || l.CSAT.Low >= l.CSAT.Value {
			t.Errorf("csat %+v, nps %+v", l.CSAT, l.NPS)
		}
		for _, r := range l.Ratings {
			got = append(got, fmt.Sprint(r.Kind, " ", r.Score))
		}
		if l.Next == "" {
			break
		}
		after = "&after=" + url.QueryEscape(l.Next)
	}
	want := []string{"nps 10", "csat 2", "nps 3", "csat 4", "csat 5"}
	if !slices.Equal(got, want) || pages != 2 {
		t.Errorf("%q in %d pages, want %q", got, pages+1, want)
	}
	if status, _, _ := d.call("GET", "/ratings?since=yesterday", key, nil); status != 400 {
		t.Errorf("a time that is none: %d", status)
	}
	if page, _, err := d.store.AuditPage(audit.Filter{What: string(audit.Exported)}, 0, 10); err != nil || len(page) != 3 {
		t.Errorf("%d entries, %v", len(page), err)
	}
}
