package identity

import "testing"

func TestPinnedMatchesWholeIDs(t *testing.T) {
	for _, c := range []struct {
		pattern, id string
		want        bool
	}{
		{"mx.google.com", "mx.google.com", true},
		{"MX.google.com", "mx.google.com", true},
		{"mx.google.com", "mx.google.com.evil.example", false},
		{"mx.google.com", "evil-mx.google.com", false},
		{"mx*.messagingengine.com", "mx3.messagingengine.com", true},
		{"mx*.messagingengine.com", "mx.messagingengine.com", true},
		{"mx*.messagingengine.com", "mx1.messagingengine.com.evil.example", false},
		{"mx*.messagingengine.com", "mx1.evil-messagingengine.com", false},
		{"mx*.messagingengine.com", "mx.evil.example/.messagingengine.com", false},
		{"*.icloud.com", "dmarc.icloud.com", true},
		{"*.icloud.com", "icloud.com", false},
		{"*.icloud.com", "eviliCloud.com", false},
		{"atlas*.yahoo.com", "atlas-production.v2-mail.omega.yahoo.com", true},
		{"a*-*.one.example.org", "ab-c.one.example.org", true},
		{"*google.com", "evilgoogle.com", false},
		{"mx.*", "mx.evil.example", false},
		{"*.co.uk", "evil.co.uk", false},
		{"*", "mx.google.com", false},
		{"mx.oak.example", "mx.oa\u212a.example", false},
		{"", "", false},
	} {
		if got := pinned([]string{c.pattern}, lower(c.id)); got != c.want {
			t.Errorf("%q for %q: got %v", c.pattern, c.id, got)
		}
	}
}

func TestCheckAuthservIDNamesBadPatterns(t *testing.T) {
	for pattern, good := range map[string]bool{
		"mx.google.com": true, "localhost": true, "*.icloud.com": true, "mx*.mail.example.co.uk": true,
		"": false, " ": false, "*": false, "mx*": false, "*.com": false, "mx.*.com": false, "*oak.com": false,
	} {
		if err := CheckAuthservID(pattern); (err == nil) != good {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}

// The suffixes are those of publicsuffix.org.
func TestAlignedByTheRegistrableDomain(t *testing.T) {
	for _, c := range []struct {
		d, from string
		want    bool
	}{
		{"oak.com", "oak.com", true},
		{"mail.oak.com", "oak.com", true},
		{"oak.com", "mail.oak.com", true},
		{"a.oak.com", "b.oak.com", true},
		{"OAK.com.", "oak.com", true},
		{"oak.co.uk", "shop.oak.co.uk", true},
		{"co.uk", "oak.co.uk", false},
		{"com", "oak.com", false},
		{"com", "com", false},
		{"ash.co.uk", "oak.co.uk", false},
		{"github.io", "oak.github.io", false},
		{"ash.github.io", "oak.github.io", false},
		{"oak.github.io", "oak.github.io", true},
		{"xn--bcher-kva.de", "bücher.de", true},
		{"", "oak.com", false},
		{".com", "oak.com", false},
		{"oak.com", "", false},
	} {
		if got := aligned(c.d, c.from); got != c.want {
			t.Errorf("d=%s From %s: got %v", c.d, c.from, got)
		}
	}
}
