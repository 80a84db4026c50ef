package web

import (
	"net/http"
	"slices"

	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// textsView is the list of all texts.
type textsView struct {
	Languages []string
	Intents   []textsRow
	Shared    []textsRow
	Macros    []macroList
}

// textsRow is one template in all languages.
type textsRow struct {
	Name  string
	Cells []texts.Entry // in the order of the languages
}

type macroList struct {
	Language string
	Macros   []texts.Entry
}

func (s *server) textsPage(w http.ResponseWriter, r *http.Request) {
	all, err := s.Texts.Texts()
	if err != nil {
		s.failed(w, r, err)
		return
	}
	var v textsView
	for _, e := range all {
		if !slices.Contains(v.Languages, e.Language) {
			v.Languages = append(v.Languages, e.Language)
		}
	}
	for _, lang := range v.Languages {
		v.Macros = append(v.Macros, macroList{Language: lang})
	}
	for _, e := range all {
		switch {
		case e.Kind == texts.Macros:
			m := &v.Macros[slices.Index(v.Languages, e.Language)]
			m.Macros = append(m.Macros, e)
		case slices.Contains(ticket.Intents, ticket.Intent(e.Name)):
			v.Intents = addCell(v.Intents, e)
		default:
			v.Shared = addCell(v.Shared, e)
		}
	}
	s.render(w, r, http.StatusOK, "templates", "Templates", v)
}

func addCell(rows []textsRow, e texts.Entry) []textsRow {
	i := slices.IndexFunc(rows, func(r textsRow) bool { return r.Name == e.Name })
	if i < 0 {
		rows, i = append(rows, textsRow{Name: e.Name}), len(rows)
	}
	rows[i].Cells = append(rows[i].Cells, e)
	return rows
}

// textName says what a template is for.
func (l *locale) textName(name string) string {
	switch name {
	case "greeting":
		return l.say("How a reply begins")
	case "closing":
		return l.say("How a reply ends")
	case "titles":
		return l.say("Headings, when a mail asks several things")
	case "common":
		return l.say("Parts that several replies share")
	case "status":
		return l.say("Words for each state of an order")
	}
	return l.label(name)
}
