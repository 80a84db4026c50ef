// Package web is the desk: the pages where staff review drafts, the pages where customers rate an answer, the
// event webhook, health and metrics. It records decisions and never sends anything: the pipeline acts on what
// is recorded.
package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/replyd/replyd/internal/ticket"
)

// Desk is what the pages read and record.
type Desk interface {
	Reader
	Changer
	Ratings
}

// Reader reads turns and what belongs to them.
type Reader interface {
	Turn(id ticket.TurnID) (*ticket.Turn, error)
	TurnsByState(state ticket.State, limit int) ([]*ticket.Turn, error) // newest first
	CountByState() (map[ticket.State]int, error)
	TurnsOfTicket(id ticket.ID) ([]*ticket.Turn, error) // oldest first
	Raw(mailKey string) ([]byte, error)
}

// Changer stores a changed turn, or none of the change. f may run twice.
type Changer interface {
	Change(ctx context.Context, id ticket.TurnID, version uint64,
		f func(*ticket.Turn) error) (*ticket.Turn, error)
}

// Ratings keeps the votes of customers. Of several votes about a turn the last one counts.
type Ratings interface {
	Rate(ctx context.Context, r ticket.Rating) error
	Ratings(id ticket.TurnID) ([]ticket.Rating, error)
}

// Component is a part that readiness depends on.
type Component struct {
	Name   string `json:"name"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail,omitempty"` // public: no secret, no address
}

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
	Users     []User        // who may log in from the first start
	Identity  Identity      // log-in through an identity provider. Optional
	Newcomers Newcomers     // whom Identity may bring
	Session   time.Duration // how long a log-in lasts; 12 h when 0
	Shadow    bool          // nothing is sent, not even what was approved: the pages say so

	RatingSecret []byte // signs rating links; at least 32 bytes

	// Check is the grounded check of an edited draft. Its findings warn, they do not block.
	Check func(ticket.Draft) []ticket.Uncovered
	// Events verifies a call of SendGrid's event webhook and takes its events in. Optional.
	Events func(r *http.Request, body []byte) error
	// Ready tells the state of the parts. Optional.
	Ready func(ctx context.Context) []Component
	// Metrics serves /metrics. Optional.
	Metrics http.Handler
	// Now is time.Now when nil.
	Now func() time.Time
}

// server holds what the handlers share. It has no state of its own but the log-in limits.
type server struct {
	Deps
	secure    bool
	passwords *passwords
	sessions  *scs.SessionManager
	pages     *pages
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
	if d.Check == nil {
		return nil, errors.New("web: Deps.Check is missing")
	}
	s := &server{Deps: d, secure: strings.HasPrefix(d.PublicURL, "https://"), passwords: newPasswords()}
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

func (s *server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	staff := func(pattern string, h http.HandlerFunc) {
		mux.Handle(pattern, s.sessions.LoadAndSave(s.requireUser(h)))
	}
	for pattern, h := range s.loginRoutes() {
		mux.Handle(pattern, s.sessions.LoadAndSave(h))
	}
	for pattern, h := range s.peopleRoutes() {
		staff(pattern, h)
	}
	staff("POST /logout", s.logout)
	staff("GET /{$}", s.queue)
	staff("GET /turns/{id}", s.turn)
	staff("GET /turns/{id}/raw/{n}", s.raw)
	staff("POST /turns/{id}/approve", s.approve)
	staff("POST /turns/{id}/reject", s.reject)
	staff("POST /turns/{id}/answered", s.answered)

	mux.HandleFunc("GET /r/{token}", s.ratingPage)
	mux.HandleFunc("POST /r/{token}", s.rate)
	mux.HandleFunc("POST /events/sendgrid", s.events)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	if s.Metrics != nil {
		mux.Handle("GET /metrics", s.Metrics)
	}
	mux.HandleFunc("GET /static/{file}", s.pages.static)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The address may be mistyped.")
	})

	origin := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		if err := origin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("web: public URL: %w", err)
		}
	}
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.message(w, r, http.StatusForbidden, "This did not come from the desk",
			"Another site sent this request, so nothing was done.")
	}))
	return s.headers(origin.Handler(mux)), nil
}
