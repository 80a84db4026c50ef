// Package web is the desk: the pages where staff review drafts, the pages where customers rate an answer, the
// event webhook, health and metrics. It records decisions and never sends anything: the pipeline acts on what
// is recorded.
package web

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// Desk is what the pages read and record.
type Desk interface {
	Reader
	Lists
	Customers
	Changer
	Tickets
	Ratings
	Recommendations
}

// Reader reads turns and their mail.
type Reader interface {
	Turn(id ticket.TurnID) (*ticket.Turn, error)
	TurnsOfTicket(id ticket.ID) ([]*ticket.Turn, error) // oldest first
	// LastTurns gives the newest turns of a ticket, oldest first, and how many older ones there are.
	LastTurns(id ticket.ID, limit int) (turns []*ticket.Turn, older int, err error)
	Raw(mailKey string) ([]byte, error)
}

// Lists gives the views of the queue.
type Lists interface {
	Rows(q ticket.Query) (ticket.Page, error)
	// CountViews counts every view; of what was answered, only since a time.
	CountViews(since time.Time) (map[ticket.View]int, error)
	Wake(ctx context.Context, now time.Time) error // ends the snoozing that is over
	SavedViews(user string) ([]struct{ Name, Query string }, error)
	SaveView(ctx context.Context, user, name, query string) error // an empty query removes it
	// Changed gives a channel that is closed at the next change of any turn or ticket.
	Changed() <-chan struct{}
	// Changes gives a number that is another one after every change.
	Changes() int64
}

// Customers tells what is known about who wrote.
type Customers interface {
	Contact(address string) (*ticket.Contact, error)
	TicketsOf(address string, limit int) ([]*ticket.Ticket, error) // newest first
}

// Changer stores a changed turn, or none of the change. f may run twice.
type Changer interface {
	Change(ctx context.Context, id ticket.TurnID, version uint64,
		f func(*ticket.Turn) error) (*ticket.Turn, error)
	// ChangeBoth stores what g makes of the turn's ticket with it, or neither.
	ChangeBoth(ctx context.Context, id ticket.TurnID, f func(*ticket.Turn) error,
		g func(*ticket.Ticket)) (*ticket.Turn, error)
}

// Tickets stores what people do with a whole conversation.
type Tickets interface {
	Ticket(id ticket.ID) (*ticket.Ticket, error)
	// ChangeTicket stores e with the change, or neither.
	ChangeTicket(ctx context.Context, id ticket.ID, e audit.Entry, f func(*ticket.Ticket) error) error
	// Merge and Split write their own entries into the audit log.
	Merge(ctx context.Context, from, into ticket.ID, by string, at time.Time) error
	Split(ctx context.Context, id ticket.TurnID, by string, at time.Time) (ticket.TurnID, error)
}

// Ratings keeps the votes of customers. Of several votes about a turn the last one counts.
type Ratings interface {
	Rate(ctx context.Context, r ticket.Rating) error
	Ratings(id ticket.TurnID) ([]ticket.Rating, error)
	EachRating(f func(*ticket.Rating) error) error // grouped by turn
}

// Recommendations keeps what customers answer when they are asked whether they recommend the store.
type Recommendations interface {
	// Ask notes an asking; nil if the customer was asked within ticket.AskEvery by another page.
	Ask(ctx context.Context, r ticket.Recommendation) (*ticket.Recommendation, error)
	// Recommend keeps an answer to it, unless that turn's page did not ask.
	Recommend(ctx context.Context, address string, turn ticket.TurnID, score int, at time.Time) error
	EachRecommendation(f func(*ticket.Recommendation) error) error
}

// Component is a part that readiness depends on.
type Component struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // public: no secret, no address
}

// Macro is a ready-made text that a person can begin with.
type Macro struct {
	Name string // as the person chooses it
	Text string // filled in for the turn
	// Literals are its own words, which need no fact: a macro is a text of the store's.
	Literals []string
	Facts    []shop.Fact // that it states
}

