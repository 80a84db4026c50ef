package web

import (
	"slices"
	"sync"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// presentFor is how long somebody counts as looking at a turn after the page was last heard of.
const presentFor = 30 * time.Second

// maxPresent bounds the turns that are remembered.
const maxPresent = 10_000

// presence knows who looks at which turn. It is forgotten with the process: who still looks is heard again at
// once.
type presence struct {
	mu   sync.Mutex
	now  func() time.Time
	seen map[ticket.TurnID]map[string]time.Time
}

func newPresence(now func() time.Time) *presence {
	return &presence{now: now, seen: map[ticket.TurnID]map[string]time.Time{}}
}

// see notes that somebody looks at a turn, and gives the names of the others who do.
func (p *presence) see(id ticket.TurnID, who string) (others []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if len(p.seen) > maxPresent {
		p.forget(now)
	}
	if p.seen[id] == nil {
		p.seen[id] = map[string]time.Time{}
	}
	p.seen[id][who] = now
	for name, at := range p.seen[id] {
		if now.Sub(at) > presentFor {
			delete(p.seen[id], name)
		} else if name != who {
			others = append(others, name)
		}
	}
	slices.Sort(others)
	return others
}

// left notes that somebody does not look at a turn any more.
func (p *presence) left(id ticket.TurnID, who string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.seen[id], who)
	if len(p.seen[id]) == 0 {
		delete(p.seen, id)
	}
}

func (p *presence) forget(now time.Time) {
	for id, names := range p.seen {
		for name, at := range names {
			if now.Sub(at) > presentFor {
				delete(names, name)
			}
		}
		if len(names) == 0 {
			delete(p.seen, id)
		}
	}
}
