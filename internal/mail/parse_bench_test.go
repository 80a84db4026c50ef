package mail

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// ordinary is a mail of about 20 KB as a phone sends it: thirty header fields, text and HTML.
func ordinary() []byte {
	var b strings.Builder
	for i := range 20 {
		fmt.Fprintf(&b, "X-Relay-%d: from mx%d.example (mx%d.example [192.0.2.%d])\r\n by mx.example; Sun, 22 Nov 2026 09:00:00 +0000\r\n", i, i, i, i)
	}
	b.WriteString("From: =?utf-8?q?Zo=C3=AB?= <zoe@customer.example>\r\nTo: Support <support@lavender-oak.example>\r\n" +
		"Subject: =?utf-8?b?V2hlcmUgaXMgbXkgb3JkZXI/?=\r\nDate: Sun, 22 Nov 2026 09:00:00 +0000\r\n" +
		"Message-ID: <a1@customer.example>\r\nReferences: <r1@x.example> <r2@x.example>\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/alternative; boundary=\"b1\"\r\n\r\n--b1\r\n" +
		"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n")
	for i := range 40 {
		fmt.Fprintf(&b, "Line %d of what the customer wrote about the lamp, caf=C3=A9 table and so on.\r\n", i)
	}
	b.WriteString("\r\nOn Mon, 16 Nov 2026 at 10:11, Support <support@lavender-oak.example> wrote:\r\n")
	for i := range 40 {
		fmt.Fprintf(&b, "> Line %d of the answer before, which is history by now.\r\n", i)
	}
	b.WriteString("--b1\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<html><body>")
	for i := range 90 {
		fmt.Fprintf(&b, "<div style=3D\"font-size:14px\"><b>Line %d</b> of what the customer wrote about it</div>\r\n", i)
	}
	b.WriteString("</body></html>\r\n--b1--\r\n")
	return []byte(b.String())
}

func BenchmarkParseOrdinary(b *testing.B) {
	raw := ordinary()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, DefaultLimits)
	}
}

func BenchmarkParseHTMLOnly(b *testing.B) {
	raw := bytes.Replace(ordinary(), []byte("text/plain"), []byte("image/x-none"), 1)
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		Parse(raw, DefaultLimits)
	}
}

// BenchmarkParseLarge reads a mail of 25 MB that is one picture; allocated bytes per operation stay far below
// twice its size, because files are counted and not decoded.
func BenchmarkParseLarge(b *testing.B) {
	var m bytes.Buffer
	m.WriteString("From: a@customer.example\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n\r\nHello\r\n" +
		"--b1\r\nContent-Type: image/jpeg; name=lamp.jpg\r\nContent-Transfer-Encoding: base64\r\n\r\n")
	line := base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1, 2, 3}, 19)) + "\r\n"
	m.WriteString(strings.Repeat(line, 25<<20/len(line)))
	m.WriteString("--b1--\r\n")
	b.SetBytes(int64(m.Len()))
	b.ReportAllocs()
	for b.Loop() {
		Parse(m.Bytes(), Limits{Bytes: 30 << 20})
	}
}

// BenchmarkHostile reads 1 MiB of what would be slow for a careless reader; each stays far below two seconds.
func BenchmarkHostile(b *testing.B) {
	fill := func(s string) string { return strings.Repeat(s, 1<<20/len(s)) }
	for name, in := range map[string]string{
		"rules":      "From: a@b.example\n\n" + fill("x\n_____\n"),
		"dates":      "From: a@b.example\n\n" + fill("On 1 2 3\n"),
		"delimiters": "Content-Type: multipart/mixed; boundary=-\n\n" + fill("-"),
		"commas":     "From: " + fill("Doe, ") + "<a@b.example>",
		"end tags":   "Content-Type: text/html\n\n" + strings.Repeat("<i>", 500) + fill("</b>"),
		"classes": "Content-Type: text/html\n\n<style>.a{" + strings.Repeat("color:red;", 300) + "}</style>" +
			fill("<b class='a a a a a a a a'>"),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Parse([]byte(in), DefaultLimits)
			}
		})
	}
}
