package ground_test

import (
	"flag"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// orders is how many generated orders the sweep tries: 10 in every test run, 1000 before a release.
var orders = flag.Int("orders", 10, "generated orders for TestOneChangedFactIsCaught")

func rounds() int {
	if testing.Short() || raceOn {
		return 1
	}
	return 3
}

// TestOneChangedFactIsCaught is the sweep: every generated order in every template of every language, its draft
// checked untouched (no alarm) and with one value of it changed (caught).
func TestOneChangedFactIsCaught(t *testing.T) {
	zone, w := berlin(t), writer(t)
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(11, uint64(lang[0])<<8|uint64(lang[1])))
			drafts, changedOnes, n := 0, 0, *orders
			if raceOn {
				n = 1
			}
			for range n {
				for _, intent := range ticket.Intents {
					d, err := w.Write(input(r, lang, intent))
					if err != nil {
						t.Fatal(err)
					}
					drafts++
					if open := ground.Check(d, zone, hosts); len(open) > 0 {
						t.Fatalf("%s: alarm %+v\n%s", d.Template, open, d.Text)
					}
					own, cited, _ := strings.Cut(d.Text, "\n> ")
					spots := word.FindAllStringIndex(own, -1)
					if len(spots) == 0 {
						continue
					}
					at := pick(r, spots)
					old := own[at[0]:at[1]]
					changed := changeDigit(r, old)
					e := d
					e.HTML, e.Text = "", own[:at[0]]+changed+own[at[1]:]+"\n> "+cited
					changedOnes++
					if len(ground.Check(e, zone, nil)) == 0 && !coincidence(own, old, changed) {
						t.Errorf("%s: %q became %q and was not caught\n%s", d.Template, old, changed, e.Text)
					}
				}
			}
			t.Logf("%d drafts untouched, %d changed", drafts, changedOnes)
		})
	}
}

// each calls try with drafts of all intents in all languages.
func each(t *testing.T, seed uint64, try func(r *rand.Rand, w *reply.Writer, in reply.Input, d ticket.Draft)) {
	t.Helper()
	w := writer(t)
	for _, lang := range languages {
		t.Run(lang, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(seed, 2))
			for _, intent := range ticket.Intents {
				for range rounds() {
					intents := []ticket.Intent{intent}
					for range r.IntN(3) {
						intents = append(intents, pick(r, ticket.Intents))
					}
					in := input(r, lang, intents...)
					d, err := w.Write(in)
					if err != nil {
						t.Fatal(err)
					}
					try(r, w, in, d)
				}
			}
		})
	}
}

// TestUntouchedDraftsAreClean: no template, in no language, with no order, raises an alarm.
func TestUntouchedDraftsAreClean(t *testing.T) {
	zone := berlin(t)
	each(t, 1, func(_ *rand.Rand, _ *reply.Writer, _ reply.Input, d ticket.Draft) {
		if open := ground.Check(d, zone, hosts); len(open) > 0 {
			t.Errorf("%s: %+v\n%s", d.Template, open, d.Text)
		}
	})
}

var word = regexp.MustCompile(`[^\s\p{Cf}]*\p{Nd}[^\s\p{Cf}]*`)

// TestEveryChangedDigitIsCaught changes one digit of the text, each digit in turn. Only a change that makes
// a value which the draft states elsewhere may pass.
func TestEveryChangedDigitIsCaught(t *testing.T) {
	zone := berlin(t)
	each(t, 3, func(r *rand.Rand, _ *reply.Writer, _ reply.Input, d ticket.Draft) {
		own, cited, _ := strings.Cut(d.Text, "\n> ")
		for _, at := range word.FindAllStringIndex(own, -1) {
			old := own[at[0]:at[1]]
			changed := changeDigit(r, old)
			e := d
			e.Text = own[:at[0]] + changed + own[at[1]:] + "\n> " + cited
			if len(ground.Check(e, zone, nil)) == 0 && !coincidence(own, old, changed) {
				t.Errorf("%s: %q became %q and was not caught\n%s", d.Template, old, changed, e.Text)
			}
		}
	})
}

// TestEveryChangedDigitInHTMLIsCaught does the same in the HTML part: what is shown, and where links lead.
func TestEveryChangedDigitInHTMLIsCaught(t *testing.T) {
	zone := berlin(t)
	shown := regexp.MustCompile(`>[^<]*\p{Nd}[^<]*<|href="[^"]*\p{Nd}[^"]*"`)
	each(t, 5, func(r *rand.Rand, _ *reply.Writer, _ reply.Input, d ticket.Draft) {
		body := strings.Index(d.HTML, "<body")
		plain := strings.NewReplacer("&#39;", "'", "&#34;", "”").Replace(d.HTML[body:]) // no digits of entities
		own, cited, _ := strings.Cut(plain, `<blockquote type="cite"`)
		if cited != "" {
			cited = `<blockquote type="cite"` + cited
		}
		spots := shown.FindAllStringIndex(own, -1)
		if len(spots) == 0 {
			return
		}
		at := pick(r, spots)
		old := own[at[0]:at[1]]
		changed := changeDigit(r, old)
		e := d
		e.HTML = d.HTML[:body] + own[:at[0]] + changed + own[at[1]:] + cited
		if len(ground.Check(e, zone, nil)) == 0 && !coincidence(d.Text, old, changed) {
			t.Errorf("%s: %q became %q and was not caught", d.Template, old, changed)
		}
	})
}

