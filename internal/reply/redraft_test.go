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

// redraft writes a draft anew with words; known facts are those of the draft.
func redraft(t *testing.T, in Input, before ticket.Draft, language, said, words string) (ticket.Draft, error) {
	t.Helper()
	return testWriter(t).Redraft(in, Wish{Before: before, Language: language, Said: said}, words)
}

// eachSample calls f for every intent, finding and language.
func eachSample(t *testing.T, f func(name string, in Input)) {
	for _, lang := range testWriter(t).Languages() {
		for _, intent := range ticket.Intents {
			for _, s := range sampleFindings() {
				f(lang+"/"+string(intent)+", "+s.name, sampleInput(lang, intent, s.finding))
			}
		}
	}
}

// TestAModelSeesNoValueOfADraft: whatever replyd wrote, a placeholder stands for every known value of its middle
// part, and neither greeting nor closing nor the customer's words are shown.
func TestAModelSeesNoValueOfADraft(t *testing.T) {
	eachSample(t, func(name string, in Input) {
		d := write(t, in)
		o, err := testWriter(t).Present(in, d)
		if err != nil {
			t.Fatal(err)
		}
		words := placeholder.ReplaceAllString(o.Text, "")
		for _, f := range d.Facts {
			if f.Kind != shop.KindStatus && f.Kind != shop.KindNumber && strings.Contains(words, f.Value) {
				t.Errorf("%s: %q of %s is shown:\n%s", name, f.Value, f.Name, o.Text)
			}
		}
		if strings.Contains(o.Text, ">") || strings.Contains(o.Text, "Lavender") || strings.ContainsAny(words, "\x01\x02\x03") {
			t.Errorf("%s: the frame is shown:\n%s", name, o.Text)
		}
	})
}

// TestSayingADraftAgainStatesTheSame: unchanged words give the same mail, in the same language and in each other one
// the same facts.
func TestSayingADraftAgainStatesTheSame(t *testing.T) {
	w := testWriter(t)
	eachSample(t, func(name string, in Input) {
		d := write(t, in)
		o, err := w.Present(in, d)
		if err != nil {
			t.Fatal(err)
		}
		again, err := redraft(t, in, d, d.Language, "", o.Text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, o.Text)
		}
		if ground.Edited(d, again) != ticket.NoEdit || strings.Count(d.HTML, "<blockquote") != strings.Count(again.HTML, "<blockquote") {
			t.Errorf("%s: said again it is\n%s\nand was\n%s", name, again.Text, d.Text)
		}
		if open := ground.Check(again, w.zone, nil); len(open) > 0 {
			t.Errorf("%s: %+v", name, open)
		}
		other := "fa"
		if d.Language == "fa" {
			other = "de"
		}
		there, err := redraft(t, in, d, other, "", o.Text)
		if err != nil {
			t.Fatalf("%s in %s: %v", name, other, err)
		}
		if there.Language != other || !strings.Contains(there.HTML, `lang="`+other+`"`) {
			t.Errorf("%s: is in %s", name, there.Language)
		}
		for _, u := range ground.Check(there, w.zone, nil) {
			t.Errorf("%s in %s: %+v", name, other, u)
		}
	})
}

// TestAPersonsOwnTextIsKept: greeting, signature, an own sentence and what they took away survive another draft.
func TestAPersonsOwnTextIsKept(t *testing.T) {
	w := testWriter(t)
	in := sampleInput("en", ticket.ItemProblem, sampleFindings()[0].finding)
	d := write(t, in)
	text := strings.NewReplacer("Hello Sara,", "Dear Mrs Ahmadi,", "Kind regards,\nMina", "Warmly,\nNadja",
		"A photo of the item", "Sara, call us before 17:30 about 1001. A photo of the item").Replace(d.Text)
	text, _, _ = strings.Cut(text, "\n>")
	own, err := w.Edit(d, text, "nadja", in.Now, nil)
	if err != nil {
		t.Fatal(err)
	}
	o, err := w.Present(in, own)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"{customer.first_name}, call us before 17:30 about {order.name}.", "{order.date}"} {
		if !strings.Contains(o.Text, want) {
			t.Errorf("%q is not in\n%s", want, o.Text)
		}
	}
	if strings.Contains(o.Text, "Nadja") || strings.Contains(o.Text, "Ahmadi") {
		t.Errorf("the frame is shown:\n%s", o.Text)
	}
	got, err := redraft(t, in, own, "en", "shorter", "Call us before 17:30 about {order.name}.")
	if err != nil {
		t.Fatal(err)
	}
	want := "Dear Mrs Ahmadi,\n\nCall us before 17:30 about #1001.\n\nIf anything is still open, just reply to this mail.\n\n" +
		"Warmly,\nNadja\nLavender & Oak\n\nHow was this answer?"
	if !strings.HasPrefix(got.Text, want) || strings.Contains(got.Text, "\n>") {
		t.Errorf("got\n%s\nwant\n%s", got.Text, want)
	}
	open := ground.Check(got, w.zone, nil)
	if len(open) == 0 || !slices.ContainsFunc(open, func(u ticket.Uncovered) bool { return strings.Contains(u.Token, "17:30") }) {
		t.Errorf("the person's time has no mark: %+v", open)
	}
	there, err := redraft(t, in, own, "fa", "", "سفارش {order.name} مورخ {order.date}")
	if err != nil || !strings.HasPrefix(there.Text, "سلام") || !strings.Contains(there.Text, "۱۴۰۵") {
		t.Errorf("in Persian: %v\n%s", err, there.Text)
	}
}

