package imap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/internal/mail"
)

// Attempts at one mail before it is handed over as far as it can be had: poison mail must not block the
// others.
const (
	bodyTries   = 3
	headerTries = bodyTries + 1
)

// FetchNew makes one pass over the cursor's folder: every mail above the cursor goes to t, oldest first. It
// returns the cursor as far as it moved, also with an error. A cursor without UIDValidity is a first start,
// one with another UIDValidity than the folder's a rescan: see Config.Since and Fetched.FirstSync.
func (c *Client) FetchNew(ctx context.Context, cur mail.Cursor, t Taker) (mail.Cursor, error) {
	cur.Account = c.cfg.Name
	if cur.Folder == "" {
		cur.Folder = c.cfg.Folders[0]
	}
	err := c.with(ctx, "fetch", func(s *session) (err error) {
		cur, err = c.pass(ctx, s, cur, t)
		return err
	})
	return cur, err
}

// pass is one walk over one folder.
type pass struct {
	c      *Client
	s      *session
	t      Taker
	cur    mail.Cursor
	next   uint32    // UIDNEXT when the walk began; 0 if the server did not say
	whole  bool      // a first start or a rescan, rather than what is new
	rescan bool      // the folder is numbered anew
	since  time.Time // older mail is skipped; zero for none
}

func (c *Client) pass(ctx context.Context, s *session, cur mail.Cursor, t Taker) (mail.Cursor, error) {
	select {
	case <-s.wake: // whatever it spoke of, the search below finds
	default:
	}
	box, err := s.examine(ctx, cur.Folder)
	if err != nil {
		return cur, wrap("select", err)
	}
	p := &pass{c: c, s: s, t: t, cur: cur, next: uint32(box.UIDNext)}
	if err := p.plan(ctx, box); err != nil {
		return cur, err
	}
	err = p.walk(ctx, box.NumMessages)
	if err != nil {
		return p.cur, err
	}
	if p.whole && p.next > 0 { // everything below is either taken or older than we want
		p.cur.UID = max(p.cur.UID, p.next-1)
	}
	if m, ok := t.(Mover); ok && p.whole {
		if err := m.Move(ctx, p.cur); err != nil {
			return p.cur, &takeError{err}
		}
	}
	return p.cur, nil
}

// plan finds out whether this is a first start, a rescan or the usual.
func (p *pass) plan(ctx context.Context, box *imap.SelectData) error {
	first := p.cur.UIDValidity == 0
	p.rescan = !first && p.cur.UIDValidity != box.UIDValidity
	if !first && !p.rescan && p.next > 0 && p.next <= p.cur.UID {
		// UIDNEXT went back although UIDVALIDITY stayed, as after a restore from backup. Some servers only say it
		// late, so the last message decides.
		last, err := p.s.search(ctx, above(p.cur.UID-1), 0)
		if err != nil {
			return wrap("search", err)
		}
		p.rescan = len(last) == 0 || last[len(last)-1] < p.cur.UID
	}
	p.whole = first || p.rescan
	if p.rescan {
		p.c.log.Warn("imap: the folder is numbered anew, looking through it", "folder", p.cur.Folder,
			"had", p.cur.UIDValidity, "has", box.UIDValidity)
	}
	if p.whole {
		p.cur.UIDValidity, p.cur.UID = box.UIDValidity, 0
		p.since = p.c.cfg.Since
		if p.since.IsZero() {
			p.since = p.c.activated().Add(-firstLook)
		}
	}
	if limit := time.Now().Add(-rescanLook); p.rescan && p.since.Before(limit) {
		p.since = limit
	}
	return nil
}

// activated is when replyd was switched on, now at the latest.
func (c *Client) activated() time.Time {
	if c.cfg.Activated.IsZero() {
		return time.Now()
	}
	return c.cfg.Activated
}

// above matches UIDs greater than uid, and the last message, whatever its UID.
func above(uid uint32) imap.SearchCriteria {
	var set imap.UIDSet
	set.AddRange(imap.UID(uid+1), 0)
	return imap.SearchCriteria{UID: []imap.UIDSet{set}}
}

// walk takes in what is there, in batches: ten years of mail fit in no memory.
func (p *pass) walk(ctx context.Context, messages uint32) error {
	if messages == 0 {
		return nil
	}
	for {
		criteria := above(p.cur.UID)
		if p.whole { // days, without regard to zones: one day of margin, and INTERNALDATE decides
			criteria.Since = p.since.UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour)
		}
		uids, err := p.s.search(ctx, criteria, p.cur.UID)
		if err != nil {
			return wrap("search", err)
		}
		slices.Sort(uids)
		size := batch
		if len(uids) > 0 && p.tries(uids[0]) > 0 { // one of the last batch is poison: find out which
			size = 1
		}
		for some := range slices.Chunk(uids, size) {
			if err := p.some(ctx, some); err != nil {
				return err
			}
		}
		if len(uids) < maxUIDs {
			return nil
		}
	}
}

