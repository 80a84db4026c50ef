// Package hours holds when a store's staff works, and adds working time to a moment. It is pure and knows no
// other package.
//
// Hours are told by the clock on the wall of the store's zone: on a day when that clock is put forward or back, a
// working day from 09:00 to 17:00 is still that, and a night shift over the change is an hour shorter or longer.
package hours

import (
	"slices"
	"time"
)

// Span is a time of work on one day, in minutes since its midnight: From is at least 0 and before 1440, To behind
// it by at most 1440. What goes on behind midnight belongs to the day on which it began.
type Span struct{ From, To int }

// Week has the spans of each day, by [time.Weekday], in order.
type Week [7][]Span

// Empty tells that nobody ever works by it, which stands for work round the clock.
func (w Week) Empty() bool {
	return !slices.ContainsFunc(w[:], func(day []Span) bool { return len(day) > 0 })
}

// Total is how long somebody works in a week.
func (w Week) Total() (sum time.Duration) {
	for _, day := range w {
		for _, s := range day {
			sum += time.Duration(s.To-s.From) * time.Minute
		}
	}
	return sum
}

// Closure is a day, or days, on which nobody works.
type Closure struct {
	From, To date // both inclusive
	Yearly   bool // of every year: the years of From and To do not count
}

// date is a day of the calendar.
type date struct {
	year  int
	month time.Month
	day   int
}

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date{y, m, d}
}

// number sorts dates.
func (d date) number() int { return d.year*10_000 + d.inYear() }

func (d date) inYear() int { return int(d.month)*100 + d.day }

// next is the day n days later.
func (d date) next(n int) date {
	return dateOf(time.Date(d.year, d.month, d.day+n, 0, 0, 0, 0, time.UTC))
}

func (d date) weekday() time.Weekday {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC).Weekday()
}

func (c Closure) holds(d date) bool {
	if !c.Yearly {
		return c.From.number() <= d.number() && d.number() <= c.To.number()
	}
	from, to, n := c.From.inYear(), c.To.inYear(), d.inYear()
	if from <= to {
		return from <= n && n <= to
	}
	return n >= from || n <= to // over the turn of the year
}

// Schedule is when staff works. The zero Schedule is work round the clock, in UTC.
type Schedule struct {
	Week   Week
	Closed []Closure
	Zone   *time.Location // nil is UTC
}

// Always tells that work never rests, so that working time is time.
func (s *Schedule) Always() bool { return s.Week.Empty() && len(s.Closed) == 0 }

// Day gives the spans of a day of the calendar, by the date of t in the schedule's zone. A day that is closed has
// none. Without hours every other day is one span.
func (s *Schedule) Day(t time.Time) []Span { return s.day(dateOf(t.In(s.zone()))) }

func (s *Schedule) day(d date) []Span {
	if slices.ContainsFunc(s.Closed, func(c Closure) bool { return c.holds(d) }) {
		return nil
	}
	if s.Week.Empty() {
		return []Span{{0, 24 * 60}}
	}
	return s.Week[d.weekday()]
}

func (s *Schedule) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Open tells whether staff works at t.
func (s *Schedule) Open(t time.Time) bool { return s.Always() || s.Add(t, 0).Equal(t) }

// horizon is how many days ahead Add looks. A target that takes longer is met at its end: nobody would wait for it.
const horizon = 1000

// Add gives the moment at which d of working time has passed since t: within the hours or at the end of a span.
// For no time at all it is t, or the next moment of work. Add grows with t and with d.
func (s *Schedule) Add(t time.Time, d time.Duration) time.Time {
	if s.Always() {
		return t.Add(max(d, 0))
	}
	d = max(d, 0)
	today := dateOf(t.In(s.zone()))
	at := t
	for n := -1; n < horizon; n++ { // what began yesterday may go on
		day := today.next(n)
		for _, span := range s.day(day) {
			from, to := s.moment(day, span.From), s.moment(day, span.To)
			if !to.After(at) {
				continue
			}
			if from.After(at) {
				at = from
			}
			left := to.Sub(at)
			if d <= left {
				return at.Add(d)
			}
			d -= left
			at = to
		}
	}
	return s.moment(today.next(horizon), 0)
}

// moment is when the clock of the zone first shows a minute of a day, or more. [time.Date] alone would give any of
// two moments where the clock is put forward or back, so that a span could end before it begins.
func (s *Schedule) moment(d date, minute int) time.Time {
	want := time.Date(d.year, d.month, d.day, 0, minute, 0, 0, time.UTC)
	got := time.Date(d.year, d.month, d.day, 0, minute, 0, 0, s.zone())
	start, end := got.ZoneBounds()
	switch shown := wall(got); {
	case shown.After(want): // the clock was put forward over it, and got is behind the change
		return start
	case shown.Before(want): // and here before it
		return end
	}
	if !start.IsZero() { // the clock was put back, and showed it before too
		before := start.Add(-1)
		first := got.Add(wall(got).Sub(got.UTC()) - wall(before).Sub(before.UTC()))
		if first.Before(start) {
			return first
		}
	}
	return got
}

// wall is what the clock shows at t, as if it were UTC.
func wall(t time.Time) time.Time {
	_, offset := t.Zone()
	return t.UTC().Add(time.Duration(offset) * time.Second)
}
