package identity

import (
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

const provider = "mx.provider.example"

// letter makes a mail from header lines; From, Reply-To are addresses.
func letter(from string, lines ...string) *mail.Mail {
	m := &mail.Mail{Header: mail.Header{{Name: "From", Value: from}}}
	for a := range strings.SplitSeq(from, ",") {
		m.From = append(m.From, mail.Address{Address: strings.TrimSpace(a)})
	}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		m.Header = append(m.Header, mail.Field{Name: name, Value: value})
		if strings.EqualFold(name, "Reply-To") {
			for a := range strings.SplitSeq(value, ",") {
				m.ReplyTo = append(m.ReplyTo, mail.Address{Address: strings.TrimSpace(a)})
			}
		}
	}
	return m
}

// results makes Authentication-Results lines of our provider.
func results(bodies ...string) (lines []string) {
	for _, b := range bodies {
		lines = append(lines, "Authentication-Results: "+provider+"; "+b)
	}
	return lines
}

var trusting = Config{AuthservIDs: []string{provider}}

func TestEvidenceDecides(t *testing.T) {
	const from = "ava@oak.example"
	for name, c := range map[string]struct {
		lines           []string
		verdict, method string
	}{
		"dmarc pass for From": {results("dmarc=pass header.from=oak.example"), pass, "dmarc"},
		"everything passes": {results("dkim=pass header.i=@oak.example header.s=k1; spf=pass " +
			"smtp.mailfrom=ava@oak.example; dmarc=pass (p=REJECT) header.from=oak.example"), pass, "dmarc"},
		"one header for each method": {results("spf=pass smtp.mailfrom=oak.example",
			"dkim=pass header.d=oak.example", "dmarc=pass header.from=oak.example"), pass, "dmarc"},
		"dmarc carried by spf alone": {results("dkim=none; spf=pass smtp.mailfrom=b@bounce.oak.example; " +
			"dmarc=pass header.from=oak.example"), pass, "dmarc"},
		"aligned dkim, no dmarc": {results("dkim=pass header.d=oak.example"), pass, "dkim"},
		"dkim of a subdomain":    {results("dkim=pass header.d=mail.oak.example"), pass, "dkim"},
		"dkim by i= alone":       {results("dkim=pass header.i=ava@oak.example"), pass, "dkim"},
		"dmarc none, aligned dkim": {
			results("dmarc=none header.from=oak.example; dkim=pass header.d=oak.example"), pass, "dkim",
		},
		"a second signature went unread": {
			results("dkim=pass header.d=oak.example; dkim=neutral header.d=oak.example"), pass, "dkim",
		},
		"a mailing service's signature": {
			results("dkim=pass header.d=service.example; dkim=pass header.d=oak.example"), pass, "dkim",
		},
		"letter case does not matter": {results("DMARC=Pass Header.From=OAK.Example"), pass, "dmarc"},
		"a stranger's header beside ours": {
			append(results("dmarc=pass header.from=oak.example"),
				"Authentication-Results: other.example; dmarc=fail header.from=oak.example"), pass, "dmarc",
		},

		"no header":           {nil, none, ""},
		"nothing was checked": {results("none"), none, ""},
		"spf alone": {
			results("spf=pass smtp.mailfrom=ava@oak.example"), none, "",
		},
		"dkim of another domain":         {results("dkim=pass header.d=service.example"), none, ""},
		"dkim of a name that ends alike": {results("dkim=pass header.d=bigoak.example"), none, ""},
		"dkim of a suffix":               {results("dkim=pass header.d=example"), none, ""},
		"dkim without a domain":          {results("dkim=pass"), none, ""},
		"i= outside of d=": {
			results("dkim=pass header.d=evil.example header.i=@oak.example"), none, "",
		},
		"dkim tested only": {results("dkim=policy header.d=oak.example"), none, ""},
		"policy properties are no evidence": {
			results("dkim=pass policy.d=oak.example policy.from=oak.example"), none, "",
		},
		"a reason is no evidence": {
			results(`dkim=pass reason="header.d=oak.example; dmarc=pass"`), none, "",
		},
		"a comment is no evidence": {results("dkim=pass (header.d=oak.example)"), none, ""},
		"only a stranger's header": {
			[]string{"Authentication-Results: other.example; dmarc=pass header.from=oak.example"}, none, "",
		},
		"an id that begins like ours": {
			[]string{"Authentication-Results: " + provider + ".evil.example; dmarc=pass header.from=oak.example"},
			none, "",
		},
		"an original header of another system": {
			[]string{"X-Original-Authentication-Results: " + provider + "; dmarc=pass header.from=oak.example"},
			none, "",
		},

		"dmarc fail": {results("dmarc=fail header.from=oak.example"), fail, ""},
		"dmarc fail beats dkim": {
			results("dkim=pass header.d=oak.example; dmarc=fail header.from=oak.example"), fail, "",
		},
		"dmarc fail in another header": {
			results("dmarc=pass header.from=oak.example", "dmarc=fail header.from=oak.example"), fail, "",
		},
		"dmarc stated twice": {
			results("dmarc=pass header.from=oak.example; dmarc=pass header.from=oak.example"), fail, "",
		},
		"dmarc pass for another domain": {results("dmarc=pass header.from=evil.example"), fail, ""},
		"dmarc pass for a subdomain":    {results("dmarc=pass header.from=www.oak.example"), fail, ""},
		"dmarc pass for nobody":         {results("dmarc=pass"), fail, ""},
		"dmarc pass without a witness": {
			results("dkim=none; spf=pass smtp.mailfrom=x@evil.example", "dmarc=pass header.from=oak.example"),
			fail, "",
		},
		"dkim pass against our own no": {
			results("dkim=none; spf=softfail", "dkim=pass header.d=oak.example"), fail, "",
		},
		"dkim pass and fail": {
			results("dkim=pass header.d=oak.example; dkim=fail header.d=oak.example"), fail, "",
		},
		"one trusted header is broken": {
			results("dmarc=pass header.from=oak.example", `spf=pass smtp.mailfrom="x`), fail, "",
		},
		"a property twice in a clause": {
			results("dmarc=pass header.from=oak.example header.from=evil.example"), fail, "",
		},
		"an unknown version": {
			[]string{"Authentication-Results: " + provider + " 2; dmarc=pass header.from=oak.example"}, fail, "",
		},
		"a header that never ends": {
			results("dmarc=pass header.from=oak.example" + strings.Repeat(" (x)", maxFieldBytes)), fail, "",
		},
		"hundreds of headers": {
			results(strings.Split(strings.Repeat("none|", maxFields+1), "|")...), fail, "",
		},
		"a stranger's property in a clause": {
			results("dmarc=pass (header.from=oak.example) header.from=evil.example"), fail, "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := Identify(letter(from, c.lines...), trusting)
			if got.Verdict != c.verdict || got.Method != c.method {
				t.Errorf("got %s by %q (%s), want %s by %q", got.Verdict, got.Method, got.Reason, c.verdict, c.method)
			}
			if got.Authenticated() != (c.verdict == pass) || got.Reason == "" || got.Address != from {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// The local part of an envelope address may hold nearly anything in quotation marks, and providers repeat
// it.
func TestEnvelopeAddressCannotWriteAResult(t *testing.T) {
	for _, local := range []string{
		`"a; dmarc=pass header.from=oak.example ;b"`,
		`"a) dmarc=pass header.from=oak.example (b"`,
		`"a) ; dmarc=pass header.from=oak.example (b"`,
		`"a) ; dkim=pass header.d=oak.example ; x=y (b"`,
		`"a) smtp.helo=q; dkim=pass header.d=oak.example; spf=pass (b"`,
		`"a\"b) ; dkim=pass header.d=oak.example ; spf=pass (b"`,
		`"a\\) ; dkim=pass header.d=oak.example ; spf=pass (b"`,
		`"(((a"`, `")))a"`,
		`"` + provider + `; dmarc=pass header.from=oak.example"`,
	} {
		address := local + "@evil.example"
		for _, rest := range []string{"", "; dkim=none", "; dkim=pass header.d=evil.example"} {
			line := "spf=pass (" + provider + ": domain of " + address + " designates 192.0.2.1 as permitted " +
				"sender) smtp.mailfrom=" + address + rest
			if got := Identify(letter("ava@oak.example", results(line)...), trusting); got.Verdict == pass {
				t.Errorf("%s: %+v", line, got)
			}
			line = "spf=pass smtp.mailfrom=" + address + rest
			if got := Identify(letter("ava@oak.example", results(line)...), trusting); got.Verdict == pass {
				t.Errorf("%s: %+v", line, got)
			}
		}
	}
}

// FuzzEnvelopeAddress claims the same for any local part, quoted as RFC 5321 section 4.1.2 wants.
func FuzzEnvelopeAddress(f *testing.F) {
	f.Add(`a; dmarc=pass header.from=oak.example ;b`)
	f.Add(`a) smtp.helo=q; dkim=pass header.d=oak.example; spf=pass (b`)
	f.Add(`\) (" ; dkim=pass header.i=@oak.example;x=y z.z="`)
	f.Fuzz(func(t *testing.T, local string) {
		address := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(local) + `"@evil.example`
		for _, line := range []string{
			"spf=pass (domain of " + address + " designates 192.0.2.1) smtp.mailfrom=" + address,
			"dkim=none; spf=pass smtp.mailfrom=" + address + " (sender " + address + "); dmarc=none header.from=oak.example",
		} {
			if got := Identify(letter("ava@oak.example", results(line)...), trusting); got.Verdict == pass {
				t.Errorf("%s: %+v", line, got)
			}
		}
	})
}

func TestSeveralAuthorsAreNobody(t *testing.T) {
	lines := results("dmarc=pass header.from=oak.example")
	two := letter("ava@oak.example, bob@evil.example", lines...)
	twice := letter("ava@oak.example", append(lines, "From: ")...)
	for _, m := range []*mail.Mail{two, twice, letter("not an address", lines...), letter("", lines...)} {
		if got := Identify(m, trusting); got.Verdict != fail || got.Address != "" {
			t.Errorf("From %v: %+v", m.From, got)
		}
	}
}

func TestZeroConfigTrustsNobody(t *testing.T) {
	m := letter("ava@oak.example", results("dmarc=pass header.from=oak.example")...)
	if got := Identify(m, Config{}); got.Verdict != none {
		t.Errorf("got %+v", got)
	}
}

func TestAddressIsExactAndLowerCase(t *testing.T) {
	m := letter("A.va+Shop@Oak.Example", results("dmarc=pass header.from=oak.example")...)
	if got := Identify(m, trusting); got.Address != "a.va+shop@oak.example" || got.Domain != "oak.example" {
		t.Errorf("got %+v", got)
	}
}

func TestReplyToNeverChangesTheIdentity(t *testing.T) {
	lines := append(results("dmarc=pass header.from=oak.example"), "Reply-To: eve@evil.example")
	m := letter("ava@oak.example", lines...)
	if got := Identify(m, trusting); got.Address != "ava@oak.example" || !got.Authenticated() {
		t.Errorf("got %+v", got)
	}
}

func TestInternationalDomainsCompareByALabel(t *testing.T) {
	m := letter("ava@grüße.example", results("dmarc=pass header.from=xn--gre-6ka8l.example")...)
	if got := Identify(m, trusting); got.Verdict != pass {
		t.Errorf("got %+v", got)
	}
}

// Microsoft 365 writes no authserv-id: learn.microsoft.com, "Anti-spam message headers", read 2026-11-22.
func TestMicrosoft365(t *testing.T) {
	const good = "spf=pass (sender IP is 192.0.2.7) smtp.mailfrom=oak.example; dkim=pass (signature " +
		"was verified) header.d=oak.example;dmarc=pass action=none header.from=oak.example;compauth=pass reason=100"
	for name, c := range map[string]struct {
		lines []string
		want  string
	}{
		"the form of Microsoft": {[]string{good}, pass},
		"compauth fails": {
			[]string{strings.Replace(good, "compauth=pass", "compauth=fail", 1)}, none,
		},
		"compauth is missing": {[]string{"dmarc=pass action=none header.from=oak.example"}, none},
		"dmarc guessed": {
			[]string{strings.Replace(good, "dmarc=pass", "dmarc=bestguesspass", 1)}, none,
		},
		"dmarc fails": {[]string{strings.Replace(good, "dmarc=pass", "dmarc=fail", 1)}, fail},
		"for another domain": {
			[]string{strings.Replace(good, "header.from=oak", "header.from=evil", 1)}, fail,
		},
		"two headers":            {[]string{good, good}, fail},
		"somebody's id in front": {[]string{"evil.example; " + good}, fail},
		"none at all":            {nil, none},
	} {
		var lines []string
		for _, l := range c.lines {
			lines = append(lines, "Authentication-Results: "+l)
		}
		if got := Identify(letter("ava@oak.example", lines...), Config{Outlook: true}); got.Verdict != c.want {
			t.Errorf("%s: got %+v, want %s", name, got, c.want)
		}
	}
}

func TestContactFormIsOnlyAClaim(t *testing.T) {
	c := Config{AuthservIDs: []string{provider}, Forms: []string{"Mailer@forms.example"}}
	good := results("dmarc=pass header.from=forms.example")
	for name, x := range map[string]struct {
		from    string
		lines   []string
		via     ticket.Via
		address string
	}{
		"a form": {
			"mailer@forms.example", append(good, "Reply-To: Ava@oak.example"), ticket.Form, "ava@oak.example",
		},
		"an unproven form": {
			"mailer@forms.example", []string{"Reply-To: ava@oak.example"}, ticket.Form, "ava@oak.example",
		},
		"a form for nobody": {"mailer@forms.example", good, ticket.Form, ""},
		"a form for two": {
			"mailer@forms.example", append(good, "Reply-To: a@oak.example, b@oak.example"), ticket.Form, "",
		},
		"a forged form": {
			"mailer@forms.example",
			append(results("dmarc=fail header.from=forms.example"), "Reply-To: ava@oak.example"),
			ticket.Direct, "mailer@forms.example",
		},
		"a robot, not a form": {
			"noreply@forms.example", append(good, "Reply-To: ava@oak.example"),
			ticket.Direct, "noreply@forms.example",
		},
		"a folded form's name": {
			"mailer+x@forms.example", append(good, "Reply-To: ava@oak.example"),
			ticket.Direct, "mailer+x@forms.example",
		},
	} {
		got := Identify(letter(x.from, x.lines...), c)
		if got.Via != x.via || got.Address != x.address || x.via == ticket.Form && got.Authenticated() {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestGroupIsOnlyAClaim(t *testing.T) {
	c := Config{AuthservIDs: []string{provider}, Groups: []string{"help@shop.example"}}
	base := []string{"List-Id: Help <help.shop.example>", "X-Original-From: Ava <Ava@oak.example>",
		"Reply-To: ava@oak.example"}
	for name, x := range map[string]struct {
		lines []string
		via   ticket.Via
	}{
		"the group":           {base, ticket.Group},
		"another list":        {[]string{"List-Id: <news.shop.example>", base[1], base[2]}, ticket.Direct},
		"another Reply-To":    {[]string{base[0], base[1], "Reply-To: eve@evil.example"}, ticket.Direct},
		"nobody was replaced": {[]string{base[0], base[2]}, ticket.Direct},
		"two lists":           {append(base, "List-Id: <help.shop.example>"), ticket.Direct},
		"a forged group": {
			append(base, results("dmarc=fail header.from=shop.example")...), ticket.Direct,
		},
	} {
		got := Identify(letter("help@shop.example", x.lines...), c)
		is := got.Via == ticket.Group && got.Address == "ava@oak.example" && !got.Authenticated()
		if got.Via != x.via || is != (x.via == ticket.Group) {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}

func TestForwardedByServersThatWeTrust(t *testing.T) {
	c := Config{AuthservIDs: []string{provider}, Forwarders: []string{"relay.example", "provider.example"}}
	ours := results("arc=pass (i=2); dmarc=fail header.from=oak.example")[0]
	seal1 := "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=relay.example; s=k; b=AAA="
	seal2 := "ARC-Seal: i=2; a=rsa-sha256; cv=pass; d=provider.example; s=k; b=BBB="
	saw1 := "ARC-Authentication-Results: i=1; relay.example; dmarc=pass header.from=oak.example"
	saw2 := "ARC-Authentication-Results: i=2; " + provider + "; arc=pass; dmarc=fail header.from=oak.example"
	for name, x := range map[string]struct {
		lines []string
		good  bool
	}{
		"one hop":  {[]string{ours, seal1, saw1}, true},
		"two hops": {[]string{ours, seal2, saw2, seal1, saw1}, true},
		"the chain is broken": {
			[]string{strings.Replace(ours, "arc=pass", "arc=fail", 1), seal1, saw1}, false,
		},
		"our provider contradicts itself": {[]string{ours, results("arc=fail")[0], seal1, saw1}, false},
		"dmarc is stated twice":           {[]string{ours, results("dmarc=none")[0], seal1, saw1}, false},
		"our provider is silent":          {[]string{seal1, saw1}, false},
		"a stranger states arc=pass": {
			[]string{strings.Replace(ours, provider, "evil.example", 1), seal1, saw1}, false,
		},
		"a stranger sealed": {
			[]string{ours, strings.Replace(seal1, "relay", "evil", 1), saw1}, false,
		},
		"a stranger sealed again": {
			[]string{ours, strings.Replace(seal2, "provider", "evil", 1), saw2, seal1, saw1}, false,
		},
		"a seal is missing":        {[]string{ours, seal2, saw2, saw1}, false},
		"a seal twice":             {[]string{ours, seal1, seal1, saw1, saw1}, false},
		"a seal names two domains": {[]string{ours, seal1 + "; d=evil.example", saw1}, false},
		"it was not proven there": {
			[]string{ours, seal1, strings.Replace(saw1, "=pass", "=none", 1)}, false,
		},
		"it was another's mail": {
			[]string{ours, seal1, strings.Replace(saw1, "oak", "evil", 1)}, false,
		},
		"no result of the first hop": {
			[]string{ours, seal1, strings.Replace(saw1, "i=1", "i=3", 1)}, false,
		},
	} {
		got := Identify(letter("ava@oak.example", x.lines...), c)
		if got.Authenticated() != x.good || x.good && got.Via != ticket.Forwarded {
			t.Errorf("%s: got %+v", name, got)
		}
	}
	if got := Identify(letter("ava@oak.example", ours, seal1, saw1), trusting); got.Authenticated() {
		t.Errorf("no forwarder is configured: got %+v", got)
	}
}
