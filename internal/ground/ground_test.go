package ground_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// facts of one order, as a reply about it may state them.
func facts() []shop.Fact {
	of := func(k shop.Kind, name, value string) shop.Fact {
		return shop.Fact{Kind: k, Name: name, Value: value, Source: "order #1001", Order: "#1001"}
	}
	return []shop.Fact{
		of(shop.KindOrder, "order.name", "#1001"), of(shop.KindDate, "order.date", "2026-11-12"),
		of(shop.KindMoney, "order.total", "1234.50 EUR"), of(shop.KindMoney, "line.1.total", "79.00 USD"),
		of(shop.KindMoney, "line.2.total", "1500000.00 IRR"),
		of(shop.KindStatus, "shipment.1.status", "IN_TRANSIT"), of(shop.KindNumber, "line.1.quantity", "3"),
		of(shop.KindTracking, "tracking.1.number", "1Z 999 AA1 01 2345 6784"),
		of(shop.KindURL, "tracking.1.url", "https://track.dhl.example/p?id=1Z999"),
		of(shop.KindProduct, "line.1.title", "Linen sheet 160 x 200"), of(shop.KindPercent, "discount", "20%"),
		of(shop.KindEmail, "shop.email", "support@lavender-oak.example"),
		of(shop.KindText, "policy.1.text", "You may return items within 30 days; they are refunded, shipping is free."),
	}
}

func TestWhatAFactStatesIsCovered(t *testing.T) {
	for _, text := range []string{
		"#1001", "order 1001", "سفارش #۱۰۰۱", "\u2066#1001\u2069", "＃１００１",
		"12 November 2026", "12. November 2026", "November 12, 2026", "12th of November, 2026", "Nov 12", "2026-11-12",
		"le 12 novembre 2026", "12 de noviembre de 2026", "12.11.2026", "12/11/26", "11/12/2026", "on Thursday",
		"۲۱ آبان ۱۴۰۵", "21 آبان", "۱۴۰۵/۰۸/۲۱", "۱۲ نوامبر ۲۰۲۶", "پنج‌شنبه ۲۱ آبان",
		"€1,234.50", "1.234,50 €", "1 234,50 €", "1\u202f234,50\u00a0€", "EUR 1234.5", "1234.50 euros", "۱٬۲۳۴٫۵۰ یورو",
		"$79", "79.00 USD", "US$ 79", "۱٬۵۰۰٬۰۰۰ ریال", "1,500,000 IRR",
		"20%", "۲۰٪", "20 percent", "20 Prozent", "three pieces", "3 pieces", "سه عدد", "۳ عدد",
		"1Z 999 AA1 01 2345 6784", "https://track.dhl.example/p?id=1Z999.", "(https://lavender-oak.example/policies)",
		"lavender-oak.example", "support@lavender-oak.example", "Support@Lavender-Oak.example",
		"“Linen sheet 160 x 200”", "Linen sheet 160 x 200", "«Linen sheet 160 x 200»",
		"within 30 days", "“You may return items within 30 days; they are refunded, shipping is free.”",
		"It is on its way.", "در راه است", "unterwegs", "en route", "en camino", "Feel free to write.",
		"Yes.", "", "one of us", "\n> I paid 99 EUR on 3 May, you promised a refund", "\n> x\n> 5",
	} {
		d := ticket.Draft{Text: text, Facts: facts()}
		if open := ground.Check(d, berlin(t), hosts); len(open) > 0 {
			t.Errorf("%q: %+v", text, open)
		}
	}
}

