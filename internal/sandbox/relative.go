package sandbox

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Dates in a scenario are relative, because a daemon does not answer old mail:
//
//	{{ago 3h}}        a moment in the past; units d, h, m, s may be combined ("2d4h"), a minus sign looks ahead
//	{{day -5}}        a civil day, "2026-11-17"
//	{{day -5 long}}   the same as people write it, "17 November"
var placeholder = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

const (
	mailDate = time.RFC1123Z
	jsonDate = time.RFC3339
)

// placeholderError is a placeholder that makes no sense, and where it stands.
type placeholderError struct {
	text   string
	offset int
}

func (e *placeholderError) Error() string {
	return fmt.Sprintf("%s is neither {{ago 2d3h}} nor {{day -5}} nor {{day -5 long}}", e.text)
}

// resolve replaces the placeholders of text. Moments are written in the given layout, in UTC.
func resolve(text string, now time.Time, layout string) (string, error) {
	var out strings.Builder
	last := 0
	for _, at := range placeholder.FindAllStringSubmatchIndex(text, -1) {
		value, ok := moment(strings.Fields(text[at[2]:at[3]]), now.UTC(), layout)
		if !ok {
			return "", &placeholderError{text[at[0]:at[1]], at[0]}
		}
		out.WriteString(text[last:at[0]])
		out.WriteString(value)
		last = at[1]
	}
	out.WriteString(text[last:])
	return out.String(), nil
}

func moment(words []string, now time.Time, layout string) (string, bool) {
	switch {
	case len(words) == 2 && words[0] == "ago":
		d, ok := duration(words[1])
		return now.Add(-d).Format(layout), ok
	case len(words) >= 2 && words[0] == "day":
		n, err := strconv.Atoi(words[1])
		day := now.AddDate(0, 0, n)
		if len(words) == 3 && words[2] == "long" {
			return day.Format("2 January"), err == nil
		}
		return day.Format(time.DateOnly), err == nil && len(words) == 2
	}
	return "", false
}

// duration reads "2d4h30m": what time.ParseDuration reads, and days of 24 hours in front.
func duration(s string) (time.Duration, bool) {
	digits, negative := strings.CutPrefix(s, "-")
	var days time.Duration
	if d, rest, ok := strings.Cut(digits, "d"); ok {
		n, err := strconv.Atoi(d)
		if err != nil {
			return 0, false
		}
		days, digits = time.Duration(n)*24*time.Hour, rest
	}
	var rest time.Duration
	if digits != "" {
		var err error
		if rest, err = time.ParseDuration(digits); err != nil {
			return 0, false
		}
	}
	if negative {
		return -(days + rest), true
	}
	return days + rest, true
}

// lineOf gives the line of text that a placeholderError is about, 1 for any other error.
func lineOf(text string, err error) int {
	if p := (*placeholderError)(nil); errors.As(err, &p) {
		return 1 + strings.Count(text[:p.offset], "\n")
	}
	return 1
}
