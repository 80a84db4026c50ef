package web

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
)

// Settings is what an owner changes at the desk. A change holds at once and is kept with its line in the audit
// log; settings.ErrStale and settings.Invalid say why one was not taken.
type Settings interface {
	// Settings gives the fields, and the versions so far, newest first.
	Settings() ([]settings.Field, []settings.Version, error)
	// SetSettings keeps values as the version after base.
	SetSettings(ctx context.Context, base uint64, values settings.Values, by string) error
	// BackTo keeps the values of version n once more, as the version after base. Version 0 is nothing set.
	BackTo(ctx context.Context, base, n uint64, by string) error
	// Notices gives what waits to be told, oldest first.
	Notices() ([]ticket.Notice, error)
}

// setting is a field of the page.
type setting struct {
	settings.Field
	Label, Hint string
	Typed       string // what the form shows
	Problems    []settings.Problem
	Due         time.Time // of a target: until when a mail of now should be answered
}

// From tells where the value comes from that holds.
func (s setting) From() string {
	switch {
	case s.Fixed:
		return "set in the file"
	case s.Set != "":
		return "set here"
	}
	return "default"
}

type settingsView struct {
	Fields   map[string]setting // by key
	Able     []setting          // the modes of intents that can go out by themselves
	Unable   []setting          // and of those that always need a person
	Days     []weekday
	Always   bool // staff answers round the clock
	Other    []setting
	Versions []settingsVersion
	Base     uint64 // the version that the form began with
	Problem  string // why nothing was saved
	Wrong    []setting
	Stray    []settings.Problem // of keys that are not on the page
	Notices  []ticket.Notice
}

// In gives the fields under keys, in their order.
func (v settingsView) In(keys ...string) (out []setting) {
	for _, key := range keys {
		if f, ok := v.Fields[key]; ok {
			out = append(out, f)
		}
	}
	return out
}

// AlwaysSet tells that somebody set a mode of what always needs a person.
func (v settingsView) AlwaysSet() bool {
	return slices.ContainsFunc(v.Unable, func(f setting) bool { return f.Set != "" || f.Fixed })
}

// maxVersions is how many versions the page shows.
const maxVersions = 20

// settingsVersion is a version with what it changed.
type settingsVersion struct {
	settings.Version
	Changes []settingsChange
	Newest  bool
	Was     string // the number of the version that it brought back; empty if none
}

type settingsChange struct{ Key, Label, From, To string }

func (s *server) settingsPage(w http.ResponseWriter, r *http.Request) {
	s.showSettings(w, r, http.StatusOK, "", nil)
}

// showSettings shows the page. After a problem the form holds what the person typed.
func (s *server) showSettings(
	w http.ResponseWriter, r *http.Request, status int, problem string, wrong settings.Invalid,
) {
	fields, versions, err := s.Settings.Settings()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	l := s.locale(r)
	v := settingsView{Fields: map[string]setting{}, Versions: versionsOf(l, versions), Problem: problem}
	if v.Notices, err = s.Settings.Notices(); err != nil {
		s.failed(w, r, err)
		return
	}
	if len(versions) > 0 {
		v.Base = versions[0].N
	}
	again := r.PostForm.Has("version") && problem != ""
	for _, f := range fields {
		one := setting{Field: f, Label: settingLabel(l, f.Key), Hint: settingHint(l, f), Typed: f.Now}
		if again && !f.Fixed {
			one.Typed = cmp.Or(typed(r, f), f.Default)
		}
		for _, p := range wrong {
			if p.Key == f.Key {
				one.Problems = append(one.Problems, p)
			}
		}
		s.place(&v, one)
	}
	for _, p := range wrong {
		if !isSetting(fields, p.Key) {
			v.Stray = append(v.Stray, p)
		}
	}
	v.Days, v.Always = s.week(r, v.Fields["desk.hours"], again)
	s.render(w, r, status, "settings", "Settings", v)
}

