package triage

import (
	"bufio"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

// labelled is a mail with what it asks for, in the opinion of the people who wrote it.
type labelled struct {
	ID       string          `json:"id"`
	Language string          `json:"language"`
	Subject  string          `json:"subject"`
	Text     string          `json:"text"`
	Intents  []ticket.Intent `json:"intents"`
	Refs     []string        `json:"order_refs"`
	Flags    []ticket.Flag   `json:"flags"`
}

func cases(t testing.TB) []labelled {
	t.Helper()
	f, err := os.Open("testdata/cases.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []labelled
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var c labelled
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		out = append(out, c)
	}
	return out
}

func lexicon(t testing.TB) *Lexicon {
	t.Helper()
	lex, err := LoadLexicon(prompts.FS(""))
	if err != nil {
		t.Fatal(err)
	}
	return lex
}

// floor is the least F1 of the lexicon's intents over the labelled mails of each language.
const floor = 0.90

func TestLexiconReadsTheLabelledMails(t *testing.T) {
	lex := lexicon(t)
	type sum struct{ hit, got, want, mails int }
	languages := map[string]*sum{}
	for _, c := range cases(t) {
		got := lex.Read(Input{Subject: c.Subject, Text: c.Text})
		s := languages[c.Language]
		if s == nil {
			s = &sum{}
			languages[c.Language] = s
		}
		var intents []ticket.Intent
		var refs []string
		for _, r := range got.Requests {
			intents = append(intents, r.Intent)
			refs = append(refs, r.OrderRefs...)
			if !strings.Contains(squash(c.Subject+"\n"+c.Text), squash(r.Quote)) || r.Quote == "" {
				t.Errorf("%s: quote %q is not in the mail", c.ID, r.Quote)
			}
		}
		s.mails++
		s.got += len(intents)
		s.want += len(c.Intents)
		for _, i := range c.Intents {
			if slices.Contains(intents, i) {
				s.hit++
			}
		}
		if !sameSet(intents2strings(intents), intents2strings(c.Intents)) {
			t.Logf("%s: %v, want %v: %s", c.ID, intents, c.Intents, c.Text)
		}
		if !sameSet(refs, c.Refs) && !sameSet(got.Refs, c.Refs) {
			t.Errorf("%s: order references %v, want %v: %s", c.ID, refs, c.Refs, c.Text)
		}
		if !slices.Equal(got.Flags, c.Flags) && len(got.Flags)+len(c.Flags) > 0 {
			t.Errorf("%s: flags %v, want %v: %s", c.ID, got.Flags, c.Flags, c.Text)
		}
		if got.Language != c.Language {
			t.Errorf("%s: language %s: %s", c.ID, got.Language, c.Text)
		}
	}
	for _, code := range sortedKeys(languages) {
		s := languages[code]
		f1 := 2 * float64(s.hit) / float64(s.got+s.want)
		t.Logf("%s: F1 %.3f over %d mails", code, f1, s.mails)
		if f1 < floor {
			t.Errorf("%s: F1 %.3f is under %.2f", code, f1, floor)
		}
	}
}

func intents2strings(list []ticket.Intent) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = string(v)
	}
	return out
}

func squash(s string) string { return strings.Join(strings.Fields(s), "") }
