package ticket

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// inReview is a turn with a draft that waits for a person.
func inReview() *Turn {
	turn := newTurn()
	for _, to := range []State{Triaged, Informed, Drafted} {
		steps[to](turn)
		turn.Move(now, "test", to, "on")
	}
	turn.Verdicts = append(turn.Verdicts, Verdict{Decision: Ask, By: Policy, Reasons: []string{"approval mode"}})
	turn.Move(now, "judge", Review, "approval mode")
	return turn
}

func TestAnInstructionLeadsFromReviewToAnotherDraft(t *testing.T) {
	turn := inReview()
	for n := 1; n <= 2; n++ { // twice in a row
		if !turn.CanAsk() || turn.Asked() != nil {
			t.Fatalf("round %d: may ask %v, waits for %v", n, turn.CanAsk(), turn.Asked())
		}
		before := saved(t, turn)
		turn.Ask(now, "sara", "shorter", "")
		if err := Check(before, turn); err != nil {
			t.Fatal(err)
		}
		if turn.Due.IsZero() || turn.View() != Waiting || turn.Asked() == nil || turn.Asked().Draft != len(turn.Drafts)-1 {
			t.Errorf("due %v in %s: %+v", turn.Due, turn.View(), turn.Asked())
		}
		if why := turn.Why(); len(why) != 1 || why[0] != "another draft is being written, as sara asked" {
			t.Errorf("why %q", why)
		}
		before = saved(t, turn)
		turn.Drafts = append(turn.Drafts, Draft{By: Replyd, Text: "Short", Asked: n, Worded: "m-1@c0", Usage: Usage{Calls: 1}})
		turn.Move(now, "write", Drafted, "anew")
		if err := Check(before, turn); err != nil {
			t.Fatal(err)
		}
		before = saved(t, turn)
		turn.Move(now, "judge", Review, "a person asked for this draft")
		if err := Check(before, turn); err != nil {
			t.Fatal(err)
		}
	}
	if i := turn.AskedFor(turn.Draft()); i == nil || i.Draft != 1 || turn.Own().Asked != 0 || turn.Usage().Calls != 2 {
		t.Errorf("%+v, own %+v, %+v", i, turn.Own(), turn.Usage())
	}
	turn.History[0].Usage = Usage{Calls: 3}
	if turn.Usage().Calls != 5 {
		t.Error("what came to nothing is not counted")
	}
	if turn.AskedFor(&Draft{Asked: 9}) != nil || turn.AskedFor(nil) != nil {
		t.Error("a draft of nobody's instruction has one")
	}
}

func TestWhatNoInstructionMayDo(t *testing.T) {
	ask := func(by, text string) func(*Turn) { return func(x *Turn) { x.Ask(now, by, text, "") } }
	for name, change := range map[string]func(*Turn){
		"policy's":      ask(Policy, "shorter"),
		"replyd's":      ask(Replyd, "shorter"),
		"nobody's":      ask("", "shorter"),
		"an empty one":  ask("sara", " \n"),
		"an endless":    ask("sara", strings.Repeat("ا", MaxInstruction+1)),
		"none at all":   func(x *Turn) { x.Move(now, "sara", Informed, "just so") },
		"one too many":  func(x *Turn) { ask("sara", "a")(x); ask("sara", "b")(x) },
		"without going": func(x *Turn) { x.Instructions = append(x.Instructions, Instruction{By: "sara", Text: "x"}) },
		"about another": func(x *Turn) { ask("sara", "x")(x); x.Instructions[0].Draft = 7 },
		"with a reply on its way": func(x *Turn) {
			x.Outgoing = &Outgoing{MessageID: "<x@y>"}
			ask("sara", "x")(x)
		},
		"to a verdict": func(x *Turn) {
			x.Instructions = append(x.Instructions, Instruction{By: "sara", Text: "x"})
			x.Verdicts = append(x.Verdicts, Verdict{Decision: Send, By: "sara"})
			x.Move(now, "sara", Approved, "sent at once")
		},
	} {
		turn := inReview()
		before := saved(t, turn)
		change(turn)
		if err := Check(before, turn); !errors.Is(err, ErrIllegal) {
			t.Errorf("%s was allowed (%v)", name, err)
		}
	}
	turn := inReview()
	turn.Ask(now, "sara", "shorter", "")
	for name, change := range map[string]func(*Turn){
		"changed later": func(x *Turn) { x.Instructions[0].Text = "longer" },
		"dropped":       func(x *Turn) { x.Instructions = nil },
		"a second one meanwhile": func(x *Turn) {
			x.Instructions = append(x.Instructions, Instruction{By: "sara", At: time.Now(), Text: "x"})
		},
	} {
		before, after := saved(t, turn), saved(t, turn)
		change(after)
		if err := Check(before, after); !errors.Is(err, ErrIllegal) {
			t.Errorf("%s: was allowed (%v)", name, err)
		}
	}
	for name, change := range map[string]func(*Turn){
		"no draft":    func(x *Turn) { x.Drafts = nil },
		"no findings": func(x *Turn) { x.Findings = nil },
		"no triage":   func(x *Turn) { x.Triage = nil },
		"no mail":     func(x *Turn) { x.Mails = nil },
		"nobody":      func(x *Turn) { x.Sender.Address = "" },
		"on its way":  func(x *Turn) { x.Outgoing = &Outgoing{} },
		"approved":    func(x *Turn) { x.State = Approved },
	} {
		turn := inReview()
		turn.Findings = &shop.Findings{}
		if change(turn); turn.CanAsk() {
			t.Errorf("with %s another draft is offered", name)
		}
	}
}
