package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/replyd/replyd/config"
)

func TestBuiltInTemplatesPassTheirOwnCheck(t *testing.T) {
	t.Parallel()
	reports, err := CheckTemplates(nil)
	if err != nil {
		t.Fatal(err)
	}
	replies := 0
	for _, r := range reports {
		replies += len(r.Replies)
		for _, p := range r.Problems {
			t.Errorf("%s:%d: %s: %s", p.File, p.Line, p.Token, p.Why)
		}
	}
	if len(reports) < 5*(21+4) || replies < 500 {
		t.Errorf("%d templates with %d replies: some are not looked at", len(reports), replies)
	}
	var page bytes.Buffer
	if err := TemplatesPage(&page, reports); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "<iframe"); n != replies {
		t.Errorf("the page shows %d replies of %d", n, replies)
	}
	if strings.Contains(page.String(), "<blockquote") || strings.Contains(page.String(), "<script") {
		t.Error("a reply's HTML is part of the page itself")
	}
}

func TestAnOwnersTemplateIsCheckedWithItsPlace(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(file, text string) {
		t.Helper()
		file = filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("replies/en/human_request.tmpl", "Somebody will call you.\n\nYour order was shipped, we guarantee it.\n")
	write("replies/fa/human_request.tmpl", "کسی به شما زنگ می‌زند.\nسفارش شما تحویل داده شد.\n")
	write("macros/en/mine.tmpl", "# My own\n\nHello.\n\nIt costs €5.\nIt will arrive tomorrow.\n")
	c := &config.Config{Store: SampleStore(), Prompts: dir}
	reports, err := CheckTemplates(c)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int{}
	for _, r := range reports {
		for _, p := range r.Problems {
			rel, _ := filepath.Rel(dir, p.File)
			got[filepath.ToSlash(rel)+" "+p.Token] = p.Line
		}
	}
	for _, want := range []struct {
		what string
		line int
	}{
		{"replies/en/human_request.tmpl shipped", 3}, {"replies/en/human_request.tmpl guarantee", 3},
		{"replies/fa/human_request.tmpl تحویل داده شد", 2}, {"macros/en/mine.tmpl will arrive", 6},
	} {
		if got[want.what] != want.line {
			t.Errorf("%q is not told in line %d: %v", want.what, want.line, got)
		}
	}
	write("replies/de/other.tmpl", "{{.Nonsense}}")
	if _, err := CheckTemplates(c); err == nil || !strings.Contains(err.Error(), "other") {
		t.Errorf("a template that cannot be filled: %v", err)
	}
}
