package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/webhook"
)

// listener is an address that is told things. It refuses the first calls.
type listener struct {
	*httptest.Server
	mu     sync.Mutex
	refuse int
	bodies []string
	heads  []http.Header
}

func newListener(t *testing.T, refuse int) *listener {
	l := &listener{refuse: refuse}
	l.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.bodies, l.heads = append(l.bodies, string(body)), append(l.heads, r.Header)
		if len(l.bodies) <= l.refuse {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(l.Close)
	return l
}

func (l *listener) heard() (bodies []string, heads []http.Header) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.bodies, l.heads
}

// waits lets a mail come in that ends in review.
func (d *daemon) waits(t *testing.T) *ticket.Turn {
	t.Helper()
	return d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the mail in review", is(ticket.Review))
}

func cautious(c *config.Config) { c.Mode = config.Approval }

var soon = pipeline.Retry{Attempts: 4, First: 20 * time.Millisecond, Most: 100 * time.Millisecond}

func TestANewReviewIsToldToAllWhoAreConfigured(t *testing.T) {
	t.Parallel()
	standard, slack := newListener(t, 2), newListener(t, 0)
	key := config.Notify{Name: "desk", URL: config.Secret(standard.URL), Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
	d := startDaemon(t, soon, cautious, func(c *config.Config) {
		c.Notify = []config.Notify{key, {Name: "chat", URL: config.Secret(slack.URL), Format: config.NotifySlack}}
	})
	turn := d.waits(t)
	d.until(t, "telling", func() bool {
		waiting, err := d.store.Notices()
		return len(waiting) == 0 && err == nil
	})
	bodies, heads := standard.heard()
	if len(bodies) != 3 {
		t.Fatalf("%d calls, of which two were refused", len(bodies))
	}
	secret, _ := key.Key()
	for i, h := range heads {
		id, stamp := h.Get("webhook-id"), h.Get("webhook-timestamp")
		if id == "" || id != heads[0].Get("webhook-id") ||
			h.Get("webhook-signature") != webhook.Sign(secret, id, stamp, []byte(bodies[i])) {
			t.Errorf("call %d: %v", i, h)
		}
	}
	var told struct {
		Type string
		Data news
	}
	if err := json.Unmarshal([]byte(bodies[2]), &told); err != nil || told.Type != "turn.review" {
		t.Errorf("%v: %s", err, bodies[2])
	}
	n, link := told.Data, d.config.Web.PublicURL+"/turns/"+string(turn.ID)
	if n.Language != "en" || len(n.Intents) != 1 || n.Intents[0] != "order_status" || n.Link != link ||
		!strings.Contains(n.Reason, "approval mode") {
		t.Errorf("told: %+v", n)
	}
	said, heads := slack.heard()
	var message struct{ Text string }
	if len(said) != 1 || json.Unmarshal([]byte(said[0]), &message) != nil || heads[0].Get("webhook-signature") != "" {
		t.Fatalf("the chat heard %q", said)
	}
	for _, want := range []string{"Order status (en) in support waits for a person.\nWhy: ", "approval mode", "\n" + link} {
		if !strings.Contains(message.Text, want) {
			t.Errorf("the chat is not told %s: %s", want, message.Text)
		}
	}
	for _, private := range []string{"@", "maggie", "Maggie", turn.Mail().Subject, turn.Recipient()} {
		if strings.Contains(bodies[2]+said[0], private) {
			t.Errorf("%q left: %s %s", private, bodies[2], said[0])
		}
	}
}

func TestANoticeThatCannotBeGivenIsShownAndEndsWithItsAddress(t *testing.T) {
	t.Parallel()
	deaf := newListener(t, 1000)
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Hour, Most: time.Hour}, cautious, func(c *config.Config) {
		c.Notify = []config.Notify{{Name: "chat", URL: config.Secret(deaf.URL), Format: config.NotifySlack}}
	})
	d.login(t)
	turn := d.waits(t)
	d.until(t, "an attempt", func() bool {
		n, err := d.store.Notices()
		return err == nil && len(n) == 1 && n[0].Attempts == 1
	})
	if _, page := d.page(t, "/settings", nil); !strings.Contains(page, "503 Service Unavailable") ||
		!strings.Contains(page, string(turn.ID)) || strings.Contains(page, deaf.URL) {
		t.Error("the settings page does not show what waits")
	}
	waiting, _ := d.store.Notices()
	delete(d.hooks, "chat") // as after a restart without it
	if err := d.notify(t.Context(), waiting[0]); err != nil {
		t.Errorf("nobody is to be told any more: %v", err)
	}
}

func TestWhatIsNoLongerInReviewIsNoNews(t *testing.T) {
	t.Parallel()
	l := newListener(t, 0)
	d := startDaemon(t, soon, func(c *config.Config) {
		c.Notify = []config.Notify{{Name: "chat", URL: config.Secret(l.URL), Format: config.NotifySlack}}
	})
	turn := d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the answer", is(ticket.Done))
	if err := d.notify(t.Context(), ticket.Notice{ID: "x", To: "chat", Turn: turn.ID}); err != nil {
		t.Error(err)
	}
	if said, _ := l.heard(); len(said) != 0 {
		t.Errorf("told: %q", said)
	}
}

func TestWhatAChatIsTold(t *testing.T) {
	for want, n := range map[string]news{
		"A mail that nobody has read yet in support waits for a person.\nWhy: the mail is too large.\nhttps://desk.example/turns/u1": {
			Account: "support", Reason: "the mail is too large", Link: "https://desk.example/turns/u1"},
		"Urgent: Refund status, other (fa) in support waits for a person.\nFlagged: legal threat.\nWhy: it is flagged.": {
			Account: "support", Intents: []string{"refund_status", "other"}, Language: "fa", Urgent: true,
			Flags: []string{"legal_threat"}, Reason: "it is flagged."},
		"Order status in a&amp;b waits for a person.\nA draft goes into [Gmail]/Drafts: send it from there, or decide at the desk.": {
			Account: "a&b", Intents: []string{"order_status"}, Drafts: "[Gmail]/Drafts"},
	} {
		if got := n.sentence(); got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
	}
}
