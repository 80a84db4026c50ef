package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"
)

func TestSaveDraftAppendsOnceWithDraftFlag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps()) // no Drafts folder yet: APPEND says TRYCREATE
		cfg := config(m.Dial)
		cfg.DraftsFolder = "Drafts"
		c := client(t, cfg)
		raw := []byte("From: a@b.example\nMessage-ID: <d1@b.example>\n\nDear Ada\n")
		for range 2 {
			if err := c.SaveDraft(t.Context(), raw); err != nil {
				t.Fatal(err)
			}
		}
		if n := m.messages(t, "Drafts"); n != 1 {
			t.Fatalf("Drafts holds %d", n)
		}
		k := newTaker()
		if _, err := c.FetchNew(t.Context(), cursorOf("Drafts", 2), k); err != nil {
			t.Fatal(err)
		}
		want := strings.ReplaceAll(string(raw), "\n", "\r\n")
		if diff := cmp.Diff(want, string(k.got[0].Raw)); diff != "" {
			t.Error(diff)
		}
		if f := k.got[0].Flags; len(f) != 1 || !strings.EqualFold(f[0], `\Draft`) {
			t.Errorf("flags %v", k.got[0].Flags)
		}
		if err := c.SaveDraft(t.Context(), make([]byte, maxDraft+1)); err == nil {
			t.Error("a draft without bounds was taken")
		}
	})
}

func TestSaveDraftSaysWhatIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		err := client(t, config(m.Dial)).SaveDraft(t.Context(), []byte("A: b\r\n\r\n"))
		if err == nil || !strings.Contains(err.Error(), "no drafts folder") {
			t.Errorf("error %v", err)
		}
	})
}

// ourDraft is a draft as replyd saves it.
func ourDraft(id string) []byte {
	return fmt.Appendf(nil, "From: a@b.example\r\nMessage-ID: <%s>\r\nX-Replyd-Loop: <%s>\r\n\r\nDear Ada\r\n", id, id)
}

func without(caps imap.CapSet, one ...imap.Cap) imap.CapSet {
	for _, c := range one {
		delete(caps, c)
	}
	return caps
}

func TestRemoveDraftTouchesOurUnchangedDraftAlone(t *testing.T) {
	for name, tc := range map[string]struct {
		caps imap.CapSet
		left int // messages in the folder afterwards
	}{
		"UIDPLUS":    {allCaps(), 3},
		"no UIDPLUS": {without(allCaps(), imap.CapUIDPlus), 4}, // marked \Deleted
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, tc.caps, "Drafts")
				cfg := config(m.Dial)
				cfg.DraftsFolder = "Drafts"
				c := client(t, cfg)
				for _, id := range []string{"d1@b.example", "d2@b.example"} {
					if err := c.SaveDraft(t.Context(), ourDraft(id)); err != nil {
						t.Fatal(err)
					}
				}
				m.put(t, "Drafts", "Message-ID: <3@b.example>\r\n\r\nher own\r\n", time.Now())
				m.put(t, "Drafts", "Message-ID: <d9@b.example>\r\n\r\nedited by her\r\n", time.Now())
				for _, step := range []struct {
					id   string
					want DraftFound
				}{
					{"<d1@b.example>", DraftRemoved}, {"<d1@b.example>", DraftGone}, {"<d9@b.example>", DraftEdited},
					{"<1@b.example>", DraftGone}, {"<@b.example>", DraftGone}, {"", DraftGone},
				} {
					if got, err := c.RemoveDraft(t.Context(), "Drafts", step.id); err != nil || got != step.want {
						t.Errorf("%s: %s, %v, want %s", step.id, got, err, step.want)
					}
				}
				if n := int(m.messages(t, "Drafts")); n != tc.left {
					t.Errorf("%d messages are left, want %d", n, tc.left)
				}
			})
		})
	}
}

func TestRemoveDraftAtGmailUsesTheBin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const caps = "CAPABILITY IMAP4rev1 UIDPLUS MOVE SPECIAL-USE X-GM-EXT-1"
		const header = "Message-ID: <d1@x>\r\nX-Replyd-Loop: <d1@x>\r\n\r\n"
		var did []string
		p := newScript(t, "* OK ["+caps+"] ready\r\n", func(w io.Writer, tag, cmd string) bool {
			switch {
			case is(cmd, "CAPABILITY"):
				fmt.Fprintf(w, "* %s\r\n%s OK\r\n", caps, tag)
			case is(cmd, "LIST"):
				fmt.Fprintf(w, "* LIST (\\Trash) \"/\" \"[Gmail]/Bin\"\r\n%s OK\r\n", tag)
			case is(cmd, "UID FETCH"):
				fmt.Fprintf(w, "* 1 FETCH (UID 1 FLAGS (\\Draft) BODY[HEADER.FIELDS (Message-ID X-Replyd-Loop)] {%d}\r\n%s)\r\n"+
					"%s OK\r\n", len(header), header, tag)
			case is(cmd, "UID MOVE"), is(cmd, "UID STORE"), is(cmd, "UID EXPUNGE"):
				did = append(did, cmd)
			}
			return true
		})
		got, err := client(t, config(p.Dial)).RemoveDraft(t.Context(), "[Gmail]/Drafts", "<d1@x>")
		if want := []string{`UID MOVE 1 "[Gmail]/Bin"`}; err != nil || got != DraftRemoved || !cmp.Equal(did, want) {
			t.Errorf("%s, %v, by %q", got, err, did)
		}
	})
}

func TestRemoveDraftSaysWhetherTheFolderIsToBlame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		if got, err := client(t, config(m.Dial)).RemoveDraft(t.Context(), "Drafts", "<d1@x>"); err != nil || got != DraftGone {
			t.Errorf("a folder that is not there: %s, %v", got, err)
		}
		for answer, want := range map[string]bool{"NO [NOPERM] no": false, "NO [INUSE] later": true} {
			p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
				if is(cmd, "SELECT") {
					fmt.Fprintf(w, "%s %s\r\n", tag, answer)
				}
				return true
			})
			_, err := client(t, config(p.Dial)).RemoveDraft(t.Context(), "Drafts", "<d1@x>")
			var e *Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: %v", answer, err)
			}
			if _, temporary := e.RetryAfter(); temporary != want {
				t.Errorf("%s: temporary %v", answer, temporary)
			}
		}
	})
}
