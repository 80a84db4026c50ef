package app

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"
)

// TestStoryTellsWhyAMailWasNotAnswered: each mail of testdata/story.txtar is followed by its story.
func TestStoryTellsWhyAMailWasNotAnswered(t *testing.T) {
	const file = "testdata/story.txtar"
	archive, err := txtar.ParseFile(file)
	if err != nil {
		t.Fatal(err)
	}
	e, err := NewExplainer(nil, ExplainOptions{Now: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var got []txtar.File
	want := map[string]string{}
	for _, f := range archive.Files {
		want[f.Name] = string(f.Data)
	}
	for _, f := range archive.Files {
		if !strings.HasSuffix(f.Name, ".eml") {
			continue
		}
		x := e.Explain(t.Context(), bytes.ReplaceAll(f.Data, []byte("\n"), []byte("\r\n")))
		x.File = f.Name
		var story bytes.Buffer
		x.Story(&story)
		for line := range strings.Lines(story.String()) {
			if n := len([]rune(strings.TrimSpace(line))); n > storyWidth && !strings.Contains(line, "://") {
				t.Errorf("%s: a line of %d runes", f.Name, n)
			}
		}
		name := strings.TrimSuffix(f.Name, ".eml") + ".txt"
		if diff := gocmp.Diff(want[name], story.String()); !*update && diff != "" {
			t.Errorf("%s (-want +got)\n%s", name, diff)
		}
		got = append(got, f, txtar.File{Name: name, Data: story.Bytes()})
	}
	if *update {
		archive.Files = got
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
