package identity

import (
	"fmt"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// maxName is the longest domain name (RFC 1035 section 2.3.4).
const maxName = 255

// CheckAuthservID tells whether an authserv-id may be pinned: a name without "*", or a pattern whose "*"
// stand for any run of characters, but all before the registrable domain. "mx*.messagingengine.com" is
// fine; "*google.com" would trust evil-google.com, and "mx.*" whoever registers it, so both are errors.
func CheckAuthservID(pattern string) error {
	if strings.TrimSpace(pattern) == "" {
		return fmt.Errorf("identity: an authserv-id is empty")
	}
	star := strings.LastIndexByte(pattern, '*')
	if star < 0 {
		return nil
	}
	_, domain, dotted := strings.Cut(pattern[star+1:], ".")
	if _, err := publicsuffix.EffectiveTLDPlusOne(lower(domain)); !dotted || err != nil {
		return fmt.Errorf("identity: authserv-id %q: after the last * belong a dot and a whole domain", pattern)
	}
	return nil
}

// pinned reports whether id is one of the trusted authserv-ids. Whole ids are compared, letter case aside.
func pinned(patterns []string, id string) bool {
	if len(id) > maxName {
		return false
	}
	for _, p := range patterns {
		if CheckAuthservID(p) == nil && glob(lower(strings.TrimSpace(p)), id) {
			return true
		}
	}
	return false
}

// glob matches all of name against pattern, in which "*" stands for any run of letters, digits, ".", "-",
// "_".
func glob(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !strings.HasPrefix(name, head) {
		return false
	}
	name = name[len(head):]
	if !star {
		return name == ""
	}
	for i := 0; ; i++ {
		if glob(rest, name[i:]) {
			return true
		}
		if i == len(name) || name[i] != '.' && !keywordByte(name[i]) {
			return false
		}
	}
}

// aligned reports whether a signature of domain d speaks for a From address of domain from: both are names
// below, or equal to, the same registrable domain (DMARC's relaxed alignment, RFC 7489 section 3.1).
//
// Private suffixes (github.io, myshopify.com) count like those of ICANN: their subdomains belong to
// strangers. A d= that is itself a suffix aligns with nothing, not even with itself, whoever runs the
// list's entry.
func aligned(d, from string) bool {
	d, from = ascii(d), ascii(from)
	a, errA := publicsuffix.EffectiveTLDPlusOne(d)
	b, errB := publicsuffix.EffectiveTLDPlusOne(from)
	return errA == nil && errB == nil && a == b
}

// sameDomain compares two domains, letter case and IDNA form aside.
func sameDomain(a, b string) bool { return a != "" && ascii(a) == ascii(b) }

// ascii gives a domain in lower-case A-labels (RFC 5890), without a final dot. A name that cannot be
// converted stays as it is, so that it equals nothing but itself.
func ascii(domain string) string {
	domain = lower(strings.TrimSuffix(strings.TrimSpace(domain), "."))
	if a, err := idna.Punycode.ToASCII(domain); err == nil {
		return a
	}
	return domain
}

// lower maps letters to lower case, but none from outside ASCII into it: strings.ToLower and
// strings.EqualFold take U+212A, the Kelvin sign, for "k", and so "mx.ban\u212a.example" for the id that an
// owner pinned.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if l := unicode.ToLower(r); r < 0x80 || l >= 0x80 {
			return l
		}
		return r
	}, s)
}

// domainOf gives what stands after the last "@", or all of s where there is none.
func domainOf(s string) string { return s[strings.LastIndexByte(s, '@')+1:] }
