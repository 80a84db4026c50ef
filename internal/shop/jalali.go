package shop

import "time"

// The Solar Hijri (Jalali) calendar of Iran and Afghanistan. A year starts at Nowruz; months 1–6 have 31 days,
// 7–11 have 30, the last 29, or 30 in a leap year. The equinox decides leap years; the arithmetic rule of 33-year
// cycles gives the same years from 1178 to 1633 (1799 to 2254), which is enough for a shop.

const (
	cycleYear  = 1375 // Nowruz of this year was 20 March 1996
	cycleYears = 33
	cycleDays  = cycleYears*365 + 8
)

func cycleStart() time.Time { return time.Date(1996, time.March, 20, 0, 0, 0, 0, time.UTC) }

// jalaliLeap tells whether a year has 366 days: eight years of each cycle.
func jalaliLeap(year int) bool {
	switch ((year % cycleYears) + cycleYears) % cycleYears {
	case 1, 5, 9, 13, 17, 22, 26, 30:
		return true
	}
	return false
}

func jalaliLength(year int) int {
	if jalaliLeap(year) {
		return 366
	}
	return 365
}

// Jalali gives year, month (1–12) and day of t's civil day in t's own zone.
func Jalali(t time.Time) (year, month, day int) {
	civil := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	days := int((civil.Unix() - cycleStart().Unix()) / (24 * 60 * 60))
	cycles := days / cycleDays
	if days %= cycleDays; days < 0 {
		days += cycleDays
		cycles--
	}
	year = cycleYear + cycles*cycleYears
	for days >= jalaliLength(year) {
		days -= jalaliLength(year)
		year++
	}
	if days < 6*31 {
		return year, 1 + days/31, 1 + days%31
	}
	days -= 6 * 31
	return year, 7 + days/30, 1 + days%30
}

// FromJalali gives the civil day, at midnight UTC, of a Jalali date. A day that the calendar does not have, or a
// year outside 1178–1633, is not ok.
func FromJalali(year, month, day int) (t time.Time, ok bool) {
	if year < 1178 || year > 1633 || month < 1 || month > 12 || day < 1 || day > 31 {
		return time.Time{}, false
	}
	days := day - 1
	if month <= 7 {
		days += (month - 1) * 31
	} else {
		days += 6*31 + (month-7)*30
	}
	for y := year; y < cycleYear; y++ {
		days -= jalaliLength(y)
	}
	for y := cycleYear; y < year; y++ {
		days += jalaliLength(y)
	}
	t = cycleStart().AddDate(0, 0, days)
	y, m, d := Jalali(t)
	return t, y == year && m == month && d == day
}
