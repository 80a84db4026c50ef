package triage

import (
	"slices"
	"strings"
)

// vocabulary maps words to atoms. An atom is a set of words that a phrase takes for the same; a word can be of
// many atoms. Looking a word up costs one map access for itself and one for each length of stem.
type vocabulary struct {
	ids   map[string]int32   // the set, written out → atom
	exact map[string][]int32 // word → atoms
	stems map[string][]int32 // stem → atoms
	short int                // length of the shortest stem, in bytes
	long  int
	near  map[string][]string // a word with one letter taken out → words (exact ones, and stems with "*")
}

func newVocabulary() *vocabulary {
	return &vocabulary{ids: map[string]int32{}, exact: map[string][]int32{}, stems: map[string][]int32{},
		near: map[string][]string{}}
}

func (v *vocabulary) atom(words []string) int32 {
	words = slices.Clone(words)
	slices.Sort(words)
	words = slices.Compact(words)
	key := strings.Join(words, "|")
	if id, ok := v.ids[key]; ok {
		return id
	}
	id := int32(len(v.ids))
	v.ids[key] = id
	for _, w := range words {
		if stem, ok := strings.CutSuffix(w, "*"); ok {
			v.stems[stem] = append(v.stems[stem], id)
			continue
		}
		v.exact[w] = append(v.exact[w], id)
	}
	return id
}

// Lengths, in letters, from which on one wrong letter is forgiven: any shorter word has too many neighbours.
const (
	nearLength   = 5
	nearStem     = 6 // of a stem: more than the ending of a word may differ from it
	changeLength = 7 // a letter changed for another, rather than missing, doubled or swapped
)

// close prepares for look-ups with one wrong letter.
func (v *vocabulary) close() {
	v.short, v.long = 1<<30, 0
	for stem := range v.stems {
		v.short, v.long = min(v.short, len(stem)), max(v.long, len(stem))
		if len([]rune(stem)) >= nearStem {
			v.addNear(stem, stem+"*")
		}
	}
	for word := range v.exact {
		if !strings.HasPrefix(word, "<") {
			v.addNear(word, word)
		}
	}
	for _, words := range v.near {
		slices.Sort(words)
	}
}

func (v *vocabulary) addNear(word, entry string) {
	if len([]rune(word)) < nearLength {
		return
	}
	v.near[word] = append(v.near[word], entry)
	for d := range deletions(word) {
		v.near[d] = append(v.near[d], entry)
	}
}

// lookup appends the atoms of a folded word.
func (v *vocabulary) lookup(word string, atoms []int32) []int32 {
	atoms = append(atoms, v.exact[word]...)
	for n := v.short; n <= min(v.long, len(word)); n++ {
		atoms = append(atoms, v.stems[word[:n]]...)
	}
	return atoms
}

// guess appends the atoms of the words that the given one is a likely misspelling of.
func (v *vocabulary) guess(word string, atoms []int32) []int32 {
	runes := []rune(word)
	if len(runes) < nearLength-1 || len(runes) > 24 {
		return atoms
	}
	try := func(part, rest string, whole bool) bool {
		found := false
		consider := func(entry string) {
			stem, star := strings.CutSuffix(entry, "*")
			if star == whole || !misspelt(part, stem) {
				return
			}
			found = true
			atoms = v.lookup(stem+rest, atoms)
		}
		for _, e := range v.near[part] {
			consider(e)
		}
		for d := range deletions(part) {
			for _, e := range v.near[d] {
				consider(e)
			}
		}
		return found
	}
	if try(word, "", true) {
		return dedupe(atoms)
	}
	for n := len(runes); n >= nearStem-1; n-- {
		if try(string(runes[:n]), string(runes[n:]), false) {
			break
		}
	}
	return dedupe(atoms)
}

func dedupe(atoms []int32) []int32 {
	slices.Sort(atoms)
	return slices.Compact(atoms)
}

// deletions yields the word with each letter but the first taken out.
func deletions(word string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		runes := []rune(word)
		for i := 1; i < len(runes); i++ {
			if !yield(string(runes[:i]) + string(runes[i+1:])) {
				return
			}
		}
	}
}

// misspelt reports whether a is b with one letter missing, too many, swapped with its neighbour or, in long
// words, another. The first letter must be right.
func misspelt(a, b string) bool {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 || len(y) == 0 || x[0] != y[0] {
		return false
	}
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	switch {
	case len(x)+len(y) <= 1:
		return true
	case len(x) == 2 && len(y) == 2:
		return x[0] == y[1] && x[1] == y[0]
	case len(x) == 1 && len(y) == 1:
		return len([]rune(b)) >= changeLength
	}
	return false
}
