package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/hours"
)

// maxTarget bounds a target: who waits longer is not waiting for an answer. maxQuiet bounds how long a burst may last.
const (
	maxTarget = 30 * 24 * time.Hour
	maxQuiet  = time.Hour
)

// minWeek is the least that staff may work in a week: a mistyped time must not put every answer off for months.
const minWeek = time.Hour

// Schedule is when staff answers. It is only good for a configuration that is valid.
func (c *Config) Schedule() hours.Schedule {
	zone, err := time.LoadLocation(c.Store.Zone)
	if err != nil {
		zone = time.UTC
	}
	s := hours.Schedule{Zone: zone}
	for _, line := range c.Desk.Hours {
		_ = s.Week.Add(line)
	}
	for _, text := range c.Desk.Closed {
		if closure, err := hours.ParseClosure(text); err == nil {
			s.Closed = append(s.Closed, closure)
		}
	}
	return s
}

func (c *Config) validateDesk(d *decoder) {
	var week hours.Week
	broken := false
	for i, line := range c.Desk.Hours {
		if err := week.Add(line); err != nil {
			broken = true
			at := fmt.Sprintf("desk.hours[%d]", i)
			d.failAt(at, at+": "+err.Error(), `For example "Mon-Fri 09:00-17:00" or "Sat,Sun 10:00-14:00"`)
		}
	}
	if len(c.Desk.Hours) > 0 && !broken && week.Total() < minWeek {
		d.failAt("desk.hours", "desk.hours must be an hour or more in a week", "Empty = round the clock")
	}
	for i, text := range c.Desk.Closed {
		if _, err := hours.ParseClosure(text); err != nil {
			at := fmt.Sprintf("desk.closed[%d]", i)
			d.failAt(at, at+": "+err.Error(), "For example 2026-12-24..2027-01-02")
		}
	}
	w := c.Desk.AnswerWithin
	d.target("flagged", w.Flagged)
	d.target("urgent", w.Urgent)
	d.target("trouble", w.Trouble)
	d.target("order", w.Order)
	d.target("other", w.Other)
}

func (d *decoder) target(name string, t time.Duration) {
	if path := "desk.answer_within." + name; t < time.Minute || t > maxTarget {
		d.failAt(path, path+" must be from 1m to 30d", "For example 90m or 4h")
	}
}

// parseDuration reads "45s", "1h30m" and, for people, "2d".
func parseDuration(text string) (time.Duration, error) {
	days, rest, found := strings.Cut(text, "d")
	if !found {
		return time.ParseDuration(text)
	}
	n, err := strconv.ParseUint(days, 10, 12)
	if err != nil {
		return 0, err
	}
	if rest == "" {
		rest = "0"
	}
	more, err := time.ParseDuration(rest)
	if more < 0 {
		return 0, strconv.ErrRange
	}
	return time.Duration(n)*24*time.Hour + more, err
}
