package crm

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// TestSatisfactionIsCountedAsTheBooksSay, with values worked out by hand (Wilson's interval of 8 of 10: 0.490 to 0.943).
func TestSatisfactionIsCountedAsTheBooksSay(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	s := Satisfaction{Since: at}
	if s.CSAT() != (Score{}) || s.NPS() != (Score{}) {
		t.Error("of no vote there is no score")
	}
	rate := func(turn, score int, at time.Time) {
		s.Rate(ticket.Rating{Turn: ticket.TurnID(fmt.Sprint(turn)), Score: score, At: at})
	}
	for i, score := range []int{5, 5, 4, 4, 5, 4, 5, 4, 3, 1} {
		rate(i, score, at.Add(time.Minute))
	}
	rate(9, 2, at.Add(time.Hour)) // changed: the last one counts
	rate(8, 5, at.Add(time.Second))
	rate(99, 1, at.Add(-time.Second)) // before the time that is asked for
	answer := func(turn int, scores ...int) {
		r := ticket.Recommendation{Turn: ticket.TurnID(fmt.Sprint(turn))}
		for _, n := range scores {
			r.Answers = append(r.Answers, ticket.Promotion{Score: n, At: at})
		}
		s.Recommend(r)
	}
	answer(0, 10)
	answer(1, 0, 9)
	answer(2, 7)
	answer(3, 6)
	answer(4) // asked, not answered
	for name, c := range map[string]struct{ got, want Score }{
		"csat": {s.CSAT(), Score{N: 10, Value: 0.8, Low: 0.490, High: 0.943}},
		"nps":  {s.NPS(), Score{N: 4, Value: 25, Low: -56.3, High: 100}},
	} {
		near := func(a, b float64) bool { return math.Abs(a-b) < 0.001*max(1, math.Abs(b)) }
		if c.got.N != c.want.N || !near(c.got.Value, c.want.Value) || !near(c.got.Low, c.want.Low) || !near(c.got.High, c.want.High) {
			t.Errorf("%s: %+v, want %+v", name, c.got, c.want)
		}
	}
}
