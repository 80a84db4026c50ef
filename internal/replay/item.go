// Package replay compares what replyd would have answered with what people really answered, over mail of the past,
// and makes a report of it. It reads files and keeps its progress in a file; it sends nothing.
package replay

import (
	"strings"
	"time"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/ticket"
)

// Item is one mail of the past and what replyd would have done with it.
type Item struct {
	Key          string          `json:"key"`    // hash of the raw mail: a mail is replayed once
	Source       string          `json:"source"` // "support.mbox mail 12", a file's path, "INBOX uid 7"
	Date         time.Time       `json:"date"`
	MessageID    string          `json:"message_id"`
	Conversation string          `json:"conversation"` // Message-ID of the first mail of its thread that is known
	From         string          `json:"from"`
	Subject      string          `json:"subject"`
	Text         string          `json:"text"` // what the customer newly wrote, cut at maxShown
	Language     string          `json:"language"`
	Engine       string          `json:"engine"`
	Standby      string          `json:"standby,omitempty"` // why the lexicon read it, though a model was to
	Intents      []ticket.Intent `json:"intents"`
	Refs         []string        `json:"order_refs"`
	Flags        []ticket.Flag   `json:"flags"`
	Rule         string          `json:"rule"`     // the gate's
	Decision     string          `json:"decision"` // auto, review, hold or none
	Reasons      []string        `json:"reasons"`
	Usage        ticket.Usage    `json:"usage,omitzero"`
	Draft        *Draft          `json:"draft,omitempty"`
	Sent         *Comparison     `json:"sent,omitempty"`
	Problem      string          `json:"problem,omitempty"` // it could not be finished; the next run tries it again
}

// Draft is what replyd would have written.
type Draft struct {
	Subject  string `json:"subject"`
	Text     string `json:"text"`
	Template string `json:"template"`
}

// Comparison sets a draft, if there is one, beside the reply that a person really sent.
type Comparison struct {
	How     string        `json:"how"` // how the reply was found: see the How constants
	Date    time.Time     `json:"date"`
	After   time.Duration `json:"after"` // from the customer's mail, in nanoseconds
	Subject string        `json:"subject"`
	Text    string        `json:"text"` // without quoted history and signature, cut at maxShown
	// Similarity is 0 … 1, see Similarity; −1 where there is no draft or the languages differ.
	Similarity float64        `json:"similarity"`
	OnlyDraft  []ground.Token `json:"only_draft"` // stated by the draft alone
	OnlySent   []ground.Token `json:"only_sent"`  // stated by the person alone
}

// maxShown bounds what is kept of each text: a report of ten thousand mails must fit in memory.
const maxShown = 4 << 10

// Clip cuts a text to what a report keeps, at a rune.
func Clip(s string) string {
	s = strings.TrimSpace(s)
	if len(s) <= maxShown {
		return s
	}
	cut := maxShown
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + " […]"
}
