package web

import "github.com/replyd/replyd/internal/ticket"

// Copy tells of a draft that lies, or is to lie, in a Drafts folder too, where a mail program can send it.
type Copy struct {
	Account string
	Folder  string
	There   bool   // it was put there and not yet taken out
	Edited  bool   // somebody saved another text over it, which stays there
	Problem string // why what is to be done there was not done yet
}

// copyOf gives what the page of a turn says about its copy.
func (s *server) copyOf(id ticket.TurnID) *Copy {
	if s.Copied == nil {
		return nil
	}
	return s.Copied(id)
}

// by names who wrote a draft.
func (l *locale) by(name string) string {
	if name == ticket.MailProgram {
		return l.say("mail program")
	}
	return name
}
