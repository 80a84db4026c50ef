package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// apiAnswer is what an act that writes a reply takes.
type apiAnswer struct {
	Version uint64  `json:"version"`
	Subject *string `json:"subject"`
	Text    *string `json:"text"`
	// Confirm sends a text although it states something for which there is no fact.
	Confirm bool `json:"confirm_uncovered"`
}

// apiReason is what an act without a reply takes.
type apiReason struct {
	Version uint64 `json:"version"`
	Reason  string `json:"reason"`
}

// apiChange stores a person's decision about the version of the turn that their program saw. The version is compared
// inside the store's transaction, so that of two only one decides.
func (s *server) apiChange(c apiCall, version uint64, f func(t *ticket.Turn, at time.Time) error) (any, error) {
	id := ticket.TurnID(c.PathValue("id"))
	if version == 0 {
		return nil, unprocessable("version is the number that the turn had when you read it.")
	}
	t, err := s.Desk.Change(c.Context(), id, 0, func(t *ticket.Turn) error {
		if t.Version != version || t.State != ticket.Review {
			return errStale
		}
		return f(t, s.Now())
	})
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
		Type: problemStale, Status: http.StatusConflict, Version: t.Version, State: t.State,
		Detail: fmt.Sprintf("The turn is %s at version %d now.", t.State, t.Version),
	}
	if n := len(t.History); n > 0 {
		p.Detail += fmt.Sprintf(" Last, %s: %s.", t.History[n-1].By, t.History[n-1].What)
	}
	return p
}

// reply adds the caller's text to the turn as another draft, if there is one and it differs.
func (s *server) reply(t *ticket.Turn, c apiCall, in apiAnswer, at time.Time) error {
	subject, text := proposed(t)
	was, wasText := cleanLine(subject), cleanText(text)
	if in.Subject != nil {
		subject = *in.Subject
	}
	if in.Text != nil {
		text = *in.Text
	}
	subject, text = cleanLine(subject), cleanText(text)
	switch {
	case t.Recipient() == "":
		return unprocessable("This mail has no address that could be answered.")
	case text == "" || subject == "":
		return unprocessable("An answer needs a text and a subject.")
	case tooLong(text, maxText) || tooLong(subject, maxSubject):
		return unprocessable(fmt.Sprintf("An answer has up to %d characters, a subject up to %d.", maxText, maxSubject))
	case t.Draft() != nil && subject == was && text == wasText:
		return nil
	}
	t.Drafts = append(t.Drafts, s.edited(t, c.by.Name, subject, text, languageOf(t), at))
	return nil
}

// apiDraft keeps a text as the next draft. The turn stays in review.
func (s *server) apiDraft(c apiCall) (any, error) {
	var in apiAnswer
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Text == nil {
		return nil, unprocessable("text is the draft's text.")
	}
	return s.apiChange(c, in.Version, func(t *ticket.Turn, at time.Time) error {
		n := len(t.Drafts)
		if err := s.reply(t, c, in, at); err != nil {
			return err
		}
		if len(t.Drafts) > n {
			t.Note(at, c.by.Name, "wrote a draft")
		}
		return nil
	})
}

// apiApprove records that the last draft, or the caller's text, may go out. The pipeline sends it.
func (s *server) apiApprove(c apiCall) (any, error) {
	var in apiAnswer
	if err := c.body(&in); err != nil {
		return nil, err
	}
	return s.apiChange(c, in.Version, func(t *ticket.Turn, at time.Time) error {
		reason, n := "approved as written", len(t.Drafts)
		if err := s.reply(t, c, in, at); err != nil {
			return err
		}
		if open := t.Draft().Open; len(open) > 0 && !in.Confirm {
			return problem{
				Type: problemUncovered, Status: http.StatusUnprocessableEntity, Uncovered: open,
				Detail: "The text states what no fact covers. confirm_uncovered sends it nevertheless.",
			}
		}
		if len(t.Drafts) > n {
			reason = "approved with changes"
		}
		s.send(t, c.by.Name, reason, at)
		return nil
	})
}

func (s *server) apiReject(c apiCall) (any, error) {
	return s.apiConclude(c, ticket.Reject, ticket.Rejected, "no reply")
}

func (s *server) apiAnswered(c apiCall) (any, error) {
	return s.apiConclude(c, ticket.ByHand, ticket.Answered, "answered by hand")
}

func (s *server) apiConclude(c apiCall, d ticket.Decision, to ticket.State, what string) (any, error) {
	var in apiReason
	if err := c.body(&in); err != nil {
		return nil, err
	}
	reason := cleanLine(in.Reason)
	switch {
	case d == ticket.Reject && reason == "":
		return nil, unprocessable("reason says in a few words why no reply goes out.")
	case tooLong(reason, maxReason):
		return nil, unprocessable(fmt.Sprintf("A reason has up to %d characters.", maxReason))
	}
	return s.apiChange(c, in.Version, func(t *ticket.Turn, at time.Time) error {
		v, done := ticket.Verdict{Decision: d, By: c.by.Name, Draft: len(t.Drafts) - 1, At: at}, what
		if reason != "" {
			v.Reasons, done = []string{reason}, what+": "+reason
		}
		t.Verdicts = append(t.Verdicts, v)
		t.Move(at, c.by.Name, to, done)
		return nil
	})
}
