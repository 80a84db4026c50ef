package web

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

var (
	inTemplates = regexp.MustCompile(`\bt "((?:[^"\\]|\\.)*)"`)
	inCode      = regexp.MustCompile(`(?:\bsay\((?:r, )?|\bnoted\(r, |\bdecide\(w, r, t, |\bonTicket\(w, r, |\bafterTicket\(w, r, t, |\brefused\()"((?:[^"\\]|\\.)*)"`)
)

// settingWords are what the settings page says of every setting that the configuration has, and of everything that
// can be wrong with one.
func settingWords(t *testing.T) (want []string) {
	for _, label := range settingLabels {
		want = append(want, label)
	}
	for _, text := range modeWords {
		want = append(want, text)
	}
	for _, f := range []setting{{}, {Field: settings.Field{Set: "x"}}, {Field: settings.Field{Fixed: true}}} {
		want = append(want, f.From())
	}
	for d := time.Sunday; d <= time.Saturday; d++ {
		want = append(want, d.String())
	}
	for _, s := range config.Defaults().Settings() {
		if settingLabels[s.Key] == "" && !strings.HasPrefix(s.Key, "intents.") {
			t.Errorf("the page has no words for %s", s.Key)
		}
		hint, own := settingHints[s.Key]
		if !own {
			hint = s.Doc
		}
		want = append(append(want, s.Allowed...), hint)
	}
	return slices.DeleteFunc(want, func(s string) bool { return s == "" })
}

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
	want = append(want, settingWords(t)...)
	want = append(want, texts.Sentences()...)
	groups := append(reply.Vocabulary(), texts.Group{Name: "found", Fields: reply.Marks()})
	for _, g := range groups {
		want = append(want, g.Name)
		for _, f := range g.Fields {
			want = append(want, f.Doc)
		}
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
