package ticket

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewID makes a ticket id that sorts by time.
func NewID(now time.Time) ID { return ID("t" + sortable(now)) }

// NewTurnID makes a turn id that sorts by time.
func NewTurnID(now time.Time) TurnID { return TurnID("u" + sortable(now)) }

// sortable is 6 bytes of Unix milliseconds and 8 random bytes in an alphabet whose order is the bytes' order.
func sortable(now time.Time) string {
	var b [14]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	_, _ = rand.Read(b[6:]) // never fails (crypto/rand, Go 1.24)
	return strings.TrimRight(encoding.EncodeToString(b[:]), "=")
}
