package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
)

// Settings is what an owner changes at the desk. A change holds at once and is kept with its line in the audit
// log; settings.ErrStale and settings.Invalid say why one was not taken.
type Settings interface {
	// Settings gives the fields, and the versions so far, newest first.
	Settings() ([]settings.Field, []settings.Version, error)
	SetSettings(ctx context.Context, base uint64, values settings.Values, by string) error
	// Notices gives what waits to be told, oldest first.
	Notices() ([]ticket.Notice, error)
}

type settingsView struct {
	Fields   []settings.Field // all but the modes of intents
	Intents  []settings.Field
	Versions []settings.Version
	Base     uint64 // the version that the form began with
	Problems []string
	Notices  []ticket.Notice
}

func (s *server) settingsPage(w http.ResponseWriter, r *http.Request) {
	s.showSettings(w, r, http.StatusOK, nil)
}

// showSettings shows the page. After a problem the form holds what the person typed.
func (s *server) showSettings(w http.ResponseWriter, r *http.Request, status int, problems []string) {
	fields, versions, err := s.Settings.Settings()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v := settingsView{Versions: versions, Problems: problems}
	if v.Notices, err = s.Settings.Notices(); err != nil {
		s.failed(w, r, err)
		return
	}
	if len(versions) > 0 {
		v.Base = versions[0].N
	}
	for _, f := range fields {
		if len(problems) > 0 && !f.Fixed {
			f.Set = typed(r, f)
		}
		if strings.HasPrefix(f.Key, "intents.") {
			v.Intents = append(v.Intents, f)
		} else {
			v.Fields = append(v.Fields, f)
		}
	}
	s.render(w, r, status, "settings", "Settings", v)
}

// setSettings takes the form. An empty field means: as the file or the default says.
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
			value = typed(r, f)
		}
		if value != "" {
			values[f.Key] = value
		}
	}
	base, _ := strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	err = s.Settings.SetSettings(r.Context(), base, values, userOf(r))
	var wrong settings.Invalid
	switch {
	case errors.Is(err, settings.ErrStale):
		s.showSettings(w, r, http.StatusConflict,
			[]string{s.say(r, "Somebody else changed the settings meanwhile. Look at what holds now, then save again.")})
	case errors.As(err, &wrong):
		s.showSettings(w, r, http.StatusUnprocessableEntity, wrong)
	case err != nil:
		s.failed(w, r, err)
	default:
		s.sessions.Put(r.Context(), keyNote, s.say(r, "Saved. It holds from now on."))
		http.Redirect(w, r, "/settings", http.StatusSeeOther)
	}
}

// typed gives what the form says about a field, without what cannot be seen.
func typed(r *http.Request, f settings.Field) string {
	if f.List {
		return cleanText(r.PostForm.Get(f.Key))
	}
	return cleanLine(r.PostForm.Get(f.Key))
}
