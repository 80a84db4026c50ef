package web

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// A deed is what a person does to a turn, at its page or through a program: the rule of it, without any request.
type deed struct {
	turn   func(t *ticket.Turn, by string, at time.Time) error // an error leaves everything as it was
	ticket func(k *ticket.Ticket)                              // what changes with it. Optional
}

// errStale: the turn is not any more what the person looked at.
var errStale = errors.New("web: the turn has changed meanwhile")

// refusal says why a deed is not done. A page says it in the reader's language, the API in English.
type refusal struct {
	sentence string
	args     []any
	kind     string             // the type of the API's problem, where programs can do something about it
	open     []ticket.Uncovered // of problemUncovered
}

func refused(sentence string, args ...any) refusal { return refusal{sentence: sentence, args: args} }

func (r refusal) as(kind string) refusal {
	r.kind = kind
	return r
}

func (r refusal) Error() string {
	if len(r.args) == 0 {
		return r.sentence
	}
	return fmt.Sprintf(r.sentence, r.args...)
}

// do stores a deed about the version of the turn that its doer saw. The version is compared inside the store's
// transaction, so that of two only one decides.
func (s *server) do(ctx context.Context, id ticket.TurnID, version uint64, by string, d deed) (*ticket.Turn, error) {
	t, err := s.Desk.Turn(id)
	switch {
	case err != nil:
		return nil, err
	case t.Version != version || t.State != ticket.Review:
		return nil, errStale
	}
	if err := d.turn(t, by, s.Now()); err != nil {
		return nil, err
	}
	store := func(now *ticket.Turn) error {
		if now.Version != version {
			return errStale
		}
		*now = *t
		return nil
	}
	if d.ticket == nil {
		return s.Desk.Change(ctx, id, 0, store)
	}
	return s.Desk.ChangeBoth(ctx, id, store, d.ticket)
}

// answer is a reply as a person left it.
type answer struct{ subject, text, language string }

// writing gives a person's reply to a turn as it is now: who names no text means the draft's.
type writing func(t *ticket.Turn) answer

// keep adds a reply to the turn as another draft, unless it is the last one as it stands.
func (s *server) keep(t *ticket.Turn, a answer, by string, at time.Time) (added bool, err error) {
	switch {
	case t.Recipient() == "":
		return false, refused("This mail has no address that could be answered.")
	case a.text == "":
		return false, refused("The answer is empty.")
	case a.subject == "":
		return false, refused("The subject is empty.")
	case tooLong(a.text, maxText) || tooLong(a.subject, maxSubject):
		return false, refused("Too long: an answer has up to %v characters, a subject up to %v.", maxText, maxSubject)
	}
	d := t.Draft()
	if d != nil && a.text == cleanText(d.Text) && a.subject == cleanLine(d.Subject) && a.language == languageOf(t) {
		return false, nil
	}
	t.Drafts = append(t.Drafts, s.edited(t, by, a.subject, a.text, a.language, at))
	return true, nil
}

// drafting keeps a reply as the next draft. The turn stays in review.
func (s *server) drafting(write writing) deed {
	return deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		added, err := s.keep(t, write(t), by, at)
		if added {
			t.Note(at, by, "wrote a draft")
		}
		return err
	}}
}

// approving lets a reply go out: the pipeline sends it. seen tells whether the person knows what no fact covers in it;
// shut closes the ticket until the customer writes again.
func (s *server) approving(write writing, seen func(a answer, added bool) bool, shut bool) deed {
	d := deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		a := write(t)
		added, err := s.keep(t, a, by, at)
		if err != nil {
			return err
		}
		if open := t.Draft().Open; len(open) > 0 && !seen(a, added) {
			no := refused("Please look again: your text states something for which there is no fact.").as(problemUncovered)
			no.open = open
			return no
		}
		reason := "approved as written"
		if added {
			reason = "approved with changes"
		}
		s.send(t, by, reason, at)
		return nil
	}}
	if shut {
		d.ticket = func(k *ticket.Ticket) { k.Open = false }
	}
	return d
}

// send moves a turn on to be sent, after the time in which that can be taken back.
func (s *server) send(t *ticket.Turn, by, reason string, at time.Time) {
	t.Verdicts = append(t.Verdicts, ticket.Verdict{
		Decision: ticket.Send, By: by, Draft: len(t.Drafts) - 1, Reasons: []string{reason}, At: at,
	})
	t.Move(at, by, ticket.Approved, reason)
	t.Due = at.Add(s.Undo)
}

