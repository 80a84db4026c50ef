package sandbox

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Address is a name and a mailbox of an accepted mail.
type Address struct {
	Email string `json:"email"`
	Name  string `json:"name,omitempty"`
}

// Sent is one mail that SendGrid accepted, one recipient of it.
type Sent struct {
	ID      string            `json:"id"` // X-Message-Id of the answer
	At      time.Time         `json:"at"`
	From    Address           `json:"from"`
	To      Address           `json:"to"`
	Subject string            `json:"subject"`
	Text    string            `json:"text"`
	HTML    string            `json:"html,omitempty"`
	Headers map[string]string `json:"headers,omitempty"` // as given; Message-ID and In-Reply-To are among them
	Args    map[string]string `json:"custom_args,omitempty"`
	Event   string            `json:"event"` // what became of it: "delivered" or "bounce"
	// Unknown: the connection broke after the mail was accepted, so the sender cannot know.
	Unknown bool `json:"unknown,omitempty"`
}

// sendgridServer is SendGrid's v3 Mail Send API and its signed event webhook.
type sendgridServer struct {
	world  *World
	domain string // the one authenticated sending domain
	url    string // where events go
	key    *ecdsa.PrivateKey
	client *http.Client

	mu     sync.Mutex
	outbox []Sent

	posting sync.WaitGroup
	ctx     context.Context // ends with Close: events that are on their way are broken off
	cancel  context.CancelFunc
}

