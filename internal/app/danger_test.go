package app

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
)

var update = flag.Bool("update", false, "write what came out into the golden files")

// dangers are the scenarios of testdata/danger that need more than a mailbox: a setting, or a further
// question to the world at the end. Every scenario is played, named here or not.
var dangers = map[string]struct {
	set   func(*config.Config)
	check func(*testing.T, *scene)
}{
	"stolen-references": {check: func(t *testing.T, s *scene) {
		for _, e := range s.world.Journal(sandbox.OpenAI) {
			if strings.Contains(e.Request, "mallory") && strings.Contains(e.Request, "violet curtains") {
				t.Error("the model saw the old thread when it read the stranger's mail")
			}
		}
	}},
	"contact-form": {check: withholds},
	"own-group": {set: func(c *config.Config) {
		c.Store.Groups = []string{"support@lavender-oak.example"}
	}, check: withholds},
	"forged-from":        {check: withholds},
	"quoted-local-part":  {check: withholds},
	"reply-to-elsewhere": {check: nobody("evil.example")},
	"uidvalidity":        {check: renumbered},
	"poison": {check: func(t *testing.T, s *scene) {
		if turn := s.turn(t, "07-tom"); turn.State != ticket.Done {
			t.Errorf("the mail behind the poison is %s", turn.State)
		}
	}},
	"robots-of-others":    {check: func(t *testing.T, s *scene) { s.sent(t, 0) }},
	"answered-from-gmail": {check: func(t *testing.T, s *scene) { s.sent(t, 0) }},
	"out-of-office":       {check: closed},
	"bounce-of-an-answer": {check: func(t *testing.T, s *scene) { s.sent(t, 1) }},
}

// TestDanger plays every scenario of testdata/danger through the real daemon code: the mails under mails/ and
// sent/ lie there at the start, each one under then/ comes after all before it has been worked off. What came
// of it must be what stands in want.txt. In then/, {{answer NAME}} is the Message-ID of our answer to a mail.
func TestDanger(t *testing.T) {
	files, err := filepath.Glob("testdata/danger/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for name := range dangers {
		if !slices.Contains(files, filepath.Join("testdata/danger", name+".txtar")) {
			t.Errorf("there is no scenario %s", name)
		}
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txtar")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			archive, err := txtar.ParseFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s := newScene(t, archive, dangers[name].set)
			s.pass(t)
			for _, f := range archive.Files {
				if mailName, ok := strings.CutPrefix(f.Name, "then/"); ok {
					s.deliver(t, strings.TrimSuffix(mailName, ".eml"), s.fill(t, string(f.Data)))
					s.pass(t)
				}
			}
			s.golden(t, file, archive)
			if check := dangers[name].check; check != nil {
				check(t, s)
			}
		})
	}
}

// scene is a daemon in a world, with names for the mails.
type scene struct {
	*App
	world  *sandbox.World
	config *config.Config
	names  map[string]string // key of a mail → its name
}

func newScene(t *testing.T, archive *txtar.Archive, set func(*config.Config)) *scene {
	t.Helper()
	shop, err := os.ReadFile("testdata/danger/shop.json")
	if err != nil {
		t.Fatal(err)
	}
	start := &txtar.Archive{Files: []txtar.File{{Name: "shop.json", Data: shop}}}
	for _, f := range archive.Files {
		if strings.HasPrefix(f.Name, "mails/") || strings.HasPrefix(f.Name, "sent/") {
			start.Files = append(start.Files, f)
		}
	}
	scenario, err := sandbox.Load(txtar.Format(start))
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{names: map[string]string{}}
	if s.world, err = sandbox.Start(scenario, sandbox.Options{}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.world.Close() })
	s.config = SandboxConfig(s.world, t.TempDir())
	if set != nil {
		set(s.config)
	}
	s.open(t)
	t.Cleanup(func() { s.App.Close() })
	inbox, err := s.world.FolderMessages(sandbox.FolderInbox)
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range scenario.Mails {
		s.name(m.Name, inbox[i])
	}
	return s
}

