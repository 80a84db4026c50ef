package eval

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/ticket"
)

func TestBadLinesNameFileAndLine(t *testing.T) {
	good := `{"id": "1", "language": "en", "text": "hi", "intents": ["other"]}`
	for _, c := range []struct{ line, want string }{
		{`{"id": "2"`, "cases.jsonl:3: unexpected EOF"},
		{`{"id": "2", "lang": "en"}`, `cases.jsonl:3: json: unknown field "lang"`},
		{good, `cases.jsonl:3: id "1" stands in line 1 already`},
		{`{"language": "en"}`, "cases.jsonl:3: the case has no id"},
		{`{"id": "2", "text": "x"}`, "cases.jsonl:3: the case has no language"},
		{`{"id": "2", "language": "en"}`, "cases.jsonl:3: the case has no subject and no text"},
		{`{"id": "2", "language": "en", "text": "x"}`, "cases.jsonl:3: the case has no intent"},
		{`{"id": "2", "language": "en", "text": "x", "intents": ["refunds"]}`, `cases.jsonl:3: there is no intent "refunds"`},
		{`{"id": "2", "language": "en", "text": "x", "intents": ["other"], "flags": ["x"]}`, `cases.jsonl:3: there is no flag "x"`},
		{good + good, "cases.jsonl:3: more than one JSON value"},
	} {
		_, err := Read("cases.jsonl", strings.NewReader(good+"\n\n"+c.line+"\n"))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.line, err, c.want)
		}
	}
	if _, err := Read("cases.jsonl", strings.NewReader("\n")); err == nil {
		t.Error("a file without a case passes")
	}
	if _, err := Read("cases.jsonl", strings.NewReader(strings.Repeat("{\n", 50))); strings.Count(err.Error(), "\n") != 9 {
		t.Errorf("all that is wrong is told, up to ten lines: %v", err)
	}
	cases, err := Read("cases.jsonl", strings.NewReader(good))
	if err != nil || len(cases) != 1 || cases[0].Intents[0] != ticket.Other {
		t.Errorf("%v, %+v", err, cases)
	}
}

func request(i ticket.Intent, refs ...string) ticket.Request {
	return ticket.Request{Intent: i, OrderRefs: refs}
}

func TestAReferenceThatIsNotInTheMailIsInvented(t *testing.T) {
	for _, c := range []struct {
		text, ref string
		invented  bool
	}{
		{"order #1001", "1001", false},
		{"order #1001", "1002", true},
		{"سفارش ۱۰۰۱", "1001", false},
		{"order 10 01", "1001", false},
		{"my number is LO-77", "lo-77", false},
		{"", "1001", true},
	} {
		r := Judge(Case{ID: "x", Text: c.text, Intents: []ticket.Intent{ticket.OrderStatus}},
			ticket.Triage{Requests: []ticket.Request{request(ticket.OrderStatus, c.ref)}})
		if got := len(r.Invented) > 0; got != c.invented {
			t.Errorf("%q, %s: invented is %v", c.text, c.ref, got)
		}
	}
}

func TestAReportScoresEachLanguageIntentAndFlag(t *testing.T) {
	a := Judge(Case{ID: "a", Language: "en", Text: "#1 and #2", Intents: []ticket.Intent{ticket.OrderStatus, ticket.ReturnRequest},
		Refs: []string{"2", "1"}, Flags: []ticket.Flag{ticket.Abuse, ticket.Minor}},
		ticket.Triage{Engine: "openai", Language: "en", Flags: []ticket.Flag{ticket.Abuse, ticket.Media}, Requests: []ticket.Request{
			request(ticket.OrderStatus, "1"), request(ticket.OrderStatus, "2")}})
	b := Judge(Case{ID: "b", Language: "fa", Text: "x", Intents: []ticket.Intent{ticket.Other}},
		ticket.Triage{Engine: "lexicon", Language: "ar", Requests: []ticket.Request{request(ticket.StorePolicy, "9")}})
	c := Judge(Case{ID: "c", Language: "fa", Text: "x", Intents: []ticket.Intent{ticket.Other}}, ticket.Triage{})
	c.Failed = "down"
	r := Summarize("openai", "m", []Result{a, b, c})
	near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-9 })
	exported := cmp.FilterPath(func(p cmp.Path) bool {
		f, ok := p.Last().(cmp.StructField)
		return ok && f.Name()[0] >= 'a'
	}, cmp.Ignore())
	total := Score{Name: "all", Cases: 3, F1: 2.0 / 6, First: 1.0 / 3, Refs: 2.0 / 3, Language: 1.0 / 3, Invented: 1, Flags: 2,
		Recall: 0.5, Alarms: 1, Standby: 1, Failed: 1}
	if diff := cmp.Diff(total, r.Total, near, exported); diff != "" {
		t.Error(diff)
	}
	if len(r.Languages) != 2 || r.Languages[0].Name != "fa" || r.Languages[0].Recall != 1 {
		t.Errorf("%+v", r.Languages)
	}
	want := []Flag{{ticket.Media, 0, 0, 1}, {ticket.Minor, 1, 0, 0}, {ticket.Abuse, 1, 1, 0}}
	if diff := cmp.Diff(want, r.Flags); diff != "" {
		t.Error(diff)
	}
	if i := r.Intents[0]; i.Name != ticket.OrderStatus || i.F1 != 1 || i.Cases != 1 {
		t.Errorf("%+v", i)
	}
}

func TestCompareTellsBetterFromWorse(t *testing.T) {
	read := func(id string, i ticket.Intent, flags ...ticket.Flag) Result {
		return Judge(Case{ID: id, Text: "x", Intents: []ticket.Intent{ticket.OrderStatus}, Flags: []ticket.Flag{ticket.Abuse}},
			ticket.Triage{Flags: flags, Requests: []ticket.Request{request(i)}})
	}
	abuse := ticket.Abuse
	old := Summarize("lexicon", "", []Result{
		read("better", ticket.Other, abuse), read("worse", ticket.OrderStatus, abuse), read("same", ticket.OrderStatus, abuse),
		read("otherwise", ticket.Other, abuse), read("gone", ticket.Other), read("flag", ticket.OrderStatus, abuse),
	})
	now := Summarize("lexicon", "", []Result{
		read("better", ticket.OrderStatus, abuse), read("worse", ticket.Other, abuse), read("same", ticket.OrderStatus, abuse),
		read("otherwise", ticket.StorePolicy, abuse), read("new", ticket.Other), read("flag", ticket.OrderStatus),
	})
	c := Compare(old, now)
	ids := func(all []Change) (out []string) {
		for _, x := range all {
			out = append(out, x.ID)
		}
		return out
	}
	got := [][]string{ids(c.Better), ids(c.Worse), ids(c.Otherwise), c.New, c.Gone}
	want := [][]string{{"better"}, {"worse", "flag"}, {"otherwise"}, {"new"}, {"gone"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c.Before.Cases != 5 || c.After.Cases != 5 || c.After.Recall >= c.Before.Recall {
		t.Errorf("%+v, %+v: only what both have is compared", c.Before, c.After)
	}
}
