package gate

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// heavy is a mail of some 20 KB as a web mailer sends it: text, HTML, quoted history, thirty header fields.
func heavy() []byte {
	var b strings.Builder
	b.WriteString("Return-Path: <ava@oak.com>\r\nReceived: from out.oak.com\r\n" +
		"Authentication-Results: mx.google.com;\r\n dkim=pass header.i=@oak.com header.s=k1 header.b=aB3dE;\r\n" +
		" spf=pass (google.com: domain of ava@oak.com designates 192.0.2.7 as permitted sender)\r\n" +
		" smtp.mailfrom=ava@oak.com;\r\n dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=oak.com\r\n" +
		"From: Ava <ava@oak.com>\r\nTo: help@shop.example\r\nSubject: Re: order #1001\r\n" +
		"Date: Sun, 22 Nov 2026 08:59:00 +0000\r\nMessage-ID: <one@oak.com>\r\n" +
		"In-Reply-To: <two@shop.example>\r\n" +
		"MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=b\r\n")
	for range 20 {
		b.WriteString("X-Trace: " + strings.Repeat("a1b2c3 ", 12) + "\r\n")
	}
	quoted := strings.Repeat("> We are sorry that your parcel is late; it left our house on Monday.\r\n", 60)
	b.WriteString("\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nWhere is my parcel?\r\n\r\n" +
		"On Sat, 21 Nov 2026 Shop wrote:\r\n" + quoted + "\r\n--b\r\nContent-Type: text/html\r\n\r\n" +
		"<html><body><p>Where is my parcel?</p><blockquote>" +
		strings.Repeat("<p>We are sorry that your parcel is late; it left our house.</p>\r\n", 180) +
		"</blockquote></body></html>\r\n--b--\r\n")
	return []byte(b.String())
}

// BenchmarkTakeIn is the way of a mail from bytes to the gate's verdict; the budget is 1 ms and 400
// allocations.
func BenchmarkTakeIn(b *testing.B) {
	raw := heavy()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if g := takeIn(mail.Parse(raw, mail.DefaultLimits)); g.Outcome != ticket.Go {
			b.Fatal(g)
		}
	}
}

// BenchmarkJudge is the part of identity and gate alone.
func BenchmarkJudge(b *testing.B) {
	m := mail.Parse(heavy(), mail.DefaultLimits)
	b.ReportAllocs()
	for b.Loop() {
		takeIn(m)
	}
}

func takeIn(m *mail.Mail) ticket.Gate {
	who := identity.Identify(m, identity.Config{AuthservIDs: []string{"mx.google.com"}})
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	return Judge(context.Background(), Input{Mail: m, Sender: who, Now: now}, store, nil)
}
