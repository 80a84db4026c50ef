package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// TestActsFromTheCommandLine: what staff do at the desk is done from the command line as well, and is written down.
func TestActsFromTheCommandLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "c.yaml")
	world := start(t, "sandbox", "--config-out", path)
	world.until(t, "writing the configuration", func() bool { return strings.Contains(world.out.String(), "config ") })
	runOnce(t, path)
	command := func(args ...string) string {
		var all bytes.Buffer
		cmd := exec.Command("replyd", append([]string{"tickets"}, append(args, "--config", path)...)...)
		cmd.Stdout, cmd.Stderr = &all, &all
		_ = cmd.Run()
		return all.String()
	}
	var page struct {
		Turns []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(command("list", "--json")), &page); err != nil || len(page.Turns) < 3 {
		t.Fatal(err, len(page.Turns))
	}
	id, spam := page.Turns[0].ID, page.Turns[1].ID
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"assign", id, "nobody-here"}, "There is nobody of that name."},
		{[]string{"assign", id, "-"}, ": 0 notes"},
		{[]string{"note", id, "called her"}, ": 1 notes"},
		{[]string{"tag", id, "VIP", "late"}, ": 1 notes, tagged vip, late"},
		{[]string{"tag", id}, ": 1 notes\n"},
		{[]string{"snooze", id}, "at least one of the flags"},
		{[]string{"snooze", id, "--for", "2000h"}, "60 days"},
		{[]string{"snooze", id, "--until", "tomorrow"}, "--until is a time like"},
		{[]string{"snooze", id, "--for", "2h"}, "is put off until"},
		{[]string{"snooze", id, "--wake"}, "is review"},
		{[]string{"spam", spam, "--version", "1"}, "at version"},
		{[]string{"spam", spam}, "is rejected"},
		{[]string{"undo", spam}, "There is no approval to take back."},
		{[]string{"approve", id, "--confirm-uncovered", "--close"}, "is approved"},
		{[]string{"undo", id}, "is review"},
	} {
		if out := command(c.args...); !strings.Contains(out, c.want) {
			t.Errorf("%v: %s", c.args, out)
		}
	}
	st, err := store.Open(filepath.Join(dir, "c-data"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	var log []audit.What
	err = st.EachEntry(func(e *audit.Entry) error {
		if audit.ByCommand(e.Who) && e.What != audit.TurnRead {
			log = append(log, e.What)
		}
		return nil
	})
	want := []audit.What{
		audit.TicketAssigned, audit.TicketNoted, audit.TicketTagged, audit.TicketTagged, audit.TurnSnoozed,
		audit.TurnSnoozed, audit.TurnRejected, audit.TurnApproved, audit.TurnUndone,
	}
	if err != nil || !slices.Equal(log, want) {
		t.Errorf("%v: %v", err, log)
	}
	turn, err := st.Turn(ticket.TurnID(spam))
	if err != nil {
		t.Fatal(err)
	}
	if k, err := st.Ticket(turn.Ticket); err != nil || k.Open || !slices.Contains(k.Tags, "spam") {
		t.Errorf("%+v %v", k, err)
	}
}
