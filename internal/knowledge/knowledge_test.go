package knowledge

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/shop"
)

// shopOf is a Catalogue made of a function.
type shopOf func() ([]shop.Policy, error)

func (s shopOf) Policies(context.Context) ([]shop.Policy, error) { return s() }
func (s shopOf) Products(_ context.Context, query string) ([]shop.Product, error) {
	return []shop.Product{{Title: query}}, nil
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

const care = `---
title: Care
url: https://shop.example/care
---
How to keep things well.

# Linen

Wash at **40 degrees**, with
similar colours. See [the chart](https://shop.example/chart).

## Stains

1. Rinse with cold water.
2. Wait.

| Stain | Use |
|-------|-----|
| Wine  | salt |

<script>alert(1)</script>

# Wool

Do not wash. <b>Air</b> it.
`

func TestSectionsCarryTheirHeadings(t *testing.T) {
	got, err := parse("care.md", []byte(care))
	if err != nil {
		t.Fatal(err)
	}
	u := "https://shop.example/care"
	want := []shop.Policy{
		{Kind: shop.Knowledge, Title: "Care", URL: u, Text: "How to keep things well."},
		{Kind: shop.Knowledge, Title: "Linen", URL: u,
			Text: "Wash at 40 degrees, with similar colours. See the chart (https://shop.example/chart)."},
		{Kind: shop.Knowledge, Title: "Linen › Stains", URL: u,
			Text: "1. Rinse with cold water.\n2. Wait.\n\nStain | Use\nWine | salt"},
		{Kind: shop.Knowledge, Title: "Wool", URL: u, Text: "Do not wash. Air it."},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAFileWithoutHeadIsNamedAfterItself(t *testing.T) {
	for _, c := range []struct{ name, text, title, body string }{
		{"faq/opening-hours.md", "Tuesday to Saturday.", "opening hours", "Tuesday to Saturday."},
		{"x.md", "\ufeff# پرسش‌ها\r\n\r\nارسال رایگان است.\r\n", "پرسش‌ها", "ارسال رایگان است."},
		{"y.md", "---\nno head, a line of dashes", "y", "no head, a line of dashes"},
	} {
		got, err := parse(c.name, []byte(c.text))
		want := []shop.Policy{{Kind: shop.Knowledge, Title: c.title, Text: c.body}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func TestBadFilesAreNamedAndTheOthersRead(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "good.md", "All is well.")
	write(t, dir, "key.md", "---\nlink: https://shop.example\n---\ntext")
	write(t, dir, "http.md", "---\nurl: http://shop.example\n---\ntext")
	write(t, dir, "latin1.md", "caf\xe9")
	write(t, dir, "huge.md", strings.Repeat("x", maxFile+1))
	write(t, dir, "notes.txt", "\xff not Markdown, not read")
	write(t, dir, ".git/x.md", "hidden")
	n, problems := Check(dir)
	if n != 1 {
		t.Errorf("%d sections, want 1", n)
	}
	all := errors.Join(problems...).Error()
	for _, want := range []string{
		"key.md: its head may have title and url", "http.md: its url must begin with https://",
		"latin1.md: is not UTF-8 text", "huge.md: is larger than 1024 KiB",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no word of %q in:\n%s", want, all)
		}
	}
	if len(problems) != 4 {
		t.Errorf("%d problems, want 4:\n%s", len(problems), all)
	}
	if _, problems := Check(filepath.Join(dir, "nowhere")); len(problems) != 1 {
		t.Errorf("a folder that is not there: %v", problems)
	}
}

func TestALongChapterBecomesSeveralSections(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Long\n\n")
	for range 100 {
		b.WriteString(strings.Repeat("word ", 100) + "\n\n")
	}
	got, err := parse("long.md", []byte(b.String()))
	if err != nil || len(got) < 3 {
		t.Fatalf("%v, %d sections", err, len(got))
	}
	for _, s := range got {
		if s.Title != "Long" || len(s.Text) > maxSection+2 || s.Text == "" {
			t.Errorf("%q with %d bytes", s.Title, len(s.Text))
		}
	}
}

func TestChangedFilesAreReadAgainAfterAWhile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.md", "One.")
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := New(shopOf(func() ([]shop.Policy, error) { return []shop.Policy{{Kind: "refund_policy"}}, nil }), dir,
			slog.New(slog.NewTextHandler(&log, nil)))
		texts := func() string {
			t.Helper()
			all, err := l.Policies(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			var out []string
			for _, p := range all {
				out = append(out, p.Kind+":"+p.Text)
			}
			return strings.Join(out, " ")
		}
		if got := texts(); got != "refund_policy: knowledge:One." {
			t.Fatal(got)
		}
		write(t, dir, "a.md", "Another.")
		write(t, dir, "b.md", "\xff")
		time.Sleep(29 * time.Second)
		if got := texts(); got != "refund_policy: knowledge:One." {
			t.Errorf("looked too soon: %s", got)
		}
		time.Sleep(2 * time.Second)
		if got := texts(); got != "refund_policy: knowledge:Another." {
			t.Errorf("after the change: %s", got)
		}
		time.Sleep(time.Minute)
		texts()
		if n := strings.Count(log.String(), "b.md: is not UTF-8 text"); n != 1 {
			t.Errorf("the bad file was named %d times:\n%s", n, log.String())
		}
		os.Remove(filepath.Join(dir, "a.md"))
		time.Sleep(time.Minute)
		if got := texts(); got != "refund_policy:" {
			t.Errorf("after the removal: %s", got)
		}
	})
}

func TestTheShopIsAskedOnceInTenMinutes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, fail := 0, error(nil)
		l := New(shopOf(func() ([]shop.Policy, error) {
			asked++
			return []shop.Policy{{Title: "Refunds"}}, fail
		}), "", slog.New(slog.DiscardHandler))
		ask := func() error { _, err := l.Policies(t.Context()); return err }
		if err := errors.Join(ask(), ask()); err != nil || asked != 1 {
			t.Errorf("%v, asked %d times", err, asked)
		}
		time.Sleep(shopFor)
		fail = errors.New("down")
		if err := ask(); !errors.Is(err, fail) {
			t.Errorf("an old text was given for a current one: %v", err)
		}
		fail = nil
		if err := ask(); err != nil || asked != 3 {
			t.Errorf("a failure was remembered: %v, asked %d times", err, asked)
		}
	})
	l := New(shopOf(nil), "", slog.New(slog.DiscardHandler))
	if p, err := l.Products(t.Context(), "lamp"); err != nil || len(p) != 1 || p[0].Title != "lamp" {
		t.Errorf("%v, %v", p, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(care))
	f.Add([]byte("---\nurl: x\n---\n> > - a\n\n***\n| a |\n|---|\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		sections, err := parse("x.md", raw)
		for _, s := range sections {
			if err != nil || !utf8.ValidString(s.Text) || strings.TrimSpace(s.Text) == "" || s.Title == "" && len(raw) == 0 {
				t.Errorf("%v: %+v", err, s)
			}
		}
	})
}
