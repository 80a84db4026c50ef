package web

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// openAPI describes the API for programs (OpenAPI 3.1). A test calls every operation of it and holds requests and
// answers to its schemas.
//
//go:embed openapi.json
var openAPI []byte

// apiCall is one request of a program, on behalf of an account.
type apiCall struct {
	*http.Request
	by staff.Account // with the role that this request has
}

// apiRoutes are the operations, as openapi.json names them. Who reads must be allowed to look, who changes to
// decide.
func (s *server) apiRoutes() map[string]func(apiCall) (any, error) {
	return map[string]func(apiCall) (any, error){
		"GET /api/v1/turns":                s.apiTurns,
		"GET /api/v1/turns/{id}":           s.apiTurn,
		"POST /api/v1/turns/{id}/draft":    s.apiDraft,
		"POST /api/v1/turns/{id}/redraft":  s.apiRedraft,
		"POST /api/v1/turns/{id}/approve":  s.apiApprove,
		"POST /api/v1/turns/{id}/reject":   s.apiReject,
		"POST /api/v1/turns/{id}/answered": s.apiAnswered,
		"POST /api/v1/turns/{id}/spam":     s.apiSpam,
		"POST /api/v1/turns/{id}/snooze":   s.apiSnooze,
		"POST /api/v1/turns/{id}/wake":     s.apiWake,
		"POST /api/v1/turns/{id}/undo":     s.apiUndo,
		"POST /api/v1/turns/{id}/split":    s.apiSplit,

		"GET /api/v1/tickets":               s.apiTickets,
		"GET /api/v1/tickets/{id}":          s.apiTicket,
		"POST /api/v1/tickets/{id}/assign":  s.apiAssign,
		"POST /api/v1/tickets/{id}/note":    s.apiNote,
		"POST /api/v1/tickets/{id}/tags":    s.apiTags,
		"POST /api/v1/tickets/{id}/take":    s.apiTake,
		"POST /api/v1/tickets/{id}/release": s.apiRelease,
		"POST /api/v1/tickets/{id}/merge":   s.apiMerge,

		"GET /api/v1/ratings": s.apiRatings,
		"GET /api/v1/counts":  s.apiCounts,
	}
}

// api serves the operations to whoever actor lets in.
func (s *server) api(actor func(r *http.Request) (staff.Account, error)) http.Handler {
	mux := http.NewServeMux()
	for pattern, operation := range s.apiRoutes() {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			s.apiServe(w, r, actor, operation)
		})
	}
	mux.HandleFunc("GET /api/v1/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(openAPI)
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		problem{Status: http.StatusNotFound, Detail: "There is no such operation; see /api/v1/openapi.json."}.write(w)
	})
	return mux
}

