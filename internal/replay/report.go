package replay

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Report is the result of a replay. Its field names are stable.
type Report struct {
	Made          time.Time `json:"made"`
	Engine        string    `json:"engine"` // openai, or lexicon
	Model         string    `json:"model,omitempty"`
	Demo          bool      `json:"demo"` // facts came from the demo's shop
	Mails         int       `json:"mails"`
	Conversations int       `json:"conversations"`
	Repeated      int       `json:"repeated"`   // the same mail again, counted once
	Unfinished    int       `json:"unfinished"` // failed; the next run tries them again
	Stopped       string    `json:"stopped,omitempty"`
	From          time.Time `json:"from,omitzero"`
	To            time.Time `json:"to,omitzero"`
	Decisions     []Row     `json:"decisions"`
	Intents       []Row     `json:"intents"`
	Languages     []Row     `json:"languages"`
	Reasons       []Row     `json:"reasons"`
	Compared      Compared  `json:"compared"`
	Cost          Cost      `json:"cost"`
	Items         []*Item   `json:"items"` // oldest first
}

// Row counts mails of one kind by decision. A mail with two intents counts in both rows.
type Row struct {
	Name   string `json:"name"`
	Mails  int    `json:"mails"`
	Auto   int    `json:"auto"`
	Review int    `json:"review"`
	Hold   int    `json:"hold"`
	None   int    `json:"none"`
	// Compared of them have a draft and a person's reply in one language; Similarity is their mean.
	Compared   int     `json:"compared"`
	Similarity float64 `json:"similarity"`
}

// Compared sums up drafts beside what people sent.
type Compared struct {
	Replies    int     `json:"replies"` // mails that a person answered
	Drafts     int     `json:"drafts"`  // of them with a draft in the same language
	Mean       float64 `json:"mean_similarity"`
	Median     float64 `json:"median_similarity"`
	Histogram  [5]int  `json:"histogram"`   // 0–0.2, 0.2–0.4 … 0.8–1
	SameFacts  int     `json:"same_facts"`  // drafts that state what the person stated, no more and no less
	DraftMore  int     `json:"draft_more"`  // drafts that state something that the person did not
	DraftLess  int     `json:"draft_less"`  // drafts that lack something that the person stated
	Unanswered int     `json:"unanswered"`  // drafts of mails for which no person's reply was found
	AutoDiffer int     `json:"auto_differ"` // drafts that would have gone out by themselves, and state something else
}

// Cost is what the model took, or would take.
type Cost struct {
	Estimated   bool    `json:"estimated"` // no model was asked; tokens are counted by a rule of thumb
	Mails       int     `json:"mails"`     // that a model read, or would
	Calls       int     `json:"calls"`
	Input       int     `json:"input_tokens"`
	Cached      int     `json:"cached_tokens"`
	Output      int     `json:"output_tokens"`
	PerMail     float64 `json:"input_tokens_per_mail"`
	PrefixShare float64 `json:"prefix_share"` // of the input that came from the provider's cache, 0 … 1
	Money       float64 `json:"money"`        // in the currency of openai.prices
	PerThousand float64 `json:"money_per_1000_mails"`
}

// maxReasons bounds the table of reasons.
const maxReasons = 30

