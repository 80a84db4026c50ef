package web

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/replyd/replyd/internal/ticket"
)

const (
	maxComment = 2000 // characters
	maxVotes   = 20   // about one turn; the last one counts
)

type ratingView struct {
	Shop    string // whose page this is
	Words   ratingWords
	Lang    string
	Dir     string
	Faces   []face
	Comment string
	Nonce   string
	Problem string
	Thanks  bool
	Closed  string // why there is no form

	Token string // of the form that asks for a recommendation
	Scale []step // its answers; nil when the customer is not asked
}

type face struct {
	Score   int
	Picture string // of our own: fonts without colour pictures draw empty boxes
	Label   string
	Checked bool
}

// ratingPage shows the faces. It records nothing: mail scanners open every link.
func (s *server) ratingPage(w http.ResponseWriter, r *http.Request) {
	t := s.ratedTurn(w, r)
	if t == nil {
		return
	}
	score, _ := strconv.Atoi(r.URL.Query().Get("score")) // a link may choose a face, only the form votes
	v := s.newRating(t, r.PathValue("token"), score)
	s.render(w, r, http.StatusOK, "rating", v.Words.Title, v)
}

// rate records a vote.
func (s *server) rate(w http.ResponseWriter, r *http.Request) {
	t := s.ratedTurn(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	token := r.PathValue("token")
	score, err := strconv.Atoi(r.PostForm.Get("score"))
	comment := cleanText(r.PostForm.Get("comment"))
	if runes := []rune(comment); len(runes) > maxComment {
		comment = string(runes[:maxComment])
	}
	v := s.newRating(t, token, score)
	v.Comment = comment
	shown := validNonce(s.RatingSecret, token, r.PostForm.Get("nonce"), s.Now())
	if err != nil || score < 1 || score > 5 || !shown {
		v.Problem = v.Words.Again
		s.render(w, r, http.StatusUnprocessableEntity, "rating", v.Words.Title, v)
		return
	}
	votes, err := s.Desk.Ratings(t.ID)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	if len(votes) >= maxVotes {
		v.Closed = v.Words.Thanks
		s.render(w, r, http.StatusTooManyRequests, "rating", v.Words.Title, v)
		return
	}
	err = s.Desk.Rate(r.Context(), ticket.Rating{
		Ticket: t.Ticket, Turn: t.ID, Address: t.Recipient(), Score: score, Comment: comment, At: s.Now(),
	})
	if err != nil {
		s.failed(w, r, err)
		return
	}
	v.Thanks = true
	s.askIn(r, &v, t, token)
	s.render(w, r, http.StatusOK, "rating", v.Words.Title, v)
}

// ratedTurn gives the turn that the token was made for, or answers and returns nil. A forged token and an
// unknown turn get the same answer.
func (s *server) ratedTurn(w http.ResponseWriter, r *http.Request) *ticket.Turn {
	token, ok := parseToken(r.PathValue("token"))
	var t *ticket.Turn
	if ok {
		var err error
		if t, err = s.Desk.Turn(token.turn); err != nil && !errors.Is(err, s.NotFound) {
			s.failed(w, r, err)
			return nil
		}
	}
	if t == nil || t.Receipt == nil || !token.signed(s.RatingSecret, t) {
		v := ratingView{Shop: s.Shop, Words: wordsFor("en"), Lang: "en", Dir: "ltr"}
		v.Closed = v.Words.Invalid
		s.render(w, r, http.StatusNotFound, "rating", v.Words.Title, v)
		return nil
	}
	if s.Now().After(token.expires) {
		v := s.newRating(t, "", 0)
		v.Closed = v.Words.Expired
		s.render(w, r, http.StatusGone, "rating", v.Words.Title, v)
		return nil
	}
	return t
}

func (s *server) newRating(t *ticket.Turn, token string, score int) ratingView {
	v := ratingView{Shop: s.Shop, Lang: "en", Dir: "ltr", Nonce: nonce(s.RatingSecret, token, s.Now())}
	if d := t.Draft(); d != nil {
		v.Lang = d.Language
	}
	v.Words = wordsFor(v.Lang)
	v.Lang, v.Dir = v.Words.Lang, v.Words.Dir
	for i, label := range v.Words.Faces {
		picture := "face-" + strconv.Itoa(i+1) + ".svg"
		v.Faces = append(v.Faces, face{Score: i + 1, Picture: picture, Label: label, Checked: score == i+1})
	}
	return v
}
