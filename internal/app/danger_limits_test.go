package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

const tom = "tom.hadley@webmail.example"

// TestTwoRobotsStopAnsweringEachOther: a program without a single mark of one answers each of our answers.
func TestTwoRobotsStopAnsweringEachOther(t *testing.T) {
	type letter func(n int, last sandbox.Sent) string
	for name, c := range map[string]struct {
		want   int
		reason string
		letter letter
	}{
		"in one thread": {gate.PerTicket, "The ticket has had its", func(n int, last sandbox.Sent) string {
			answers := "In-Reply-To: " + last.Headers["Message-ID"]
			if last.ID == "" {
				answers = "X-Mailer: none"
			}
			return letterFrom(tom, fmt.Sprintf("<n%d@webmail.example>", n), "Re: Order #1003",
				fmt.Sprintf("Dear colleague %d, where is my order #1003 now?", n), answers)
		}},
		"in new threads": {gate.PerSender, "This sender has had", func(n int, _ sandbox.Sent) string {
			return letterFrom(tom, fmt.Sprintf("<n%d@webmail.example>", n), fmt.Sprintf("Message %d for you", n),
				fmt.Sprintf("Dear colleague %d, where is my order #1003 now?", n))
		}},
		"with the same words": {1, "The same sender wrote the same", func(n int, _ sandbox.Sent) string {
			return letterFrom(tom, fmt.Sprintf("<n%d@webmail.example>", n), fmt.Sprintf("Message %d for you", n),
				"Where is my order #1003?")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, &txtar.Archive{}, nil)
			var last sandbox.Sent
			for n := range 8 {
				s.deliver(t, fmt.Sprint(n), s.fill(t, c.letter(n, last)))
				s.pass(t)
				if out := s.world.Outbox(); len(out) > 0 {
					last = out[len(out)-1]
				}
			}
			s.sent(t, c.want)
			for n := range 8 {
				turn := s.turn(t, fmt.Sprint(n))
				answered := n < c.want
				if answered != (turn.State == ticket.Done) {
					t.Errorf("mail %d is %s", n, turn.State)
				}
				if !answered && (turn.Gate.Rule != gate.OverLimit || !strings.HasPrefix(turn.Gate.Reason, c.reason)) {
					t.Errorf("mail %d: gate %+v", n, turn.Gate)
				}
			}
		})
	}
}

// TestAMailBombMeetsTheLimits: hundreds of mails at once, each a fair question of a proven sender.
func TestAMailBombMeetsTheLimits(t *testing.T) {
	const total = 80
	for name, c := range map[string]struct {
		n, want int
		from    func(i int) string
	}{
		"from one address":  {300, gate.PerSender, func(int) string { return "bomb@webmail.example" }},
		"from one domain":   {120, gate.PerDomain, func(i int) string { return fmt.Sprintf("b%d@w.example", i) }},
		"from many domains": {120, total, func(i int) string { return fmt.Sprintf("bomb@b%d.example", i) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, &txtar.Archive{}, func(c *config.Config) { c.Limits.HourlyTotal = total })
			n := c.n
			if testing.Short() {
				n = 90
			}
			for i := range n {
				s.deliver(t, fmt.Sprint(i), s.fill(t, letterFrom(c.from(i), fmt.Sprintf("<n%d@b.example>", i),
					fmt.Sprintf("Question %d", i), fmt.Sprintf("Hello %d, where is my order #%d?", i, 2000+i))))
			}
			s.pass(t)
			s.sent(t, c.want)
			states := map[ticket.State]int{}
			for _, turn := range s.turns(t) {
				states[turn.State]++
			}
			if states[ticket.Done] != c.want || states[ticket.Review] != n-c.want {
				t.Errorf("states %v", states)
			}
		})
	}
}

