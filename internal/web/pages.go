package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

//go:embed templates static
var files embed.FS

// pages holds the parsed templates and the static files.
type pages struct {
	views  map[string]*template.Template
	assets map[string][]byte
	marks  map[string]string // file to a hash of its content, so that browsers may keep it for ever
}

// frame is what layout.html is filled with.
type frame struct {
	Lang, Dir               string
	Title, Shop, User, Note string
	Shadow                  bool
	Refresh                 int // seconds until the page loads itself again, 0 for never
	View                    any
}

func loadPages(s *server) (*pages, error) {
	p := &pages{views: map[string]*template.Template{}, assets: map[string][]byte{}, marks: map[string]string{}}
	assets, err := fs.Glob(files, "static/*")
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	for _, name := range assets {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		sum := sha256.Sum256(data)
		p.assets[path.Base(name)], p.marks[path.Base(name)] = data, hex.EncodeToString(sum[:6])
	}
	funcs := template.FuncMap{
		"asset": func(name string) string { return "/static/" + name + "?v=" + p.marks[name] },
		"ago":   func(t time.Time) string { return age(s.Now().Sub(t)) },
		"when":  func(t time.Time) string { return t.In(s.Zone).Format("2 Jan 2006, 15:04") },
		"iso":   func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"words": words,
		"lower": func(v string) string { return strings.ToLower(words(v)) },
		"state": stateLabel,
		"money": func(micros int64) string { return fmt.Sprintf("%.4f", float64(micros)/1e6) },
		"dict":  dict,
	}
	for _, name := range []string{
		"login", "queue", "turn", "rating", "message", "code", "join", "account", "people", "audit",
	} {
		t, err := template.New("layout.html").Funcs(funcs).
			ParseFS(files, "templates/layout.html", "templates/"+name+".html")
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		p.views[name] = t
	}
	return p, nil
}

// render writes a page. The template runs into a buffer first: a failure must not leave half a page.
func (s *server) render(w http.ResponseWriter, r *http.Request, status int, page, title string, view any) {
	f := frame{
		Lang: "en", Dir: "ltr", Title: title, Shop: s.Shop, User: userOf(r), Shadow: s.Shadow, View: view,
	}
	if v, ok := view.(ratingView); ok {
		f.Lang, f.Dir = v.Lang, v.Dir
	}
	if f.User != "" {
		f.Note = s.sessions.PopString(r.Context(), keyNote)
	}
	if page == "queue" {
		f.Refresh = 60
	}
	var b bytes.Buffer
	if err := s.pages.views[page].Execute(&b, f); err != nil {
		s.Log.Error("web: page", "page", page, "error", err)
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
	s.render(w, r, status, "message", title, messageView{title, text})
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

// static serves an embedded file. Its address changes with its content.
func (p *pages) static(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	data, ok := p.assets[name]
	if !ok {
		http.NotFound(w, r)
		return
	}
	types := map[string]string{".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
	w.Header().Set("Content-Type", types[path.Ext(name)])
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(data)
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

// age tells a duration in its largest unit.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return "now"
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h", int(d.Hours()))
	}
	return fmt.Sprintf("%d d", int(d.Hours()/24))
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
