package reply

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	text "text/template"
	"time"

	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

// over is the built-in files with one in another's place.
func over(path, body string) fs.FS { return prompts.Over("", prompts.Desk{path: body}) }

// TestAHostileTemplateEnds: it is refused in a moment, with its place, whatever it tries.
func TestAHostileTemplateEnds(t *testing.T) {
	w := testWriter(t)
	doubling := `{{$x := "0123456789"}}` + strings.Repeat(`{{$x = print $x $x}}`, 60) + "{{$x}}"
	laughs := `{{define "l0"}}ha{{end}}`
	for i := range 25 {
		n, m := string(rune('a'+i)), string(rune('a'+i-1))
		if i == 0 {
			m = "l0"
		}
		laughs += `{{define "` + n + `"}}{{template "` + m + `"}}{{template "` + m + `"}}{{end}}`
	}
	for name, c := range map[string]struct{ path, body, what string }{
		"a loop":            {"replies/en/other.tmpl", "{{range 1000000000000}}{{end}}", texts.Endless},
		"loops in loops":    {"replies/en/other.tmpl", "{{range 9999}}{{range 9999}}{{$x := 1}}{{end}}{{end}}", texts.Endless},
		"recursion":         {"replies/en/other.tmpl", `x{{define "r"}}{{template "r"}}{{end}}{{template "r"}}`, texts.Endless},
		"many laughs":       {"replies/en/other.tmpl", laughs + `{{template "y"}}`, texts.Endless},
		"recursion by Say":  {"replies/en/status.tmpl", sourceWith(t, `{{define "shipment.IN_TRANSIT"}}`, `{{.Say}}`), texts.Endless},
		"doubling":          {"replies/en/other.tmpl", doubling, texts.TooLong},
		"a wide number":     {"replies/en/other.tmpl", `{{printf "%999999999d" 1}}`, texts.TooLong},
		"a starred width":   {"replies/en/other.tmpl", `{{printf "%*d" 999999999 1}}`, texts.TooLong},
		"much output":       {"replies/en/other.tmpl", "{{range 3000}}" + strings.Repeat("word ", 10) + "{{end}}", texts.TooLong},
		"a control sign":    {"replies/en/other.tmpl", "x\x01px\x02", texts.Control},
		"a file's name":     {"replies/en/other.tmpl", `x{{define "greeting"}}evil{{end}}`, texts.TwoParts},
		"another's part":    {"macros/en/thanks.tmpl", `# T` + "\n\n" + `x{{define "identify"}}evil{{end}}`, texts.TwoParts},
		"a whole thing":     {"replies/en/greeting.tmpl", `Hello {{.Shop}}`, texts.Whole},
		"all things":        {"replies/en/greeting.tmpl", `Hello {{printf "%v" .}}`, texts.Whole},
		"what is not there": {"macros/en/thanks.tmpl", "# T\n\nx\n{{.Order.Name}}", texts.NotAlways},
	} {
		start := time.Now()
		_, err := w.With(over(c.path, c.body), "en")
		var f *texts.Fault
		if !errors.As(err, &f) || f.What != c.what || f.File != c.path {
			t.Errorf("%s: %v", name, err)
		}
		if took := time.Since(start); took > 20*time.Second { // alone, a few milliseconds
			t.Errorf("%s: %s", name, took)
		}
	}
}

// sourceWith gives the built-in words for states with others in one place.
func sourceWith(t *testing.T, define, body string) string {
	t.Helper()
	b, err := prompts.BuiltIn("replies/en/status.tmpl")
	before, after, found := strings.Cut(string(b), define)
	_, after, ends := strings.Cut(after, "{{end}}\n{{define")
	if err != nil || !found || !ends {
		t.Fatal("no such part", err)
	}
	return before + define + body + "{{end}}\n{{define" + after
}

