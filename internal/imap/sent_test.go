package imap

import (
	"fmt"
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

func TestAnsweredByHandFindsRepliesSinceAMoment(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent")
		now := time.Now()
		m.put(t, "Sent", reply("s1@x", "<old@example.com>", ""), now.Add(-2*time.Hour))
		m.put(t, "Sent", reply("s2@x", "<m2@example.com>", "<m1@example.com>\r\n\t<m2@example.com>"), now)
		m.put(t, "Sent", "Subject: a new mail\r\nMessage-ID: <s3@x>\r\n\r\nabout <m9@example.com>\r\n", now)
		c := client(t, config(m.Dial))
		for _, tc := range []struct {
			ids  []string
			want bool
		}{
			{[]string{"<m2@example.com>"}, true},
			{[]string{"<none@example.com>", "m1@example.com"}, true}, // References, folded
			{[]string{"<old@example.com>"}, false},                   // before the moment
			{[]string{"<m9@example.com>"}, false},                    // in the text only
			{[]string{"<2@example.com>"}, false},                     // a part of another id
			{[]string{"", "<>"}, false},
			{nil, false},
		} {
			got, err := c.AnsweredByHand(t.Context(), tc.ids, now.Add(-time.Hour))
			if err != nil || got != tc.want {
				t.Errorf("%v: %v, %v, want %v", tc.ids, got, err, tc.want)
			}
		}
		m.put(t, "Sent", reply("s4@x", "<late@example.com>", ""), now)
		if got, err := c.AnsweredByHand(t.Context(), []string{"<late@example.com>"}, now.Add(-time.Hour)); err != nil || !got {
			t.Errorf("a reply that came after the first look: %v, %v", got, err)
		}
	})
}

func TestAnsweredByHandWithoutASentFolderIsFalse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		if got, err := client(t, config(m.Dial)).AnsweredByHand(t.Context(), []string{"<a@b>"}, time.Now()); got || err != nil {
			t.Errorf("%v, %v", got, err)
		}
	})
}

func TestAnsweredByHandSaysWhenTheConfiguredFolderIsMissing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config(newMemory(t, allCaps()).Dial)
		cfg.SentFolder = "Gone"
		if _, err := client(t, cfg).AnsweredByHand(t.Context(), []string{"<a@b>"}, time.Now()); err == nil {
			t.Error("not having looked must not pass for not answered")
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

func TestReadSent(t *testing.T) {
	header := "message-id:\r\n <a@x>\r\nIn-Reply-To: \"Ada\" <b@x> of <c@x>\nReferences: <d@x\r\n >\t<e@x\r\nX: <f@x>\r\n\r\n"
	got := readSent(time.Time{}, []byte(header))
	if got.id != "a@x" || !cmp.Equal(got.replies, []string{"b@x", "c@x", "d@x"}) {
		t.Errorf("%+v", got)
	}
}

func FuzzReadSent(f *testing.F) {
	f.Add([]byte("Message-ID: <a@b>\r\nReferences: <c@d> <e@f>\r\n\r\n"))
	f.Fuzz(func(t *testing.T, header []byte) {
		m := readSent(time.Time{}, header)
		for _, id := range append(m.replies, m.id) {
			if strings.ContainsAny(id, ">\n") {
				t.Errorf("%q is no id", id)
			}
		}
	})
}
