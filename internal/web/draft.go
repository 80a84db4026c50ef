package web

import (
	"net/http"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/ticket"
)

// checkView is what the desk says about a text before it goes: what no fact covers, and what a person changed.
type checkView struct {
	Text    string
	Open    []ticket.Uncovered
	Marked  []span  // the text, with what is not covered
	Diff    []piece // against what replyd wrote; empty when nothing changed
	Changed bool
	Anew    bool // the changes are those of a draft that was asked for
}

// checkOf runs the grounded check over a text as it would be sent.
func (s *server) checkOf(t *ticket.Turn, subject, text, language string) checkView {
	v := checkView{Text: text}
	d := t.Draft()
	if d == nil || text != cleanText(d.Text) || subject != cleanLine(d.Subject) || language != d.Language {
		own := s.edited(t, "", subject, text, language, s.Now())
		d = &own
	}
	if text == "" {
		return v
	}
	v.Open = d.Open
	var tokens []string
	for _, u := range v.Open {
		tokens = append(tokens, u.Token)
	}
	v.Marked = highlight(text, tokens)
	v.compare(t, text)
	return v
}

// compare shows what a person changed in replyd's last draft; of a draft that they asked for and left as it is, what
// is different from the one before.
func (v *checkView) compare(t *ticket.Turn, text string) {
	for i, d := range slices.Backward(t.Drafts) {
		if d.By != ticket.Replyd {
			continue
		}
		if asked := t.AskedFor(&t.Drafts[i]); asked != nil && cleanText(d.Text) == text {
			d, v.Anew = t.Drafts[asked.Draft], true
		}
		if was := cleanText(d.Text); was != text {
			v.Diff, v.Changed = diffWords(was, text), true
		}
		return
	}
}

// written reads what the form says about a reply.
func written(r *http.Request, t *ticket.Turn) answer {
	a := answer{cleanLine(r.PostForm.Get("subject")), cleanText(r.PostForm.Get("text")), languageOf(t)}
	if l := r.PostForm.Get("language"); slices.Contains(tongues, l) {
		a.language = l
	}
	return a
}

// check answers with a part of the page, or, without script, with the whole page: nothing is stored.
func (s *server) check(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	a := written(r, t)
	fresh := r.PostForm.Has("use")
	if fresh {
		a.text = s.withMacro(t, a.text, r.PostForm.Get("macro"))
	}
	if tooLong(a.text, maxText) {
		a.text = string([]rune(a.text)[:maxText])
	}
	v := s.viewOf(r, t)
	v.Fresh, v.Instruction = fresh, cleanLine(r.PostForm.Get("instruction"))
	v.Subject, v.Text, v.Language = a.subject, a.text, a.language
	v.Checked = s.checkOf(t, a.subject, a.text, a.language)
	if r.Header.Get("HX-Target") == "check" {
		s.renderPart(w, r, "turn", "check", v.Checked)
		return
	}
	s.showTurn(w, r, http.StatusOK, v)
}

// withMacro gives the text with a macro: in its place when nobody has written into it, else below it.
func (s *server) withMacro(t *ticket.Turn, text, name string) string {
	if s.Macros == nil {
		return text
	}
	for _, m := range s.Macros(t) {
		if m.Name != name {
			continue
		}
		if _, was := proposed(t); text == "" || text == cleanText(was) {
			return cleanText(m.Text)
		}
		return text + "\n\n" + cleanText(m.Text)
	}
	return text
}

// preview shows, in a frame, the mail as the customer will see it.
func (s *server) preview(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	a, d := written(r, t), t.Draft()
	if d == nil || a.text != cleanText(d.Text) || a.subject != cleanLine(d.Subject) || a.language != d.Language {
		own := s.edited(t, userOf(r), a.subject, a.text, a.language, s.Now())
		d = &own
	}
	page := d.HTML
	if !strings.Contains(strings.ToLower(page[:min(len(page), 200)]), "<html") {
		page = "<!doctype html><html><head><meta charset=utf-8><title>preview</title></head><body>" + page + "</body></html>"
	}
	s.frame(w, framePolicy("'unsafe-inline'"), page) // our own styles; there is still nothing that could act
}
