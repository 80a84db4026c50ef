package main

import (
	"bytes"
	"encoding/json"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/imap/imaptest"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// patient is the mail that is tried again for longer than a test should take.
const patient = "46-ivan-shopify-breaks"

// TestTwoProcesses runs the sandbox and the daemon as an operator would, in processes of their own that know each
// other by the configuration file alone. The mails end as the scenario says.
func TestTwoProcesses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	archive, scenario := demoScenario(t)
	story, path := filepath.Join(dir, "story.txtar"), filepath.Join(dir, "c.yaml")
	if err := os.WriteFile(story, archive, 0o600); err != nil {
		t.Fatal(err)
	}
	world := start(t, "sandbox", "--config-out", path, "--scenario", story)
	world.until(t, "writing the configuration", func() bool { return strings.Contains(world.out.String(), "config ") })
	runOnce(t, path)
	checkOutcome(t, filepath.Join(dir, "c-data"), scenario)
	if code := world.stop(t); code != 0 {
		t.Errorf("the sandbox ends with %d:\n%s", code, world.log.String())
	}
}

// TestARealMailServer gives the same mails to a Dovecot. Whatever a real server does differently must not show.
func TestARealMailServer(t *testing.T) {
	t.Parallel()
	_, scenario := demoScenario(t)
	d := imaptest.StartDovecot(t)
	w, err := sandbox.Start(scenario, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	dir := t.TempDir()
	c, err := app.StandaloneConfig(w, filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	box := &c.IMAP[0]
	box.Addr, box.Password, box.SentFolder = d.Plain, config.Secret(imaptest.Password), "" // it says which is Sent
	for from, to := range map[string]string{sandbox.FolderInbox: "INBOX", sandbox.FolderSent: "Post"} {
		mails, err := w.FolderMessages(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, raw := range mails {
			m, err := mail.ReadMessage(bytes.NewReader(raw))
			if err != nil {
				t.Fatal(err)
			}
			at, err := m.Header.Date()
			if err != nil {
				t.Fatal(err)
			}
			d.Put(t, box.User, to, string(raw), at)
		}
	}
	path := filepath.Join(dir, "c.yaml")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	runOnce(t, path)
	checkOutcome(t, c.Data, scenario)
	if n := w.Calls()[sandbox.IMAP]; n != 0 {
		t.Errorf("the sandbox's own mailbox was asked %d times", n)
	}
}

// demoScenario is the demo's without the mail that takes too long.
func demoScenario(t *testing.T) ([]byte, *sandbox.Scenario) {
	t.Helper()
	a, err := txtar.ParseFile("../../internal/sandbox/scenarios/demo.txtar")
	if err != nil {
		t.Fatal(err)
	}
	entry := regexp.MustCompile(`(?m)^` + patient + `:\n(  .*\n)*`)
	var files []txtar.File
	for _, f := range a.Files {
		switch f.Name {
		case "mails/" + patient + ".eml":
			continue
		case "want.yaml":
			f.Data = entry.ReplaceAll(f.Data, nil)
		}
		files = append(files, f)
	}
	a.Files = files
	text := txtar.Format(a)
	s, err := sandbox.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	return text, s
}

// runOnce answers what lies in the inbox, in a process of its own, and checks its summary.
func runOnce(t *testing.T, path string) {
	t.Helper()
	p := start(t, "run", "--config", path, "--once", "--json")
	p.until(t, "answering", func() bool {
		select {
		case <-p.exited:
			return true
		default:
			return false
		}
	})
	var s app.Summary
	if err := json.Unmarshal([]byte(p.out.String()), &s); err != nil || p.cmd.ProcessState.ExitCode() != 0 {
		t.Fatalf("exit %d, %v\n%s\n%s", p.cmd.ProcessState.ExitCode(), err, p.out.String(), p.log.String())
	}
	if s.Mails < 50 || s.SentTwice+s.Unaccounted+s.FactsUnverified != 0 {
		t.Errorf("%+v", s)
	}
}

// end is where a mail came to rest.
type end struct {
	State ticket.State
	Auto  bool
}

// checkOutcome compares the stored turns with the scenario, by Message-ID.
func checkOutcome(t *testing.T, data string, s *sandbox.Scenario) {
	t.Helper()
	st, err := store.Open(data, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	got := map[string]end{}
	err = st.EachTurn(func(turn *ticket.Turn) error {
		for _, m := range turn.Mails {
			got[m.MessageID] = end{turn.State, turn.Auto() && turn.Receipt != nil}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]end{}
	for _, m := range s.Mails {
		w := s.Want[m.Name]
		if w.Joins != "" {
			w = s.Want[w.Joins]
		}
		if w.State != ticket.Ignored { // the same mail again
			want[idOf(t, m)] = end{w.State, w.Auto}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-wanted +came)\n%s", diff)
	}
}

func idOf(t *testing.T, m sandbox.Mail) string {
	t.Helper()
	line := regexp.MustCompile(`(?mi)^Message-ID:\s*(<[^>]*>)`).FindSubmatch(m.Bytes(time.Now()))
	if line == nil {
		t.Fatalf("%s has no Message-ID", m.Name)
	}
	return string(line[1])
}
