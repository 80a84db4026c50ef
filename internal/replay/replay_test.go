package replay

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

var noon = time.Date(2025, 11, 17, 12, 0, 0, 0, time.UTC)

func TestSimilarityIsTheShareOfCommonWords(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"Your parcel is on its way.", "your PARCEL, is on its way!", 1},
		{"one two", "three four", 0},
		{"one two three", "two three four", 0.5},
		{"", "", 1},
		{"words", "", 0},
		{"سفارش ۱۰۰۱ می‌رسد", "سفارش 1001 میرسد", 1},
		{"كتاب علي", "کتاب علی", 1},
		{"Rückgabe café", "ruckgabe CAFE", 1},
		{"don’t", "don't", 1},
	} {
		if got := Similarity(c.a, c.b); got != c.want || Similarity(c.b, c.a) != got {
			t.Errorf("%q and %q: %v, want %v either way", c.a, c.b, got, c.want)
		}
	}
}

func TestDifferTellsFactsNotWords(t *testing.T) {
	a, b := Differ("Order #1001 left on 14 November: https://dhl.example/1. It cost 12.50 EUR. Two things:",
		"Your order 1001 was sent out 14.11.2025, and you paid €13. Arriving in 3 days.", noon, noon)
	text := func(all []ground.Token) string {
		var out []string
		for _, t := range all {
			out = append(out, t.Text)
		}
		return strings.Join(out, ", ")
	}
	if got, want := text(a), "https://dhl.example/1, 12.50 EUR"; got != want {
		t.Errorf("only the draft: %s, want %s", got, want)
	}
	if got, want := text(b), "€13, 3 days"; got != want {
		t.Errorf("only the person: %s, want %s", got, want)
	}
}

func sentMail(raw string) *mail.Mail {
	return mail.Parse([]byte(strings.ReplaceAll(raw, "\n", "\r\n")), mail.DefaultLimits)
}

func TestSentFindsTheFirstReplyOfAnotherPerson(t *testing.T) {
	s := NewSent()
	for _, raw := range []string{
		"From: ada@example.com\nTo: shop@x.example\nSubject: Re: lamp\nDate: Mon, 17 Nov 2025 12:05:00 +0000\nIn-Reply-To: <1@a>\n\nme again\n",
		"From: mina@x.example\nTo: ada@example.com\nSubject: Re: lamp\nDate: Mon, 17 Nov 2025 15:00:00 +0000\nIn-Reply-To: <1@a>\n\nsecond\n",
		"From: mina@x.example\nTo: ada@example.com\nSubject: Re: lamp\nDate: Mon, 17 Nov 2025 13:00:00 +0000\nIn-Reply-To: <1@a>\n\nfirst\n\nOn 17 Nov 2025 ada wrote:\n> hello\n",
		"From: mina@x.example\nTo: bob@example.com\nSubject: AW: Tisch\nDate: Tue, 18 Nov 2025 13:00:00 +0000\nReferences: <0@b> <2@b>\n\nper Referenz\n",
		"From: mina@x.example\nTo: Eva <EVA@example.com>\nSubject: RE: [Fwd] Rug\nDate: Tue, 18 Nov 2025 13:00:00 +0000\n\nby subject\n",
		"From: mina@x.example\nTo: late@example.com\nSubject: Re: Rug\nDate: Tue, 2 Dec 2025 13:00:00 +0000\n\ntoo late\n",
	} {
		s.Add(sentMail(raw), time.Time{})
	}
	for _, c := range []struct{ id, subject, customer, text, how string }{
		{"<1@a>", "lamp", "ada@example.com", "first", ByInReplyTo},
		{"<2@b>", "Tisch", "bob@example.com", "per Referenz", ByReference},
		{"<9@e>", "[Fwd] rug", "Eva@Example.com", "by subject", BySubject},
		{"<9@e>", "Rug", "late@example.com", "", ""},
		{"", "lamp", "nobody@example.com", "", ""},
	} {
		r, how := s.Find(&mail.Mail{MessageID: c.id, Subject: c.subject}, c.customer, noon)
		got := ""
		if r != nil {
			got = r.Text
		}
		if got != c.text || how != c.how {
			t.Errorf("%s: %q by %q, want %q by %q", c.id+c.customer, got, how, c.text, c.how)
		}
	}
}

func TestProgressSurvivesACrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "p.jsonl")
	s, err := OpenState(path, "v1")
	if err != nil {
		t.Fatal(err)
	}
	a, b := &Item{Key: "a", Text: "سلام <b>"}, &Item{Key: "b"}
	if err := errors.Join(s.Add(a), s.Add(b), s.Close()); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v: others may read it: %v", err, info.Mode())
	}
	whole, _ := os.ReadFile(path)
	for cut := len(whole) - 1; cut > len(whole)-20; cut-- { // the crash comes while b is written
		if err := os.WriteFile(path, whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		s, err := OpenState(path, "v1")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*Item{a}, s.Items()); diff != "" {
			t.Fatalf("cut at %d: %s", cut, diff)
		}
		if err := errors.Join(s.Add(b), s.Close()); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, whole) {
			t.Fatalf("cut at %d: it does not go on where it was", cut)
		}
	}
	if _, err := OpenState(path, "v2"); !errors.Is(err, ErrOtherSettings) {
		t.Errorf("other settings: %v", err)
	}
	os.WriteFile(path, []byte("a letter\n"), 0o600)
	if _, err := OpenState(path, "v1"); err == nil {
		t.Error("any file passes for progress")
	}
	if kept, _ := os.ReadFile(path); string(kept) != "a letter\n" {
		t.Error("a file that is none of ours was changed")
	}
	var none *State
	if err := errors.Join(none.Add(a), none.Close()); err != nil || none.Items() != nil {
		t.Error("no progress file is no problem")
	}
}

func item(key, decision string, similarity float64, intents ...ticket.Intent) *Item {
	i := &Item{Key: key, Date: noon, Language: "en", Decision: decision, Intents: intents, Reasons: []string{"because"}}
	i.Draft = &Draft{Text: "draft"}
	i.Sent = &Comparison{Similarity: similarity, Text: "sent"}
	return i
}

func TestTheReportAddsUp(t *testing.T) {
	a := item("a", "auto", 0.2, ticket.OrderStatus)
	a.Sent.OnlyDraft = []ground.Token{{Text: "12 EUR"}}
	a.Usage = ticket.Usage{Calls: 1, Input: 1000, Cached: 800, Output: 100, Micros: 500}
	b := item("b", "review", 0.4, ticket.OrderStatus, ticket.ReturnRequest)
	b.Usage = ticket.Usage{Calls: 2, Input: 2000, Cached: 1000, Output: 100, Micros: 1500}
	c := item("c", "hold", -1, ticket.Other)
	d := item("d", "none", 0, ticket.Other)
	d.Draft, d.Sent, d.Conversation = nil, nil, "x"
	e := item("e", "auto", 1, ticket.StorePolicy)
	e.Conversation = "x"
	var r Report
	r.Summarize([]*Item{a, b, c, d, e})
	if r.Mails != 5 || r.Conversations != 4 {
		t.Errorf("%d mails, %d conversations", r.Mails, r.Conversations)
	}
	row := Row{Name: "order_status", Mails: 2, Auto: 1, Review: 1, Compared: 2, Similarity: 0.30000000000000004}
	if r.Intents[1] != row && r.Intents[0] != row {
		t.Errorf("intents %+v, want %+v among them", r.Intents, row)
	}
	want := Compared{Replies: 4, Drafts: 3, Median: 0.4, SameFacts: 2, DraftMore: 1, AutoDiffer: 1,
		Histogram: [5]int{0, 1, 1, 0, 1}, Mean: r.Compared.Mean}
	if diff := cmp.Diff(want, r.Compared); diff != "" || r.Compared.Mean < 0.53 || r.Compared.Mean > 0.54 {
		t.Errorf("mean %v\n%s", r.Compared.Mean, diff)
	}
	cost := Cost{Mails: 2, Calls: 3, Input: 3000, Cached: 1800, Output: 200, PerMail: 1500, PrefixShare: 0.6, Money: 0.002, PerThousand: 1}
	if diff := cmp.Diff(cost, r.Cost); diff != "" {
		t.Error(diff)
	}
}

func TestThePageEscapesEverything(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	i := item(evil, "auto", 0.5, ticket.Intent(evil))
	i.Source, i.From, i.Subject, i.Text, i.Language, i.Rule, i.Problem = evil, evil, evil, evil, evil, evil, evil
	i.Reasons, i.Draft.Text, i.Sent.Text, i.Sent.How = []string{evil}, evil, evil, evil
	i.Sent.OnlySent = []ground.Token{{Text: evil}}
	i.Decision = "auto"
	var r Report
	r.Model, r.Stopped = evil, evil
	r.Summarize([]*Item{i, item("b", `x" onload="alert(1)`, 0.1)})
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, bad := range []string{"<script", "<img", `onload="`} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %s", bad)
		}
	}
	if strings.Count(page, "&lt;script&gt;") < 10 {
		t.Error("what customers write is not shown")
	}
	for _, bad := range []string{" src=", "url(", "@import", "http://", "<link"} {
		if strings.Contains(strings.ReplaceAll(page, "&lt;img src=", ""), bad) {
			t.Errorf("the page asks for something else: %s", bad)
		}
	}
}

func TestAnEmptyReportIsAPageToo(t *testing.T) {
	var r Report
	r.Summarize(nil)
	var b bytes.Buffer
	if err := r.HTML(&b); err != nil || !strings.Contains(b.String(), "0 mails in 0 conversations") {
		t.Errorf("%v\n%s", err, b.String())
	}
}
