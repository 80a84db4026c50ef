package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// TestCommandsDecideWithAndWithoutADaemon: the same call, once with nobody there, once through the socket.
func TestCommandsDecideWithAndWithoutADaemon(t *testing.T) {
	t.Parallel()
	w, err := sandbox.Start(sandbox.Demo(), sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir, err := os.MkdirTemp("", "replyd") // the path of a socket has at most 107 bytes
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	c, o := SandboxConfig(w, dir), Options{Log: slog.New(slog.DiscardHandler), NoSync: true, Retry: demoRetry}
	c.Web.Listen = ""
	if _, err := CallAPI(t.Context(), c, http.MethodGet, "/api/v1/counts", nil); err == nil ||
		!strings.Contains(err.Error(), "there is no store") {
		t.Errorf("without a store: %v", err)
	}
	a, err := New(c, o)
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Once(t.Context(), demoRetry.Most); err != nil {
		t.Fatal(err)
	}
	turns, err := a.store.TurnsByState(ticket.Review, 2)
	if err != nil || len(turns) != 2 {
		t.Fatal(len(turns), err)
	}
	a.Close()

	decideBy(t, c, turns[0])

	if a, err = New(c, o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	socket := filepath.Join(dir, socketName)
	go func() { ended <- a.control(ctx, socket) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := os.Stat(socket); err == nil {
			break
		}
		<-tick.C
	}
	decideBy(t, c, turns[1])
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	for _, turn := range turns {
		got, err := a.store.Turn(turn.ID)
		if err != nil || got.State != ticket.Rejected || got.Verdict().By != commandUser() {
			t.Errorf("%+v %v", got.Verdict(), err)
		}
	}
	a.Close()
	if chain, err := AuditVerify(t.Context(), c, ""); err != nil || chain.Count < 2 {
		t.Errorf("%+v %v", chain, err)
	}
}

// decideBy rejects a turn as a command does: not without a reason, not at another version.
func decideBy(t *testing.T, c *config.Config, turn *ticket.Turn) {
	t.Helper()
	path := "/api/v1/turns/" + string(turn.ID) + "/reject"
	for _, in := range []map[string]any{
		{"version": turn.Version}, {"version": turn.Version + 1, "reason": "x"}, {"version": turn.Version, "by": "eve"},
	} {
		if _, err := CallAPI(t.Context(), c, http.MethodPost, path, in); err == nil {
			t.Errorf("%v is taken", in)
		}
	}
	in := map[string]any{"version": turn.Version, "reason": "a duplicate"}
	text, err := CallAPI(t.Context(), c, http.MethodPost, path, in)
	var got struct{ State ticket.State }
	if err != nil || json.Unmarshal(text, &got) != nil || got.State != ticket.Rejected {
		t.Errorf("%s %v", text, err)
	}
}

// TestWhatWasAnsweredByHandStandsOnTheRecord: the customer's, once, with its tags at Shopify to follow; the ticket is
// closed until the customer writes again.
func TestWhatWasAnsweredByHandStandsOnTheRecord(t *testing.T) {
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	turn := reviewable(t, d, "en")
	known := func() (n int) {
		c, err := d.store.Contact(turn.Recipient())
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Fatal(err)
		}
		for i := 0; err == nil && i < len(c.Interactions); i++ {
			if in := c.Interactions[i]; in.Turn == turn.ID && !in.Auto && in.At.After(turn.Mail().Arrived) {
				n++
			}
		}
		return n
	}
	before := known()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/api/v1/turns/"+string(turn.ID)+"/answered",
		strings.NewReader(fmt.Sprintf(`{"version":%d}`, turn.Version)))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.api.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	if k, err := d.store.Ticket(turn.Ticket); err != nil || k.Open || before != 0 || known() != 1 {
		t.Errorf("open %t, %d interactions before and %d after: %v", k.Open, before, known(), err)
	}
	due, _, err := d.store.DuePushes(time.Now())
	if err != nil || !slices.ContainsFunc(due, func(p store.Push) bool { return p.Address == turn.Recipient() }) {
		t.Errorf("the tags do not follow: %+v %v", due, err)
	}
}

// TestAReportLeavesASettledTurnAlone: SendGrid's report comes while the sending step still waits to save what came
// of it; a new version of the turn would lose that.
func TestAReportLeavesASettledTurnAlone(t *testing.T) {
	t.Parallel()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, state := range []ticket.State{ticket.Done, ticket.Review} {
		turns, err := d.store.TurnsByState(state, 1)
		if err != nil || len(turns) == 0 {
			t.Fatal(len(turns), err)
		}
		if err := d.settle(t.Context(), turns[0].ID, sendgrid.Event{Kind: sendgrid.Processed}); err != nil {
			t.Error(err)
		}
		if now, _ := d.store.Turn(turns[0].ID); now.Version != turns[0].Version {
			t.Errorf("%s: version %d became %d", state, turns[0].Version, now.Version)
		}
	}
}

// TestAnotherMachinesDeskIsAskedWithAToken, which does what its role may.
func TestAnotherMachinesDeskIsAskedWithAToken(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, cautious)
	turn := d.waits(t)
	remote := func(role staff.Role) Remote {
		token, key := staff.NewToken("cli", DemoUser, role, time.Now())
		if err := d.store.AddToken(t.Context(), token, audit.Entry{}); err != nil {
			t.Fatal(err)
		}
		return Remote{URL: d.config.Web.PublicURL + "/", Token: key}
	}
	agent, viewer := remote(staff.Agent), remote(staff.Viewer)
	path := "/api/v1/turns/" + string(turn.ID)
	if text, err := viewer.Call(t.Context(), http.MethodGet, path, nil); err != nil || !strings.Contains(string(text), string(turn.ID)) {
		t.Errorf("%s %v", text, err)
	}
	in := map[string]any{"version": turn.Version, "reason": "a duplicate"}
	for want, r := range map[string]Remote{
		"The role of this token does not allow it": viewer,
		"does not know this token":                 {URL: agent.URL, Token: "replyd_of_another"},
		"not as a desk of replyd does":             {URL: agent.URL + "static/", Token: agent.Token},
	} {
		_, err := r.Call(t.Context(), http.MethodPost, path+"/reject", in)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), r.Token) {
			t.Errorf("error %v, want %s", err, want)
		}
	}
	if _, err := agent.Call(t.Context(), http.MethodPost, path+"/reject", in); err != nil {
		t.Error(err)
	}
	if _, err := agent.Call(t.Context(), http.MethodPost, path+"/reject", in); err == nil {
		t.Error("rejected twice")
	}
	if now := d.turnIn(t, turn.Mails[0].Key, "the decision", is(ticket.Rejected)); now.Verdict().By != DemoUser {
		t.Errorf("%+v", now.Verdict())
	}
}

// TestATokenFollowsNoRedirect: it would be given to whoever is there.
func TestATokenFollowsNoRedirect(t *testing.T) {
	var asked int
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked++ }))
	defer other.Close()
	desk := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusPermanentRedirect))
	defer desk.Close()
	_, err := Remote{URL: desk.URL, Token: "replyd_x"}.Call(t.Context(), http.MethodGet, "/api/v1/counts", nil)
	if err == nil || !strings.Contains(err.Error(), "redirect (308)") || asked > 0 {
		t.Errorf("%v, asked %d times", err, asked)
	}
}
