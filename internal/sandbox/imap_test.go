package sandbox

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/emersion/go-sasl"
)

func dial(t testing.TB, w *World, o *imapclient.Options) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(w.IMAPAddr, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestIMAPDeliveryWakesAnIdlingClient(t *testing.T) {
	w := world(t, small(t), Options{})
	woken := make(chan uint32, 1)
	c := dial(t, w, &imapclient.Options{UnilateralDataHandler: &imapclient.UnilateralDataHandler{
		Mailbox: func(d *imapclient.UnilateralDataMailbox) {
			if d.NumMessages != nil {
				select {
				case woken <- *d.NumMessages:
				default:
				}
			}
		},
	}})
	if err := c.Login(w.IMAPUser, w.IMAPPassword).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(FolderInbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	idle, err := c.Idle()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Deliver([]byte("Subject: new\r\n\r\nHello\r\n")); err != nil {
		t.Fatal(err)
	}
	if n := <-woken; n != 2 {
		t.Errorf("told of %d messages, want 2", n)
	}
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestIMAPInternalDateIsTheMailsOwn(t *testing.T) {
	w := world(t, small(t), Options{})
	c := dial(t, w, nil)
	if err := c.Login(w.IMAPUser, w.IMAPPassword).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(FolderInbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	got, err := c.Fetch(imap.SeqSetNum(1), &imap.FetchOptions{InternalDate: true}).Collect()
	if err != nil {
		t.Fatal(err)
	}
	if age := time.Since(got[0].InternalDate); age < 2*time.Hour || age > 4*time.Hour {
		t.Errorf("the mail of three hours ago seems %s old", age)
	}
}

func TestIMAPLogInTakesPasswordAndTokens(t *testing.T) {
	w := world(t, small(t), Options{})
	for name, c := range map[string]struct {
		user, secret string
		ok           bool
	}{
		"right":        {w.IMAPUser, w.IMAPPassword, true},
		"wrong secret": {w.IMAPUser, "other", false},
		"wrong user":   {"other@lavender-oak.example", w.IMAPPassword, false},
	} {
		for mechanism, login := range map[string]func(*imapclient.Client) error{
			"LOGIN": func(c2 *imapclient.Client) error { return c2.Login(c.user, c.secret).Wait() },
			"PLAIN": func(c2 *imapclient.Client) error {
				return c2.Authenticate(sasl.NewPlainClient("", c.user,
					c.secret))
			},
			"OAUTHBEARER": func(c2 *imapclient.Client) error {
				return c2.Authenticate(sasl.NewOAuthBearerClient(&sasl.OAuthBearerOptions{Username: c.user,
					Token: c.secret}))
			},
			"XOAUTH2": func(c2 *imapclient.Client) error { return c2.Authenticate(&xoauth2Client{c.user, c.secret}) },
		} {
			if err := login(dial(t, w, nil)); (err == nil) != c.ok {
				t.Errorf("%s by %s: %v", name, mechanism, err)
			}
		}
	}
	if err := w.AddFault(Fault{Service: IMAP, Kind: Unauthorized, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for _, ok := range []bool{false, true} {
		if err := dial(t, w, nil).Login(w.IMAPUser, w.IMAPPassword).Wait(); (err == nil) != ok {
			t.Errorf("with the fault: %v", err)
		}
	}
	if n := w.Calls()[IMAP]; n != 14 {
		t.Errorf("%d log-ins counted, want 14", n)
	}
}

func TestIMAPMovesAndMarksAreSeen(t *testing.T) {
	w := world(t, small(t), Options{})
	c := dial(t, w, nil)
	if err := c.Login(w.IMAPUser, w.IMAPPassword).Wait(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Select(FolderInbox, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	add := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{"$Replied"}}
	if err := c.Store(imap.SeqSetNum(1), add, nil).Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Move(imap.SeqSetNum(1), FolderHandled).Wait(); err != nil {
		t.Fatal(err)
	}
	moved, err := w.FolderMessages(FolderHandled)
	if err != nil || len(moved) != 1 || !bytes.Contains(moved[0], []byte("Where is my order")) {
		t.Errorf("Handled: %q %v", moved, err)
	}
	flags, err := w.FolderFlags(FolderHandled)
	if err != nil || len(flags) != 1 || !strings.EqualFold(string(flags[0][0]), "$replied") {
		t.Errorf("flags: %v %v", flags, err)
	}
	if rest, err := w.FolderMessages(FolderInbox); err != nil || len(rest) != 0 {
		t.Errorf("INBOX: %q %v", rest, err)
	}
}

type xoauth2Client struct{ user, token string }

func (x *xoauth2Client) Start() (string, []byte, error) {
	return "XOAUTH2", []byte("user=" + x.user + "\x01auth=Bearer " + x.token + "\x01\x01"), nil
}

func (x *xoauth2Client) Next([]byte) ([]byte, error) { return []byte{}, nil }