func (s *server) apiServe(w http.ResponseWriter, r *http.Request, actor func(*http.Request) (staff.Account, error),
	operation func(apiCall) (any, error),
) {
	by, err := actor(r)
	if err != nil {
		s.apiFailed(w, r, err)
		return
	}
	act := staff.Decide
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		act = staff.Look
	}
	if !by.Role.May(act) {
		s.record(r, audit.Entry{Who: by.Name, What: audit.AccessRefused, Detail: r.Pattern})
		problem{Status: http.StatusForbidden, Detail: "The role of this token does not allow it."}.write(w)
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	answer, err := operation(apiCall{r, by})
	if err != nil {
		s.apiFailed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(answer)
}

// bearer gives the account whose API token the request carries (RFC 6750, 2.1). A browser's session does not
// count here, so no other site can use one.
func (s *server) bearer(r *http.Request) (staff.Account, error) {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	unknown := problem{Status: http.StatusUnauthorized, Detail: "Send a valid token as Authorization: Bearer."}
	if !strings.EqualFold(scheme, "Bearer") || key == "" || len(key) > 200 {
		return staff.Account{}, unknown
	}
	token, a, err := s.People.TokenOf(strings.TrimSpace(key))
	switch {
	case errors.Is(err, s.NotFound):
		return staff.Account{}, unknown
	case err != nil:
		return staff.Account{}, err
	case a.Disabled:
		return staff.Account{}, unknown
	}
	if now := s.Now(); now.Sub(token.Used) > time.Minute {
		if err := s.People.UseToken(context.WithoutCancel(r.Context()), token.Hash, now); err != nil {
			return staff.Account{}, err
		}
	}
	by := *a
	by.Role = staff.Least(a.Role, token.Role)
	return by, nil
}

// NewAPI builds the API alone, for callers whom actor knows: the commands on the same machine.
func NewAPI(d Deps, actor func(r *http.Request) staff.Account) http.Handler {
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Zone == nil {
		d.Zone = time.UTC
	}
	if standard := ticket.DefaultPromise(); d.Promise == nil {
		d.Promise = func() *ticket.Promise { return &standard }
	}
	s := &server{Deps: d}
	return s.api(func(r *http.Request) (staff.Account, error) { return actor(r), nil })
}

// problem is an error as RFC 9457 writes it.
type problem struct {
	Type   string `json:"type"` // about:blank, or a name of ours that programs can tell apart
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail,omitempty"`

	Version   uint64             `json:"version,omitempty"`   // of problemStale: as the turn is now
	State     ticket.State       `json:"state,omitempty"`     // likewise
	Uncovered []ticket.Uncovered `json:"uncovered,omitempty"` // of problemUncovered
}

// Types of problems that a program can do something about.
const (
	problemStale     = "urn:replyd:problem:stale"     // the turn changed: look again
	problemUncovered = "urn:replyd:problem:uncovered" // the text states what no fact covers: confirm, or change it
	problemNoModel   = "urn:replyd:problem:no-model"  // no language model is set up: write the text yourself
)

func (p problem) Error() string { return "web: api: " + p.Detail }

func (p problem) write(w http.ResponseWriter) {
	if p.Type == "" {
		p.Type = "about:blank"
	}
	p.Title = http.StatusText(p.Status)
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer realm="replyd"`)
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p)
}

func unprocessable(detail string) problem {
	return problem{Status: http.StatusUnprocessableEntity, Detail: detail}
}

// problem is a refusal as programs read it.
func (r refusal) problem() problem {
	p := problem{Type: r.kind, Status: http.StatusUnprocessableEntity, Detail: r.Error(), Uncovered: r.open}
	switch r.kind {
	case problemUncovered:
		p.Detail = "The text states what no fact covers. confirm_uncovered sends it nevertheless."
	case problemNoModel:
		p.Status = http.StatusConflict
	}
	return p
}

// apiFailed answers with a problem. What the program, not the caller, failed at is told to the log alone.
func (s *server) apiFailed(w http.ResponseWriter, r *http.Request, err error) {
	var p problem
	var no refusal
	switch {
	case errors.As(err, &p):
	case errors.As(err, &no):
		p = no.problem()
	case s.NotFound != nil && errors.Is(err, s.NotFound):
		p = problem{Status: http.StatusNotFound, Detail: "There is nothing under this id."}
	default:
		s.Log.Error("web: api", "method", r.Method, "route", r.Pattern, "error", err)
		p = problem{Status: http.StatusInternalServerError, Detail: "The log says why. Nothing was changed."}
	}
	p.write(w)
}

// body reads the request's JSON into v: one object, no unknown key.
func (c apiCall) body(v any) error {
	if kind, _, err := mime.ParseMediaType(c.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem{Status: http.StatusUnsupportedMediaType, Detail: "Send JSON, as Content-Type: application/json."}
	}
	dec := json.NewDecoder(c.Body)
	dec.DisallowUnknownFields()
	err := dec.Decode(v)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more behind the object")
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return problem{Status: http.StatusRequestEntityTooLarge, Detail: "The body is too long."}
	case err != nil:
		return problem{Status: http.StatusBadRequest, Detail: "The body is not the JSON that this operation takes: " +
			strings.TrimPrefix(err.Error(), "json: ")}
	}
	return nil
}
