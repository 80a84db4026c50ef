package config

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is one thing that is wrong in a file.
type Error struct {
	File         string
	Key          string // the path of the key that is wrong, such as "desk.hours[0]"; empty where none is
	Line, Column int    // from 1, in characters
	Source       string // the line, without what may be a secret
	mark, width  int    // where in Source the mark begins, from 1, and its length
	Message      string // what is wrong
	Help         string // what is allowed, or what to do next
}

// Error writes place and message, the line, a mark under the place, and the help.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: %s", e.File, e.Line, e.Column, e.Message)
	if e.Source != "" {
		fmt.Fprintf(&b, "\n%5d | %s", e.Line, e.Source)
		fmt.Fprintf(&b, "\n      | %s%s", indentLike(e.Source, e.mark-1), strings.Repeat("^", max(e.width, 1)))
	}
	if e.Help != "" {
		b.WriteString("\n        " + e.Help)
	}
	return b.String()
}

// indentLike gives as many blanks as the first n characters of line take, with its tabs kept.
func indentLike(line string, n int) string {
	var b strings.Builder
	for _, r := range line {
		if n--; n < 0 {
			break
		}
		if r != '\t' {
			r = ' '
		}
		b.WriteRune(r)
	}
	return b.String() + strings.Repeat(" ", max(n, 0))
}

// Errors is everything that is wrong in a file, from top to bottom.
type Errors []*Error

func (e Errors) Error() string {
	parts := make([]string, len(e))
	for i, one := range e {
		parts[i] = one.Error()
	}
	return "config: " + strings.Join(parts, "\n\n")
}

// Unwrap lets errors.As find each of them.
func (e Errors) Unwrap() []error {
	out := make([]error, len(e))
	for i, one := range e {
		out[i] = one
	}
	return out
}

// nearest finds the candidate that a mistyped word was most likely meant to be, empty if none is near.
func nearest(word string, candidates []string) string {
	best, distance := "", utf8.RuneCountInString(word)/3+1
	for _, c := range candidates {
		if d := editDistance(strings.ToLower(word), c); d <= distance && d < len(c) {
			best, distance = c, d-1
		}
	}
	return best
}

// editDistance counts the insertions, deletions and substitutions between two words (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			change := diagonal
			if a[i] != b[j] {
				change++
			}
			diagonal = row[j+1]
			row[j+1] = min(change, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}
