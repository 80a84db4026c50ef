package app

import (
	"context"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/wording"
)

// live is what an owner changes while replyd runs: the file, and what was set at the desk where the file says
// nothing. It is replaced as a whole and never altered, so nobody sees half a change.
type live struct {
	config  *config.Config
	modes   policy.Modes
	promise ticket.Promise
	gate    gate.Config
	triage  *triage.Triage
	voice   *voice
	// redraft writes drafts anew, as staff ask; nil without a model
	redraft *wording.Redrafting
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
	redraft, err := newRedrafting(c, a.model)
	if err != nil {
		return nil, err
	}
	newest, err := a.store.Texts()
	if err != nil {
		return nil, err
	}
	voice, err := newVoice(c, newest)
	if err != nil {
		return nil, err
	}
	return &live{config: c, modes: modes(c), promise: promise(c), triage: reader, redraft: redraft, voice: voice,
		gate: gateConfig(c, a.store.Secret(), a.activated())}, nil
}

func promise(c *config.Config) ticket.Promise {
	return ticket.Promise{Targets: ticket.Targets(c.Desk.AnswerWithin), Hours: c.Schedule()}
}

// promise gives until when customers should be answered, as it holds now. While the store opens, nothing is set yet.
func (a *App) promise() *ticket.Promise {
	if now := a.live(); now != nil {
		return &now.promise
	}
	p := promise(a.config)
	return &p
}

// activated is from when on mail may be answered.
func (a *App) activated() time.Time { return a.store.Activated().Add(-a.config.Limits.Backlog) }

// deskSettings are the settings as the desk shows and changes them.
type deskSettings struct{ *App }

// maxVersions is how many versions the page shows.
const maxVersions = 20

// Settings implements web.Settings.
func (d deskSettings) Settings() (fields []settings.Field, versions []settings.Version, err error) {
	if versions, err = d.store.SettingsHistory(maxVersions + 1); err != nil {
		return nil, nil, err
	}
	var last settings.Version
	if len(versions) > 0 {
		last = versions[0]
	}
	alone := d.config.Settings()
	for i, s := range d.live().config.Settings() {
		fields = append(fields, settings.Field{Key: s.Key, Doc: s.Doc, Allowed: s.Allowed, List: s.List, Number: s.Number,
			Span: s.Span, Set: last.Values[s.Key], Now: s.Value, Default: alone[i].Value, Fixed: s.Given})
	}
	return fields, versions, nil
}

// SetSettings implements web.Settings. What is wrong is found before anything is stored; what is stored holds at
// once.
func (d deskSettings) SetSettings(ctx context.Context, base uint64, values settings.Values, by string) error {
	return d.change(ctx, base, settings.Version{Values: values, By: by, At: time.Now()})
}

// BackTo implements web.Settings.
func (d deskSettings) BackTo(ctx context.Context, base, n uint64, by string) error {
	old, err := d.store.SettingsVersion(n)
	if err != nil {
		return err
	}
	return d.change(ctx, base, settings.Version{Values: old.Values, By: by, At: time.Now(), Back: &n})
}

func (d deskSettings) change(ctx context.Context, base uint64, v settings.Version) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	next, err := d.with(v.Values)
	if wrong := (config.Errors)(nil); errors.As(err, &wrong) {
		return invalid(wrong)
	}
	if err != nil {
		return err
	}
	if err := d.store.SetSettings(ctx, base, v); err != nil {
		return err
	}
	d.current.Store(next)
	_, err = d.store.Rank(ctx)
	return err
}

// ofList is the path of a list's item: the list's, and which one.
var ofList = regexp.MustCompile(`^(.*)\[(\d+)\]$`)

// invalid tells what is wrong by key and line, without a place in a file, which nobody edited.
func invalid(wrong config.Errors) (out settings.Invalid) {
	for _, e := range wrong {
		p := settings.Problem{Key: e.Key, What: e.Message, Help: e.Help}
		p.What = strings.TrimLeft(strings.TrimPrefix(e.Message, e.Key), ": ")
		if m := ofList.FindStringSubmatch(e.Key); m != nil {
			p.Key = m[1]
			p.Line, _ = strconv.Atoi(m[2])
			p.Line++
		}
		out = append(out, p)
	}
	return out
}

// Notices implements web.Settings.
func (d deskSettings) Notices() ([]ticket.Notice, error) { return d.store.Notices() }
