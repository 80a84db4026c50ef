package imap

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strconv"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-sasl"
)

// checkAddr gives the host, and refuses plain text to any other machine.
func checkAddr(cfg Config) (host string, err error) {
	host, port, err := net.SplitHostPort(cfg.Addr)
	if err != nil || host == "" {
		return "", errors.New("the address must be host:port")
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return "", errors.New("the port must be a number")
	}
	switch cfg.Security {
	case TLS, StartTLS:
	case None:
		if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
			return "", errors.New("security none is for this machine only (localhost): use tls or starttls")
		}
	default:
		return "", errors.New("security must be tls, starttls or none")
	}
	return host, nil
}

// login authenticates, and reads the capabilities that the server has afterwards.
func (s *session) login(ctx context.Context, cfg Config) error {
	if s.c.State() == imap.ConnStateNotAuthenticated {
		client, err := credentials(ctx, cfg)
		if err != nil {
			return err
		}
		if err := s.authenticate(ctx, cfg, client); err != nil {
			return err
		}
	}
	return s.do(ctx, func() error {
		if s.can = s.c.Caps(); s.can == nil {
			return &Error{Op: "login", Why: "the server did not tell its capabilities", For: retryShort}
		}
		return nil
	})
}

// credentials makes the SASL client; nil for LOGIN.
func credentials(ctx context.Context, cfg Config) (sasl.Client, error) {
	if cfg.Auth == Login {
		return nil, nil
	}
	if cfg.Token == nil {
		return nil, &Error{Op: "login", Err: ErrAccount, Why: "no source of access tokens is configured"}
	}
	token, err := cfg.Token(ctx)
	var typed *Error
	switch {
	case errors.As(err, &typed):
		return nil, err
	case errors.Is(err, ErrAccount):
		return nil, &Error{Op: "token", Err: err, Why: "the access token was refused: sign in again"}
	case err != nil: // its text is the token source's own, and may hold what the provider said
		return nil, &Error{Op: "token", Err: err, Why: "no access token could be had", For: retryShort}
	}
	if cfg.Auth == XOAuth2 {
		return &xoauth2{user: cfg.User, token: token}, nil
	}
	host, port, _ := net.SplitHostPort(cfg.Addr)
	n, _ := strconv.Atoi(port)
	return refusing{sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{
		Username: cfg.User, Token: token, Host: host, Port: n,
	})}, nil
}

func (s *session) authenticate(ctx context.Context, cfg Config, client sasl.Client) error {
	err := s.do(ctx, func() error {
		caps := s.c.Caps()
		switch {
		case client != nil:
			return s.c.Authenticate(client)
		case !caps.Has(imap.CapLoginDisabled):
			return s.c.Login(cfg.User, cfg.Password).Wait()
		case caps.Has("AUTH=PLAIN"):
			return s.c.Authenticate(sasl.NewPlainClient("", cfg.User, cfg.Password))
		}
		return &Error{Op: "login", Err: ErrAccount, Why: "the server allows no log-in by password (LOGINDISABLED)"}
	})
	var typed *Error
	switch {
	case err == nil, errors.As(err, &typed):
		return err
	case errors.Is(err, errRefused), answered(err) && !passing(err):
		why := "the server refused the user name or password"
		if cfg.Auth != Login {
			why = "the server refused the access token"
		}
		var status *imap.Error
		if errors.As(err, &status) && status.Code != "" {
			why += fmt.Sprintf(" [%.40s]", status.Code)
		}
		return &Error{Op: "login", Err: errRefused, Why: why}
	}
	return wrap("login", err)
}

// xoauth2 is Google's and Microsoft's mechanism
// (developers.google.com/workspace/gmail/imap/xoauth2-protocol), which go-sasl has dropped.
type xoauth2 struct{ user, token string }

func (x *xoauth2) Start() (mech string, ir []byte, err error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

// Next leaves the exchange: in both token mechanisms the server sends a challenge only to say why it
// refuses. That makes the connection unusable, and it is closed.
func (x *xoauth2) Next([]byte) ([]byte, error) { return nil, errRefused }

// refusing makes the library's OAUTHBEARER do the same.
type refusing struct{ sasl.Client }

func (refusing) Next([]byte) ([]byte, error) { return nil, errRefused }

// dialWords says why no connection came about; the address is the owner's own.
func dialWords(err error) string {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns):
		return "the host name could not be found"
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer in time"
	}
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return fmt.Sprintf("%.100s", op.Err.Error())
	}
	return "no connection"
}

// tlsError puts certificate errors into words: an owner can do something about them.
func tlsError(err error) error {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		record   tls.RecordHeaderError
	)
	why := ""
	switch {
	case errors.As(err, &unknown):
		why = "the certificate is signed by an unknown authority"
	case errors.As(err, &hostname):
		why = "the certificate is for another host name"
	case errors.As(err, &invalid):
		why = "the certificate is not valid (expired?)"
	case errors.As(err, &record):
		why = "the server does not speak TLS on this port: try starttls"
	default:
		return wrap("connect", err)
	}
	return &Error{Op: "connect", Err: err, Why: why, For: retryShort}
}
