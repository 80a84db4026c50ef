package app

import (
	"encoding/json"
	"flag"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/lookup"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/wording"
	"github.com/replyd/replyd/prompts"
)

var (
	hostileN = flag.Int("hostile.n", 0, "so many hostile answers, however long it takes; 0: 100,000 or as many as 20 s allow")
	seed     = flag.Uint64("hostile.seed", 1, "seed of the hostile answers")
)

// TestNoModelOutputReachesBeyondItsSender puts a hostile model in the model's place and lets the real steps run:
// read, look up, write, judge. Whatever it says:
//   - the reply goes to the writer of the mail and nobody else;
//   - it states facts of that writer's own orders and the store's public texts only;
//   - it is made of template words and looked-up values; where the model may word it, a person reads it first;
//   - no flag that code raised is gone, and none that the model raised;
//   - nothing is written anywhere: what the steps hold can only read;
//   - a draft that goes out by itself passed every check, and its intent is one that may.
func TestNoModelOutputReachesBeyondItsSender(t *testing.T) {
	t.Parallel()
	want, deadline := 100_000, time.Now().Add(20*time.Second)
	if raceOn {
		deadline = time.Now().Add(4 * time.Second) // make test goes on without the race detector, four times as fast
	}
	if *hostileN > 0 {
		want, deadline = *hostileN, time.Now().Add(24*time.Hour)
	}
	w := newHostileWorld(t)
	var said, sends, worded atomic.Int64
	var g sync.WaitGroup
	for worker := range runtime.GOMAXPROCS(0) {
		g.Go(func() {
			v := w.victim(t, rand.New(rand.NewPCG(*seed, uint64(worker))))
			for said.Load() < int64(want) && time.Now().Before(deadline) && !t.Failed() {
				n, sent := v.round(t)
				said.Add(int64(n))
				if sent {
					sends.Add(1)
				}
			}
			worded.Add(int64(v.byLiar))
		})
	}
	g.Wait()
	t.Logf("%d hostile answers, %d replies would have gone out by themselves, %d are worded for a person", said.Load(),
		sends.Load(), worded.Load())
	if said.Load() > 2_000 && (sends.Load() == 0 || worded.Load() == 0) { // a slow machine has not seen much
		t.Error("no reply would have gone out, or none was worded: the test tries nothing")
	}
}

// FuzzModel gives a fuzzer the model's place.
func FuzzModel(f *testing.F) {
	w := newHostileWorld(f)
	v := w.victim(f, rand.New(rand.NewPCG(1, 1)))
	for i := range 40 {
		v.choose(v.mails[i%len(v.mails)], i%len(w.people))
		f.Add([]byte(v.liar.answer()), uint8(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, answer []byte, mail, who uint8) {
		v.Rand = rand.New(rand.NewPCG(1, 1))
		v.fixed = append(json.RawMessage{}, answer...)
		v.choose(v.mails[int(mail)%len(v.mails)], int(who)%len(w.people))
		v.run(t, policy.Auto)
	})
}

// TestTheReadingPipelineCanOnlyRead: the doors of the steps that a model's words pass through have no method that
// writes.
func TestTheReadingPipelineCanOnlyRead(t *testing.T) {
	for _, door := range []struct {
		of   reflect.Type
		want []string
	}{
		{reflect.TypeFor[lookup.Orders](), []string{"Customer", "Orders"}},
		{reflect.TypeFor[lookup.Catalogue](), []string{"Policies", "Products"}},
		{reflect.TypeFor[llm.Model](), []string{"Call"}},
	} {
		var got []string
		for i := range door.of.NumMethod() {
			got = append(got, door.of.Method(i).Name)
		}
		if !slices.Equal(got, door.want) {
			t.Errorf("%v has the methods %v, want %v", door.of, got, door.want)
		}
	}
}

// hostileWorld is shared by all workers.
type hostileWorld struct {
	people  []person
	store   *store.Store
	ticket  ticket.ID
	lexicon *triage.Lexicon
	writer  *reply.Writer
	zone    *time.Location
	now     time.Time
}

func newHostileWorld(t testing.TB) *hostileWorld {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	w := &hostileWorld{now: time.Now()}
	w.people = townsfolk(w.now)
	var err error
	w.zone, err = time.LoadLocation("Europe/Berlin")
	fail(err)
	w.lexicon, err = triage.LoadLexicon(prompts.FS(""))
	fail(err)
	w.writer, err = reply.New(prompts.FS(""), reply.Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example", Email: "support@lavender-oak.example",
		Zone: "Europe/Berlin",
	})
	fail(err)
	w.store, err = store.Open(t.TempDir(), store.Options{NoSync: true})
	fail(err)
	t.Cleanup(func() { w.store.Close() })
	turn := &ticket.Turn{ID: ticket.NewTurnID(w.now), Cause: ticket.ByMail, Born: w.now,
		Mails: []ticket.Incoming{{Key: "k"}}, Gate: ticket.Gate{Outcome: ticket.Go}}
	k := &ticket.Ticket{ID: ticket.NewID(w.now), Open: true}
	turn.Ticket, w.ticket = k.ID, k.ID
	turn.Move(w.now, "intake", ticket.Received, "came in")
	_, err = w.store.TakeIn(t.Context(), store.Intake{Key: "k", Ticket: k, Turn: turn})
	fail(err)
	return w
}

// victim is one worker: the real steps, with the liar as their model.
type victim struct {
	*App
	*liar
	w      *hostileWorld
	mails  []string // with {own}, {own2} and {other} for order names
	who    *person
	mail   ticket.Incoming
	asked  []string // addresses that orders were looked up for
	text   string   // of the mail
	byLiar int      // drafts that the liar worded
}

func (w *hostileWorld) victim(t testing.TB, r *rand.Rand) *victim {
	t.Helper()
	v := &victim{w: w, liar: &liar{Rand: r, huge: tenMegabytes()}, mails: hostileMails}
	for _, p := range w.people {
		for _, o := range p.orders {
			v.refs = append(v.refs, o.Name)
		}
	}
	reader, err := triage.New(v.liar, w.lexicon, prompts.FS(""), triage.Store{Name: "Lavender & Oak"})
	if err != nil {
		t.Error(err)
		return nil
	}
	worded, err := wording.New(v.liar, prompts.FS(""), wording.Store{Name: "Lavender & Oak"})
	if err != nil {
		t.Error(err)
		return nil
	}
	s := shelf{people: w.people, asked: func(email string) { v.asked = append(v.asked, email) }}
	v.App = &App{
		store: w.store, zone: w.zone, hosts: []string{"lavender-oak.example"},
		lookup: lookup.New(s, s, shop.Info{Name: "Lavender & Oak", URL: "https://lavender-oak.example",
			Email: "support@lavender-oak.example", Zone: "Europe/Berlin", Prefix: "#"}),
		log: slog.New(slog.DiscardHandler), wording: worded,
	}
	v.current.Store(&live{triage: reader, voice: &voice{Writer: w.writer}})
	return v
}
