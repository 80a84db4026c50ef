package lookup

import (
	"cmp"
	"math"
	"slices"
)

// The usual constants of Okapi BM25 (Robertson and Zaragoza 2009, section 3.2): how fast a repeated word
// stops to count, and how much long texts are held back.
const (
	saturation = 1.2
	lengthness = 0.75
)

// index ranks short texts by the words of a question.
type index struct {
	docs []map[string]int // how often a document has a word
	size []int            // words of a document
	in   map[string]int   // how many documents have a word
	mean float64          // words of an average document
}

// hit is one document that shares words with a question.
type hit struct {
	doc   int
	score float64
	words int // how many different words of the question it has
}

func newIndex(docs [][]string) *index {
	x := &index{in: map[string]int{}}
	total := 0
	for _, d := range docs {
		count := map[string]int{}
		for _, w := range d {
			count[w]++
		}
		for w := range count {
			x.in[w]++
		}
		x.docs, x.size = append(x.docs, count), append(x.size, len(d))
		total += len(d)
	}
	x.mean = float64(total) / math.Max(1, float64(len(docs)))
	return x
}

// search gives the documents that have at least one word of the question, best first.
func (x *index) search(question []string) []hit {
	question = distinct(question, 200)
	var out []hit
	for d, count := range x.docs {
		h := hit{doc: d}
		for _, w := range question {
			n := float64(count[w])
			if n == 0 {
				continue
			}
			h.words++
			have, all := float64(x.in[w]), float64(len(x.docs))
			rare := math.Log(1 + (all-have+0.5)/(have+0.5))
			long := 1 - lengthness + lengthness*float64(x.size[d])/x.mean
			h.score += rare * n * (saturation + 1) / (n + saturation*long)
		}
		if h.words > 0 {
			out = append(out, h)
		}
	}
	slices.SortStableFunc(out, func(a, b hit) int { return cmp.Compare(b.score, a.score) })
	return out
}
