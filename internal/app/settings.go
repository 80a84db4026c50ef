package app

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
)

// live is what an owner changes while replyd runs: the file, and what was set at the desk where the file says
// nothing. It is replaced as a whole and never altered, so nobody sees half a change.
type live struct {
	config *config.Config
	modes  policy.Modes
	gate   gate.Config
	triage *triage.Triage
}

// live gives what holds now.
func (a *App) live() *live { return a.current.Load() }

// with makes what holds when values are set at the desk. It changes nothing.
func (a *App) with(values settings.Values) (*live, error) {
	c, err := a.config.With(values)
	if err != nil {
		return nil, err
	}
	reader, err := newTriage(c, a.model)
	if err != nil {
		return nil, err
	}
	return &live{config: c, modes: modes(c), gate: gateConfig(c, a.store.Secret(), a.activated()), triage: reader}, nil
}

// activated is from when on mail may be answered.
func (a *App) activated() time.Time { return a.store.Activated().Add(-a.config.Limits.Backlog) }

// deskSettings are the settings as the desk shows and changes them.
type deskSettings struct{ *App }

// maxVersions is how many versions the page shows.
const maxVersions = 20

// Settings implements web.Settings.
func (d deskSettings) Settings() (fields []settings.Field, versions []settings.Version, err error) {
	if versions, err = d.store.SettingsHistory(maxVersions); err != nil {
		return nil, nil, err
	}
	var last settings.Version
	if len(versions) > 0 {
		last = versions[0]
	}
	for _, s := range d.live().config.Settings() {
		fields = append(fields, settings.Field{Key: s.Key, Doc: s.Doc, Allowed: s.Allowed, List: s.List, Number: s.Number,
			Set: last.Values[s.Key], Now: s.Value, Fixed: s.Given})
	}
	return fields, versions, nil
}

// SetSettings implements web.Settings. What is wrong is found before anything is stored; what is stored holds at
// once.
func (d deskSettings) SetSettings(ctx context.Context, base uint64, values settings.Values, by string) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	next, err := d.with(values)
	if wrong := (config.Errors)(nil); errors.As(err, &wrong) {
		return invalid(wrong)
	}
	if err != nil {
		return err
	}
	if err := d.store.SetSettings(ctx, base, values, by, time.Now()); err != nil {
		return err
	}
	d.current.Store(next)
	return nil
}

// invalid tells what is wrong without a place in a file, which nobody edited.
func invalid(wrong config.Errors) (out settings.Invalid) {
	for _, e := range wrong {
		out = append(out, strings.TrimSpace(e.Message+". "+e.Help))
	}
	return out
}

// Notices implements web.Settings.
func (d deskSettings) Notices() ([]ticket.Notice, error) { return d.store.Notices() }
