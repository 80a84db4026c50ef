package web

import (
	"strings"
	"testing"
)

func TestLinesOfAWrappedMailFlow(t *testing.T) {
	for name, c := range map[string][2]string{
		"a paragraph": {"I would like to return the charcoal throw from my order, as it does\nnot go with the sofa.\n\nEmma",
			"I would like to return the charcoal throw from my order, as it does not go with the sofa.\n\nEmma"},
		"short lines are meant": {"Hello,\nwhere is it?\nEmma", "Hello,\nwhere is it?\nEmma"},
		"a short line before a long one": {"Hello,\nI would like to return the charcoal throw from my order, as it does\nnot go.",
			"Hello,\nI would like to return the charcoal throw from my order, as it does not go."},
		"a list": {"I would like to return these two things from my last order, please:\n- a throw\n- napkins",
			"I would like to return these two things from my last order, please:\n- a throw\n- napkins"},
		"a quote": {"> I would like to return these two things from my last order, pleas\n> and that",
			"> I would like to return these two things from my last order, pleas\n> and that"},
		"flowed already": {strings.Repeat("word ", 40) + "\nnext", strings.Repeat("word ", 40) + "\nnext"},
	} {
		if got := unwrap(c[0]); got != c[1] {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestAReplyIsPartedFromWhatItQuotes(t *testing.T) {
	own, quoted := parted("Hello,\n\nit is on its way.\n\n> Where is it?\n>\n> Emma\n")
	if own != "Hello,\n\nit is on its way." || quoted != "> Where is it?\n>\n> Emma" {
		t.Errorf("%q %q", own, quoted)
	}
	if own, quoted := parted("> all of it"); own != "> all of it" || quoted != "" {
		t.Errorf("%q %q", own, quoted)
	}
}

func TestLongLinksAreShownShort(t *testing.T) {
	got := shortLinks("See https://desk.example/r/u06h04cng7ov783hs21t21f0.trzbzb.YIzznnDyQB4hkFxS-n6B9A.")
	if len(got) != 3 || got[1].Text != "desk.example/r/u06h04cng7ov783hs21t21f0.trzbz…" || got[2].Text != "." {
		t.Errorf("%+v", got)
	}
}

func FuzzUnwrapKeepsEveryWord(f *testing.F) {
	f.Add("a\nb")
	f.Add(strings.Repeat("word ", 14) + "\nnext word")
	f.Fuzz(func(t *testing.T, text string) {
		if got, want := strings.Join(strings.Fields(unwrap(text)), " "), strings.Join(strings.Fields(text), " "); got != want {
			t.Errorf("%q became %q", text, unwrap(text))
		}
	})
}
