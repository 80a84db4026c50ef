// Package pipeline takes due turns one step further: read a turn, run the step for its state, save it; retry
// what passes by itself, give what does not to a person. It knows no step by name.
package pipeline

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"sync"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// Step moves a turn that is in state From. Do fills a slot and calls Turn.Move; it may talk to one outside
// service, Service, and nothing else. A failure leaves the stored turn as it was.
type Step struct {
	From    ticket.State
	Name    string
	Service string // for staff and metrics; empty for pure steps
	Do      func(ctx context.Context, t *ticket.Turn) error
	// GiveUp, if set, moves a turn on whose step failed for good, in place of handing it to a person.
	GiveUp func(t *ticket.Turn, why string)
	// Inline: the step only ever runs right after the one that led to From, never for a turn found there.
	Inline bool
}

// Store is where turns come from and go to.
type Store interface {
	Due(now time.Time, limit int) (ids []ticket.TurnID, next time.Time, err error)
	Turn(id ticket.TurnID) (*ticket.Turn, error)
	Save(ctx context.Context, t *ticket.Turn) error
}

// Retry says how failures that pass by themselves are repeated.
type Retry struct {
	Attempts int           // failures of one step before a person gets the turn
	First    time.Duration // wait after the first failure; doubles with each further one
	Most     time.Duration // longest wait
}

// DefaultRetry spreads ten attempts over about two hours: most outages of the services are shorter (their
// status pages, 2026), and a customer who waited longer is better off with a person.
var DefaultRetry = Retry{Attempts: 10, First: 5 * time.Second, Most: 30 * time.Minute}

// StepTimeout ends a step that hangs. It is longer than every hand's own time limit.
const StepTimeout = 2 * time.Minute

// Grace is how long a send may go on after the daemon was told to stop. Supervisors kill after 10 s (Docker's
// default, docs.docker.com/reference/cli/docker/container/stop, 2026).
const Grace = 7 * time.Second

// Options of a runner.
type Options struct {
	Workers int
	Retry   Retry
	Log     *slog.Logger
	// Changed gives a channel that is closed when something may have become due.
	Changed func() <-chan struct{}
	// Observe is told of every step that ran. It may be nil.
	Observe func(step Step, took time.Duration, err error)
}

// Runner runs steps.
type Runner struct {
	store Store
	steps map[ticket.State]Step
	o     Options

	mu   sync.Mutex
	busy map[ticket.TurnID]bool
}

// New makes a runner. It starts nothing.
func New(store Store, steps []Step, o Options) *Runner {
	r := &Runner{store: store, steps: map[ticket.State]Step{}, o: o, busy: map[ticket.TurnID]bool{}}
	for _, s := range steps {
		r.steps[s.From] = s
	}
	return r
}

// Run works until ctx ends, and returns when every step that had begun is over.
func (r *Runner) Run(ctx context.Context) error {
	return r.loop(ctx, func(time.Time) bool { return false })
}

// Drain works until nothing is due before now + horizon and nothing is being worked on.
func (r *Runner) Drain(ctx context.Context, horizon time.Duration) error {
	return r.loop(ctx, func(next time.Time) bool { return next.IsZero() || time.Until(next) > horizon })
}

