package mail

import "strings"

// Marks are lines of one noncharacter that the HTML reader leaves for the reply reader: what markup knows and
// plain text does not. Mail text cannot hold them, because cleanText and the HTML reader drop noncharacters.
const (
	markQuote = "\uFDD0" // history begins here and goes to the end of the text
	markOpen  = "\uFDD1" // a quoted or signature block begins
	markClose = "\uFDD2" // and ends
)

// unmark gives the text without marks.
func unmark(s string) string {
	if !strings.Contains(s, "\uFDD0") && !strings.Contains(s, "\uFDD1") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		switch strings.TrimRight(line, "\n") {
		case markQuote, markOpen, markClose:
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}