func newSendGrid(w *World, eventURL, domain string) (*sendgridServer, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	w.SendGridPublicKey = base64.StdEncoding.EncodeToString(der)
	s := &sendgridServer{
		world: w, domain: domain, url: eventURL, key: key, client: &http.Client{Timeout: 10 * time.Second},
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	return s, nil
}

// Close waits until no event is on its way.
func (s *sendgridServer) Close() error {
	s.mu.Lock()
	s.url = ""
	s.mu.Unlock()
	s.cancel()
	s.posting.Wait()
	s.client.CloseIdleConnections()
	return nil
}

// Outbox lists the accepted mails, oldest first.
func (w *World) Outbox() []Sent {
	w.sendgrid.mu.Lock()
	defer w.sendgrid.mu.Unlock()
	return append([]Sent{}, w.sendgrid.outbox...)
}

// SetEventURL tells SendGrid where to post its events from now on.
func (w *World) SetEventURL(url string) {
	w.sendgrid.mu.Lock()
	defer w.sendgrid.mu.Unlock()
	w.sendgrid.url = url
}

// problem is one entry of SendGrid's error list.
type problem struct {
	Message string  `json:"message"`
	Field   *string `json:"field"`
	Help    *string `json:"help"`
}

func wrong(field, message string) problem {
	if field == "" {
		return problem{Message: message}
	}
	return problem{Message: message, Field: &field}
}

func problems(status int, list ...problem) answer {
	return jsonAnswer(status, map[string]any{"errors": list})
}

func (s *sendgridServer) answer(c *call) (answer, Kind) {
	kind := s.world.faults.next(SendGrid, everyCall)
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	if bearer(c.Request) != s.world.SendGridKey {
		a, _ := s.failure(Unauthorized)
		return a, kind
	}
	switch {
	case c.URL.Path == "/v3/scopes" && c.Method == http.MethodGet:
		scopes := []string{"mail.send", "user.scheduled_sends.read"}
		return jsonAnswer(http.StatusOK, map[string]any{"scopes": scopes}), kind
	case c.URL.Path != "/v3/mail/send" && c.URL.Path != "/v3/scopes":
		return problems(http.StatusNotFound, wrong("", "not found")), kind
	case c.URL.Path == "/v3/scopes" || c.Method != http.MethodPost:
		return problems(http.StatusMethodNotAllowed, wrong("", "POST method allowed only")), kind
	case !strings.HasPrefix(c.Header.Get("Content-Type"), "application/json"):
		bad := wrong("", "Content-Type should be application/json.")
		return problems(http.StatusUnsupportedMediaType, bad), kind
	}
	a, own := s.send(c.body)
	if own != "" {
		kind = own
	}
	return a, kind
}

func (s *sendgridServer) failure(kind Kind) (answer, bool) {
	switch kind {
	case Unauthorized:
		return problems(http.StatusUnauthorized,
			wrong("", "The provided authorization grant is invalid, expired, or revoked")), true
	case RateLimited:
		reset := strconv.FormatInt(s.world.now().Add(2*time.Second).Unix(), 10)
		a := problems(http.StatusTooManyRequests, wrong("", "too many requests")).with("X-RateLimit-Limit", "600")
		return a.with("X-RateLimit-Remaining", "0").with("X-RateLimit-Reset", reset), true
	case Broken:
		return problems(http.StatusInternalServerError, wrong("", "internal server error")), true
	case Unavailable:
		return unavailable(), true
	case Refused:
		bad := wrong("personalizations.0.to.0.email", "Does not contain a valid address.")
		return problems(http.StatusBadRequest, bad), true
	}
	return answer{}, false
}

// send checks one mail and accepts it.
func (s *sendgridServer) send(body []byte) (answer, Kind) {
	m, bad := checkMail(body, s.domain)
	if len(bad.list) > 0 {
		return problems(bad.status, bad.list...), ""
	}
	var kind Kind
	for _, p := range m.Personalizations {
		for _, to := range p.To {
			if k := s.world.faults.next(SendGrid, func(match string) bool {
				return match != "" && strings.HasPrefix(strings.ToLower(to.Email), match)
			}); k != "" {
				kind = k
			}
		}
	}
	if a, ok := s.failure(kind); ok {
		return a, kind
	}
	if kind == Hangs {
		return answer{}, kind
	}
	id := rand.Text()[:22]
	if !m.sandboxed() {
		s.accept(m, id, kind)
	}
	return answer{status: http.StatusAccepted}.with("X-Message-Id", id), kind
}

func (s *sendgridServer) accept(m *sendRequest, id string, kind Kind) {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := "delivered"
	if kind == Bounces {
		event = "bounce"
	}
	for n, p := range m.Personalizations {
		for _, to := range append(append(append([]Address{}, p.To...), p.Cc...), p.Bcc...) {
			sent := Sent{
				ID: id, At: s.world.now(), From: m.From, To: to, Subject: or(p.Subject, m.Subject), Event: event,
				Headers: join(m.Headers, p.Headers), Args: join(m.CustomArgs, p.CustomArgs), Unknown: kind == Drops,
			}
			for _, c := range m.Content {
				switch c.Type {
				case "text/plain":
					sent.Text = c.Value
				case "text/html":
					sent.HTML = c.Value
				}
			}
			s.outbox = append(s.outbox, sent)
			if strings.EqualFold(to.Email, s.world.IMAPUser) {
				if err := s.world.comesHome(sent); err != nil {
					s.world.log.Warn("mail to the store itself", "error", err)
				}
			}
			if url := s.url; url != "" {
				s.posting.Go(func() { s.post(url, s.events(sent, fmt.Sprintf("%s.recvd-%d", id, n))) })
			}
		}
	}
}

// events are what the webhook tells about one mail.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event, read 2026-11-22.
func (s *sendgridServer) events(m Sent, messageID string) []map[string]any {
	var out []map[string]any
	for _, name := range []string{"processed", m.Event} {
		e := map[string]any{
			"email": m.To.Email, "timestamp": m.At.Unix(), "event": name, "sg_message_id": messageID,
			"sg_event_id": rand.Text(), "smtp-id": m.Headers["Message-ID"],
		}
		switch name {
		case "delivered":
			e["response"] = "250 2.0.0 OK"
		case "bounce":
			e["type"], e["status"] = "bounce", "5.1.1"
			e["reason"] = "550 5.1.1 The email account that you tried to reach does not exist."
			e["bounce_classification"] = "Invalid Address"
		}
		for k, v := range m.Args {
			e[k] = v
		}
		out = append(out, e)
	}
	return out
}

// post signs and delivers events: SHA-256 over timestamp and body, ECDSA on P-256.
// Source: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/
// getting-started-event-webhook-security-features, read 2026-11-22.
func (s *sendgridServer) post(url string, events []map[string]any) {
	body, err := json.Marshal(events)
	if err != nil {
		return
	}
	stamp := strconv.FormatInt(s.world.now().Unix(), 10)
	sum := sha256.Sum256(append([]byte(stamp), body...))
	signature, err := ecdsa.SignASN1(rand.Reader, s.key, sum[:])
	if err != nil {
		return
	}
	r, err := http.NewRequestWithContext(s.ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		s.world.log.Warn("event webhook", "error", err)
		return
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Twilio-Email-Event-Webhook-Signature", base64.StdEncoding.EncodeToString(signature))
	r.Header.Set("X-Twilio-Email-Event-Webhook-Timestamp", stamp)
	answer, err := s.client.Do(r)
	if err != nil {
		s.world.log.Warn("event webhook", "error", err)
		return
	}
	answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		s.world.log.Warn("event webhook", "status", answer.StatusCode)
	}
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// join lays the second over the first.
func join(a, b map[string]string) map[string]string {
	out := map[string]string{}
	for k, v := range a {
		out[k] = v
	}
	for k, v := range b {
		out[k] = v
	}
	return out
}
