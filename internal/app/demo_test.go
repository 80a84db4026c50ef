package app

import (
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
)

// TestTheDemoEndsAsItsScenarioSays plays the whole demo and compares every mail with want.yaml.
func TestTheDemoEndsAsItsScenarioSays(t *testing.T) {
	t.Parallel()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	scenario := sandbox.Demo()
	inbox, err := d.World().FolderMessages(sandbox.FolderInbox)
	if err != nil {
		t.Fatal(err)
	}
	turns := turnsOfMails(t, d.App, scenario, inbox)
	for _, m := range scenario.Mails {
		t.Run(m.Name, func(t *testing.T) {
			turn, want := turns[m.Name], scenario.Want[m.Name]
			switch {
			case turn == nil:
				t.Fatal("no turn holds this mail")
			case want.Joins != "" && turn.ID != turns[want.Joins].ID:
				t.Errorf("it joins %s, not the turn of %s", turn.ID, want.Joins)
			case want.State == ticket.Ignored: // known already: it has no turn of its own
				if turn.Mails[0].Subject == "" || nameOf(turns, turn.ID) == m.Name {
					t.Errorf("a mail that was known has the turn %s", turn.ID)
				}
				return
			}
			if want.Joins != "" {
				want.State = scenario.Want[want.Joins].State
			}
			if want.Gate == "" { // not the point of this mail
				want.Gate = turn.Gate.Outcome
			}
			if diff := gocmp.Diff(wanted(want), outcomeOf(turn)); diff != "" {
				t.Errorf("%s\n(-wanted +came)\n%s%s", want.Why, diff, history(turn))
			}
		})
	}
	if err := d.Act(t.Context()); err != nil {
		t.Fatal(err)
	}
	checkSummary(t, d)
	checkStates(t, d)
}

// checkSummary: the promises hold, counted anew from the store and from the outside.
func checkSummary(t *testing.T, d *Demo) {
	t.Helper()
	s, err := d.Summary()
	if err != nil {
		t.Fatal(err)
	}
	if s.Mails < 40 || s.Unaccounted != 0 || s.SentTwice != 0 || s.FactsUnverified != 0 {
		t.Errorf("%d mails, %d unaccounted, %d sent twice, %d facts unverified", s.Mails, s.Unaccounted,
			s.SentTwice, s.FactsUnverified)
	}
	for _, language := range []string{"en", "fa", "de", "fr", "es"} {
		if s.Languages[language] == 0 {
			t.Errorf("no mail in %s", language)
		}
	}
	if s.Sent != len(s.Outbox) || s.Sent < 15 {
		t.Errorf("%d sent, %d in the outbox", s.Sent, len(s.Outbox))
	}
}

// checkStates: the demo shows every state that a turn can have.
func checkStates(t *testing.T, d *Demo) {
	t.Helper()
	reached := map[ticket.State]bool{}
	err := d.store.EachTurn(func(turn *ticket.Turn) error {
		for _, e := range turn.History {
			reached[e.To] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range ticket.States {
		if !reached[s] {
			t.Errorf("no turn was ever %s", s)
		}
	}
}

// outcome is what Want speaks of, in a form that compares.
type outcome struct {
	State                         ticket.State
	Auto                          bool
	Gate                          ticket.Outcome
	Language, Intents, FlagsFound string
}

func wanted(w sandbox.Want) outcome {
	return outcome{State: w.State, Auto: w.Auto, Gate: w.Gate, Language: w.Language,
		Intents: sorted(w.Intents), FlagsFound: sorted(w.Flags)}
}

func outcomeOf(t *ticket.Turn) outcome {
	out := outcome{State: t.State, Gate: t.Gate.Outcome, Auto: t.Auto() && t.Receipt != nil}
	if t.Triage != nil {
		out.Language, out.FlagsFound = t.Triage.Language, sorted(t.Triage.Flags)
		var intents []ticket.Intent
		for _, r := range t.Triage.Requests {
			intents = append(intents, r.Intent)
		}
		out.Intents = sorted(slices.Compact(intents))
	}
	return out
}

func sorted[T ~string](list []T) string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ",")
}

// turnsOfMails finds the turn of every mail of a scenario by its bytes in the inbox.
func turnsOfMails(t *testing.T, a *App, s *sandbox.Scenario, inbox [][]byte) map[string]*ticket.Turn {
	t.Helper()
	if len(inbox) < len(s.Mails) {
		t.Fatalf("%d mails in the inbox", len(inbox))
	}
	out := map[string]*ticket.Turn{}
	for i, m := range s.Mails {
		key := mail.Key("support", mail.Parse(inbox[i], mail.DefaultLimits), inbox[i])
		id, ok, err := a.store.Seen(key)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			continue
		}
		if out[m.Name], err = a.store.Turn(id); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// nameOf is the first mail, by name, of a turn.
func nameOf(turns map[string]*ticket.Turn, id ticket.TurnID) string {
	var names []string
	for name, turn := range turns {
		if turn.ID == id {
			names = append(names, name)
		}
	}
	return slices.Min(names)
}

// history is a turn's story, for a failing test.
func history(t *ticket.Turn) string {
	var b strings.Builder
	for _, e := range t.History {
		fmt.Fprintf(&b, "  %-9s → %-10s %s\n", e.By, e.To, e.What)
	}
	return b.String()
}