// some asks for the sizes and dates of a batch, then takes it mail by mail.
func (p *pass) some(ctx context.Context, uids []uint32) error {
	if len(uids) == 1 && p.tries(uids[0]) >= headerTries {
		if err := p.one(ctx, &answer{uid: uids[0]}); err != nil {
			return err
		}
		p.cur.UID = uids[0]
		return nil
	}
	items := &imap.FetchOptions{Flags: true, InternalDate: true, RFC822Size: true}
	metas, err := p.s.fetch(ctx, uids, items, headerLimit, func(a *answer) bool {
		return a.sized && !a.arrived.IsZero()
	})
	if err != nil {
		return p.blame(ctx, uids[0], err)
	}
	for _, uid := range uids {
		a := metas[uid]
		if !(p.whole && !a.arrived.IsZero() && a.arrived.Before(p.since)) {
			if err := p.one(ctx, a); err != nil {
				return err
			}
		}
		p.cur.UID = uid
	}
	return nil
}

// blame counts a failed fetch against a mail, unless it clearly is not the mail's fault.
func (p *pass) blame(ctx context.Context, uid uint32, err error) error {
	if ctx.Err() == nil && !passing(err) {
		p.c.tries[p.id(uid)]++
	}
	return wrap("fetch", err)
}

func (p *pass) tries(uid uint32) int { return p.c.tries[p.id(uid)] }

func (p *pass) id(uid uint32) mailID { return mailID{p.cur.Folder, p.cur.UIDValidity, uid} }

// one takes one mail in.
func (p *pass) one(ctx context.Context, a *answer) error {
	f := Fetched{
		Account: p.cur.Account, Folder: p.cur.Folder, UIDValidity: p.cur.UIDValidity, UID: a.uid,
		Arrived: a.arrived, Size: a.size, Flags: a.flags,
	}
	old := p.whole && (p.next == 0 || a.uid < p.next) // it was there when we came
	f.FirstSync = old && (p.rescan || p.c.cfg.Activated.IsZero()) ||
		!a.arrived.IsZero() && a.arrived.Before(p.c.cfg.Activated) // a first start that broke off, too
	if f.Arrived.IsZero() {
		f.Arrived = time.Now()
	}
	switch err := p.content(ctx, &f); {
	case errors.Is(err, errGone):
		return nil
	case err != nil:
		return p.blame(ctx, a.uid, err)
	}
	if err := p.t.Take(ctx, f); err != nil {
		return &takeError{err}
	}
	delete(p.c.tries, p.id(a.uid))
	return nil
}

var (
	errGone  = errors.New("the message is gone")
	errEmpty = errors.New("the server gave no content")
)

// content fetches the mail as far as it can be had, after what was tried before.
func (p *pass) content(ctx context.Context, f *Fetched) (err error) {
	switch tries := p.tries(f.UID); {
	case tries >= headerTries:
		f.HeaderOnly, f.Raw = true, standIn(f)
		f.Problem = fmt.Sprintf("The mailbox did not hand this mail out in %d attempts: read it there.", tries)
		return nil
	case tries >= bodyTries:
		f.Problem = fmt.Sprintf("Only the header could be fetched: the mailbox failed %d times.", tries)
	case f.Size > p.c.cfg.MaxSize:
		f.Problem = tooLarge(p.c.cfg.MaxSize)
	default:
		if f.Raw, err = p.section(ctx, f.UID, imap.PartSpecifierNone, p.c.cfg.MaxSize+1); err != nil {
			return err
		}
		if int64(len(f.Raw)) > p.c.cfg.MaxSize { // the server said less before
			f.HeaderOnly, f.Problem, f.Raw = true, tooLarge(p.c.cfg.MaxSize), headerOf(f.Raw)
		}
		f.Size = max(f.Size, int64(len(f.Raw)))
		return nil
	}
	f.HeaderOnly = true
	f.Raw, err = p.section(ctx, f.UID, imap.PartSpecifierHeader, headerLimit)
	return err
}

// standIn is a header for a mail of which nothing could be had. It names the mail's place, so that no two such
// mails look alike to whoever dedupes by content.
func standIn(f *Fetched) []byte {
	return fmt.Appendf(nil, "X-Not-Fetched: %q uidvalidity %d uid %d\r\n\r\n", f.Folder, f.UIDValidity, f.UID)
}

func tooLarge(limit int64) string {
	return fmt.Sprintf("The mail is larger than %d MiB: only its header was fetched.", limit>>20)
}

// headerOf cuts a mail after its header.
func headerOf(raw []byte) []byte {
	raw = raw[:min(len(raw), headerLimit)]
	for _, end := range []string{"\r\n\r\n", "\n\n"} {
		if i := bytes.Index(raw, []byte(end)); i >= 0 {
			return bytes.Clone(raw[:i+len(end)])
		}
	}
	return bytes.Clone(raw)
}

// section fetches the whole mail or its header, up to limit bytes, without setting \Seen.
func (p *pass) section(
	ctx context.Context, uid uint32, what imap.PartSpecifier, limit int64,
) ([]byte, error) {
	items := &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{
		Specifier: what, Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: limit},
	}}}
	got, err := p.s.fetch(ctx, []uint32{uid}, items, limit, func(a *answer) bool { return a.bodied })
	if err != nil {
		return nil, err
	}
	if a := got[uid]; a.bodied && len(a.body) > 0 { // an empty answer would make all such mails look alike
		return a.body, nil
	}
	still, err := p.s.search(ctx, imap.SearchCriteria{UID: []imap.UIDSet{imap.UIDSetNum(imap.UID(uid))}}, uid-1)
	if err != nil {
		return nil, err
	}
	if len(still) == 0 {
		return nil, errGone
	}
	return nil, errEmpty
}