// Summarize fills the report from its items, which it sorts.
func (r *Report) Summarize(items []*Item) {
	slices.SortStableFunc(items, func(a, b *Item) int {
		return cmp.Or(a.Date.Compare(b.Date), cmp.Compare(a.Source, b.Source))
	})
	r.Items, r.Mails = items, len(items)
	tables := map[string]*tally{"decision": newTally(), "intent": newTally(), "language": newTally(), "reason": newTally()}
	threads := map[string]bool{}
	for _, i := range items {
		if i.Problem != "" {
			r.Unfinished++
		}
		threads[cmp.Or(i.Conversation, i.Key)] = true
		if !i.Date.IsZero() && (r.From.IsZero() || i.Date.Before(r.From)) {
			r.From = i.Date
		}
		if i.Date.After(r.To) {
			r.To = i.Date
		}
		tables["decision"].add(i, i.Decision)
		tables["language"].add(i, cmp.Or(i.Language, "unknown"))
		for _, n := range i.Intents {
			tables["intent"].add(i, string(n))
		}
		for _, reason := range i.Reasons {
			tables["reason"].add(i, reason)
		}
		r.Cost.add(i)
	}
	r.Conversations = len(threads)
	r.Decisions, r.Intents = tables["decision"].rows(), tables["intent"].rows()
	r.Languages, r.Reasons = tables["language"].rows(), tables["reason"].rows()
	r.Reasons = r.Reasons[:min(len(r.Reasons), maxReasons)]
	r.Cost.finish()
	r.Compared.summarize(items)
}

// tally counts items by name.
type tally struct{ by map[string]*Row }

func newTally() *tally { return &tally{map[string]*Row{}} }

func (t *tally) add(i *Item, name string) {
	row := t.by[name]
	if row == nil {
		row = &Row{Name: name}
		t.by[name] = row
	}
	row.Mails++
	switch i.Decision {
	case "auto":
		row.Auto++
	case "review":
		row.Review++
	case "hold":
		row.Hold++
	default:
		row.None++
	}
	if i.comparable() {
		row.Compared++
		row.Similarity += i.Sent.Similarity
	}
}

// rows gives the table, the most frequent first.
func (t *tally) rows() []Row {
	out := []Row{}
	for _, row := range t.by {
		if row.Compared > 0 {
			row.Similarity /= float64(row.Compared)
		}
		out = append(out, *row)
	}
	slices.SortFunc(out, func(a, b Row) int { return cmp.Or(b.Mails-a.Mails, strings.Compare(a.Name, b.Name)) })
	return out
}

// comparable: there is a draft and a person's reply, in one language.
func (i *Item) comparable() bool { return i.Draft != nil && i.Sent != nil && i.Sent.Similarity >= 0 }

// differs: draft and reply state different things.
func (i *Item) differs() bool {
	return i.comparable() && len(i.Sent.OnlyDraft)+len(i.Sent.OnlySent) > 0
}

func (c *Cost) add(i *Item) {
	u := i.Usage
	if u.Calls == 0 {
		return
	}
	c.Mails++
	c.Calls += u.Calls
	c.Input += u.Input
	c.Cached += u.Cached
	c.Output += u.Output
	c.Money += float64(u.Micros) / 1e6
}

func (c *Cost) finish() {
	if c.Mails == 0 {
		return
	}
	c.PerMail = float64(c.Input) / float64(c.Mails)
	c.PerThousand = 1000 * c.Money / float64(c.Mails)
	if c.Input > 0 {
		c.PrefixShare = float64(c.Cached) / float64(c.Input)
	}
}

func (c *Compared) summarize(items []*Item) {
	var all []float64
	for _, i := range items {
		switch {
		case i.Sent == nil:
			if i.Draft != nil {
				c.Unanswered++
			}
			continue
		case !i.comparable():
			c.Replies++
			continue
		}
		c.Replies++
		all = append(all, i.Sent.Similarity)
		c.Histogram[min(int(i.Sent.Similarity*5), 4)]++
		more, less := len(i.Sent.OnlyDraft) > 0, len(i.Sent.OnlySent) > 0
		c.SameFacts += one(!more && !less)
		c.DraftMore += one(more)
		c.DraftLess += one(less)
		c.AutoDiffer += one(i.differs() && i.Decision == "auto")
	}
	c.Drafts = len(all)
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	for _, s := range all {
		c.Mean += s / float64(len(all))
	}
	c.Median = (all[(len(all)-1)/2] + all[len(all)/2]) / 2
}

func one(yes bool) int {
	if yes {
		return 1
	}
	return 0
}
