package triage

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// What a phrase speaks for.
const (
	forIntent = iota
	forFlag
	forSentiment
	forUrgency
	forNegation  // "I do not want to …": what follows is no request
	forCondition // "if it is not available …": neither is this
	forAddress   // "you", "my order": the writer speaks to the store
	forElsewhere // another company, the world at large: what the store need not know
)

type target struct {
	kind int
	name string
}

// phrase is one compiled line: all of its sequences must be found in a sentence, in any order, and none of the
// forbidden ones.
type phrase struct {
	target target
	weight int
	seqs   [][]element
	not    [][]element
}

// element is one word of a sequence, and how many other words may stand before it.
type element struct {
	atom  int32
	gap   int
	start bool // must begin the sentence
}

// Widths of the gaps, in words: "..", "...".
const (
	shortGap = 3
	longGap  = 8
)

// maxVariants bounds what one line may expand to.
const maxVariants = 400

type compiler struct {
	lang    *language
	classes map[string]string
	err     error
}

func (c *compiler) fail(line string, format string, args ...any) {
	c.err = errors.Join(c.err, fmt.Errorf("phrase %q: %s", line, fmt.Sprintf(format, args...)))
}

func (c *compiler) addWeighted(t target, byWeight map[int]phraseLines) {
	weights := make([]int, 0, len(byWeight))
	for w := range byWeight {
		weights = append(weights, w)
	}
	slices.Sort(weights)
	for _, w := range weights {
		c.add(t, w, byWeight[w])
	}
}

func (c *compiler) add(t target, weight int, lines phraseLines) {
	for _, line := range lines {
		parts := strings.Split(line, "+")
		p := phrase{target: t, weight: weight}
		var choices [][][]element // for each part, its variants
		for _, part := range parts {
			part = strings.TrimSpace(part)
			if word, ok := strings.CutPrefix(part, "!"); ok {
				p.not = append(p.not, c.sequence(line, word)...)
				continue
			}
			variants := c.sequence(line, part)
			if len(variants) == 0 {
				c.fail(line, "empty")
				return
			}
			choices = append(choices, variants)
		}
		if len(choices) == 0 {
			c.fail(line, "needs a word that must be there")
			return
		}
		combos := product(choices)
		if len(combos) > maxVariants {
			c.fail(line, "too many variants")
			return
		}
		for _, seqs := range combos {
			q := p
			q.seqs = seqs
			id := int32(len(c.lang.phrases))
			c.lang.phrases = append(c.lang.phrases, q)
			first := seqs[0][0].atom
			c.lang.byAtom[first] = append(c.lang.byAtom[first], id)
		}
	}
}

// sequence expands one part of a line: classes with several words, and optional words, give variants.
func (c *compiler) sequence(line, part string) [][]element {
	variants := [][]element{nil}
	gap, start := 0, false
	for field := range strings.FieldsSeq(part) {
		switch field {
		case "..":
			gap = shortGap
			continue
		case "...":
			gap = longGap
			continue
		case "^":
			start = true
			continue
		}
		word, optional := strings.CutSuffix(field, "?")
		single, multi := c.options(line, word)
		var next [][]element
		for _, v := range variants {
			if optional {
				next = append(next, v)
			}
			if len(single) > 0 {
				next = append(next, append(slices.Clip(v), element{c.lang.vocab.atom(single), gap, start}))
			}
			for _, words := range multi {
				longer := slices.Clip(v)
				for i, w := range words {
					g, s := gap, start
					if i > 0 {
						g, s = 0, false
					}
					longer = append(longer, element{c.lang.vocab.atom([]string{w}), g, s})
				}
				next = append(next, longer)
			}
		}
		variants, gap, start = next, 0, false
		if len(variants) > maxVariants {
			c.fail(line, "too many variants")
			return nil
		}
	}
	return slices.DeleteFunc(variants, func(v []element) bool { return len(v) == 0 })
}

// options resolves "a|b|@class" to single words and sequences of words ("get_rid_of" is three).
func (c *compiler) options(line, word string) (single []string, multi [][]string) {
	for alt := range strings.SplitSeq(word, "|") {
		if name, ok := strings.CutPrefix(alt, "@"); ok {
			members, known := c.classes[name]
			if !known {
				c.fail(line, "there is no class %q", name)
			}
			for member := range strings.FieldsSeq(members) {
				s, m := c.options(line, member)
				single, multi = append(single, s...), append(multi, m...)
			}
			continue
		}
		var words []string
		for w := range strings.SplitSeq(alt, "_") {
			stem, star := strings.CutSuffix(w, "*")
			if !strings.HasPrefix(w, "<") {
				stem = fold(stem)
				if stem == "" || strings.IndexFunc(stem, func(r rune) bool { return !isWord(r) }) >= 0 {
					c.fail(line, "%q is no word", w)
				}
			} else if w != "<order>" && w != "<email>" && w != "<url>" && w != "<number>" {
				c.fail(line, "%q is unknown", w)
			}
			if star {
				stem += "*"
			}
			words = append(words, stem)
		}
		if len(words) == 1 {
			single = append(single, words[0])
		} else {
			multi = append(multi, words)
		}
	}
	return single, multi
}

func product(choices [][][]element) [][][]element {
	out := [][][]element{nil}
	for _, variants := range choices {
		var next [][][]element
		for _, o := range out {
			for _, v := range variants {
				next = append(next, append(slices.Clip(o), v))
			}
		}
		out = next
		if len(out) > maxVariants {
			return out
		}
	}
	return out
}
