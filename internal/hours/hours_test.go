package hours

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/google/go-cmp/cmp"
)

func schedule(t *testing.T, zone string, closed string, lines ...string) *Schedule {
	t.Helper()
	s := &Schedule{}
	var err error
	if s.Zone, err = time.LoadLocation(zone); err != nil {
		t.Fatal(err)
	}
	for _, line := range lines {
		if err := s.Week.Add(line); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
	}
	for one := range strings.FieldsSeq(closed) {
		c, err := ParseClosure(one)
		if err != nil {
			t.Fatalf("%q: %v", one, err)
		}
		s.Closed = append(s.Closed, c)
	}
	return s
}

func TestWorkingTimeIsAdded(t *testing.T) {
	office := []string{"Mon-Fri 09:00-17:00"}
	for name, tt := range map[string]struct {
		zone, closed string
		lines        []string
		at           string
		add          time.Duration
		want         string
	}{
		"within a day":         {"Europe/Berlin", "", office, "2026-11-20 10:00", 2 * time.Hour, "2026-11-20 12:00"},
		"over a weekend":       {"Europe/Berlin", "", office, "2026-11-20 16:30", 2 * time.Hour, "2026-11-23 10:30"},
		"to the very end":      {"Europe/Berlin", "", office, "2026-11-20 16:30", 30 * time.Minute, "2026-11-20 17:00"},
		"from the night":       {"Europe/Berlin", "", office, "2026-11-20 03:00", time.Hour, "2026-11-20 10:00"},
		"from a Sunday":        {"Europe/Berlin", "", office, "2026-11-22 12:00", time.Minute, "2026-11-23 09:01"},
		"three days of work":   {"Europe/Berlin", "", office, "2026-11-19 12:00", 24 * time.Hour, "2026-11-24 12:00"},
		"over a lunch":         {"UTC", "", []string{"Mon 9-12, 13-17"}, "2026-11-23 11:30", time.Hour, "2026-11-23 13:30"},
		"round the clock":      {"UTC", "", nil, "2026-11-21 23:00", 24 * time.Hour, "2026-11-22 23:00"},
		"over a closed day":    {"UTC", "2026-11-23", office, "2026-11-20 16:30", 2 * time.Hour, "2026-11-24 10:30"},
		"every year's closed":  {"UTC", "12-25", office, "2026-12-24 16:30", time.Hour, "2026-12-28 09:30"},
		"over the new year":    {"UTC", "12-24..01-02", office, "2026-12-23 16:30", time.Hour, "2027-01-04 09:30"},
		"closed, but no hours": {"UTC", "2026-11-21", nil, "2026-11-20 23:00", 2 * time.Hour, "2026-11-22 01:00"},
		"a night shift":        {"UTC", "", []string{"Fri 22:00-06:00"}, "2026-11-20 23:00", 3 * time.Hour, "2026-11-21 02:00"},
		"in a night shift":     {"UTC", "", []string{"Fri 22:00-06:00"}, "2026-11-21 05:00", 2 * time.Hour, "2026-11-27 23:00"},
		"a shift of a closed day's eve goes on": {"UTC", "2026-11-21", []string{"daily 22:00-06:00"}, "2026-11-20 23:00",
			8 * time.Hour, "2026-11-22 23:00"},
		"a Persian weekend": {"Asia/Tehran", "", []string{"Sat-Wed 09:00-17:00"}, "2026-11-18 16:30", 2 * time.Hour,
			"2026-11-21 10:30"},
		"the clock put forward": {"Europe/Berlin", "", []string{"daily 24h"}, "2026-03-29 01:00", 2 * time.Hour,
			"2026-03-29 04:00"},
		"a shift that the change begins": {"Europe/Berlin", "", []string{"Sun 02:30-05:00"}, "2026-03-29 00:00", time.Hour,
			"2026-03-29 04:00"},
		"a shift that the change swallows": {"Europe/Berlin", "", []string{"Sun 02:00-03:00"}, "2026-03-29 00:00",
			time.Hour, "2026-04-05 03:00"},
		"the clock put back": {"Europe/Berlin", "", []string{"Sun 02:00-04:00"}, "2026-10-25 00:00", 150 * time.Minute,
			"2026-10-25 03:30"},
		"a midnight that is not": {"Asia/Tehran", "", []string{"daily 00:00-01:30"}, "2022-03-21 23:00", 30 * time.Minute,
			"2022-03-22 01:30"},
	} {
		s := schedule(t, tt.zone, tt.closed, tt.lines...)
		at, err := time.ParseInLocation("2006-01-02 15:04", tt.at, s.Zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Add(at, tt.add).In(s.Zone).Format("2006-01-02 15:04"); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// worlds are schedules of all kinds, around the days on which clocks change.
func worlds(t *testing.T) []*Schedule {
	return []*Schedule{
		schedule(t, "Europe/Berlin", "", "Mon-Fri 09:00-12:00, 13:00-17:00", "Sat 10:00-14:00"),
		schedule(t, "Europe/Berlin", "03-29", "daily 22:00-03:00"),
		schedule(t, "Europe/Berlin", "", "Sun 02:00-03:00", "Mon-Sat 24h"),
		schedule(t, "Asia/Tehran", "03-21..03-24", "Sat-Wed 00:00-08:30", "Wed 20:00-04:00"),
		schedule(t, "America/New_York", "12-25 2026-11-26", "daily 23:30-01:30"),
		schedule(t, "Pacific/Apia", "2011-12-31", "daily 09:00-17:00"),
		schedule(t, "Australia/Lord_Howe", "", "Sat-Mon 01:00-02:30"),
		schedule(t, "UTC", "01-01..12-31", "Mon 09:00-17:00"), // never
	}
}

// TestAddKeepsItsWord: it never goes back, grows with both, ends within the hours, and adds up.
func TestAddKeepsItsWord(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	begin := time.Date(2011, 1, 1, 0, 0, 0, 0, time.UTC)
	for n, s := range worlds(t) {
		rounds := 2000
		if n == 7 {
			rounds = 20
		}
		for range rounds {
			at := begin.Add(time.Duration(r.Int64N(int64(17 * 365 * 24 * time.Hour))))
			later := at.Add(time.Duration(r.Int64N(int64(48 * time.Hour))))
			a, b := time.Duration(r.Int64N(int64(30*time.Hour))), time.Duration(r.Int64N(int64(30*time.Hour)))
			first, both := s.Add(at, a), s.Add(at, a+b)
			switch {
			case first.Before(at), both.Before(first):
				t.Fatalf("%d: %s + %v = %s, + %v = %s", n, at, a, first, b, both)
			case s.Add(later, a).Before(first):
				t.Fatalf("%d: %s + %v = %s, but %s + %v = %s", n, at, a, first, later, a, s.Add(later, a))
			case n == 7:
				continue
			case !s.Add(first, b).Equal(both):
				t.Fatalf("%d: %s + %v + %v is %s or %s", n, at, a, b, both, s.Add(first, b))
			case !s.Open(first) && !s.Open(first.Add(-1)):
				t.Fatalf("%d: %s + %v = %s, when nobody works", n, at, a, first)
			}
		}
	}
}

func TestWithoutHoursTimeIsTime(t *testing.T) {
	var s Schedule
	at := time.Now()
	for range 100 {
		d := time.Duration(rand.Int64N(int64(1000 * time.Hour)))
		if !s.Add(at, d).Equal(at.Add(d)) {
			t.Fatal(d)
		}
	}
	if !s.Always() || !s.Open(at) {
		t.Error("somebody rests")
	}
}

func TestLinesAreWrittenAsTheyAreRead(t *testing.T) {
	for in, want := range map[string][]string{
		"Mon-Fri 9-17": {"Mon-Fri 09:00-17:00"},
		"mon, WED,friday: 09:00–12:00,13-17": {"Mon 09:00-12:00, 13:00-17:00", "Wed 09:00-12:00, 13:00-17:00",
			"Fri 09:00-12:00, 13:00-17:00"},
		"daily 24h":           {"Mon-Sun 24h"},
		"Sat-Wed 18:00-02:00": {"Mon-Wed 18:00-02:00", "Sat-Sun 18:00-02:00"},
		"Sun 0:00-24:00":      {"Sun 24h"},
		"Thu 22-0":            {"Thu 22:00-24:00"},
	} {
		var w Week
		if err := w.Add(in); err != nil {
			t.Errorf("%q: %v", in, err)
		}
		if diff := cmp.Diff(want, w.Lines()); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

func TestWhatIsNoLineIsRefused(t *testing.T) {
	for _, in := range []string{
		"", "always", "09:00-17:00", "Mon", "Mon 9", "Mon 17:00-17:00", "Mon 25:00-26:00", "Mon 9:5-10",
		"Mo 9-17", "Monday-Funday 9-17", "Mon 9-12, 11-13", "Mon, Mon 9-17", "Mon 9-12 13-17", "Mon 24:00-02:00", "Mon 9-17,",
		"Mon 0-1, 1-2, 2-3, 3-4, 4-5, 5-6, 6-7, 7-8, 8-9, 9-10, 10-11, 11-12, 12-13", "Mon -9-17",
	} {
		var w Week
		if err := w.Add(in); err == nil {
			t.Errorf("%q is read as %v", in, w.Lines())
		}
	}
	for _, in := range []string{
		"", "25.12.2026", "2026-13-01", "02-30", "2026-12-25..12-27", "2026-12-25..2026-12-24", "..",
	} {
		if c, err := ParseClosure(in); err == nil {
			t.Errorf("%q is read as %v", in, c)
		}
	}
	var w Week
	if w.Add("Mon 9-12") != nil || w.Add("Mon-Tue 11-13") == nil {
		t.Error("two lines may overlap")
	}
}

// FuzzLine: what is read is written so that it is read as the same.
func FuzzLine(f *testing.F) {
	for _, seed := range []string{
		"Mon-Fri 09:00-17:00", "daily 24h", "Sat,Sun 22-6, 9-10", "Thu–Sat 18:00–02:00", "1-2", "Mon 99",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		var w, again Week
		if w.Add(line) != nil {
			return
		}
		for _, l := range w.Lines() {
			if err := again.Add(l); err != nil {
				t.Fatalf("%q became %q: %v", line, l, err)
			}
		}
		if !slices.EqualFunc(w[:], again[:], slices.Equal[[]Span]) {
			t.Errorf("%q: %v, then %v", line, w, again)
		}
		s := Schedule{Week: w}
		at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		if end := s.Add(at, time.Hour); !end.After(at) {
			t.Errorf("%q: %s", line, end)
		}
	})
}

func BenchmarkAdd(b *testing.B) {
	var s Schedule
	s.Zone, _ = time.LoadLocation("Europe/Berlin")
	_ = s.Week.Add("Mon-Fri 09:00-17:00")
	at := time.Date(2026, 11, 20, 16, 30, 0, 0, time.UTC)
	for b.Loop() {
		s.Add(at, 24*time.Hour)
	}
}
