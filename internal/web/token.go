package web

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// RatingLife is how long a customer can rate an answer.
const RatingLife = 60 * 24 * time.Hour

// RatingURL gives the address of an answer's rating page. Its token names turn and expiry and is signed over
// ticket, turn, address and expiry; the address itself is not in it, so no log of addresses comes to be.
func RatingURL(base string, secret []byte, ticketID, turnID, address string, expires time.Time) string {
	at := strconv.FormatInt(expires.Unix(), 36)
	mac := sign(secret, "rating", ticketID, turnID, address, at)
	return strings.TrimRight(base, "/") + "/r/" + turnID + "." + at + "." + mac
}

// sign gives 128 bits of HMAC-SHA-256 over the parts, whose lengths are part of what is signed.
func sign(secret []byte, parts ...string) string {
	mac := hmac.New(sha256.New, secret)
	for _, p := range parts {
		mac.Write([]byte(strconv.Itoa(len(p)) + ":" + p))
	}
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:16])
}

// ratingToken is a parsed token that nobody has verified yet.
type ratingToken struct {
	turn    ticket.TurnID
	at, mac string
	expires time.Time
}

func parseToken(token string) (ratingToken, bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 || len(token) > 200 {
		return ratingToken{}, false
	}
	unix, err := strconv.ParseInt(parts[1], 36, 64)
	if err != nil {
		return ratingToken{}, false
	}
	return ratingToken{ticket.TurnID(parts[0]), parts[1], parts[2], time.Unix(unix, 0)}, true
}

// signed tells whether the token was made for this turn and the address that its answer went to.
func (k ratingToken) signed(secret []byte, t *ticket.Turn) bool {
	want := sign(secret, "rating", string(t.Ticket), string(k.turn), t.Recipient(), k.at)
	return hmac.Equal([]byte(want), []byte(k.mac))
}

// nonceLife is how long a rating page may lie open before it is sent.
const nonceLife = 24 * time.Hour

// nonce proves that a vote comes from a page that was shown.
func nonce(secret []byte, token string, at time.Time) string {
	stamp := strconv.FormatInt(at.Unix(), 36)
	return stamp + "." + sign(secret, "nonce", token, stamp)
}

func validNonce(secret []byte, token, value string, now time.Time) bool {
	stamp, mac, ok := strings.Cut(value, ".")
	unix, err := strconv.ParseInt(stamp, 36, 64)
	if !ok || err != nil {
		return false
	}
	old := now.Sub(time.Unix(unix, 0))
	return hmac.Equal([]byte(sign(secret, "nonce", token, stamp)), []byte(mac)) && old >= 0 && old < nonceLife
}
