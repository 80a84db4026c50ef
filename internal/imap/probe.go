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
	p.special(ctx, s, c, "sent folder", imap.MailboxAttrSent)
	if c.cfg.DraftsFolder != "" {
		p.special(ctx, s, c, "drafts folder", imap.MailboxAttrDrafts)
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

func (p *probe) special(ctx context.Context, s *session, c *Client, name string, use imap.MailboxAttr) {
	configured := c.cfg.SentFolder
	if use == imap.MailboxAttrDrafts {
		configured = c.cfg.DraftsFolder
	}
	if configured != "" {
		_, err := s.examine(ctx, configured)
		p.add(name, configured, wrap("select", err))
		return
	}
	list, err := s.list(ctx)
	found := pick(list, use, sentNames)
	if err == nil && found == "" {
		found = "none found: answers by hand go unnoticed there"
	}
	p.add(name, found, wrap("list", err))
}
