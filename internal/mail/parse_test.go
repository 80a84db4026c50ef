package mail

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

func parse(lines ...string) *Mail { return Parse([]byte(strings.Join(lines, "\r\n")), DefaultLimits) }

func TestHeadersAreDecoded(t *testing.T) {
	m := parse("From: =?iso-8859-1?Q?Andr=E9?= Pirard <PIRARD@vm1.example>", "From: second@x.example",
		"To: =?utf-8?B?w4Y=?= =?utf-8?B?w5g=?= <a@b.example>,", "\tb@c.example", "Subject: =?utf-8?Q?a_split_=E2=82?=",
		" =?utf-8?Q?=AC_sign?=", "Message-ID: <1@x.example>", "In-Reply-To: Your mail of <0@y.example>",
		"References: <r0@y.example>", " <r1@y.example>", "Date: Sun, 22 Nov 2026 10:00:00 +0100 (CET)", "", "x")
	want := []Address{{"André Pirard", "PIRARD@vm1.example"}, {"", "second@x.example"}}
	if diff := cmp.Diff(want, m.From); diff != "" {
		t.Errorf("From: (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]Address{{"ÆØ", "a@b.example"}, {"", "b@c.example"}}, m.To); diff != "" {
		t.Errorf("To: (-want +got)\n%s", diff)
	}
	if m.Subject != "a split € sign" || m.MessageID != "<1@x.example>" || m.InReplyTo[0] != "<0@y.example>" ||
		len(m.References) != 2 || !m.Date.Equal(time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("got %q %q %q %q %v", m.Subject, m.MessageID, m.InReplyTo, m.References, m.Date)
	}
	if !m.Header.Has("message-id") || m.Header.Get("DATE") == "" || len(m.Header.All("from")) != 2 || m.Header.Has("x") {
		t.Error("header look-up")
	}
}

func TestEncodedWordsAreForgiven(t *testing.T) {
	for in, want := range map[string]string{
		"=?UTF-8?Q?with space?= x":                   "with space x",
		"=?utf-8?B?Y2Fmw6k?=":                        "café",        // no padding
		"=?utf-8?Q?caf=C3=A9":                        "café",        // no end
		"a=?utf-8?Q?b?=c":                            "abc",         // no spaces
		`"=?utf-8?Q?in_quotes?="`:                    `"in quotes"`, // forbidden and common
		"=?utf-8*en?Q?tagged?=":                      "tagged",
		"=?x-nonsense?Q?plain?=":                     "plain",
		"=?utf-8?X?no?=":                             "=?utf-8?X?no?=",
		"=?koi8-r?B?8NLJ18XU?=":                      "Привет",
		"=?iso-2022-jp?B?GyRCJDMkcyRLJEEkTxsoQg==?=": "こんにちは",
		"=?gb2312?B?xOO6ww==?=":                      "你好",
		"=?windows-1256?Q?=D3=E1=C7=E3?=":            "سلام",
		"=?iso-8859-8-i?Q?=F9=EC=E5=ED?=":            "שלום",
		"=?utf-8?Q?a=0D=0ABcc:_x?=":                  "a Bcc: x", // no line of its own
		"100=?":                                      "100=?",
	} {
		if got := decodeWords(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestCharsets(t *testing.T) {
	for _, c := range []struct {
		label, want string
		enc         encoding.Encoding
	}{
		{"windows-1256", "سلام، سفارش من کجاست", charmap.Windows1256}, {"iso-8859-8-i", "שלום", charmap.ISO8859_8},
		{"gb2312", "订单在哪里", simplifiedchinese.GBK}, {"GB18030", "订单", simplifiedchinese.GB18030},
		{"iso-2022-jp", "注文はどこ", japanese.ISO2022JP}, {"shift_jis", "注文", japanese.ShiftJIS},
		{"koi8-r", "Где мой заказ", charmap.KOI8R}, {"cp1251", "Где", charmap.Windows1251}, {"euc-kr", "주문", korean.EUCKR},
		{"us-ascii", "naïve – café", charmap.Windows1252}, {"", "naïve", charmap.Windows1252},
		{"us-ascii", "labelled wrongly: سلام", encoding.Nop}, {"iso-8859-1", "wrong too: €", encoding.Nop},
		{"x-unheard-of", "سلام", encoding.Nop}, {"utf-8", "à l’été", charmap.Windows1252},
		{"iso_8859-15", "5 €", charmap.ISO8859_15}, {"hz-gb-2312", "订单", simplifiedchinese.HZGB2312},
	} {
		raw, err := c.enc.NewEncoder().Bytes([]byte(c.want))
		if err != nil {
			t.Fatal(err)
		}
		m := parse("Content-Type: text/plain; charset=\""+c.label+"\"", "Content-Transfer-Encoding: 8bit", "", string(raw))
		if m.Text != c.want {
			t.Errorf("%s: got %q, want %q", c.label, m.Text, c.want)
		}
	}
	if m := parse("Content-Type: text/plain; charset=utf-7", "", "Hi +AOk- 1 +- 2 +2D3eAA-"); m.Text != "Hi é 1 + 2 😀" {
		t.Errorf("utf-7: got %q", m.Text)
	}
	if m := parse("Subject: \xd3\xe1\xc7\xe3", "Content-Type: text/plain; charset=windows-1256", "", "x"); m.Subject != "سلام" {
		t.Errorf("raw header: got %q", m.Subject)
	}
	if m := parse("Content-Type: text/html", "", "<meta charset='windows-1251'>\xc3\xe4\xe5"); m.Text != "Где" {
		t.Errorf("meta: got %q", m.Text)
	}
}

func TestBrokenMailIsRead(t *testing.T) {
	multi := "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\none\n--b\nContent-Type: text/plain\n\ntwo\n"
	for _, c := range []struct{ name, in, text, problem string }{
		{"CR alone", "From: a@b.example\rSubject: s\r\rone\rtwo\r", "one\ntwo", "lines end in CR alone"},
		{"LF alone", "From: a@b.example\n\none\ntwo", "one\ntwo", ""},
		{"mbox line", "From ann Sun Nov 22\nFrom: a@b.example\n\none", "one", ""},
		{"no closing boundary", multi, "one\n\ntwo", "missing closing boundary"},
		{"closing boundary", multi + "--b--\nepilogue", "one\n\ntwo", ""},
		{"no blank line", "From: a@b.example\nHello there,\nwhere is it?", "Hello there,\nwhere is it?", "the header has lines that are no fields"},
		{"boundary not named", "Content-Type: multipart/mixed\n\n--q\nContent-Type: text/plain\n\none\n--q--\n", "one", ""},
		{"boundary never there", "Content-Type: multipart/mixed; boundary=b\n\njust text", "just text", "a multipart without its boundary, read as one text"},
		{"part without header", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b--\n", "one", ""},
		{"no Content-Type", "From: a@b.example\n\none", "one", ""},
		{"nonsense Content-Type", "Content-Type: text\n\none", "one", ""},
		{"HTML without a type", "From: a@b.example\n\n<html><body><p>one</body></html>", "one", ""},
		{"alternative with blank text", "Content-Type: multipart/alternative; boundary=b\n\n--b\n\n \n--b\nContent-Type: text/html\n\n<p>one\n--b--\n", "one", ""},
		{"only a named text", "Content-Type: multipart/mixed; boundary=b\n\n--b\n" +
			"Content-Type: text/plain; name=text0.txt\n\none\n--b--\n", "one", ""},
		{"padding in the middle", "Content-Transfer-Encoding: base64\n\nb25=\nZSB0d28=", "on" + "e two", ""},
		{"bad quoted-printable", "Content-Transfer-Encoding: quoted-printable\n\n1=2 =3D= \n=XY caf=C3=A9=", "1=2 ==XY café", ""},
		{"flowed", "Content-Type: text/plain; format=flowed\n\nOn 2 May 2026, Ann \n<a@b.example> wrote:\n> q \n> r\nyes \nno", "On 2 May 2026, Ann <a@b.example> wrote:\n> q r\nyes no", ""},
		{"clear-signed", "From: a@b.example\n\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\none\n- --two\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n", "one\n--two", ""},
	} {
		m := Parse([]byte(c.in), DefaultLimits)
		if got := strings.TrimSpace(m.Text); got != c.text || strings.Join(m.Problems, "; ") != c.problem || !m.Complete {
			t.Errorf("%s: got %q, problems %q, complete %v", c.name, got, m.Problems, m.Complete)
		}
	}
}

func TestAttachments(t *testing.T) {
	m := parse("Content-Type: multipart/mixed; boundary=b", "", "--b", "", "see", "--b",
		"Content-Type: application/pdf; name*0*=utf-8''Rech%6Eung%20; name*1*=%C3%BC.p; name*2=df",
		"Content-Transfer-Encoding: base64", "", "AAAA", "AAA=", "--b",
		"Content-Type: image/png; name=\"=?utf-8?Q?b=C3=AFld.png?=\"", "Content-ID: <c>", "Content-Disposition: inline", "", "12345",
		"--b", `Content-Disposition: attachment; filename="..\..\C:\evil`+"\u202e"+`gpj.exe"`, "", "x",
		"--b", "Content-Type: message/rfc822", "", "Subject: The old mail", "", "inside", "--b", "Content-Type: text/x-log; name=.bashrc", "", "l", "--b--")
	want := []Attachment{
		{"Rechnung ü.pdf", "application/pdf", 5, false}, {"bïld.png", "image/png", 5, true},
		{"evilgpj.exe", "text/plain", 1, false}, {"The old mail.eml", "message/rfc822", 31, false}, {"bashrc", "text/x-log", 1, false},
	}
	if diff := cmp.Diff(want, m.Attachments); diff != "" || m.Text != "see" {
		t.Errorf("text %q, (-want +got)\n%s", m.Text, diff)
	}
	m = parse("From: a@b.example", "", "look", "begin 644 a.txt", "#0V%T", "`", "end", "bye")
	if diff := cmp.Diff([]Attachment{{"a.txt", "application/octet-stream", 3, false}}, m.Attachments); diff != "" || m.Text != "look\nbye" {
		t.Errorf("uuencode: text %q, (-want +got)\n%s", m.Text, diff)
	}
}

func TestKinds(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     Kinds
	}{
		{"bounce", seeds[4], Kinds{Report: true}},
		{"disposition notice", "Content-Type: multipart/report; boundary=b\n\n--b\nContent-Type: message/disposition-notification\n\nOriginal-Message-ID: <1@x>\n--b--", Kinds{Report: true}},
		{"S/MIME", "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m\n\nx", Kinds{Encrypted: true}},
		{"S/MIME signed", "Content-Type: multipart/signed; boundary=b\n\n--b\n\nhi\n--b\nContent-Type: application/pkcs7-signature\n\nx\n--b--", Kinds{Signed: true}},
		{"PGP/MIME", "Content-Type: multipart/encrypted; boundary=b\n\n--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--b--", Kinds{Encrypted: true}},
		{"PGP", "From: a@b.example\n\n-----BEGIN PGP MESSAGE-----\n\nx\n-----END PGP MESSAGE-----", Kinds{Encrypted: true}},
		{"invitation", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR", Kinds{Calendar: true}},
		{"calendar file", "Content-Type: text/calendar\n\nBEGIN:VCALENDAR", Kinds{}},
		{"person forwards a bounce", "Content-Type: multipart/mixed; boundary=b\n\n--b\n\nwhat is this?\n--b\nContent-Type: message/rfc822\n\n" + seeds[4] + "\n--b--", Kinds{}},
	} {
		if got := Parse([]byte(c.in), DefaultLimits).Kinds; got != c.want {
			t.Errorf("%s: got %+v", c.name, got)
		}
	}
	m := Parse([]byte(seeds[4]), DefaultLimits)
	if diff := cmp.Diff([]string{"<1@x>", "<2@x>"}, m.ReportedIDs); diff != "" {
		t.Errorf("ReportedIDs: %s", diff)
	}
	m = parse("Return-Path: <>", "From: MAILER-DAEMON@mx.example", "", "Sorry.", "--- Below is a copy", "", "Message-ID: <q@x>", "Subject: y")
	if diff := cmp.Diff([]string{"<q@x>"}, m.ReportedIDs); diff != "" {
		t.Errorf("ReportedIDs in the text: %s", diff)
	}
}

func TestLimits(t *testing.T) {
	part := "--b\nContent-Type: text/plain\n\nx\n"
	nested := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\nContent-Type: multipart/mixed; boundary=b\n\n", 30)
	for _, c := range []struct {
		name, in string
		lim      Limits
		problem  string
	}{
		{"size", "From: a@b.example\n\n" + strings.Repeat("x", 100), Limits{Bytes: 50}, "larger than the size limit"},
		{"parts", "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat(part, 10), Limits{Parts: 5}, "more parts"},
		{"depth", strings.ReplaceAll(nested, "b\n\n--b", "b\n\n--b"), Limits{Depth: 0}, ""},
		{"text", "From: a@b.example\n\n" + strings.Repeat("x", 100), Limits{Text: 50}, "the text is longer"},
	} {
		m := Parse([]byte(c.in), c.lim)
		if c.problem != "" && (m.Complete || !m.Kinds.Oversize || !slicesContain(m.Problems, c.problem)) {
			t.Errorf("%s: %+v %q", c.name, m.Kinds, m.Problems)
		}
	}
	var b strings.Builder
	for i := range 30 {
		b.WriteString("Content-Type: multipart/mixed; boundary=b" + string(rune('A'+i)) + "\n\n--b" + string(rune('A'+i)) + "\n")
	}
	if m := Parse([]byte(b.String()), DefaultLimits); !slicesContain(m.Problems, "nested deeper") || m.Complete {
		t.Errorf("depth: %q", m.Problems)
	}
	if m := Parse([]byte("From: a@b.example\n\nx"), Limits{Time: time.Nanosecond}); !m.Kinds.TimedOut || m.Complete {
		t.Errorf("time: %+v", m.Kinds)
	}
}

// The markup knows where history begins when the plain text beside it does not say.
func TestHTMLHelpsThePlainText(t *testing.T) {
	m := parse("Content-Type: multipart/alternative; boundary=b", "", "--b", "", "new", "", "old", "--b", "Content-Type: text/html", "",
		"<p>new</p><blockquote>old</blockquote>", "--b--")
	if m.Reply != "new" || m.Text != "new\n\nold" {
		t.Errorf("reply %q, text %q", m.Reply, m.Text)
	}
}
