package app

import (
	"strings"

	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// Summary is what a run of the demo or `replyd run --once` came to. Its JSON form is stable.
type Summary struct {
	Mails  int                  `json:"mails"` // taken in by this run
	Turns  int                  `json:"turns"` // in the store
	States map[ticket.State]int `json:"states"`
	Sent   int                  `json:"sent"`
	// SentTwice counts mails that more than one reply answers.
	SentTwice int `json:"sent_twice"`
	// Unaccounted counts mails that no turn holds.
	Unaccounted int `json:"unaccounted"`
	// FactsUnverified counts tokens in replies sent by policy that no fact covers, checked anew.
	FactsUnverified int            `json:"facts_unverified"`
	Languages       map[string]int `json:"languages"`
	Outbox          []OutboxLine   `json:"outbox"`
	// Model is what models cost for all turns: reading and wording.
	Model  ticket.Usage   `json:"model"`
	CSAT   crm.Score      `json:"csat"` // of all votes
	NPS    crm.Score      `json:"nps"`
	Calls  map[string]int `json:"calls"`
	WallMS int64          `json:"wall_ms"`
}

// OutboxLine is one reply that was sent.
type OutboxLine struct {
	To       string `json:"to"`
	Subject  string `json:"subject"`
	Language string `json:"language"`
	Intent   string `json:"intent"` // several are joined by commas
	Auto     bool   `json:"auto"`
}

// Summary reads the store anew: nothing in a summary but the calls is counted on the way.
func (a *App) Summary() (*Summary, error) {
	s := &Summary{States: map[ticket.State]int{}, Languages: map[string]int{}, Outbox: []OutboxLine{},
		Calls: map[string]int{}}
	answered := map[string]int{} // mails by how many replies answer them
	err := a.store.EachTurn(func(t *ticket.Turn) error {
		s.Turns++
		s.States[t.State]++
		s.Model.Add(t.Usage())
		if t.Triage != nil && t.Cause == ticket.ByMail {
			s.Languages[t.Triage.Language] += len(t.Mails)
		}
		if t.Receipt == nil {
			return nil
		}
		s.Sent++
		d := t.Draft()
		for _, m := range t.Mails {
			answered[m.Key]++
		}
		if t.Auto() {
			s.FactsUnverified += len(ground.Check(*d, a.zone, a.hosts))
		}
		s.Outbox = append(s.Outbox, OutboxLine{To: t.Recipient(), Subject: d.Subject, Language: d.Language,
			Intent: intentsOf(t), Auto: t.Auto()})
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, n := range answered {
		if n > 1 {
			s.SentTwice++
		}
	}
	var said crm.Satisfaction
	if err := a.store.EachRating(func(r *ticket.Rating) error { said.Rate(*r); return nil }); err != nil {
		return nil, err
	}
	err = a.store.EachRecommendation(func(r *ticket.Recommendation) error { said.Recommend(*r); return nil })
	if err != nil {
		return nil, err
	}
	s.CSAT, s.NPS = said.CSAT(), said.NPS()
	s.Unaccounted, err = unaccounted(a.store)
	a.numbers.mu.Lock()
	defer a.numbers.mu.Unlock()
	s.Mails = a.numbers.taken
	for service, n := range a.numbers.calls {
		s.Calls[service] = n
	}
	return s, err
}

// unaccounted counts stored mails whose turn does not hold them.
func unaccounted(s *store.Store) (n int, err error) {
	err = s.EachSeen(func(key string, turn ticket.TurnID) error {
		t, err := s.Turn(turn)
		if err != nil {
			n++
			return nil
		}
		for _, m := range t.Mails {
			if m.Key == key {
				return nil
			}
		}
		n++
		return nil
	})
	return n, err
}

func intentsOf(t *ticket.Turn) string {
	if t.Triage == nil {
		return ""
	}
	var names []string
	for _, r := range t.Triage.Requests {
		names = append(names, string(r.Intent))
	}
	return strings.Join(names, ",")
}
