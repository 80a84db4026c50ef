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

// lines gives the lines of a file of testdata, cut at the first space; those with # are remarks.
func lines(t testing.TB, name string) (out [][2]string) {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		mark, text, _ := strings.Cut(strings.TrimSpace(line), " ")
		if mark != "#" {
			out = append(out, [2]string{mark, text})
		}
	}
	return out
}

// wishFloor is the least share of short wishes whose first request is read right.
const wishFloor = 0.95

func TestShortWishesAreUnderstood(t *testing.T) {
	lex, right := lexicon(t), 0
	wishes := lines(t, "wishes.txt")
	for _, w := range wishes {
		got := lex.Read(Input{Text: w[1]}).Requests[0].Intent
		if string(got) == w[0] {
			right++
		} else {
			t.Logf("%q: %s, want %s", w[1], got, w[0])
		}
	}
	if share := float64(right) / float64(len(wishes)); share < wishFloor {
		t.Errorf("%d of %d wishes are read right, under %.2f", right, len(wishes), wishFloor)
	}
}

// sure is the confidence from which on a request may be answered without a person.
const sure = 0.7

func TestWhatIsAskedOfTheWorldIsNotTheStores(t *testing.T) {
	lex := lexicon(t)
	for _, q := range lines(t, "outside.txt") {
		for _, r := range lex.Read(Input{Text: q[1]}).Requests {
			if knowledge[r.Intent] && r.Confidence >= sure {
				t.Errorf("%s %q: %s, %.2f", q[0], q[1], r.Intent, r.Confidence)
			}
		}
	}
}
