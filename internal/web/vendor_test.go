package web

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// vendored are the scripts that are not ours, with their sums; static/vendor/README.md says where they come from.
var vendored = map[string]string{
	"htmx.min.js":     "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717",
	"htmx-sse.min.js": "98a46496de0c3605fbffdce9167ba427bdd9553184f83f149c261891a92c0136",
}

// TestVendoredScriptsAreWhatWasTaken: not a byte of them was changed, and their origin and licences are told.
func TestVendoredScriptsAreWhatWasTaken(t *testing.T) {
	readme, err := files.ReadFile("static/vendor/README.md")
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "static/vendor/*.js")
	if err != nil || len(names) != len(vendored) {
		t.Fatalf("%v: %v", names, err)
	}
	for _, name := range names {
		data, _ := files.ReadFile(name)
		sum := sha256.Sum256(data)
		if got := hex.EncodeToString(sum[:]); got != vendored[filepath.Base(name)] || !strings.Contains(string(readme), got) {
			t.Errorf("%s has the sum %s", name, got)
		}
		licence := strings.TrimSuffix(strings.TrimSuffix(name, ".js"), ".min") + ".LICENSE.txt"
		if text, err := files.ReadFile(licence); err != nil || !strings.Contains(string(text), "Zero") {
			t.Errorf("%s: %v", licence, err)
		}
	}
}

// TestTemplatesLoadOurScriptsAlone, and hold nothing that the policy of the pages would stop.
func TestTemplatesLoadOurScriptsAlone(t *testing.T) {
	script := regexp.MustCompile(`<script[^>]*>`)
	forbidden := regexp.MustCompile(`\son[a-z]+="|\shx-on|\sstyle="|javascript:|hx-vals="js|hx-trigger="[^"]*\[`)
	var got []string
	err := fs.WalkDir(files, "templates", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		got = append(got, script.FindAllString(string(text), -1)...)
		if bad := forbidden.Find(text); bad != nil {
			t.Errorf("%s: %q", name, bad)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, name := range []string{"htmx.min.js", "htmx-sse.min.js", "desk.js"} {
		want = append(want, `<script src="{{asset "`+name+`"}}" defer>`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v", got)
	}
}
