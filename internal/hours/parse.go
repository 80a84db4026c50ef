package hours

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// names are the days as a file names them. A week begins on Monday (ISO 8601), unless a reader's begins elsewhere.
var names = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

// maxSpans bounds the spans of a day.
const maxSpans = 12

var (
	errLine  = errors.New(`it must be days and times, such as "Mon-Fri 09:00-17:00"`)
	errDay   = errors.New("it names a day that is none of Mon, Tue, Wed, Thu, Fri, Sat and Sun")
	errTimes = errors.New("its times must be such as 09:00-12:00, 13:00-17:00 or 24h")
	errDate  = errors.New("it must be a day such as 2026-12-25, a day of each year such as 12-25, or two of them " +
		"with .. between")
	errOverlap = errors.New("its times overlap others of the same day")
	errSpans   = fmt.Errorf("a day has more than %d times", maxSpans)
)

// Add takes one line into the week: "Mon-Fri 09:00-12:00, 13:00-17:00", "Sat,Sun 10-14", "Thu-Sat 18:00-02:00",
// "daily 24h". A range of days may go over the end of a week. The error says what is wrong, without naming the line.
func (w *Week) Add(line string) error {
	at := strings.IndexFunc(line, func(r rune) bool { return r >= '0' && r <= '9' })
	if at < 0 {
		return errLine
	}
	days, err := daysOf(line[:at])
	if err != nil {
		return err
	}
	spans, err := Spans(line[at:])
	if err != nil {
		return err
	}
	for _, d := range days {
		if w[d], err = merge(w[d], spans); err != nil {
			return err
		}
	}
	return nil
}

// Spans reads the times of a day: "09:00-12:00, 13:00-17:00", "9-17", "18:00-02:00", "24h".
func Spans(text string) (out []Span, err error) {
	for one := range strings.SplitSeq(text, ",") {
		s, ok := spanOf(strings.TrimSpace(one))
		if !ok {
			return nil, errTimes
		}
		if out, err = merge(out, []Span{s}); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// merge gives the spans of both in order. They may touch and not overlap.
func merge(a, b []Span) ([]Span, error) {
	out := slices.Concat(a, b)
	slices.SortFunc(out, func(a, b Span) int { return a.From - b.From })
	for i := 1; i < len(out); i++ {
		if out[i].From < out[i-1].To {
			return nil, errOverlap
		}
	}
	if len(out) > maxSpans {
		return nil, errSpans
	}
	return out, nil
}

func spanOf(text string) (Span, bool) {
	if strings.EqualFold(text, "24h") {
		return Span{0, 24 * 60}, true
	}
	from, to, ok := strings.Cut(strings.ReplaceAll(text, "–", "-"), "-")
	a, okA := minutes(from)
	b, okB := minutes(to)
	if b < a {
		b += 24 * 60 // behind midnight
	}
	return Span{a, b}, ok && okA && okB && a < b && a < 24*60
}

// minutes reads "09:00", "9" or "24:00".
func minutes(text string) (int, bool) {
	hour, minute, exact := strings.Cut(strings.TrimSpace(text), ":")
	h, okH := number(hour, 24)
	m, okM := number(minute, 59)
	if !exact {
		m, okM = 0, true
	}
	return h*60 + m, okH && okM && h*60+m <= 24*60 && (!exact || len(minute) == 2)
}

func number(text string, most int) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 16)
	return int(n), err == nil && int(n) <= most && len(text) <= 2
}

// daysOf reads "Mon-Fri", "Sat, Sun" or "daily".
func daysOf(text string) (out []time.Weekday, err error) {
	text = strings.TrimRight(strings.TrimSpace(text), ":")
	if strings.EqualFold(text, "daily") {
		text = "Mon-Sun"
	}
	for part := range strings.SplitSeq(text, ",") {
		first, last, many := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		from, okFrom := dayOf(first)
		to, okTo := from, true
		if many {
			to, okTo = dayOf(last)
		}
		if !okFrom || !okTo {
			return nil, errDay
		}
		for d := from; ; d = (d + 1) % 7 {
			if slices.Contains(out, d) {
				return nil, errOverlap
			}
			if out = append(out, d); d == to {
				break
			}
		}
	}
	return out, nil
}

// dayOf reads a day by its English name, whole or cut to three letters or more.
func dayOf(text string) (time.Weekday, bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for d := time.Sunday; d <= time.Saturday; d++ {
		if len(text) >= 3 && strings.HasPrefix(strings.ToLower(d.String()), text) {
			return d, true
		}
	}
	return 0, false
}

// ParseClosure reads "2026-12-25", "12-25" for each year, or two of the same kind: "2026-12-24..2027-01-02".
func ParseClosure(text string) (c Closure, err error) {
	first, last, many := strings.Cut(text, "..")
	var okFrom, okTo, yearly bool
	c.From, c.Yearly, okFrom = dateFrom(first)
	c.To, yearly, okTo = c.From, c.Yearly, true
	if many {
		c.To, yearly, okTo = dateFrom(last)
	}
	if !okFrom || !okTo || yearly != c.Yearly || !c.Yearly && c.To.number() < c.From.number() {
		return Closure{}, errDate
	}
	return c, nil
}

func dateFrom(text string) (d date, yearly, ok bool) {
	text = strings.TrimSpace(text)
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return dateOf(t), false, true
	}
	t, err := time.Parse(time.DateOnly, "2000-"+text) // a leap year: 02-29 is a day of some years
	d = dateOf(t)
	d.year = 0
	return d, true, err == nil
}

// Lines writes the week as Add reads it, each line for days in a row with the same times, from Monday on.
func (w Week) Lines() (out []string) {
	for i := 0; i < 7; {
		spans, n := w[day(i)], 1
		for i+n < 7 && slices.Equal(w[day(i+n)], spans) {
			n++
		}
		if len(spans) > 0 {
			days := names[day(i)]
			if n > 1 {
				days += "-" + names[day(i+n-1)]
			}
			out = append(out, days+" "+SpansText(spans))
		}
		i += n
	}
	return out
}

// day is the i-th of a week that begins on Monday.
func day(i int) time.Weekday { return time.Weekday((i + 1) % 7) }

// SpansText writes the times of a day as Spans reads them.
func SpansText(spans []Span) string {
	var out []string
	for _, s := range spans {
		if s == (Span{0, 24 * 60}) {
			out = append(out, "24h")
			continue
		}
		to := s.To
		if to > 24*60 {
			to -= 24 * 60
		}
		out = append(out, clock(s.From)+"-"+clock(to))
	}
	return strings.Join(out, ", ")
}

func clock(m int) string { return fmt.Sprintf("%02d:%02d", m/60, m%60) }
