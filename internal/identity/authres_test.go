package identity

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseReadsWhatProvidersWrite(t *testing.T) {
	for name, c := range map[string]struct {
		in   string
		want authResults
	}{
		"comments anywhere": {
			"(a) mx.one.example (b (c)) 1 (d) ; (e) dkim (f) / (g) 1 (h) = (i) pass " +
				"(j) header (k) . (l) d (m) = (n) oak.example (o)",
			authResults{"mx.one.example", []result{{"dkim", "pass", []property{{"header.d", "oak.example"}}}}},
		},
		"quotes and escapes": {
			`"MX.One.Example"; spf=pass reason="good; \"very\"" smtp.mailfrom="a \"b\"; c=d"@oak.example`,
			authResults{"mx.one.example", []result{
				{"spf", "pass", []property{{"smtp.mailfrom", `a "b"; c=d@oak.example`}}}}},
		},
		"no blank anywhere": {
			"mx.one.example;dmarc=pass(p=NONE)header.from=oak.example;",
			authResults{"mx.one.example", []result{{"dmarc", "pass", []property{{"header.from", "oak.example"}}}}},
		},
		"names without a ptype": {
			"mx.one.example; dkim=pass (2048-bit rsa key) header.b=Ab/1+c= x-bits=2048; dmarc=pass action=none",
			authResults{"mx.one.example", []result{
				{"dkim", "pass", []property{{"header.b", "Ab/1+c="}}}, {"dmarc", "pass", nil}}},
		},
		"nothing checked": {
			"mx.one.example; none", authResults{"mx.one.example", []result{{"none", "", nil}}},
		},
		"an id alone": {"mx.one.example", authResults{"mx.one.example", nil}},
		"broken comments": {
			`mx.one.example; spf=pass (\) \( ) smtp.helo=a`,
			authResults{"mx.one.example", []result{{"spf", "pass", []property{{"smtp.helo", "a"}}}}},
		},
	} {
		got, err := parseAuthResults(c.in)
		diff := cmp.Diff(c.want, got, cmp.AllowUnexported(authResults{}, result{}, property{}))
		if diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, want := range map[string]error{
		"":                                                                     errSyntax,
		"; dmarc=pass":                                                         errSyntax,
		"(mx.one.example; dmarc=pass":                                          errSyntax,
		"mx.one.example dmarc=pass":                                            errVersion,
		"mx.one.example 2; dmarc=pass":                                         errVersion,
		"mx.one.example; dkim/2=pass":                                          errVersion,
		"mx.one.example; dmarc":                                                errSyntax,
		"mx.one.example; dmarc=":                                               errSyntax,
		"mx.one.example; dmarc=pass @":                                         errSyntax,
		"mx.one.example; dmarc=pass header.":                                   errSyntax,
		"mx.one.example; dmarc=pass header.from":                               errSyntax,
		"mx.one.example; dmarc=pass header.from=":                              errSyntax,
		`mx.one.example; dmarc=pass header.from="a`:                            errSyntax,
		`mx.one.example; dmarc=pass header.from="a\`:                           errSyntax,
		"mx.one.example; dmarc=pass (p=NONE header.from=a":                     errSyntax,
		"mx.one.example; dmarc=pass ) header.from=a":                           errSyntax,
		"mx.one.example; spf=pass dmarc=pass":                                  errSyntax,
		"mx.one.example; none; dmarc=pass":                                     errSyntax,
		"mx.one.example; dkim=pass header.d=a header.D=b":                      errDuplicate,
		`mx.one.example; spf=pass (of "a) dkim=pass (b")`:                      errBreakout,
		"mx.one.example; " + strings.Repeat("(", 30) + strings.Repeat(")", 30): errTooLong,
		"mx.one.example; " + strings.Repeat("x=y;", maxResults+1):              errTooLong,
		"mx.one.example; x=y " + strings.Repeat("a.b=c ", 1):                   nil,
	} {
		if _, err := parseAuthResults(in); !errors.Is(err, want) {
			t.Errorf("%.60q: got %v, want %v", in, err, want)
		}
	}
}

// FuzzParseAuthResults claims: no panic, no endless run, an error or bounded results; what is read names
// its method; and a pass never comes from a field in which the word does not stand outside quotes and
// comments.
func FuzzParseAuthResults(f *testing.F) {
	f.Add("mx.one.example 1; dkim=pass (a (b) \\) c) header.d=oak.example; spf=pass smtp.mailfrom=\"x;y\"@a")
	f.Add("(c) \"mx.one.example\"; none")
	f.Add("mx.one.example; spf=pass (of \"a) ; dmarc=pass header.from=oak.example (b\"@evil.example)")
	f.Add("spf=pass smtp.mailfrom=a;dmarc=pass action=none header.from=a;compauth=pass reason=100")
	f.Fuzz(func(t *testing.T, in string) {
		a, err := parseAuthResults(in)
		if err != nil {
			return
		}
		if len(a.results) > maxResults || a.id != lower(a.id) || a.id == "" && !strings.Contains(in, `"`) {
			t.Fatalf("%q: %+v", in, a)
		}
		for _, r := range a.results {
			if r.method == "" || r.method != "none" && r.value == "" || len(r.properties) > maxProperties {
				t.Fatalf("%q: %+v", in, r)
			}
			if r.value == pass && !strings.Contains(bare(in), pass) {
				t.Fatalf("%q: a pass out of quotes or comments", in)
			}
		}
	})
}

// bare drops comments and quoted strings the slow way, in lower case.
func bare(in string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i := 0; i < len(in); i++ {
		switch c := in[i]; {
		case c == '\\' && (quoted || depth > 0):
			i++
		case quoted:
			quoted = c != '"'
		case depth > 0 && c == ')':
			depth--
		case c == '(':
			depth++
		case depth > 0:
		case c == '"':
			quoted = true
		default:
			b.WriteByte(c)
		}
	}
	return lower(b.String())
}
