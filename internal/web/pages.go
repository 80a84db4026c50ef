package web

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/ticket"
)

//go:embed templates static locale
var files embed.FS

// pages holds the parsed templates, of each language, and the static files.
type pages struct {
	views   map[string]map[string]*template.Template // language, page
	locales map[string]*locale
	assets  map[string]asset
}

// frame is what layout.html is filled with.
type frame struct {
	Lang, Dir               string
	Title, Shop, User, Note string
	Undo                    string // the turn whose approval Note is about, while it can be taken back
	Sites                   []site // where the bar leads
	Site                    string // the one of them that this page belongs to
	Within                  bool   // its links and forms replace the page's content alone
	Mark                    string // of the files and the language that the page was made with
	Shadow                  bool
	Refresh                 int // seconds until a page without script loads itself again, 0 for never
	Page                    string
	View                    any
}

func loadPages(s *server) (*pages, error) {
	assets, err := loadAssets()
	if err != nil {
		return nil, err
	}
	p := &pages{views: map[string]map[string]*template.Template{}, assets: assets}
	if p.locales, err = loadLocales(); err != nil {
		return nil, err
	}
	for lang, l := range p.locales {
		p.views[lang] = map[string]*template.Template{}
		for _, name := range []string{
			"login", "queue", "turn", "bulk", "rating", "message", "code", "join", "account", "people", "audit", "settings",
			"templates", "template",
		} {
			t, err := template.New("layout.html").Funcs(s.funcs(p, l)).
				ParseFS(files, "templates/layout.html", "templates/parts/*.html", "templates/"+name+".html")
			if err != nil {
				return nil, fmt.Errorf("web: %w", err)
			}
			p.views[lang][name] = t
		}
	}
	return p, nil
}

// funcs are what templates of a language may call.
func (s *server) funcs(p *pages, l *locale) template.FuncMap {
	return template.FuncMap{
		"size":       l.size,
		"mood":       l.mood,
		"own":        func(text string) []span { own, _ := parted(text); return shortLinks(own) },
		"quoted":     func(text string) string { _, quoted := parted(text); return quoted },
		"plainWhy":   plainReason,
		"family":     func(template string) string { name, _, _ := strings.Cut(template, "@"); return name },
		"htmxConfig": func() string { return htmxConfig },
		"asset":      func(name string) string { return "/static/" + name + "?v=" + p.assets[name].mark },
		"why":        l.why,
		"t":          l.say,
		"label":      l.label,
		"lower":      func(v string) string { return l.say(strings.ToLower(words(v))) },
		"num":        l.num,
		"ago":        func(t time.Time) string { return l.age(s.Now().Sub(t)) },
		"until":      func(t time.Time) string { return l.age(max(t.Sub(s.Now()), time.Minute)) },
		"when":       func(t time.Time) string { return l.lately(t, s.Now(), s.Zone) },
		"iso":        func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"state":      l.state,
		"by":         l.by,
		"money":      func(micros int64) string { return fmt.Sprintf("%.4f", float64(micros)/1e6) },
		"dict":       dict,
		"join":       strings.Join,
		"list":       func(query string) string { return "/?" + query },
		"rtl":        func(lang string) bool { return dirOf(lang) == "rtl" },
		"dir":        dirOf,
		"tongue":     l.tongue,
		// of the settings, and of times in the queue
		"sentence": func(v string) string { return upper(l.say(strings.TrimSuffix(v, "."))) },
		"mode":     func(v string) string { return l.say(modeWords[v]) },
		"moment":   func(t time.Time) string { return l.moment(t, s.Now(), s.Zone) },
		"textName": l.textName,
		"marks":    reply.Marks,
		"textLink": func(path string) string { return "/templates/" + strings.TrimSuffix(path, ".tmpl") },
		"languagesOf": func(own string) []string {
			if slices.Contains(tongues, own) {
				return tongues
			}
			return append([]string{own}, tongues...)
		},
		"has":       func(list []string, v string) bool { return slices.Contains(list, v) },
		"languages": func() map[string]*locale { return p.locales },
	}
}

