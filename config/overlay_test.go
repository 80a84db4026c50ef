package config_test

import (
	"strings"
	"testing"

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
