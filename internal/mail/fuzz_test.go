package mail

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// seeds are whole mails, each with something that programs get wrong.
var seeds = []string{
	"From: a@b.example\r\nTo: c@d.example\r\nSubject: hi\r\n\r\nHello\r\n",
	"From ann Sun Nov 22 09:00:00 2026\nFrom: Ann <a@b.example>\nSubject: =?utf-8?Q?caf=C3=A9?=\n\nx\n",
	"From: a@b.example\rSubject: x\rTo: c@d.example\r\rbody\rmore\r",
	"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n<p>hi<div hidden>no</div>\r\n--x\r\n" +
		"Content-Type: application/pdf; name*0*=utf-8''a%20; name*1=b.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA=BB\r\n",
	"Content-Type: multipart/report; report-type=delivery-status; boundary=\"y\"\n\n--y\n\nfailed\n--y\n" +
		"Content-Type: message/delivery-status\n\nOriginal-Message-ID: <1@x>\n\n--y\nContent-Type: message/rfc822\n\nMessage-ID: <2@x>\n\nz\n--y--\n",
	"Content-Type: application/ms-tnef; name=winmail.dat\nContent-Transfer-Encoding: base64\n\nIp8+IgEAAQaQCAAEAAAAAAABAAEAAQ==\n",
	"Content-Type: text/plain; charset=utf-7\n\nHi Mom +Jjo--+AOk-!\n",
	"Content-Type: text/plain; format=flowed; delsp=yes\n\n> a \n> b\nc \nd\n-- \nsig\n",
	"Content-Type: text/plain\n\nbegin 644 a.txt\n#0V%T\n`\nend\nOn 1 May 2026, X <x@y> wrote:\n> q\nanswer\n",
	"Content-Type: text/plain; charset=iso-2022-kr\n\n\x1b$)C\x0e0!3*\x0f\n",
}

func FuzzParse(f *testing.F) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if len(raw) > 1<<20 {
			return
		}
		m := Parse(raw, DefaultLimits)
		if m == nil || m.Size != len(raw) {
			t.Fatal("no mail, or of another size")
		}
		if slicesContain(m.Problems, "reading it failed") {
			t.Fatal("the reader panicked")
		}
		texts := []string{m.Text, m.Reply, m.HTML, m.Subject, m.MessageID}
		for _, a := range m.Attachments {
			texts = append(texts, a.Name, a.Type)
			if strings.ContainsAny(a.Name, "/\\\n\x00") || a.Name == "" || len(a.Name) > maxName {
				t.Errorf("unsafe name %q", a.Name)
			}
		}
		for _, h := range m.Header {
			texts = append(texts, h.Name, h.Value)
		}
		for _, s := range texts {
			if !utf8.ValidString(s) {
				t.Errorf("not UTF-8: %q", s)
			}
		}
		if strings.Contains(m.Text+m.Reply, "\r") {
			t.Error("CR in the text")
		}
		if _, err := json.Marshal(m); err != nil {
			t.Error(err)
		}
		_ = Key("inbox", m, raw)
	})
}

func slicesContain(list []string, part string) bool {
	return strings.Contains(strings.Join(list, "\n"), part)
}

func FuzzHTMLToText(f *testing.F) {
	for _, s := range []string{
		"<p>a<p>b<br>c", "<table><tr><td>1<td>2<tr><td>3</table>", "<blockquote>a<blockquote>b</blockquote>c",
		"<style>.x{display:none}</style><i class=x>n</i>y", "<div style='font-size:0'>a<b style='font-size:9px'>c",
		"<pre>a\n  b</pre><ol start=3><li>x<li>y</ol>", "<a href='https://x.example/y'>here</a>", "<!-- c --><title>t", "<p style='color:#fff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := HTMLToText(s)
		if !utf8.ValidString(out) || strings.ContainsAny(out, "\r\x00\uFDD0\uFDD1\uFDD2\u200b\U000E0041") {
			t.Errorf("unclean text %q", out)
		}
		if len(out) > 12*len(s)+64 {
			t.Errorf("%d bytes grew to %d", len(s), len(out))
		}
	})
}

func FuzzAddresses(f *testing.F) {
	for _, s := range []string{
		`Ann <a@b.example>, "Doe, Jane" <j@d.example>`, "undisclosed-recipients:;", "Team: a@b, c@d;, e@f", "<@r,@s:a@b>",
		`"a b"@c`, "a@b (Ann (x))", "Doe, Jane <j@d>", "=?utf-8?q?x?= <a@b>", "<a@b", "a @ b . c", "<<a@b>>", "mailto:a@b",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range addresses(s) {
			n := a.Normal()
			if again := (Address{Address: n}).Normal(); again != n {
				t.Errorf("%q is not stable: %q", n, again)
			}
			if n != "" && (a.Domain() == "" && !strings.HasSuffix(n, "@.") || strings.ContainsAny(n, "\r\n")) {
				t.Errorf("%q has no domain, or a line break", n)
			}
			if strings.ContainsAny(a.Name, "\r\n\x00") {
				t.Errorf("unclean name %q", a.Name)
			}
		}
	})
}

func FuzzReplyText(f *testing.F) {
	for _, s := range []string{
		"Hi\n\nOn Mon, 2 May 2026 at 10:00, A <a@b.c> wrote:\n> x", "a\n> b\nc\n-- \nd", "-----Original Message-----\nFrom: a\nx",
		"x\n________________________________\nFrom: a@b\nSent: today\nTo: c@d\nSubject: s\n\ny", "Sent from my iPhone",
		markOpen + "\nq\n" + markClose + "\nr\n" + markQuote + "\ns", "سلام\n\nدر تاریخ ۱ خرداد، علی نوشت:\n> x",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out := ReplyText(s)
		have := map[string]bool{}
		for _, l := range splitLines(s) {
			have[l] = true
		}
		for l := range strings.SplitSeq(out, "\n") {
			if l != "" && !have[l] {
				t.Fatalf("a line that nobody wrote: %q", l)
			}
		}
	})
}
