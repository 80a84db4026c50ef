package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// world is a store with one received turn, and the steps up to drafted of which a test replaces some.
type world struct {
	*store.Store
	id ticket.TurnID
}

func newWorld(t *testing.T, n int) *world {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w := &world{Store: s}
	for i := range n {
		id := ticket.NewID(time.Now())
		turn := &ticket.Turn{ID: ticket.NewTurnID(time.Now()), Ticket: id, Cause: ticket.ByMail, Born: time.Now(),
			Mails:  []ticket.Incoming{{Key: fmt.Sprint(i), From: "ada@example.com"}},
			Sender: ticket.Identity{Address: "ada@example.com", Verdict: "pass", Via: ticket.Direct},
			Gate:   ticket.Gate{Outcome: ticket.Go}}
		turn.Move(time.Now(), "intake", ticket.Received, "came in")
		_, err := s.TakeIn(t.Context(), store.Intake{Key: fmt.Sprint(i), Turn: turn, Ticket: &ticket.Ticket{ID: id}})
		if err != nil {
			t.Fatal(err)
		}
		w.id = turn.ID
	}
	return w
}

func (w *world) turn(t *testing.T) *ticket.Turn {
	t.Helper()
	out, err := w.Turn(w.id)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func runner(w *world, steps ...pipeline.Step) *pipeline.Runner {
	return pipeline.New(w.Store, steps, pipeline.Options{
		Workers: 4, Retry: pipeline.Retry{Attempts: 4, First: time.Second, Most: time.Minute},
		Log: slog.New(slog.DiscardHandler), Changed: w.Changed,
	})
}

func read(_ context.Context, t *ticket.Turn) error {
	t.Triage = &ticket.Triage{}
	t.Move(time.Now(), "read", ticket.Triaged, "read")
	return nil
}

func lookUp(_ context.Context, t *ticket.Turn) error {
	t.Findings = &shop.Findings{}
	t.Move(time.Now(), "look up", ticket.Informed, "looked up")
	return nil
}

// passing is a failure that goes by.
type passing struct{ wait time.Duration }

func (p passing) Error() string                     { return "the service is busy" }
func (p passing) RetryAfter() (time.Duration, bool) { return p.wait, true }

func TestDueTurnsGoAsFarAsStepsLead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 40)
		r := runner(w, pipeline.Step{From: ticket.Received, Name: "read", Do: read},
			pipeline.Step{From: ticket.Triaged, Name: "look up", Do: lookUp})
		if err := r.Drain(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		n, _ := w.CountByState()
		if n[ticket.Informed] != 40 {
			t.Errorf("%v", n)
		}
		w.Close()
	})
}

func TestAPassingFailureWaitsAsLongAsTheServiceAsks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, began, tries := newWorld(t, 1), time.Now(), 0
		r := runner(w, pipeline.Step{From: ticket.Received, Name: "read", Do: func(ctx context.Context, x *ticket.Turn) error {
			if tries++; tries == 1 {
				x.Triage = &ticket.Triage{Language: "half done"}
				return passing{wait: 7 * time.Minute}
			}
			return read(ctx, x)
		}})
		if err := r.Drain(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
		x := w.turn(t)
		if x.State != ticket.Received || x.Waiting != "the service is busy" || x.Attempts != 1 || x.Triage != nil {
			t.Errorf("while waiting: %s %q attempts %d triage %v", x.State, x.Waiting, x.Attempts, x.Triage)
		}
		if err := r.Drain(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
		if x := w.turn(t); x.State != ticket.Triaged || x.Waiting == "the service is busy" || x.Attempts != 0 {
			t.Errorf("afterwards: %s %q attempts %d", x.State, x.Waiting, x.Attempts)
		}
		if took := time.Since(began); took < 7*time.Minute || took > 8*time.Minute {
			t.Errorf("waited %v", took)
		}
		w.Close()
	})
}

func TestWhatKeepsFailingGoesToAPersonWithTheReason(t *testing.T) {
	fails := map[string]struct {
		err   error
		tries int32
		says  string
	}{
		"passing":   {passing{}, 4, "gave up after 4 attempts: the service is busy"},
		"permanent": {errors.New("no such key"), 1, "read failed: no such key"},
	}
	for name, tt := range fails {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1)
				var tries atomic.Int32
				r := runner(w, pipeline.Step{From: ticket.Received, Name: "read", Do: func(context.Context, *ticket.Turn) error {
					tries.Add(1)
					return tt.err
				}})
				if err := r.Drain(t.Context(), time.Hour); err != nil {
					t.Fatal(err)
				}
				x := w.turn(t)
				if x.State != ticket.Review || tries.Load() != tt.tries || x.History[len(x.History)-1].What != tt.says {
					t.Errorf("%s after %d tries: %+v", x.State, tries.Load(), x.History[len(x.History)-1])
				}
				w.Close()
			})
		})
	}
}

func TestACrashOfAStepIsNoCrashOfTheDaemon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		r := runner(w, pipeline.Step{From: ticket.Received, Name: "read", Do: func(context.Context, *ticket.Turn) error {
			panic("the customer wrote: secret words")
		}})
		if err := r.Drain(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		x := w.turn(t)
		if x.State != ticket.Review {
			t.Errorf("state %s", x.State)
		}
		if what := x.History[len(x.History)-1].What; strings.Contains(what, "secret words") {
			t.Errorf("the panic's words are in the history: %q", what)
		}
		w.Close()
	})
}

// TestAnInlineStepNeverRunsOnItsOwn: a turn that is found in the state of an inline step stays there.
func TestAnInlineStepNeverRunsOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, ran := newWorld(t, 1), 0
		inline := pipeline.Step{From: ticket.Triaged, Name: "look up", Inline: true,
			Do: func(ctx context.Context, x *ticket.Turn) error { ran++; return lookUp(ctx, x) }}
		_, err := w.Change(t.Context(), w.id, 0, func(x *ticket.Turn) error { return read(t.Context(), x) })
		if err != nil {
			t.Fatal(err)
		}
		if err := runner(w, inline).Drain(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if ran != 0 {
			t.Fatal("it ran for a turn that was found in its state")
		}
		w2 := newWorld(t, 1)
		if err := runner(w2, pipeline.Step{From: ticket.Received, Name: "read", Do: read}, inline).Drain(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		if ran != 1 || w2.turn(t).State != ticket.Informed {
			t.Errorf("ran %d times, state %s", ran, w2.turn(t).State)
		}
		w.Close()
		w2.Close()
	})
}

// TestStoppingLetsASendEnd: an inline step that is under way when the daemon stops gets its grace, and its
// result is saved.
func TestStoppingLetsASendEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		ctx, stop := context.WithCancel(t.Context())
		began := make(chan struct{})
		r := runner(w, pipeline.Step{From: ticket.Received, Name: "read", Do: read},
			pipeline.Step{From: ticket.Triaged, Name: "send", Inline: true, Do: func(ctx context.Context, x *ticket.Turn) error {
				close(began)
				select {
				case <-time.After(5 * time.Second):
					return lookUp(ctx, x)
				case <-ctx.Done():
					return ctx.Err()
				}
			}})
		over := make(chan error)
		go func() { over <- r.Run(ctx) }()
		<-began
		at := time.Now()
		stop()
		if err := <-over; err != nil {
			t.Fatal(err)
		}
		if x := w.turn(t); x.State != ticket.Informed {
			t.Errorf("state %s: %+v", x.State, x.History)
		}
		if took := time.Since(at); took > pipeline.Grace {
			t.Errorf("stopping took %v", took)
		}
		w.Close()
	})
}
