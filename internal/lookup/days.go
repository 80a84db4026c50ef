package lookup

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// months are the folded names of the months: English, German, French, Spanish.
var months = [12]string{
	"january januar janvier enero", "february februar fevrier febrero", "march marz mars marzo",
	"april avril abril", "may mai mayo", "june juni juin junio", "july juli juillet julio",
	"august aout agosto", "september septembre septiembre", "october oktober octobre octubre",
	"november novembre noviembre", "december dezember decembre diciembre",
}

var (
	isoDay    = regexp.MustCompile(`\b(20\d\d)-(\d\d?)-(\d\d?)\b`)
	numberDay = regexp.MustCompile(`\b(\d\d?)[./](\d\d?)[./](20\d\d)?`)
	dayMonth  = regexp.MustCompile(`\b(\d\d?)(?:st|nd|rd|th|er|\.)?\s+(?:de\s+|of\s+)?([a-z]{3,10})\.?` +
		`(?:,?\s+(?:de\s+)?(20\d\d))?`)
	monthDay = regexp.MustCompile(`\b([a-z]{3,10})\.?\s+(\d\d?)(?:st|nd|rd|th)?\b(?:,?\s+(20\d\d))?`)
)

// civilDays finds the days that a text names, as midnights UTC. A day without a year is the last such day
// before now. "3/4" is read both ways.
func civilDays(text string, now time.Time) []time.Time {
	text = plain(text)
	var out []time.Time
	add := func(year, month, day string) {
		m, ok := monthOf(month)
		d, err := strconv.Atoi(day)
		if !ok || err != nil || d < 1 || d > 31 {
			return
		}
		y, err := strconv.Atoi(year)
		if err != nil {
			y = now.Year()
			if time.Date(y, m, d, 0, 0, 0, 0, time.UTC).After(now.AddDate(0, 0, 1)) {
				y--
			}
		}
		if t := time.Date(y, m, d, 0, 0, 0, 0, time.UTC); t.Day() == d {
			out = append(out, t)
		}
	}
	for _, m := range isoDay.FindAllStringSubmatch(text, 20) {
		add(m[1], m[2], m[3])
	}
	for _, m := range numberDay.FindAllStringSubmatch(text, 20) {
		add(m[3], m[2], m[1])
		add(m[3], m[1], m[2])
	}
	for _, m := range dayMonth.FindAllStringSubmatch(text, 20) {
		add(m[3], m[2], m[1])
	}
	for _, m := range monthDay.FindAllStringSubmatch(text, 20) {
		add(m[3], m[1], m[2])
	}
	return out
}

// monthOf reads a month: a number, a name, or at least the first three letters of one.
func monthOf(s string) (time.Month, bool) {
	if n, err := strconv.Atoi(s); err == nil {
		return time.Month(n), n >= 1 && n <= 12
	}
	for i, names := range months {
		for _, name := range strings.Fields(names) {
			if len(s) >= 3 && strings.HasPrefix(name, s) {
				return time.Month(i + 1), true
			}
		}
	}
	return 0, false
}