// TestAStopBetweenSendAndSave: replyd stops after the request to SendGrid was made, and before its answer was
// saved. The reply is never sent again: either a trace shows that it left, or a person looks.
func TestAStopBetweenSendAndSave(t *testing.T) {
	for name, c := range map[string]struct {
		trace func(*testing.T, *scene, *ticket.Turn)
		state ticket.State
		last  string
	}{
		"no trace": {func(*testing.T, *scene, *ticket.Turn) {}, ticket.Review, "replyd was stopped while sending"},
		"an event": {func(t *testing.T, s *scene, turn *ticket.Turn) {
			_, err := s.store.AddEvent(t.Context(), turn.ID, store.DeliveryEvent{Kind: "delivered", At: time.Now()})
			if err != nil {
				t.Fatal(err)
			}
		}, ticket.Done, "filed"},
		"a copy in Sent": {func(t *testing.T, s *scene, turn *ticket.Turn) {
			raw, err := mail.Compose(s.outgoing(turn))
			if err == nil {
				err = s.world.DeliverTo(sandbox.FolderSent, raw)
			}
			if err != nil {
				t.Fatal(err)
			}
		}, ticket.Done, "filed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, &txtar.Archive{}, func(c *config.Config) { c.Mode = config.Approval })
			s.deliver(t, "tom", s.fill(t, letterFrom(tom, "<1@webmail.example>", "Order #1003", "Where is #1003?")))
			s.pass(t)
			sending := s.begin(t, s.turn(t, "tom"))
			c.trace(t, s, sending)
			for range 2 {
				s.App.Close()
				s.open(t)
				s.pass(t)
			}
			got := s.turn(t, "tom")
			if last := got.History[len(got.History)-1]; got.State != c.state || !strings.HasPrefix(last.What, c.last) {
				t.Errorf("%s\n%s", got.State, history(got))
			}
			s.sent(t, 0)
		})
	}
}

// begin saves a turn in review as the daemon does just before it calls SendGrid.
func (s *scene) begin(t *testing.T, turn *ticket.Turn) *ticket.Turn {
	t.Helper()
	approve := func(turn *ticket.Turn) error {
		turn.Verdicts = append(turn.Verdicts, ticket.Verdict{Decision: ticket.Send, By: "sara",
			Draft: len(turn.Drafts) - 1, Reasons: []string{"fine"}, At: time.Now()})
		turn.Move(time.Now(), "sara", ticket.Approved, "fine")
		return nil
	}
	mint := func(turn *ticket.Turn) error {
		id := mail.NewMessageID(s.store.Secret(), string(turn.Ticket), "lavender-oak.example")
		turn.Outgoing = &ticket.Outgoing{MessageID: id, MintedAt: time.Now()}
		turn.Move(time.Now(), "commit", ticket.Sending, "on its way to SendGrid")
		return nil
	}
	for _, act := range []func(*ticket.Turn) error{approve, mint} {
		var err error
		if turn, err = s.store.Change(t.Context(), turn.ID, turn.Version, act); err != nil {
			t.Fatal(err)
		}
	}
	return turn
}

// TestAConnectionThatBreaksAfterSendGridTookTheMail: the mail is out, and replyd cannot know. A person looks;
// it is not sent again, not after a restart either.
func TestAConnectionThatBreaksAfterSendGridTookTheMail(t *testing.T) {
	s := newScene(t, &txtar.Archive{}, nil)
	fault := sandbox.Fault{Service: sandbox.SendGrid, Kind: sandbox.Drops, Match: tom, Times: 1}
	if err := s.world.AddFault(fault); err != nil {
		t.Fatal(err)
	}
	s.deliver(t, "tom", s.fill(t, letterFrom(tom, "<1@webmail.example>", "Order #1003", "Where is #1003?")))
	for range 3 {
		s.pass(t)
		s.App.Close()
		s.open(t)
	}
	turn := s.turn(t, "tom")
	said := slices.ContainsFunc(turn.History, func(e ticket.Event) bool {
		return strings.HasPrefix(e.What, unknownOutcome)
	})
	if turn.State != ticket.Review || !said {
		t.Errorf("%s\n%s", turn.State, history(turn))
	}
	s.sent(t, 1)
}
