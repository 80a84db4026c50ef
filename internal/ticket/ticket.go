// Package ticket holds the words of the desk: the Ticket, its Turns, their states and legal moves. It has no
// I/O. Read state.go first: it is the life of a mail.
package ticket

import "time"

// ID names a ticket: "t" and a time-ordered random part.
type ID string

// Ticket is one conversation with one customer.
type Ticket struct {
	ID       ID        `json:"id"`
	Subject  string    `json:"subject"`
	Customer string    `json:"customer"` // address of the first writer, lower-cased
	Parties  []string  `json:"parties"`  // authenticated addresses that may continue it
	Language string    `json:"language,omitempty"`
	Open     bool      `json:"open"`
	OpenedAt time.Time `json:"opened_at"`
	LastAt   time.Time `json:"last_at"` // last mail in or out
	Tags     []string  `json:"tags,omitempty"`
	Linked   []ID      `json:"linked,omitempty"` // related tickets: a stranger's answer, a split, a forward
	// TakenBy names the person who took the ticket over: nothing goes out in it by itself any more.
	TakenBy string `json:"taken_by,omitempty"`
	// Assignee names who looks after the ticket. It changes nothing about what replyd does.
	Assignee string `json:"assignee,omitempty"`
	Notes    []Note `json:"notes,omitempty"` // of colleagues, oldest first
	// MergedInto names the ticket in which the conversation goes on: mail for this one comes there.
	MergedInto ID `json:"merged_into,omitempty"`
	// AutoReplies counts the automatic answers since a person last wrote or decided (gate limit).
	AutoReplies int      `json:"auto_replies,omitempty"`
	Reopens     []string `json:"reopens,omitempty"` // days (YYYY-MM-DD) of automatic reopenings, newest last
}

// Party reports whether address may continue this ticket.
func (t *Ticket) Party(address string) bool {
	for _, p := range t.Parties {
		if p == address {
			return true
		}
	}
	return false
}

// Rating is one vote of a customer about one answer. The last vote for a turn counts; all are kept.
type Rating struct {
	Ticket  ID        `json:"ticket"`
	Turn    TurnID    `json:"turn"`
	Address string    `json:"address"`
	Score   int       `json:"score"` // 1 (very unhappy) … 5 (very happy)
	Comment string    `json:"comment,omitempty"`
	At      time.Time `json:"at"`
}

// Contact is what the store knows about one verified address from its mail. What Shopify knows is
// shop.Customer.
type Contact struct {
	Address      string        `json:"address"`
	Name         string        `json:"name,omitempty"`
	Language     string        `json:"language,omitempty"`
	ShopifyID    string        `json:"shopify_id,omitempty"`
	First        time.Time     `json:"first"`
	Last         time.Time     `json:"last"`
	Tags         []string      `json:"tags,omitempty"`
	Interactions []Interaction `json:"interactions,omitempty"` // one for each answered turn, oldest first
}

// Interaction is one answered turn as the CRM sees it.
type Interaction struct {
	Turn      TurnID    `json:"turn"`
	Ticket    ID        `json:"ticket"`
	At        time.Time `json:"at"`
	Intents   []Intent  `json:"intents"`
	Sentiment int       `json:"sentiment"`
	Auto      bool      `json:"auto"`
	Score     int       `json:"score,omitempty"` // the customer's rating, 0 while there is none
}
