package app

import (
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/wording"
	"github.com/replyd/replyd/prompts"
)

// says is a model that answers always the same.
type says string

func (s says) Call(context.Context, llm.Request) (llm.Response, error) {
	if s == "" {
		return llm.Response{}, &llm.Error{Kind: llm.Unavailable}
	}
	text, err := json.Marshal(map[string]string{"text": string(s)})
	return llm.Response{Model: "m-1", Arguments: text, Usage: llm.Usage{Output: 5}}, err
}

// TestAWordedReplyWaitsForAPersonAndALieIsNotKept runs the write step with a model that words the reply.
func TestAWordedReplyWaitsForAPersonAndALieIsNotKept(t *testing.T) {
	t.Parallel()
	w := newHostileWorld(t)
	v := w.victim(t, nil)
	who := &w.people[0]
	const good = "How annoying, we are sorry about order {order.name} of {order.date}."
	for name, c := range map[string]struct {
		text   says
		worded bool
	}{
		"fit words":         {good, true},
		"the model is down": {"", false}, "no placeholder": {"We are sorry.", false},
		"an amount": {good + " You get €5.", false}, "a number in words": {good + " You hear from us in three days.", false},
		"a promise": {good + " We guarantee a new one.", false}, "a state": {good + " It was refunded.", false},
		"another's order": {good + " #481100", false}, "another address": {good + " Write to eve@evil.example", false},
		"template code": {good + " {{.Order.Total}}", false}, "ten megabytes": {says(strings.Repeat(good, 200_000)), false},
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			if v.wording, err = wording.New(c.text, prompts.FS(""), wording.Store{Name: "Lavender & Oak"}); err != nil {
				t.Fatal(err)
			}
			turn := &ticket.Turn{ID: "u1", Ticket: w.ticket, Born: w.now, Gate: ticket.Gate{Outcome: ticket.Go},
				Mails:  []ticket.Incoming{{Subject: "Broken", Reply: "The bookend is broken.", Text: "The bookend is broken."}},
				Sender: ticket.Identity{Address: who.email, Name: who.first, Verdict: "pass", Via: ticket.Direct},
				Triage: &ticket.Triage{Engine: "openai", Language: "en", Agreed: true,
					Requests: []ticket.Request{{Intent: ticket.ItemProblem}}},
				Findings: &shop.Findings{Zone: "Europe/Berlin", Answers: []shop.Finding{{Result: shop.Found, Order: &who.orders[0]}}},
			}
			modes := policy.Modes{All: policy.Auto, Intents: map[ticket.Intent]policy.Mode{ticket.ItemProblem: policy.Auto}}
			v.current.Store(&live{modes: modes, voice: v.live().voice})
			turn.Move(time.Now(), "look up", ticket.Informed, "")
			if err := v.write(t.Context(), turn); err != nil {
				t.Fatal(err)
			}
			d := turn.Draft()
			if (d.Worded != "") != c.worded || strings.Contains(d.Text, "annoying") != c.worded || len(d.Open) > 0 {
				t.Errorf("worded by %q, open %+v:\n%s", d.Worded, d.Open, d.Text)
			}
			if !strings.Contains(d.Text, who.orders[0].Name) || c.text != "" && d.Usage.Calls != 1 {
				t.Errorf("usage %+v, text:\n%s", d.Usage, d.Text)
			}
			if err := v.judge(t.Context(), turn); err != nil || turn.State != ticket.Review {
				t.Errorf("the turn ended as %s (%v)", turn.State, err)
			}
		})
	}
}

// TestTheWriterIsOffUnlessTheOwnerWantsIt: without the key there is no second call.
func TestTheWriterIsOffUnlessTheOwnerWantsIt(t *testing.T) {
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.wording != nil {
		t.Error("the demo words replies")
	}
	d.config.Writer = true
	if w, err := newWording(d.config, says("x")); w == nil || err != nil {
		t.Errorf("with the key: %v, %v", w, err)
	}
	if w, err := newWording(d.config, nil); w != nil || err != nil {
		t.Errorf("with the lexicon alone: %v, %v", w, err)
	}
}
