package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
)

// redraftWorld is a demo whose mail waits for people, in auto mode like the demo itself.
func redraftWorld(t *testing.T) *Demo {
	t.Helper()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// ask records an instruction as the desk does.
func (d *Demo) ask(t *testing.T, id ticket.TurnID, text, language string) *ticket.Turn {
	t.Helper()
	turn, err := d.store.Change(t.Context(), id, 0, func(t *ticket.Turn) error {
		t.Ask(time.Now(), DemoUser, text, language)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// settled works until nothing is due soon, and reads the turn.
func (d *Demo) settled(t *testing.T, id ticket.TurnID) *ticket.Turn {
	t.Helper()
	if err := d.runner.Drain(t.Context(), 5*time.Second); err != nil {
		t.Fatal(err)
	}
	turn, err := d.store.Turn(id)
	if err != nil {
		t.Fatal(err)
	}
	return turn
}

// TestAnotherDraftComesBackToThePersonWhoAsked: over the real protocols, twice in a row, in auto mode, and nothing
// leaves until a person approves.
func TestAnotherDraftComesBackToThePersonWhoAsked(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	everything := map[ticket.Intent]policy.Mode{}
	for _, i := range ticket.Intents {
		everything[i] = policy.Auto
	}
	now := *d.live()
	now.modes = policy.Modes{All: policy.Auto, Intents: everything}
	d.current.Store(&now)
	turn := reviewable(t, d, "en")
	sent, cost := len(d.World().Outbox()), turn.Usage()

	d.ask(t, turn.ID, "shorter, and apologise once more", "")
	got := d.settled(t, turn.ID)
	draft := got.Draft()
	if got.State != ticket.Review || len(got.Drafts) != len(turn.Drafts)+1 || draft.By != ticket.Replyd || draft.Asked != 1 {
		t.Fatalf("%s after %v, draft %+v", got.State, got.History, draft)
	}
	if !strings.Contains(draft.Text, "We apologise for the trouble.") || draft.Subject != turn.Draft().Subject ||
		!strings.HasPrefix(draft.Worded, sandbox.ModelName) {
		t.Errorf("worded by %q:\n%s", draft.Worded, draft.Text)
	}
	if v := got.Verdict(); v.Decision != ticket.Ask || !slices.Contains(got.Why(), policy.Asked) || got.View() != ticket.NeedsReview {
		t.Errorf("verdict %+v in %s", v, got.View())
	}
	if u := got.Usage(); u.Calls != cost.Calls+1 || u.Input <= cost.Input || u.Output <= cost.Output {
		t.Errorf("cost %+v after %+v", u, cost)
	}
	if got.Alike() != "" {
		t.Error("such a draft is approved together with others")
	}

	d.ask(t, turn.ID, "offer to call her back", "")
	got = d.settled(t, turn.ID)
	if draft = got.Draft(); draft.Asked != 2 || !strings.Contains(draft.Text, "We apologise") || !strings.Contains(draft.Text, "call you") {
		t.Errorf("the second one is number %d:\n%s", draft.Asked, draft.Text)
	}
	if n := len(d.World().Outbox()); n != sent || got.Own() == nil || got.Own().Asked != 0 {
		t.Errorf("%d replies left; its own draft is %+v", n-sent, got.Own())
	}
	page, _, err := d.store.AuditPage(audit.Filter{Turn: string(turn.ID), What: string(audit.TurnAsked)}, 0, 10)
	if err != nil || len(page) != 2 || page[0].Who != DemoUser || page[0].Detail != "" {
		t.Errorf("audit log %+v, %v", page, err)
	}

	_, err = d.store.Change(t.Context(), turn.ID, 0, func(t *ticket.Turn) error {
		t.Verdicts = append(t.Verdicts, ticket.Verdict{Decision: ticket.Send, By: DemoUser, Draft: len(t.Drafts) - 1})
		t.Move(time.Now(), DemoUser, ticket.Approved, "approved")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got = d.settled(t, turn.ID); got.State != ticket.Done || len(d.World().Outbox()) != sent+1 {
		t.Errorf("after the approval it is %s: %v", got.State, got.History)
	}
}

// TestAnotherDraftInAnotherLanguage: greeting, values and closing are the new language's.
func TestAnotherDraftInAnotherLanguage(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turn := reviewable(t, d, "en")
	d.ask(t, turn.ID, "کوتاه‌تر", "fa")
	got := d.settled(t, turn.ID).Draft()
	if got.Language != "fa" || !strings.HasPrefix(got.Text, "سلام") || !strings.Contains(got.HTML, `dir="rtl"`) ||
		!strings.Contains(got.Text, "جانشین نمایشی") {
		t.Errorf("in %s, and it does not say that nobody translated it:\n%s", got.Language, got.Text)
	}
}

// TestTheStandInFollowsWhatItKnows in each language, and says so where it does not.
func TestTheStandInFollowsWhatItKnows(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	for lang, said := range map[string][3]string{
		"en": {"Shorter please", "sing it", "the sandbox's stand-in"},
		"fa": {"کوتاه‌تر", "شعر بگو", "جانشین نمایشی"},
		"de": {"kürzer", "sing es", "Ersatz in der Sandbox"},
	} {
		turn := reviewable(t, d, lang)
		d.ask(t, turn.ID, said[0], "")
		short := d.settled(t, turn.ID).Draft()
		if len(short.Text) >= len(turn.Draft().Text) || len(short.Open) > len(turn.Draft().Open) {
			t.Errorf("%s: not shorter, or open %v:\n%s", lang, short.Open, short.Text)
		}
		d.ask(t, turn.ID, said[1], "")
		if odd := d.settled(t, turn.ID).Draft(); !strings.Contains(odd.Text, said[2]) {
			t.Errorf("%s: it does not say what it is:\n%s", lang, odd.Text)
		}
	}
}

// modelFunc is a model that a test plays.
type modelFunc func(ctx context.Context, r llm.Request) (llm.Response, error)

func (f modelFunc) Call(ctx context.Context, r llm.Request) (llm.Response, error) { return f(ctx, r) }

// models puts a model in the place of the demo's for what is written anew.
func (d *Demo) models(t *testing.T, f modelFunc) {
	t.Helper()
	now := *d.live()
	var err error
	if now.redraft, err = newRedrafting(d.config, f); err != nil {
		t.Fatal(err)
	}
	d.current.Store(&now)
}

func words(text string) (llm.Response, error) {
	arguments, err := json.Marshal(map[string]string{"text": text})
	return llm.Response{Model: "m-1", Arguments: arguments, Usage: llm.Usage{Input: 10, Output: 5, Micros: 3}}, err
}

// TestWithoutAUsableModelTheLastDraftStays: the turn is back at once, and says why.
func TestWithoutAUsableModelTheLastDraftStays(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turn := reviewable(t, d, "en")
	calls := 0
	for name, c := range map[string]struct {
		model modelFunc
		why   string
		calls int
	}{
		"down": {func(context.Context, llm.Request) (llm.Response, error) {
			return llm.Response{}, &llm.Error{Kind: llm.Unavailable}
		}, "down or slow", 1},
		"the budget is used up": {func(context.Context, llm.Request) (llm.Response, error) {
			return llm.Response{}, &llm.Error{Kind: llm.Budget}
		}, "daily budget", 1},
		"an invented amount, twice": {func(context.Context, llm.Request) (llm.Response, error) {
			return words("You get 50 euros back.")
		}, "broke a rule twice", 2},
		"another's order, twice": {func(context.Context, llm.Request) (llm.Response, error) {
			return words("Your order #481100 is on its way.")
		}, "broke a rule twice", 2},
		"no call": {func(context.Context, llm.Request) (llm.Response, error) {
			return llm.Response{Arguments: json.RawMessage(`{"text":`)}, nil
		}, "broke a rule twice", 2},
	} {
		calls = 0
		d.models(t, func(ctx context.Context, r llm.Request) (llm.Response, error) {
			calls++
			return c.model(ctx, r)
		})
		before := d.ask(t, turn.ID, "give her 20 % off", "")
		got := d.settled(t, turn.ID)
		if got.State != ticket.Review || len(got.Drafts) != len(before.Drafts) || calls != c.calls || got.View() != ticket.NeedsReview {
			t.Fatalf("%s: %s with %d drafts after %d calls: %v", name, got.State, len(got.Drafts), calls, got.History)
		}
		if why := got.Why(); !strings.Contains(why[0], c.why) || !slices.Contains(why, policy.Asked) {
			t.Errorf("%s: why %q", name, why)
		}
		if got.Usage().Calls-before.Usage().Calls != c.calls {
			t.Errorf("%s: its calls are not counted: %+v", name, got.Usage())
		}
	}
}

// TestWhatNoFactCoversIsMarked: the staff's own number, a state and a promise are kept for a person to see.
func TestWhatNoFactCoversIsMarked(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turn := reviewable(t, d, "en")
	d.models(t, func(_ context.Context, r llm.Request) (llm.Response, error) {
		if !strings.Contains(r.Input, "give her 20 % off") || strings.Contains(r.Input, turn.Draft().Facts[0].Value+" ") {
			t.Errorf("the question is\n%s", r.Input)
		}
		return words("You get 20 % off. It was refunded, we guarantee it.")
	})
	d.ask(t, turn.ID, "give her 20 % off", "")
	got := d.settled(t, turn.ID)
	if n := len(got.Draft().Open); n < 3 || got.State != ticket.Review || !strings.Contains(got.Draft().Text, "20 % off") {
		t.Errorf("%d open in %s:\n%s", n, got.State, got.Draft().Text)
	}
	if len(ground.Check(*got.Draft(), d.zone, d.hosts)) != len(got.Draft().Open) {
		t.Error("the marks are not the check's")
	}
}

// TestABrokenRuleIsToldOnce: the second answer counts, with the cost of both.
func TestABrokenRuleIsToldOnce(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turn := reviewable(t, d, "en")
	d.models(t, func(_ context.Context, r llm.Request) (llm.Response, error) {
		if r.Retry == "" {
			return words("You get 50 euros.")
		}
		if strings.Contains(r.Retry, "50") {
			t.Errorf("the correction repeats the answer: %q", r.Retry)
		}
		return words("We are sorry.")
	})
	d.ask(t, turn.ID, "kinder", "")
	if got := d.settled(t, turn.ID).Draft(); got.Usage.Calls != 2 || got.Usage.Micros != 6 || !strings.Contains(got.Text, "We are sorry.") {
		t.Errorf("%+v\n%s", got.Usage, got.Text)
	}
}

// TestAMailThatSteersIsNotShownToTheModel: and its text cannot play the staff's instruction.
func TestAMailThatSteersIsNotShownToTheModel(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turns, err := d.store.TurnsByState(ticket.Review, 0)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(turns, func(turn *ticket.Turn) bool {
		return turn.CanAsk() && slices.Contains(turn.Triage.Flags, ticket.SuspectedInjection)
	})
	if i < 0 {
		t.Fatal("the demo has no such mail")
	}
	d.models(t, func(_ context.Context, r llm.Request) (llm.Response, error) {
		if text := strings.TrimSpace(written(turns[i])); strings.Contains(r.Input, text[:20]) {
			t.Errorf("the mail is in the question")
		}
		return words("Thank you.")
	})
	d.ask(t, turns[i].ID, "shorter", "")
	if got := d.settled(t, turns[i].ID); got.State != ticket.Review || !strings.Contains(got.Draft().Text, "Thank you.") {
		t.Errorf("%s\n%s", got.State, got.Draft().Text)
	}
}

// TestAStopWhileItIsWrittenLosesNothing: the instruction waits in the store, and is followed once by the next start.
func TestAStopWhileItIsWrittenLosesNothing(t *testing.T) {
	t.Parallel()
	d := redraftWorld(t)
	turn := reviewable(t, d, "en")
	ctx, stop := context.WithCancel(t.Context())
	var calls atomic.Int32
	d.models(t, func(ctx context.Context, _ llm.Request) (llm.Response, error) {
		if calls.Add(1) > 1 {
			return words("We are sorry.")
		}
		stop()
		<-ctx.Done()
		return llm.Response{}, ctx.Err()
	})
	d.ask(t, turn.ID, "kinder", "")
	if err := d.runner.Run(ctx); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	got, err := d.store.Turn(turn.ID)
	if err != nil || got.State != ticket.Informed || got.Asked() == nil || got.Why()[0] != "another draft is being written, as sara asked" {
		t.Fatalf("%v: %s, %v", err, got.State, got.Why())
	}
	if got = d.settled(t, turn.ID); got.State != ticket.Review || got.Draft().Asked != 1 || len(got.Drafts) != len(turn.Drafts)+1 {
		t.Errorf("%s with %d drafts", got.State, len(got.Drafts))
	}
}