// place puts a field where the page shows it.
func (s *server) place(v *settingsView, f setting) {
	if len(f.Problems) > 0 {
		v.Wrong = append(v.Wrong, f)
	}
	switch {
	case strings.HasPrefix(f.Key, "intents."):
		if slices.Contains(f.Allowed, "auto") {
			v.Able = append(v.Able, f)
		} else {
			v.Unable = append(v.Unable, f)
		}
		return
	case settingLabels[f.Key] == "":
		v.Other = append(v.Other, f)
		return
	}
	if strings.HasPrefix(f.Key, "desk.answer_within.") {
		if target, err := time.ParseDuration(f.Now); err == nil {
			f.Due = s.Promise().By(s.Now(), target)
		}
	}
	v.Fields[f.Key] = f
}

func isSetting(fields []settings.Field, key string) bool {
	for _, f := range fields {
		if f.Key == key {
			return true
		}
	}
	return false
}

// setSettings takes the form. What is as it would be without the desk is not set at the desk.
func (s *server) setSettings(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	fields, _, err := s.Settings.Settings()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	values := settings.Values{}
	for _, f := range fields {
		value := f.Set
		if !f.Fixed {
			if value = typed(r, f); value == f.Default {
				value = ""
			}
		}
		if value != "" {
			values[f.Key] = value
		}
	}
	base, _ := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	s.savedSettings(w, r, s.Settings.SetSettings(r.Context(), base, values, userOf(r)))
}

// backToSettings takes an old version once more.
func (s *server) backToSettings(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	base, _ := strconv.ParseUint(r.PostForm.Get("base"), 10, 64)
	to, err := strconv.ParseUint(r.PostForm.Get("to"), 10, 64)
	if err != nil {
		s.message(w, r, http.StatusBadRequest, "There is nothing here", "The address may be mistyped.")
		return
	}
	s.savedSettings(w, r, s.Settings.BackTo(r.Context(), base, to, userOf(r)))
}

// savedSettings answers a change of the settings.
func (s *server) savedSettings(w http.ResponseWriter, r *http.Request, err error) {
	var wrong settings.Invalid
	switch {
	case errors.Is(err, settings.ErrNoVersion):
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The address may be mistyped.")
	case errors.Is(err, settings.ErrStale):
		s.showSettings(w, r, http.StatusConflict,
			s.say(r, "Somebody else changed the settings meanwhile. Look at what holds now, then save again."), nil)
	case errors.As(err, &wrong):
		s.showSettings(w, r, http.StatusUnprocessableEntity,
			s.say(r, "Nothing was saved yet: something below needs a change."), wrong)
	case err != nil:
		s.failed(w, r, err)
	default:
		s.sessions.Put(r.Context(), keyNote, s.say(r, "Saved. It holds from now on."))
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
	}
}

// typed gives what the form says about a field, without what cannot be seen and with the digits that the file uses.
func typed(r *http.Request, f settings.Field) string {
	switch {
	case f.Key == "desk.hours":
		return typedWeek(r)
	case f.Key == "desk.closed":
		return latinDigits.Replace(cleanText(r.PostForm.Get(f.Key)))
	case f.List:
		return cleanText(r.PostForm.Get(f.Key))
	case f.Number, f.Span:
		return latinDigits.Replace(cleanLine(r.PostForm.Get(f.Key)))
	}
	return cleanLine(r.PostForm.Get(f.Key))
}

// versionsOf tells what each version changed. Behind the last one that is shown stands one more, to compare with.
func versionsOf(l *locale, versions []settings.Version) (out []settingsVersion) {
	for i, v := range versions[:min(len(versions), maxVersions)] {
		before := settings.Values{}
		if i+1 < len(versions) {
			before = versions[i+1].Values
		}
		one := settingsVersion{Version: v, Newest: i == 0}
		if v.Back != nil {
			one.Was = l.num(*v.Back)
		}
		for _, key := range v.Changed {
			from, to := before[key], v.Values[key]
			if modeWords[from]+modeWords[to] != "" && (key == "mode" || strings.HasPrefix(key, "intents.")) {
				from, to = l.say(from), l.say(to)
			}
			one.Changes = append(one.Changes, settingsChange{key, settingLabel(l, key), from, to})
		}
		out = append(out, one)
	}
	return out
}
