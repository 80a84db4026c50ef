package sandbox

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Entry is one call that a service received. It holds no header, hence no key.
type Entry struct {
	At       time.Time `json:"at"`
	Method   string    `json:"method"` // an IMAP command for the IMAP server
	Path     string    `json:"path"`   // a folder for the IMAP server
	Status   int       `json:"status"` // as answered; 0 for the IMAP server
	Fault    Kind      `json:"fault,omitempty"`
	Request  string    `json:"request,omitempty"`  // cut at 16 KiB
	Response string    `json:"response,omitempty"` // cut at 16 KiB
}

// keep is how many entries of each service the journal holds; a benchmark makes many more.
const keep = 1000

type journal struct {
	mu      sync.Mutex
	entries map[string][]Entry
	calls   map[string]int
}

func newJournal() *journal {
	return &journal{entries: map[string][]Entry{}, calls: map[string]int{}}
}

func (j *journal) add(service string, e Entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls[service]++
	list := j.entries[service]
	if len(list) >= 2*keep {
		list = slices.Clone(list[len(list)-keep:])
	}
	j.entries[service] = append(list, e)
}

// Journal lists the newest calls of a service, oldest first.
func (w *World) Journal(service string) []Entry {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	list := w.journal.entries[service]
	return append([]Entry{}, list[max(0, len(list)-keep):]...)
}

// Calls counts the calls of each service since the start. The IMAP server counts log-ins and changes.
func (w *World) Calls() map[string]int {
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	return maps.Clone(w.journal.calls)
}
