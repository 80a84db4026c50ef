package web

import (
	"net/http"

	"github.com/replyd/replyd/internal/ticket"
)

// tongues are those that replyd has templates for.
var tongues = []string{"en", "fa", "de", "fr", "es"}

// mayAsk reports whether the page offers another draft.
func (s *server) mayAsk(t *ticket.Turn) bool { return s.Redraft && t.CanAsk() }

// redraft has another draft written, and shows the turn meanwhile. The language chosen is the new draft's.
func (s *server) redraft(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	typed := written(r, t)
	kept := typed
	kept.language = languageOf(t)
	d := s.askingAnew(kept.asIs, cleanLine(r.PostForm.Get("instruction")), typed.language)
	if _, taken := s.settle(w, r, t, &typed, d); taken {
		s.again(w, r, t.ID)
	}
}
