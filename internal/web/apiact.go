package web

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// apiVersion names the version of the turn that an act is about, as it was read.
type apiVersion struct {
	Version uint64 `json:"version"`
}

// apiReply is a reply as a program writes it: what it leaves out is the draft's.
type apiReply struct {
	Subject  *string `json:"subject"`
	Text     *string `json:"text"`
	Language *string `json:"language"`
}

func (in apiReply) check() error {
	if in.Language != nil && !slices.Contains(tongues, *in.Language) {
		return unprocessable("language is en, fa, de, fr or es.")
	}
	return nil
}

func (in apiReply) of(t *ticket.Turn) answer {
	a := answer{language: languageOf(t)}
	a.subject, a.text = proposed(t)
	if in.Subject != nil {
		a.subject = *in.Subject
	}
	if in.Text != nil {
		a.text = *in.Text
	}
	if in.Language != nil {
		a.language = *in.Language
	}
	a.subject, a.text = cleanLine(a.subject), cleanText(a.text)
	return a
}

// apiDo stores a deed about the version of the turn that a program saw, and gives the turn as it is then.
func (s *server) apiDo(c apiCall, in apiVersion, d deed) (any, error) {
	if in.Version == 0 {
		return nil, unprocessable(noVersion)
	}
	id := ticket.TurnID(c.PathValue("id"))
	t, err := s.do(c.Context(), id, in.Version, c.by.Name, d)
	return s.apiDone(id, t, err)
}

const noVersion = "version is the number that the turn had when you read it."

func (s *server) apiDone(id ticket.TurnID, t *ticket.Turn, err error) (any, error) {
	switch {
	case errors.Is(err, errStale):
		return nil, s.apiStale(id)
	case errors.Is(err, ticket.ErrIllegal):
		s.Log.Error("web: api: decision refused", "turn", id, "error", err)
		return nil, unprocessable("This decision is not possible here.")
	case err != nil:
		return nil, err
	}
	return newAPITurn(t, s.Promise()), nil
}

// apiStale says what happened meanwhile.
func (s *server) apiStale(id ticket.TurnID) error {
	t, err := s.Desk.Turn(id)
	if err != nil {
		return err
	}
	p := problem{
		Type: problemStale, Status: 409, Version: t.Version, State: t.State,
		Detail: fmt.Sprintf("The turn is %s at version %d now.", t.State, t.Version),
	}
	if n := len(t.History); n > 0 {
		p.Detail += fmt.Sprintf(" Last, %s: %s.", t.History[n-1].By, t.History[n-1].What)
	}
	return p
}

func (s *server) apiDraft(c apiCall) (any, error) {
	var in struct {
		apiVersion
		apiReply
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Text == nil {
		return nil, unprocessable("text is the draft's text.")
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	return s.apiDo(c, in.apiVersion, s.drafting(in.of))
}

func (s *server) apiRedraft(c apiCall) (any, error) {
	var in struct {
		apiVersion
		apiReply
		Instruction string `json:"instruction"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	language := ""
	if in.Language != nil {
		language = *in.Language
	}
	in.Language = nil // it is the new draft's, not that of the text which the caller keeps
	return s.apiDo(c, in.apiVersion, s.askingAnew(in.of, cleanLine(in.Instruction), language))
}

func (s *server) apiApprove(c apiCall) (any, error) {
	var in struct {
		apiVersion
		apiReply
		Confirm bool `json:"confirm_uncovered"`
		Close   bool `json:"close"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if err := in.check(); err != nil {
		return nil, err
	}
	return s.apiDo(c, in.apiVersion, s.approving(in.of, func(answer, bool) bool { return in.Confirm }, in.Close))
}

func (s *server) apiReject(c apiCall) (any, error)   { return s.apiConclude(c, rejecting) }
func (s *server) apiAnswered(c apiCall) (any, error) { return s.apiConclude(c, byHand) }

func (s *server) apiConclude(c apiCall, with func(reason string) deed) (any, error) {
	var in struct {
		apiVersion
		Reason string `json:"reason"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	return s.apiDo(c, in.apiVersion, with(cleanLine(in.Reason)))
}

func (s *server) apiSpam(c apiCall) (any, error) { return s.apiPlain(c, markingSpam()) }
func (s *server) apiWake(c apiCall) (any, error) { return s.apiPlain(c, waking()) }

// apiPlain is an act that takes nothing but the version.
func (s *server) apiPlain(c apiCall, d deed) (any, error) {
	var in apiVersion
	if err := c.body(&in); err != nil {
		return nil, err
	}
	return s.apiDo(c, in, d)
}

func (s *server) apiSnooze(c apiCall) (any, error) {
	var in struct {
		apiVersion
		Until time.Time `json:"until"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	return s.apiDo(c, in.apiVersion, s.puttingOff(in.Until))
}

func (s *server) apiUndo(c apiCall) (any, error) {
	var in apiVersion
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Version == 0 {
		return nil, unprocessable(noVersion)
	}
	id := ticket.TurnID(c.PathValue("id"))
	t, err := s.takeBack(c.Context(), id, in.Version, c.by.Name)
	return s.apiDone(id, t, err)
}

// apiSplit gives the turn with which the new ticket begins; the one that was split stays as it is.
func (s *server) apiSplit(c apiCall) (any, error) {
	if err := c.empty(); err != nil {
		return nil, err
	}
	made, err := s.Desk.Split(c.Context(), ticket.TurnID(c.PathValue("id")), c.by.Name, s.Now())
	if err != nil {
		return nil, err
	}
	t, err := s.Desk.Turn(made)
	return s.apiDone(made, t, err)
}

// empty holds a request to having no body, or an empty object.
func (c apiCall) empty() error {
	text, err := io.ReadAll(io.LimitReader(c.Body, 16))
	if t := strings.TrimSpace(string(text)); err != nil || t != "" && t != "{}" {
		return problem{Status: 400, Detail: "This operation takes no body."}
	}
	return nil
}
