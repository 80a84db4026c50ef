package sandbox

import (
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

func TestLoadNamesFileAndLine(t *testing.T) {
	for name, c := range map[string]struct{ old, new, want string }{
		"unknown section": {"-- faults.yaml --", "-- fault.yaml --", `"fault.yaml" is none of`},
		"JSON syntax":     {`"firstName": "Ben",`, `"firstName": "Ben"`, "(shop.json:8)"},
		"unknown key":     {`"customers": [`, `"clients": [`, "clients"},
		"unknown customer": {`"email": "anna@posteo.example", "createdAt"`,
			`"email": "nobody@web.example", "createdAt"`,
			`order #1001: there is no customer "nobody@web.example"`},
		"placeholder":     {"Date: {{ago 3h}}", "Date: {{ago three hours}}", "(mails/01-anna.eml:1)"},
		"state":           {"state: done", "state: finished", `(want.yaml:1): 01-anna: "finished" is not a state`},
		"intent":          {"[order_status]", "[order_state]", `"order_state" is not an intent`},
		"unknown mail":    {"01-anna: {", "02-anna: {", "01-anna"},
		"unknown want":    {"auto: true", "automatic: true", "(want.yaml:1)"},
		"fault":           {"kind: rate_limited", "kind: bounces", `service "openai" cannot fail as "bounces"`},
		"no shop":         {"-- shop.json --", "-- want.yaml --", "want.yaml"},
		"amount":          {`"discountedTotalSet": "39.00"`, `"discountedTotalSet": "39.005"`, "order #1002"},
		"mail name":       {"mails/01-anna.eml", "mails/anna.eml", "mails/NN-name.eml"},
		"duplicate order": {`"name": "#1003"`, `"name": "#1002"`, `"#1002" is missing or comes twice`},
	} {
		text := strings.Replace(smallScenario, c.old, c.new, 1)
		if text == smallScenario {
			t.Fatalf("%s: nothing was replaced", name)
		}
		_, err := Load([]byte(text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "line ") {
			t.Errorf("%s: error %v does not say %q", name, err, c.want)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 30, 0, 0, time.UTC)
	for in, want := range map[string]string{
		"{{ago 3h}}":       "Sun, 22 Nov 2026 06:30:00 +0000",
		"{{ago 2d4h30m}}":  "Fri, 20 Nov 2026 05:00:00 +0000",
		"{{ago -1d}}":      "Mon, 23 Nov 2026 09:30:00 +0000",
		"{{day -5}}":       "2026-11-17",
		"{{day -5 long}}":  "17 November",
		"{{day 1}} x {{}}": "",
		"{{ago soon}}":     "",
		"{{day}}":          "",
		"{ {ago 3h} }":     "{ {ago 3h} }",
	} {
		got, err := resolve(in, now, mailDate)
		if got != want || (err != nil) != (want == "") {
			t.Errorf("%s: %q %v, want %q", in, got, err, want)
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(smallScenario))
	f.Add(demo)
	f.Fuzz(func(t *testing.T, archive []byte) {
		s, err := Load(archive)
		if (s == nil) == (err == nil) {
			t.Fatal("either a scenario or an error")
		}
	})
}

// TestDemoCoversEverything: what the demo is there to show does occur in it.
func TestDemoCoversEverything(t *testing.T) {
	s := Demo()
	intents, flags, states := map[ticket.Intent]int{}, map[ticket.Flag]int{}, map[ticket.State]int{}
	languages := map[string]int{}
	for _, m := range s.Mails {
		w := s.Want[m.Name]
		states[w.State]++
		languages[w.Language]++
		for _, i := range w.Intents {
			intents[i]++
		}
		for _, f := range w.Flags {
			flags[f]++
		}
	}
	for _, i := range ticket.Intents {
		if intents[i] == 0 {
			t.Errorf("no mail asks for %s", i)
		}
	}
	for _, f := range []ticket.Flag{ticket.LegalThreat, ticket.Chargeback, ticket.Minor,
		ticket.SuspectedInjection} {
		if flags[f] == 0 {
			t.Errorf("no mail raises %s", f)
		}
	}
	for _, st := range []ticket.State{ticket.Done, ticket.Review, ticket.Recorded, ticket.Ignored,
		ticket.Superseded} {
		if states[st] == 0 {
			t.Errorf("no mail ends as %s", st)
		}
	}
	for _, l := range []string{"en", "fa", "de", "fr", "es"} {
		if languages[l] < 3 {
			t.Errorf("%d mails in %q", languages[l], l)
		}
	}
}
