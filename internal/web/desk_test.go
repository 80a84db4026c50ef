package web_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

var start = time.Now().Add(-time.Hour).Truncate(time.Second)

const password = "correct horse battery"

// passwordHash is made once: hashing is slow on purpose.
var passwordHash = sync.OnceValue(func() string {
	h, err := web.HashPassword(password)
	if err != nil {
		panic(err)
	}
	return h
})

// desk is a running desk over a real store.
type desk struct {
	*httptest.Server
	t      *testing.T
	store  *store.Store
	client *http.Client
	log    *bytes.Buffer
}

// newDesk starts a desk. change may alter what it is made of.
func newDesk(t *testing.T, change func(*web.Deps)) *desk {
	t.Helper()
	st, err := store.Open(t.TempDir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { st.Close() })
	jar, _ := cookiejar.New(nil)
	d := &desk{t: t, store: st, log: &bytes.Buffer{}}
	deps := web.Deps{
		Desk: st, People: st, Sessions: st, NotFound: store.ErrNotFound, Log: slog.New(slog.NewTextHandler(d.log, nil)),
		Shop: "Lavender & Oak", Users: []web.User{{Name: "sam", Hash: passwordHash()}},
		RatingSecret: bytes.Repeat([]byte("k"), 32), Zone: noon(),
		Check: func(draft ticket.Draft) []ticket.Uncovered { return ground.Check(draft, time.UTC, nil) },
	}
	if change != nil {
		change(&deps)
	}
	h, err := web.New(deps)
	if err != nil {
		t.Fatal(err)
	}
	d.Server = httptest.NewServer(h)
	t.Cleanup(d.Close)
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	d.client = &http.Client{Jar: jar, CheckRedirect: stay}
	return d
}

// noon is a zone in which it is about midday now, so that what happened an hour ago happened today.
func noon() *time.Location {
	return time.FixedZone("noon", (12-time.Now().UTC().Hour())*3600)
}

