package imap

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

// ErrAccount marks errors that only a person can end: wrong password, withdrawn consent, plaintext refused, a
// configured folder that is not there. The account pauses and somebody is told.
var ErrAccount = errors.New("the account needs a person")

// ErrGrant is the special case that the provider no longer honours the refresh token (RFC 6749 section 5.2,
// invalid_grant). It is also an ErrAccount.
var ErrGrant = fmt.Errorf("the refresh token was refused (invalid_grant): sign in again: %w", ErrAccount)

// Error is what every method returns. Its text holds no password, token or mail text.
type Error struct {
	Op  string        // "login", "fetch" …
	Err error         // a sentinel, a context error or a *imap.Error of the library
	Why string        // in our own words, or the server's response code
	For time.Duration // how long to wait before trying again; zero where trying again is in vain
}

func (e *Error) Error() string { return "imap: " + e.Op + ": " + e.Why }

// Unwrap gives the cause, for errors.Is and errors.As only.
func (e *Error) Unwrap() error { return e.Err }

// RetryAfter tells whether a later try may succeed, and how long to wait.
func (e *Error) RetryAfter() (wait time.Duration, temporary bool) { return e.For, e.For > 0 }

// retryShort is what we ask callers to wait after a failure that may be over in a moment.
const retryShort = 5 * time.Second

// wrap makes an *Error of whatever a step returned; it keeps one that is there already.
func wrap(op string, err error) error {
	var known *Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	e := &Error{Op: op, Err: err, Why: words(err), For: retryShort}
	if errors.Is(err, ErrAccount) || errors.Is(err, context.Canceled) {
		e.For = 0
	}
	return e
}

// words describes an error without repeating what a server sent, except for its response code: free text of a
// server, and the library's complaint about it, may hold parts of a mail or of the command.
func words(err error) string {
	var status *imap.Error
	var timeout net.Error
	switch {
	case errors.Is(err, ErrAccount), errors.Is(err, errBudget), errors.Is(err, errLiteral),
		errors.Is(err, errCut):
		return err.Error()
	case errors.As(err, &status):
		return "the server said " + code(status)
	case errors.Is(err, context.Canceled):
		return "cancelled"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, io.ErrClosedPipe):
		return "the server closed the connection"
	case strings.Contains(err.Error(), "connection reset"):
		return "the connection was reset"
	}
	return "the server's answer could not be read"
}

// code is "NO [OVERQUOTA]" or just "NO".
func code(e *imap.Error) string {
	if e.Code == "" {
		return string(e.Type)
	}
	return fmt.Sprintf("%s [%.40s]", e.Type, e.Code)
}

// answered reports whether the server answered properly, with NO or BAD: then the connection is still good.
func answered(err error) bool {
	var status *imap.Error
	return errors.As(err, &status) && status.Type != imap.StatusResponseTypeBye
}

// passing reports whether a NO speaks of the server's state rather than of the message or folder we asked for
// (RFC 5530; THROTTLED is Gmail's).
func passing(err error) bool {
	var status *imap.Error
	if !errors.As(err, &status) {
		return false
	}
	switch status.Code {
	case imap.ResponseCodeUnavailable, imap.ResponseCodeInUse, imap.ResponseCodeLimit,
		imap.ResponseCodeOverQuota, imap.ResponseCodeContactAdmin, "THROTTLED":
		return true
	}
	return false
}

func hasCode(err error, want imap.ResponseCode) bool {
	var status *imap.Error
	return errors.As(err, &status) && status.Code == want
}