// Guest is an account that is open to everybody who reaches the log-in page. Only a demo has one.
type Guest struct{ Name, Password string }

// ErrUnverified is wrapped by the error of Deps.Events when a webhook's signature does not hold.
var ErrUnverified = errors.New("web: the webhook's signature does not hold")

// Deps is what the handler needs. Fields marked optional may be nil or empty.
type Deps struct {
	Desk     Desk
	Sessions scs.Store
	NotFound error // what the errors of Desk wrap when there is nothing under an id
	Log      *slog.Logger

	Shop      string         // the store's name, for titles
	PublicURL string         // where browsers reach the desk; https makes cookies secure. Optional
	Zone      *time.Location // the store's, for dates
	People    People
	Users     []User                 // who may log in from the first start
	Identity  Identity               // log-in through an identity provider. Optional
	Newcomers Newcomers              // whom Identity may bring
	Guest     Guest                  // whom the log-in page lets in with one click, in the demo. Optional
	Session   time.Duration          // how long a log-in lasts; 12 h when 0
	Shadow    func() bool            // nothing is sent, not even what was approved: the pages say so. Optional
	Settings  Settings               // what an owner changes at the desk. Optional
	Texts     Texts                  // how an owner words replies at the desk. Optional
	Promise   func() *ticket.Promise // until when customers should be answered; the default targets when nil
	Undo      time.Duration          // how long an approval waits before it is sent, so that it can be taken back

	RatingSecret []byte // signs rating links; at least 32 bytes

	// Check is the grounded check of an edited draft. Its findings warn, they do not block.
	Check func(ticket.Draft) []ticket.Uncovered
	// Edit makes the next draft of a turn from a person's text, with HTML as the customer gets it. Optional: plain
	// paragraphs without it.
	Edit func(before ticket.Draft, text, by string, at time.Time, known []shop.Fact) (ticket.Draft, error)
	// Redraft: a language model can write another draft when staff ask for it.
	Redraft bool
	// Macros gives ready-made texts for a turn. Optional.
	Macros func(t *ticket.Turn) []Macro
	// Copied tells of the copy of a turn's draft in a Drafts folder, nil where there is none. Optional.
	Copied func(ticket.TurnID) *Copy
	// Events verifies a call of SendGrid's event webhook and takes its events in. Optional.
	Events func(r *http.Request, body []byte) error
	// Ready tells the state of the parts. Optional.
	Ready func(ctx context.Context) []Component
	// Metrics serves /metrics. Optional.
	Metrics http.Handler
	// Now is time.Now when nil.
	Now func() time.Time
}

// server holds what the handlers share. Of its own it knows only who tried to log in and who looks at what.
type server struct {
	Deps
	presence  *presence
	secure    bool
	passwords *passwords
	sessions  *scs.SessionManager
	pages     *pages
	served    map[string]staff.Act // the sites that there are
}

// New builds the handler. It starts nothing.
func New(d Deps) (http.Handler, error) {
	if len(d.RatingSecret) < 32 {
		return nil, errors.New("web: the rating secret is shorter than 32 bytes")
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	if d.Shadow == nil {
		d.Shadow = func() bool { return false }
	}
	if standard := ticket.DefaultPromise(); d.Promise == nil {
		d.Promise = func() *ticket.Promise { return &standard }
	}
	if d.Check == nil {
		return nil, errors.New("web: Deps.Check is missing")
	}
	s := &server{
		Deps: d, secure: strings.HasPrefix(d.PublicURL, "https://"), passwords: newPasswords(),
		presence: newPresence(d.Now),
	}
	users, err := accounts(d.Users)
	if err != nil {
		return nil, err
	}
	if err := d.People.Bootstrap(context.Background(), users, d.Now()); err != nil {
		return nil, err
	}
	if s.pages, err = loadPages(s); err != nil {
		return nil, err
	}
	s.sessions = s.newSessions()
	return s.routes()
}
