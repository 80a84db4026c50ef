package imap

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// File marks a mail as handled: it sets Config.Keyword, where the folder keeps keywords, and moves the mail
// to Config.MoveTo; both only if configured. It may be called again for the same mail. A mail that is no
// longer there, or whose folder was numbered anew, needs no filing.
func (c *Client) File(ctx context.Context, folder string, uidValidity, uid uint32) error {
	if c.cfg.Keyword == "" && c.cfg.MoveTo == "" || uid == 0 {
		return nil
	}
	return c.with(ctx, "file", func(s *session) error {
		box, err := s.enter(ctx, folder, true)
		if err != nil {
			return err
		}
		if box.UIDValidity != uidValidity {
			c.log.Info("imap: not filed, the folder was numbered anew", "folder", folder, "uid", uid)
			return nil
		}
		if c.cfg.Keyword != "" && keeps(box.PermanentFlags, c.cfg.Keyword) {
			if err := s.addFlag(ctx, uid, imap.Flag(c.cfg.Keyword)); err != nil {
				return err
			}
		}
		if c.cfg.MoveTo == "" || c.cfg.MoveTo == folder {
			return nil
		}
		return s.move(ctx, uid, c.cfg.MoveTo)
	})
}

// keeps reports whether the folder stores a keyword: it knows it, or takes any (RFC 3501 section 7.1,
// PERMANENTFLAGS). Elsewhere the flag would be gone with the connection.
func keeps(permanent []imap.Flag, keyword string) bool {
	return slices.ContainsFunc(permanent, func(f imap.Flag) bool {
		return f == imap.FlagWildcard || strings.EqualFold(string(f), keyword)
	})
}

func (s *session) addFlag(ctx context.Context, uid uint32, flag imap.Flag) error {
	return s.do(ctx, func() error {
		add := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{flag}}
		return s.c.Store(imap.UIDSetNum(imap.UID(uid)), add, nil).Close()
	})
}

// move moves one mail of the open folder, and makes the target where it is missing.
func (s *session) move(ctx context.Context, uid uint32, target string) error {
	set := imap.UIDSetNum(imap.UID(uid))
	there, err := s.search(ctx, imap.SearchCriteria{
		UID: []imap.UIDSet{set}, NotFlag: []imap.Flag{imap.FlagDeleted},
	}, uid-1)
	if err != nil || len(there) == 0 {
		return err
	}
	err = s.moveOnce(ctx, uid, target)
	if hasCode(err, imap.ResponseCodeTryCreate) {
		made := s.do(ctx, s.c.Create(target, nil).Wait)
		if made != nil && !hasCode(made, imap.ResponseCodeAlreadyExists) {
			return made
		}
		err = s.moveOnce(ctx, uid, target)
	}
	return err
}

// moveOnce uses MOVE (RFC 6851), or COPY, \Deleted and UID EXPUNGE (RFC 4315). A server that has neither
// keeps the mail marked \Deleted: a plain EXPUNGE would also remove what other people marked.
func (s *session) moveOnce(ctx context.Context, uid uint32, target string) error {
	set := imap.UIDSetNum(imap.UID(uid))
	rev2 := s.can.Has(imap.CapIMAP4rev2)
	if rev2 || s.can.Has(imap.CapMove) {
		return s.do(ctx, func() error {
			_, err := s.c.Move(set, target).Wait()
			return err
		})
	}
	err := s.do(ctx, func() error {
		_, err := s.c.Copy(set, target).Wait()
		return err
	})
	if err != nil {
		return err
	}
	if err := s.addFlag(ctx, uid, imap.FlagDeleted); err != nil || !s.can.Has(imap.CapUIDPlus) {
		return err
	}
	return s.do(ctx, s.c.UIDExpunge(set).Close)
}

// crlf makes all line ends CRLF, as IMAP wants literals of mail (RFC 3501 section 4.3, RFC 5322).
func crlf(raw []byte) []byte {
	raw = bytes.ReplaceAll(raw, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(raw, []byte("\n"), []byte("\r\n"))
}

// special names the folder for a use: the configured one, else the one the server marks (RFC 6154), else one
// with a usual name; empty if there is none.
func (c *Client) special(ctx context.Context, s *session, use imap.MailboxAttr) (string, error) {
	configured, names := c.cfg.SentFolder, sentNames
	switch use {
	case imap.MailboxAttrDrafts:
		configured, names = c.cfg.DraftsFolder, draftNames
	case imap.MailboxAttrTrash: // asked for at Gmail alone, which marks it
		configured, names = "", nil
	}
	if configured != "" {
		return configured, nil
	}
	if name := c.folders[string(use)]; name != "" {
		return name, nil
	}
	list, err := s.list(ctx)
	if err != nil {
		return "", err
	}
	name := pick(list, use, names)
	c.folders[string(use)] = name
	return name, nil
}

// The usual names of folders, lower case, in the order of preference; matched against the last part of a
// name.
var (
	sentNames = []string{
		"sent", "sent items", "sent messages", "sent mail", "gesendet", "gesendete elemente", "gesendete objekte",
		"envoyés", "éléments envoyés", "enviados", "elementos enviados",
	}
	draftNames = []string{"drafts", "draft", "entwürfe", "brouillons", "borradores"}
)

func pick(list []*imap.ListData, use imap.MailboxAttr, names []string) string {
	for _, box := range list {
		for _, attr := range box.Attrs {
			if strings.EqualFold(string(attr), string(use)) {
				return box.Mailbox
			}
		}
	}
	for _, name := range names {
		for _, box := range list {
			last := box.Mailbox
			if box.Delim != 0 {
				last = last[strings.LastIndex(last, string(box.Delim))+1:]
			}
			if strings.ToLower(last) == name && !slices.Contains(box.Attrs, imap.MailboxAttrNoSelect) {
				return box.Mailbox
			}
		}
	}
	return ""
}

// list names all folders, with their special use where the server tells.
func (s *session) list(ctx context.Context) (list []*imap.ListData, err error) {
	ask := func(o *imap.ListOptions) error {
		return s.do(ctx, func() (err error) {
			list, err = s.c.List("", "*", o).Collect()
			return err
		})
	}
	if s.can.Has(imap.CapSpecialUse) || s.can.Has(imap.CapIMAP4rev2) {
		var status *imap.Error
		if err := ask(&imap.ListOptions{ReturnSpecialUse: true}); !errors.As(err, &status) {
			return list, err
		}
	}
	return list, ask(nil)
}
