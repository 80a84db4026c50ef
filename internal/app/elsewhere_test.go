package app

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/imap/imaptest"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// program is somebody's mail program: it knows the mailbox over IMAP and nothing of replyd.
type program struct {
	*imapclient.Client
	sent, drafts string
}

func openProgram(t *testing.T, acct config.Account, sent string) *program {
	t.Helper()
	c, err := imapclient.DialInsecure(acct.Addr, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(acct.User, acct.Password.Reveal()).Wait(); err != nil {
		t.Fatal(err)
	}
	return &program{c, sent, acct.DraftsFolder}
}

// letters gives the texts of a folder's messages, by UID, without those that are marked as deleted.
func (p *program) letters(t *testing.T, folder string) map[imap.UID]string {
	t.Helper()
	if _, err := p.Select(folder, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	found, err := p.UIDSearch(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted}}, nil).Wait()
	if err != nil {
		t.Fatal(err)
	}
	out := map[imap.UID]string{}
	for _, uid := range found.AllUIDs() {
		whole := &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}
		got, err := p.Fetch(imap.UIDSetNum(uid), whole).Collect()
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		out[uid] = string(got[0].BodySection[0].Bytes)
	}
	return out
}

// draft opens the one draft there is; none gives uid 0.
func (p *program) draft(t *testing.T) (uid imap.UID, raw string) {
	t.Helper()
	all := p.letters(t, p.drafts)
	if len(all) > 1 {
		t.Fatalf("%d drafts", len(all))
	}
	for uid, raw = range all {
	}
	return uid, raw
}

func (p *program) put(t *testing.T, folder, raw string) { p.putAt(t, folder, raw, time.Now()) }

func (p *program) putAt(t *testing.T, folder, raw string, at time.Time) {
	t.Helper()
	cmd := p.Append(folder, int64(len(raw)), &imap.AppendOptions{Time: at})
	_, err := cmd.Write([]byte(raw))
	err = errors.Join(err, cmd.Close())
	if _, e := cmd.Wait(); errors.Join(err, e) != nil {
		t.Fatal(err, e)
	}
}

