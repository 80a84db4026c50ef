package web

import (
	"slices"
	"strings"
	"unicode"
)

// piece is a run of a word diff.
type piece struct {
	Text string
	Kind string // "", "ins" or "del"
}

// maxDiff bounds the words that are compared; beyond that the whole text counts as new.
const maxDiff = 3000

// diffWords compares two texts word by word: what is common, what was taken out, what was added.
func diffWords(before, after string) []piece {
	a, b := splitWords(before), splitWords(after)
	if len(a) > maxDiff || len(b) > maxDiff {
		return []piece{{after, ""}}
	}
	head := 0
	for head < len(a) && head < len(b) && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < len(a)-head && tail < len(b)-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	var out []piece
	add := func(kind string, words ...string) {
		text := strings.Join(words, "")
		switch n := len(out); {
		case text == "":
		case n > 0 && out[n-1].Kind == kind:
			out[n-1].Text += text
		default:
			out = append(out, piece{text, kind})
		}
	}
	add("", a[:head]...)
	middle(a[head:len(a)-tail], b[head:len(b)-tail], add)
	add("", a[len(a)-tail:]...)
	return out
}

// middle compares what differs, by the longest common subsequence.
func middle(a, b []string, add func(kind string, words ...string)) {
	long := make([][]uint16, len(a)+1) // [i][j]: length of what a[i:] and b[j:] have in common
	for i := range long {
		long[i] = make([]uint16, len(b)+1)
	}
	for i, x := range slices.Backward(a) {
		for j, y := range slices.Backward(b) {
			if x == y {
				long[i][j] = long[i+1][j+1] + 1
			} else {
				long[i][j] = max(long[i+1][j], long[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			add("", a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || long[i+1][j] >= long[i][j+1]):
			add("del", a[i])
			i++
		default:
			add("ins", b[j])
			j++
		}
	}
}

// splitWords cuts a text into words, each with the spaces behind it; together they are the text.
func splitWords(text string) (out []string) {
	start, space := 0, false
	for i, r := range text {
		s := unicode.IsSpace(r)
		if space && !s {
			out, start = append(out, text[start:i]), i
		}
		space = s
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}