// mailed puts a mail into the store and gives its turn, still received.
func (d *desk) mailed(name, subject, text string, gate ticket.Gate) *ticket.Turn {
	d.t.Helper()
	address := strings.ToLower(strings.ReplaceAll(name, " ", ".")) + "@example.com"
	id := ticket.NewID(start)
	turn := &ticket.Turn{
		ID: ticket.NewTurnID(start), Ticket: id, Cause: ticket.ByMail, Born: start, Gate: gate,
		Mails: []ticket.Incoming{{
			Key: "key of " + string(id), Account: "support", Folder: "INBOX",
			MessageID: "<" + string(id) + "@example.com>",
			From:      address, Name: name, Subject: subject, Arrived: start, Text: text + "\n\n> older", Reply: text,
		}},
		Sender: ticket.Identity{
			Address: address, Name: name, Verdict: "pass", Method: "dmarc", Domain: "example.com",
			Via: ticket.Direct, Reason: "DMARC passed for example.com.",
		},
	}
	state := ticket.Received
	if gate.Outcome == ticket.Hold {
		state = ticket.Review
	}
	turn.Move(start, "intake", state, "came in")
	_, err := d.store.TakeIn(d.t.Context(), store.Intake{
		Key: "key of " + string(id), Raw: []byte("Subject: " + subject + "\r\n\r\n" + text), Turn: turn,
		Cursor: mail.Cursor{Account: "support", Folder: "INBOX", UIDValidity: 1, UID: 1},
		Ticket: &ticket.Ticket{
			ID: id, Subject: subject, Customer: address, Parties: []string{address}, Open: true, OpenedAt: start,
		},
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return d.read(turn.ID)
}

var goes = ticket.Gate{Outcome: ticket.Go, Rule: "go"}

// drafted brings a mail up to review, with a draft.
func (d *desk) drafted(name, subject, text, language, draft string, tr ticket.Triage) *ticket.Turn {
	d.t.Helper()
	turn := d.mailed(name, subject, text, goes)
	tr.Engine, tr.Language = "lexicon", language
	fact := shop.Fact{Kind: shop.KindOrder, Name: "order.name", Value: "#1001", Source: "order #1001 → name"}
	d.change(turn.ID, func(t *ticket.Turn) {
		t.Triage = &tr
		t.Move(start, "triage", ticket.Triaged, "read the mail")
	})
	d.change(turn.ID, func(t *ticket.Turn) {
		t.Findings = &shop.Findings{
			Customer: &shop.Customer{FirstName: name, Orders: 3, Spent: shop.Money{Minor: 12900, Currency: "EUR"}},
			Orders: []shop.Order{{
				Name: "#1001", Created: start.Add(-72 * time.Hour), Fulfillment: "IN_TRANSIT", Financial: "PAID",
				Total: shop.Money{Minor: 3900, Currency: "EUR"},
			}},
			Answers: []shop.Finding{{Result: shop.Found, Facts: []shop.Fact{fact}}},
		}
		t.Move(start, "lookup", ticket.Informed, "found order #1001")
	})
	d.change(turn.ID, func(t *ticket.Turn) {
		t.Drafts = []ticket.Draft{{
			By: "replyd", At: start, Language: language, Subject: "Re: " + subject, Text: draft, HTML: "<p>x</p>",
			Template: language + "/order_status@1f2e3d4c", Facts: []shop.Fact{fact},
		}}
		t.Move(start, "reply", ticket.Drafted, "wrote a draft")
	})
	return d.change(turn.ID, func(t *ticket.Turn) {
		t.Verdicts = []ticket.Verdict{{
			Decision: ticket.Ask, By: ticket.Policy, Reasons: []string{"The store approves every reply."}, At: start,
		}}
		t.Move(start, ticket.Policy, ticket.Review, "a person decides")
	})
}

// one is a drafted turn as most tests need it.
func (d *desk) one() *ticket.Turn {
	return d.drafted("Ada Lovelace", "Where is my order?", "Where is order #1001? Thank you.", "en",
		"Hello Ada,\n\nyour order #1001 is on its way.\n\nLavender & Oak",
		ticket.Triage{Requests: []ticket.Request{{
			Intent: ticket.OrderStatus, OrderRefs: []string{"1001"}, Quote: "Where is order #1001?", Confidence: 0.9,
		}}})
}

func (d *desk) change(id ticket.TurnID, f func(*ticket.Turn)) *ticket.Turn {
	d.t.Helper()
	t, err := d.store.Change(d.t.Context(), id, 0, func(t *ticket.Turn) error { f(t); return nil })
	if err != nil {
		d.t.Fatal(err)
	}
	return t
}

func (d *desk) read(id ticket.TurnID) *ticket.Turn {
	d.t.Helper()
	t, err := d.store.Turn(id)
	if err != nil {
		d.t.Fatal(err)
	}
	return t
}

// sent gives a turn whose answer went out, and the link to rate it.
func (d *desk) sent(language string) (*ticket.Turn, string) {
	d.t.Helper()
	t := d.drafted("Ada Lovelace", "Where is my order?", "Where?", language, "On its way.", ticket.Triage{})
	d.change(t.ID, func(t *ticket.Turn) {
		t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.Send, By: "sam", At: start})
		t.Move(start, "sam", ticket.Approved, "approved")
	})
	d.change(t.ID, func(t *ticket.Turn) {
		t.Outgoing = &ticket.Outgoing{MessageID: "<" + string(t.ID) + "@shop.example>", MintedAt: start}
		t.Move(start, "send", ticket.Sending, "sending")
	})
	t = d.change(t.ID, func(t *ticket.Turn) {
		t.Receipt = &ticket.Receipt{ProviderID: "p", AcceptedAt: start}
		t.Move(start, "send", ticket.Sent, "sent")
	})
	return t, d.ratingURL(t, t.Recipient(), start.Add(web.RatingLife))
}

func (d *desk) ratingURL(t *ticket.Turn, address string, expires time.Time) string {
	return web.RatingURL(d.URL, bytes.Repeat([]byte("k"), 32), string(t.Ticket), string(t.ID), address, expires)
}

func (d *desk) do(method, path string, form url.Values, header ...string) (int, string, http.Header) {
	d.t.Helper()
	if !strings.HasPrefix(path, "http") {
		path = d.URL + path
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, path, strings.NewReader(form.Encode()))
	if err != nil {
		d.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(body), resp.Header
}

// post sends a form and gives the status alone.
func (d *desk) post(path string, form url.Values, header ...string) int {
	d.t.Helper()
	status, _, _ := d.do("POST", path, form, header...)
	return status
}

// act is where the form of a decision goes.
func act(t *ticket.Turn, verb string) string { return "/turns/" + string(t.ID) + "/" + verb }

func (d *desk) login() {
	d.t.Helper()
	status, body, _ := d.do("POST", "/login", url.Values{"name": {"sam"}, "password": {password}})
	if status != http.StatusSeeOther {
		d.t.Fatalf("log-in: %d\n%s", status, body)
	}
}

// approval is the form as the page would send it, unchanged.
func approval(t *ticket.Turn) url.Values {
	return url.Values{
		"version": {fmt.Sprint(t.Version)}, "subject": {t.Draft().Subject},
		"text": {strings.ReplaceAll(t.Draft().Text, "\n", "\r\n")},
	}
}