// dirOf is the direction in which a language is written.
func dirOf(lang string) string {
	switch lang {
	case "fa", "ar", "he", "ur":
		return "rtl"
	}
	return "ltr"
}

// render writes a page. The template runs into a buffer first: a failure must not leave half a page.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, page, title string, view any) {
	l := s.locale(r)
	if s.renewed(w, r, l) {
		return
	}
	if r.Method != http.MethodGet || status >= http.StatusBadRequest {
		w.Header().Set("HX-Push-Url", "false") // it is not what lies at this address
	}
	f := frame{
		Lang: l.Lang, Dir: l.Dir, Title: l.say(title), Shop: s.Shop, User: userOf(r), Shadow: s.Shadow(), View: view,
		Page: page, Sites: s.sitesOf(accountOf(r)), Site: siteOf(page), Mark: s.pages.mark(l),
		Within: page == "queue" || page == "turn" || page == "bulk",
	}
	if v, ok := view.(ratingView); ok {
		f.Lang, f.Dir = v.Lang, v.Dir
	}
	if f.User != "" {
		f.Note = s.sessions.PopString(r.Context(), keyNote)
		f.Undo = s.sessions.PopString(r.Context(), keyUndo)
	}
	if page == "queue" {
		f.Refresh = 60
	}
	if v, ok := view.(*turnView); ok && v.Awaited != nil {
		f.Refresh = 3
	}
	s.execute(w, s.pages.views[l.Lang][page], "layout.html", status, f)
}

// renderPart writes a part of a page, for the page's script to put in.
func (s *server) renderPart(w http.ResponseWriter, r *http.Request, page, part string, view any) {
	if s.renewed(w, r, s.locale(r)) {
		return
	}
	s.execute(w, s.pages.views[s.locale(r).Lang][page], part, http.StatusOK, view)
}

func (s *server) execute(w http.ResponseWriter, t *template.Template, name string, status int, view any) {
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, name, view); err != nil {
		s.Log.Error("web: page", "template", name, "error", err)
		http.Error(w, "The page could not be made. The log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}

type messageView struct{ Title, Text string }

// message writes a page that says one thing.
func (s *server) message(w http.ResponseWriter, r *http.Request, status int, title, text string) {
	s.render(w, r, status, "message", title, messageView{s.say(r, title), s.say(r, text)})
}

// failed answers a request that the program, not the person, failed.
func (s *server) failed(w http.ResponseWriter, r *http.Request, err error) {
	if s.NotFound != nil && errors.Is(err, s.NotFound) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "It may have been erased.")
		return
	}
	s.Log.Error("web: request failed", "method", r.Method, "route", r.Pattern, "error", err)
	s.message(w, r, http.StatusInternalServerError, "That did not work",
		"The log says why. Nothing was changed.")
}

// words writes a name of the program's as people do: "order_status" as "order status".
func words(v any) string { return strings.NewReplacer("_", " ", ".", " ").Replace(fmt.Sprint(v)) }

// dict lets a template hand several values to another one: pairs of a name and a value.
func dict(pairs ...any) map[string]any {
	out := map[string]any{}
	for i := 0; i+1 < len(pairs); i += 2 {
		out[pairs[i].(string)] = pairs[i+1]
	}
	return out
}

// stateLabel says a state in the desk's words.
func stateLabel(s ticket.State) string {
	labels := map[ticket.State]string{
		ticket.Received: "just in", ticket.Triaged: "read", ticket.Informed: "facts found",
		ticket.Drafted: "draft written", ticket.Review: "needs a person", ticket.Approved: "about to be sent",
		ticket.Sending: "being sent", ticket.Sent: "sent", ticket.Done: "sent", ticket.Ignored: "not for us",
		ticket.Recorded: "recorded, not answered", ticket.Rejected: "no reply",
		ticket.Answered: "answered by hand", ticket.Superseded: "answered elsewhere",
	}
	return labels[s]
}
