package staff

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
)

// One-time codes after RFC 6238 as every authenticator app reads them: HMAC-SHA-1, six digits, 30 seconds.
const (
	totpPeriod = 30 // seconds
	totpDigits = 1_000_000
	totpSkew   = 1  // time steps that a clock may be off (RFC 6238, 5.2)
	totpSecret = 20 // bytes, the length of SHA-1 (RFC 4226, 4, R6)
)

// recoveryCodes is how many a person gets.
const recoveryCodes = 10

// NewTOTP makes a secret.
func NewTOTP() []byte {
	b := make([]byte, totpSecret)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return b
}

// Step gives the time step of a moment.
func Step(t time.Time) int64 { return t.Unix() / totpPeriod }

// Code gives the six digits of a time step (RFC 4226, 5.3).
func Code(secret []byte, step int64) string {
	var msg [8]byte
	binary.BigEndian.PutUint64(msg[:], uint64(step))
	mac := hmac.New(sha1.New, secret)
	mac.Write(msg[:])
	sum := mac.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	n := binary.BigEndian.Uint32(sum[at:at+4]) & 0x7fffffff
	return fmt.Sprintf("%06d", n%totpDigits)
}

// MatchCode finds the time step around now whose code this is. Steps up to and including last are used up.
func MatchCode(secret []byte, code string, now time.Time, last int64) (step int64, ok bool) {
	code = digits(code)
	if len(secret) == 0 || len(code) != 6 {
		return 0, false
	}
	for s := Step(now) - totpSkew; s <= Step(now)+totpSkew; s++ {
		same := subtle.ConstantTimeCompare([]byte(Code(secret, s)), []byte(code)) == 1
		if same && s > last {
			step, ok = s, true
		}
	}
	return step, ok
}

// digits drops the blanks that apps show and people copy.
func digits(code string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' || r == '-' {
			return -1
		}
		return r
	}, code)
}

// Pass uses up a one-time or recovery code of the account. It reports false, and changes nothing, for a code
// that is wrong or was used before.
func (a *Account) Pass(code string, now time.Time) bool {
	if step, ok := MatchCode(a.TOTP, code, now, a.Step); ok {
		a.Step = step
		return true
	}
	if i := slices.Index(a.Recovery, Digest(normalCode(code))); i >= 0 && len(a.TOTP) > 0 {
		a.Recovery = slices.Delete(slices.Clone(a.Recovery), i, i+1)
		return true
	}
	return false
}

// TOTPText is the secret as authenticator apps take it from a keyboard.
func TOTPText(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// TOTPLink is the otpauth address that a QR code holds (Google Authenticator's Key URI Format).
func TOTPLink(secret []byte, issuer, account string) string {
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	q := url.Values{"secret": {TOTPText(secret)}, "issuer": {issuer}}
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

// NewRecovery makes recovery codes of 50 bits each, and the digests to keep of them.
func NewRecovery() (codes, digests []string) {
	for range recoveryCodes {
		b := make([]byte, 7)
		_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
		text := strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b))[:10]
		codes = append(codes, text[:5]+"-"+text[5:])
		digests = append(digests, Digest(text))
	}
	return codes, digests
}

func normalCode(code string) string { return strings.ToLower(digits(code)) }
