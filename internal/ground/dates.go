package ground

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// Canonical forms of dates: a whole day "2026-11-20"; a day without its year "--11-20", in the Jalali
// calendar "j--08-29"; a weekday "weekday 5".

// dates takes the dates out: numeric, with a month's name in five languages, Jalali, weekdays, and days told
// from the day of the draft.
func (s *scanner) dates() {
	s.take(s.iso, func(g []string) (token, bool) {
		p := numbers(g[1])
		return dateToken(civil(p[0], p[1], p[2]))
	})
	s.take(s.dots, func(g []string) (token, bool) {
		p := numbers(g[1])
		if len(p) == 2 {
			return dateToken(civil(0, p[1], p[0]))
		}
		if p[2] < 100 {
			p[2] += 2000
		}
		return dateToken(civil(p[2], p[1], p[0]), civil(p[2], p[0], p[1]))
	})
	s.take(s.dayMonth, func(g []string) (token, bool) { return dateToken(named(g[2], g[3], g[4])) })
	s.take(s.monthDay, func(g []string) (token, bool) { return dateToken(named(g[3], g[2], g[4])) })
}

// told turns "day 1" into the day after the draft's; a weekday stays.
func (s *scanner) told(word string) string {
	var days int
	if _, err := fmt.Sscanf(word, "day %d", &days); err == nil {
		return s.now.AddDate(0, 0, days).Format(time.DateOnly)
	}
	return word
}

func dateToken(canon ...string) (token, bool) {
	t := token{kind: shop.KindDate}
	for _, c := range canon {
		if c != "" {
			t.canon = append(t.canon, c)
		}
	}
	return t, len(t.canon) > 0
}

func numbers(s string) []int {
	var out []int
	for _, f := range strings.FieldsFunc(s, func(r rune) bool { return r < '0' || r > '9' }) {
		n, _ := strconv.Atoi(f)
		out = append(out, n)
	}
	return out
}

// named reads a day, a month's name and a year, which may be missing.
func named(day, month, year string) string {
	m, ok := months[strings.ToLower(month)]
	d, _ := strconv.Atoi(day)
	y, _ := strconv.Atoi(year)
	if !ok {
		return ""
	}
	if m <= jalaliMonth {
		return civil(y, m, d)
	}
	if y == 0 {
		return fmt.Sprintf("j--%02d-%02d", m-jalaliMonth, d)
	}
	if t, ok := shop.FromJalali(y, m-jalaliMonth, d); ok {
		return t.Format(time.DateOnly)
	}
	return fmt.Sprintf("no such day %d-%d-%d", y, m-jalaliMonth, d)
}

// civil gives a day, of the Jalali calendar where the year says so. Year 0 means that none was written.
func civil(y, m, d int) string {
	if m < 1 || m > 12 || d < 1 || d > 31 {
		return ""
	}
	if y == 0 {
		return fmt.Sprintf("--%02d-%02d", m, d)
	}
	if t, ok := shop.FromJalali(y, m, d); ok && y >= 1300 && y < 1500 {
		return t.Format(time.DateOnly)
	}
	return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
}

// sameDay reports whether a canonical date of a text speaks of the day of a fact.
func sameDay(canon, fact string) bool {
	t, err := time.Parse(time.DateOnly, fact)
	if err != nil {
		return false
	}
	_, m, d := shop.Jalali(t)
	switch {
	case strings.HasPrefix(canon, "weekday "):
		return canon == fmt.Sprintf("weekday %d", t.Weekday())
	case strings.HasPrefix(canon, "j--"):
		return canon == fmt.Sprintf("j--%02d-%02d", m, d)
	case strings.HasPrefix(canon, "--"):
		return canon == "--"+t.Format("01-02")
	}
	return canon == fact
}