// throwAway removes a draft.
func (p *program) throwAway(t *testing.T, uid imap.UID) {
	t.Helper()
	if _, err := p.Select(p.drafts, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	add := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
	if err := errors.Join(p.Store(imap.UIDSetNum(uid), add, nil).Close(), p.Expunge().Close()); err != nil {
		t.Fatal(err)
	}
}

// send sends a draft as most mail programs do: under a Message-ID of its own and without the fields it does not know.
func (p *program) send(t *testing.T, edit func(string) string) {
	t.Helper()
	uid, raw := p.draft(t)
	if uid == 0 {
		t.Fatal("there is no draft to send")
	}
	p.put(t, p.sent, edit(asSent(raw)))
	p.throwAway(t, uid)
}

var (
	idField   = regexp.MustCompile(`(?m)^Message-Id: .*\r\n( .*\r\n)*`)
	ownFields = regexp.MustCompile(`(?m)^X-.*\r\n( .*\r\n)*`)
)

func asSent(raw string) string {
	id := fmt.Sprintf("Message-ID: <%d@her.example>\r\n", time.Now().UnixNano())
	return ownFields.ReplaceAllString(idField.ReplaceAllString(raw, id), "")
}

func same(raw string) string { return raw }

// look does now what the daemon does every poll.
func (d *daemon) look(t *testing.T) {
	t.Helper()
	for _, b := range d.boxes {
		if err := d.lookIntoSent(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
}

// keepsDrafts lets a person approve everything, from a mail program if they like.
func keepsDrafts(c *config.Config) {
	c.Mode, c.IMAP[0].DraftsFolder = config.Approval, sandbox.FolderDrafts
}

// atDovecot moves the mailbox to a real server.
func atDovecot(t *testing.T) func(*config.Config) {
	dovecot := imaptest.StartDovecot(t)
	return func(c *config.Config) {
		box := &c.IMAP[0]
		box.Addr, box.Password, box.SentFolder, box.DraftsFolder = dovecot.Plain, imaptest.Password, "", "Entwürfe"
	}
}

// offered lets a mail come in whose draft waits in review and in the Drafts folder.
func (d *daemon) offered(t *testing.T, p *program, name string) *ticket.Turn {
	t.Helper()
	raw := d.mails[name].Bytes(time.Now())
	p.put(t, "INBOX", string(raw))
	key := mail.Key("support", mail.Parse(raw, mail.DefaultLimits), raw)
	turn := d.turnIn(t, key, "the draft", is(ticket.Review))
	d.until(t, "the copy in Drafts", func() bool {
		c, err := d.store.Copy(turn.ID)
		return err == nil && !c.Put.IsZero()
	})
	return turn
}

const waiting = "01-maggie-where-is-it"

// TestADraftIsSentFromAMailProgram at the sandbox's server and at a real one.
func TestADraftIsSentFromAMailProgram(t *testing.T) {
	t.Parallel()
	for server, sent := range map[string]string{"sandbox": sandbox.FolderSent, "Dovecot": "Post"} {
		t.Run(server, func(t *testing.T) {
			t.Parallel()
			move := func(*config.Config) {}
			if server == "Dovecot" {
				move = atDovecot(t)
			}
			d := startDaemon(t, soon, keepsDrafts, move)
			p := openProgram(t, d.config.IMAP[0], sent)
			turn := d.offered(t, p, waiting)
			_, raw := p.draft(t)
			checkDraft(t, mail.Parse([]byte(raw), mail.DefaultLimits), turn)
			p.send(t, same)
			for range 2 {
				d.look(t)
			}
			turn = d.turnIn(t, turn.Mails[0].Key, "the answer", is(ticket.Answered))
			checkAnswered(t, turn, ticket.NoEdit, "00340434161094042557")
			d.checkKept(t, turn)
			if got := d.world.Outbox(); len(got) > 0 {
				t.Errorf("%d replies went out besides", len(got))
			}
			d.until(t, "forgetting the copy", func() bool { return d.noCopy(t, turn.ID) })
		})
	}
}

// checkDraft: what lies in Drafts only has to be sent.
func checkDraft(t *testing.T, m *mail.Mail, turn *ticket.Turn) {
	t.Helper()
	switch {
	case len(m.To) != 1 || m.To[0].Normal() != turn.Recipient() || len(m.Cc) > 0:
		t.Errorf("to %v, %v", m.To, m.Cc)
	case len(m.InReplyTo) != 1 || m.InReplyTo[0] != turn.Mails[0].MessageID || len(m.References) == 0:
		t.Errorf("in reply to %v, references %v", m.InReplyTo, m.References)
	case m.Subject != turn.Draft().Subject || m.HTML == "" || !strings.Contains(m.Text, "00340434161094042557"):
		t.Errorf("subject %q, text:\n%s", m.Subject, m.Text)
	case m.Header.Has("Auto-Submitted"):
		t.Error("a person sends it, no robot")
	case !strings.HasPrefix(m.MessageID, "<") || m.From[0].Normal() != "support@lavender-oak.example":
		t.Errorf("%s from %v", m.MessageID, m.From)
	}
}

func checkAnswered(t *testing.T, turn *ticket.Turn, edit ticket.Edit, text string) {
	t.Helper()
	d, v := turn.Draft(), turn.Verdict()
	switch {
	case turn.Elsewhere == nil || turn.Elsewhere.MessageID == "" || turn.Elsewhere.Account != "support":
		t.Errorf("elsewhere: %+v", turn.Elsewhere)
	case d.By != ticket.MailProgram || d.Edit != edit || !strings.Contains(d.Text, text):
		t.Errorf("kept by %s, edit %q:\n%s", d.By, d.Edit, d.Text)
	case v.Decision != ticket.ByHand || v.By != ticket.MailProgram || v.Draft != len(turn.Drafts)-1:
		t.Errorf("verdict %+v", v)
	case len(turn.Drafts) != 2:
		t.Errorf("%d drafts", len(turn.Drafts))
	}
}

// checkKept: ticket and customer know of the answer.
func (d *daemon) checkKept(t *testing.T, turn *ticket.Turn) {
	t.Helper()
	k, err := d.store.Ticket(turn.Ticket)
	if err != nil || k.Open {
		t.Errorf("the ticket is open: %v", err)
	}
	c, err := d.store.Contact(turn.Recipient())
	if err != nil || len(c.Interactions) != 1 || c.Interactions[0].Auto || c.Interactions[0].Turn != turn.ID {
		t.Errorf("contact %+v, %v", c, err)
	}
	if k, err := d.store.TicketOf(turn.Elsewhere.MessageID); err != nil || k == nil || k.ID != turn.Ticket {
		t.Errorf("an answer to the answer would not find its ticket: %v", err)
	}
}

func (d *daemon) noCopy(t *testing.T, id ticket.TurnID) bool {
	t.Helper()
	_, err := d.store.Copy(id)
	return errors.Is(err, store.ErrNotFound)
}

func TestWhatAnEditOfTheDraftWas(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		edit func(string) string
		want ticket.Edit
		text string
	}{
		{"other words", func(raw string) string { return strings.Replace(raw, "\r\nHello", "\r\nDearest", 1) }, ticket.CosmeticEdit, "Dearest"},
		{"another fact", func(raw string) string { return strings.ReplaceAll(raw, "00340434161094042557", "9999999999") },
			ticket.FactualEdit, "9999999999"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			d := startDaemon(t, soon, keepsDrafts)
			p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
			turn := d.offered(t, p, waiting)
			p.send(t, tc.edit)
			d.look(t)
			turn = d.turnIn(t, turn.Mails[0].Key, "the answer", is(ticket.Answered))
			checkAnswered(t, turn, tc.want, tc.text)
			review, ok := policy.Reviewed(turn)
			if !ok || review.Error != (tc.want == ticket.FactualEdit) {
				t.Errorf("reviewed: %+v, %v", review, ok)
			}
		})
	}
}

// TestWhatIsNoAnswer: a mail about the customer's that the customer does not get, and a robot's.
func TestWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	about := func(head, subject string) string {
		return fmt.Sprintf("From: support@lavender-oak.example\r\n%sSubject: %s\r\nMessage-ID: <%s@her.example>\r\n"+
			"In-Reply-To: %s\r\nReferences: %[4]s\r\n\r\nPlease see below.\r\n", head, subject, ticket.NewTurnID(time.Now()),
			turn.Mails[0].MessageID)
	}
	customer := "maggie.doyle@posteo.example"
	p.put(t, p.sent, about("To: supplier@parcels.example\r\n", "Fwd: my parcel"))
	p.put(t, p.sent, about("To: supplier@parcels.example\r\n", "Re: my parcel"))
	p.put(t, p.sent, about("To: supplier@parcels.example\r\nCc: "+customer+"\r\n", "Fwd: my parcel"))
	p.put(t, p.sent, about("To: "+customer+"\r\nAuto-Submitted: auto-replied\r\n", "Out of office"))
	p.put(t, p.sent, strings.ReplaceAll(about("To: "+customer+"\r\n", "Offers"), turn.Mails[0].MessageID, "<other@x>"))
	for range 2 {
		d.look(t)
	}
	if turn := d.turnIn(t, turn.Mails[0].Key, "the turn", is(ticket.Review)); turn.Elsewhere != nil || len(turn.Drafts) != 1 {
		t.Fatalf("%+v", turn.Elsewhere)
	}
	p.put(t, p.sent, about("To: Maggie <"+strings.ToUpper(customer)+">\r\n", "Re: my parcel"))
	d.look(t)
	turn = d.turnIn(t, turn.Mails[0].Key, "her own answer", is(ticket.Answered))
	checkAnswered(t, turn, ticket.FactualEdit, "Please see below.")
	d.until(t, "taking the draft out of Drafts", func() bool {
		uid, _ := p.draft(t)
		return uid == 0
	})
}

