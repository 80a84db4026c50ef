package imap

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/internal/mail"
)

// Span is a part of a mailbox's past.
type Span struct {
	Folder       string // empty: the first watched folder
	Sent         bool   // the account's Sent folder instead
	Since, Until time.Time
}

// ErrNoSent is what a Span of the Sent folder fails with where there is none.
var ErrNoSent = errors.New("imap: the account has no Sent folder: name it as sent_folder")

// Past gives every mail that arrived in a span to t, oldest first, and changes nothing: the folder is opened by
// EXAMINE, no flag is set. found, if not nil, is told first how many mails there may be. It goes on above the
// cursor, and returns the cursor as far as it moved, also with an error.
func (c *Client) Past(
	ctx context.Context, span Span, cur mail.Cursor, found func(int), t Taker,
) (mail.Cursor, error) {
	missing := false
	err := c.with(ctx, "past", func(s *session) error {
		folder, err := c.folderOf(ctx, s, span)
		if missing = err == nil && folder == ""; missing || err != nil {
			return err
		}
		box, err := s.examine(ctx, folder)
		if err != nil {
			return wrap("select", err)
		}
		if cur.UIDValidity != box.UIDValidity || cur.Folder != folder {
			cur = mail.Cursor{Account: c.cfg.Name, Folder: folder, UIDValidity: box.UIDValidity}
		}
		p := &pass{c: c, s: s, t: until(span.Until, t), cur: cur, whole: true, since: span.Since}
		err = p.between(ctx, span, found)
		cur = p.cur
		return err
	})
	if missing {
		return cur, ErrNoSent
	}
	return cur, err
}

func (c *Client) folderOf(ctx context.Context, s *session, span Span) (string, error) {
	switch {
	case span.Folder != "":
		return span.Folder, nil
	case !span.Sent:
		return c.cfg.Folders[0], nil
	}
	return c.special(ctx, s, imap.MailboxAttrSent)
}

// between walks over the mails of a span, in batches.
func (p *pass) between(ctx context.Context, span Span, found func(int)) error {
	criteria := above(p.cur.UID)
	day := 24 * time.Hour // SEARCH knows days only, of any zone: one of margin, and INTERNALDATE decides
	criteria.Since = span.Since.UTC().Add(-day).Truncate(day)
	if !span.Until.IsZero() {
		criteria.Before = span.Until.UTC().Add(2 * day).Truncate(day)
	}
	uids, err := p.s.search(ctx, criteria, p.cur.UID)
	if err != nil {
		return wrap("search", err)
	}
	slices.Sort(uids)
	if found != nil {
		found(len(uids))
	}
	size := batch
	if len(uids) > 0 && p.tries(uids[0]) > 0 {
		size = 1
	}
	for some := range slices.Chunk(uids, size) {
		if err := p.some(ctx, some); err != nil {
			return err
		}
	}
	if len(uids) == maxUIDs { // there may be more
		return p.between(ctx, span, nil)
	}
	return nil
}

// until passes on what arrived before a moment; zero is never.
func until(end time.Time, t Taker) Taker {
	return takerFunc(func(ctx context.Context, f Fetched) error {
		if !end.IsZero() && !f.Arrived.Before(end) {
			return nil
		}
		return t.Take(ctx, f)
	})
}

type takerFunc func(context.Context, Fetched) error

// Take implements Taker.
func (f takerFunc) Take(ctx context.Context, m Fetched) error { return f(ctx, m) }
