package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// TestATurnSaysUntilWhenItIsToBeAnswered, while a person has to: later it says since when that is over.
func TestATurnSaysUntilWhenItIsToBeAnswered(t *testing.T) {
	now := start
	d := newDesk(t, func(deps *web.Deps) { deps.Now = func() time.Time { return now } })
	turn := d.one()
	d.login()
	head := regexp.MustCompile(`(?s)<header class="head".*?</header>`)
	says := func() string {
		t.Helper()
		status, body, _ := d.do("GET", "/turns/"+string(turn.ID), nil)
		if status != http.StatusOK {
			t.Fatal(status)
		}
		return head.FindString(body)
	}
	if got := says(); !strings.Contains(got, ">due in 8 h<") || strings.Contains(got, "late") {
		t.Errorf("in time: %s", got)
	}
	now = start.Add(9 * time.Hour)
	if got := says(); !strings.Contains(got, ">late since ") || strings.Contains(got, "due in") {
		t.Errorf("late: %s", got)
	}
	d.change(turn.ID, func(t *ticket.Turn) { t.Snoozed = now.Add(time.Hour) })
	if got := says(); strings.Contains(got, `id="due"`) {
		t.Errorf("put off: %s", got)
	}
	turn = d.change(turn.ID, func(t *ticket.Turn) { t.Snoozed = time.Time{} })
	d.post(act(turn, "approve"), approval(turn))
	if got := says(); strings.Contains(got, `id="due"`) {
		t.Errorf("done: %s", got)
	}
}
