package web

import (
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/texts"
)

// Texts is how an owner words replies at the desk. A change holds at once and is kept with its line in the audit log;
// *texts.Fault, texts.ErrStale and texts.ErrFixed say why one was not taken.
type Texts interface {
	// Texts lists every reply template and macro of every language.
	Texts() ([]texts.Entry, error)
	// Text gives one with its versions; texts.ErrUnknown where there is none.
	Text(path string) (*texts.Text, error)
	// TryText tells what a text would say to made-up mails. It keeps nothing.
	TryText(path, body string) (texts.Trial, error)
	// SetText keeps what v says as the version after base.
	SetText(ctx context.Context, path string, base uint64, v texts.Version) error
}

// textRoutes are the pages of templates and macros.
func (s *server) textRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /templates":             s.textsPage,
		"GET /templates/new/{lang}":  s.newMacroPage,
		"POST /templates/new/{lang}": s.newMacro,

		"GET /templates/{kind}/{lang}/{name}":          s.textPage,
		"POST /templates/{kind}/{lang}/{name}":         s.setText,
		"POST /templates/{kind}/{lang}/{name}/back":    s.textBack,
		"POST /templates/{kind}/{lang}/{name}/check":   s.checkText,
		"GET /templates/{kind}/{lang}/{name}/preview":  s.previewText,
		"POST /templates/{kind}/{lang}/{name}/preview": s.previewText,
	}
}

// textView is the page of one text.
type textView struct {
	*texts.Text
	New        bool   // a macro that is not there yet
	Here       string // the page's address
	Checks     string // where its text is tried
	Macro      string // the macro's title in the form
	Typed      string // the text in the form
	Note       string
	Unsaved    bool // the form holds what was not kept
	Base       uint64
	Problem    string
	Trial      trialView
	Sample     string // ID of the preview that is shown
	Samples    []sampleGroup
	Against    uint64 // the version that the text is compared with; 0: the built-in text
	Vocabulary []texts.Group
	Uses       []texts.Part // of other files
}

// trialView is what the page says of a text that somebody writes.
type trialView struct {
	texts.Trial
	Language string
	Shown    *texts.Preview
	Fault    string  // a sentence
	Excerpt  []span  // the line that is at fault
	Other    string  // the file that it is in, if that is another one
	Line     int     // in the form
	Against  string  // a name of what Diff compares with
	Open     bool    // somebody asked for it
	Diff     []piece // nil: no difference
}

// sampleGroup are the previews of one kind of request.
type sampleGroup struct {
	Intent  string
	Samples []texts.Preview
}

// pathOf gives the path that a request names.
func pathOf(r *http.Request) string {
	return texts.Path(r.PathValue("kind"), r.PathValue("lang"), r.PathValue("name"))
}

// findText reads a text, or answers and gives nil.
func (s *server) findText(w http.ResponseWriter, r *http.Request, path string) *texts.Text {
	t, err := s.Texts.Text(path)
	if errors.Is(err, texts.ErrUnknown) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The address may be mistyped.")
		return nil
	}
	if err != nil {
		s.failed(w, r, err)
		return nil
	}
	return t
}

func (s *server) textPage(w http.ResponseWriter, r *http.Request) {
	t := s.findText(w, r, pathOf(r))
	if t == nil {
		return
	}
	v := newTextView(t)
	if n, err := strconv.ParseUint(r.URL.Query().Get("against"), 10, 64); err == nil {
		v.Against, v.Trial.Open = n, true
	}
	s.showText(w, r, http.StatusOK, v)
}

// newTextView is the page of a text as it is kept.
func newTextView(t *texts.Text) *textView {
	here := "/templates/" + t.Kind + "/" + t.Language + "/" + url.PathEscape(t.Name)
	v := &textView{Text: t, Here: here, Checks: here, Base: t.Version}
	v.Macro, v.Typed = "", cleanText(t.Body)
	if t.Kind == texts.Macros {
		v.Macro, v.Typed = splitMacro(t.Body)
	}
	return v
}

// splitMacro takes a macro's file apart; joinMacro puts it together, with the text from macroHead lines on.
func splitMacro(body string) (title, text string) {
	title, text, _ = strings.Cut(body, "\n")
	return cleanLine(strings.TrimPrefix(strings.TrimSpace(title), "#")), cleanText(text)
}

func joinMacro(title, text string) string { return "# " + title + "\n\n" + text + "\n" }

const macroHead = 2

// take reads the form into the page.
func (v *textView) take(r *http.Request) {
	v.Typed, v.Note = cleanText(r.PostForm.Get("body")), cleanLine(r.PostForm.Get("note"))
	v.Sample = cleanLine(r.PostForm.Get("sample"))
	if v.Kind == texts.Macros {
		v.Macro = cleanLine(r.PostForm.Get("title"))
	}
	v.Base, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	v.Against, _ = strconv.ParseUint(r.PostForm.Get("against"), 10, 64)
	v.Unsaved = true
}

// body is the text of the form as a file has it.
func (v *textView) body() string {
	switch {
	case v.Kind == texts.Macros:
		return joinMacro(v.Macro, v.Typed)
	case v.Typed == "":
		return ""
	}
	return v.Typed + "\n"
}

// version is what the form asks to keep. What says the same as the built-in text is no text of the desk's.
func (v *textView) version(r *http.Request) texts.Version {
	out := texts.Version{By: userOf(r), Note: v.Note, Body: v.body()}
	if v.BuiltIn != "" && out.Body == newTextView(&texts.Text{Entry: v.Entry, Body: v.BuiltIn}).body() {
		out.Body = ""
	}
	return out
}

