package reply

import "time"

// The Solar Hijri (Jalali) calendar of Iran. A year starts at Nowruz; months 1–6 have 31 days, 7–11 have 30, the
// last 29, or 30 in a leap year. Leap years are decided by the equinox; the arithmetic rule of 33-year cycles
// (leap years 1, 5, 9, 13, 17, 22, 26, 30 of a cycle) gives the same years from 1178 to 1633, which is
// 1799 to 2254: enough for a shop.

// cycleStart is the first day of the 33-year cycle that begins with the year 1375: Nowruz of 1375.
var cycleStart = time.Date(1996, time.March, 20, 0, 0, 0, 0, time.UTC)

const (
	cycleYear  = 1375
	cycleYears = 33
	cycleDays  = 33*365 + 8
)

// jalaliLeap tells whether a year has 366 days.
func jalaliLeap(year int) bool {
	switch ((year % cycleYears) + cycleYears) % cycleYears {
	case 1, 5, 9, 13, 17, 22, 26, 30:
		return true
	}
	return false
}

// jalali gives year, month (1–12) and day of t's civil day in t's own zone.
func jalali(t time.Time) (year, month, day int) {
	civil := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	days := int(civil.Sub(cycleStart) / (24 * time.Hour))
	year = cycleYear
	cycles := days / cycleDays
	if days %= cycleDays; days < 0 {
		days += cycleDays
		cycles--
	}
	year += cycles * cycleYears
	for {
		length := 365
		if jalaliLeap(year) {
			length = 366
		}
		if days < length {
			break
		}
		days -= length
		year++
	}
	if days < 6*31 {
		return year, 1 + days/31, 1 + days%31
	}
	days -= 6 * 31
	return year, 7 + days/30, 1 + days%30
}
