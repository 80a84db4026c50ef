package sandbox

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-imap/v2/imapserver"
	"github.com/emersion/go-imap/v2/imapserver/imapmemserver"
	"github.com/emersion/go-sasl"
)

// Folders of the mailbox.
const (
	FolderInbox   = "INBOX"
	FolderSent    = "Sent"
	FolderDrafts  = "Drafts"
	FolderHandled = "Handled"
)

// mailServer is go-imap's in-memory server with one user.
type mailServer struct {
	world  *World
	user   *imapmemserver.User
	server *imapserver.Server
}

func newMail(w *World, s *Scenario) (*mailServer, error) {
	m := &mailServer{world: w, user: imapmemserver.NewUser(w.IMAPUser, w.IMAPPassword)}
	for _, folder := range []string{FolderInbox, FolderSent, FolderDrafts, FolderHandled} {
		if err := m.user.Create(folder, nil); err != nil {
			return nil, err
		}
	}
	for folder, list := range map[string][]Mail{FolderInbox: s.Mails, FolderSent: s.Sent} {
		for _, one := range list {
			if err := m.append(folder, one.Bytes(w.now())); err != nil {
				return nil, fmt.Errorf("%s: %w", one.Name, err)
			}
		}
	}
	m.server = imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return &session{UserSession: imapmemserver.NewUserSession(m.user), world: w}, nil, nil
		},
		Caps: imap.CapSet{
			imap.CapIMAP4rev1: {}, imap.CapIMAP4rev2: {}, imap.CapMove: {}, imap.CapUIDPlus: {},
			imap.CapESearch: {}, imap.CapNamespace: {},
		},
		Logger:       slog.NewLogLogger(w.log.Handler(), slog.LevelDebug),
		InsecureAuth: true, // loopback only
	})
	return m, nil
}

func (m *mailServer) Close() error { return m.server.Close() }

// append stores a message. INTERNALDATE is the mail's own Date, so that old mail looks old; now without one.
func (m *mailServer) append(folder string, raw []byte) error {
	arrived := m.world.now()
	if parsed, err := mail.ReadMessage(bytes.NewReader(raw)); err == nil {
		if d, err := parsed.Header.Date(); err == nil && d.Before(arrived) {
			arrived = d
		}
	}
	return m.appendAt(folder, raw, arrived)
}

func (m *mailServer) appendAt(folder string, raw []byte, at time.Time) error {
	_, err := m.user.Append(folder, literal{bytes.NewReader(raw)}, &imap.AppendOptions{Time: at})
	return err
}

// literal is bytes as the server reads them.
type literal struct{ *bytes.Reader }

func (l literal) Size() int64 { return l.Reader.Size() }

// Deliver puts a message into INBOX, arriving now. Clients that IDLE are told.
func (w *World) Deliver(raw []byte) error { return w.DeliverTo(FolderInbox, raw) }

// DeliverTo puts a message into a folder, arriving now, as a mail program or a rule of the server does.
func (w *World) DeliverTo(folder string, raw []byte) error {
	if err := w.mail.appendAt(folder, raw, w.now()); err != nil {
		return fmt.Errorf("sandbox: deliver: %w", err)
	}
	return nil
}

// FolderMessages gives all messages of a folder, oldest first.
func (w *World) FolderMessages(folder string) ([][]byte, error) {
	var out [][]byte
	err := w.look(folder, func(c *imapclient.Client, n uint32) error {
		if n == 0 {
			return nil
		}
		all := imap.SeqSet{}
		all.AddRange(1, n)
		whole := []*imap.FetchItemBodySection{{Peek: true}}
		got, err := c.Fetch(all, &imap.FetchOptions{BodySection: whole}).Collect()
		for _, m := range got {
			for _, part := range m.BodySection {
				out = append(out, part.Bytes)
			}
		}
		return err
	})
	return out, err
}

// FolderFlags gives the flags of all messages of a folder, oldest first.
func (w *World) FolderFlags(folder string) ([][]imap.Flag, error) {
	var out [][]imap.Flag
	err := w.look(folder, func(c *imapclient.Client, n uint32) error {
		if n == 0 {
			return nil
		}
		all := imap.SeqSet{}
		all.AddRange(1, n)
		got, err := c.Fetch(all, &imap.FetchOptions{Flags: true}).Collect()
		for _, m := range got {
			out = append(out, m.Flags)
		}
		return err
	})
	return out, err
}

