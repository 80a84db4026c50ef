package web

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/replyd/replyd/internal/ticket"
)

var (
	inTemplates = regexp.MustCompile(`\bt "((?:[^"\\]|\\.)*)"`)
	inCode      = regexp.MustCompile(`(?:\bsay\((?:r, )?|\bnoted\(r, |\bdecide\(w, r, t, |\bonTicket\(w, r, )"((?:[^"\\]|\\.)*)"`)
)

// TestThePersianDeskSaysEverything: every sentence of a template, and every label, has a translation, with the same
// places for its arguments.
func TestThePersianDeskSaysEverything(t *testing.T) {
	locales, err := loadLocales()
	if err != nil {
		t.Fatal(err)
	}
	fa := locales["fa"]
	var want []string
	for pattern, re := range map[string]*regexp.Regexp{
		"templates/*.html": inTemplates, "templates/parts/*.html": inTemplates, "*.go": inCode,
	} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range re.FindAllStringSubmatch(string(text), -1) {
				want = append(want, m[1])
			}
		}
	}
	for _, v := range ticket.Views {
		want = append(want, labelOf(v))
	}
	for _, v := range sites {
		want = append(want, v.Label)
	}
	for _, v := range ticket.States {
		want = append(want, stateLabel(v))
	}
	for _, v := range ticket.Intents {
		want = append(want, words(v))
	}
	for _, v := range ticket.Flags {
		want = append(want, words(v))
	}
	for _, s := range want {
		if fa.words[s] == "" {
			t.Errorf("no translation of %q", s)
		}
	}
	for en, s := range fa.words {
		if verbs := regexp.MustCompile(`%[vs]`); len(verbs.FindAllString(en, -1)) != len(verbs.FindAllString(s, -1)) {
			t.Errorf("%q has other arguments than %q", s, en)
		}
	}
}
