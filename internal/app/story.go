package app

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/ticket"
)

const (
	storyWidth = 78 // columns of a line, in runes: a terminal's 80 with a margin
	storyName  = 10 // columns of a line's name
	storyWrote = 8  // lines of the customer's text: it is in the file, this is to recognise it
)

// Story writes the explanation for people: first what would happen and why, with the header that decided, then
// what was seen, last the draft.
func (x *Explanation) Story(w io.Writer) {
	fmt.Fprintf(w, "%s\n", x.File)
	if !x.OK {
		fmt.Fprintf(w, "  It cannot be read: %s\n\n", x.Problem)
		return
	}
	fmt.Fprintf(w, "  %s\n", x.verdict())
	for _, r := range x.Route.Reasons {
		storyText(w, "  ", sentence(r))
	}
	if x.Route.Decision != "auto" && x.evidence != "" {
		storyText(w, "    ", x.evidence)
	}
	fmt.Fprintln(w)
	x.seen(w)
	x.asked(w)
	if d := x.Draft; d != nil {
		fmt.Fprintf(w, "\n  The draft to %s\n", cmp.Or(strings.Join(d.To, ", "), "nobody"))
		for line := range strings.SplitSeq(unquoted(d.Text), "\n") {
			for _, l := range wrapped(line, storyWidth-4) {
				fmt.Fprintln(w, strings.TrimRight("  │ "+l, " "))
			}
		}
	}
	fmt.Fprintln(w)
}

// verdict is what would become of the mail, in one line.
func (x *Explanation) verdict() string {
	switch {
	case x.Route.Decision == "auto":
		return "Answered by itself."
	case x.Gate.Outcome == ticket.Record:
		return "Not answered: kept with its ticket. (rule " + x.Gate.Rule + ")"
	case x.Gate.Outcome == ticket.Ignore:
		return "Not answered: ignored. (rule " + x.Gate.Rule + ")"
	case x.Route.Decision == "hold":
		return "Not answered by itself: a person decides. (rule " + x.Gate.Rule + ")"
	}
	return "Not answered by itself: the draft waits for a person."
}

// seen tells what stands in the mail and who wrote it.
func (x *Explanation) seen(w io.Writer) {
	var from []string
	for _, a := range x.From {
		from = append(from, strings.TrimSpace(a.Name+" <"+a.Address+">"))
	}
	storyLine(w, "From", cmp.Or(strings.Join(from, ", "), "nobody"))
	switch {
	case x.Auth.Reason == "":
	case x.Auth.Verdict == "pass":
		storyLine(w, "", "proven by "+x.Auth.Method+" of "+x.Auth.Domain)
	case len(x.Route.Reasons) > 0 && x.Route.Reasons[0] == x.Auth.Reason: // said above
		storyLine(w, "", "not proven")
	default:
		storyLine(w, "", "not proven: "+x.Auth.Reason)
	}
	storyLine(w, "Subject", x.Subject)
	if len(x.Parse.Problems) > 0 {
		storyLine(w, "Problems", strings.Join(x.Parse.Problems, "; "))
	}
	var wrote []string
	for line := range strings.SplitSeq(x.Reply, "\n") {
		if strings.TrimSpace(line) != "" {
			wrote = append(wrote, wrapped(line, storyWidth-storyName-2)...)
		}
	}
	if more := len(wrote) - storyWrote; more > 0 {
		wrote = append(wrote[:storyWrote], fmt.Sprintf("… and %d more lines", more))
	}
	storyLine(w, "Wrote", strings.Join(wrote, "\n"))
}

// asked tells what the mail was understood to ask for.
func (x *Explanation) asked(w io.Writer) {
	name := "Asks for"
	for _, r := range x.Triage.Requests {
		what := strings.ReplaceAll(string(r.Intent), "_", " ")
		if len(r.OrderRefs) > 0 {
			what += " of " + strings.Join(r.OrderRefs, ", ")
		}
		if r.Quote != "" {
			what += " (“" + strings.Join(strings.Fields(r.Quote), " ") + "”)"
		}
		storyLine(w, name, what)
		name = ""
	}
	var flags []string
	for _, f := range x.Triage.Flags {
		flags = append(flags, strings.ReplaceAll(string(f), "_", " "))
	}
	storyLine(w, "Flagged", strings.Join(flags, ", "))
}

// storyLine writes a named value, its further lines below the first; nothing for an empty one.
func storyLine(w io.Writer, name, value string) {
	if value == "" {
		return
	}
	for line := range strings.SplitSeq(value, "\n") {
		for _, l := range wrapped(line, storyWidth-storyName-2) {
			fmt.Fprintf(w, "  %-*s%s\n", storyName, name, l)
			name = ""
		}
	}
}

// storyText writes wrapped text behind an indent.
func storyText(w io.Writer, indent, text string) {
	for _, l := range wrapped(text, storyWidth-len(indent)) {
		fmt.Fprintln(w, indent+l)
	}
}

// wrapped breaks a line between words so that no part has more than width runes; a longer word stays whole, since
// half a link is none.
func wrapped(s string, width int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(s) {
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width:
			lines, line = append(lines, line), word
		default:
			line += " " + word
		}
	}
	return append(lines, line)
}

// unquoted is a draft without the customer's own words at its end.
func unquoted(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for len(lines) > 0 && (strings.HasPrefix(lines[len(lines)-1], ">") || lines[len(lines)-1] == "") {
		lines = lines[:len(lines)-1]
	}
	return strings.Join(lines, "\n")
}

// sentence gives a reason a capital and a full stop.
func sentence(s string) string {
	s = strings.ReplaceAll(strings.TrimSpace(s), "_", " ") // an intent's name
	if s == "" {
		return ""
	}
	r, size := utf8.DecodeRuneInString(s)
	s = strings.ToUpper(string(r)) + s[size:]
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s
}
