package mail

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAddresses(t *testing.T) {
	one := func(name, address string) []Address { return []Address{{name, address}} }
	for in, want := range map[string][]Address{
		"ann@b.example":                             one("", "ann@b.example"),
		"Ann Doe <ann@b.example>":                   one("Ann Doe", "ann@b.example"),
		`"Doe, Ann" <ann@b.example>`:                one("Doe, Ann", "ann@b.example"),
		`Doe, Ann <ann@b.example>`:                  one("Doe, Ann", "ann@b.example"),
		`Doe, Ann <ann@b.example>, c@d.example`:     {{"Doe, Ann", "ann@b.example"}, {"", "c@d.example"}},
		"ann@b.example (Ann (the) Doe)":             one("Ann (the) Doe", "ann@b.example"),
		"Ann Doe ann@b.example":                     one("Ann Doe", "ann@b.example"),
		"<ann@b.example":                            one("", "ann@b.example"),
		"Ann <ann@b.example, c@d.example":           {{"Ann", "ann@b.example"}, {"", "c@d.example"}},
		"Ann <<ann@b.example>>":                     one("Ann", "ann@b.example"),
		"ann @ b . example":                         one("", "ann@b.example"),
		"<@r.example,@s.example:ann@b.example>":     one("", "ann@b.example"),
		`"ann doe"@b.example`:                       one("", `"ann doe"@b.example`),
		`<"ann"@b.example>`:                         one("", "ann@b.example"),
		`"ann@b.example" <ann@b.example>`:           one("ann@b.example", "ann@b.example"),
		"<mailto:ann@b.example>":                    one("", "ann@b.example"),
		"'ann@b.example'":                           one("", "ann@b.example"),
		"Team: ann@b.example, Bob <b@b.example>; ,": {{"", "ann@b.example"}, {"Bob", "b@b.example"}},
		"undisclosed-recipients:;":                  nil,
		"":                                          nil,
		"=?utf-8?Q?Ann_=3Cann=40b=2Eexample=3E?=":   one("Ann", "ann@b.example"),
		"=?utf-8?Q?Doe=2C_Ann?= <ann@b.example>":    one("Doe, Ann", "ann@b.example"),
		"ann@b.example; bob@b.example":              {{"", "ann@b.example"}, {"", "bob@b.example"}},
		"مریم <maryam@b.example>":                   one("مریم", "maryam@b.example"),
		"ann(comment)@b.example":                    one("comment", "ann@b.example"),
		`"Ann \"A\" Doe" <ann@b.example>`:           one(`Ann "A" Doe`, "ann@b.example"),
		`"evil@x.example" <ann@b.example>`:          one("evil@x.example", "ann@b.example"),
		"Ann\u202e <ann@b.example>":                 one("Ann", "ann@b.example"),
		"a@b.example c@d.example":                   {{"", "a@b.example"}, {"", "c@d.example"}},
		"A <a@b.example> C <c@d.example>":           {{"A", "a@b.example"}, {"C", "c@d.example"}},
		"<Ann> <ann@b.example>":                     one("Ann", "ann@b.example"),
		`"evil@x.example" <local>`:                  one("evil@x.example", "local"),
		"Mail Delivery System":                      one("Mail Delivery System", ""),
		"<>":                                        nil,
	} {
		if diff := cmp.Diff(want, addresses(in)); diff != "" {
			t.Errorf("%q: (-want +got)\n%s", in, diff)
		}
	}
}

func TestNormal(t *testing.T) {
	for in, want := range map[string]string{
		" Ann.Doe+x@B.Example ": "ann.doe+x@b.example", "ann": "", "@b": "", "a@": "", "a b@c": "", "a@b@c": "", "a@b,c@d": "",
		`"a b"@C.example`: `"a b"@c.example`, "a@[192.0.2.1]": "a@[192.0.2.1]", "a@b\n.c": "", "a@b..c": "", "<a@b>": "",
		"\u212aate@b.example": "\u212aate@b.example", "MÜLLER@b.example": "müller@b.example", "a@b\u200b.c": "",
	} {
		if got := (Address{Address: in}).Normal(); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := (Address{Address: "a@B.Example."}).Domain(); got != "b.example" {
		t.Errorf("Domain: %q", got)
	}
}

func TestMessageIDs(t *testing.T) {
	for in, want := range map[string][]string{
		"<a@b> <c@d>": {"<a@b>", "<c@d>"}, "<a@b><c@d>": {"<a@b>", "<c@d>"}, "a@b": {"<a@b>"}, "<a @b>": {"<a@b>"},
		"Your mail of Monday <a@b> (x)": {"<a@b>"}, "<a@b": {"<a@b>"}, "<>": nil, "": nil, "<a@b>,\t<c@d>": {"<a@b>", "<c@d>"},
	} {
		if diff := cmp.Diff(want, messageIDs(in)); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"Sun, 22 Nov 2026 10:00:00 +0100": "2026-11-22T09:00:00Z", "22 Nov 26 10:00 GMT": "2026-11-22T10:00:00Z",
		"Sun Nov 22 10:00:00 2026": "2026-11-22T10:00:00Z", "Sun Nov 22 10:00:00 PST 2026": "2026-11-22T18:00:00Z",
		"2026-11-22T10:00:00+02:00": "2026-11-22T08:00:00Z", "2026-11-22 10:00:00 -0500": "2026-11-22T15:00:00Z",
		"Sunday, 22 November 2026 10:00:00 EST": "2026-11-22T15:00:00Z", "Sun,22 Nov 2026 10:00:00": "2026-11-22T10:00:00Z",
		"22-Nov-2026 10:00:00 +0000": "2026-11-22T10:00:00Z", "nonsense": "", "": "", "99 Nov 2026 10:00": "", "1 Jan 99999": "",
		"Sun, 22 Nov 2026 10:00:00 -0530 (x)": "2026-11-22T15:30:00Z",
	} {
		got := ""
		if d := parseDate(in); !d.IsZero() {
			got = d.UTC().Format("2006-01-02T15:04:05Z")
		}
		if got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}
