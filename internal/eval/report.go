package eval

import (
	"cmp"
	"slices"

	"github.com/replyd/replyd/internal/ticket"
)

// Report is the score of all cases. Its field names are stable.
type Report struct {
	Engine    string   `json:"engine"` // openai or lexicon
	Model     string   `json:"model,omitempty"`
	Total     Score    `json:"total"`
	Languages []Score  `json:"languages"`
	Intents   []Intent `json:"intents"`
	Flags     []Flag   `json:"flags"`
	Cost      Cost     `json:"cost"`
	Results   []Result `json:"results"`
}

// Score is how well a set of mails was read. All rates are 0 … 1.
type Score struct {
	Name     string  `json:"name"` // language code, or "all"
	Cases    int     `json:"cases"`
	F1       float64 `json:"intent_f1"` // micro-averaged over the intents of all mails
	First    float64 `json:"first_intent"`
	Refs     float64 `json:"refs_exact"`
	Language float64 `json:"language"`
	Invented int     `json:"invented_refs"`
	Flags    int     `json:"flags"`       // labelled
	Recall   float64 `json:"flag_recall"` // of them found; 1 where none is labelled
	Alarms   int     `json:"false_alarms"`
	Standby  int     `json:"standby"` // read by the lexicon, though a model was to
	Failed   int     `json:"failed"`  // not read at all

	hit, got, want, first, refs, language, missed int
}

// Intent is how well one intent is found.
type Intent struct {
	Name      ticket.Intent `json:"name"`
	Cases     int           `json:"cases"` // labelled so
	Precision float64       `json:"precision"`
	Recall    float64       `json:"recall"`
	F1        float64       `json:"f1"`
}

// Flag is how well one flag is found.
type Flag struct {
	Name   ticket.Flag `json:"name"`
	Cases  int         `json:"cases"` // labelled so
	Found  int         `json:"found"`
	Alarms int         `json:"false_alarms"`
}

// Cost is what the model took.
type Cost struct {
	Calls  int     `json:"calls"`
	Input  int     `json:"input_tokens"`
	Cached int     `json:"cached_tokens"`
	Output int     `json:"output_tokens"`
	Money  float64 `json:"money"` // in the currency of openai.prices
}

// Summarize scores results. engine is the one that was to read.
func Summarize(engine, model string, results []Result) *Report {
	r := &Report{Engine: engine, Model: model, Results: results}
	all := &Score{Name: "all"}
	languages := map[string]*Score{}
	for i := range results {
		x := &results[i]
		if languages[x.Language] == nil {
			languages[x.Language] = &Score{Name: x.Language}
		}
		for _, s := range []*Score{all, languages[x.Language]} {
			s.add(x, engine)
		}
		r.Cost.Calls += x.Usage.Calls
		r.Cost.Input += x.Usage.Input
		r.Cost.Cached += x.Usage.Cached
		r.Cost.Output += x.Usage.Output
		r.Cost.Money += float64(x.Usage.Micros) / 1e6
	}
	all.finish()
	r.Total = *all
	for _, s := range languages {
		s.finish()
		r.Languages = append(r.Languages, *s)
	}
	slices.SortFunc(r.Languages, func(a, b Score) int { return cmp.Or(b.Cases-a.Cases, cmp.Compare(a.Name, b.Name)) })
	r.Intents, r.Flags = intents(results), flags(results)
	return r
}

func (s *Score) add(x *Result, engine string) {
	s.Cases++
	s.want += len(x.Want)
	s.got += len(x.Got)
	for _, i := range x.Got {
		s.hit += one(slices.Contains(x.Want, i))
	}
	s.first += one(x.First())
	s.refs += one(x.Exact())
	s.language += one(x.Read == x.Language)
	s.Invented += len(x.Invented)
	s.Flags += len(x.Found) + len(x.Missed)
	s.missed += len(x.Missed)
	s.Alarms += len(x.False)
	s.Failed += one(x.Failed != "")
	s.Standby += one(x.Failed == "" && x.Engine != engine)
}

