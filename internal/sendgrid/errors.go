package sendgrid

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sendgrid/rest"
)

// Outcome says what became of a mail that could not be sent in the ordinary way.
type Outcome string

const (
	// Refused: SendGrid certainly has not taken the mail. It may be sent again, if Error.Temporary says that
	// this makes sense.
	Refused Outcome = "refused"
	// Unknown: SendGrid may have taken the mail. Only its events, a copy in Sent or a person can tell.
	Unknown Outcome = "unknown"
)

// Waits before another try. They are ours: SendGrid names one only for rate limits.
const (
	retryDial  = 30 * time.Second // after no connection
	retryLimit = time.Minute      // after 429 without a usable header: limits are per minute
	longest    = time.Hour        // that a header can make us wait
)

// Error is what every method returns. Its text holds neither key nor address nor anything else that was sent.
type Error struct {
	Op        string  // "send", "scopes" …
	Outcome   Outcome // of a send; a question that failed is always Refused
	Status    int     // HTTP status; 0 where there was no answer
	Temporary bool    // the same request may succeed later
	After     time.Duration
	Why       string // "429 Too Many Requests", or words of ours
	Err       error  // a context error, for errors.Is; nil otherwise
}

func (e *Error) Error() string {
	if e.Outcome == Unknown {
		return "sendgrid: " + e.Op + ": " + e.Why + " (it may have been sent)"
	}
	return "sendgrid: " + e.Op + ": " + e.Why
}

// Unwrap gives the context's error, if that was the reason.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfter tells whether the same call may be made again, and how long to wait.
func (e *Error) RetryAfter() (wait time.Duration, temporary bool) { return e.After, e.Temporary }

// statusError sorts an answer that is not 2xx (docs.sendgrid.com/api-reference, "Errors", read 2026-11).
//
// A 5xx is Unknown, all of them: 500 is an error somewhere on SendGrid's side, perhaps after the mail was
// queued; 502 and 504 come from a gateway that passed the request on; and so may 503, since common gateways
// also answer it when the server behind them took a request and then hung up. A late answer is better than
// two.
func statusError(op string, res *rest.Response, now time.Time) *Error {
	e := &Error{Op: op, Outcome: Refused, Status: res.StatusCode}
	e.Why = strings.TrimSpace(fmt.Sprintf("%d %s", res.StatusCode, http.StatusText(res.StatusCode)))
	switch {
	case res.StatusCode >= 500:
		e.Outcome = Unknown
	case res.StatusCode == http.StatusTooManyRequests:
		e.Temporary, e.After = true, limited(http.Header(res.Headers), now)
	case res.StatusCode == http.StatusRequestTimeout, res.StatusCode == http.StatusTooEarly:
		e.Temporary, e.After = true, retryDial // both say that the request was not looked at (RFC 9110, 8470)
	default:
		if f := fields(res.Body); len(f) > 0 {
			e.Why += " (" + strings.Join(f, ", ") + ")"
		}
	}
	return e
}

// limited reads how long a rate limit lasts: Retry-After in seconds or as a date (RFC 9110 section 10.2.3),
// or X-RateLimit-Reset in seconds since 1970.
func limited(h http.Header, now time.Time) time.Duration {
	wait := retryLimit
	after := h.Get("Retry-After")
	if n, err := strconv.ParseInt(after, 10, 32); err == nil {
		wait = time.Duration(n) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		wait = at.Sub(now)
	} else if n, err := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64); err == nil {
		wait = time.Unix(n, 0).Sub(now)
	}
	return min(max(wait, time.Second), longest)
}

// fieldName is what SendGrid calls a part of our request, like "personalizations.0.to.0.email".
var fieldName = regexp.MustCompile(
	`^(personalizations|from|reply_to|subject|content|headers|custom_args|tracking_settings)` +
		`(\.[a-z_]{1,20}|\.[0-9]{1,2}){0,5}$`)

// fields names the parts of the request that SendGrid complains about. Its messages may quote addresses:
// they are left out.
func fields(body string) (out []string) {
	var answer struct {
		Errors []struct {
			Field string `json:"field"`
		} `json:"errors"`
	}
	_ = json.Unmarshal([]byte(body), &answer) // what is no JSON names no field
	for _, e := range answer.Errors {
		if fieldName.MatchString(e.Field) && !slices.Contains(out, e.Field) && len(out) < 5 {
			out = append(out, e.Field)
		}
	}
	return out
}

// why says why there was no answer. The error itself may hold the URL, a proxy's password, or what a server
// said.
func why(err error) string {
	var dns *net.DNSError
	var op *net.OpError
	var timeout net.Error
	switch {
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.As(err, &dns):
		return "the host name could not be found"
	case errors.As(err, &op) && op.Op == "dial":
		return "no connection"
	case strings.Contains(err.Error(), "tls:"), strings.Contains(err.Error(), "x509:"):
		return "no secure connection"
	}
	return "the connection broke off"
}

// cause keeps only context errors.
func cause(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return context.DeadlineExceeded
	}
	return nil
}