func TestWhatNothingStatesIsNamed(t *testing.T) {
	for _, c := range []struct{ text, kind, nearest string }{
		{"#1002", "id", "#1001"}, {"#1001-9", "number", ""}, {"order 1002", "number", "3"}, {"سفارش ۱۰۰۲", "number", "3"},
		{"13 November 2026", "date", "2026-11-12"}, {"12 December 2026", "date", "2026-11-12"},
		{"12 November 2025", "date", "2026-11-12"}, {"۲۲ آبان ۱۴۰۵", "date", "2026-11-12"}, {"Nov 13", "date", "2026-11-12"},
		{"on Friday", "date", "2026-11-12"}, {"tomorrow", "date", "2026-11-12"}, {"فردا", "date", "2026-11-12"},
		{"31.02.2026", "date", "2026-11-12"}, {"۳۱ آبان ۱۴۰۵", "date", "2026-11-12"},
		{"€1,234.51", "money", "1234.50 EUR"}, {"$1,234.50", "money", "1234.50 EUR"}, {"1.234,50 CHF", "money", "1234.50 EUR"},
		{"123450 €", "money", "1234.50 EUR"}, {"۱۵۰٬۰۰۰ تومان", "money", ""}, {"fifty euros", "money", ""}, {"-€79", "money", ""},
		{"25%", "percent", "20%"}, {"4 pieces", "number", "3"}, {"چهار عدد", "number", "3"}, {"40 days", "duration", ""},
		{"30 weeks", "duration", ""}, {"two days", "duration", ""}, {"دو هفته", "duration", ""}, {"2 Werktage", "duration", ""},
		{"14:30", "time", ""}, {"5 pm", "time", ""}, {"1Z 999 AA1 01 2345 6785", "", ""}, {"+49 30 1234567", "phone", ""},
		{"https://track.dh1.example/p?id=1Z999", "url", ""}, {"http://lavender-oak.example", "url", ""},
		{"https://lavender-oak.example/orders/77", "url", ""}, {"https://lavender-oak.example.evil.example/", "url", ""},
		{"https://lavender-oak.example@evil.example/", "url", ""}, {"evil.com/pay", "url", ""}, {"www.evil.example", "url", ""},
		{"ceo@evil.example", "email", "support@lavender-oak.example"},
		{"“Linen sheet 160 x 201”", "", ""}, {"“Silk sheet”", "product", "Linen sheet 160 x 200"},
		{"It was delivered.", "state", ""}, {"We refunded you.", "state", ""}, {"wurde storniert", "state", ""},
		{"تحویل داده شد", "state", ""}, {"لغو شده‌است", "state", ""}, {"a été remboursé", "state", ""},
		{"fue entregado", "state", ""}, {"Your return is approved.", "state", ""}, {"It is sold out.", "state", ""},
		{"We guarantee it.", "promise", ""}, {"It will arrive soon.", "promise", ""}, {"Shipping is free.", "promise", ""},
		{"garantiert", "promise", ""}, {"تضمین می‌کنیم", "promise", ""}, {"se lo garantizamos", "promise", ""},
		{"> 99 EUR\nafter the quote", "money", ""},
	} {
		d := ticket.Draft{Text: "Hello, " + c.text, Facts: facts(), At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
		if strings.HasPrefix(c.text, ">") {
			d.Text = c.text
		}
		open := ground.Check(d, berlin(t), hosts)
		if len(open) == 0 {
			t.Errorf("%q is not caught", c.text)
			continue
		}
		if open[0].Why == "" || c.kind != "" && open[0].Kind != c.kind {
			t.Errorf("%q: kind %q, want %q: %+v", c.text, open[0].Kind, c.kind, open)
		}
		if c.nearest != "" && open[0].Nearest != c.nearest {
			t.Errorf("%q: nearest %q, want %q", c.text, open[0].Nearest, c.nearest)
		}
	}
}

func TestHTMLIsReadAsAReaderSeesIt(t *testing.T) {
	for _, c := range []struct {
		name, html string
		want       []string // kinds
	}{
		{"clean", `<p>Order <bdi dir="ltr">#1001</bdi>, <b>€1,234</b>.50</p>`, nil},
		{"style is not text", `<style>p{margin:99px}</style><p style="margin:12px">Yes</p>`, nil},
		{"customer's words", `<p>Yes</p><blockquote type="cite"><p>#4711 99 EUR</p></blockquote>`, nil},
		{"after the customer's words", `<blockquote type="cite">x</blockquote><p>99 EUR</p>`, []string{"money"}},
		{"split amount", `<p>€1,2<b>35</b>.50</p>`, []string{"money"}},
		{"entities", `<p>&#57;&#57; EUR</p>`, []string{"money"}},
		{"hidden text", `<p style="display:none">99 EUR</p>`, []string{"money"}},
		{"link elsewhere", `<a href="https://evil.example/">Track</a>`, []string{"url"}},
		{"link of the fact", `<a href="https://track.dhl.example/p?id=1Z999">Track</a>`, nil},
		{"script link", `<a href="javascript:alert(1)">x</a>`, []string{"url"}},
		{"mail link", `<a href="mailto:support@lavender-oak.example">x</a>`, nil},
		{"mail link elsewhere", `<a href="mailto:ceo@evil.example?cc=a@b.example">x</a>`, []string{"url"}},
		{"image elsewhere", `<img src="https://evil.example/x.png">`, []string{"url"}},
		{"image text", `<img src="https://lavender-oak.example/logo.png" alt="99 EUR">`, []string{"money"}},
		{"background", `<p style="background:url(https://evil.example/x)">x</p>`, []string{"url"}},
		{"script", `<script>x</script>`, []string{"html"}},
		{"handler", `<p onclick="x()">x</p>`, []string{"html"}},
		{"form", `<form action="https://evil.example/"><input></form>`, []string{"url", "html", "html"}},
	} {
		var got []string
		for _, u := range ground.Check(ticket.Draft{HTML: c.html, Facts: facts()}, berlin(t), hosts) {
			got = append(got, u.Kind)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestAStateNeedsTheStatusOfTheOrderItIsSaidOf(t *testing.T) {
	d := ticket.Draft{
		Text: "Order #1001 is on its way.\n\nOrder #2002 was delivered.",
		Facts: []shop.Fact{
			{Kind: shop.KindOrder, Name: "order.name", Value: "#1001", Order: "#1001"},
			{Kind: shop.KindStatus, Name: "shipment.1.status", Value: "IN_TRANSIT", Order: "#1001"},
			{Kind: shop.KindOrder, Name: "order.name", Value: "#2002", Order: "#2002"},
			{Kind: shop.KindStatus, Name: "shipment.1.status", Value: "DELIVERED", Order: "#2002"},
		},
	}
	if open := ground.Check(d, nil, nil); len(open) > 0 {
		t.Errorf("true states raise %+v", open)
	}
	d.Text = "Order #1001 was delivered."
	if open := ground.Check(d, nil, nil); len(open) != 1 || open[0].Kind != "state" {
		t.Errorf("another order's state is not caught: %+v", open)
	}
}

func TestTheTemplatesOwnTokensAreCovered(t *testing.T) {
	d := ticket.Draft{Text: "Please wait 2 days, until 5 pm.", Literals: []string{"Please wait 2 days, until 5 pm."}}
	if open := ground.Check(d, nil, nil); len(open) > 0 {
		t.Errorf("%+v", open)
	}
	d.Text = "Please wait 3 days, until 5 pm."
	if open := ground.Check(d, nil, nil); len(open) != 1 {
		t.Errorf("a changed literal gives %+v", open)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add("Order #1001, €1,234.50 on 12 November 2026", "<p>#1001</p>", "1234.50 EUR", "within 30 days")
	f.Add("۲۱ آبان ۱۴۰۵ ، ۱٬۲۳۴٫۵۰ یورو", "<blockquote type=cite><a href='", "2026-11-12", "\x00")
	f.Add("-.,:/%-€.5.5.5 ½ ² 0x", "<!--", "", "“")
	f.Fuzz(func(t *testing.T, text, html, fact, literal string) {
		d := ticket.Draft{Text: text, HTML: html, Literals: []string{literal}}
		for _, k := range []shop.Kind{shop.KindMoney, shop.KindDate, shop.KindURL, shop.KindOrder, shop.KindText, shop.KindName} {
			d.Facts = append(d.Facts, shop.Fact{Kind: k, Value: fact})
		}
		a, b := ground.Check(d, nil, hosts), ground.Check(d, nil, hosts)
		if diff := cmp.Diff(a, b); diff != "" {
			t.Errorf("two checks of one draft differ:\n%s", diff)
		}
	})
}
