package ticket

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func newTurn() *Turn {
	t := &Turn{ID: NewTurnID(now), Ticket: NewID(now), Cause: ByMail, Born: now,
		Mails:  []Incoming{{Key: "k", From: "ada@example.com"}},
		Sender: Identity{Address: "ada@example.com", Verdict: "pass", Via: Direct},
		Gate:   Gate{Outcome: Go, Rule: "go"}}
	t.Move(now, "intake", Received, "came in")
	return t
}

// saved is a turn as it comes back from a store.
func saved(t *testing.T, in *Turn) *Turn {
	t.Helper()
	raw, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	out := new(Turn)
	if err := json.Unmarshal(raw, out); err != nil {
		t.Fatal(err)
	}
	return out
}

// steps fill a turn the way that the daemon and the desk do.
var steps = map[State]func(*Turn){
	Triaged:  func(t *Turn) { t.Triage = &Triage{Requests: []Request{{Intent: OrderStatus}}} },
	Informed: func(t *Turn) { t.Findings = &shop.Findings{Zone: "UTC"} },
	Drafted:  func(t *Turn) { t.Drafts = append(t.Drafts, Draft{By: "replyd", Text: "Hello"}) },
	Approved: func(t *Turn) {
		t.Verdicts = append(t.Verdicts, Verdict{Decision: Send, By: Policy, Draft: len(t.Drafts) - 1})
	},
	Sending: func(t *Turn) {
		if t.Outgoing == nil {
			t.Outgoing = &Outgoing{MessageID: "<x@shop.example>", MintedAt: now}
		}
	},
	Sent: func(t *Turn) { t.Receipt = &Receipt{ProviderID: "p", AcceptedAt: now} },
	Done: func(t *Turn) { t.Filing = &Filing{At: now} },
}

func TestAMailWalksTheWholeWay(t *testing.T) {
	turn := newTurn()
	if err := Check(nil, turn); err != nil {
		t.Fatal(err)
	}
	for _, to := range []State{Triaged, Informed, Drafted, Approved, Sending, Sent, Done} {
		before := saved(t, turn)
		steps[to](turn)
		turn.Move(now, "test", to, "on")
		if err := Check(before, turn); err != nil {
			t.Fatalf("to %s: %v", to, err)
		}
	}
	if !turn.State.Final() || !turn.Due.IsZero() {
		t.Errorf("done is final and not due; got %s due %v", turn.State, turn.Due)
	}
}

func TestEveryStateNeedsWhatItStandsOn(t *testing.T) {
	order := []State{Triaged, Informed, Drafted, Approved, Sending, Sent, Done}
	for i, to := range order {
		turn := newTurn()
		for _, earlier := range order[:i] {
			steps[earlier](turn)
			turn.Move(now, "test", earlier, "on")
		}
		before := saved(t, turn)
		turn.Move(now, "test", to, "without its slot")
		if err := Check(before, turn); !errors.Is(err, ErrIllegal) {
			t.Errorf("%s without its slot was allowed", to)
		}
	}
}

