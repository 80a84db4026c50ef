package app

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/prompts"
)

// deskTexts are the reply templates and macros as the desk shows and changes them.
type deskTexts struct{ *App }

// sharedFiles are the templates of a language beside those of intents, in the order of the page.
var sharedFiles = []string{"greeting", "closing", "titles", "common", "status"}

// textVersions is how many versions of a text its page shows.
const textVersions = 50

// Texts implements web.Texts.
func (d deskTexts) Texts() (out []texts.Entry, err error) {
	w := d.live().voice
	var checks sync.WaitGroup
	for _, report := range w.reports {
		checks.Go(func() { _, _ = report() }) // all languages at once: each takes a part of a second
	}
	checks.Wait()
	for _, lang := range w.languages() {
		reports, err := w.reports[lang]()
		var fault *texts.Fault
		if err != nil && !errors.As(err, &fault) {
			return nil, err
		}
		found, told := map[string]int{}, map[string]bool{}
		for _, r := range reports {
			for _, p := range r.Problems {
				if key := p.File + " " + p.Token; !told[key] {
					told[key] = true
					found[p.File]++
				}
			}
		}
		for _, path := range w.paths(lang) {
			e := w.entry(path)
			file, _ := prompts.Own(w.config.Prompts, path)
			e.Warnings = max(found[path], found[file])
			if fault != nil && fault.File == path {
				e.Fault = fault
			}
			out = append(out, e)
		}
	}
	return out, nil
}

// languages are those with templates, the store's own first.
func (w *voice) languages() []string {
	all := w.Languages()
	first := func(lang string) int {
		if lang == w.config.Store.Language {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(all, func(a, b string) int { return first(a) - first(b) })
	return all
}

// paths lists what a language has: the shared templates, one for each intent, then macros by name, those removed at
// the desk among them.
func (w *voice) paths(lang string) (out []string) {
	for _, i := range ticket.Intents {
		out = append(out, texts.Path(texts.Replies, lang, string(i)))
	}
	for _, name := range sharedFiles {
		out = append(out, texts.Path(texts.Replies, lang, name))
	}
	macros := map[string]bool{}
	for _, m := range w.Macros(lang) {
		macros[texts.Path(texts.Macros, lang, m.Name)] = true
	}
	for p := range w.newest {
		if kind, l, _, ok := texts.Split(p); ok && kind == texts.Macros && l == lang {
			macros[p] = true
		}
	}
	return append(out, slices.Sorted(maps.Keys(macros))...)
}

// entry describes one text.
func (w *voice) entry(p string) texts.Entry {
	parts := strings.Split(p, "/")
	e := texts.Entry{Path: p, Kind: parts[0], Language: parts[1], Name: strings.TrimSuffix(path.Base(p), ".tmpl"),
		Version: w.newest[p].N, Fault: w.faults[p]}
	body, from := w.source(p)
	if body == "" && e.Fault != nil {
		body = w.newest[p].Body
	}
	e.Origin = from
	if e.Kind == texts.Macros {
		if body == "" {
			body = w.lastWords(p)
		}
		e.Title = titleOf(body)
	}
	return e
}

// lastWords gives what a macro that is gone would say.
func (w *voice) lastWords(p string) string {
	b, _ := prompts.BuiltIn(p)
	return cmp.Or(w.newest[p].Body, string(b))
}

// titleOf gives a macro's title.
func titleOf(body string) string {
	line, _, _ := strings.Cut(body, "\n")
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(line), "# "))
}

// Text implements web.Texts.
func (d deskTexts) Text(p string) (*texts.Text, error) {
	w := d.live().voice
	kind, lang, name, ok := texts.Split(p)
	if !ok || !w.known(p) {
		return nil, texts.ErrUnknown
	}
	t := &texts.Text{Entry: w.entry(p), Parts: w.Parts(lang)}
	b, _ := prompts.BuiltIn(p)
	t.BuiltIn = string(b)
	t.Body, _ = w.source(p)
	if t.Fault != nil {
		t.Body = w.newest[p].Body
	}
	if file, own := prompts.Own(w.config.Prompts, p); own {
		t.File = file
	}
	var err error
	if t.Versions, err = d.store.TextHistory(p, textVersions); err != nil {
		return nil, err
	}
	if t.Origin == texts.Gone { // what is offered to come back
		t.Body = t.BuiltIn
		for _, v := range t.Versions {
			if v.Body != "" {
				t.Body = v.Body
				break
			}
		}
		t.Title = titleOf(t.Body)
	}
	if kind == texts.Macros && t.Title == "" {
		t.Title = name
	}
	return t, nil
}

