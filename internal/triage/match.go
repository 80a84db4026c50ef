package triage

import "slices"

// hit is a phrase found in a sentence.
type hit struct {
	phrase *phrase
	at     []int // indices of the tokens it took, ascending
}

// width is how many words lie between the first and the last word of a hit.
func (h hit) width() int { return h.at[len(h.at)-1] - h.at[0] }

// sentence is a part of a mail with what the lexicon found in it.
type sentence struct {
	span
	tokens  []token
	refs    []orderRef
	atoms   [][]int32
	found   map[*element][]int // sequences looked for anywhere, and where they are
	hits    []hit
	subject bool
}

// maxGuesses bounds, for one mail, the words that may be misspelt: guessing is the slow part of reading.
const maxGuesses = 400

// guesses are the atoms of a mail's misspelt words, so that each is guessed once.
type guesses map[string][]int32

// look finds the atoms of a sentence's words.
func (l *language) look(s *sentence, seen guesses) {
	s.atoms = make([][]int32, len(s.tokens))
	for i, t := range s.tokens {
		s.atoms[i] = l.atoms(t, seen)
	}
}

// match finds the phrases of a sentence whose words have been looked up.
func (l *language) match(s *sentence) {
	s.hits, s.found = s.hits[:0], map[*element][]int{}
	for i, atoms := range s.atoms {
		for _, a := range atoms {
			for _, id := range l.byAtom[a] {
				p := &l.phrases[id]
				if at := p.match(s, i); at != nil {
					s.hits = append(s.hits, hit{p, at})
				}
			}
		}
	}
}

func (l *language) atoms(t token, seen guesses) []int32 {
	if t.kind == "<email>" || t.kind == "<url>" {
		return l.vocab.exact[t.kind]
	}
	word := t.word
	if better, ok := l.spelling[word]; ok {
		word = better
	}
	atoms := l.vocab.lookup(word, nil)
	if t.kind != "" {
		return append(atoms, l.vocab.exact[t.kind]...)
	}
	if len(atoms) > 0 || l.keep[word] || l.stopwords[word] {
		return atoms
	}
	near, known := seen[word]
	if !known && len(seen) < maxGuesses {
		near = l.vocab.guess(word, nil)
		seen[word] = near
	}
	return slices.Clip(near)
}

// match tries the phrase with its first word at token i.
func (p *phrase) match(s *sentence, i int) []int {
	at := follow(s, p.seqs[0], i, nil)
	if at == nil {
		return nil
	}
	for _, seq := range p.seqs[1:] {
		more := s.find(seq)
		if more == nil {
			return nil
		}
		at = append(at, more...)
	}
	for _, seq := range p.not {
		if s.find(seq) != nil {
			return nil
		}
	}
	slices.Sort(at)
	return at
}

// find looks for a sequence anywhere in the sentence, once.
func (s *sentence) find(seq []element) []int {
	if at, known := s.found[&seq[0]]; known {
		return at
	}
	var at []int
	for j := 0; j < len(s.tokens) && at == nil; j++ {
		at = follow(s, seq, j, nil)
	}
	s.found[&seq[0]] = at
	return at
}

// follow matches a sequence from token i on and gives the tokens that it took, nil for no match.
func follow(s *sentence, seq []element, i int, taken []int) []int {
	e := seq[0]
	if i >= len(s.tokens) || e.start && i > 0 || !slices.Contains(s.atoms[i], e.atom) {
		return nil
	}
	taken = append(taken, i)
	if len(seq) == 1 {
		return taken
	}
	for j := i + 1; j <= min(i+1+seq[1].gap, len(s.tokens)-1); j++ {
		if at := follow(s, seq[1:], j, taken); at != nil {
			return at
		}
	}
	return nil
}