func TestWhatIsForbidden(t *testing.T) {
	walk := func(upTo ...State) *Turn {
		turn := newTurn()
		for _, s := range upTo {
			if fill := steps[s]; fill != nil {
				fill(turn)
			}
			turn.Move(now, "test", s, "on")
		}
		return turn
	}
	review := []State{Triaged, Informed, Drafted, Review}
	tests := map[string]struct {
		from   *Turn
		change func(*Turn)
	}{
		"a triage that is written again": {walk(Triaged), func(x *Turn) { x.Triage = &Triage{Language: "fa"} }},
		"a slot that is emptied":         {walk(Triaged, Informed), func(x *Turn) { x.Findings = nil }},
		"another sender":                 {walk(), func(x *Turn) { x.Sender.Address = "eve@example.com" }},
		"another gate":                   {walk(), func(x *Turn) { x.Gate.Outcome = Hold }},
		"a draft that is edited in place": {walk(review...), func(x *Turn) {
			x.Drafts = []Draft{{By: "replyd", Text: "Good-bye"}}
		}},
		"a history that is shortened": {walk(Triaged), func(x *Turn) { x.History = x.History[:1] }},
		"a mail that joins too late":  {walk(Triaged), func(x *Turn) { x.Mails = append(x.Mails, Incoming{Key: "l"}) }},
		"a step over two states": {walk(Triaged), func(x *Turn) {
			steps[Informed](x)
			steps[Drafted](x)
			x.Move(now, "test", Drafted, "jump")
		}},
		"policy out of review": {walk(review...), func(x *Turn) {
			steps[Approved](x)
			x.Move(now, "test", Approved, "by policy")
		}},
		"nobody out of review": {walk(review...), func(x *Turn) { x.Move(now, "test", Rejected, "no verdict") }},
		"a verdict that says otherwise": {walk(review...), func(x *Turn) {
			x.Verdicts = append(x.Verdicts, Verdict{Decision: Reject, By: "sara"})
			x.Move(now, "sara", Approved, "rejects and approves")
		}},
		"an old draft that goes out": {walk(review...), func(x *Turn) {
			x.Drafts = append(x.Drafts, Draft{By: "sara", Text: "Better"})
			x.Verdicts = append(x.Verdicts, Verdict{Decision: Send, By: "sara", Draft: 0})
			x.Move(now, "sara", Approved, "approved")
		}},
		"a second send": {walk(Triaged, Informed, Drafted, Approved, Sending, Sent), func(x *Turn) {
			x.Move(now, "test", Sending, "again")
		}},
		"a send to nobody": {func() *Turn { x := walk(Triaged, Informed, Drafted); x.Sender.Address = ""; return x }(),
			func(x *Turn) { steps[Approved](x); x.Move(now, "test", Approved, "to whom?") }},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			before := saved(t, tt.from)
			tt.change(tt.from)
			if err := Check(before, tt.from); !errors.Is(err, ErrIllegal) {
				t.Errorf("was allowed (error %v)", err)
			}
		})
	}
}

// TestNoWalkSendsTwice takes random legal and illegal moves; whatever Check lets through, a receipt is written
// at most once, no turn is sending after it has one, and only a person leads out of review.
func TestNoWalkSendsTwice(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 1_000 {
		turn, receipts := newTurn(), 0
		for range 14 {
			before := saved(t, turn)
			to := States[rng.IntN(len(States))]
			if fill := steps[to]; fill != nil && rng.IntN(4) > 0 {
				fill(turn)
			}
			if rng.IntN(3) == 0 {
				turn.Verdicts = append(turn.Verdicts, Verdict{By: "sara", Draft: len(turn.Drafts) - 1,
					Decision: []Decision{Send, Reject, ByHand}[rng.IntN(3)]})
			}
			turn.Move(now, "walk", to, "a random step")
			if Check(before, turn) != nil {
				turn = before
				continue
			}
			if before.Receipt == nil && turn.Receipt != nil {
				receipts++
			}
			if before.Receipt != nil && (to == Sending || to == Approved) {
				t.Fatalf("sent, and %s again: %+v", to, turn.History)
			}
			if before.State == Review && to != Review && to != Superseded && turn.Verdict().By == Policy {
				t.Fatalf("policy moved a turn out of review: %+v", turn.History)
			}
		}
		if receipts > 1 {
			t.Fatalf("%d receipts: %+v", receipts, turn.History)
		}
	}
}

func TestEveryStateIsReachableAndEverySortOfEndIsFinal(t *testing.T) {
	reached := map[State]bool{}
	var visit func(State)
	visit = func(s State) {
		for _, next := range moves[s] {
			if !reached[next] {
				reached[next] = true
				visit(next)
			}
		}
	}
	visit("")
	for _, s := range States {
		if !reached[s] {
			t.Errorf("no turn ever becomes %s", s)
		}
	}
	for _, s := range []State{Done, Ignored, Recorded, Rejected, Answered, Superseded} {
		if !s.Final() {
			t.Errorf("%s is not final", s)
		}
	}
}

func TestIDsSortByTime(t *testing.T) {
	var last TurnID
	for i := range 200 {
		id := NewTurnID(now.Add(time.Duration(i) * time.Millisecond))
		if id <= last {
			t.Fatalf("%s does not sort after %s", id, last)
		}
		last = id
	}
}
