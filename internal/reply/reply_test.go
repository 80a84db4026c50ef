package reply

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func testWriter(t testing.TB) *Writer {
	t.Helper()
	return sharedWriter()
}

func write(t testing.TB, in Input) ticket.Draft {
	t.Helper()
	d, err := testWriter(t).Write(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// golden compares with a file of testdata/golden.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// TestGolden shows every template in every language, with each kind of finding.
func TestGolden(t *testing.T) {
	for _, lang := range testWriter(t).Languages() {
		for _, intent := range ticket.Intents {
			var b strings.Builder
			for _, c := range sampleFindings() {
				d := write(t, sampleInput(lang, intent, c.finding))
				fmt.Fprintf(&b, "==== %s (macro: %v)\n%s\n", c.name, d.Macro, strings.Split(d.Text, "\n> ")[0])
			}
			golden(t, lang+"/"+string(intent)+".txt", b.String())
		}
	}
}

// TestGoldenStates shows the words for every state that Shopify knows.
func TestGoldenStates(t *testing.T) {
	for _, lang := range testWriter(t).Languages() {
		var b strings.Builder
		for _, s := range states(t, lang) {
			in, ok := sampleOfState(lang, s)
			if !ok {
				continue
			}
			text := write(t, in).Text
			fmt.Fprintf(&b, "%s: %s\n", s, strings.Split(text, "\n")[2])
		}
		golden(t, lang+"/states.txt", b.String())
	}
}

// states lists the defined status fragments of a language.
func states(t *testing.T, lang string) []string {
	t.Helper()
	b, err := fs.ReadFile(prompts.FS(""), "replies/"+lang+"/status.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile(`\{\{define "([a-z]+\.[A-Z_]+)"`).FindAllStringSubmatch(string(b), -1) {
		out = append(out, m[1])
	}
	return out
}

// The enums of Shopify's Admin GraphQL API 2026-10 (shopify.dev/docs/api/admin-graphql/latest/enums,
// 2026-11-22).
func TestEveryStateHasWordsInEveryLanguage(t *testing.T) {
	enums := map[string]string{
		"shipment": "ATTEMPTED_DELIVERY CANCELED CARRIER_PICKED_UP CONFIRMED DELAYED DELIVERED FAILURE FULFILLED IN_TRANSIT " +
			"LABEL_PRINTED LABEL_PURCHASED LABEL_VOIDED MARKED_AS_FULFILLED NOT_DELIVERED OUT_FOR_DELIVERY PICKED_UP " +
			"READY_FOR_PICKUP SUBMITTED OTHER",
		"order": "FULFILLED IN_PROGRESS ON_HOLD OPEN PARTIALLY_FULFILLED PENDING_FULFILLMENT REQUEST_DECLINED RESTOCKED " +
			"SCHEDULED UNFULFILLED CANCELLED OTHER",
		"payment": "AUTHORIZED EXPIRED PAID PARTIALLY_PAID PARTIALLY_REFUNDED PENDING REFUNDED VOIDED OTHER",
		"refund":  "SUCCESS PENDING AWAITING_RESPONSE FAILURE ERROR OTHER",
		"return":  "CANCELED CLOSED DECLINED OPEN REQUESTED OTHER",
		"product": "IN_STOCK OUT_OF_STOCK", "variant": "IN_STOCK OUT_OF_STOCK",
	}
	for _, lang := range testWriter(t).Languages() {
		have := states(t, lang)
		for group, codes := range enums {
			for _, code := range strings.Fields(codes) {
				if !slices.Contains(have, group+"."+code) {
					t.Errorf("%s has no words for %s.%s", lang, group, code)
				}
			}
		}
	}
}

func TestStrangersLearnNothing(t *testing.T) {
	for _, lang := range testWriter(t).Languages() {
		in := sampleInput(lang, ticket.OrderStatus, shop.Finding{Result: shop.Found, Order: sampleOrder("IN_TRANSIT")})
		in.Sender.Verdict = "none"
		stranger := write(t, in)
		in = sampleInput(lang, ticket.OrderStatus, shop.Finding{Result: shop.NotFound})
		in.Sender.Verdict = "none"
		missing := write(t, in)
		if diff := cmp.Diff(missing.Text, stranger.Text); diff != "" {
			t.Errorf("%s: an order that exists is answered otherwise than one that does not:\n%s", lang, diff)
		}
		for _, secret := range []string{"1001", "JD0146", "۱۰۰۱", "still waiting"} {
			if strings.Contains(stranger.Text+stranger.HTML, secret) {
				t.Errorf("%s: %q is told to a stranger", lang, secret)
			}
		}
	}
}

func TestAnotherCustomersOrderIsNeverTold(t *testing.T) {
	o := sampleOrder("DELIVERED")
	o.Email = "other@example.com"
	for _, f := range []shop.Finding{
		{Result: shop.Found, Order: o}, {Result: shop.Ambiguous, Choices: []shop.Order{*sampleOrder("DELIVERED"), *o}},
	} {
		if d := write(t, sampleInput("en", ticket.OrderStatus, f)); strings.Contains(d.Text, "1001") {
			t.Errorf("told:\n%s", d.Text)
		}
	}
}

func TestSeveralRequestsMakeOneReply(t *testing.T) {
	in := sampleInput("en", ticket.OrderStatus, shop.Finding{Result: shop.Found, Order: sampleOrder("IN_TRANSIT")})
	for _, i := range []ticket.Intent{ticket.StorePolicy, ticket.HumanRequest, ticket.HumanRequest, ticket.NoReplyNeeded} {
		in.Triage.Requests = append(in.Triage.Requests, ticket.Request{Intent: i})
		in.Findings.Answers = append(in.Findings.Answers, shop.Finding{Result: shop.Found, Passages: []shop.Policy{samplePolicy()}})
	}
	d := write(t, in)
	for part, want := range map[string]int{
		"Hello Sara": 1, "Kind regards": 1, "— Your order —": 1, "— Our terms —": 1, "— Talking to a person —": 1, "Your message": 0,
	} {
		if got := strings.Count(d.Text, part); got != want {
			t.Errorf("%q stands %d times, want %d:\n%s", part, got, want, d.Text)
		}
	}
	if !regexp.MustCompile(`^en/human_request\+order_status\+store_policy@[0-9a-f]{8}$`).MatchString(d.Template) || d.Macro {
		t.Errorf("template %q, macro %v", d.Template, d.Macro)
	}
}

// TestTheBuiltInTemplatesCanAlwaysBeFilled: a start does not try those that nobody changed.
func TestTheBuiltInTemplatesCanAlwaysBeFilled(t *testing.T) {
	if err := sharedWriter().Rehearse(sharedWriter().Languages()...); err != nil {
		t.Error(err)
	}
}

// TestATextIsNamedOnce: two parts of one policy stand under one title, two policies under two.
func TestATextIsNamedOnce(t *testing.T) {
	first, second, other := samplePolicy(), samplePolicy(), samplePolicy()
	second.Text, other.Title = "A second part of it.", "Shipping policy"
	for title, list := range map[string][]shop.Policy{first.Title: {first, second}, other.Title: {first, other}} {
		d := write(t, sampleInput("en", ticket.StorePolicy, shop.Finding{Result: shop.Found, Passages: list}))
		links := strings.Count(d.Text, "Read the whole text")
		if strings.Count(d.Text, "“"+title+"”") != 1 || (links == 1) != (title == first.Title) ||
			title == first.Title && !strings.Contains(d.Text, second.Text) {
			t.Errorf("%s:\n%s", title, d.Text)
		}
	}
}

func TestHostileValuesStayValues(t *testing.T) {
	o := sampleOrder("IN_TRANSIT")
	o.Lines[0].Title = "<script>alert(1)</script>\n\n## Heading\u202e\x01u\x02"
	o.Shipments[0].Tracking[0].URL = "javascript:alert(1)"
	o.Shipments[0].Tracking[0].Company = `"><img src=x onerror=alert(1)>`
	other := sampleOrder("DELIVERED")
	other.Name = "#1002"
	in := sampleInput("en", ticket.OrderStatus, shop.Finding{Result: shop.Found, Order: o})
	in.Findings.Customer.FirstName, in.Sender.Name = "Visit evil.example now!", "Win 500 EUR"
	in.Mail.Reply = "<b>hi</b>\nhttps://evil.example www.evil.example a@b.example\n" + strings.Repeat("x\n", 50)
	in.RatingURL = "http://insecure.example"
	in.Triage.Requests = append(in.Triage.Requests, ticket.Request{Intent: ticket.RefundStatus})
	in.Findings.Answers = append(in.Findings.Answers, shop.Finding{Result: shop.Ambiguous, Choices: []shop.Order{*o, *other}})
	d := write(t, in)
	for _, bad := range []string{"<script", "<img", "<b>", "evil.example", "javascript:", "\u202e", "500", "insecure", "\x01"} {
		if strings.Contains(d.HTML, bad) {
			t.Errorf("HTML holds %q", bad)
		}
		if bad[0] != '<' && strings.Contains(d.Text, bad) {
			t.Errorf("text holds %q", bad)
		}
	}
	if n := strings.Count(d.Text, "\n> "); n != maxCited {
		t.Errorf("%d lines of the mail are cited, want %d", n, maxCited)
	}
	if !strings.HasPrefix(d.Text, "Hello,\n") {
		t.Errorf("greeted a message: %q", d.Text[:40])
	}
}

func TestNumbersLookAsPeopleWriteThem(t *testing.T) {
	at := time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)
	for lang, want := range map[string][4]string{
		"en": {"€1,234.50", "¥1,234", "1,234.50\u00a0CHF", "1 December 2026"},
		"de": {"1.234,50\u00a0€", "1.234\u00a0¥", "1.234,50\u00a0CHF", "1. Dezember 2026"},
		"fr": {"1\u202f234,50\u00a0€", "1\u202f234\u00a0¥", "1\u202f234,50\u00a0CHF", "1er décembre 2026"},
		"es": {"1.234,50\u00a0€", "1.234\u00a0¥", "1.234,50\u00a0CHF", "1 de diciembre de 2026"},
		"fa": {"۱٬۲۳۴٫۵۰ یورو", "۱٬۲۳۴ JPY", "۱٬۲۳۴٫۵۰ فرانک سوئیس", "۱۰ آذر ۱۴۰۵ (۱ دسامبر ۲۰۲۶)"},
	} {
		l := newLocales()[lang]
		got := [4]string{
			l.money(shop.Money{Minor: 123450, Currency: "EUR"}), l.money(shop.Money{Minor: 1234, Currency: "JPY"}),
			l.money(shop.Money{Minor: 123450, Currency: "CHF"}), l.day(l, at),
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", lang, diff)
		}
	}
	fa := newLocales()["fa"]
	if got := fa.money(shop.Money{Minor: 150000000, Currency: "IRR"}); got != "۱٬۵۰۰٬۰۰۰ ریال" {
		t.Errorf("rials: %s", got)
	}
	tehran := time.FixedZone("Asia/Tehran", 12600)
	if got := fa.day(fa, at.In(tehran)); got != "۱۰ آذر ۱۴۰۵" {
		t.Errorf("in Tehran: %s", got)
	}
}

// TestEditedTextMakesItsOwnHTML: an edit that changes nothing changes nothing, and what is added is escaped
// and linked.
func TestEditedTextMakesItsOwnHTML(t *testing.T) {
	w := testWriter(t)
	for _, lang := range w.Languages() {
		for _, intent := range ticket.Intents {
			d := write(t, sampleInput(lang, intent, sampleFindings()[1].finding))
			e, err := w.Edit(d, strings.ReplaceAll(d.Text, "\n", "\r\n"), "mina", sampleNow, nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(d.Text, e.Text); diff != "" {
				t.Errorf("%s/%s (-before +after):\n%s", lang, intent, diff)
			}
		}
	}
	d := write(t, sampleInput("en", ticket.OrderStatus, sampleFindings()[0].finding))
	e, err := w.Edit(d, "Hi <b>,\n\nsee https://lavender-oak.example/x.", "mina", sampleNow, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Hi &lt;b&gt;,", `href="https://lavender-oak.example/x"`} {
		if !strings.Contains(e.HTML, want) {
			t.Errorf("HTML lacks %q", want)
		}
	}
	if e.By != "mina" || e.Template != d.Template {
		t.Errorf("by %q, template %q", e.By, e.Template)
	}
}

func TestFaultyTemplatesAreRefusedAtTheStart(t *testing.T) {
	for name, change := range map[string]string{
		"syntax": "{{if}}", "unknown value": "{{.Nonsense}}", "missing value": "{{.Order.Cancelled}}", "control character": "a\x01b",
		"endless": `{{define "loop"}}{{template "loop" .}}{{end}}{{template "loop" .}}`,
	} {
		files := fstest.MapFS{}
		err := fs.WalkDir(prompts.FS(""), "replies", func(p string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			b, err := fs.ReadFile(prompts.FS(""), p)
			files[p] = &fstest.MapFile{Data: b}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		files["replies/de/order_status.tmpl"] = &fstest.MapFile{Data: []byte(change)}
		w, err := New(files, testStore())
		if err == nil {
			err = w.Rehearse("de")
		}
		if err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

// FuzzWrite: whatever Shopify and a mail hold, a reply is written, and its HTML has no element that is not
// ours.
func FuzzWrite(f *testing.F) {
	f.Add("#1001", "Oak stool", "Sara", "hello", "https://track.example/1", "within 30 days")
	f.Add("\u2066<x>\x01l\x02", "\n\n| ## - ~ > ", "{{.Order}}", "> > >", "https://a\"b", "\\\n\\")
	f.Fuzz(func(t *testing.T, name, title, person, mail, url, text string) {
		o := sampleOrder("DELIVERED")
		o.Name, o.Lines[0].Title, o.Shipments[0].Tracking[0].URL = name, title, url
		in := sampleInput("fa", ticket.OrderStatus, shop.Finding{Result: shop.Found, Order: o})
		in.Findings.Customer.FirstName, in.Mail.Reply, in.Mail.Subject = person, mail, mail
		in.Triage.Requests = append(in.Triage.Requests, ticket.Request{Intent: ticket.StorePolicy})
		in.Findings.Answers = append(in.Findings.Answers,
			shop.Finding{Result: shop.Found, Passages: []shop.Policy{{Title: title, Text: text, URL: url}}})
		d, err := sharedWriter().Write(in)
		if err != nil {
			return // an order without a name: a person writes
		}
		body := d.HTML[strings.Index(d.HTML, "<body"):]
		for _, tag := range regexp.MustCompile(`<([a-zA-Z0-9!?]+)`).FindAllStringSubmatch(body, -1) {
			if !slices.Contains(strings.Fields("body table tr td p h2 ul li blockquote a bdi br"), tag[1]) {
				t.Errorf("HTML has <%s>", tag[1])
			}
		}
	})
}
