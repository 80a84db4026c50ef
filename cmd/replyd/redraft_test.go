package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// TestAnotherDraftFromTheCommandLine: what is asked for while no daemon runs is written by the next one.
func TestAnotherDraftFromTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	world := start(t, "sandbox", "--config-out", path)
	world.until(t, "writing the configuration", func() bool { return strings.Contains(world.out.String(), "config ") })
	runOnce(t, path)
	command := func(args ...string) (string, string, error) {
		var out, said bytes.Buffer
		cmd := exec.Command("replyd", append([]string{"tickets"}, append(args, "--config", path)...)...)
		cmd.Stdout, cmd.Stderr = &out, &said
		err := cmd.Run()
		return out.String(), said.String(), err
	}
	list, said, err := command("list", "--json")
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	var page struct {
		Turns []struct{ ID, View, Language string }
	}
	if err := json.Unmarshal([]byte(list), &page); err != nil || len(page.Turns) == 0 {
		t.Fatalf("%v: %s%s", err, list, said)
	}
	id := ""
	for _, turn := range page.Turns {
		if turn.Language == "en" {
			id = turn.ID
			break
		}
	}
	if _, said, err = command("redraft", id); err == nil || !strings.Contains(said, `--say "shorter"`) {
		t.Errorf("without an instruction: %v %s", err, said)
	}
	if _, said, err = command("redraft", id, "--say", "x", "--language", "tlh"); err == nil || !strings.Contains(said, "language is en, fa, de, fr or es") {
		t.Errorf("in Klingon: %v %s", err, said)
	}
	if _, said, err = command("redraft", id, "--say", "x", "--version", "1"); err == nil || !strings.Contains(said, "at version") {
		t.Errorf("an old version: %v %s", err, said)
	}
	out, said, err := command("redraft", id, "--say", "apologise, and shorter")
	if err != nil || !strings.Contains(out, "another draft of "+id+" is being written") {
		t.Fatalf("%v: %s%s", err, out, said)
	}
	if out, err := exec.Command("replyd", "run", "--config", path, "--once").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if out, said, err = command("show", id); err != nil || !strings.Contains(out, "We apologise for the trouble.") ||
		!strings.Contains(out, ": review") {
		t.Errorf("%v: %s%s", err, out, said)
	}
	st, err := store.Open(filepath.Join(dir, "c-data"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	turn, err := st.Turn(ticket.TurnID(id))
	if err != nil || len(turn.Instructions) != 1 || !strings.HasPrefix(turn.Instructions[0].By, "cli:") {
		t.Errorf("%v: %+v", err, turn.Instructions)
	}
}