// TestAnOrdinaryReplyTakesFewSteps: the bound is far away from what templates need.
func TestAnOrdinaryReplyTakesFewSteps(t *testing.T) {
	w := testWriter(t)
	most := 0
	for _, lang := range w.Languages() {
		for _, s := range w.Samples(lang) {
			r := w.start(s.Input)
			if _, _, err := r.body(); err != nil {
				t.Fatal(err)
			}
			most = max(most, maxSteps-r.steps)
		}
	}
	if most == 0 || most > maxSteps/20 {
		t.Errorf("%d of %d steps", most, maxSteps)
	}
}

// TestOneLanguageCanBeReadAnew: the others stay, and so does the writer that it was made from.
func TestOneLanguageCanBeReadAnew(t *testing.T) {
	w := testWriter(t)
	other, err := w.With(over("replies/en/other.tmpl", "Our own words."), "en")
	if err != nil {
		t.Fatal(err)
	}
	write := func(w *Writer, lang string) ticket.Draft {
		d, err := w.Write(sampleInput(lang, ticket.Other, sampleFindings()[4].finding))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	was, is := write(w, "en"), write(other, "en")
	if was.Template == is.Template || !strings.Contains(is.Text, "Our own words.") || strings.Contains(was.Text, "Our own words.") {
		t.Errorf("%s\n%s", was.Text, is.Text)
	}
	if write(w, "fa").Text != write(other, "fa").Text {
		t.Error("another language changed")
	}
	if _, err := w.With(fstest.MapFS{}, "tlh"); err == nil {
		t.Error("a language without templates is read")
	}
}

// FuzzATextNeverBreaksTheWriter: whatever an owner types, it is refused or fills every made-up mail within bounds.
func FuzzATextNeverBreaksTheWriter(f *testing.F) {
	for _, path := range []string{"replies/en/order_status.tmpl", "replies/en/product_question.tmpl", "macros/en/status.tmpl"} {
		b, err := prompts.BuiltIn(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(b))
	}
	f.Add(`{{range $i, $x := .Choices}}{{$i}}{{else}}{{break}}{{end}}`)
	f.Add(`{{block "x" .}}{{template "x" .}}{{end}}`)
	f.Add(`{{with $x := .Order}}{{.Say}}{{.Page.Button (print $x.Name)}}{{end}}{{index .Passages 0}}`)
	f.Add("a\\\n- {{len .Choices}}\n## x\n~ {{html .Name}}{{js .Name}}{{slice \"abc\" 1}}{{and .Order .Order.Lines}}")
	w, err := New(prompts.FS(""), testStore())
	if err != nil {
		f.Fatal(err)
	}
	var samples []Sample
	for _, s := range w.Samples("en") {
		if s.Input.Triage.Requests[0].Intent == ticket.OrderStatus {
			samples = append(samples, s)
		}
	}
	f.Fuzz(func(t *testing.T, body string) {
		next, err := withOne(w, ticket.OrderStatus, body)
		for _, s := range samples {
			if err != nil {
				break
			}
			var d ticket.Draft
			d, err = next.Write(s.Input)
			if len(d.Text) > 8*maxOutput || strings.ContainsAny(d.Text, "\x01\x02\x03\x04\x05") ||
				strings.Contains(strings.ToLower(d.HTML), "<script") {
				t.Errorf("%s: %q", s.Name, d.Text)
			}
		}
		var fault *texts.Fault
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("no fault: %v", err)
		}
	})
}

// withOne gives a writer with one English template in another's place, without filling all the others.
func withOne(w *Writer, intent ticket.Intent, body string) (*Writer, error) {
	path := texts.Path(texts.Replies, "en", string(intent))
	b, err := source(over(path, body+"\n"), path)
	if err != nil {
		return nil, err
	}
	all := text.New("en").Funcs(functions())
	for _, t := range w.sets["en"].all.Templates() {
		if t.Name() != string(intent) {
			if _, err := all.AddParseTree(t.Name(), t.Tree); err != nil {
				return nil, err
			}
		}
	}
	s := &set{all: all, sources: maps.Clone(w.sets["en"].sources), parts: slices.Clone(w.sets["en"].parts)}
	if err := s.define(string(intent), path, string(b)); err != nil {
		return nil, err
	}
	s.sources[string(intent)] = b
	out := *w
	out.sets = map[string]*set{"en": s}
	return &out, nil
}
