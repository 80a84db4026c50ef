package triage

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/replyd/replyd/internal/ticket"
)

// Lexicon reads mails without a model: words and phrases with weights, one file for each language. It is the
// stand-by when the model cannot be had, the second reader of flags and order references when it can, and the
// brain of the demo. It is immutable and safe for concurrent use.
type Lexicon struct {
	languages []*language // with phrases, English first
	others    []*language // known by their stop-words only
	steering  *language   // what speaks to a machine, of all languages together
}

// lexiconFile is one file of prompts/lexicon. README.md there explains the phrase notation.
type lexiconFile struct {
	Language   string              `yaml:"language"`
	Stopwords  string              `yaml:"stopwords"`
	Others     map[string]string   `yaml:"others"`
	Spelling   map[string]string   `yaml:"spelling"`
	Keep       string              `yaml:"keep"`
	Classes    map[string]string   `yaml:"classes"`
	Orders     orderWords          `yaml:"orders"`
	Intents    weighted            `yaml:"intents"`
	Flags      weighted            `yaml:"flags"`
	Sentiment  map[int]phraseLines `yaml:"sentiment"`
	Urgent     phraseLines         `yaml:"urgent"`
	Negations  phraseLines         `yaml:"negations"`
	Conditions phraseLines         `yaml:"conditions"`
	Addressed  phraseLines         `yaml:"addressed"`
	Elsewhere  phraseLines         `yaml:"elsewhere"`
}

// orderWords tell an order's number from any other number.
type orderWords struct {
	Words   string `yaml:"words"`   // "order", "purchase": a number after them is an order's
	Links   string `yaml:"links"`   // "number", "no": may stand between the two
	Others  string `yaml:"others"`  // "invoice", "tracking": a number after them is something else's
	Units   string `yaml:"units"`   // "pieces", "euro": a number before them is an amount
	Numbers string `yaml:"numbers"` // "number", "no": after them an order's, when nothing says otherwise
}

type (
	phraseLines []string
	weighted    map[string]map[int]phraseLines
)

// language is one compiled file.
type language struct {
	code      string
	stopwords map[string]bool
	spelling  map[string]string
	keep      map[string]bool
	// tellsAddress: the language says "you" or "my order" to the store in words that can be listed. Persian says
	// it by the verb.
	tellsAddress bool
	orders       [5]int32 // atoms of the lists about order numbers
	vocab        *vocabulary
	phrases      []phrase
	byAtom       map[int32][]int32 // first atom of a phrase → phrases
}

// LoadLexicon reads and compiles lexicon/*.yaml of the prompts. Errors name file and line.
func LoadLexicon(files fs.FS) (*Lexicon, error) {
	names, err := fs.Glob(files, "lexicon/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("triage: lexicon: %w", err)
	}
	lex := &Lexicon{steering: newLanguage("")}
	parsed := make([]lexiconFile, len(names))
	shared := map[string]string{}
	for i, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("triage: lexicon: %w", err)
		}
		if err := yaml.UnmarshalWithOptions(data, &parsed[i], yaml.Strict()); err != nil {
			return nil, fmt.Errorf("triage: %s: %w", path.Base(name), err)
		}
		if parsed[i].Language == "" {
			maps.Copy(shared, parsed[i].Classes)
		}
	}
	for i, f := range parsed {
		classes := maps.Clone(shared)
		maps.Copy(classes, f.Classes)
		f.Classes = classes
		if err := lex.add(f); err != nil {
			return nil, fmt.Errorf("triage: %s: %w", path.Base(names[i]), err)
		}
	}
	if len(lex.languages) == 0 {
		return nil, errors.New("triage: lexicon: no language has any phrases")
	}
	lex.steering.vocab.close()
	slices.SortStableFunc(lex.languages, func(a, b *language) int {
		return boolInt(b.code == "en") - boolInt(a.code == "en")
	})
	return lex, nil
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (lex *Lexicon) add(f lexiconFile) error {
	for code, words := range f.Others {
		lex.others = append(lex.others, &language{code: code, stopwords: wordSet(words)})
	}
	slices.SortFunc(lex.others, func(a, b *language) int { return strings.Compare(a.code, b.code) })
	if f.Language == "" {
		return nil
	}
	l, err := compile(f)
	if err != nil {
		return err
	}
	lex.languages = append(lex.languages, l)
	c := compiler{lang: lex.steering, classes: f.Classes}
	c.addWeighted(target{kind: forFlag, name: steering}, f.Flags[steering])
	return c.err
}

// steering is the flag whose phrases of all languages are looked for in every mail.
const steering = string(ticket.SuspectedInjection)

func newLanguage(code string) *language {
	return &language{code: code, vocab: newVocabulary(), byAtom: map[int32][]int32{}}
}

// none is no atom: the list is empty.
const none = -1

// always is the weight of a phrase that counts by being there.
const always = 10

func compile(f lexiconFile) (*language, error) {
	l := newLanguage(f.Language)
	l.stopwords, l.keep, l.spelling = wordSet(f.Stopwords), wordSet(f.Keep), map[string]string{}
	for from, to := range f.Spelling {
		l.spelling[fold(from)] = fold(to)
	}
	c := compiler{lang: l, classes: f.Classes}
	for i, words := range []string{f.Orders.Words, f.Orders.Links, f.Orders.Others, f.Orders.Units,
		f.Orders.Numbers} {
		if l.orders[i] = none; words == "" {
			continue
		}
		single, _ := c.options("orders", strings.Join(strings.Fields(words), "|"))
		l.orders[i] = l.vocab.atom(single)
	}
	for _, name := range sortedKeys(f.Intents) {
		if !slices.Contains(ticket.Intents, ticket.Intent(name)) {
			return nil, fmt.Errorf("intents: %q is no intent", name)
		}
		c.addWeighted(target{kind: forIntent, name: name}, f.Intents[name])
	}
	for _, name := range sortedKeys(f.Flags) {
		if !slices.Contains(ticket.Flags, ticket.Flag(name)) {
			return nil, fmt.Errorf("flags: %q is no flag", name)
		}
		if name != steering {
			c.addWeighted(target{kind: forFlag, name: name}, f.Flags[name])
		}
	}
	c.addWeighted(target{kind: forSentiment}, f.Sentiment)
	c.add(target{kind: forUrgency}, always, f.Urgent)
	c.add(target{kind: forNegation}, always, f.Negations)
	c.add(target{kind: forCondition}, always, f.Conditions)
	c.add(target{kind: forAddress}, always, f.Addressed)
	c.add(target{kind: forElsewhere}, always, f.Elsewhere)
	l.tellsAddress = len(f.Addressed) > 0
	l.vocab.close()
	return l, c.err
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// wordSet splits a block of words and folds each.
func wordSet(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[fold(w)] = true
	}
	return set
}