func (s *Score) finish() {
	n := float64(max(1, s.Cases))
	s.F1, s.First = f1(s.hit, s.got, s.want), float64(s.first)/n
	s.Refs, s.Language = float64(s.refs)/n, float64(s.language)/n
	if s.Recall = 1; s.Flags > 0 {
		s.Recall = float64(s.Flags-s.missed) / float64(s.Flags)
	}
}

// intents scores each intent that was labelled or read.
func intents(results []Result) []Intent {
	out := []Intent{}
	for _, name := range ticket.Intents {
		hit, got, want := 0, 0, 0
		for _, x := range results {
			isWanted, isGot := slices.Contains(x.Want, name), slices.Contains(x.Got, name)
			want += one(isWanted)
			got += one(isGot)
			hit += one(isWanted && isGot)
		}
		if want+got > 0 {
			out = append(out, Intent{name, want, rate(hit, got), rate(hit, want), f1(hit, got, want)})
		}
	}
	return out
}

func flags(results []Result) []Flag {
	out := []Flag{}
	for _, name := range ticket.Flags {
		f := Flag{Name: name}
		for _, x := range results {
			f.Found += one(slices.Contains(x.Found, name))
			f.Cases += one(slices.Contains(x.Found, name) || slices.Contains(x.Missed, name))
			f.Alarms += one(slices.Contains(x.False, name))
		}
		if f.Cases+f.Alarms > 0 {
			out = append(out, f)
		}
	}
	return out
}

func rate(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// Change is a case that is read otherwise than before.
type Change struct {
	ID     string  `json:"id"`
	Before *Result `json:"before"`
	After  *Result `json:"after"`
}

// Comparison is what changed between two reports.
type Comparison struct {
	Better    []Change `json:"better"`
	Worse     []Change `json:"worse"`
	Otherwise []Change `json:"otherwise"` // other mistakes, no fewer and no more
	New       []string `json:"new"`       // ids of cases that were not in the old report
	Gone      []string `json:"gone"`
	Before    Score    `json:"before"`
	After     Score    `json:"after"`
}

// Compare tells what changed, over the cases that both reports have.
func Compare(old, now *Report) Comparison {
	c := Comparison{Better: []Change{}, Worse: []Change{}, Otherwise: []Change{}, New: []string{}, Gone: []string{}}
	before := map[string]*Result{}
	for i := range old.Results {
		before[old.Results[i].ID] = &old.Results[i]
	}
	var a, b []Result
	for i := range now.Results {
		x := &now.Results[i]
		o := before[x.ID]
		if o == nil {
			c.New = append(c.New, x.ID)
			continue
		}
		delete(before, x.ID)
		a, b = append(a, *o), append(b, *x)
		switch change := (Change{x.ID, o, x}); {
		case x.mistakes() < o.mistakes():
			c.Better = append(c.Better, change)
		case x.mistakes() > o.mistakes():
			c.Worse = append(c.Worse, change)
		case !x.same(o):
			c.Otherwise = append(c.Otherwise, change)
		}
	}
	for i := range old.Results {
		if id := old.Results[i].ID; before[id] != nil {
			c.Gone = append(c.Gone, id)
		}
	}
	c.Before, c.After = Summarize(old.Engine, old.Model, a).Total, Summarize(now.Engine, now.Model, b).Total
	return c
}

// mistakes weighs what is wrong with a reading: an invented reference counts most, as it names another's order,
// then a missed flag, which a person had to see.
func (r *Result) mistakes() float64 {
	m := 1 - r.F1 + 10*float64(len(r.Invented)) + 3*float64(len(r.Missed)) + float64(len(r.False))
	m += 2*float64(one(!r.Exact())) + 0.5*float64(one(!r.First())) + 0.5*float64(one(r.Read != r.Language))
	return m + float64(one(r.Failed != ""))
}

func (r *Result) same(o *Result) bool {
	return slices.Equal(r.Got, o.Got) && slices.Equal(r.GotRefs, o.GotRefs) && slices.Equal(r.Missed, o.Missed) &&
		slices.Equal(r.False, o.False) && r.Read == o.Read
}
