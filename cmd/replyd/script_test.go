package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/testscript"
)

// TestScripts runs the command line as the files in testdata/script tell. They are also its documentation.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			// mistake runs a command that must end with code 2, one line on standard error and nothing else.
			"mistake": func(ts *testscript.TestScript, _ bool, args []string) {
				err := ts.Exec(args[0], args[1:]...)
				exit, ok := err.(*exec.ExitError)
				if !ok || exit.ExitCode() != 2 {
					ts.Fatalf("%v: %v, want exit code 2", args, err)
				}
				said := ts.ReadFile("stderr")
				if out := ts.ReadFile("stdout"); out != "" || strings.Count(said, "\n") != 1 {
					ts.Fatalf("%v: standard output %q, standard error %q", args, out, said)
				}
			},
		},
	})
}

// TestJSONKeepsItsFields: programs read these; a field may be added here, never renamed.
func TestJSONKeepsItsFields(t *testing.T) {
	mail := "Authentication-Results: mx.lavender-oak.example; dmarc=pass header.from=posteo.example\n" +
		"From: Maggie Doyle <maggie.doyle@posteo.example>\nTo: support@lavender-oak.example\nSubject: x\n" +
		"Message-ID: <q1@posteo.example>\n\nHello, where is my order #1001? When will it arrive?\n"
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/m.eml", []byte(mail), 0o600); err != nil {
		t.Fatal(err)
	}
	world := start(t, "sandbox", "--config-out", dir+"/c.yaml")
	world.until(t, "writing the configuration", func() bool { return strings.Contains(world.out.String(), "config ") })
	for _, tc := range []struct {
		args []string
		want string
	}{
		{[]string{"explain", "--json", dir + "/m.eml"}, `attachments auth auth.domain auth.method auth.reason auth.verdict
			cc date draft draft.subject draft.template draft.text draft.to draft.writes file from from.address from.name
			gate gate.outcome gate.reason gate.rule in_reply_to message_id ok parse parse.complete parse.problems
			references reply reply_to route route.decision route.reasons subject text to to.address to.name triage
			triage.engine triage.flags triage.language triage.requests triage.requests.confidence
			triage.requests.intent triage.requests.order_refs triage.requests.quote`},
		{[]string{"demo", "--headless", "--json"}, `calls facts_unverified languages mails outbox outbox.auto
			outbox.intent outbox.language outbox.subject outbox.to sent sent_twice states turns unaccounted wall_ms`},
		{[]string{"check", "--json", "--config", dir + "/c.yaml"}, `check detail fix ok`},
	} {
		var said bytes.Buffer
		cmd := exec.Command("replyd", tc.args...)
		cmd.Stderr = &said
		out, _ := cmd.Output() // check ends with 1 if it finds something
		var v any
		if err := json.Unmarshal(out, &v); err != nil {
			t.Fatalf("%v: %v\n%s%s", tc.args, err, out, said.String())
		}
		got := map[string]bool{}
		fields(v, "", got)
		var missing []string
		for _, name := range strings.Fields(tc.want) {
			if !got[name] {
				missing = append(missing, name)
			}
		}
		slices.Sort(missing)
		if diff := cmp.Diff([]string(nil), missing); diff != "" {
			t.Errorf("%s has lost fields:\n%s\n%s", tc.args[0], diff, out)
		}
	}
}

// fields collects the names of all fields, of objects within objects with a dot.
func fields(v any, prefix string, into map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, one := range v {
			fields(one, prefix, into)
		}
	case map[string]any:
		for name, inner := range v {
			into[prefix+name] = true
			fields(inner, prefix+name+".", into)
		}
	}
}
