package identity

import (
	"testing"

	"github.com/replyd/replyd/internal/mail"
)

// How large providers word what they found about a mail of ava@oak.com: the shapes are theirs, the values
// are made up. A parser that is strict where they are loose would leave their customers unanswered.
var providers = []struct {
	name, pin, method string
	fields            []string
}{
	{"Google", "mx.google.com", "dmarc", []string{
		`mx.google.com;       dkim=pass header.i=@oak.com header.s=k1 header.b=aB3dE/f+;       spf=pass ` +
			`(google.com: domain of ava@oak.com designates 192.0.2.7 as permitted sender) ` +
			`smtp.mailfrom=ava@oak.com;       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=oak.com`}},
	{"Google, no DMARC record", "mx.google.com", "dkim", []string{
		`mx.google.com; dkim=pass header.i=@oak.com header.s=k1 header.b="aB3dE/f+"; spf=neutral (google.com: ` +
			`192.0.2.7 is neither permitted nor denied by best guess record for domain of ava@oak.com) ` +
			`smtp.mailfrom=ava@oak.com`}},
	{"Fastmail", "mx*.messagingengine.com", "dmarc", []string{
		`mx6.messagingengine.com; x-csa=none; x-me-sender=none; x-ptr=pass smtp.helo=oak.com policy.ptr=oak.com`,
		`mx6.messagingengine.com; bimi=skipped (DMARC Policy is not at enforcement)`,
		`mx6.messagingengine.com; arc=none (no signatures found)`,
		`mx6.messagingengine.com; dkim=pass (2048-bit rsa key sha256) header.d=oak.com header.i=@oak.com ` +
			`header.b=aB3dE/f+ header.a=rsa-sha256 header.s=k1 x-bits=2048; dmarc=pass ` +
			`policy.published-domain-policy=none policy.applied-disposition=none (p=none,d=none,d.eval=none) ` +
			`policy.policy-from=p header.from=oak.com; iprev=pass smtp.remote-ip=192.0.2.7 (out.oak.com); spf=pass ` +
			`smtp.mailfrom=ava@oak.com smtp.helo=out.oak.com; x-tls=pass smtp.version=TLSv1.3 smtp.bits=256/256`}},
	{"iCloud", "*.icloud.com", "dmarc", []string{
		`bimi.icloud.com; bimi=none`, `dmarc.icloud.com; dmarc=pass header.from=oak.com`,
		`dkim-verifier.icloud.com; dkim=pass (2048-bit key) header.d=oak.com header.i=@oak.com header.b=aB3dE/f+`,
		`spf.icloud.com; spf=pass (spf.icloud.com: domain of ava@oak.com designates 192.0.2.7 as permitted ` +
			`sender) smtp.mailfrom=ava@oak.com`}},
	{"Yahoo", "atlas*.yahoo.com", "dmarc", []string{
		`atlas-production.v2-mail-prod1-gq1.omega.yahoo.com; dkim=pass header.i=@oak.com header.s=k1; spf=pass ` +
			`smtp.mailfrom=oak.com; dmarc=pass(p=NONE) header.from=oak.com;`}},
	{"Zoho, with its missing semicolon", "mx.zohomail.eu", "dmarc", []string{
		`mx.zohomail.eu; dkim=pass spf=pass (zohomail.eu: domain of oak.com designates 192.0.2.7 as permitted ` +
			`sender) smtp.mailfrom=ava@oak.com; dmarc=pass(p=none dis=none) header.from=oak.com`}},
	{"mail.ru names the whole address", "mxs.mail.ru", "dmarc", []string{
		`mxs.mail.ru; spf=pass (mx1.mail.ru: domain of oak.com designates 192.0.2.7 as permitted sender) ` +
			`smtp.mailfrom=ava@oak.com smtp.helo=out.oak.com; dkim=pass header.d=oak.com; ` +
			`dmarc=pass header.from=ava@oak.com`}},
	{"Yandex", "*.qloud-c.yandex.net", "dkim", []string{
		`iva5-1-2.qloud-c.yandex.net; spf=pass (iva5-1-2.qloud-c.yandex.net: domain of oak.com designates ` +
			`192.0.2.7 as permitted sender, rule=[ip4:192.0.2.0/24]) smtp.mail=ava@oak.com; ` +
			`dkim=pass header.i=@oak.com`}},
	{"OpenDKIM and OpenDMARC, one field each", "mx.own.net", "dmarc", []string{
		`mx.own.net; dmarc=pass (p=none dis=none) header.from=oak.com`,
		`mx.own.net; spf=pass smtp.mailfrom=oak.com`,
		`mx.own.net; dkim=pass (2048-bit key; unprotected) header.d=oak.com header.i=@oak.com ` +
			`header.a=rsa-sha256 header.s=k1 header.b=aB3dE/f+; dkim-atps=neutral`}},
	{"amavis", "mx.own.net", "dkim", []string{
		`mx.own.net (amavisd-new); dkim=pass (2048-bit key) reason="pass (just generated, assumed good)" ` +
			`header.d=oak.com`}},
	{"Rspamd", "mx*.own.net", "dmarc", []string{
		`mx2.own.net; dkim=pass header.d=oak.com header.s=k1 header.b=aB3dE; spf=pass (mx2.own.net: domain of ` +
			`ava@oak.com designates 192.0.2.7 as permitted sender) smtp.mailfrom=ava@oak.com; dmarc=pass ` +
			`(policy=none) header.from=oak.com`}},
	{"GMX", "gmx.net", "dkim", []string{`gmx.net; dkim=pass header.i=@oak.com`}},
}

func TestProvidersAreUnderstood(t *testing.T) {
	for _, p := range providers {
		m := &mail.Mail{From: []mail.Address{{Address: "Ava@oak.com"}}}
		for _, f := range p.fields {
			m.Header = append(m.Header, mail.Field{Name: "Authentication-Results", Value: f})
		}
		c := Config{AuthservIDs: []string{p.pin}}
		if got := Identify(m, c); !got.Authenticated() || got.Method != p.method || got.Domain != "oak.com" {
			t.Errorf("%s: %+v", p.name, got)
		}
		for _, other := range []string{"ash.com", "oak.com.ash.com", "bigoak.com", "com"} {
			m.From[0].Address = "ava@" + other
			if got := Identify(m, c); got.Verdict == pass {
				t.Errorf("%s: passes for %s: %+v", p.name, other, got)
			}
		}
	}
}
