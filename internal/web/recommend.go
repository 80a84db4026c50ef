package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/replyd/replyd/internal/ticket"
)

// step is one answer of the scale from 0 to 10.
type step struct {
	Score   int
	Label   string // in the page's digits
	Checked bool
}

// askIn lets the page that thanks for a vote ask for a recommendation, unless the customer was asked lately. That
// it cannot be asked must not spoil the thanks.
func (s *server) askIn(r *http.Request, v *ratingView, t *ticket.Turn, token string) {
	v.Token = token
	asked, err := s.Desk.Ask(r.Context(), ticket.Recommendation{
		Ticket: t.Ticket, Turn: t.ID, Address: t.Recipient(), Asked: s.Now(),
	})
	if err != nil {
		s.Log.Error("web: asking for a recommendation", "error", err)
	}
	if asked == nil {
		return
	}
	chosen := -1
	if last := asked.Last(); last != nil {
		chosen = last.Score
	}
	v.scale(chosen)
}

func (v *ratingView) scale(chosen int) {
	l := &locale{Lang: v.Lang}
	for n := range 11 {
		v.Scale = append(v.Scale, step{Score: n, Label: l.num(n), Checked: n == chosen})
	}
}

// recommend records an answer to the question that the page asked.
func (s *server) recommend(w http.ResponseWriter, r *http.Request) {
	t := s.ratedTurn(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	token := r.PathValue("token")
	score, err := strconv.Atoi(r.PostForm.Get("score"))
	v := s.newRating(t, token, 0)
	v.Token, v.Thanks = token, true
	shown := validNonce(s.RatingSecret, token, r.PostForm.Get("nonce"), s.Now())
	if err != nil || score < 0 || score > 10 || !shown {
		v.Problem = v.Words.Number
		v.scale(-1)
		s.render(w, r, http.StatusUnprocessableEntity, "rating", v.Words.Title, v)
		return
	}
	err = s.Desk.Recommend(r.Context(), t.Recipient(), t.ID, score, s.Now())
	if errors.Is(err, s.NotFound) {
		v.Thanks, v.Closed = false, v.Words.Thanks // nothing was asked, so nothing is recorded
		s.render(w, r, http.StatusConflict, "rating", v.Words.Title, v)
		return
	}
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, "rating", v.Words.Title, v)
}
