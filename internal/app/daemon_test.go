package app

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// TestADayOfTheDaemon runs it as `replyd run` does and lets a day's events happen one after the other.
func TestADayOfTheDaemon(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	t.Run("a mail that comes while it idles is answered", d.answersWhileIdle)
	t.Run("an approved draft goes out", d.sendsWhatIsApproved)
	t.Run("a bounce needs a person", d.noticesBounce)
	t.Run("a bad rating needs a person", d.noticesRating)
	t.Run("a service that is down is waited for", d.waitsForService)
	t.Run("a backup is made while it works", d.backsUp)
	t.Run("tables are exported while it works", d.exports)
	t.Run("it stops in time", func(t *testing.T) {
		d.cancel()
		select {
		case err := <-d.stopped:
			if err != nil {
				t.Errorf("Run: %v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("still running after 10 s")
		}
	})
}

func (d *daemon) answersWhileIdle(t *testing.T) {
	d.turnIn(t, d.deliver(t, "03-tom-no-number"), "the first mail", is(ticket.Done)) // from here on it idles
	turn := d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the second mail", is(ticket.Done))
	sent := d.outbox(turn)
	switch {
	case len(sent) != 1:
		t.Fatalf("%d replies", len(sent))
	case sent[0].To.Email != "maggie.doyle@posteo.example" || sent[0].Headers["Auto-Submitted"] != "auto-replied":
		t.Errorf("sent to %s with %v", sent[0].To.Email, sent[0].Headers)
	case !strings.Contains(sent[0].Text, "00340434161094042557"):
		t.Errorf("no tracking number:\n%s", sent[0].Text)
	}
}

// outbox is what the world saw of a turn.
func (d *daemon) outbox(turn *ticket.Turn) (out []sandbox.Sent) {
	for _, m := range d.world.Outbox() {
		if m.Args["turn"] == string(turn.ID) {
			out = append(out, m)
		}
	}
	return out
}

func (d *daemon) sendsWhatIsApproved(t *testing.T) {
	turn := d.turnIn(t, d.deliver(t, "39-chloe-other-colour"), "a draft", is(ticket.Review))
	if _, page := d.page(t, "/", nil); !strings.Contains(page, `name="password"`) {
		t.Error("the desk opens without a password")
	}
	login := url.Values{"name": {DemoUser}, "password": {DemoPassword}}
	if status, page := d.page(t, "/login", login); status != http.StatusOK || !strings.Contains(page, "change colour please!") {
		t.Fatalf("after logging in: %d\n%s", status, page)
	}
	raw := d.mails["39-chloe-other-colour"].Bytes(time.Now())
	raw = regexp.MustCompile(`(?im)^Message-ID: (<.*>)`).ReplaceAll(raw, []byte("Message-ID: <again@x.example>\r\nIn-Reply-To: $1"))
	more := d.turnIn(t, d.deliverRaw(t, raw), "another mail", is(ticket.Review))
	path := "/turns/" + string(turn.ID)
	_, page := d.page(t, path, nil)
	form := url.Values{}
	for _, name := range []string{"version", "subject", "text"} {
		form.Set(name, field(t, page, name))
	}
	if status, page := d.page(t, path+"/approve", form); status != http.StatusOK {
		t.Fatalf("approving: %d\n%s", status, page)
	}
	turn = d.turnIn(t, turn.Mails[0].Key, "the approved reply", is(ticket.Done))
	sent := d.outbox(turn)
	if len(sent) != 1 || sent[0].Headers["Auto-Submitted"] != "" || turn.Verdict().By != DemoUser || len(turn.Drafts) != 1 {
		t.Errorf("%d sent, verdict by %s, %d drafts", len(sent), turn.Verdict().By, len(turn.Drafts))
	}
	if k, err := d.store.Ticket(turn.Ticket); err != nil || more.Ticket != turn.Ticket || !k.Open {
		t.Errorf("the customer wrote again, and the ticket is closed: %+v %v", k, err)
	}
}

func (d *daemon) noticesBounce(t *testing.T) {
	turn := d.turnIn(t, d.deliver(t, "41-uwe-bounces"), "the reply", is(ticket.Done))
	more := d.followUp(t, turn, ticket.ByBounce)
	if more.State != ticket.Review || !strings.Contains(more.Gate.Reason, "could not be delivered") {
		t.Errorf("%s: %s", more.State, more.Gate.Reason)
	}
}

func (d *daemon) noticesRating(t *testing.T) {
	turn := d.turnIn(t, d.deliver(t, "10-grace-refund"), "the reply", is(ticket.Done))
	link := regexp.MustCompile(`/r/[\w.-]+`).FindString(d.outbox(turn)[0].Text)
	if link == "" {
		t.Fatal("the reply has no rating link")
	}
	_, page := d.page(t, link, nil)
	votes, err := d.store.Ratings(turn.ID)
	if err != nil || len(votes) > 0 {
		t.Errorf("looking at the page is a vote already: %v, %v", votes, err)
	}
	vote := url.Values{"score": {"1"}, "comment": {"still no money"}, "nonce": {field(t, page, "nonce")}}
	if status, page := d.page(t, link, vote); status != http.StatusOK {
		t.Fatalf("voting: %d\n%s", status, page)
	}
	if more := d.followUp(t, turn, ticket.ByRating); more.State != ticket.Review {
		t.Errorf("a rating of 1 leads to %s", more.State)
	}
}

func (d *daemon) waitsForService(t *testing.T) {
	d.until(t, "the tags of the rating before", func() bool { // they are the shop's too and would meet the fault
		waiting, _, err := d.store.DuePushes(time.Now().Add(time.Hour))
		return len(waiting) == 0 && err == nil
	})
	down := sandbox.Fault{Service: sandbox.Shopify, Kind: sandbox.Unavailable, Times: 1}
	if err := d.world.AddFault(down); err != nil {
		t.Fatal(err)
	}
	key := d.deliver(t, "04-shirin-where-is-it")
	turn := d.turnIn(t, key, "waiting", func(t *ticket.Turn) bool { return t.Waiting != "" })
	if turn.State != ticket.Triaged || turn.Attempts != 1 || time.Until(turn.Due) <= 0 ||
		!strings.Contains(turn.Waiting, "shopify") || !strings.Contains(turn.Waiting, "503") {
		t.Errorf("%s, attempt %d, due %v, waiting: %s", turn.State, turn.Attempts, turn.Due, turn.Waiting)
	}
	if _, page := d.page(t, "/turns/"+string(turn.ID), nil); !strings.Contains(page, "503") {
		t.Error("the desk does not say why the turn waits")
	}
	turn = d.turnIn(t, key, "recovering", is(ticket.Done))
	if turn.Waiting != "" || turn.Attempts != 0 || len(d.outbox(turn)) != 1 {
		t.Errorf("after it: attempt %d, waiting %q, %d sent", turn.Attempts, turn.Waiting, len(d.outbox(turn)))
	}
}

func (d *daemon) backsUp(t *testing.T) {
	to := filepath.Join(t.TempDir(), "copy")
	if err := Backup(t.Context(), d.config, to); err != nil {
		t.Fatal(err)
	}
	if err := Backup(t.Context(), d.config, to); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("a second backup into the same folder: %v", err)
	}
	s, err := store.Open(to, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	want, err := d.store.CountByState()
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.CountByState()
	if err != nil || got[ticket.Done] != want[ticket.Done] || got[ticket.Done] < 5 {
		t.Errorf("the copy has %v, the daemon %v, %v", got, want, err)
	}
}

func (d *daemon) exports(t *testing.T) {
	rows := map[Table]int{Ratings: 1}
	_ = d.store.EachTurn(func(*ticket.Turn) error { rows[Tickets]++; return nil })
	_ = d.store.EachContact(func(*ticket.Contact) error { rows[Customers]++; return nil })
	for table, want := range rows {
		var asCSV, asJSON bytes.Buffer
		if err := ExportFrom(t.Context(), d.config, &asCSV, table, CSV); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(&asCSV).ReadAll()
		if err != nil || len(lines) != want+1 || want == 0 {
			t.Errorf("%s: %d lines for %d rows, %v", table, len(lines), want, err)
		}
		if err := ExportFrom(t.Context(), d.config, &asJSON, table, JSONLines); err != nil {
			t.Fatal(err)
		}
		n := 0
		for dec := json.NewDecoder(&asJSON); ; n++ {
			row := map[string]any{}
			if err := dec.Decode(&row); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
			if len(row) != len(lines[0]) {
				t.Errorf("%s: %d fields for %d columns", table, len(row), len(lines[0]))
			}
		}
		if n != want {
			t.Errorf("%s: %d objects for %d rows", table, n, want)
		}
	}
	err := ExportFrom(t.Context(), d.config, io.Discard, "secrets", CSV)
	if err == nil || !strings.Contains(err.Error(), "choose tickets, customers or ratings") {
		t.Errorf("an unknown table: %v", err)
	}
}
