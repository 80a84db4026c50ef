package web

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf8"
)

// Lines of a mail that was wrapped by a program are within these lengths, in characters.
const (
	narrowest = 55
	widest    = 84
)

// unwrap joins the lines that a mail program broke at a fixed width, so that the text flows as wide as the page lets
// it. Such a break is one where the next word would not have fitted into the longest line. Text with longer lines was
// not wrapped; lists, quotes and indented lines stay as they are.
func unwrap(text string) string {
	lines := strings.Split(text, "\n")
	width := 0
	for _, l := range lines {
		if !strings.HasPrefix(l, ">") {
			width = max(width, utf8.RuneCountInString(strings.TrimRight(l, " ")))
		}
	}
	if width < narrowest || width > widest {
		return text
	}
	var b strings.Builder
	for i, l := range lines {
		b.WriteString(l)
		if i == len(lines)-1 {
			break
		}
		next, _, _ := strings.Cut(lines[i+1], " ")
		full := utf8.RuneCountInString(strings.TrimRight(l, " "))+1+utf8.RuneCountInString(next) > width
		switch {
		case !full || !flows(l) || !flows(lines[i+1]):
			b.WriteByte('\n')
		case !strings.HasSuffix(l, " "):
			b.WriteByte(' ')
		}
	}
	return b.String()
}

// listed begins a line that stands by itself.
var listed = regexp.MustCompile(`^(?:[>\s*•–—|#-]|[\d۰-۹]+[.)])`)

func flows(line string) bool { return strings.TrimSpace(line) != "" && !listed.MatchString(line) }

// parted cuts a reply of ours before the mail that it quotes at its end.
func parted(text string) (own, quoted string) {
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	at := len(lines)
	for at > 0 && (strings.HasPrefix(lines[at-1], ">") || strings.TrimSpace(lines[at-1]) == "" && at < len(lines)) {
		at--
	}
	if at == len(lines) || at == 0 {
		return text, ""
	}
	return strings.TrimRight(strings.Join(lines[:at], "\n"), "\n"), strings.TrimSpace(strings.Join(lines[at:], "\n"))
}

// address is a link in a text of ours.
var address = regexp.MustCompile(`https?://[^\s<>"']*[^\s<>"'.,;:!?()]`)

// shownLink is how many characters of a link are shown.
const shownLink = 46

// shortLinks cuts a text at its links; a marked span is one, without its scheme and as short as can be read.
func shortLinks(text string) (out []span) {
	last := 0
	for _, at := range address.FindAllStringIndex(text, 200) {
		full := text[at[0]:at[1]]
		shown := full
		if u, err := url.Parse(full); err == nil {
			shown = u.Host + u.RequestURI()
		}
		if r := []rune(shown); len(r) > shownLink {
			shown = string(r[:shownLink-1]) + "…"
		}
		out = append(out, span{Text: text[last:at[0]]}, span{Text: shown, Mark: true, Full: full})
		last = at[1]
	}
	return append(out, span{Text: text[last:]})
}

// size tells bytes as people do.
func (l *locale) size(bytes int) string {
	switch {
	case bytes < 1000:
		return l.say("%v bytes", bytes)
	case bytes < 1_000_000:
		return l.say("%s kB", l.num((bytes+500)/1000))
	}
	return l.say("%s MB", l.num(fmt.Sprintf("%.1f", float64(bytes)/1e6)))
}

// mood says a sentiment in a word; empty for an ordinary one.
func (l *locale) mood(sentiment int) string {
	switch {
	case sentiment <= -2:
		return l.say("angry")
	case sentiment == -1:
		return l.say("unhappy")
	case sentiment == 1:
		return l.say("friendly")
	case sentiment >= 2:
		return l.say("delighted")
	}
	return ""
}