// known tells whether a text is there, or was.
func (w *voice) known(p string) bool {
	_, lang, _, _ := texts.Split(p)
	return slices.Contains(w.Languages(), lang) && slices.Contains(w.paths(lang), p)
}

// TryText implements web.Texts. It keeps nothing.
func (d deskTexts) TryText(p, body string) (t texts.Trial, err error) {
	w := d.live().voice
	kind, lang, name, ok := texts.Split(p)
	if !ok || !slices.Contains(w.Languages(), lang) || kind == texts.Replies && !w.known(p) {
		return t, texts.ErrUnknown
	}
	d.trying.Lock() // one at a time: filling every template takes a processor
	defer d.trying.Unlock()
	if strings.TrimSpace(body) == "" {
		return texts.Trial{Fault: &texts.Fault{File: p, What: texts.Empty}}, nil
	}
	writer, err := w.with(p, texts.Version{Body: body})
	if err == nil {
		t, err = w.trial(writer, kind, lang, name)
	}
	var fault *texts.Fault
	if errors.As(err, &fault) {
		shown := *fault
		if shown.File == p {
			shown.Show(body)
		} else if other, _ := w.source(shown.File); other != "" {
			shown.Show(other)
		}
		return texts.Trial{Fault: &shown}, nil
	}
	return t, err
}

// trial fills what a text is used in.
func (w *voice) trial(writer *reply.Writer, kind, lang, name string) (t texts.Trial, err error) {
	check, err := newTemplateCheck(w.config, writer)
	if err != nil {
		return t, err
	}
	names := []string{name}
	switch {
	case kind == texts.Macros:
		names = []string{macroPrefix + name}
	case name != "status" && slices.Contains(sharedFiles, name):
		names = slices.DeleteFunc(templateNames(), func(n string) bool { return n == "status" })
	}
	reports, err := check.templates(lang, names)
	if err != nil {
		return t, err
	}
	file := texts.Path(kind, lang, name)
	for _, r := range reports {
		for _, p := range r.Problems {
			if p.File == file {
				t.Warnings = append(t.Warnings, texts.Warning{Sample: previewID(r.Template, p.Sample), Token: p.Token,
					Line: p.Line, Why: p.Why})
			}
		}
		for _, reply := range r.Replies {
			t.Previews = append(t.Previews, texts.Preview{ID: previewID(r.Template, reply.Sample),
				Intent: strings.TrimPrefix(r.Template, macroPrefix), Sample: reply.Sample, Subject: reply.Subject,
				Text: reply.Text, HTML: reply.HTML})
		}
	}
	return t, nil
}

func previewID(template, sample string) string { return template + ": " + sample }

// SetText implements web.Texts. What is wrong is found before anything is kept; what is kept holds at once.
func (d deskTexts) SetText(ctx context.Context, p string, base uint64, v texts.Version) error {
	d.changing.Lock()
	defer d.changing.Unlock()
	now := d.live()
	w := now.voice
	kind, lang, _, ok := texts.Split(p)
	switch {
	case !ok || !slices.Contains(w.Languages(), lang) || kind == texts.Replies && !w.known(p):
		return texts.ErrUnknown
	case w.fixed(p):
		return texts.ErrFixed
	}
	if _, err := w.with(p, v); err != nil {
		return err
	}
	if v.At.IsZero() {
		v.At = time.Now()
	}
	if err := d.store.SetText(ctx, p, base, v); err != nil {
		return err
	}
	newest, err := d.store.Texts()
	if err != nil {
		return err
	}
	next := *now
	if next.voice, err = newVoice(now.config, newest); err != nil {
		return err
	}
	for _, other := range w.Languages() { // their templates are the same
		if other != lang {
			next.voice.reports[other] = w.reports[other]
		}
	}
	d.current.Store(&next)
	return nil
}

// edit makes the next draft of a turn from a person's text.
func (a *App) edit(before ticket.Draft, text, by string, at time.Time, known []shop.Fact) (ticket.Draft, error) {
	return a.writer().Edit(before, text, by, at, known)
}