// canUndo: a person's approval that is not yet being sent.
func (s *server) canUndo(t *ticket.Turn) bool {
	v := t.Verdict()
	return s.Undo > 0 && t.State == ticket.Approved && v != nil && v.By != ticket.Policy && t.Due.After(s.Now()) &&
		t.Attempts == 0
}

// takeBack takes an approval back, as long as the reply waits to be sent, and opens the ticket again that may have been
// closed with it. version 0 stands for whatever is there.
func (s *server) takeBack(ctx context.Context, id ticket.TurnID, version uint64, by string) (*ticket.Turn, error) {
	return s.Desk.ChangeBoth(ctx, id, func(t *ticket.Turn) error {
		switch {
		case version != 0 && t.Version != version:
			return errStale
		case s.canUndo(t):
			t.Move(s.Now(), by, ticket.Review, "took the approval back")
			return nil
		case slices.Contains([]ticket.State{ticket.Approved, ticket.Sending, ticket.Sent, ticket.Done}, t.State):
			return refused("Too late: it is on its way already.")
		}
		return refused("There is no approval to take back.")
	}, func(k *ticket.Ticket) { k.Open = true })
}

// askingAnew keeps what the person changed as their draft and has the model write another one from it, in another
// language if one is named.
func (s *server) askingAnew(write writing, instruction, language string) deed {
	return deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		switch {
		case !s.Redraft:
			return refused("No language model is set up, so nobody can write another draft.").as(problemNoModel)
		case !t.CanAsk():
			return refused("Another draft of this turn cannot be written. Change the text yourself.")
		case instruction == "":
			return refused("Say what should be different in the draft.")
		case tooLong(instruction, ticket.MaxInstruction):
			return refused("Too long: say in up to %v characters what should be different.", ticket.MaxInstruction)
		}
		if _, err := s.keep(t, write(t), by, at); err != nil {
			return err
		}
		if language == t.Draft().Language {
			language = ""
		}
		t.Ask(at, by, instruction, language)
		return nil
	}}
}

// rejecting ends a turn without a reply. The reason is kept with it.
func rejecting(reason string) deed {
	d := concluding(ticket.Reject, ticket.Rejected, "no reply", reason)
	if reason == "" {
		d.turn = func(*ticket.Turn, string, time.Time) error {
			return refused("Say in a few words why no reply goes out: it is kept with the turn.")
		}
	}
	return d
}

// byHand ends a turn that a person answered elsewhere. The store tells the ticket and the customer's record.
func byHand(reason string) deed {
	return concluding(ticket.ByHand, ticket.Answered, "answered by hand", reason)
}

func concluding(decision ticket.Decision, to ticket.State, what, reason string) deed {
	return deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		if tooLong(reason, maxReason) {
			return refused("The reason is too long: up to %v characters.", maxReason)
		}
		v, done := ticket.Verdict{Decision: decision, By: by, Draft: len(t.Drafts) - 1, At: at}, what
		if reason != "" {
			v.Reasons, done = []string{reason}, what+": "+reason
		}
		t.Verdicts = append(t.Verdicts, v)
		t.Move(at, by, to, done)
		return nil
	}}
}

// spamTag marks the tickets of mail that nobody wants.
const spamTag = "spam"

// markingSpam ends a turn without a reply, and closes its ticket with a tag.
func markingSpam() deed {
	d := rejecting(spamTag)
	d.ticket = func(k *ticket.Ticket) { k.Open, k.Tags = false, withTag(k.Tags, spamTag) }
	return d
}

// maxSnooze is how many days a turn can be put off.
const maxSnooze = 60

// puttingOff takes a turn out of the queue until a time.
func (s *server) puttingOff(until time.Time) deed {
	return deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		if !until.After(at) || until.After(at.AddDate(0, 0, maxSnooze)) {
			return refused("Say until when: a time within the next %v days.", maxSnooze)
		}
		t.Snoozed = until
		t.Note(at, by, "snoozed until "+until.In(s.Zone).Format("2 Jan, 15:04"))
		return nil
	}}
}

// waking ends that before its time.
func waking() deed {
	return deed{turn: func(t *ticket.Turn, by string, at time.Time) error {
		t.Snoozed = time.Time{}
		t.Note(at, by, "no longer snoozed")
		return nil
	}}
}
