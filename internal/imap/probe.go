package imap

import (
	"context"
	"fmt"
	"strings"

	"github.com/emersion/go-imap/v2"
)

// Step is one thing that Probe tried.
type Step struct {
	Name   string // "connect", "login", "folder INBOX" …
	Detail string // what was found, for people
	Err    error  // nil if it went well
}

// Probe tries everything that replyd will need, over a connection of its own, and changes nothing. It returns
// the steps it took, and the error of the first that failed.
func (c *Client) Probe(ctx context.Context) ([]Step, error) {
	p := &probe{}
	s, err := open(ctx, c.cfg)
	p.add("connect", fmt.Sprintf("%s (%s)", c.cfg.Addr, c.cfg.Security), err)
	if err != nil {
		return p.steps, p.err
	}
	defer s.close()
	err = s.login(ctx, c.cfg)
	p.add("login", c.cfg.User, wrap("login", err))
	if err != nil {
		return p.steps, p.err
	}
	for _, folder := range c.cfg.Folders {
		box, err := s.examine(ctx, folder)
		detail := ""
		if err == nil {
			detail = fmt.Sprintf("%d messages", box.NumMessages)
		}
		p.add("folder "+folder, detail, wrap("select", err))
	}
	idle := "new mail is announced at once"
	if !s.can.Has(imap.CapIdle) {
		idle = fmt.Sprintf("not offered: new mail is noticed within %s", c.cfg.Poll)
	}
	p.add("idle", idle, nil)
	p.filing(ctx, s, c.cfg)
	p.sent(ctx, s, c.cfg)
	if c.cfg.DraftsFolder != "" {
		p.drafts(ctx, s, c.cfg)
	}
	return p.steps, p.err
}

type probe struct {
	steps []Step
	err   error
}

func (p *probe) add(name, detail string, err error) {
	p.steps = append(p.steps, Step{Name: name, Detail: detail, Err: err})
	if p.err == nil {
		p.err = err
	}
}

// filing looks whether mail can be marked and moved. Only SELECT tells which flags are kept (an EXAMINEd
// folder keeps none); SELECT itself changes nothing that people see.
func (p *probe) filing(ctx context.Context, s *session, cfg Config) {
	if cfg.Keyword != "" {
		var err error
		detail := "kept by the server"
		switch box, e := s.enter(ctx, cfg.Folders[0], true); {
		case strings.ContainsAny(cfg.Keyword, " (){%*\"\\]") || strings.ToValidUTF8(cfg.Keyword, "") != cfg.Keyword:
			err = &Error{Op: "keyword", Err: ErrAccount, Why: "a keyword is one word without special characters"}
		case e != nil:
			err = wrap("select", e)
		case !keeps(box.PermanentFlags, cfg.Keyword):
			detail = "the server keeps no keywords: mail will not be marked"
		}
		p.add("keyword "+cfg.Keyword, detail, err)
	}
	if cfg.MoveTo != "" {
		_, err := s.examine(ctx, cfg.MoveTo)
		detail := "exists"
		if answered(err) {
			detail, err = "will be made", nil
		}
		p.add("folder "+cfg.MoveTo, detail, wrap("select", err))
	}
}

// sent looks where answers by hand are noticed. Whoever sends drafts from a mail program must have such a folder.
func (p *probe) sent(ctx context.Context, s *session, cfg Config) {
	const name = "sent folder"
	if cfg.SentFolder != "" {
		_, err := s.examine(ctx, cfg.SentFolder)
		p.add(name, cfg.SentFolder, wrap("select", err))
		return
	}
	list, err := s.list(ctx)
	found := pick(list, imap.MailboxAttrSent, sentNames)
	if err == nil && found == "" {
		found = "none found: answers by hand go unnoticed there"
		if cfg.DraftsFolder != "" {
			err = &Error{Op: "list", Err: ErrAccount, Why: "no Sent folder was found: drafts that are sent go unnoticed"}
		}
	}
	p.add(name, found, wrap("list", err))
}

// drafts looks whether drafts can be put into their folder and taken out of it again.
func (p *probe) drafts(ctx context.Context, s *session, cfg Config) {
	box, err := s.enter(ctx, cfg.DraftsFolder, true)
	detail := cfg.DraftsFolder
	switch {
	case hasCode(err, imap.ResponseCodeNonExistent):
		detail, err = detail+" will be made", nil
	case err != nil:
	case !keeps(box.PermanentFlags, string(imap.FlagDeleted)):
		err = &Error{Op: "select", Err: ErrAccount, Why: "drafts can be put there and not taken out again"}
	case !s.can.Has(imap.CapUIDPlus) && !s.can.Has("X-GM-EXT-1"):
		detail += "; decided drafts are marked as deleted there, since the server cannot remove single mails"
	}
	p.add("drafts folder", detail, wrap("select", err))
}
