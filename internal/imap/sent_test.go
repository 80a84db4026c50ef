package imap

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
)

func cursorOf(folder string, validity uint32) mail.Cursor {
	return mail.Cursor{Folder: folder, UIDValidity: validity}
}

func reply(id, inReplyTo, references string) string {
	return fmt.Sprintf("From: support@lavender-oak.example\r\nMessage-ID: <%s>\r\nIn-Reply-To: %s\r\n"+
		"References: %s\r\nSubject: Re: x\r\n\r\nHello\r\n", id, inReplyTo, references)
}

// cited lists what the mails in Sent since a moment answer.
func cited(t *testing.T, c *Client, since time.Time) (ids []string) {
	t.Helper()
	sent, err := c.Sent(t.Context(), since)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range sent {
		ids = append(ids, m.Cites...)
	}
	return ids
}

func TestSentListsWhatWasAnsweredSinceAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		now := time.Now()
		m.put(t, "Sent", reply("s1@x", "<old@example.com>", ""), now.Add(-2*time.Hour))
		m.put(t, "Sent", reply("s2@x", "<m2@example.com>", "<m1@example.com>\r\n\t<m2@example.com>"), now)
		m.put(t, "Sent", "Subject: a new mail\r\nMessage-ID: <s3@x>\r\n\r\nabout <m9@example.com>\r\n", now)
		c := client(t, config(m.Dial))
		want := []string{"<m2@example.com>", "<m1@example.com>", "<m2@example.com>"}
		if diff := cmp.Diff(want, cited(t, c, now.Add(-time.Hour))); diff != "" {
			t.Error(diff)
		}
		m.put(t, "Sent", reply("s4@x", "<late@example.com>", ""), now)
		if got := cited(t, c, now.Add(-time.Hour)); !slices.Contains(got, "<late@example.com>") {
			t.Errorf("a reply that came after the first look is missing: %v", got)
		}
	})
}

func TestSentWithoutASentFolderIsEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := client(t, config(newMemory(t, allCaps()).Dial))
		if got := cited(t, c, time.Now()); len(got) > 0 {
			t.Errorf("%v", got)
		}
		if _, err := c.ReadSent(t.Context(), Sent{UIDValidity: 1, UID: 1}); !errors.Is(err, ErrMoved) {
			t.Errorf("error %v", err)
		}
	})
}

func TestSentSaysWhenTheConfiguredFolderIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(newMemory(t, allCaps()).Dial)
		cfg.SentFolder = "Gone"
		if _, err := client(t, cfg).Sent(t.Context(), time.Now()); err == nil {
			t.Error("not having looked must not pass for not answered")
		}
	})
}

func TestReadSentGivesNoMoreThanItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		m.put(t, "Sent", reply("s1@x", "<m1@example.com>", "")+strings.Repeat("photo\r\n", maxLetter/4), time.Now())
		c := client(t, config(m.Dial))
		list, err := c.Sent(t.Context(), time.Now().Add(-time.Hour))
		if err != nil || len(list) != 1 || list[0].ID != "<s1@x>" {
			t.Fatalf("%+v, %v", list, err)
		}
		raw, err := c.ReadSent(t.Context(), list[0])
		if err != nil || len(raw) != maxLetter || !strings.HasPrefix(string(raw), "From: support@") {
			t.Errorf("%d bytes, %v", len(raw), err)
		}
		for _, gone := range []Sent{{UIDValidity: list[0].UIDValidity, UID: 99}, {UIDValidity: 99, UID: list[0].UID}} {
			if _, err := c.ReadSent(t.Context(), gone); !errors.Is(err, ErrMoved) {
				t.Errorf("%+v: error %v", gone, err)
			}
		}
		if m.count() != 1 {
			t.Errorf("%d connections: a mail that is gone is no fault of the connection", m.count())
		}
	})
}

func TestInSentFindsTheExactMessageID(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		m.put(t, "Sent", reply("abc.def@lavender-oak.example", "<m1@example.com>", ""), time.Now())
		c := client(t, config(m.Dial))
		for id, want := range map[string]bool{
			"<abc.def@lavender-oak.example>": true, "abc.def@lavender-oak.example": true,
			"<def@lavender-oak.example>": false, "<m1@example.com>": false, "": false,
		} {
			if got, err := c.InSent(t.Context(), id); err != nil || got != want {
				t.Errorf("%q: %v, %v", id, got, err)
			}
		}
	})
}

func TestReadingAHeaderOfSent(t *testing.T) {
	header := "message-id:\r\n <a@x>\r\nIn-Reply-To: \"Ada\" <b@x> of <c@x>\nReferences: <d@x\r\n >\t<e@x\r\nX: <f@x>\r\n" +
		"X-Replyd-Loop: <g@x>\r\n\r\n"
	want := Sent{ID: "<a@x>", Loop: "<g@x>", Cites: []string{"<b@x>", "<c@x>", "<d@x>"}}
	if diff := cmp.Diff(want, readSent(time.Time{}, []byte(header))); diff != "" {
		t.Error(diff)
	}
	many := "References:" + strings.Repeat(" <a@x>", 2*maxCites) + " <last@x>\r\n"
	if got := readSent(time.Time{}, []byte(many)).Cites; len(got) != maxCites || got[maxCites-1] != "<last@x>" {
		t.Errorf("%d ids, the last is %s", len(got), got[len(got)-1])
	}
}

func FuzzReadSent(f *testing.F) {
	f.Add([]byte("Message-ID: <a@b>\r\nReferences: <c@d> <e@f>\r\n\r\n"))
	f.Fuzz(func(t *testing.T, header []byte) {
		m := readSent(time.Time{}, header)
		if len(m.Cites) > maxCites {
			t.Errorf("%d ids", len(m.Cites))
		}
		for _, id := range append(m.Cites, m.ID, m.Loop) {
			if strings.ContainsAny(bare(id), ">\n") {
				t.Errorf("%q is no id", id)
			}
		}
	})
}
