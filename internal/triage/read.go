package triage

import (
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/ticket"
)

// Input is what is read: the subject and what the sender newly wrote.
type Input struct {
	Subject, Text string
	// Name is the sender's display name. It is searched for attempts to steer a machine and for nothing else.
	Name      string
	OrderName OrderName
}

// maxText bounds, in bytes, what is read of one mail; the rest is for people.
const maxText = 64 << 10

// Scores, in the weights of the lexicon files: see prompts/lexicon/README.md.
const (
	enough  = 5.0 // one request, when it is the best of its sentence
	second  = 6.0 // another request in the same sentence
	hint    = 3.0 // what makes the best guess when nothing is enough
	share   = 0.5 // of the best score, what a second request must reach
	further = 0.4 // of its weight that each further hit adds
	iffy    = 0.4 // of its weight that a hit in a condition keeps
	raised  = 6   // a flag
)

// reading is one mail on its way to a ticket.Triage.
type reading struct {
	text      string // subject, newline, text
	lang      *language
	sentences []sentence
	steering  []bool // sentences that try to steer a machine
	name      OrderName
	found     []candidate
}

type candidate struct {
	intent   ticket.Intent
	score    float64
	sentence int
	order    float64 // place in the mail, then score within the sentence
	refs     []string
}

// Read tells what a mail asks for by its words alone. It has no I/O and always gives at least one request.
func (lex *Lexicon) Read(in Input) ticket.Triage {
	text := clip(in.Subject, 1000) + "\n" + clip(in.Text, maxText)
	r := &reading{text: text, name: in.OrderName}
	if r.name == (OrderName{}) {
		r.name.Prefix = "#"
	}
	all := tokenize(text, 0, len(text))
	code := lex.detect(text, all)
	r.cut(len(clip(in.Subject, 1000)))
	r.choose(lex, code)
	flags := r.flags(lex, in.Name)
	out := ticket.Triage{Engine: "lexicon", Language: code, Flags: flags, Agreed: true}
	if code == "" {
		out.Language = r.lang.code
	}
	r.score()
	out.Requests = r.requests()
	out.Refs = r.allRefs()
	out.Sentiment, out.Urgent = r.mood()
	return out
}

func clip(s string, n int) string {
	if len(s) <= n {
		return strings.ToValidUTF8(s, "\ufffd")
	}
	return strings.ToValidUTF8(s[:n], "")
}

// cut splits subject and text into sentences.
func (r *reading) cut(subject int) {
	for _, s := range sentences(r.text[:subject]) {
		r.add(s, true)
	}
	for _, s := range sentences(r.text[subject:]) {
		r.add(span{s.start + subject, s.end + subject}, false)
	}
}

// Bounds of the work for one mail: looking for a phrase in a sentence takes time by the square of its length.
const (
	maxSentences = 400
	maxWords     = 120 // of a sentence; a longer one is read as several
)

func (r *reading) add(s span, subject bool) {
	tokens := tokenize(r.text, s.start, s.end)
	for len(tokens) > maxWords && len(r.sentences) < maxSentences {
		part := span{s.start, tokens[maxWords].start}
		r.sentences = append(r.sentences, sentence{span: part, tokens: tokens[:maxWords], subject: subject})
		s.start, tokens = part.end, tokens[maxWords:]
	}
	if len(r.sentences) < maxSentences {
		r.sentences = append(r.sentences, sentence{span: s, tokens: tokens, subject: subject})
	}
}

// choose reads the sentences with the lexicon of the mail's language; when that is unknown or has no lexicon,
// with the one that finds most, English first.
func (r *reading) choose(lex *Lexicon, code string) {
	for _, l := range lex.languages {
		if l.code == code {
			r.see(l)
			return
		}
	}
	var best *language
	most := -1
	for _, l := range lex.languages {
		if n := r.see(l); n > most {
			best, most = l, n
		}
	}
	r.see(best)
}

// see runs a language over all sentences and gives the weight of all that it found, order references included.
func (r *reading) see(l *language) int {
	r.lang = l
	sum, seen := 0, guesses{}
	for i := range r.sentences {
		s := &r.sentences[i]
		l.look(s, seen)
		s.refs = refReader{text: r.text, tokens: s.tokens, name: r.name, is: func(list, token int) bool {
			return slices.Contains(s.atoms[token], l.orders[list])
		}}.read()
		for _, ref := range s.refs { // "cancel #1001" says as much as "cancel my order"
			s.atoms[ref.token] = append(s.atoms[ref.token], l.vocab.exact["<order>"]...)
			sum += always * boolInt(ref.word)
		}
		l.match(s)
		for _, h := range s.hits {
			if h.phrase.target.kind == forIntent {
				sum += h.phrase.weight
			}
		}
	}
	return sum
}

