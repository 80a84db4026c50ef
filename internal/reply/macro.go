package reply

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// Macro is a saved reply that staff choose: macros/<lang>/<name>.tmpl. Its first line is "# " and its title.
type Macro struct {
	Name     string // of the file, without its end
	Title    string
	Language string
}

// macroPrefix keeps the names of macros apart from those of intents.
const macroPrefix = "macro."

// maxMacros bounds the macros of one language.
const maxMacros = 200

// loadMacros parses the language's macros. They may use everything that the other templates define.
func (s *set) loadMacros(files fs.FS, lang string) error {
	found, err := fs.ReadDir(files, "macros/"+lang)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range found {
		name, isTemplate := strings.CutSuffix(f.Name(), ".tmpl")
		if !isTemplate || name == "" {
			continue
		}
		file := texts.Path(texts.Macros, lang, name)
		b, err := source(files, file)
		if err != nil {
			return err
		}
		title, text, _ := strings.Cut(string(b), "\n")
		title, titled := strings.CutPrefix(strings.TrimSpace(title), "# ")
		switch {
		case !titled || title == "":
			return &texts.Fault{File: file, Line: 1, What: texts.NoTitle}
		case len(s.macros) == maxMacros:
			return &texts.Fault{File: file, What: texts.ManyMacros}
		}
		// the title's line becomes an empty one, so that errors name the line of the file
		if err := s.define(macroPrefix+name, file, "\n"+text); err != nil {
			return err
		}
		s.sources[macroPrefix+name] = b
		s.macros = append(s.macros, Macro{Name: name, Title: title, Language: lang})
	}
	return nil
}

// Macros lists the saved replies of a language by name.
func (w *Writer) Macros(lang string) []Macro {
	if w.sets[lang] == nil {
		return nil
	}
	return slices.Clone(w.sets[lang].macros)
}

// Fill writes a reply from a macro, in the macro's language. Like every template it states looked-up values only,
// and about orders only the sender's own. The request that it sees is the first one that an order was found for.
func (w *Writer) Fill(m Macro, in Input) (ticket.Draft, error) {
	set := w.sets[m.Language]
	if set == nil || set.sources[macroPrefix+m.Name] == nil {
		return ticket.Draft{}, fmt.Errorf("reply: there is no macro %s/%s", m.Language, m.Name)
	}
	in.Triage.Language = m.Language
	r := w.start(in)
	requests := r.requests()
	at := max(0, slices.IndexFunc(requests, func(q request) bool { return q.finding.Order != nil }))
	v := r.base(len(requests) > 1)
	r.fill(&v, requests[at])
	body, err := r.execute(macroPrefix+m.Name, &v)
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	if body == "" {
		f := texts.Fault{File: texts.Path(texts.Macros, m.Language, m.Name), What: texts.Nothing, Arg: v.Result}
		return ticket.Draft{}, fmt.Errorf("reply: %w", &f)
	}
	d, err := r.draft(body, macroPrefix+m.Name, []string{macroPrefix + m.Name})
	if err != nil {
		return ticket.Draft{}, fmt.Errorf("reply: %w", err)
	}
	return d, nil
}

// rehearseMacros fills every macro with and without findings.
func (w *Writer) rehearseMacros(lang string, findings []shop.Finding) error {
	var all error
	for _, m := range w.sets[lang].macros {
		for _, f := range findings {
			in := rehearsal(lang, ticket.OrderStatus, f)
			if _, err := w.Fill(m, in); err != nil {
				all = errors.Join(all, err)
				break
			}
		}
	}
	return all
}
