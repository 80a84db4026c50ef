package reply

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

func TestEveryMacroStatesFactsOnly(t *testing.T) {
	w := testWriter(t)
	for _, lang := range w.Languages() {
		macros := w.Macros(lang)
		if len(macros) < 4 {
			t.Errorf("%s has %d macros", lang, len(macros))
		}
		for _, m := range macros {
			for _, f := range sampleFindings() {
				d, err := w.Fill(m, sampleInput("en", ticket.ItemProblem, f.finding))
				if err != nil {
					t.Fatal(err)
				}
				if d.Language != lang || d.Macro || !strings.HasPrefix(d.Template, lang+"/macro."+m.Name+"@") {
					t.Errorf("%s/%s: language %s, template %s", lang, m.Name, d.Language, d.Template)
				}
				if open := ground.Check(d, w.zone, nil); len(open) > 0 {
					t.Errorf("%s/%s, %s: %+v\n%s", lang, m.Name, f.name, open, d.Text)
				}
				if f.name == "withheld" && strings.Contains(d.Text+d.HTML, "1001") {
					t.Errorf("%s/%s tells of an order that is withheld:\n%s", lang, m.Name, d.Text)
				}
			}
		}
	}
}

func TestAnOwnersMacrosReplaceAndAdd(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Join(dir, "macros", "en"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "macros", "en", name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("thanks.tmpl", "# Thanks, our way\n\nYou are too kind.\n")
	write("closed.tmpl", "# Closed on Sundays\n\nWe are closed on Sundays, until 9:00 on Monday.\n")
	write("notes.txt", "not a macro")
	w, err := New(prompts.FS(dir), testStore())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := len(w.Macros("en")), len(testWriter(t).Macros("en"))+1; got != want {
		t.Errorf("%d macros, want %d", got, want)
	}
	for name, want := range map[string]string{"thanks": "You are too kind.", "closed": "until 9:00 on Monday"} {
		d, err := w.Fill(Macro{Name: name, Language: "en"}, sampleInput("en", ticket.Other, sampleFindings()[4].finding))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(d.Text, want) || len(ground.Check(d, w.zone, nil)) > 0 {
			t.Errorf("%s: %v\n%s", name, ground.Check(d, w.zone, nil), d.Text)
		}
	}
	if _, err := w.Fill(Macro{Name: "../en/thanks", Language: "en"}, Input{}); err == nil {
		t.Error("a macro that is none is filled")
	}
	for name, text := range map[string]string{
		"untitled": "Hello", "broken": "# Broken\n{{if}}", "missing value": "# Missing\n{{.Order.Name}}",
	} {
		write("faulty.tmpl", text)
		w, err := New(prompts.FS(dir), testStore())
		if err == nil {
			err = w.Rehearse("en")
		}
		if err == nil || !strings.Contains(err.Error(), "faulty") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
