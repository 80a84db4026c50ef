package config_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
)

// loaded gives the example with more keys.
func loaded(t *testing.T, more string) *config.Config {
	t.Helper()
	text := strings.Replace(string(config.Example), "#mode: approval\n", more, 1)
	c, err := config.Load(write(t, text), secretsByEnv)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestTheFileWinsOverTheDesk(t *testing.T) {
	c := loaded(t, "mode: shadow\nintents:\n  refund_status: approval\n")
	got, err := c.With(map[string]string{
		"mode": "auto", "intents.refund_status": "auto", "intents.product_question": "auto", "limits.per_ticket": "7",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Mode != config.Shadow || got.Intents["refund_status"] != config.Approval {
		t.Errorf("the file lost: %s, %v", got.Mode, got.Intents)
	}
	if got.Intents["product_question"] != config.Auto || got.Limits.PerTicket != 7 {
		t.Errorf("the desk was not heard: %v, %+v", got.Intents, got.Limits)
	}
	if c.Limits.PerTicket != 3 || c.Intents["product_question"] != "" {
		t.Error("the configuration itself changed")
	}
	given := map[string]bool{}
	for _, s := range c.Settings() {
		given[s.Key] = s.Given
	}
	if !given["mode"] || !given["intents.refund_status"] || given["intents.order_status"] || given["limits.per_ticket"] {
		t.Errorf("given: %v", given)
	}
}

func TestAKeyWithoutAValueIsOpen(t *testing.T) {
	if c := loaded(t, "mode:\n"); c.Given["mode"] {
		t.Error("a key with nothing behind it counts as set")
	}
}

func TestTheDeskCannotSetWhatTheFileCouldNot(t *testing.T) {
	c := loaded(t, "")
	for name, values := range map[string]map[string]string{
		"no mode":               {"mode": "always"},
		"no intent":             {"intents.poetry": "auto"},
		"what needs a person":   {"intents.order_cancel": "auto"},
		"no address":            {"store.own_addresses": "nobody"},
		"no number":             {"limits.per_ticket": "many"},
		"no limit":              {"limits.hourly_total": "0"},
		"a key that is closed":  {"sendgrid.key": "SG.mine"},
		"a path to nothing":     {"limits": "3"},
		"no time":               {"desk.answer_within.other": "soon"},
		"a time that is over":   {"desk.answer_within.other": "-4h"},
		"no hours":              {"desk.hours": "Mon-Fri 9 to 5"},
		"hours that overlap":    {"desk.hours": "Mon-Fri 9-17\nFri 16-20"},
		"no day":                {"desk.closed": "Christmas"},
		"a burst without end":   {"quiet_time": "3h"},
		"a rule without an end": {"store.rules": strings.Repeat("x", 1000)},
	} {
		if _, err := c.With(values); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func TestEverySettingExplainsItselfAndTakesItsOwnValue(t *testing.T) {
	c := loaded(t, "")
	values := map[string]string{}
	for _, s := range c.Settings() {
		if s.Doc == "" && !strings.HasPrefix(s.Key, "intents.") {
			t.Errorf("%s has no comment", s.Key)
		}
		values[s.Key] = s.Value
	}
	got, err := c.With(values)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got.Settings() {
		if want := c.Settings()[i].Value; s.Value != want {
			t.Errorf("%s: %q, want %q", s.Key, s.Value, want)
		}
	}
}

// TestTheDeskTellsTheKeyThatIsWrong: its page shows the error at the field, and of a list at the line.
func TestTheDeskTellsTheKeyThatIsWrong(t *testing.T) {
	c := loaded(t, "")
	_, err := c.With(map[string]string{"mode": "always", "desk.hours": "Mon 9-17\nTue noon", "limits.max_age": "0s",
		"limits.per_ticket": "many"})
	var wrong config.Errors
	if !errors.As(err, &wrong) {
		t.Fatal(err)
	}
	var keys []string
	for _, e := range wrong {
		keys = append(keys, e.Key)
	}
	if want := []string{"desk.hours[1]", "limits.max_age", "limits.per_ticket", "mode"}; !slices.Equal(keys, want) {
		t.Errorf("%q, want %q", keys, want)
	}
}

func TestDurationsAreTypedAsPeopleDo(t *testing.T) {
	text := strings.NewReplacer("#order: 8h", "order: 1d12h", "#hours: []", `hours: ["Mon-Fri 09:00-17:00"]`,
		"#closed: []", `closed: ["12-25"]`).Replace(string(config.Example))
	c, err := config.Load(write(t, text), secretsByEnv)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.With(map[string]string{"desk.answer_within.other": "2d", "desk.answer_within.flagged": "1 h 30 m"})
	if err != nil {
		t.Fatal(err)
	}
	w := got.Desk.AnswerWithin
	if w.Other != 48*time.Hour || w.Order != 36*time.Hour || w.Flagged != 90*time.Minute {
		t.Errorf("%+v", w)
	}
	for _, s := range got.Settings() {
		if s.Key == "desk.answer_within.flagged" && s.Value != "1h30m" {
			t.Errorf("shown as %q", s.Value)
		}
	}
	if s := got.Schedule(); s.Week.Total() != 40*time.Hour || len(s.Closed) != 1 || s.Zone.String() != "Europe/Berlin" {
		t.Errorf("%+v", s)
	}
}
