package shop

import (
	"testing"
	"time"
)

// Nowruz as the calendar of Iran's Institute of Geophysics announced it: 20 or 21 March, the 20th after a leap year.
func TestNowruzFallsOnTheAnnouncedDay(t *testing.T) {
	march := map[int]int{ // Jalali year → day of March
		1370: 21, 1375: 20, 1376: 21, 1379: 20, 1380: 21, 1383: 20, 1387: 20, 1388: 21, 1391: 20, 1392: 21, 1395: 20,
		1396: 21, 1399: 20, 1400: 21, 1401: 21, 1402: 21, 1403: 20, 1404: 21, 1405: 21, 1406: 21, 1407: 20, 1408: 20,
		1409: 21, 1412: 20, 1413: 21,
	}
	for year, day := range march {
		want := time.Date(year+621, time.March, day, 0, 0, 0, 0, time.UTC)
		if y, m, d := Jalali(want); y != year || m != 1 || d != 1 {
			t.Errorf("%s is %d-%d-%d, want 1 Farvardin %d", want.Format(time.DateOnly), y, m, d, year)
		}
		if got, ok := FromJalali(year, 1, 1); !ok || !got.Equal(want) {
			t.Errorf("1 Farvardin %d is %s, want %s", year, got.Format(time.DateOnly), want.Format(time.DateOnly))
		}
	}
}

// Each day is the one after the day before, and goes there and back. Days are counted here by the lengths of months,
// a leap year being one whose Nowruz and next Nowruz lie 366 days apart.
func TestJalaliDaysFollowEachOther(t *testing.T) {
	at := time.Date(1930, time.March, 21, 0, 0, 0, 0, time.UTC) // 1 Farvardin 1309
	y, m, d := 1309, 1, 1
	for at.Year() < 2150 {
		if gy, gm, gd := Jalali(at); gy != y || gm != m || gd != d {
			t.Fatalf("%s is %d-%d-%d, want %d-%d-%d", at.Format(time.DateOnly), gy, gm, gd, y, m, d)
		}
		if back, ok := FromJalali(y, m, d); !ok || !back.Equal(at) {
			t.Fatalf("%d-%d-%d goes back to %s, want %s", y, m, d, back, at)
		}
		at, d = at.AddDate(0, 0, 1), d+1
		length := 31
		switch {
		case m == 12:
			length = 29
			if (25*y+11)%33 < 8 { // the rule in one formula (Birashk's remainder form), not the table above
				length = 30
			}
		case m > 6:
			length = 30
		}
		if d > length {
			d, m = 1, m+1
		}
		if m > 12 {
			m, y = 1, y+1
		}
	}
}

func TestDaysThatDoNotExistAreRefused(t *testing.T) {
	for _, c := range [][3]int{{1404, 12, 30}, {1405, 7, 31}, {1405, 13, 1}, {1405, 0, 1}, {1405, 1, 32}, {1, 1, 1}, {99999, 1, 1}} {
		if got, ok := FromJalali(c[0], c[1], c[2]); ok {
			t.Errorf("%v is accepted as %s", c, got.Format(time.DateOnly))
		}
	}
	if _, ok := FromJalali(1403, 12, 30); !ok {
		t.Error("30 Esfand of a leap year is refused")
	}
}

func TestJalaliIsTheDayOfItsOwnZone(t *testing.T) {
	tehran := time.FixedZone("Asia/Tehran", 3*3600+1800)
	at := time.Date(2026, time.November, 21, 21, 0, 0, 0, time.UTC) // past midnight in Tehran
	if _, _, d := Jalali(at.In(tehran)); d != 1 {
		t.Errorf("day is %d, want 1 Azar", d)
	}
}
