package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// TestFiftyPowerCuts kills the daemon, in the middle of its work, again and again, on one data folder. In the
// end every mail is in exactly one turn, nobody got two answers to a mail, and what was on its way to SendGrid
// at a kill was settled or given to a person, and never sent again by itself.
func TestFiftyPowerCuts(t *testing.T) {
	t.Parallel()
	kills := 50
	switch {
	case testing.Short(), raceOn: // make test runs the whole of it without the race detector
		kills = 8
	}
	const first, each = 20, 3 // mails that lie in the inbox at first, and that come before each further start
	w, c, path := crashWorld(t, first, first+each*kills)
	rng := rand.New(rand.NewPCG(2026, 11))
	sending := map[ticket.TurnID]bool{} // found in sending after a kill
	for i := range kills {
		deliver(t, w, first+each*i, each)
		before := w.Calls()
		p := start(t, "run", "--config", path)
		// Some die while they start, some when they begin to fetch mail, most while they answer.
		signs := []string{"", sandbox.IMAP, sandbox.OpenAI, sandbox.SendGrid, sandbox.SendGrid}
		if sign := signs[i%len(signs)]; sign != "" {
			p.until(t, "calling "+sign, func() bool { return w.Calls()[sign] > before[sign] })
		}
		select {
		case <-time.After(time.Duration(rng.IntN(200)) * time.Millisecond):
		case <-p.exited:
			t.Fatalf("replyd ended by itself:\n%s", p.log.String())
		}
		p.kill()
		for _, id := range inState(t, c.Data, ticket.Sending) {
			sending[id] = true
		}
	}
	last := start(t, "run", "--config", path)
	last.until(t, "answering all", func() bool { return settled(t, c, first+each*kills) })
	if code := last.stop(t); code != 0 {
		t.Errorf("exit code %d after SIGTERM:\n%s", code, last.log.String())
	}
	t.Logf("%d kills; %d turns were in sending at one", kills, len(sending))
	if len(sending) == 0 && !testing.Short() && !raceOn {
		t.Error("no kill hit a turn in sending: the test shows nothing")
	}
	checkCrashes(t, w, c.Data, first+each*kills, sending)
}

