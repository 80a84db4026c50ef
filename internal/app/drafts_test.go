package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/imap/imaptest"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/ticket"
)

// reject decides as the desk does.
func reject(t *testing.T, d *daemon, id ticket.TurnID) {
	t.Helper()
	_, err := d.store.Change(t.Context(), id, 0, func(turn *ticket.Turn) error {
		now := time.Now()
		turn.Verdicts = append(turn.Verdicts, ticket.Verdict{Decision: ticket.Reject, By: "sara", Draft: -1, At: now})
		turn.Move(now, "sara", ticket.Rejected, "no reply")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestTheCopyLeavesDraftsWithTheDecision, and nobody else's draft does.
func TestTheCopyLeavesDraftsWithTheDecision(t *testing.T) {
	t.Parallel()
	for _, decision := range []string{"approved", "rejected"} {
		t.Run(decision, func(t *testing.T) {
			t.Parallel()
			d := startDaemon(t, soon, keepsDrafts)
			p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
			turn := d.offered(t, p, waiting)
			p.put(t, p.drafts, "From: support@lavender-oak.example\r\nSubject: Hers\r\nMessage-ID: <1@her.example>\r\n\r\nHi\r\n")
			if decision == "rejected" {
				reject(t, d, turn.ID)
			} else {
				approve(t, d, turn.ID, 0)
				turn = d.turnIn(t, turn.Mails[0].Key, "the reply", is(ticket.Done))
				if len(p.letters(t, p.drafts)) != 1 {
					t.Error("the reply left before its copy was taken out of Drafts")
				}
			}
			d.until(t, "taking it out", func() bool { return len(p.letters(t, p.drafts)) == 1 && d.noCopy(t, turn.ID) })
			if _, raw := p.draft(t); !strings.Contains(raw, "Subject: Hers") {
				t.Errorf("left in Drafts:\n%s", raw)
			}
			if n := len(d.world.Outbox()); (n == 1) != (decision == "approved") {
				t.Errorf("%d replies", n)
			}
		})
	}
}

// TestTheCopyFollowsTheDesk: another draft there is another one in Drafts, and an undone approval brings it back.
func TestTheCopyFollowsTheDesk(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	_, first := p.draft(t)
	change := func(f func(*ticket.Turn)) {
		if _, err := d.store.Change(t.Context(), turn.ID, 0, func(t *ticket.Turn) error { f(t); return nil }); err != nil {
			t.Fatal(err)
		}
	}
	becomes := func(what, text string) string {
		var raw string
		d.until(t, what, func() bool {
			var uid imap.UID
			uid, raw = p.draft(t)
			return (uid == 0) == (text == "") && strings.Contains(raw, text)
		})
		return raw
	}
	change(func(t *ticket.Turn) {
		more := *t.Draft()
		more.By, more.Text = "sara", "Short and sweet."
		t.Drafts = append(t.Drafts, more)
	})
	second := becomes("the edited draft", "Short and sweet.")
	approve(t, d, turn.ID, time.Hour)
	becomes("none while the approval waits", "")
	change(func(t *ticket.Turn) { t.Move(time.Now(), "sara", ticket.Review, "took the approval back") })
	third := becomes("the draft again", "Short and sweet.")
	ids := map[string]bool{}
	for _, raw := range []string{first, second, third} {
		ids[mail.Parse([]byte(raw), mail.DefaultLimits).MessageID] = true
	}
	if len(ids) != 3 {
		t.Errorf("Message-IDs %v: each copy needs its own", ids)
	}
	change(func(t *ticket.Turn) { // now something has to be seen first
		more := *t.Draft()
		more.Open = []ticket.Uncovered{{Token: "99"}}
		t.Drafts = append(t.Drafts, more)
	})
	becomes("none of an uncovered text", "")
}

// TestADraftThatSomebodyThrewAwayStaysAway, also after a restart, and after the turn is put off.
func TestADraftThatSomebodyThrewAwayStaysAway(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	uid, _ := p.draft(t)
	p.throwAway(t, uid)
	_, err := d.store.Change(t.Context(), turn.ID, 0, func(t *ticket.Turn) error {
		t.Snoozed = time.Now().Add(time.Hour)
		t.Note(time.Now(), "sara", "snoozed")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	d.look(t)
	if err := d.copyDraft(t.Context(), d.boxes[0], turn.ID); err != nil {
		t.Fatal(err)
	}
	if uid, _ := p.draft(t); uid != 0 {
		t.Error("it is there again")
	}
}

// TestAStopBetweenIDAndCopyMakesOneDraft: the id is saved first; whichever half was done, there is one copy.
func TestAStopBetweenIDAndCopyMakesOneDraft(t *testing.T) {
	t.Parallel()
	for _, stop := range []string{"before APPEND", "after APPEND"} {
		t.Run(stop, func(t *testing.T) {
			t.Parallel()
			d := startDaemon(t, soon, keepsDrafts)
			p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
			turn := d.offered(t, p, waiting)
			c, err := d.store.Copy(turn.ID)
			if err != nil {
				t.Fatal(err)
			}
			if uid, _ := p.draft(t); stop == "before APPEND" {
				p.throwAway(t, uid)
			}
			c.Put = time.Time{} // what a power cut leaves
			if err := d.store.PutCopy(t.Context(), *c); err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if err := d.copyDraft(t.Context(), d.boxes[0], turn.ID); err != nil {
					t.Fatal(err)
				}
			}
			_, raw := p.draft(t)
			if got := mail.Parse([]byte(raw), mail.DefaultLimits).MessageID; got != c.MessageID {
				t.Errorf("Message-ID %s, want %s", got, c.MessageID)
			}
		})
	}
}

// TestASentDraftIsNoticedWhereItsIDStayed, even by a program that loses what it answers.
func TestASentDraftIsNoticedWhereItsIDStayed(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	uid, raw := p.draft(t)
	for _, field := range []string{"In-Reply-To", "References"} {
		raw = strings.Replace(raw, "\r\n"+field+":", "\r\nX-Lost:", 1)
	}
	p.put(t, p.sent, raw)
	p.throwAway(t, uid)
	d.look(t)
	turn = d.turnIn(t, turn.Mails[0].Key, "the answer", is(ticket.Answered))
	checkAnswered(t, turn, ticket.NoEdit, "00340434161094042557")
}

// TestAnAnswerBeforeReplydKnowsTheMail: she answers from her telephone before replyd has looked.
func TestAnAnswerBeforeReplydKnowsTheMail(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	raw := d.mails[waiting].Bytes(time.Now())
	m := mail.Parse(raw, mail.DefaultLimits)
	p.put(t, p.sent, "From: support@lavender-oak.example\r\nTo: "+m.From[0].Address+"\r\nSubject: Re\r\nMessage-ID: <1@her.example>\r\n"+
		"In-Reply-To: "+m.MessageID+"\r\n\r\nIt is on its way.\r\n")
	d.look(t)
	turn := d.turnIn(t, d.deliverRaw(t, raw), "the turn", func(turn *ticket.Turn) bool {
		return turn.State == ticket.Review || turn.State.Final()
	})
	d.look(t)
	turn = d.turnIn(t, turn.Mails[0].Key, "noticing", func(turn *ticket.Turn) bool { return turn.State.Final() })
	checkAnswered(t, turn, ticket.FactualEdit, "It is on its way.")
}

// TestABurstIsAnsweredByWhatCameAfterIt: an answer to the first mail of two, sent before the second, leaves a turn
// that waits; one that is sent later ends it.
func TestABurstIsAnsweredByWhatCameAfterIt(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts, func(c *config.Config) { c.QuietTime = time.Hour })
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	key := d.deliver(t, waiting)
	turn := d.turnIn(t, key, "the first mail", is(ticket.Received))
	answer := func(id string, at time.Time) {
		raw := "From: support@lavender-oak.example\r\nTo: " + turn.Recipient() + "\r\nSubject: Re\r\nMessage-ID: <" + id + "@her.example>\r\n" +
			"In-Reply-To: " + turn.Mails[0].MessageID + "\r\n\r\nIt is on its way.\r\n"
		p.putAt(t, p.sent, raw, at)
	}
	head, body, _ := strings.Cut(string(d.mails[waiting].Bytes(time.Now())), "\r\n\r\n")
	head = idField.ReplaceAllString(strings.ReplaceAll(head, "Message-ID:", "Message-Id:")+"\r\n", "Message-ID: <second@posteo.example>\r\n")
	second := head + "In-Reply-To: " + turn.Mails[0].MessageID + "\r\n\r\nAnd one more thing. " + body
	answer("early", time.Now().Add(-time.Minute))
	d.deliverRaw(t, []byte(second))
	turn = d.turnIn(t, key, "the burst", func(turn *ticket.Turn) bool { return len(turn.Mails) == 2 })
	d.look(t)
	if turn = d.turnIn(t, key, "the turn", func(*ticket.Turn) bool { return true }); turn.State != ticket.Received {
		t.Fatalf("a mail that nobody answered is lost: %s", turn.State)
	}
	answer("late", time.Now().Add(2*time.Second))
	d.look(t)
	turn = d.turnIn(t, key, "the end", is(ticket.Superseded))
	if turn.Elsewhere.MessageID != "<late@her.example>" || turn.Verdict().By != ticket.MailProgram {
		t.Errorf("%+v, %+v", turn.Elsewhere, turn.Verdict())
	}
}

// TestTwoAccountsKeepTheirOwnDrafts, and an answer counts from whichever of them it was sent.
func TestTwoAccountsKeepTheirOwnDrafts(t *testing.T) {
	t.Parallel()
	dovecot := imaptest.StartDovecot(t)
	d := startDaemon(t, soon, keepsDrafts, func(c *config.Config) {
		second := c.IMAP[0]
		second.Name, second.Addr, second.User, second.Password = "sales", dovecot.Plain, "sales", imaptest.Password
		second.SentFolder, second.DraftsFolder = "Post", "Entwürfe"
		c.IMAP = append(c.IMAP, second)
	})
	one, two := openProgram(t, d.config.IMAP[0], sandbox.FolderSent), openProgram(t, d.config.IMAP[1], "Post")
	turn := d.offered(t, one, waiting)
	if uid, _ := two.draft(t); uid != 0 {
		t.Error("the other account got the draft")
	}
	_, raw := one.draft(t)
	two.put(t, two.sent, asSent(raw))
	d.look(t)
	turn = d.turnIn(t, turn.Mails[0].Key, "the answer", is(ticket.Answered))
	if turn.Elsewhere.Account != "sales" {
		t.Errorf("%+v", turn.Elsewhere)
	}
	d.until(t, "taking the draft out", func() bool { uid, _ := one.draft(t); return uid == 0 })
}

// said tells whether the turn's history holds a sentence.
func said(turn *ticket.Turn, what string) bool {
	return slices.ContainsFunc(turn.History, func(e ticket.Event) bool { return strings.Contains(e.What, what) })
}

// TestAnEditedDraftStaysAndIsNamed: it is a person's work, which must not be sent after the desk has answered.
func TestAnEditedDraftStaysAndIsNamed(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	uid, raw := p.draft(t)
	p.put(t, p.drafts, ownFields.ReplaceAllString(raw, "")+"One more line.\r\n")
	p.throwAway(t, uid)
	if !said(turn, "goes into the Drafts folder") {
		t.Error("the history does not tell of the copy")
	}
	approve(t, d, turn.ID, 2*time.Second) // the copy's own work comes before the reply's
	turn = d.turnIn(t, turn.Mails[0].Key, "the reply", is(ticket.Done))
	if !said(turn, "somebody edited the draft in the folder Drafts: it stays there, and must not be sent") {
		t.Errorf("the history does not warn: %+v", turn.History)
	}
	if _, raw := p.draft(t); !strings.Contains(raw, "One more line.") {
		t.Errorf("an edited draft is gone; left is %q", raw)
	}
}

// TestAFolderThatRefusesDoesNotHoldTheReplyBack, and the desk warns of the copy that is left.
func TestAFolderThatRefusesDoesNotHoldTheReplyBack(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts, atDovecot(t))
	p := openProgram(t, d.config.IMAP[0], "Post")
	turn := d.offered(t, p, waiting)
	if err := p.Create("Archiv/Alt", nil).Wait(); err != nil { // Archiv holds folders and no mail
		t.Fatal(err)
	}
	c, err := d.store.Copy(turn.ID)
	if err != nil {
		t.Fatal(err)
	}
	c.Folder = "Archiv"
	if err := d.store.PutCopy(t.Context(), *c); err != nil {
		t.Fatal(err)
	}
	approve(t, d, turn.ID, 0)
	turn = d.turnIn(t, turn.Mails[0].Key, "the reply", is(ticket.Done))
	if !said(turn, "could not be taken out of the folder Archiv") || len(d.world.Outbox()) != 1 {
		t.Errorf("%d replies; history %+v", len(d.world.Outbox()), turn.History)
	}
	d.until(t, "trying again", func() bool { w, err := d.store.CopyWork(turn.ID); return err == nil && w.Attempts > 1 })
	d.login(t)
	if _, page := d.page(t, "/turns/"+string(turn.ID), nil); !strings.Contains(page, "Do not send it from there") {
		t.Error("the desk does not warn")
	}
}

// TestTheDeskTellsOfTheCopy, and of what was sent.
func TestTheDeskTellsOfTheCopy(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	d.login(t)
	path := "/turns/" + string(turn.ID)
	if _, page := d.page(t, path, nil); !strings.Contains(page, "Put into Drafts of support, too") {
		t.Error("the page of a turn in review does not tell of its copy")
	}
	p.send(t, same)
	d.look(t)
	d.turnIn(t, turn.Mails[0].Key, "the answer", is(ticket.Answered))
	_, page := d.page(t, path, nil)
	for _, want := range []string{"Somebody sent it from a mail program", "by mail program", "The answer"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page of an answered turn does not say %q", want)
		}
	}
}
