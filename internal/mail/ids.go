package mail

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
)

const (
	maxIDs = 1000 // of References, the newest ones are kept
	maxID  = 998  // bytes: a line's length (RFC 5322 section 2.1.1)
)

// messageIDs reads the ids of a Message-ID, In-Reply-To or References field, in order, each with its angle
// brackets. Text around them is obsolete syntax (RFC 5322 section 4.5.4) and skipped; an id without
// brackets is taken when nothing has any.
func messageIDs(v string) []string {
	var out []string
	for rest := v; ; {
		i := strings.IndexByte(rest, '<')
		if i < 0 {
			break
		}
		rest = rest[i+1:]
		end := strings.IndexAny(rest, "<>")
		id := rest
		if end >= 0 {
			id, rest = rest[:end], rest[end:]
		} else {
			rest = ""
		}
		if id = squeeze(id); id != "" && len(id) <= maxID {
			out = append(out, "<"+id+">")
		}
	}
	if len(out) == 0 && len(v) <= 20*maxID {
		for _, f := range strings.FieldsFunc(v, func(r rune) bool { return strings.ContainsRune(" \t,;<>\"", r) }) {
			if len(f) <= maxID {
				out = append(out, "<"+f+">")
			}
		}
	}
	return out[max(0, len(out)-maxIDs):]
}

// squeeze removes the white space that broken folding leaves inside an id.
func squeeze(s string) string {
	if !strings.ContainsAny(s, " \t") {
		return s
	}
	return strings.Join(strings.Fields(s), "")
}

// lower32 survives systems that change letter case: it has lower-case letters and digits alone.
var lower32 = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// NewMessageID makes the Message-ID of a reply: `<random.ticket.hmac@domain>`, with 128 random bits and the
// first 160 bits of an HMAC-SHA256, so that nobody can guess an id and join a ticket with it (as in
// FreeScout, GHSA-6r38-6mcf-2ww3).
func NewMessageID(secret []byte, ticketID, domain string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand, Go 1.24)
	left := lower32.EncodeToString(b[:]) + "." + ticketID
	return "<" + left + "." + seal(secret, left, domain) + "@" + domain + ">"
}

// OwnMessageID reports whether an id was made by NewMessageID with this secret, and for which ticket. It
// takes the same time whatever part of the HMAC is wrong. An empty secret owns nothing.
func OwnMessageID(secret []byte, id string) (ticketID string, ok bool) {
	id = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
	left, domain, _ := strings.Cut(id, "@")
	dot := strings.LastIndexByte(left, '.')
	if len(secret) == 0 || dot < 0 || len(id) > maxID {
		return "", false
	}
	left, tag := left[:dot], left[dot+1:]
	_, ticketID, found := strings.Cut(left, ".")
	if !found || ticketID == "" || !hmac.Equal([]byte(tag), []byte(seal(secret, left, domain))) {
		return "", false
	}
	return ticketID, true
}

func seal(secret []byte, left, domain string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte("replyd message-id\x00" + left + "@" + strings.ToLower(domain)))
	return lower32.EncodeToString(h.Sum(nil)[:20])
}

// Key names a mail for "have we seen it": account, Message-ID and a SHA-256 of what makes the mail itself:
// its From addresses, its Date, its body. The parts stand on three lines, so that a store can find another
// mail of the same Message-ID by prefix. Without a Message-ID it is the hash of the raw mail, line ends
// aside.
func Key(account string, m *Mail, raw []byte) string {
	h := sha256.New()
	if m.MessageID == "" {
		hashLines(h, raw)
		return account + "\n\n" + hex.EncodeToString(h.Sum(nil))
	}
	for _, a := range m.From {
		h.Write([]byte(a.Normal() + "\n"))
	}
	h.Write([]byte(strconv.FormatInt(m.Date.Unix(), 10) + "\n"))
	hashLines(h, raw[headerEnd(raw).body:])
	return account + "\n" + m.MessageID + "\n" + hex.EncodeToString(h.Sum(nil))
}

// hashLines hashes text so that CRLF and LF, and white space at the very end, make no difference.
func hashLines(h hash.Hash, b []byte) {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == '\r' || b[len(b)-1] == ' ') {
		b = b[:len(b)-1]
	}
	start := 0
	for i, c := range b {
		if c == '\r' {
			h.Write(b[start:i])
			start = i + 1
		}
	}
	h.Write(b[start:])
}
