package imap

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/internal/mail"
)

const (
	maxSent   = 2000                // newest mails in Sent that are looked at
	maxCites  = 50                  // ids that one of them may name: a reply names up to 20 (RFC 5322 section 3.6.4)
	sentBatch = 100                 // headers asked for at once
	sentLook  = 14 * 24 * time.Hour // how far back InSent looks: longer than a crash stays unnoticed
	maxLetter = 512 << 10           // bytes of one that are read: its text comes before what is attached
)

// Sent is a mail in the Sent folder, as far as its header tells what it answers. Ids have angle brackets.
type Sent struct {
	UIDValidity uint32
	UID         uint32
	Arrived     time.Time // INTERNALDATE; zero if the server told none
	ID          string    // Message-ID
	Loop        string    // mail.LoopHeader: it was a draft of ours, and the mail program kept the field
	Cites       []string  // In-Reply-To and References, in their order
}

// sentCache keeps the headers of mails in Sent, so that each look only fetches what is new. We compare ids
// ourselves: several servers search other headers than the common ones badly or not at all.
type sentCache struct {
	folder      string
	uidValidity uint32
	mails       map[uint32]Sent
	told        bool // that there is no Sent folder
}

// Sent lists the mails that came into the Sent folder at since or later, oldest first, at most the newest 2,000.
// It is empty if the account has no Sent folder.
func (c *Client) Sent(ctx context.Context, since time.Time) (out []Sent, err error) {
	err = c.with(ctx, "sent", func(s *session) error {
		if err := c.lookAtSent(ctx, s, since); err != nil {
			return err
		}
		for _, m := range c.sent.mails {
			early := m.Arrived.Before(since.Truncate(time.Second)) // INTERNALDATE has no fractions
			if !early || m.Arrived.IsZero() {
				out = append(out, m)
			}
		}
		return nil
	})
	slices.SortFunc(out, func(a, b Sent) int { return cmp.Compare(a.UID, b.UID) })
	return out, err
}

// ErrMoved: a mail is no longer where it was.
var ErrMoved = errors.New("imap: the mail is no longer in the Sent folder")

// ReadSent gives the first half MiB of a mail that Sent listed. It sets no \Seen.
func (c *Client) ReadSent(ctx context.Context, m Sent) (raw []byte, err error) {
	moved := true // no fault of the connection, so no error within
	err = c.with(ctx, "sent", func(s *session) error {
		folder, err := c.special(ctx, s, imap.MailboxAttrSent)
		if err != nil || folder == "" {
			return err
		}
		box, err := s.examine(ctx, folder)
		if err != nil || box.UIDValidity != m.UIDValidity {
			return err
		}
		items := &imap.FetchOptions{BodySection: []*imap.FetchItemBodySection{{
			Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: maxLetter},
		}}}
		got, err := s.fetch(ctx, []uint32{m.UID}, items, maxLetter, func(a *answer) bool { return a.bodied })
		if err != nil {
			return err
		}
		if a := got[m.UID]; a != nil && a.bodied {
			raw, moved = a.body, false
		}
		return nil
	})
	if err == nil && moved {
		err = ErrMoved
	}
	return raw, err
}

// InSent reports whether the Sent folder holds the mail with this Message-ID, of the last two weeks.
func (c *Client) InSent(ctx context.Context, messageID string) (bool, error) {
	want := bare(messageID)
	if want == "" {
		return false, nil
	}
	sent, err := c.Sent(ctx, time.Now().Add(-sentLook))
	return slices.ContainsFunc(sent, func(m Sent) bool { return bare(m.ID) == want }), err
}

// lookAtSent brings the cache up to date, from the day before since on.
func (c *Client) lookAtSent(ctx context.Context, s *session, since time.Time) error {
	folder, err := c.special(ctx, s, imap.MailboxAttrSent)
	if err != nil {
		return err
	}
	if folder == "" {
		if !c.sent.told {
			c.log.Warn("imap: no Sent folder was found: answers by hand go unnoticed there")
		}
		c.sent = sentCache{told: true}
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
		c.sent.mails = map[uint32]Sent{}
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

func (s *session) sentHeaders(ctx context.Context, uids []uint32, into map[uint32]Sent) error {
	items := &imap.FetchOptions{InternalDate: true, BodySection: []*imap.FetchItemBodySection{{
		Specifier: imap.PartSpecifierHeader, Peek: true,
		HeaderFields: []string{"Message-ID", "In-Reply-To", "References", mail.LoopHeader},
	}}}
	got, err := s.fetch(ctx, uids, items, headerLimit, func(a *answer) bool {
		return a.bodied && !a.arrived.IsZero()
	})
	if err != nil {
		return err
	}
	for uid, a := range got {
		if a.bodied {
			m := readSent(a.arrived, a.body)
			m.UIDValidity, m.UID = s.box.UIDValidity, uid
			into[uid] = m
		}
	}
	return nil
}

// readSent reads the ids of a header, unfolding it.
func readSent(arrived time.Time, header []byte) Sent {
	m := Sent{Arrived: arrived}
	text := strings.ReplaceAll(string(header), "\r\n", "\n")
	text = strings.NewReplacer("\n ", " ", "\n\t", " ").Replace(text)
	for line := range strings.SplitSeq(text, "\n") {
		name, value, _ := strings.Cut(line, ":")
		switch name = strings.TrimSpace(name); {
		case strings.EqualFold(name, "Message-ID"):
			m.ID = first(idsOf(value))
		case strings.EqualFold(name, mail.LoopHeader):
			m.Loop = first(idsOf(value))
		case strings.EqualFold(name, "In-Reply-To"), strings.EqualFold(name, "References"):
			m.Cites = append(m.Cites, idsOf(value)...)
		}
	}
	m.Cites = m.Cites[max(0, len(m.Cites)-maxCites):] // the newest stand last
	return m
}

func first(ids []string) string {
	if len(ids) == 0 {
		return ""
	}
	return ids[0]
}

// idsOf gives everything in angle brackets, with them.
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
			ids = append(ids, "<"+id+">")
		}
		s = after
	}
}

// bare is a Message-ID without brackets.
func bare(id string) string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(id), "<"), ">")
}
