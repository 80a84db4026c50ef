package shopify

import (
	"fmt"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"time"
)

// Codes of our own, beside those that Shopify gives in extensions.code.
const (
	codeUnreachable = "unreachable"   // no answer came
	codeTimeout     = "timeout"       // no answer came in time
	codeTooLarge    = "too_large"     // the answer was cut at the size limit
	codeBadAnswer   = "bad_answer"    // the answer is not what the API promises
	codeUserErrors  = "userErrors"    // a mutation was refused
	codeThrottled   = "THROTTLED"     // Shopify's
	codeDenied      = "ACCESS_DENIED" // Shopify's: the token lacks a scope
)

// Error is what every method fails with, unless the caller's context ended. Its text holds neither a
// credential nor anything that Shopify wrote in free text, which may repeat a customer's data.
type Error struct {
	Op        string        // the operation, "Orders"
	Status    int           // of HTTP; 0 when no answer came
	Code      string        // Shopify's extensions.code, or one of our own; may be empty
	Detail    string        // our own words or those of the network; may be empty
	Temporary bool          // it may pass by itself
	After     time.Duration // how long to wait at least, where it is known
}

func (e *Error) Error() string {
	s := "shopify: " + e.Op + ":"
	if e.Status != 0 && e.Status != http.StatusOK {
		s += fmt.Sprintf(" %d %s", e.Status, statusText(e.Status))
	}
	if e.Code != "" {
		s += " " + e.Code
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// RetryAfter tells the pipeline whether the failure passes by itself, and how long that takes at least.
func (e *Error) RetryAfter() (wait time.Duration, temporary bool) { return e.After, e.Temporary }

// statusText names Shopify's own statuses too: https://shopify.dev/docs/api/usage/response-codes, read
// 2026-11-22.
func statusText(status int) string {
	switch status {
	case 430:
		return "Shopify Security Rejection"
	case 530:
		return "Origin DNS Error"
	case 540:
		return "Temporarily Disabled"
	case 783:
		return "Unexpected Token"
	}
	return http.StatusText(status)
}

// ofStatus makes the error of an HTTP status other than 200. What a person must mend is not temporary: a
// token (401, 403), a bill (402), a name (404), a lock (423).
func ofStatus(op string, status int, after time.Duration) *Error {
	e := &Error{Op: op, Status: status, After: after}
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout:
		e.Temporary = true
	case status == 430: // taken for an attack: be quiet for a while
		e.Temporary, e.After = true, max(after, time.Minute)
	case status >= 500 && status != http.StatusNotImplemented && status != 783:
		e.Temporary = true
	}
	return e
}

// ofCode makes the error of an entry of "errors".
func ofCode(op, code string) *Error {
	e := &Error{Op: op, Status: http.StatusOK, Code: safeCode(code)}
	switch e.Code {
	case codeThrottled, "INTERNAL_SERVER_ERROR", "TIMEOUT", "SERVICE_UNAVAILABLE":
		e.Temporary = true
	case "":
		e.Code = "errors"
	}
	return e
}

var codeShape = regexp.MustCompile(`^[A-Za-z_]{1,64}$`)

// safeCode lets only words through, never a sentence with somebody's data in it.
func safeCode(code string) string {
	if codeShape.MatchString(code) {
		return code
	}
	return ""
}

// retryAfter reads the header: seconds, also fractional, or a date (RFC 9110 section 10.2.3). At most an
// hour.
func retryAfter(value string, now time.Time) time.Duration {
	if s, err := strconv.ParseFloat(value, 64); err == nil {
		if math.IsNaN(s) || s < 0 {
			return 0
		}
		return time.Duration(min(s, 3600) * float64(time.Second))
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), time.Hour)
	}
	return 0
}
