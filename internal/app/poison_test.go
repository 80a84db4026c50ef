package app

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/ticket"
)

// poisons are mails that no honest program writes.
func poisons() map[string][]byte {
	noise := make([]byte, 64<<10)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range noise {
		noise[i] = byte(1 + rng.UintN(255)) // no server hands zero bytes out (RFC 9051 section 4.3.1)
	}
	long := strings.Repeat("x", 40<<10) // longer than a key of the store may be
	head := "From: Eve <eve@posteo.example>\r\nTo: support@lavender-oak.example\r\nSubject: hello\r\n"
	nested := head + "Message-ID: <nested@posteo.example>\r\n"
	for range 2000 {
		nested += "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
	}
	return map[string][]byte{
		"noise":                  append([]byte("\r\n"), noise...),
		"2,000 parts deep":       []byte(nested),
		"3 MB":                   []byte(head + "Message-ID: <big@posteo.example>\r\n\r\n" + strings.Repeat("0123456789 abcdef\r\n", 3<<20/19)),
		"a Message-ID of 40 KiB": []byte(head + "Message-ID: <" + long + "@posteo.example>\r\n\r\nhello\r\n"),
		"references of 40 KiB": []byte(head + "Message-ID: <refs@posteo.example>\r\nIn-Reply-To: <" + long + "@a.example>\r\n" +
			"References: <" + long + "@a.example>\r\n\r\nhello\r\n"),
		"an address of 40 KiB": []byte("From: <" + long + "@posteo.example>\r\nTo: support@lavender-oak.example\r\n" +
			"Message-ID: <addr@posteo.example>\r\nSubject: " + long + "\r\n\r\nhello\r\n"),
		"100,000 headers": []byte(strings.Repeat("X: y\r\n", 100_000) + head + "\r\nhello\r\n"),
	}
}

// TestNoMailBlocksTheOthers: whatever comes, a person finds it with its bytes, and the mails behind it are
// answered.
func TestNoMailBlocksTheOthers(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 2, First: 10 * time.Millisecond, Most: 10 * time.Millisecond})
	list := poisons()
	for name, raw := range list {
		if err := d.world.Deliver(raw); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the mail behind them", is(ticket.Done))
	d.until(t, "the rest", func() bool {
		turns, err := d.store.TurnsByState(ticket.Review, 0)
		return err != nil || len(turns) == len(list)
	})
	kept := map[string]*ticket.Turn{}
	err := d.store.EachTurn(func(turn *ticket.Turn) error {
		raw, err := d.store.Raw(turn.Mails[0].Key)
		for name, sent := range list {
			// Of a mail that is too large, the headers were fetched.
			if bytes.HasPrefix(raw, sent) || len(raw) > 10 && bytes.HasPrefix(sent, raw) {
				kept[name] = turn
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range list {
		switch turn := kept[name]; {
		case turn == nil:
			t.Errorf("%s: nobody can find it", name)
		case turn.State != ticket.Review || turn.Gate.Outcome != ticket.Hold:
			t.Errorf("%s: %s, %s\n%s", name, turn.State, turn.Gate.Reason, history(turn))
		}
	}
	if sent := d.world.Outbox(); len(sent) != 1 {
		t.Errorf("%d replies left", len(sent))
	}
}

// TestAMailThatCrashesReplydIsKept: a fault of replyd's own costs one answer, not the mailbox.
func TestAMailThatCrashesReplydIsKept(t *testing.T) {
	d := startDaemon(t, pipeline.Retry{Attempts: 2, First: time.Millisecond, Most: time.Millisecond})
	taker := d.boxes[0].taker
	f := imap.Fetched{Account: "support", Folder: "INBOX", UIDValidity: 1, UID: 7, Raw: []byte("Subject: x\r\n\r\nhi\r\n"),
		Arrived: time.Now()}
	a, known, err := taker.contain(f, func() (*arrival, bool, error) { panic("a fault of ours") })
	if err != nil || known {
		t.Fatalf("known %v, %v", known, err)
	}
	if a.gate.Outcome != ticket.Hold || a.key != mail.Key("support", a.mail, f.Raw) || !bytes.Equal(a.Raw, f.Raw) {
		t.Errorf("%+v", a.gate)
	}
	if _, err := d.store.TakeIn(t.Context(), taker.turn(a, time.Now())); err != nil {
		t.Fatal(err)
	}
	turn := d.turnIn(t, a.key, "the mail", is(ticket.Review))
	if raw, err := d.store.Raw(turn.Mails[0].Key); err != nil || !bytes.Equal(raw, f.Raw) {
		t.Errorf("raw mail: %q, %v", raw, err)
	}
}
