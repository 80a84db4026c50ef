package imap

import (
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
)

// count is how many mails a folder holds.
func (m *memory) messages(t testing.TB, folder string) uint32 {
	t.Helper()
	d, err := m.user.Status(folder, &imap.StatusOptions{NumMessages: true})
	if err != nil {
		t.Fatal(err)
	}
	return *d.NumMessages
}

func TestFileMovesOnce(t *testing.T) {
	without := func(c imap.Cap) imap.CapSet { s := allCaps(); delete(s, c); return s }
	for name, tc := range map[string]struct {
		caps    imap.CapSet
		folders []string
		inbox   uint32 // mails that stay
	}{
		"MOVE":                 {allCaps(), []string{"Done"}, 1},
		"COPY and UID EXPUNGE": {without(imap.CapMove), []string{"Done"}, 1},
		"neither":              {imap.CapSet{imap.CapIMAP4rev1: {}}, []string{"Done"}, 2}, // marked \Deleted only
		"missing folder":       {allCaps(), nil, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, tc.caps, tc.folders...)
				uid := m.put(t, "INBOX", letter(1), time.Now())
				m.put(t, "INBOX", letter(2), time.Now())
				cfg := config(m.Dial)
				cfg.MoveTo, cfg.Keyword = "Done", "replyd"
				c := client(t, cfg)
				for range 3 {
					if err := c.File(t.Context(), "INBOX", 1, uint32(uid)); err != nil {
						t.Fatal(err)
					}
				}
				if n := m.messages(t, "INBOX"); n != tc.inbox {
					t.Errorf("INBOX holds %d", n)
				}
				if n := m.messages(t, "Done"); n != 1 {
					t.Errorf("Done holds %d", n)
				}
			})
		})
	}
}

func TestFileLeavesARenumberedFolderAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Done")
		m.put(t, "INBOX", letter(1), time.Now())
		cfg := config(m.Dial)
		cfg.MoveTo = "Done"
		if err := client(t, cfg).File(t.Context(), "INBOX", 99, 1); err != nil || m.messages(t, "INBOX") != 1 {
			t.Errorf("%v, INBOX holds %d", err, m.messages(t, "INBOX"))
		}
	})
}

func TestFileSetsKeywordsOnlyWhereTheyAreKeptAndNeverSeen(t *testing.T) {
	for flags, want := range map[string]int{`\Seen`: 0, `\Seen \*`: 1, `\Seen replyd`: 1} {
		t.Run(flags, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var stores []string
				p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
					switch {
					case is(cmd, "SELECT"):
						fmt.Fprintf(w, "* 1 EXISTS\r\n* OK [PERMANENTFLAGS (%s)] x\r\n* OK [UIDVALIDITY 7] x\r\n%s OK\r\n", flags, tag)
					case is(cmd, "UID STORE"):
						stores = append(stores, cmd)
					}
					return true
				})
				cfg := config(p.Dial)
				cfg.Keyword = "replyd"
				if err := client(t, cfg).File(t.Context(), "INBOX", 7, 1); err != nil {
					t.Fatal(err)
				}
				if len(stores) != want || want == 1 && stores[0] != "UID STORE 1 +FLAGS.SILENT (replyd)" {
					t.Errorf("stored %q, want %d", stores, want)
				}
			})
		})
	}
}

func TestPickFindsTheSentFolder(t *testing.T) {
	box := func(name string, delim rune, attrs ...imap.MailboxAttr) *imap.ListData {
		return &imap.ListData{Mailbox: name, Delim: delim, Attrs: attrs}
	}
	for name, tc := range map[string]struct {
		list []*imap.ListData
		want string
	}{
		"special use":        {[]*imap.ListData{box("Sent", '/'), box("[Gmail]/Post", '/', `\HasNoChildren`, `\sent`)}, "[Gmail]/Post"},
		"name":               {[]*imap.ListData{box("INBOX", '.'), box("INBOX.Sent", '.')}, "INBOX.Sent"},
		"Outlook":            {[]*imap.ListData{box("Sent Items", '/')}, "Sent Items"},
		"German":             {[]*imap.ListData{box("Gesendete Elemente", '/')}, "Gesendete Elemente"},
		"prefers the common": {[]*imap.ListData{box("Gesendet", '/'), box("Sent", '/')}, "Sent"},
		"not selectable":     {[]*imap.ListData{box("Sent", '/', imap.MailboxAttrNoSelect)}, ""},
		"none":               {[]*imap.ListData{box("INBOX", '/'), box("Presents", '/')}, ""},
	} {
		if got := pick(tc.list, imap.MailboxAttrSent, sentNames); got != tc.want {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
