package store_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/texts"
)

// TestEveryVersionOfATextIsKept, an old form is refused, and the audit log names path and version alone.
func TestEveryVersionOfATextIsKept(t *testing.T) {
	dir := t.TempDir()
	s, err := store.Open(dir, store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	const path, macro = "replies/en/order_status.tmpl", "macros/fa/سلام.tmpl"
	set := func(path string, base uint64, v texts.Version) error {
		v.By, v.At = "sara", at
		return s.SetText(t.Context(), path, base, v)
	}
	for i, err := range []error{
		set(path, 0, texts.Version{Body: "secret words", Note: "first"}),
		set(path, 1, texts.Version{Body: "other words"}),
		set(path, 2, texts.Version{Body: "other words"}), // changes nothing
		set(path, 2, texts.Version{}),                    // back
		set(macro, 0, texts.Version{Body: "# T\n\nx"}),
		set(macro, 1, texts.Version{Removed: true}),
		set("replies/en/order_statu.tmpl", 0, texts.Version{Body: "x"}), // a neighbour in the order of keys
	} {
		if err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := set(path, 2, texts.Version{Body: "late"}); !errors.Is(err, texts.ErrStale) {
		t.Errorf("an old form was taken: %v", err)
	}
	got, err := s.TextHistory(path, 10)
	want := []texts.Version{
		{N: 3, At: at, By: "sara"}, {N: 2, At: at, By: "sara", Body: "other words"},
		{N: 1, At: at, By: "sara", Body: "secret words", Note: "first"},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("versions (%v):\n%s", err, diff)
	}
	newest, err := s.Texts()
	if err != nil || len(newest) != 3 || newest[path].N != 3 || !newest[macro].Removed || newest[path].Holds() {
		t.Errorf("%+v (%v)", newest, err)
	}
	var said []string
	err = s.EachEntry(func(e *audit.Entry) error {
		if e.What == audit.TextSet {
			said = append(said, e.Who+" "+e.Detail)
		}
		return nil
	})
	all := strings.Join(said, "\n")
	if len(said) != 6 || strings.Contains(all, "words") || !strings.Contains(all, path+" version 3, back to what it was") || err != nil {
		t.Errorf("%d entries (%v):\n%s", len(said), err, all)
	}
}

// TestABoundedNumberOfTextsIsKept and none that is too long, or is no text of the desk's.
func TestABoundedNumberOfTextsIsKept(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, path := range []string{"", "system/triage.tmpl", "replies/frame.html", "replies/en/../x.tmpl", "macros/en/a b.tmpl",
		"macros/en/\x00.tmpl", "macros/english/a.tmpl", "/replies/en/other.tmpl", "replies/en/.tmpl"} {
		if s.SetText(t.Context(), path, 0, texts.Version{Body: "x"}) == nil {
			t.Errorf("%q is kept", path)
		}
	}
	long := texts.Version{Body: strings.Repeat("x", texts.MaxBody+1)}
	if s.SetText(t.Context(), "replies/en/other.tmpl", 0, long) == nil {
		t.Error("a long text is kept")
	}
	if s.SetText(t.Context(), "replies/en/other.tmpl", 0, texts.Version{Removed: true}) == nil {
		t.Error("a reply can be removed")
	}
	for i := range texts.MaxTexts {
		if err := s.SetText(t.Context(), fmt.Sprintf("macros/en/m%d.tmpl", i), 0, texts.Version{Body: "x"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SetText(t.Context(), "macros/en/more.tmpl", 0, texts.Version{Body: "x"}); !errors.Is(err, texts.ErrMany) {
		t.Errorf("more than the bound: %v", err)
	}
	if err := s.SetText(t.Context(), "macros/en/m7.tmpl", 1, texts.Version{Body: "y"}); err != nil {
		t.Errorf("what is there cannot be changed: %v", err)
	}
}
