package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

const (
	// maxCopies is how often a Drafts folder is asked to give a copy back: a day, at the longest wait.
	maxCopies = 48
	// maxTakeBacks is how often a reply waits for that. The copy's own work goes on.
	maxTakeBacks = 3
)

// The copy of a draft in a Drafts folder is a mail that only has to be sent: From, To, Subject and the text as the
// reply would have them, In-Reply-To and References of the conversation, which mail programs keep since they thread
// by them, and a Message-ID of ours of its own, never the reply's. That one mostly is another in the end: Gmail makes
// a new message of a draft that is sent (developers.google.com/gmail/api/guides/drafts, 2024), Exchange may overwrite
// it ([MS-OXCMAIL] section 2.1.3.2.11). So what was sent is known by what it answers, and by the id where it stayed.

// copied names the accounts whose Drafts folders get copies.
func copied(c *config.Config) (names []string) {
	for _, acct := range c.IMAP {
		if acct.DraftsFolder != "" {
			names = append(names, acct.Name)
		}
	}
	return names
}

// noteOffer tells in a turn's history whether its draft goes into the Drafts folder.
func (a *App) noteOffer(t *ticket.Turn) {
	box := a.mailbox(t.Mail().Account)
	if box == nil || !box.drafts {
		return
	}
	what := "the draft goes into the Drafts folder, too"
	if ok, why := t.Offer(); !ok {
		what = "the draft does not go into the Drafts folder: " + why
	}
	t.Note(time.Now(), "judge", what)
}

// copyDue makes the Drafts folder of an account hold what it should, and tells when to look again.
func (a *App) copyDue(ctx context.Context, box *mailbox) (next time.Time, err error) {
	if _, paused := a.paused.Load(box.name); paused {
		return next, nil
	}
	due, next, err := a.store.DueCopies(box.name, time.Now())
	for _, w := range due {
		problem := a.copyDraft(ctx, box, w.Turn)
		if ctx.Err() != nil {
			return next, err
		}
		w.Attempts++
		if problem == nil || w.Attempts >= maxCopies {
			if problem != nil {
				a.log.Warn("a copy of a draft was given up", "turn", w.Turn, "account", box.name, "error", problem)
			}
			err = errors.Join(err, a.store.CopyDone(ctx, w))
			continue
		}
		w.Due, w.Waiting = a.later(w.Attempts), problem.Error()
		if next.IsZero() || w.Due.Before(next) {
			next = w.Due
		}
		err = errors.Join(err, a.store.PutOffCopy(ctx, w))
	}
	return next, err
}

// copyDraft puts the draft of a turn into the Drafts folder, takes it out, or replaces it, as the turn now asks for.
// A copy that somebody threw away or sent is not put there again.
func (a *App) copyDraft(ctx context.Context, box *mailbox, id ticket.TurnID) error {
	box.copying.Lock() // the reply must not leave while its copy is on its way into the folder
	defer box.copying.Unlock()
	t, err := a.store.Turn(id)
	if err != nil {
		return err
	}
	c, err := a.store.Copy(id)
	if errors.Is(err, store.ErrNotFound) {
		c, err = nil, nil
	}
	if err != nil {
		return err
	}
	wanted, _ := t.Offer()
	wanted = wanted && box.drafts
	last := len(t.Drafts) - 1
	if c != nil && !c.Edited && (!wanted || c.Draft != last) {
		if err := a.removeCopy(ctx, box, c); err != nil {
			return err
		}
	}
	if !wanted || c != nil && c.Draft == last && !c.Put.IsZero() {
		return nil
	}
	if c != nil && c.Draft != last {
		c = nil
	}
	// Nobody is offered a draft for what they have answered: before replyd knew of the mail, or with a copy that a
	// stop kept it from noting.
	found, err := a.answeredElsewhere(ctx, t)
	switch {
	case err != nil:
		return err
	case found != nil:
		return a.answered(ctx, t, found)
	}
	return a.putCopy(ctx, box, t, c)
}

// removeCopy takes a copy out of its folder, or notes that somebody edited it there.
func (a *App) removeCopy(ctx context.Context, box *mailbox, c *ticket.Copy) error {
	found, err := box.RemoveDraft(ctx, c.Folder, c.MessageID)
	if err != nil {
		return err
	}
	a.log.Info("copy of a draft", "turn", c.Turn, "account", box.name, "was", found)
	if found == imap.DraftEdited {
		c.Edited = true
		return a.store.PutCopy(ctx, *c)
	}
	return a.store.DropCopy(ctx, c.Turn)
}

// putCopy saves the copy's Message-ID, then the copy. c is what a stop in between left; nil for a new copy.
func (a *App) putCopy(ctx context.Context, box *mailbox, t *ticket.Turn, c *ticket.Copy) error {
	if c == nil {
		c = &ticket.Copy{Turn: t.ID, Account: box.name, Folder: box.draftsFolder, Draft: len(t.Drafts) - 1,
			MessageID: mail.NewMessageID(a.store.Secret(), string(t.Ticket), a.from.Domain())}
		if err := a.store.PutCopy(ctx, *c); err != nil {
			return err
		}
	}
	letter := *t
	letter.Outgoing = &ticket.Outgoing{MessageID: c.MessageID, MintedAt: time.Now()}
	raw, err := mail.Compose(a.outgoing(&letter))
	if err != nil {
		return err
	}
	if err := box.SaveDraft(ctx, raw); err != nil {
		return err
	}
	c.Put = time.Now()
	return a.store.PutCopy(ctx, *c)
}

// takeBack takes the copy of a turn's draft out of the Drafts folder before the reply leaves, so that nobody sends
// it a second time. A mailbox that is out of reach keeps the reply waiting, as it does for the look into Sent; a
// folder that refuses does not: the history says so, and the copy's own work tries again.
func (a *App) takeBack(ctx context.Context, t *ticket.Turn) error {
	c, err := a.store.Copy(t.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	box := a.mailbox(c.Account)
	if box == nil {
		return nil
	}
	box.copying.Lock()
	defer box.copying.Unlock()
	err = a.removeCopy(ctx, box, c)
	var passing interface{ RetryAfter() (time.Duration, bool) }
	switch {
	case err == nil && c.Edited:
		t.Note(time.Now(), "commit", "somebody edited the draft in the folder "+c.Folder+": it stays there, and must not be sent")
	case err == nil:
	case errors.Is(err, imap.ErrAccount):
		return err
	case errors.As(err, &passing) && t.Attempts < maxTakeBacks:
		if _, temporary := passing.RetryAfter(); temporary {
			return err
		}
		fallthrough
	default:
		t.Note(time.Now(), "commit", fmt.Sprintf("the draft could not be taken out of the folder %s: %v", c.Folder, err))
	}
	return nil
}

// shownCopy is what the desk says of the copy of a turn's draft; nil if there is none, and none waits.
func (a *App) shownCopy(id ticket.TurnID) *web.Copy {
	c, err := a.store.Copy(id)
	w, werr := a.store.CopyWork(id)
	if err != nil && werr != nil {
		return nil
	}
	var out web.Copy
	if werr == nil {
		out.Account, out.Problem = w.Account, w.Waiting
		if box := a.mailbox(w.Account); box != nil {
			out.Folder = box.draftsFolder
		}
	}
	if err == nil {
		out.Account, out.Folder, out.There, out.Edited = c.Account, c.Folder, !c.Put.IsZero(), c.Edited
	}
	return &out
}
