package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// logged gives what the audit log holds of a person since an entry, oldest first, without log-ins and looks.
func (d *desk) logged(since uint64) (out []audit.Entry, last uint64) {
	d.t.Helper()
	err := d.store.EachEntry(func(e *audit.Entry) error {
		last = e.Seq
		if e.Seq > since && e.What != audit.TurnRead && e.What != audit.LoggedIn {
			out = append(out, *e)
		}
		return nil
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return out, last
}

// TestEachActLeavesOneEntry, stored with the change; an act that was refused leaves none.
func TestEachActLeavesOneEntry(t *testing.T) {
	d := newDesk(t, withUndo)
	turn, other := d.one(), d.one()
	d.login()
	_, last := d.logged(0)
	for _, c := range []struct {
		verb string
		form url.Values
		want audit.What // empty: nothing is done
	}{
		{"assign", url.Values{"who": {"sam"}}, audit.TicketAssigned},
		{"assign", url.Values{"who": {"nobody-of-that-name"}}, ""},
		{"note", url.Values{"note": {"secret words"}}, audit.TicketNoted},
		{"note", url.Values{"note": {" "}}, ""},
		{"note", url.Values{"note": {strings.Repeat("x", 5000)}}, ""},
		{"tags", url.Values{"tags": {"secret-tag"}}, audit.TicketTagged},
		{"tags", url.Values{"tags": {strings.Repeat("x", 50)}}, ""},
		{"take", nil, audit.TicketTaken},
		{"release", nil, audit.TicketReleased},
		{"snooze", url.Values{"for": {"1h"}}, audit.TurnSnoozed},
		{"snooze", url.Values{"for": {"never"}}, ""},
		{"snooze", url.Values{"wake": {"1"}}, audit.TurnSnoozed},
		{"merge", url.Values{"into": {string(turn.Ticket)}}, ""}, // into itself
		{"merge", url.Values{"into": {string(other.Ticket)}}, audit.TicketMerged},
		{"split", nil, audit.TicketSplit},
		{"split", nil, ""}, // it was split off already
		{"approve", approval(turn), audit.TurnApproved},
		{"undo", nil, audit.TurnUndone},
		{"undo", nil, ""}, // nothing is approved now
		{"spam", nil, audit.TurnRejected},
		{"spam", nil, ""}, // it is closed
	} {
		form := url.Values{"version": {fmt.Sprint(d.read(turn.ID).Version)}}
		for k, v := range c.form {
			if k != "version" {
				form[k] = v
			}
		}
		status := d.post("/turns/"+string(turn.ID)+"/"+c.verb, form)
		var got []audit.Entry
		got, last = d.logged(last)
		switch {
		case c.want == "" && len(got) > 0:
			t.Errorf("%s was refused (%d) and left %+v", c.verb, status, got)
		case c.want == "":
		case len(got) != 1 || got[0].What != c.want || got[0].Who != "sam" || got[0].Customer == "":
			t.Errorf("%s (%d): %+v, want one %s", c.verb, status, got, c.want)
		case got[0].Ticket != string(turn.Ticket) || got[0].Turn != string(turn.ID) && c.want != audit.TicketMerged:
			t.Errorf("%s is about %s, %s", c.verb, got[0].Ticket, got[0].Turn)
		}
		for _, e := range got {
			if strings.Contains(e.Detail, "secret") {
				t.Errorf("%s: what a person typed is in the log", c.verb)
			}
		}
	}
	if _, err := d.store.VerifyAudit(); err != nil {
		t.Error(err)
	}
}

// TestApprovedTogetherEachHasAnEntry, and the click itself none.
func TestApprovedTogetherEachHasAnEntry(t *testing.T) {
	d := newDesk(t, withUndo)
	turns := []*ticket.Turn{d.one(), d.one()}
	d.login()
	_, last := d.logged(0)
	form := url.Values{"alike": {turns[0].Alike()}}
	for _, turn := range turns {
		form.Add("turn", string(turn.ID))
		form.Set("version-"+string(turn.ID), fmt.Sprint(turn.Version))
	}
	if status := d.post("/bulk", form); status != http.StatusSeeOther {
		t.Fatal(status)
	}
	got, _ := d.logged(last)
	about := func(e audit.Entry) string { return string(e.What) + " " + e.Turn }
	for _, turn := range turns {
		want := string(audit.TurnApproved) + " " + string(turn.ID)
		if len(got) != 2 || !slices.ContainsFunc(got, func(e audit.Entry) bool { return about(e) == want }) {
			t.Errorf("%+v lacks %s", got, want)
		}
	}
}
