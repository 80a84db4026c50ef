package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/hours"
	"github.com/replyd/replyd/internal/settings"
)

// weekday is a row of the opening hours.
type weekday struct {
	Field, Label string
	Typed        string // its times, as in the file
	Bars         []bar
	Problems     []settings.Problem
}

// bar is a span of work in the picture of a day, in minutes from its side: the left one, or the right one where
// people read from there.
type bar struct{ X, Width int }

// dayOrder is a week as it is read: from Monday on, and in Persian from Saturday.
func dayOrder(l *locale) (out []time.Weekday) {
	first := time.Monday
	if l.Lang == "fa" {
		first = time.Saturday
	}
	for i := range 7 {
		out = append(out, (first+time.Weekday(i))%7)
	}
	return out
}

// week gives the rows of the opening hours. again tells to show what was typed.
func (s *server) week(r *http.Request, f setting, again bool) (out []weekday, always bool) {
	l := s.locale(r)
	var week hours.Week
	for line := range strings.Lines(f.Now) {
		_ = week.Add(strings.TrimSpace(line)) // it holds, so it is good
	}
	for _, d := range dayOrder(l) {
		row := weekday{Field: dayField(d), Label: l.say(d.String()), Typed: hours.SpansText(week[d])}
		if again && !f.Fixed {
			row.Typed = cleanLine(r.PostForm.Get(row.Field))
		}
		row.Bars = bars(week, d, l.Dir == "rtl")
		out = append(out, row)
	}
	if again {
		placeProblems(out, f.Problems)
	}
	return out, week.Empty()
}

// bars draws a day, with what goes on from the day before. Without any hours all of it is work.
func bars(week hours.Week, d time.Weekday, mirrored bool) (out []bar) {
	const day = 24 * 60
	spans := week[d]
	if week.Empty() {
		spans = []hours.Span{{From: 0, To: day}}
	}
	for _, s := range week[(d+6)%7] {
		if s.To > day {
			spans = append([]hours.Span{{From: 0, To: s.To - day}}, spans...)
		}
	}
	for _, s := range spans {
		b := bar{s.From, min(s.To, day) - s.From}
		if mirrored {
			b.X = day - b.X - b.Width
		}
		out = append(out, b)
	}
	return out
}

func dayField(d time.Weekday) string { return "desk.hours." + strings.ToLower(d.String()[:3]) }

// typedWeek gives the lines of desk.hours that the fields of the days make: days with the same times in one, or each
// its own while something is wrong.
func typedWeek(r *http.Request) string {
	var week hours.Week
	var lines []string
	good := true
	for _, d := range filledDays(r) {
		line := d.String()[:3] + " " + latinDigits.Replace(cleanLine(r.PostForm.Get(dayField(d))))
		lines = append(lines, line)
		good = good && week.Add(line) == nil
	}
	if good {
		lines = week.Lines()
	}
	return strings.Join(lines, "\n")
}

// filledDays are the days for which the form says something, from Monday on.
func filledDays(r *http.Request) []time.Weekday {
	return slices.DeleteFunc(dayOrder(&locale{}), func(d time.Weekday) bool {
		return cleanLine(r.PostForm.Get(dayField(d))) == ""
	})
}

// placeProblems puts what is wrong with a line at its day: the lines are the days for which something was typed.
func placeProblems(rows []weekday, problems []settings.Problem) {
	filled := slices.Clone(rows)
	slices.SortFunc(filled, func(a, b weekday) int { return weekNumber(a.Field) - weekNumber(b.Field) })
	filled = slices.DeleteFunc(filled, func(d weekday) bool { return d.Typed == "" })
	for _, p := range problems {
		if p.Line < 1 || p.Line > len(filled) {
			continue // of the whole week: it stands above
		}
		for i := range rows {
			if rows[i].Field == filled[p.Line-1].Field {
				if _, err := hours.Spans(latinDigits.Replace(rows[i].Typed)); err != nil {
					p.What = err.Error() // of the times alone: nobody typed the day
				}
				rows[i].Problems = append(rows[i].Problems, p)
			}
		}
	}
}

// weekNumber is where a day's field stands in a week from Monday on.
func weekNumber(field string) int {
	return slices.IndexFunc(dayOrder(&locale{}), func(d time.Weekday) bool { return dayField(d) == field })
}
