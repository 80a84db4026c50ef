package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Kind is what happened to a mail
// (twilio.com/docs/sendgrid/for-developers/tracking-events/event, read 2026-11).
type Kind string

const (
	// Processed: SendGrid is about to deliver the mail.
	Processed Kind = "processed"
	// Delivered: the recipient's server took it.
	Delivered Kind = "delivered"
	// Deferred: the recipient's server asked for patience; SendGrid goes on trying for three days.
	Deferred Kind = "deferred"
	// Bounce: the recipient's server refused it, for now or for ever.
	Bounce Kind = "bounce"
	// Dropped: SendGrid did not even try, for instance because the address bounced before.
	Dropped Kind = "dropped"
	// SpamReport: the recipient called it spam.
	SpamReport Kind = "spamreport"
	// Other: anything else, such as an opened mail of other traffic on the same account.
	Other Kind = "other"
)

// Failed reports whether the mail has not arrived and will not.
func (k Kind) Failed() bool { return k == Bounce || k == Dropped }

// Event is one thing that happened to a mail. It holds no address, and no text of a foreign server, which
// may.
type Event struct {
	ID         string // SendGrid's id of the event: it may come twice
	Turn       string // our custom argument "turn"; empty for mail that is not ours
	ProviderID string // as Send returned it
	MessageID  string // under which the mail really left, with angle brackets; may be empty
	Kind       Kind
	Reason     string // class of a failure, like "invalid address", or its status, like "5.1.1"; may be empty
	At         time.Time
}

// The headers of a signed event webhook, its clock's tolerance against replay, and its bounds.
const (
	SignatureHeader = "X-Twilio-Email-Event-Webhook-Signature"
	TimestampHeader = "X-Twilio-Email-Event-Webhook-Timestamp"

	// MaxEventBody is how much of a request's body is worth reading, in bytes: SendGrid posts at 768 KB.
	MaxEventBody = 1 << 20

	tolerance = 10 * time.Minute
	maxEvents = 10_000
)

// Errors of VerifyEvents. The first is the owner's to mend, the others mean that the request is not
// SendGrid's.
var (
	ErrPublicKey = errors.New("sendgrid: the event webhook's public key is not an ECDSA P-256 key in base64")
	ErrSignature = errors.New("sendgrid: the event webhook's signature is not valid")
	ErrStale     = errors.New("sendgrid: the event webhook's timestamp is too far from now")
	ErrTooLarge  = errors.New("sendgrid: the event webhook's body is too large")
	ErrEvents    = errors.New("sendgrid: the event webhook's body is no list of events")
)

// VerifyEvents checks the signature and the age of a request of SendGrid's event webhook, and reads its
// events. body is the whole body, untouched: the signature is over the timestamp and each byte of it.
// publicKey is what SendGrid shows as verification key. What is odd in a verified body is left out, not
// refused: SendGrid would send it again for a day.
func VerifyEvents(publicKey string, r *http.Request, body []byte, now time.Time) ([]Event, error) {
	if len(body) > MaxEventBody {
		return nil, ErrTooLarge
	}
	key, err := parseKey(publicKey)
	if err != nil {
		return nil, err
	}
	stamp := r.Header.Get(TimestampHeader)
	signature, err := base64.StdEncoding.DecodeString(r.Header.Get(SignatureHeader))
	if err != nil || len(stamp) > 20 {
		return nil, ErrSignature
	}
	hash := sha256.New()
	hash.Write([]byte(stamp))
	hash.Write(body)
	if !ecdsa.VerifyASN1(key, hash.Sum(nil), signature) {
		return nil, ErrSignature
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return nil, ErrStale
	}
	if age := now.Unix() - seconds; age > int64(tolerance/time.Second) || age < -int64(tolerance/time.Second) {
		return nil, ErrStale
	}
	return parseEvents(body)
}

// parseKey reads the key, with or without PEM lines around it. The library panics on other kinds of keys.
func parseKey(s string) (*ecdsa.PublicKey, error) {
	s = strings.ReplaceAll(s, "-----BEGIN PUBLIC KEY-----", "")
	s = strings.ReplaceAll(s, "-----END PUBLIC KEY-----", "")
	der, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		return nil, ErrPublicKey
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(*ecdsa.PublicKey)
	if err != nil || !ok || key.Curve != elliptic.P256() {
		return nil, ErrPublicKey
	}
	return key, nil
}

// parseEvents reads what it understands.
func parseEvents(body []byte) ([]Event, error) {
	var list []json.RawMessage
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, ErrEvents
	}
	list = list[:min(len(list), maxEvents)]
	out := make([]Event, 0, len(list))
	for _, raw := range list {
		var fields map[string]any
		if json.Unmarshal(raw, &fields) != nil || fields == nil {
			continue
		}
		out = append(out, event(fields))
	}
	return out, nil
}

var (
	opaque = regexp.MustCompile(`^[A-Za-z0-9_.=+/-]{1,200}$`)
	status = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`) // RFC 3463
)

// event reads one event. Custom arguments lie among SendGrid's own fields.
func event(fields map[string]any) Event {
	text := func(name string) string { s, _ := fields[name].(string); return s }
	id := func(name string) string {
		if s := text(name); opaque.MatchString(s) {
			return s
		}
		return ""
	}
	e := Event{ID: id("sg_event_id"), Turn: id("turn"), ProviderID: providerID(id("sg_message_id")), Kind: Other}
	switch k := Kind(strings.ToLower(text("event"))); k {
	case Processed, Delivered, Deferred, Bounce, Dropped, SpamReport:
		e.Kind = k
	}
	if s := text("smtp-id"); messageID(s) {
		e.MessageID = s
	}
	if e.Kind.Failed() || e.Kind == Deferred {
		e.Reason = reason(text("bounce_classification"), text("type"), text("reason"), text("status"))
	}
	switch at := fields["timestamp"].(type) {
	case float64:
		e.At = unix(int64(min(max(at, 0), 1<<40)))
	case string:
		if n, err := strconv.ParseInt(at, 10, 64); err == nil {
			e.At = unix(n)
		}
	}
	return e
}

// unix gives the zero time for what cannot be a moment of an event.
func unix(n int64) time.Time {
	if n <= 0 || n > 1<<34 { // the year 2514: later times have no JSON
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// providerID cuts what SendGrid appends to the X-Message-Id on its way through its machines.
func providerID(s string) string {
	for _, mark := range []string{".recvd-", ".filter", ".recvd"} {
		if i := strings.Index(s, mark); i > 0 {
			return s[:i]
		}
	}
	return s
}

// Classes of failures that SendGrid names: bounces, and reasons of drops. The free text around them is left
// out.
var classes = map[string]string{
	"invalid address": "invalid address", "technical": "technical", "content": "content",
	"reputation": "reputation", "frequency or volume too high": "too much mail",
	"mailbox unavailable": "mailbox unavailable", "unclassified": "unclassified",
	"bounced address": "bounced before", "unsubscribed address": "unsubscribed",
	"spam reporting address": "reported as spam before", "spam content": "content",
	"recipient list over package quota": "over quota",
}

func reason(classification, kind, why, code string) string {
	for _, s := range []string{classification, why} {
		if c := classes[strings.ToLower(strings.TrimSpace(s))]; c != "" {
			return c
		}
	}
	if strings.EqualFold(kind, "blocked") {
		return "blocked"
	}
	if status.MatchString(code) {
		return code
	}
	return ""
}
