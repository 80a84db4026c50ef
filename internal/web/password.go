package web

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/replyd/replyd/internal/staff"
)

// User is one of the staff as the configuration file names them.
type User struct {
	Name string
	Hash string // as HashPassword writes it
	Role staff.Role
}

// Argon2id with 19 MiB, two passes and one lane: OWASP's password storage cheat sheet, read 2026-11.
const (
	argonMemory = 19 * 1024 // KiB
	argonTime   = 2
	argonLanes  = 1
	argonKey    = 32 // bytes
)

// maxPassword bounds what is hashed. atOnce bounds how many are: each takes argonMemory.
const (
	maxPassword = 1024
	minPassword = 8
	atOnce      = 2
)

// HashPassword gives the text form of a password's Argon2id hash, with a fresh salt.
func HashPassword(password string) (string, error) {
	if len(password) < minPassword || len(password) > maxPassword {
		return "", fmt.Errorf("web: a password has from %d to %d bytes", minPassword, maxPassword)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails (crypto/rand, Go 1.24)
	h := hash{memory: argonMemory, time: argonTime, lanes: argonLanes, salt: salt}
	return h.String(h.of(password)), nil
}

// hash is a parsed Argon2id hash.
type hash struct {
	memory, time uint32
	lanes        uint8
	salt, key    []byte
}

func (h hash) of(password string) []byte {
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.lanes, argonKey)
}

func (h hash) String(key []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, h.memory, h.time, h.lanes,
		b64.EncodeToString(h.salt), b64.EncodeToString(key))
}

func parseHash(text string) (h hash, err error) {
	bad := errors.New("no Argon2id hash as `replyd passwd` prints it")
	parts := strings.Split(text, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != "v=19" {
		return h, bad
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.lanes); err != nil {
		return h, bad
	}
	var errSalt, errKey error
	h.salt, errSalt = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, errKey = base64.RawStdEncoding.DecodeString(parts[5])
	if errors.Join(errSalt, errKey) != nil || len(h.key) != argonKey || len(h.salt) < 8 ||
		h.memory < 8 || h.memory > 256*1024 || h.time < 1 || h.time > 10 || h.lanes < 1 || h.lanes > 16 {
		return h, bad
	}
	return h, nil
}

// passwords compares passwords with hashes.
type passwords struct {
	decoy hash
	slots chan struct{}
}

func newPasswords() *passwords {
	return &passwords{slots: make(chan struct{}, atOnce), decoy: hash{
		memory: argonMemory, time: argonTime, lanes: argonLanes,
		salt: make([]byte, 16), key: make([]byte, argonKey),
	}}
}

// slot waits until one more password may be hashed.
func (p *passwords) slot(ctx context.Context) (release func(), err error) {
	select {
	case p.slots <- struct{}{}:
		return func() { <-p.slots }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// verify tells whether a password fits a hash. No hash, or a damaged one, fits nothing and costs as much as a
// wrong password.
func (p *passwords) verify(ctx context.Context, text, password string) bool {
	release, err := p.slot(ctx)
	if err != nil {
		return false
	}
	defer release()
	h, err := parseHash(text)
	known := err == nil
	if !known || len(password) > maxPassword {
		h, known, password = p.decoy, false, "decoy"
	}
	return subtle.ConstantTimeCompare(h.of(password), h.key) == 1 && known
}

// accounts are the configuration file's users as accounts.
func accounts(users []User) (out []staff.Account, err error) {
	for _, u := range users {
		if _, err := parseHash(u.Hash); err != nil {
			return nil, fmt.Errorf("web: user %q: %w", u.Name, err)
		}
		if err := staff.CheckName(u.Name); err != nil {
			return nil, fmt.Errorf("web: user %q: %w", u.Name, err)
		}
		out = append(out, staff.Account{Name: u.Name, Hash: u.Hash, Role: cmp.Or(u.Role, staff.Owner)})
	}
	return out, nil
}
