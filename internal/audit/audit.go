// Package audit holds the words of the audit log: entries, each of which seals the one before it, so that
// nobody can alter, drop or reorder what was written without every later seal being wrong. It has no I/O.
//
// An entry names who did what, when and to which turn. It holds no text of any mail and no address: a customer
// is named by a keyed digest, so that the log stays whole when a customer's data are erased.
package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// What names a kind of thing that happened, as "turn.read": what it happened to, and what.
type What string

// What the log knows. Decisions about a turn are written by the store with the decision itself.
const (
	TurnRead     What = "turn.read"     // somebody looked at a turn
	MailRead     What = "mail.read"     // somebody took a mail's bytes
	CustomerRead What = "customer.read" // somebody looked at a customer
	TurnApproved What = "turn.approved" // a reply may go out; by a person, or policy
	TurnEdited   What = "turn.edited"   // a person wrote another draft
	TurnRejected What = "turn.rejected" // no reply goes out
	TurnByHand   What = "turn.by_hand"  // a person answered elsewhere
	TurnAsked    What = "turn.asked"    // a person asked the model for another draft
	TurnNoted    What = "turn.noted"    // a person wrote into a turn's history
	TurnSnoozed  What = "turn.snoozed"  // a person put a turn off, or ended that
	TurnUndone   What = "turn.undone"   // a person took an approval back

	TicketAssigned What = "ticket.assigned" // to Account; to nobody if that is empty
	TicketNoted    What = "ticket.noted"
	TicketTagged   What = "ticket.tagged"
	TicketTaken    What = "ticket.taken"    // nothing goes out in it by itself
	TicketReleased What = "ticket.released" // the store's rules hold again
	TicketMerged   What = "ticket.merged"   // Detail is the ticket in which it goes on
	TicketSplit    What = "ticket.split"    // Detail is the new ticket

	DeskChanged What = "desk.changed"  // a person changed something else at the desk: Detail is the route
	Exported    What = "data.exported" // a table, or the log itself, left the program
	SettingsSet What = "settings.set"  // settings were changed
	TextSet     What = "text.set"      // a reply template or a macro was changed

	LoggedIn      What = "login.in"      // a session began
	LoginFailed   What = "login.failed"  // name, password or code was wrong
	LoginLimited  What = "login.limited" // too many tries
	LoggedOut     What = "login.out"     // a session ended
	AccessRefused What = "access.refused"
	Invited       What = "people.invited"
	Joined        What = "people.joined" // an invitation was taken
	RoleSet       What = "people.role"
	Disabled      What = "people.disabled"
	Enabled       What = "people.enabled"
	SignedOut     What = "people.signed_out" // everywhere
	PasswordSet   What = "account.password"
	FactorSet     What = "account.factor_set"
	FactorRemoved What = "account.factor_removed"
	TokenMade     What = "token.made"
	TokenRevoked  What = "token.revoked"
)

// Entry is one line. Seq counts from 1 without a gap.
type Entry struct {
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"`
	Who      string    `json:"who"` // an account's name; "cli:root" for a command; "policy"; "nobody"
	What     What      `json:"what"`
	Turn     string    `json:"turn,omitempty"`
	Ticket   string    `json:"ticket,omitempty"`
	Customer string    `json:"customer,omitempty"` // see Customer
	Account  string    `json:"account,omitempty"`  // whom it was done to, if a colleague
	Detail   string    `json:"detail,omitempty"`   // a few fixed words; never mail text, never what a person typed
	Prev     string    `json:"prev"`               // Hash of the entry before; empty for the first
	Hash     string    `json:"hash"`               // SHA-256 over the entry without Hash
}

// Command stands for who ran a command on the machine itself; where their name is known, before a colon and that.
const Command = "cli"

// ByCommand tells whether who is somebody who ran a command, not an account of the desk.
func ByCommand(who string) bool { return who == Command || strings.HasPrefix(who, Command+":") }

// Filter chooses entries; empty fields choose all.
type Filter struct {
	Who, What, Turn string
	Customer        string // an address
	Since           time.Time
}

// Customer names a customer by a keyed digest of their address; empty for no address.
func Customer(secret []byte, address string) string {
	if address == "" {
		return ""
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("audit:" + strings.ToLower(address)))
	return "c" + hex.EncodeToString(mac.Sum(nil)[:10])
}

// Seal puts the entry behind prev, the last one so far, nil if there is none. Times are kept in UTC and to the
// microsecond, so that what is read back is what was sealed.
func (e Entry) Seal(prev *Entry) Entry {
	e.Seq, e.Prev = 1, ""
	if prev != nil {
		e.Seq, e.Prev = prev.Seq+1, prev.Hash
	}
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Hash = e.digest()
	return e
}

// digest is over JSON with the keys in the order of the struct and no blanks, which encoding/json writes the
// same way each time.
func (e Entry) digest() string {
	e.Hash = ""
	text, err := json.Marshal(e)
	if err != nil {
		return "" // no field can fail to encode but a year beyond 9999, which never verifies
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// Chain verifies entries one after the other, from the first.
type Chain struct {
	Count uint64 `json:"entries"`
	Head  string `json:"head"` // hash of the last entry that was added
}

// Add verifies the next entry. Its error says which entry does not fit, and how.
func (c *Chain) Add(e Entry) error {
	switch {
	case e.Seq != c.Count+1:
		return fmt.Errorf("audit: after entry %d comes %d: entries are missing or out of order", c.Count, e.Seq)
	case e.Prev != c.Head:
		return fmt.Errorf("audit: entry %d does not continue the one before it", e.Seq)
	case e.Hash == "" || e.digest() != e.Hash:
		return fmt.Errorf("audit: entry %d was altered", e.Seq)
	}
	c.Count, c.Head = e.Seq, e.Hash
	return nil
}