// crashWorld is a sandbox whose services take a moment, so that kills hit the middle of calls, and the
// configuration of a daemon for it. SendGrid's events come to the daemon when it is up, and are lost otherwise.
func crashWorld(t *testing.T, inInbox, customers int) (*sandbox.World, *config.Config, string) {
	t.Helper()
	s, err := sandbox.Load(crashScenario(inInbox, customers))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sandbox.Start(s, sandbox.Options{Latency: map[string]time.Duration{
		sandbox.OpenAI: 10 * time.Millisecond, sandbox.Shopify: 5 * time.Millisecond,
		sandbox.SendGrid: 60 * time.Millisecond,
	}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	c := app.SandboxConfig(w, filepath.Join(t.TempDir(), "data"))
	c.Web.Listen = free("127.0.0.1:0")
	c.Web.PublicURL = "http://" + c.Web.Listen
	w.SetEventURL(c.Web.PublicURL + "/events/sendgrid")
	c.Limits.HourlyTotal, c.Limits.HourlyDomain = 10_000, 10_000
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	return w, c, path
}

// crashScenario has customers with an order each, the first of whom have written already.
func crashScenario(mails, customers int) []byte {
	var people, orders []string
	for n := range customers {
		people = append(people, fmt.Sprintf(`{"email": %q, "firstName": "C%d"}`, customer(n), n))
		orders = append(orders, fmt.Sprintf(`{"name": "#%d", "email": %q, "createdAt": "{{ago 2d}}",
			"lineItems": [{"title": "Oak Serving Board", "sku": "OSB-42", "discountedTotalSet": "39.00"}]}`,
			1000+n, customer(n)))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, `-- shop.json --
{"shop": {"name": "Lavender & Oak", "myshopifyDomain": "lavender-oak.myshopify.com",
 "url": "https://lavender-oak.example", "contactEmail": "support@lavender-oak.example", "currencyCode": "EUR",
 "ianaTimezone": "Europe/Berlin"},
"customers": [%s],
"orders": [%s]}
`, strings.Join(people, ",\n"), strings.Join(orders, ",\n"))
	for n := range mails {
		fmt.Fprintf(&b, "-- mails/%d-from-%d.eml --\n%s", n+1, n, question(n))
	}
	return b.Bytes()
}

func customer(n int) string { return fmt.Sprintf("c%d@inbox.example", n) }

// question is customer n's mail.
func question(n int) string {
	return fmt.Sprintf(`Authentication-Results: mx.lavender-oak.example; dmarc=pass header.from=inbox.example
Date: %s
From: C%d <%s>
To: support@lavender-oak.example
Subject: Order #%d
Message-ID: <q%d@inbox.example>

Hello, where is my order #%d? When will it arrive?
`, time.Now().Format(time.RFC1123Z), n, customer(n), 1000+n, n, 1000+n)
}

func deliver(t *testing.T, w *sandbox.World, from, n int) {
	t.Helper()
	for i := range n {
		if err := w.Deliver([]byte(strings.ReplaceAll(question(from+i), "\n", "\r\n"))); err != nil {
			t.Fatal(err)
		}
	}
}

// inState opens the store that a killed daemon left behind.
func inState(t *testing.T, dir string, state ticket.State) (ids []ticket.TurnID) {
	t.Helper()
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	turns, err := s.TurnsByState(state, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range turns {
		ids = append(ids, turn.ID)
	}
	return ids
}

// settled asks the running daemon, through its control socket, whether all mails are taken in and nothing is
// left for it to do.
func settled(t *testing.T, c *config.Config, mails int) bool {
	t.Helper()
	if door, err := net.Dial("unix", filepath.Join(c.Data, "control.sock")); err != nil {
		return false // it is starting; to ask now would open the store in its stead
	} else {
		door.Close()
	}
	var b bytes.Buffer
	if err := app.ExportFrom(t.Context(), c, &b, app.Tickets, app.JSONLines); err != nil {
		t.Fatal(err)
	}
	rows := 0
	for d := json.NewDecoder(&b); ; rows++ {
		var row struct{ State ticket.State }
		if d.Decode(&row) != nil {
			return rows == mails
		}
		if row.State.Working() {
			return false
		}
	}
}

// checkCrashes looks at the store and at what the outside saw.
func checkCrashes(t *testing.T, w *sandbox.World, dir string, mails int, sending map[ticket.TurnID]bool) {
	t.Helper()
	answers := map[string]int{} // by the Message-ID that they answer
	for _, m := range w.Outbox() {
		if answers[m.Headers["In-Reply-To"]]++; answers[m.Headers["In-Reply-To"]] == 2 {
			t.Errorf("%s got two answers to %s", m.To.Email, m.Headers["In-Reply-To"])
		}
	}
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	held := map[string]int{} // turns that hold a mail, by its Message-ID
	err = s.EachTurn(func(turn *ticket.Turn) error {
		for _, m := range turn.Mails {
			held[m.MessageID]++
		}
		checkCrashed(t, turn, answers[turn.Mail().MessageID], sending[turn.ID])
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for n := range mails {
		if id := fmt.Sprintf("<q%d@inbox.example>", n); held[id] != 1 {
			t.Errorf("mail %s is in %d turns", id, held[id])
		}
	}
	if len(held) != mails {
		t.Errorf("%d mails are stored of %d", len(held), mails)
	}
}

// checkCrashed: a turn was offered to SendGrid at most once; it is done exactly if it is known to have left;
// what a kill caught in sending is with a person unless a trace of it was found.
func checkCrashed(t *testing.T, turn *ticket.Turn, answers int, caught bool) {
	t.Helper()
	sendings := 0
	for _, e := range turn.History {
		if e.To == ticket.Sending {
			sendings++
		}
	}
	v := turn.History[len(turn.History)-1]
	switch {
	case sendings != 1:
		t.Errorf("%s was offered to SendGrid %d times:\n%v", turn.ID, sendings, turn.History)
	case turn.State == ticket.Done && answers != 1:
		t.Errorf("%s is done, and %d answers left", turn.ID, answers)
	case !caught && turn.State != ticket.Done:
		t.Errorf("%s was not caught in sending and is %s: %s", turn.ID, turn.State, v.What)
	case caught && turn.State == ticket.Review && !strings.Contains(v.What, "it is unknown whether the reply left"):
		t.Errorf("%s waits for another reason: %s", turn.ID, v.What)
	case caught && turn.State == ticket.Done && (turn.Receipt.Reconciled == ""):
		t.Errorf("%s was caught in sending and is done without a trace", turn.ID)
	case turn.State != ticket.Done && turn.State != ticket.Review:
		t.Errorf("%s is %s", turn.ID, turn.State)
	}
}