// open starts replyd on the scene's data folder.
func (s *scene) open(t *testing.T) {
	t.Helper()
	var err error
	s.App, err = New(s.config, Options{Log: slog.New(slog.DiscardHandler), Retry: demoRetry, LexiconSends: true,
		NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
}

func (s *scene) name(name string, raw []byte) {
	s.names[mail.Key("support", mail.Parse(raw, mail.DefaultLimits), raw)] = name
}

// deliver puts a mail with LF line ends into the inbox.
func (s *scene) deliver(t *testing.T, name, text string) {
	t.Helper()
	raw := []byte(strings.ReplaceAll(text, "\n", "\r\n"))
	s.name(name, raw)
	if err := s.world.Deliver(raw); err != nil {
		t.Fatal(err)
	}
}

// fill puts the time and our Message-IDs into a mail that comes later.
func (s *scene) fill(t *testing.T, text string) string {
	t.Helper()
	pairs := []string{"{{now}}", time.Now().Format(time.RFC1123Z)}
	for _, turn := range s.turns(t) {
		if turn.Outgoing != nil {
			pairs = append(pairs, "{{answer "+s.names[turn.Mails[0].Key]+"}}", turn.Outgoing.MessageID)
		}
	}
	text = strings.NewReplacer(pairs...).Replace(text)
	if strings.Contains(text, "{{") {
		t.Fatalf("no answer to name in %s", text)
	}
	return text
}

// pass takes in what is there, works it off, and asks what must always hold.
func (s *scene) pass(t *testing.T) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if err := s.Once(ctx, 5*time.Second); err != nil {
		t.Fatal(err)
	}
	sum, err := s.Summary()
	if err != nil {
		t.Fatal(err)
	}
	if n := twice(s.world.Outbox()); n+sum.SentTwice+sum.Unaccounted+sum.FactsUnverified > 0 {
		t.Errorf("%d answered twice outside, %+v", n, sum)
	}
	senders := map[string]*ticket.Turn{}
	for _, turn := range s.turns(t) {
		senders[string(turn.ID)] = turn
	}
	for _, m := range s.world.Outbox() {
		turn := senders[m.Args["turn"]]
		switch {
		case turn == nil:
			t.Errorf("%s got a mail of no turn", m.To.Email)
		case m.To.Email != turn.Sender.Address:
			t.Errorf("%s got the answer to %s", m.To.Email, turn.Sender.Address)
		case turn.Auto() && (!turn.Sender.Authenticated() || turn.Gate.Outcome != ticket.Go):
			t.Errorf("%s was answered by itself, %s, gate %s", m.To.Email, turn.Sender.Verdict, turn.Gate.Outcome)
		case turn.Auto() != (m.Headers["Auto-Submitted"] == "auto-replied"):
			t.Errorf("the answer to %s does not tell whether a program wrote it", m.To.Email)
		case m.Headers[mail.LoopHeader] != turn.Outgoing.MessageID:
			t.Errorf("the answer to %s has the loop header %q", m.To.Email, m.Headers[mail.LoopHeader])
		}
	}
}

// turns gives all turns, oldest first.
func (s *scene) turns(t *testing.T) (out []*ticket.Turn) {
	t.Helper()
	err := s.store.EachTurn(func(turn *ticket.Turn) error {
		out = append(out, turn)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// turn gives the turn that a mail began or joined.
func (s *scene) turn(t *testing.T, name string) *ticket.Turn {
	t.Helper()
	for _, turn := range s.turns(t) {
		for _, m := range turn.Mails {
			if s.names[m.Key] == name && turn.Cause == ticket.ByMail {
				return turn
			}
		}
	}
	t.Fatalf("no turn holds %s", name)
	return nil
}

func (s *scene) sent(t *testing.T, want int) {
	t.Helper()
	if n := len(s.world.Outbox()); n != want {
		t.Errorf("%d mails were sent, want %d", n, want)
	}
}

// golden compares the account of what came with the scenario's want.txt.
func (s *scene) golden(t *testing.T, file string, archive *txtar.Archive) {
	t.Helper()
	got := s.account(t)
	i := slices.IndexFunc(archive.Files, func(f txtar.File) bool { return f.Name == "want.txt" })
	if *update {
		if i < 0 {
			archive.Files = append(archive.Files, txtar.File{Name: "want.txt"})
			i = len(archive.Files) - 1
		}
		archive.Files[i].Data = got
		if err := os.WriteFile(file, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if i < 0 {
		t.Fatal("no want.txt; run with -update and read what it says")
	}
	if diff := gocmp.Diff(string(archive.Files[i].Data), string(got)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// account tells what came of every mail, without anything that differs from run to run.
func (s *scene) account(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	letters := map[ticket.ID]string{}
	for _, turn := range s.turns(t) {
		if letters[turn.Ticket] == "" {
			letters[turn.Ticket] = string(rune('A' + len(letters)))
		}
		var names []string
		for _, m := range turn.Mails {
			names = append(names, s.names[m.Key])
		}
		fmt.Fprintf(&out, "%s: %s\n", strings.Join(names, " + "), turn.State)
		tick, err := s.store.Ticket(turn.Ticket)
		if err != nil {
			t.Fatal(err)
		}
		open := map[bool]string{true: "open", false: "closed"}[tick.Open]
		fmt.Fprintf(&out, "  ticket  %s, %s", letters[turn.Ticket], open)
		for _, id := range tick.Linked {
			fmt.Fprintf(&out, ", linked to %s", letters[id])
		}
		fmt.Fprintf(&out, "\n  because %s\n", turn.Cause)
		who := turn.Sender
		fmt.Fprintf(&out, "  sender  %s %s, %s: %s\n", who.Address, who.Verdict, who.Via, who.Reason)
		fmt.Fprintf(&out, "  gate    %s by %s: %s\n", turn.Gate.Outcome, turn.Gate.Rule, turn.Gate.Reason)
		last := turn.History[len(turn.History)-1]
		fmt.Fprintf(&out, "  last    %s: %s\n", last.By, last.What)
	}
	var sent []string
	for _, m := range s.world.Outbox() {
		sent = append(sent, fmt.Sprintf("sent to %s: %s\n", m.To.Email, m.Subject))
	}
	slices.Sort(sent)
	out.WriteString(strings.Join(sent, ""))
	return out.Bytes()
}

// secrets of Maggie's order that only she may read.
var secrets = []string{"Duvet", "DHL", "00340434161094042557", "Dublin", "129"}

// withholds: no draft and no sent mail holds anything of Maggie's order.
func withholds(t *testing.T, s *scene) {
	t.Helper()
	s.sent(t, 0)
	drafts := 0
	for _, turn := range s.turns(t) {
		for _, d := range turn.Drafts {
			drafts++
			for _, secret := range secrets {
				if strings.Contains(d.Text+d.HTML+d.Subject, secret) {
					t.Errorf("the draft for %s tells %q:\n%s", s.names[turn.Mails[0].Key], secret, d.Text)
				}
			}
		}
	}
	if drafts == 0 {
		t.Error("staff got no draft")
	}
}

// nobody: nothing went to this domain.
func nobody(domain string) func(*testing.T, *scene) {
	return func(t *testing.T, s *scene) {
		for _, m := range s.world.Outbox() {
			if strings.HasSuffix(m.To.Email, domain) {
				t.Errorf("%s got a mail", m.To.Email)
			}
		}
	}
}

// closed: the answered ticket stays closed.
func closed(t *testing.T, s *scene) {
	tick, err := s.store.Ticket(s.turn(t, "01-maggie").Ticket)
	if err != nil || tick.Open || len(tick.Reopens) > 0 {
		t.Errorf("ticket %+v, %v", tick, err)
	}
	s.sent(t, 1)
}

// renumbered: a folder that is numbered anew is looked through, and nothing is answered again, not by the
// running daemon and not by one that starts then.
func renumbered(t *testing.T, s *scene) {
	before := len(s.turns(t))
	for range 2 {
		if err := s.world.Renumber(sandbox.FolderInbox); err != nil {
			t.Fatal(err)
		}
		s.pass(t)
		s.App.Close()
		s.open(t)
		s.pass(t)
	}
	s.sent(t, 2)
	if n := len(s.turns(t)); n != before {
		t.Errorf("%d turns became %d", before, n)
	}
	s.deliver(t, "99-new", s.fill(t, string(letterFrom("tom.hadley@webmail.example", "<new@webmail.example>",
		"Where is #1003?", "Could you tell me where my order #1003 is now?"))))
	s.pass(t)
	s.sent(t, 3)
}

// letterFrom is a plain mail of a proven sender, with LF line ends.
func letterFrom(from, id, subject, text string, more ...string) string {
	domain := from[strings.IndexByte(from, '@')+1:]
	head := []string{
		"Authentication-Results: mx.lavender-oak.example; dkim=pass header.d=" + domain +
			"; dmarc=pass header.from=" + domain,
		"Date: {{now}}", "From: " + from, "To: support@lavender-oak.example", "Subject: " + subject,
		"Message-ID: " + id,
	}
	return strings.Join(append(head, more...), "\n") + "\n\n" + text + "\n"
}
