package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// setText keeps the form's text.
func (s *server) setText(w http.ResponseWriter, r *http.Request) {
	v := s.textForm(w, r)
	if v == nil {
		return
	}
	s.keepText(w, r, v, v.Here, v.version(r), s.say(r, "Saved. Replies use it from now on."))
}

// textBack makes an older version hold again, or what is there without the desk, or takes a macro away.
func (s *server) textBack(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	t := s.findText(w, r, pathOf(r))
	if t == nil {
		return
	}
	v := newTextView(t)
	v.Base, _ = strconv.ParseUint(r.PostForm.Get("version"), 10, 64)
	next, note := texts.Version{By: userOf(r)}, ""
	if r.PostForm.Has("remove") {
		next.Removed, note = true, s.say(r, "The macro was removed.")
	} else {
		n, _ := strconv.ParseUint(r.PostForm.Get("n"), 10, 64)
		for _, old := range t.Versions {
			if n > 0 && old.N == n {
				next.Body, next.Removed = old.Body, old.Removed
				next.Note = s.say(r, "back to version %v", s.locale(r).num(n))
			}
		}
		if n > 0 && next.Note == "" {
			s.message(w, r, http.StatusNotFound, "There is nothing here", "The address may be mistyped.")
			return
		}
		note = s.say(r, "It is as it was. Replies use it from now on.")
	}
	s.keepText(w, r, v, v.Here, next, note)
}

// keepText keeps a version and goes to an address, or shows the page again with what was typed and what is wrong.
func (s *server) keepText(w http.ResponseWriter, r *http.Request, v *textView, to string, next texts.Version,
	note string,
) {
	err := texts.Check(v.Path, next)
	if err == nil && v.Kind == texts.Macros && next.Body != "" && v.Macro == "" {
		err = &texts.Fault{File: v.Path, What: texts.NoTitle}
	}
	if err == nil && next.Body == "" && !next.Removed && v.BuiltIn == "" {
		err = &texts.Fault{File: v.Path, What: texts.Empty}
	}
	if err == nil {
		err = s.Texts.SetText(r.Context(), v.Path, v.Base, next)
	}
	var fault *texts.Fault
	status := http.StatusUnprocessableEntity
	switch {
	case err == nil:
		s.sessions.Put(r.Context(), keyNote, note)
		http.Redirect(w, r, to, http.StatusSeeOther)
		return
	case errors.Is(err, texts.ErrStale):
		status, v.Problem = http.StatusConflict,
			s.say(r, "Somebody else changed this text meanwhile. Yours was not saved and is still here: compare it, then save again.")
		if now, err := s.Texts.Text(v.Path); err == nil {
			v.Text, v.Base, v.Against = now, now.Version, now.Version
		}
	case errors.Is(err, texts.ErrFixed):
		status, v.Problem = http.StatusConflict, s.say(r, "A file in the owner's folder sets this text. Change it there.")
	case errors.Is(err, texts.ErrMany):
		v.Problem = s.say(r, "No more texts can be kept. Change one that is there.")
	case errors.As(err, &fault):
		v.Problem = s.say(r, "Not saved: something in the text is wrong.")
		v.Unsaved = true
	case texts.Check(v.Path, next) != nil:
		v.Problem = s.say(r, "Not saved: the text, or the note, is too long.")
	default:
		s.failed(w, r, err)
		return
	}
	s.showText(w, r, status, v)
}

// newMacroView is the page of a macro that is not there yet; nil, with an answer, where a language has no templates.
func (s *server) newMacroView(w http.ResponseWriter, r *http.Request) *textView {
	lang := r.PathValue("lang")
	some := s.findText(w, r, texts.Path(texts.Replies, lang, string(ticket.OrderStatus)))
	if some == nil {
		return nil
	}
	e := texts.Entry{Path: texts.Path(texts.Macros, lang, "new"), Kind: texts.Macros, Language: lang, Name: "new"}
	return &textView{Text: &texts.Text{Entry: e, Parts: some.Parts}, New: true, Here: "/templates/new/" + lang,
		Checks: "/templates/macros/" + lang + "/new"}
}

func (s *server) newMacroPage(w http.ResponseWriter, r *http.Request) {
	if v := s.newMacroView(w, r); v != nil {
		s.showText(w, r, http.StatusOK, v)
	}
}

// maxNamesakes bounds macros of one title.
const maxNamesakes = 50

// newMacro keeps a macro under a name made of its title.
func (s *server) newMacro(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	v := s.newMacroView(w, r)
	if v == nil {
		return
	}
	v.take(r)
	if v.Typed == "" || v.Macro == "" {
		v.Problem = s.say(r, "Not saved: a macro needs a title and a text.")
		s.showText(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	name := cmp.Or(texts.Slug(v.Macro), "macro")
	v.Name = name
	for i := 2; i <= maxNamesakes; i++ {
		v.Path = texts.Path(texts.Macros, v.Language, v.Name)
		if _, err := s.Texts.Text(v.Path); err != nil {
			break
		}
		v.Name = name + "_" + strconv.Itoa(i)
	}
	s.keepText(w, r, v, "/templates/macros/"+v.Language+"/"+url.PathEscape(v.Name), v.version(r),
		s.say(r, "Saved. It is offered at the desk from now on."))
}
