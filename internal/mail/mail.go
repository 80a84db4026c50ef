// Package mail turns bytes into a Mail and a reply into bytes: MIME, charsets, quoted history, signatures,
// threading ids, composing. It never fails and never loses: what could be read is read, what could not is
// named in Mail.Problems, and the raw bytes stay with the caller. It has no I/O.
package mail

import (
	"time"
)

// Mail is one parsed message. Text has LF line ends and valid UTF-8 throughout.
type Mail struct {
	Header      Header
	MessageID   string   // with angle brackets; empty when there is none
	InReplyTo   []string // with angle brackets, in order
	References  []string // with angle brackets, oldest first
	Date        time.Time
	From        []Address // all of them, of all From headers: two are a warning sign
	Sender      []Address
	ReplyTo     []Address
	To, Cc      []Address
	Subject     string       // decoded, one line
	Text        string       // whole readable text
	HTML        string       // the HTML part as sent, untrusted; empty when there is none
	Reply       string       // what the sender newly wrote: no quoted history, no signature
	Attachments []Attachment // names made safe
	Problems    []string     // what could not be read, in words for staff; no mail text
	Complete    bool         // false when a part is missing or a limit was met
	Size        int          // bytes of the raw message
	Kinds       Kinds
	// ReportedIDs are the Message-IDs of the messages that a bounce or notice is about (RFC 3464, 8098).
	ReportedIDs []string
	// ReportedAction is what a delivery status says became of the message: "failed", "delayed", "delivered",
	// "relayed" or "expanded", lower case (RFC 3464 section 2.3.3). Empty when none is stated; "failed" when
	// several recipients differ and one failed.
	ReportedAction string
}

// Kinds says what a message carries, as far as the gate decides by it.
type Kinds struct {
	Report    bool // multipart/report, delivery-status, disposition-notification or feedback-report part
	Calendar  bool // text/calendar with a METHOD
	Encrypted bool // S/MIME enveloped data or PGP
	Signed    bool
	Oversize  bool // cut at a limit
	TimedOut  bool
}

// Address is a name and a mailbox.
type Address struct {
	Name    string `json:"name"`
	Address string `json:"address"` // local@domain as written; use Normal to compare
}

// Attachment is a file of a message.
type Attachment struct {
	Name   string `json:"name"` // safe: no path, no control character, at most 255 bytes
	Type   string `json:"type"` // media type, lower case
	Size   int    `json:"size"` // bytes, decoded
	Inline bool   `json:"inline"`
}

// Field is one header field, unfolded but not decoded.
type Field struct {
	Name  string // as written
	Value string
}

// Header is all fields from top to bottom, repeated ones included.
type Header []Field

// Cursor is how far a mailbox has been read (RFC 3501 section 2.3.1.1).
type Cursor struct {
	Account     string `json:"account"`
	Folder      string `json:"folder"`
	UIDValidity uint32 `json:"uid_validity"`
	UID         uint32 `json:"uid"` // the last one taken in
}

// LoopHeader carries, on every mail that leaves, the Message-ID that we gave it: relays and providers may
// rewrite Message-ID and leave other headers alone. A mail that comes in with a valid one is our own.
const LoopHeader = "X-Replyd-Loop"

// Outgoing is a reply as it leaves. Exactly one recipient; no Cc, no Bcc, no attachment.
type Outgoing struct {
	From       Address
	To         Address
	Subject    string
	Text       string
	HTML       string
	MessageID  string            // with angle brackets, ours
	InReplyTo  string            // with angle brackets, empty for none
	References []string          // oldest first, at most 20
	Automatic  bool              // sets Auto-Submitted: auto-replied (RFC 3834 section 5)
	Args       map[string]string // opaque ids for the provider's events; no personal data
	Date       time.Time
}
