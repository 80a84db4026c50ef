package ticket

import "time"

// AskEvery is how long a customer is not asked again how likely they are to recommend the store.
const AskEvery = 90 * 24 * time.Hour

// Recommendation is one time that a customer was asked how likely they are to recommend the store (Net Promoter
// Score), and what they answered.
type Recommendation struct {
	Ticket  ID          `json:"ticket"`
	Turn    TurnID      `json:"turn"` // whose rating page asked
	Address string      `json:"address"`
	Asked   time.Time   `json:"asked"`
	Answers []Promotion `json:"answers,omitempty"` // the last one counts; empty: asked and not answered
}

// Promotion is one answer: 0 (not at all likely) … 10 (very likely).
type Promotion struct {
	Score int       `json:"score"`
	At    time.Time `json:"at"`
}

// Last gives the answer that counts; nil if there is none.
func (r *Recommendation) Last() *Promotion {
	if len(r.Answers) == 0 {
		return nil
	}
	return &r.Answers[len(r.Answers)-1]
}