// changeDigit changes one of the digits, in its own script.
func changeDigit(r *rand.Rand, s string) string {
	runes := []rune(s)
	var at []int
	for i, c := range runes {
		if unicode.Is(unicode.Nd, c) {
			at = append(at, i)
		}
	}
	i := pick(r, at)
	zero := runes[i]
	for unicode.Is(unicode.Nd, zero-1) && runes[i]-zero < 9 {
		zero--
	}
	runes[i] = zero + (runes[i]-zero+1+rune(r.IntN(9)))%10
	return string(runes)
}

// coincidence: the changed value stands elsewhere in the draft as well, or nothing changed ("007" to "7").
func coincidence(text, old, changed string) bool {
	for _, w := range word.FindAllString(changed, -1) {
		if w = strings.Trim(w, `.,;:!?()«»“”„"`); !strings.Contains(old, w) && !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

// mutations change one looked-up value to what another customer's order, or nobody's, holds.
var mutations = map[string]func(o *shop.Order) bool{
	"order name": func(o *shop.Order) bool { o.Name = "#77" + strings.TrimLeft(o.Name, "#"); return true },
	"order day":  func(o *shop.Order) bool { o.Created = o.Created.AddDate(0, 0, 411); return true },
	"status page": func(o *shop.Order) bool {
		o.StatusURL = strings.Replace(o.StatusURL, "lavender-oak", "lavender-0ak", 1)
		return true
	},
	"host": onTracking(func(t *shop.Tracking) { t.URL = strings.Replace(t.URL, "dhl.example", "dh1.example", 1) }),
	"other parcel": onTracking(func(t *shop.Tracking) {
		t.Number = "JD990000777001"
		t.URL = "https://track.dhl.example/parcel?id=JD990000777001"
	}),
	"link":       onTracking(func(t *shop.Tracking) { t.URL += "0" }),
	"shipped":    onShipment(func(s *shop.Shipment) { s.Created = s.Created.AddDate(0, 0, -397) }),
	"expected":   onShipment(func(s *shop.Shipment) { s.Estimated = later(s.Estimated) }),
	"delivered":  onShipment(func(s *shop.Shipment) { s.Delivered = later(s.Delivered) }),
	"refund day": onRefund(func(f *shop.Refund) { f.Created = f.Created.AddDate(0, 0, 419) }),
	"amount":     onRefund(func(f *shop.Refund) { f.Total.Minor += 100000 }),
	"cent":       onRefund(func(f *shop.Refund) { f.Total.Minor++ }),
	"currency":   onRefund(func(f *shop.Refund) { f.Total.Currency = "HUF" }),
	"return":     func(o *shop.Order) bool { return len(o.Returns) > 0 && bump(&o.Returns[0].Name) },
	"item":       func(o *shop.Order) bool { return len(o.Lines) > 0 && bump(&o.Lines[0].Title) },
}

func bump(s *string) bool { *s += "7"; return true }

func later(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	moved := t.AddDate(0, 0, 403)
	return &moved
}

func onShipment(change func(*shop.Shipment)) func(*shop.Order) bool {
	return func(o *shop.Order) bool {
		for i := range o.Shipments {
			change(&o.Shipments[i])
		}
		return true
	}
}

func onTracking(change func(*shop.Tracking)) func(*shop.Order) bool {
	return onShipment(func(s *shop.Shipment) {
		for i := range s.Tracking {
			change(&s.Tracking[i])
		}
	})
}

func onRefund(change func(*shop.Refund)) func(*shop.Order) bool {
	return func(o *shop.Order) bool {
		for i := range o.Refunds {
			change(&o.Refunds[i])
		}
		return true
	}
}

// TestAnotherOrdersValueIsCaught writes the same reply from an order with one value changed, and checks it
// against the facts of the true order.
func TestAnotherOrdersValueIsCaught(t *testing.T) {
	zone := berlin(t)
	each(t, 7, func(_ *rand.Rand, w *reply.Writer, in reply.Input, d ticket.Draft) {
		for i, f := range in.Findings.Answers {
			if f.Order == nil {
				continue
			}
			for name, mutate := range mutations {
				o := clone(*f.Order)
				if !mutate(&o) {
					continue
				}
				other := in
				other.Findings.Answers = append([]shop.Finding(nil), in.Findings.Answers...)
				other.Findings.Answers[i].Order = &o
				e, err := w.Write(other)
				if err != nil {
					t.Fatal(err)
				}
				if e.Text == d.Text || reflect.DeepEqual(values(e.Facts), values(d.Facts)) {
					continue // the reply does not show this value
				}
				e.Facts, e.Literals = d.Facts, d.Literals
				for _, part := range []string{"text", "html"} {
					p := e
					if part == "text" {
						p.HTML = ""
					} else {
						p.Text = ""
					}
					if len(ground.Check(p, zone, hosts)) == 0 {
						t.Errorf("%s: another %s in the %s was not caught\n%s\n%v", d.Template, name, part, e.Text, d.Facts)
					}
				}
			}
		}
	})
}

func values(facts []shop.Fact) []string {
	var out []string
	for _, f := range facts {
		out = append(out, string(f.Kind)+f.Value)
	}
	return out
}

func clone(o shop.Order) shop.Order {
	o.Lines = append([]shop.Line(nil), o.Lines...)
	o.Refunds = append([]shop.Refund(nil), o.Refunds...)
	o.Returns = append([]shop.Return(nil), o.Returns...)
	o.Shipments = append([]shop.Shipment(nil), o.Shipments...)
	for i := range o.Shipments {
		o.Shipments[i].Tracking = append([]shop.Tracking(nil), o.Shipments[i].Tracking...)
	}
	return o
}

// TestAStateOfAnotherStatusIsCaught: the words for one status do not pass as the words for another.
func TestAStateOfAnotherStatusIsCaught(t *testing.T) {
	w, zone := writer(t), berlin(t)
	write := func(lang string, intent ticket.Intent, change func(o *shop.Order)) ticket.Draft {
		t.Helper()
		o := shop.Order{
			Name: "#1001", Email: "sara@example.com", Created: time.Now(), Financial: "PAID", Fulfillment: "UNFULFILLED",
		}
		change(&o)
		in := input(rand.New(rand.NewPCG(1, 1)), lang, intent)
		in.Findings.Answers = []shop.Finding{{Result: shop.Found, Order: &o}}
		d, err := w.Write(in)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	parcel := func(display string) func(o *shop.Order) {
		return func(o *shop.Order) { o.Shipments = []shop.Shipment{{Display: display}} }
	}
	refund := func(status string) func(o *shop.Order) {
		return func(o *shop.Order) {
			o.Refunds = []shop.Refund{{Status: status, Total: shop.Money{Minor: 500, Currency: "EUR"}}}
		}
	}
	returned := func(status string) func(o *shop.Order) {
		return func(o *shop.Order) { o.Returns = []shop.Return{{Status: status}} }
	}
	paid := func(status string) func(o *shop.Order) { return func(o *shop.Order) { o.Financial = status } }
	for _, lang := range languages {
		for _, c := range []struct {
			intent     ticket.Intent
			said, true func(o *shop.Order)
		}{
			{ticket.OrderStatus, parcel("DELIVERED"), parcel("IN_TRANSIT")},
			{ticket.OrderStatus, parcel("IN_TRANSIT"), parcel("CONFIRMED")},
			{ticket.OrderStatus, parcel("FULFILLED"), parcel("SUBMITTED")},
			{ticket.OrderStatus, parcel("CANCELED"), parcel("IN_TRANSIT")},
			{ticket.OrderStatus, func(o *shop.Order) { o.Cancelled = &o.Created }, parcel("IN_TRANSIT")},
			{ticket.RefundStatus, refund("SUCCESS"), refund("PENDING")},
			{ticket.RefundStatus, paid("REFUNDED"), paid("PAID")},
			{ticket.RefundStatus, paid("VOIDED"), paid("PAID")},
			{ticket.RefundStatus, returned("OPEN"), returned("REQUESTED")},
			{ticket.RefundStatus, returned("DECLINED"), returned("REQUESTED")},
		} {
			said, truth := write(lang, c.intent, c.said), write(lang, c.intent, c.true)
			statusOf := func(facts []shop.Fact) (out []shop.Fact) {
				for _, f := range facts {
					if f.Kind == shop.KindStatus {
						out = append(out, f)
					}
				}
				return out
			}
			var other []shop.Fact
			for _, f := range said.Facts {
				if f.Kind != shop.KindStatus {
					other = append(other, f)
				}
			}
			said.Facts = append(other, statusOf(truth.Facts)...)
			open := ground.Check(said, zone, hosts)
			if len(open) == 0 || open[0].Kind != "state" {
				t.Errorf("%s: said of %v: %+v\n%s", lang, statusOf(truth.Facts), open, said.Text)
			}
		}
	}
}