// loop hands due turns to workers until ctx ends or, with nothing under way, done says so.
func (r *Runner) loop(ctx context.Context, done func(next time.Time) bool) error {
	jobs, ended := make(chan ticket.TurnID), make(chan struct{}, r.o.Workers)
	var workers sync.WaitGroup
	for range r.o.Workers {
		workers.Go(func() {
			for id := range jobs {
				r.Advance(ctx, id)
				r.release(id)
				ended <- struct{}{}
			}
		})
	}
	defer workers.Wait()
	defer close(jobs)
	active := 0
	for ctx.Err() == nil {
		changed := r.o.Changed()
		id, next, err := r.claim()
		switch {
		case err != nil:
			return fmt.Errorf("pipeline: %w", err)
		case id != "":
			for sent := false; !sent; {
				select {
				case jobs <- id:
					active, sent = active+1, true
				case <-ended:
					active--
				case <-ctx.Done():
					r.release(id)
					return nil
				}
			}
			continue
		case active == 0 && done(next):
			return nil
		}
		timer := time.NewTimer(until(next))
		select {
		case <-ended:
			active--
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// until is the wait for the next due turn; with none, a minute, so that a clock that was set is noticed.
func until(next time.Time) time.Duration {
	if next.IsZero() {
		return time.Minute
	}
	return min(max(time.Until(next), 0), time.Minute)
}

// claim gives a due turn that no worker has, or none and when the next is due.
func (r *Runner) claim() (ticket.TurnID, time.Time, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ids, next, err := r.store.Due(time.Now(), len(r.busy)+1)
	if err != nil {
		return "", time.Time{}, err
	}
	for _, id := range ids {
		if !r.busy[id] {
			r.busy[id] = true
			return id, next, nil
		}
	}
	return "", next, nil
}

func (r *Runner) release(id ticket.TurnID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, id)
}

// Advance runs the steps of one turn until it waits, rests with a person, or is over.
func (r *Runner) Advance(ctx context.Context, id ticket.TurnID) {
	for inline := false; ctx.Err() == nil; {
		t, err := r.store.Turn(id)
		if err != nil {
			r.o.Log.Error("a turn cannot be read", "turn", id, "error", err)
			return
		}
		step, ok := r.steps[t.State]
		if !ok || (step.Inline && !inline) {
			r.park(ctx, t)
			return
		}
		if !step.Inline && (t.Due.IsZero() || time.Until(t.Due) > 0) {
			return
		}
		if !r.run(ctx, step, t) {
			return
		}
		inline = true
	}
}

// park takes a due turn for which there is nothing to do out of the way, so that it is not looked at for ever.
func (r *Runner) park(ctx context.Context, t *ticket.Turn) {
	if t.Due.IsZero() {
		return
	}
	t.Due, t.Waiting = time.Time{}, "no step leads on from "+string(t.State)
	if err := r.store.Save(ctx, t); err != nil {
		r.o.Log.Error("a turn was not parked", "turn", t.ID, "error", err)
	}
}

// run does one step and saves what came of it. It reports whether the turn may go on at once.
func (r *Runner) run(ctx context.Context, step Step, t *ticket.Turn) bool {
	began, from, work := time.Now(), t.State, *t
	err := r.do(ctx, step, &work)
	if r.o.Observe != nil {
		r.o.Observe(step, time.Since(began), err)
	}
	if err != nil && ctx.Err() != nil && !step.Inline {
		return false // the daemon stops: not the step's fault, and no attempt of its own
	}
	if err != nil {
		work = *t
		r.fail(step, &work, err)
	}
	if err := r.save(ctx, step, t, &work); err != nil {
		r.o.Log.Error("a step's result was not saved", "turn", t.ID, "step", step.Name, "error", err)
		return false
	}
	r.o.Log.Info("step", "turn", t.ID, "ticket", t.Ticket, "step", step.Name, "from", from, "to", work.State,
		"took", time.Since(began).Round(time.Millisecond), "waiting", work.Waiting)
	return work.State != from
}

// save stores a step's result. What an inline step did outside cannot be done again, so its saving is tried
// for as long as the daemon lives at all; a result that needs a person becomes a review.
func (r *Runner) save(ctx context.Context, step Step, before, work *ticket.Turn) error {
	ctx = context.WithoutCancel(ctx)
	err := r.store.Save(ctx, work)
	var limit interface{ NeedsPerson() string }
	if errors.As(err, &limit) {
		*work = *before
		work.Move(time.Now(), step.Name, ticket.Review, limit.NeedsPerson())
		return r.store.Save(ctx, work)
	}
	for try := 0; err != nil && step.Inline && try < 5; try++ {
		time.Sleep(time.Duration(50<<try) * time.Millisecond)
		err = r.store.Save(ctx, work)
	}
	return err
}

// fail notes why a step failed: wait and retry, or hand over.
func (r *Runner) fail(step Step, t *ticket.Turn, err error) {
	now := time.Now()
	t.Attempts++
	t.History = append(t.History, ticket.Event{At: now, By: step.Name, What: err.Error(), Error: true})
	var person interface{ NeedsPerson() string }
	var passing interface {
		RetryAfter() (time.Duration, bool)
	}
	wait, temporary := time.Duration(0), errors.Is(err, context.DeadlineExceeded)
	if errors.As(err, &passing) {
		wait, temporary = passing.RetryAfter()
	}
	why := fmt.Sprintf("%s failed: %v", step.Name, err)
	switch {
	case errors.As(err, &person):
		why = person.NeedsPerson()
	case temporary && t.Attempts < r.o.Retry.Attempts:
		t.Due = now.Add(max(wait, r.o.Retry.wait(t.Attempts)))
		t.Waiting = err.Error()
		return
	case temporary:
		why = fmt.Sprintf("gave up after %d attempts: %v", t.Attempts, err)
	}
	if step.GiveUp != nil {
		step.GiveUp(t, why)
		return
	}
	t.Move(now, step.Name, ticket.Review, why)
}

// wait is the pause after the n-th failure: exponential, with a fifth of jitter so that turns which failed
// together do not come back together.
func (r Retry) wait(n int) time.Duration {
	d := r.Most
	if n < 30 {
		d = min(r.First<<(n-1), r.Most)
	}
	return d - time.Duration(rand.Int64N(int64(d)/5+1))
}

// do runs a step within its time. A panic is an error of the step, not of the daemon; what it panicked with
// may hold mail text and is left out. An inline step that is under way when the daemon stops gets Grace to
// end: half a send is worse than a late stop.
func (r *Runner) do(ctx context.Context, s Step, t *ticket.Turn) (err error) {
	stop := ctx
	if s.Inline {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, StepTimeout)
	defer cancel()
	defer context.AfterFunc(stop, func() { time.AfterFunc(Grace, cancel) })()
	defer func() {
		if p := recover(); p != nil {
			r.o.Log.Error("a step crashed", "turn", t.ID, "step", s.Name, "at", string(debug.Stack()))
			err = fmt.Errorf("the step %q crashed; the log says where", s.Name)
		}
	}()
	return s.Do(ctx, t)
}