// TestAnApprovedReplyGivesWayToAnAnswer that is sent while the approval waits.
func TestAnApprovedReplyGivesWayToAnAnswer(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, soon, keepsDrafts)
	p := openProgram(t, d.config.IMAP[0], sandbox.FolderSent)
	turn := d.offered(t, p, waiting)
	p.put(t, p.sent, func() string { _, raw := p.draft(t); return asSent(raw) }()) // a moment before it leaves Drafts
	approve(t, d, turn.ID, 0)
	turn = d.turnIn(t, turn.Mails[0].Key, "giving way", is(ticket.Superseded))
	checkAnswered(t, turn, ticket.NoEdit, "00340434161094042557")
	d.checkKept(t, turn)
	if uid, _ := p.draft(t); uid != 0 || len(d.world.Outbox()) > 0 {
		t.Errorf("draft %d is left, %d replies went out", uid, len(d.world.Outbox()))
	}
}

// approve decides as the desk does.
func approve(t *testing.T, d *daemon, id ticket.TurnID, wait time.Duration) {
	t.Helper()
	_, err := d.store.Change(t.Context(), id, 0, func(turn *ticket.Turn) error {
		now := time.Now()
		turn.Verdicts = append(turn.Verdicts, ticket.Verdict{Decision: ticket.Send, By: "sara", Draft: len(turn.Drafts) - 1, At: now})
		turn.Move(now, "sara", ticket.Approved, "approved as written")
		turn.Due = now.Add(wait)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
