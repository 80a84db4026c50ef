package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/ticket"
)

// Kinds of votes, as the export names them too.
const (
	kindCSAT = "csat" // a face from 1 to 5
	kindNPS  = "nps"  // how likely the customer recommends the store, 0 to 10
)

type apiRating struct {
	Turn    ticket.TurnID `json:"turn"`
	Ticket  ticket.ID     `json:"ticket"`
	Kind    string        `json:"kind"`
	Score   int           `json:"score"`
	Comment string        `json:"comment"`
	At      time.Time     `json:"at"`
}

// place sorts votes by time, and none like another one.
func (r apiRating) place() string {
	return fmt.Sprintf("%019d %s %s", r.At.UnixNano(), r.Kind, r.Turn)
}

type apiRatingList struct {
	Ratings []apiRating `json:"ratings"`
	Next    string      `json:"next,omitempty"`
	Since   *time.Time  `json:"since,omitempty"`
	CSAT    *crm.Score  `json:"csat,omitempty"`
	NPS     *crm.Score  `json:"nps,omitempty"`
}

// apiRatings gives the votes about one turn, oldest first; or all since a time, newest first, with what they come
// to. Of several votes about a turn the last one counts.
func (s *server) apiRatings(c apiCall) (any, error) {
	turn := ticket.TurnID(c.param("turn"))
	if turn == "" {
		return s.apiRatingsSince(c)
	}
	votes, err := s.Desk.Ratings(turn)
	if err != nil {
		return nil, err
	}
	out := apiRatingList{Ratings: []apiRating{}}
	for _, v := range votes {
		out.Ratings = append(out.Ratings, apiRating{v.Turn, v.Ticket, kindCSAT, v.Score, v.Comment, v.At})
	}
	return out, nil
}

// ratingSpan is how far back votes are counted unless a time is given: as long as a customer is not asked again.
const ratingSpan = ticket.AskEvery

func (s *server) apiRatingsSince(c apiCall) (any, error) {
	limit, err := c.limit()
	if err != nil {
		return nil, err
	}
	since := s.Now().Add(-ratingSpan)
	if text := c.param("since"); text != "" {
		if since, err = time.Parse(time.RFC3339, text); err != nil {
			return nil, problem{Status: 400, Detail: "since is a time like 2026-11-22T00:00:00Z."}
		}
	}
	e := audit.Entry{At: s.Now(), Who: c.by.Name, What: audit.Exported, Detail: "ratings"}
	if err := s.People.Record(c.Context(), e); err != nil {
		return nil, err
	}
	all, sum, err := s.votes(since)
	if err != nil {
		return nil, err
	}
	csat, nps := sum.CSAT(), sum.NPS()
	out := apiRatingList{Ratings: []apiRating{}, Since: &since, CSAT: &csat, NPS: &nps}
	after := c.param("after")
	for _, r := range all {
		if after != "" && r.place() >= after {
			continue
		}
		if len(out.Ratings) == limit {
			out.Next = out.Ratings[limit-1].place()
			break
		}
		out.Ratings = append(out.Ratings, r)
	}
	return out, nil
}

// votes collects what customers said since a time, newest first.
func (s *server) votes(since time.Time) (all []apiRating, sum crm.Satisfaction, err error) {
	sum.Since = since
	err = s.Desk.EachRating(func(r *ticket.Rating) error {
		if sum.Rate(*r); !r.At.Before(since) {
			all = append(all, apiRating{r.Turn, r.Ticket, kindCSAT, r.Score, r.Comment, r.At})
		}
		return nil
	})
	if err != nil {
		return nil, sum, err
	}
	err = s.Desk.EachRecommendation(func(r *ticket.Recommendation) error {
		sum.Recommend(*r)
		for _, a := range r.Answers {
			if !a.At.Before(since) {
				all = append(all, apiRating{r.Turn, r.Ticket, kindNPS, a.Score, "", a.At})
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b apiRating) int { return strings.Compare(b.place(), a.place()) })
	return all, sum, err
}
