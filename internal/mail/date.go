package mail

import (
	"strconv"
	"strings"
	"time"
)

// zones are the names of RFC 5322 section 4.3 and the common ones besides; others count as UTC.
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6,
	"pst": -8, "pdt": -7, "bst": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2,
	"eest": 3, "msk": 3, "jst": 9, "kst": 9, "aest": 10,
}

var months = []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// parseDate reads a Date field (RFC 5322 section 3.3) word by word, whatever their order; the zero time if
// there is no full date in it. Years from 1970 to 9000 only: JSON can write no others.
func parseDate(v string) time.Time {
	if len(v) > 200 {
		return time.Time{}
	}
	if i := strings.IndexByte(v, '('); i >= 0 {
		v = v[:i]
	}
	d := dateReader{zone: time.UTC}
	for v != "" {
		var w string
		v = strings.TrimLeft(v, " ,\t")
		if i := strings.IndexAny(v, " ,\t"); i >= 0 {
			w, v = v[:i], v[i:]
		} else {
			w, v = v, ""
		}
		d.word(w)
	}
	if d.day < 1 || d.day > 31 || d.month == 0 || d.year < 1970 || d.year > 9000 {
		return time.Time{}
	}
	return time.Date(d.year, d.month, d.day, d.clock[0], d.clock[1], d.clock[2], 0, d.zone)
}

// dateReader collects the pieces of a date.
type dateReader struct {
	year, day int
	month     time.Month
	clock     [3]int
	timed     bool
	zone      *time.Location
}

func (d *dateReader) word(w string) {
	switch {
	case w == "":
	case (w[0] == '+' || w[0] == '-') && d.timed:
		d.offset(w)
	case strings.Count(w, ":") >= 1 && w[0] >= '0' && w[0] <= '9' && !strings.ContainsAny(w, "-/"):
		d.time(w)
	case strings.ContainsAny(w, "-/") && w[0] >= '0' && w[0] <= '9':
		d.joined(w)
	case w[0] >= '0' && w[0] <= '9':
		d.number(w)
	default:
		d.name(w)
	}
}

// number is a day, or a year: two digits of one mean 1950 to 2049 (section 4.3).
func (d *dateReader) number(w string) {
	n, err := strconv.Atoi(strings.TrimRight(w, ".thndrs"))
	switch {
	case err != nil:
	case d.day == 0 && n <= 31 && len(w) < 4:
		d.day = n
	case d.timed && len(w) == 4 && d.year != 0:
		d.offset("+" + w)
	case d.year == 0:
		if len(w) <= 2 && n < 50 {
			n += 2000
		} else if len(w) <= 3 {
			n += 1900
		}
		d.year = n
	}
}

func (d *dateReader) name(w string) {
	low := strings.ToLower(w)
	if offset, ok := zones[low]; ok && d.timed {
		if offset != 0 {
			d.zone = time.FixedZone("", offset*3600)
		}
		return
	}
	if len(low) < 3 || d.month != 0 {
		return
	}
	for i, m := range months {
		if low[:3] == m {
			d.month = time.Month(i + 1)
		}
	}
}

// time is 15:04, 15:04:05 or 15:04:05+02:00.
func (d *dateReader) time(w string) {
	d.timed = true
	if i := strings.IndexAny(w, "+Zz"); i > 0 {
		if w[i] == '+' {
			d.offset(w[i:])
		}
		w = w[:i]
	}
	w, _, _ = strings.Cut(w, ".")
	for i := range d.clock {
		var f string
		f, w, _ = strings.Cut(w, ":")
		if n, err := strconv.Atoi(f); err == nil && n >= 0 && n < 61 {
			d.clock[i] = n
		}
	}
}

// offset is +0200 or +02:00.
func (d *dateReader) offset(w string) {
	n, err := strconv.Atoi(strings.ReplaceAll(w[1:], ":", ""))
	if err != nil || len(w) < 5 || n > 1500 {
		return
	}
	seconds := (n/100*60 + n%100) * 60
	if w[0] == '-' {
		seconds = -seconds
	}
	if seconds != 0 {
		d.zone = time.FixedZone("", seconds)
	}
}

// joined is 2006-01-02, with a time behind T perhaps, 2006/01/02 or 2-Jan-2006.
func (d *dateReader) joined(w string) {
	date, clock, timed := strings.Cut(w, "T")
	f := strings.FieldsFunc(date, func(r rune) bool { return r == '-' || r == '/' })
	if len(f) != 3 {
		return
	}
	if m, err := strconv.Atoi(f[1]); err == nil && len(f[0]) == 4 && m >= 1 && m <= 12 {
		d.month = time.Month(m)
		d.number(f[2])
		d.number(f[0])
	} else {
		d.number(f[0])
		d.name(f[1])
		d.number(f[2])
	}
	if timed {
		if i := strings.LastIndexByte(clock, '-'); i > 0 {
			d.time(clock[:i])
			d.offset(clock[i:])
			return
		}
		d.time(clock)
	}
}
