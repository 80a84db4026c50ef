package replay

import (
	"bufio"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func readAll(t *testing.T, text string) (out []Message) {
	t.Helper()
	err := mbox(t.Context(), bufio.NewReader(strings.NewReader(text)), "x", func(m Message) error {
		out = append(out, m)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestMboxGivesTheMailsAsTheyWere(t *testing.T) {
	got := readAll(t, "From ada@example.com Mon Nov 17 09:00:00 2025\nSubject: one\n\nhello\n>From here\n>>From there\n"+
		"From a line that follows no empty one\n\nFrom nobody, and without a time\n\n"+
		"From 17@xxx Tue Nov 18 10:00:00 +0100 2025\r\nSubject: two\r\n\r\nhi\r\n\r\nFrom - Wed Nov 19 10:00:00 2025\n")
	var raw []string
	for _, m := range got {
		raw = append(raw, string(m.Raw))
	}
	want := []string{
		"Subject: one\n\nhello\nFrom here\n>From there\nFrom a line that follows no empty one\n\nFrom nobody, and without a time\n\n",
		"Subject: two\r\n\r\nhi\r\n\r\n", "",
	}
	if diff := cmp.Diff(want, raw); diff != "" {
		t.Error(diff)
	}
	if got[0].Source != "x mail 1" || !got[0].Arrived.Equal(time.Date(2025, 11, 17, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("%s, %s", got[0].Source, got[0].Arrived)
	}
	if !got[1].Arrived.Equal(time.Date(2025, 11, 18, 9, 0, 0, 0, time.UTC)) {
		t.Errorf("the zone of a From line is lost: %s", got[1].Arrived)
	}
}

func TestAMailThatIsTooLargeIsCutNotKept(t *testing.T) {
	line := strings.Repeat("x", 70) + "\n"
	text := "From a Mon Nov 17 09:00:00 2025\nSubject: big\n\n" + strings.Repeat(line, (maxMail+1<<20)/len(line)) +
		"\nFrom b Mon Nov 17 09:00:00 2025\nSubject: next\n\nhi\n"
	got := readAll(t, text)
	if len(got) != 2 || len(got[0].Raw) != maxMail || !strings.Contains(string(got[1].Raw), "next") {
		t.Errorf("%d mails, the first with %d bytes", len(got), len(got[0].Raw))
	}
	if got := readAll(t, "From a Mon Nov 17 09:00:00 2025\n"+strings.Repeat("y", 3*maxLine)); len(got) != 1 || len(got[0].Raw) != 3*maxLine {
		t.Errorf("a line without an end: %d mails", len(got))
	}
}

func TestFilesWalksFoldersInOrder(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"b/2.eml": "Subject: 2\n\n", "a.eml": "Subject: a\n\n", ".hidden/x.eml": "Subject: x\n\n", ".DS_Store": "x",
		"c.mbox": "From a Mon Nov 17 09:00:00 2025\nSubject: c1\n\n\nFrom a Mon Nov 17 09:00:00 2025\nSubject: c2\n\n",
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	err := Files(t.Context(), []string{dir}, func(m Message) error {
		got = append(got, strings.TrimSpace(strings.TrimPrefix(string(m.Raw), "Subject: ")))
		return nil
	})
	if diff := cmp.Diff([]string{"a", "2", "c1", "c2"}, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if err := Files(t.Context(), []string{filepath.Join(dir, "none")}, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a path that is not there: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Files(ended, []string{dir}, func(Message) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
}

func FuzzMbox(f *testing.F) {
	f.Add("From a Mon Nov 17 09:00:00 2025\nSubject: x\n\n>From\n\nFrom b 10:00 1999\n")
	f.Fuzz(func(t *testing.T, text string) {
		total := 0
		err := mbox(t.Context(), bufio.NewReaderSize(strings.NewReader(text), 16), "x", func(m Message) error {
			total += len(m.Raw)
			return nil
		})
		if err != nil || total > len(text) {
			t.Errorf("%v: %d bytes of mail from %d", err, total, len(text))
		}
	})
}
