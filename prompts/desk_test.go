package prompts_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/replyd/replyd/prompts"
)

// TestTheFileWinsOverTheDeskAndTheDeskOverTheProgram also lists them, as the macros are found by listing.
func TestTheFileWinsOverTheDeskAndTheDeskOverTheProgram(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "macros", "en"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "macros", "en", "thanks.tmpl"), []byte("file"), 0o600); err != nil {
		t.Fatal(err)
	}
	files := prompts.Over(dir, prompts.Desk{
		"macros/en/thanks.tmpl": "desk", "macros/en/passed_on.tmpl": "desk", "macros/en/new.tmpl": "desk",
		"macros/en/ask_photo.tmpl": "", "macros/xx/one.tmpl": "desk",
	})
	for name, want := range map[string]string{
		"macros/en/thanks.tmpl": "file", "macros/en/passed_on.tmpl": "desk", "macros/en/new.tmpl": "desk",
		"macros/xx/one.tmpl": "desk",
	} {
		if got, err := fs.ReadFile(files, name); string(got) != want || err != nil {
			t.Errorf("%s: %q (%v)", name, got, err)
		}
	}
	if _, err := fs.ReadFile(files, "macros/en/ask_photo.tmpl"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("what was removed is there: %v", err)
	}
	if b, err := fs.ReadFile(files, "macros/en/status.tmpl"); len(b) == 0 || err != nil {
		t.Errorf("the built-in one is gone: %v", err)
	}
	var names []string
	list, err := fs.ReadDir(files, "macros/en")
	for _, e := range list {
		names = append(names, e.Name())
	}
	if err != nil || slices.Contains(names, "ask_photo.tmpl") || !slices.Contains(names, "new.tmpl") ||
		!slices.Contains(names, "status.tmpl") || !slices.IsSorted(names) {
		t.Errorf("%q (%v)", names, err)
	}
	if list, err := fs.ReadDir(files, "macros/xx"); len(list) != 1 || err != nil {
		t.Errorf("a folder of the desk alone: %v (%v)", list, err)
	}
	if _, err := fs.ReadDir(files, "macros/yy"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder of nobody: %v", err)
	}
}
