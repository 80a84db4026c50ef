package imap

import (
	"bytes"
	"context"
	netmail "net/mail"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/internal/mail"
)

const (
	maxDraft = 1 << 20 // bytes that SaveDraft sends: our own replies are a few KiB
	maxTwins = 20      // drafts under one Message-ID that RemoveDraft looks at: there is one
)

// SaveDraft puts a message into the drafts folder, marked \Draft, unless one with the same Message-ID lies
// there.
func (c *Client) SaveDraft(ctx context.Context, raw []byte) error {
	if len(raw) > maxDraft {
		return &Error{Op: "draft", Why: "the draft is too large"}
	}
	raw = crlf(raw)
	return c.with(ctx, "draft", func(s *session) error {
		folder, err := c.special(ctx, s, imap.MailboxAttrDrafts)
		if err != nil {
			return err
		}
		if folder == "" {
			return &Error{Op: "draft", Err: ErrAccount, Why: "no drafts folder was found: configure its name"}
		}
		if there, err := s.hasDraft(ctx, folder, raw); err != nil || there {
			return err
		}
		err = s.append(ctx, folder, raw)
		if hasCode(err, imap.ResponseCodeTryCreate) {
			if err := s.do(ctx, s.c.Create(folder, nil).Wait); err != nil {
				return err
			}
			err = s.append(ctx, folder, raw)
		}
		return err
	})
}

// hasDraft reports whether the folder holds a message with raw's Message-ID: a call whose answer was lost may
// come again.
func (s *session) hasDraft(ctx context.Context, folder string, raw []byte) (bool, error) {
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil || m.Header.Get("Message-ID") == "" {
		return false, nil
	}
	if _, err := s.examine(ctx, folder); err != nil {
		if answered(err) && !passing(err) { // not there yet: APPEND says TRYCREATE
			return false, nil
		}
		return false, err
	}
	id := bare(m.Header.Get("Message-ID"))
	found, err := s.search(ctx, imap.SearchCriteria{
		Header: []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: id}},
	}, 0)
	return len(found) > 0, err
}

func (s *session) append(ctx context.Context, folder string, raw []byte) error {
	return s.do(ctx, func() error {
		cmd := s.c.Append(folder, int64(len(raw)), &imap.AppendOptions{Flags: []imap.Flag{imap.FlagDraft}})
		_, err := cmd.Write(raw)
		if e := cmd.Close(); err == nil { // always: it frees the library's lock
			err = e
		}
		if _, e := cmd.Wait(); e != nil && (err == nil || answered(e)) {
			err = e
		}
		return err
	})
}

// DraftFound is what RemoveDraft found.
type DraftFound string

const (
	// DraftGone: nothing of ours is there: it was sent, thrown away, or taken over by a mail program.
	DraftGone DraftFound = "gone"
	// DraftRemoved: it was there as we wrote it, and is not any more.
	DraftRemoved DraftFound = "removed"
	// DraftEdited: a mail program wrote another draft under its Message-ID. It is a person's work and stays.
	DraftEdited DraftFound = "edited"
)

// RemoveDraft takes a draft that SaveDraft put into a folder out of it. Only a message that bears its Message-ID
// twice, also in mail.LoopHeader, and is marked \Draft is touched: mail programs write drafts anew when they are
// edited, and drop header fields that they do not know. An error that is not temporary speaks of the folder.
func (c *Client) RemoveDraft(ctx context.Context, folder, messageID string) (found DraftFound, err error) {
	found = DraftGone
	if bare(messageID) == "" {
		return found, nil
	}
	err = c.with(ctx, "draft", func(s *session) error {
		if _, err := s.enter(ctx, folder, true); err != nil {
			if hasCode(err, imap.ResponseCodeNonExistent) {
				return nil // nothing lies in a folder that is not there
			}
			return folderError(err)
		}
		uids, err := s.search(ctx, imap.SearchCriteria{
			NotFlag: []imap.Flag{imap.FlagDeleted},
			Header:  []imap.SearchCriteriaHeaderField{{Key: "Message-ID", Value: bare(messageID)}},
		}, 0)
		if err != nil || len(uids) == 0 {
			return folderError(err)
		}
		ours, edited, err := s.sortDrafts(ctx, uids[:min(len(uids), maxTwins)], messageID)
		if edited {
			found = DraftEdited
		}
		for _, uid := range ours {
			if err := c.discard(ctx, s, uid); err != nil {
				return folderError(err)
			}
			found = DraftRemoved
		}
		return err
	})
	return found, err
}

// folderError marks what a server says of a folder as lasting, unless it speaks of its own state.
func folderError(err error) error {
	if !answered(err) || passing(err) {
		return err
	}
	return &Error{Op: "draft", Err: err, Why: words(err)}
}

// sortDrafts tells our own drafts from what mail programs made of them.
func (s *session) sortDrafts(ctx context.Context, uids []uint32, messageID string) (ours []uint32, edited bool, err error) {
	items := &imap.FetchOptions{Flags: true, BodySection: []*imap.FetchItemBodySection{{
		Specifier: imap.PartSpecifierHeader, Peek: true, HeaderFields: []string{"Message-ID", mail.LoopHeader},
	}}}
	got, err := s.fetch(ctx, uids, items, headerLimit, func(a *answer) bool { return a.bodied && a.flags != nil })
	if err != nil {
		return nil, false, err
	}
	isDraft := func(flag string) bool { return strings.EqualFold(flag, string(imap.FlagDraft)) }
	for _, uid := range uids {
		a := got[uid]
		if a == nil || !a.bodied {
			continue
		}
		switch m := readSent(a.arrived, a.body); {
		case bare(m.ID) != bare(messageID):
		case bare(m.Loop) == bare(messageID) && slices.ContainsFunc(a.flags, isDraft):
			ours = append(ours, uid)
		default:
			edited = true
		}
	}
	return ours, edited, nil
}

// discard removes one message of the open folder: by UID EXPUNGE (RFC 4315); a server without it keeps the
// message marked \Deleted, since a plain EXPUNGE would also remove what other people marked. Gmail archives what
// is expunged from its last folder (developers.google.com/gmail/api/reference/rest/v1/ImapSettings,
// expungeBehavior, 2024-09), where a draft stays a draft: there it goes to the bin.
func (c *Client) discard(ctx context.Context, s *session, uid uint32) error {
	if s.can.Has("X-GM-EXT-1") {
		bin, err := c.special(ctx, s, imap.MailboxAttrTrash)
		if err != nil {
			return err
		}
		if bin != "" {
			return s.moveOnce(ctx, uid, bin)
		}
	}
	if err := s.addFlag(ctx, uid, imap.FlagDeleted); err != nil || !s.can.Has(imap.CapUIDPlus) {
		return err
	}
	return s.do(ctx, s.c.UIDExpunge(imap.UIDSetNum(imap.UID(uid))).Close)
}