// look opens a folder as any client would, past journal and faults: the in-memory server shows its messages
// through the protocol only.
func (w *World) look(folder string, f func(c *imapclient.Client, messages uint32) error) error {
	near, far := pipe()
	server := imapserver.New(&imapserver.Options{
		NewSession: func(*imapserver.Conn) (imapserver.Session, *imapserver.GreetingData, error) {
			return imapmemserver.NewUserSession(w.mail.user), &imapserver.GreetingData{PreAuth: true}, nil
		},
		Caps:         imap.CapSet{imap.CapIMAP4rev1: {}},
		Logger:       slog.NewLogLogger(slog.DiscardHandler, slog.LevelDebug), // it ends with a broken pipe
		InsecureAuth: true,
	})
	defer server.Close()
	go func() { _ = server.Serve(&oneConn{conn: far, done: make(chan struct{})}) }()
	c := imapclient.New(near, nil)
	defer c.Close()
	data, err := c.Select(folder, &imap.SelectOptions{ReadOnly: true}).Wait()
	if err == nil {
		err = f(c, data.NumMessages)
	}
	if err != nil {
		return fmt.Errorf("sandbox: %s: %w", folder, err)
	}
	return nil
}

// session is one connection of a client: the in-memory session, a journal, and faults at the log-in.
type session struct {
	*imapmemserver.UserSession
	world *World
}

func (s *session) note(command, folder string) {
	s.world.journal.add(IMAP, Entry{At: s.world.now(), Method: command, Path: folder})
}

// Login checks user and password.
func (s *session) Login(user, password string) error {
	s.note("LOGIN", "")
	known := user == s.world.IMAPUser && password == s.world.IMAPPassword
	if s.world.faults.next(IMAP, everyCall) == Unauthorized || !known {
		return imapserver.ErrAuthFailed
	}
	return nil
}

// AuthenticateMechanisms lists what AUTHENTICATE accepts.
func (s *session) AuthenticateMechanisms() []string {
	return []string{"PLAIN", "XOAUTH2", sasl.OAuthBearer}
}

// Authenticate starts a SASL exchange.
func (s *session) Authenticate(mechanism string) (sasl.Server, error) {
	switch mechanism {
	case "PLAIN":
		return sasl.NewPlainServer(func(_, user, password string) error { return s.Login(user, password) }), nil
	case "XOAUTH2":
		return &xoauth2{login: s.Login}, nil
	case sasl.OAuthBearer:
		return sasl.NewOAuthBearerServer(func(o sasl.OAuthBearerOptions) *sasl.OAuthBearerError {
			if s.Login(o.Username, o.Token) != nil {
				return &sasl.OAuthBearerError{Status: "invalid_token", Schemes: "bearer"}
			}
			return nil
		}), nil
	}
	return nil, &imap.Error{Type: imap.StatusResponseTypeNo, Text: "SASL mechanism not supported"}
}

// idleRound is how long an update that slipped in between two looks may wait.
const idleRound = time.Second

// Idle tells of what came before it, too. The library's own forgets that until the next update (go-imap
// v2.0.0-beta.8, SessionTracker.Idle); real servers do not (RFC 2177).
func (s *session) Idle(w *imapserver.UpdateWriter, stop <-chan struct{}) error {
	for {
		if err := s.UserSession.Poll(w, true); err != nil {
			return err
		}
		round := make(chan struct{})
		go func() {
			defer close(round)
			select {
			case <-stop:
			case <-time.After(idleRound):
			}
		}()
		if err := s.UserSession.Idle(w, round); err != nil {
			return err
		}
		select {
		case <-stop:
			return nil
		default:
		}
	}
}

// Append notes what a client writes.
func (s *session) Append(
	folder string, r imap.LiteralReader, o *imap.AppendOptions,
) (*imap.AppendData, error) {
	s.note("APPEND", folder)
	return s.UserSession.Append(folder, r, o)
}

// Move notes what a client files.
func (s *session) Move(w *imapserver.MoveWriter, set imap.NumSet, folder string) error {
	s.note("MOVE", folder)
	return s.UserSession.Move(w, set, folder)
}

// Store notes what a client marks.
func (s *session) Store(
	w *imapserver.FetchWriter, set imap.NumSet, f *imap.StoreFlags, o *imap.StoreOptions,
) error {
	s.note("STORE", "")
	return s.UserSession.Store(w, set, f, o)
}

// xoauth2 is Google's and Microsoft's own mechanism ("user=…^Aauth=Bearer …^A^A"), which go-sasl no longer
// holds. On failure the server sends a challenge with the reason first and fails after the client's answer.
// Source: https://developers.google.com/workspace/gmail/imap/xoauth2-protocol, read 2026-11-22.
type xoauth2 struct {
	login  func(user, token string) error
	failed bool
}

func (x *xoauth2) Next(response []byte) (challenge []byte, done bool, err error) {
	if x.failed {
		return nil, false, imapserver.ErrAuthFailed
	}
	if response == nil {
		return []byte{}, false, nil
	}
	var user, token string
	for part := range strings.SplitSeq(string(response), "\x01") {
		if v, ok := strings.CutPrefix(part, "user="); ok {
			user = v
		}
		if v, ok := strings.CutPrefix(part, "auth=Bearer "); ok {
			token = v
		}
	}
	if err := x.login(user, token); err != nil {
		if !errors.Is(err, imapserver.ErrAuthFailed) {
			return nil, false, err
		}
		x.failed = true
		return []byte(`{"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"}`), false, nil
	}
	return nil, true, nil
}

var _ io.Closer = (*mailServer)(nil)
