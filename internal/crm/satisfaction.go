package crm

import (
	"math"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// Score is a number about customers with how far it can be trusted: the 95 % interval. Of none, all is 0.
type Score struct {
	N     int     `json:"n"` // customers' votes, each turn's last one
	Value float64 `json:"value"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Satisfaction collects votes. The last one about a turn counts, if it is not older than Since.
type Satisfaction struct {
	Since time.Time
	faces map[ticket.TurnID]ticket.Rating
	tens  map[ticket.TurnID]ticket.Promotion
}

// Rate adds a vote with a face.
func (s *Satisfaction) Rate(r ticket.Rating) {
	if s.faces == nil {
		s.faces = map[ticket.TurnID]ticket.Rating{}
	}
	if !r.At.Before(s.Since) && !r.At.Before(s.faces[r.Turn].At) {
		s.faces[r.Turn] = r
	}
}

// Recommend adds what a customer answered when they were asked whether they recommend the store.
func (s *Satisfaction) Recommend(r ticket.Recommendation) {
	if s.tens == nil {
		s.tens = map[ticket.TurnID]ticket.Promotion{}
	}
	if last := r.Last(); last != nil && !last.At.Before(s.Since) {
		s.tens[r.Turn] = *last
	}
}

// z is the quantile of the normal distribution for 95 %.
const z = 1.959964

// CSAT is the share of votes of 4 and 5, from 0 to 1, with the Wilson interval (Wilson 1927), which holds for few
// votes too.
func (s *Satisfaction) CSAT() Score {
	out := Score{N: len(s.faces)}
	if out.N == 0 {
		return out
	}
	glad, n := 0.0, float64(out.N)
	for _, r := range s.faces {
		if r.Score >= 4 {
			glad++
		}
	}
	p := glad / n
	middle := (p + z*z/(2*n)) / (1 + z*z/n)
	half := z / (1 + z*z/n) * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	out.Value, out.Low, out.High = p, max(0, middle-half), min(1, middle+half)
	return out
}

// NPS is the share of 9 and 10 less that of 0 to 6, from −100 to 100, with the interval of a mean of −100, 0 and
// 100.
func (s *Satisfaction) NPS() Score {
	out := Score{N: len(s.tens)}
	if out.N == 0 {
		return out
	}
	up, down, n := 0.0, 0.0, float64(out.N)
	for _, r := range s.tens {
		switch {
		case r.Score >= 9:
			up++
		case r.Score <= 6:
			down++
		}
	}
	mean := (up - down) / n
	half := z * math.Sqrt(((up+down)/n-mean*mean)/n)
	out.Value, out.Low, out.High = 100*mean, 100*max(-1, mean-half), 100*min(1, mean+half)
	return out
}