// allRefs lists the references of all sentences that do not steer, each once.
func (r *reading) allRefs() []string {
	var out []string
	for i, s := range r.sentences {
		for _, ref := range s.refs {
			if !r.steering[i] && !slices.Contains(out, ref.value) {
				out = append(out, ref.value)
			}
		}
	}
	return out
}

// score gives each sentence its intents.
func (r *reading) score() {
	for i := range r.sentences {
		if r.steering[i] {
			continue
		}
		s := &r.sentences[i]
		scores := s.intents()
		if s.speaks(forElsewhere) && !s.speaks(forAddress) && r.lang.tellsAddress {
			for intent := range knowledge {
				delete(scores, intent)
			}
		}
		best := 0.0
		for _, v := range scores {
			best = max(best, v)
		}
		for _, intent := range ticket.Intents {
			v := scores[intent]
			if v < hint || v < best && (v < second || v < share*best) {
				continue
			}
			place := float64(i)
			if s.subject {
				place = 1e6 // the text says it better
			}
			r.found = append(r.found, candidate{intent: intent, score: v, sentence: i, order: place - v/1000})
		}
	}
}

// intents adds up the hits of a sentence. The heaviest phrase wins the words it took: "cancellation fee" leaves
// nothing for "cancel".
func (s *sentence) intents() map[ticket.Intent]float64 {
	var hits []hit
	for _, h := range s.hits {
		if h.phrase.target.kind == forIntent {
			hits = append(hits, h)
		}
	}
	if len(hits) == 0 {
		return nil
	}
	slices.SortStableFunc(hits, func(a, b hit) int {
		if a.phrase.weight != b.phrase.weight {
			return b.phrase.weight - a.phrase.weight
		}
		if len(a.at) != len(b.at) {
			return len(b.at) - len(a.at)
		}
		return a.width() - b.width()
	})
	owner := make([]string, len(s.tokens))
	negated, conditional := s.shadows()
	scores := map[ticket.Intent]float64{}
	for _, h := range hits {
		name := h.phrase.target.name
		fresh, contested := false, false
		for _, t := range h.at {
			fresh = fresh || owner[t] == ""
			contested = contested || owner[t] != "" && owner[t] != name
		}
		if contested || !fresh || negated[h.at[0]] && wish[ticket.Intent(name)] {
			continue
		}
		w := float64(h.phrase.weight)
		if conditional[h.at[0]] {
			w *= iffy
		}
		for _, t := range h.at {
			owner[t] = name
		}
		scores[ticket.Intent(name)] = together(scores[ticket.Intent(name)], w)
	}
	return scores
}

// together adds up what speaks for an intent. Hints stay hints, however many there are.
func together(a, b float64) float64 {
	if max(a, b) < enough {
		return max(a, b)
	}
	return max(a, b) + further*min(a, b)
}

// wish marks the intents that a negation turns into their contrary: "I do not want to cancel".
var wish = map[ticket.Intent]bool{
	ticket.OrderCancel: true, ticket.OrderChange: true, ticket.AddressChange: true, ticket.ReturnRequest: true,
	ticket.ExchangeRequest: true, ticket.HumanRequest: true,
}

// negationReach is how many words after "I do not want to" are still negated.
const negationReach = 5

// shadows marks the words that are negated and those that are in a condition, up to its comma.
func (s *sentence) shadows() (negated, conditional []bool) {
	negated, conditional = make([]bool, len(s.tokens)), make([]bool, len(s.tokens))
	for _, h := range s.hits {
		last := h.at[len(h.at)-1]
		switch h.phrase.target.kind {
		case forNegation:
			for t := last + 1; !s.comma(last) && t < min(last+1+negationReach, len(s.tokens)); t++ {
				negated[t] = true
				if s.comma(t) {
					break
				}
			}
		case forCondition:
			for t := h.at[0]; t < len(s.tokens); t++ {
				conditional[t] = true
				if s.comma(t) {
					break
				}
			}
		}
	}
	return negated, conditional
}

// comma reports whether a comma follows the token directly. Source text is not at hand here, so a gap of two
// bytes (comma and space) before the next word has to do.
func (s *sentence) comma(t int) bool {
	return t+1 < len(s.tokens) && s.tokens[t+1].start-s.tokens[t].end >= 2
}

// mood adds up what the words say about the writer's feelings.
func (r *reading) mood() (sentiment int, urgent bool) {
	low, high := 0, 0
	for i := range r.sentences {
		for _, h := range r.sentences[i].hits {
			switch h.phrase.target.kind {
			case forSentiment:
				low, high = min(low, h.phrase.weight), max(high, h.phrase.weight)
			case forUrgency:
				urgent = true
			}
		}
	}
	if low < 0 {
		return low, urgent
	}
	return high, urgent
}
