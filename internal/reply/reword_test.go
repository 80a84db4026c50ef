package reply

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// unmarked takes out of an outline what a model is told not to write.
var unmarked = strings.NewReplacer("## ", "", "| ", "", "\\", "")

func TestAnOutlineHoldsNoValue(t *testing.T) {
	w := testWriter(t)
	for _, lang := range w.Languages() {
		for _, s := range w.Samples(lang) {
			o, err := w.Outline(s.Input)
			if err != nil {
				t.Fatal(err)
			}
			d := write(t, s.Input)
			words := placeholder.ReplaceAllString(o.Text, "")
			for _, f := range d.Facts {
				if f.Kind != shop.KindStatus && strings.Contains(words, f.Value) {
					t.Errorf("%s %s: %q of %s stands in the outline:\n%s", lang, s.Name, f.Value, f.Name, o.Text)
				}
			}
			if strings.ContainsAny(words, "\x01\x02\x03") {
				t.Errorf("%s %s: a mark is left in %q", lang, s.Name, words)
			}
		}
	}
}

// TestSayingItUnchangedStatesTheSame: every outline, filled again, states what the plain reply does.
func TestSayingItUnchangedStatesTheSame(t *testing.T) {
	w, said := testWriter(t), 0
	for _, lang := range w.Languages() {
		for _, intent := range ticket.Intents {
			for _, f := range sampleFindings() {
				in := sampleInput(lang, intent, f.finding)
				plain := write(t, in)
				o, err := w.Outline(in)
				if err != nil {
					t.Fatal(err)
				}
				d, err := w.Reword(in, unmarked.Replace(o.Text))
				if err != nil { // the template itself has a number, or an abbreviation
					if !errors.Is(err, ErrWords) {
						t.Errorf("%s/%s, %s: %v\n%s", lang, intent, f.name, err, o.Text)
					}
					continue
				}
				said++
				if ground.Edited(plain, d) == ticket.FactualEdit {
					t.Errorf("%s/%s, %s states otherwise:\n%s\n%s", lang, intent, f.name, plain.Text, d.Text)
				}
				if open := ground.Check(d, w.zone, nil); len(open) > 0 {
					t.Errorf("%s/%s, %s: %+v", lang, intent, f.name, open)
				}
			}
		}
	}
	if said < 300 {
		t.Errorf("only %d outlines could be said again", said)
	}
}

func TestWordsThatMayNotStandInAReply(t *testing.T) {
	in := sampleInput("en", ticket.ItemProblem, sampleFindings()[0].finding)
	o, err := testWriter(t).Outline(in)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"{order.name}", "{order.date}"}; !slices.Equal(o.Required, want) {
		t.Fatalf("required are %v, want %v", o.Required, want)
	}
	if !slices.Contains(o.Optional, "{order.total}") || !slices.Contains(o.Optional, "{product.1.title}") {
		t.Errorf("possible are %v", o.Optional)
	}
	good := "We are sorry about order {order.name} of {order.date}."
	for name, text := range map[string]string{
		"fine": good, "with a possible one": good + " It cost {order.total}.", "in Persian": good + " سپاسگزاریم، می‌نویسیم.",
	} {
		d, err := testWriter(t).Reword(in, text)
		if err != nil || !strings.Contains(d.Text, "We are sorry about order #1001 of 12 November 2026.") {
			t.Errorf("%s: %v\n%s", name, err, d.Text)
		}
		if strings.Contains(text, "total") && !strings.Contains(d.Text, "€1,234.50") {
			t.Errorf("the total is not told:\n%s", d.Text)
		}
	}
	for name, bad := range map[string]string{
		"one is missing": "We are sorry about {order.name}.", "an unknown one": good + " {order.secret}",
		"another's": good + " {choice.1.name}", "a template": good + " {{.Order.Total}}", "half of one": good + " {order.name",
		"a digit": good + " Order 1002.", "a Persian digit": good + " ۵", "a digit of another form": good + " ②",
		"a currency sign": good + " € off", "an address": good + " eve@evil", "a link": good + " https://evil",
		"a host": good + " See evil.example now.", "markup": good + " <b>x</b>", "a control": good + " \x01ux\x02",
		"a hidden sign": good + " \u202eabc", "a heading": "## Hi\n" + good, "a passage": "| " + good, "nothing": "",
		"no words": "{order.name}{order.date}", "endless": good + strings.Repeat(" and so on", 4000),
	} {
		if d, err := testWriter(t).Reword(in, bad); !errors.Is(err, ErrWords) {
			t.Errorf("%s is accepted (%v):\n%s", name, err, d.Text)
		}
	}
	for name, lie := range map[string]string{
		"a state": "was refunded", "a promise": "is replaced, guaranteed", "a number in words": "comes in three days",
		"a weekday": "comes on Friday",
	} {
		d, err := testWriter(t).Reword(in, good+" It "+lie+".")
		if err != nil {
			t.Fatal(err)
		}
		if len(ground.Check(d, testWriter(t).zone, nil)) == 0 {
			t.Errorf("%s passes the grounded check: %s", name, d.Text)
		}
	}
}

// FuzzReword: whatever a model writes, what comes through has no number that no fact covers and no foreign element.
func FuzzReword(f *testing.F) {
	f.Add("We are sorry about {order.name} of {order.date}.")
	f.Add("{order.name}\n\n- {order.date}\n\n> x {order.total}\x01")
	f.Fuzz(func(t *testing.T, text string) {
		in := sampleInput("en", ticket.ItemProblem, sampleFindings()[0].finding)
		d, err := sharedWriter().Reword(in, text)
		if err != nil {
			return
		}
		for _, u := range ground.Check(d, sharedWriter().zone, nil) {
			if k := shop.Kind(u.Kind); k == shop.KindURL || k == shop.KindEmail || k == "html" {
				t.Errorf("%+v", u)
			}
		}
	})
}
