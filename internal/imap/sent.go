package imap

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
)

const (
	maxSent   = 2000                // newest mails in Sent that are looked at
	sentBatch = 100                 // headers asked for at once
	sentLook  = 14 * 24 * time.Hour // how far back InSent looks: longer than a crash stays unnoticed
)

// sentMail is what matters of a mail in Sent.
type sentMail struct {
	arrived time.Time
	id      string   // Message-ID without brackets
	replies []string // ids of In-Reply-To and References, without brackets
}

// sentCache keeps the ids of mails in Sent, so that each look only fetches what is new. We compare ids
// ourselves: several servers search other headers than the common ones badly or not at all.
type sentCache struct {
	folder      string
	uidValidity uint32
	mails       map[uint32]sentMail
}

// AnsweredByHand reports whether the Sent folder holds a mail of since or later that replies to one of ids
// (Message-IDs, with or without brackets). It is false if the account has no Sent folder.
func (c *Client) AnsweredByHand(ctx context.Context, ids []string, since time.Time) (bool, error) {
	var want []string
	for _, id := range ids {
		if id = bare(id); id != "" {
			want = append(want, id)
		}
	}
	if len(want) == 0 {
		return false, nil
	}
	return c.anySent(ctx, since, func(m sentMail) bool {
		return slices.ContainsFunc(m.replies, func(id string) bool { return slices.Contains(want, id) })
	})
}

// InSent reports whether the Sent folder holds the mail with this Message-ID, of the last two weeks.
func (c *Client) InSent(ctx context.Context, messageID string) (bool, error) {
	want := bare(messageID)
	if want == "" {
		return false, nil
	}
	return c.anySent(ctx, time.Now().Add(-sentLook), func(m sentMail) bool { return m.id == want })
}

func (c *Client) anySent(
	ctx context.Context, since time.Time, match func(sentMail) bool,
) (found bool, err error) {
	err = c.with(ctx, "sent", func(s *session) error {
		if err := c.lookAtSent(ctx, s, since); err != nil {
			return err
		}
		for _, m := range c.sent.mails {
			early := m.arrived.Before(since.Truncate(time.Second)) // INTERNALDATE has no fractions
			if (!early || m.arrived.IsZero()) && match(m) {
				found = true
			}
		}
		return nil
	})
	return found, err
}

// lookAtSent brings the cache up to date, from the day before since on.
func (c *Client) lookAtSent(ctx context.Context, s *session, since time.Time) error {
	folder, err := c.special(ctx, s, imap.MailboxAttrSent)
	if err != nil {
		return err
	}
	if folder == "" {
		c.log.Warn("imap: no Sent folder was found: answers by hand go unnoticed there")
		c.sent = sentCache{}
		return nil
	}
	box, err := s.examine(ctx, folder)
	if err != nil {
		delete(c.folders, string(imap.MailboxAttrSent)) // renamed? look again next time
		return err
	}
	if c.sent.folder != folder || c.sent.uidValidity != box.UIDValidity {
		c.sent = sentCache{folder: folder, uidValidity: box.UIDValidity}
	}
	day := since.UTC().AddDate(0, 0, -1).Truncate(24 * time.Hour) // SEARCH knows days only, of any zone
	uids, err := s.search(ctx, imap.SearchCriteria{Since: day}, 0)
	if err != nil {
		return err
	}
	slices.Sort(uids)
	uids = uids[max(0, len(uids)-maxSent):]
	if c.sent.mails == nil || len(c.sent.mails) > 2*maxSent {
		c.sent.mails = map[uint32]sentMail{}
	}
	missing := slices.DeleteFunc(uids, func(uid uint32) bool {
		_, ok := c.sent.mails[uid]
		return ok
	})
	for some := range slices.Chunk(missing, sentBatch) {
		if err := s.sentHeaders(ctx, some, c.sent.mails); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) sentHeaders(ctx context.Context, uids []uint32, into map[uint32]sentMail) error {
	items := &imap.FetchOptions{InternalDate: true, BodySection: []*imap.FetchItemBodySection{{
		Specifier: imap.PartSpecifierHeader, Peek: true,
		HeaderFields: []string{"Message-ID", "In-Reply-To", "References"},
	}}}
	got, err := s.fetch(ctx, uids, items, headerLimit, func(a *answer) bool {
		return a.bodied && !a.arrived.IsZero()
	})
	if err != nil {
		return err
	}
	for uid, a := range got {
		if a.bodied {
			into[uid] = readSent(a.arrived, a.body)
		}
	}
	return nil
}

// readSent reads the ids of a header, unfolding it.
func readSent(arrived time.Time, header []byte) sentMail {
	m := sentMail{arrived: arrived}
	text := strings.ReplaceAll(string(header), "\r\n", "\n")
	text = strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(text)
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "message-id":
			if ids := idsOf(value); len(ids) > 0 {
				m.id = ids[0]
			}
		case "in-reply-to", "references":
			m.replies = append(m.replies, idsOf(value)...)
		}
	}
	return m
}

// idsOf gives everything in angle brackets, without them.
func idsOf(s string) (ids []string) {
	for {
		_, rest, ok := strings.Cut(s, "<")
		if !ok {
			return ids
		}
		id, after, ok := strings.Cut(rest, ">")
		if !ok {
			return ids
		}
		if id = strings.TrimSpace(id); id != "" {
			ids = append(ids, id)
		}
		s = after
	}
}

// bare is a Message-ID without brackets.
func bare(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}