// TestOnlyAPersonBringsNumbersIn: what a model invents breaks a rule; what the instruction says is said, and marked.
func TestOnlyAPersonBringsNumbersIn(t *testing.T) {
	w := testWriter(t)
	in := sampleInput("en", ticket.ItemProblem, sampleFindings()[0].finding)
	d := write(t, in)
	said := "give her 10% off until 18:00 with https://lavender-oak.example/sale, or €5; write to care@lavender-oak.example"
	for _, good := range []string{
		"You get 10% off.", "You get 10 % off, until ۱۸:۰۰.", "See https://lavender-oak.example/sale.", "You get €5.", "We are sorry.",
		"Write to care@lavender-oak.example!", "It is\n\n- {order.name}\n- {order.total}", "— Your order —\n\nWe are sorry, {customer.first_name}.",
	} {
		got, err := redraft(t, in, d, "en", said, good)
		if err != nil {
			t.Errorf("%q: %v", good, err)
		}
		if strings.ContainsAny(good, "10€") && len(ground.Check(got, w.zone, nil)) == 0 {
			t.Errorf("%q has no mark", good)
		}
	}
	for _, bad := range []string{
		"You get 20 % off.", "It costs $5.", "See https://evil.example/sale.", "Write to eve@evil.example.", "<b>10%</b>", "{order.secret}",
		"## 10%", "| 5", "10\u202e%", "", "{{.Order}}", "We are sorry \x01ux\x02", "See evil.example now", strings.Repeat("we are sorry ", 4000),
	} {
		if got, err := redraft(t, in, d, "en", said, bad); !errors.Is(err, ErrWords) {
			t.Errorf("%.60q passes: %v\n%.300s", bad, err, got.Text)
		}
	}
	for _, marked := range []string{"It was refunded.", "You get it in three days.", "We guarantee it."} {
		got, err := redraft(t, in, d, "en", "", marked)
		if err != nil || len(ground.Check(got, w.zone, nil)) == 0 {
			t.Errorf("%q: %v, without a mark", marked, err)
		}
	}
}

// FuzzRedraft: whatever text a person leaves and whatever a model makes of it, nothing panics, and no link or
// address is in the result that neither of the person's words nor a fact has.
func FuzzRedraft(f *testing.F) {
	f.Add("Hello Sara,\n\nYour order #1001.\n\nKind regards", "shorter", "Order {order.name}")
	f.Add("> x\n\n— a —\n{order.name}", "10 %", "- {order.date}\n\n> x\x01")
	f.Fuzz(func(t *testing.T, text, said, words string) {
		w := sharedWriter()
		in := sampleInput("en", ticket.ItemProblem, sampleFindings()[0].finding)
		before, err := w.Write(in)
		if err != nil {
			t.Fatal(err)
		}
		before.Text = text
		d, err := w.Redraft(in, Wish{Before: before, Language: "fa", Said: said}, words)
		if err != nil {
			return
		}
		for _, u := range ground.Check(d, w.zone, nil) {
			if !strings.Contains(text+said, strings.Trim(u.Token, "./ ")) && (u.Kind == "html" || u.Kind == string(shop.KindEmail)) {
				t.Errorf("%+v", u)
			}
		}
	})
}
