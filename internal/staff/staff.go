// Package staff holds the words about the people who work at the desk: accounts, roles and what each may do,
// API tokens, and the one-time codes of a second factor. It has no I/O.
package staff

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Role says what somebody may do; see may.
type Role string

const (
	// Owner runs the store: everything an agent may, and people, settings and the audit log.
	Owner Role = "owner"
	// Agent answers customers.
	Agent Role = "agent"
	// Viewer looks and changes nothing but their own account.
	Viewer Role = "viewer"
)

// Roles lists all roles, the mightiest first.
var Roles = []Role{Owner, Agent, Viewer}

// Act is a kind of thing that somebody wants to do.
type Act string

const (
	// Look at turns, tickets, customers and numbers.
	Look Act = "look"
	// Decide about answers, and everything else that changes tickets.
	Decide Act = "decide"
	// Self: change the own password and second factor, log out.
	Self Act = "self"
	// Tokens: make and revoke API tokens of one's own.
	Tokens Act = "tokens"
	// People: invite, disable, change roles.
	People Act = "people"
	// Audit: read and export the audit log.
	Audit Act = "audit"
	// Settings: change what the program does, and take out all its data.
	Settings Act = "settings"
)

// may is the whole permission table.
var may = map[Role][]Act{
	Owner:  {Look, Decide, Self, Tokens, People, Audit, Settings},
	Agent:  {Look, Decide, Self, Tokens},
	Viewer: {Look, Self},
}

// May reports whether the role allows the act. An unknown role allows nothing.
func (r Role) May(a Act) bool { return slices.Contains(may[r], a) }

// Known reports whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Least gives the weaker of two roles, so that a token is never mightier than its owner has become.
func Least(a, b Role) Role {
	if !a.Known() || b.Known() && slices.Index(Roles, a) > slices.Index(Roles, b) {
		return a
	}
	return b
}

// InviteLife is how long an invitation can be taken.
const InviteLife = 72 * time.Hour

// Account is one person at the desk.
type Account struct {
	Name     string    `json:"name"` // unique; it stands next to every decision
	Email    string    `json:"email,omitempty"`
	Role     Role      `json:"role"`
	Hash     string    `json:"hash,omitempty"` // of the password; empty: no log-in by password
	Disabled bool      `json:"disabled,omitempty"`
	Created  time.Time `json:"created"`
	Seen     time.Time `json:"seen,omitzero"` // last log-in
	// Epoch grows to end all sessions.
	Epoch int `json:"epoch,omitempty"`
	// Invite is the SHA-256 of an open invitation's nonce, InviteEnds when it lapses. Taking it clears both.
	Invite     string    `json:"invite,omitempty"`
	InviteEnds time.Time `json:"invite_ends,omitzero"`
	// Bootstrap marks the entry of the configuration file that the account came from: a digest of its hash, a
	// colon and its role.
	Bootstrap string `json:"bootstrap,omitempty"`
	// Subject is issuer and subject of an OpenID Connect log-in, joined by a blank.
	Subject string `json:"subject,omitempty"`
	// TOTP is the secret of the second factor; nil when there is none. Step is the last time step that was used:
	// a code opens once (RFC 6238, 5.2). Recovery are the SHA-256 of the unused recovery codes.
	TOTP     []byte   `json:"totp,omitempty"`
	Step     int64    `json:"step,omitempty"`
	Recovery []string `json:"recovery,omitempty"`
}

// Mark names the account's state as far as sessions depend on it: a new password, a changed second factor or
// “sign out everywhere” makes another mark, and sessions with the old one end.
func (a *Account) Mark() string {
	sum := sha256.Sum256([]byte(a.Hash + "\x00" + strconv.Itoa(a.Epoch) + "\x00" + string(a.TOTP)))
	return hex.EncodeToString(sum[:8])
}

// Bootstrapped is the digest that Bootstrap has of a hash in the configuration file.
func Bootstrapped(hash string) string {
	sum := sha256.Sum256([]byte(hash))
	return hex.EncodeToString(sum[:8])
}

// MaxName bounds an account's name, in characters.
const MaxName = 100

// CheckName says what is wrong with a name for an account, nil if nothing is. The names of the program's own
// parts are taken: a decision must never look like policy's.
func CheckName(name string) error {
	switch {
	case name == "" || name != strings.TrimSpace(name):
		return errors.New("a name is needed")
	case utf8.RuneCountInString(name) > MaxName || !utf8.ValidString(name):
		return errors.New("the name is too long")
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsControl(r) || !unicode.IsPrint(r) }):
		return errors.New("the name holds characters that cannot be seen")
	case strings.HasPrefix(name, "cli:") || slices.Contains(reserved, strings.ToLower(name)):
		return errors.New("this name stands for a part of the program; choose another one")
	}
	return nil
}

// reserved are the names under which the program itself acts.
var reserved = []string{
	"policy", "replyd", "intake", "triage", "lookup", "reply", "send", "file", "rating", "bounce", "mail",
	"pipeline", "unknown", "nobody",
}

// CheckEmail says what is wrong with an optional address.
func CheckEmail(address string) error {
	if address == "" {
		return nil
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address || len(address) > 254 {
		return errors.New("the address is not like sara@example.com")
	}
	return nil
}

// Token is a key for programs. The key itself is shown once and never stored.
type Token struct {
	ID      string    `json:"id"` // to name it by; no secret
	Name    string    `json:"name"`
	Account string    `json:"account"`
	Role    Role      `json:"role"`
	Hash    string    `json:"hash"` // SHA-256 of the key, hexadecimal
	Created time.Time `json:"created"`
	Used    time.Time `json:"used,omitzero"` // last use, to the minute
}

// keyPrefix lets secret scanners find a key that leaked.
const keyPrefix = "replyd_"

// NewToken makes a token and its key.
func NewToken(name, account string, role Role, now time.Time) (t Token, key string) {
	key = keyPrefix + Nonce()
	hash := Digest(key)
	return Token{ID: hash[:12], Name: name, Account: account, Role: role, Hash: hash, Created: now}, key
}

// Nonce gives 256 random bits as text for an address or a key.
func Nonce() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// Digest is the SHA-256 of a random key, hexadecimal. It is no hash for passwords, which people choose.
func Digest(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// Tries bounds how often something is tried: Burst times at once, then once each Every.
type Tries struct {
	Key   string // of what is counted; kept as a keyed digest alone
	Every time.Duration
	Burst int
}

var (
	// ErrTaken: there is an account of that name already.
	ErrTaken = errors.New("staff: the name is taken")
	// ErrLastOwner: the change would leave the desk without anybody who can run it.
	ErrLastOwner = errors.New("staff: the last owner cannot go")
)

// Person is who an identity provider says has logged in.
type Person struct {
	Subject string // issuer and subject, joined by a blank: the same for ever
	Email   string // confirmed, lower-cased; empty when the provider confirms none
}