// try fills the part of the page that depends on the form's text.
func (s *server) try(r *http.Request, v *textView) error {
	t, err := s.Texts.TryText(v.Path, v.body())
	if err != nil {
		return err
	}
	v.Trial = trialView{Trial: t, Language: v.Language, Open: v.Trial.Open}
	if t.Fault != nil {
		s.tellFault(r, v, t.Fault)
	}
	for i := range v.Trial.Warnings {
		v.Trial.Warnings[i].Line = v.lineOf(v.Trial.Warnings[i].Line)
	}
	for i, p := range t.Previews {
		if p.ID == v.Sample || v.Trial.Shown == nil {
			v.Trial.Shown = &t.Previews[i]
		}
		n := len(v.Samples)
		if n == 0 || v.Samples[n-1].Intent != p.Intent {
			v.Samples, n = append(v.Samples, sampleGroup{Intent: p.Intent}), n+1
		}
		v.Samples[n-1].Samples = append(v.Samples[n-1].Samples, p)
	}
	if v.Trial.Shown != nil {
		v.Sample = v.Trial.Shown.ID
	}
	s.compare(r, v)
	return nil
}

// lineOf gives the form's line of a line of the file; 0 where there is none.
func (v *textView) lineOf(line int) int {
	if v.Kind == texts.Macros {
		line -= macroHead
	}
	return max(0, line)
}

// tellFault says what is wrong, and where.
func (s *server) tellFault(r *http.Request, v *textView, f *texts.Fault) {
	t := &v.Trial
	t.Fault = f.Say(func(sentence string, args ...any) string { return s.say(r, sentence, args...) })
	t.Excerpt = highlight(f.Excerpt, []string{f.Arg})
	if t.Line = v.lineOf(f.Line); f.File != v.Path {
		t.Other, t.Line = f.File, f.Line
	}
}

// compare tells how the form's text differs from another version's.
func (s *server) compare(r *http.Request, v *textView) {
	other, name := v.BuiltIn, s.say(r, "the built-in text")
	if i := slices.IndexFunc(v.Versions, func(o texts.Version) bool { return o.N == v.Against }); i >= 0 {
		other, name = v.Versions[i].Body, s.say(r, "version %v", s.locale(r).num(v.Against))
		if other == "" && !v.Versions[i].Removed {
			other = v.BuiltIn
		}
	}
	if other = cleanText(other); other != "" && other != cleanText(v.body()) {
		v.Trial.Against, v.Trial.Diff = name, diffWords(other, cleanText(v.body()))
	}
}

func (s *server) showText(w http.ResponseWriter, r *http.Request, status int, v *textView) {
	if v.New && !v.Unsaved { // there is nothing to try
		v.Trial.Language = v.Language
	} else if err := s.try(r, v); err != nil {
		s.failed(w, r, err)
		return
	}
	v.Vocabulary = reply.Vocabulary()
	for _, p := range v.Parts {
		if p.File != v.Path && strings.Contains(v.Typed, `template "`+p.Name+`"`) {
			v.Uses = append(v.Uses, p)
		}
	}
	title := v.Title
	if title == "" {
		title = s.locale(r).label(v.Name)
	}
	if v.New {
		title = s.say(r, "New macro")
	}
	s.render(w, r, status, "template", title, v)
}

// checkText answers with a part of the page, or, without script, with the whole page: nothing is kept.
func (s *server) checkText(w http.ResponseWriter, r *http.Request) {
	v := s.textForm(w, r)
	if v == nil {
		return
	}
	if r.Header.Get("HX-Target") != "trial" {
		s.showText(w, r, http.StatusOK, v)
		return
	}
	if err := s.try(r, v); err != nil {
		s.failed(w, r, err)
		return
	}
	s.renderPart(w, r, "template", "trial", v.Trial)
}

// textForm reads a form about a text that may not be there yet, or answers and gives nil.
func (s *server) textForm(w http.ResponseWriter, r *http.Request) *textView {
	if !s.form(w, r) {
		return nil
	}
	var v *textView
	if r.PostForm.Has("new") {
		if v = s.newMacroView(w, r); v == nil {
			return nil
		}
	} else {
		t := s.findText(w, r, pathOf(r))
		if t == nil {
			return nil
		}
		v = newTextView(t)
	}
	v.take(r)
	return v
}

// previewText shows, in a frame, a reply to a made-up mail as the customer would get it: with the text that holds, or
// with the form's.
func (s *server) previewText(w http.ResponseWriter, r *http.Request) {
	var v *textView
	if r.Method == http.MethodPost {
		if v = s.textForm(w, r); v == nil {
			return
		}
	} else {
		t := s.findText(w, r, pathOf(r))
		if t == nil {
			return
		}
		v = newTextView(t)
		v.Sample = r.URL.Query().Get("sample")
	}
	if err := s.try(r, v); err != nil {
		s.failed(w, r, err)
		return
	}
	page := ""
	switch {
	case v.Trial.Fault != "" && v.Trial.Line > 0:
		page = s.say(r, "Line %v", s.locale(r).num(v.Trial.Line)) + ": " + v.Trial.Fault
	case v.Trial.Fault != "":
		page = v.Trial.Fault
	case v.Trial.Shown == nil:
		page = s.say(r, "No made-up mail shows this text.")
	default:
		s.frame(w, framePolicy("'unsafe-inline'"), v.Trial.Shown.HTML) // our own styles; nothing in it could act
		return
	}
	l := s.locale(r)
	s.frame(w, framePolicy("'unsafe-inline'"), fmt.Sprintf(`<!doctype html><html lang="%s" dir="%s"><head><meta charset=utf-8>`+
		`<title>preview</title></head><body style="font:15px system-ui;margin:2rem">%s</body></html>`, l.Lang, l.Dir,
		html.EscapeString(page)))
}
