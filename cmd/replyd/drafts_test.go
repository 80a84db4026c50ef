package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/ticket"
)

// answered counts the turns that ended by a person's answer.
func answered(t *testing.T, c *config.Config) (n int) {
	t.Helper()
	var b bytes.Buffer
	if err := app.ExportFrom(t.Context(), c, &b, app.Tickets, app.JSONLines); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(&b); ; {
		var row struct{ State ticket.State }
		if d.Decode(&row) != nil {
			return n
		}
		if row.State == ticket.Answered {
			n++
		}
	}
}

// TestPowerCutsWhileSheAnswersFromHerMailProgram: the daemon is killed again and again, at any moment, while a person
// sends what lies in Drafts, with replyd up and down. In the end every mail has its one answer, hers.
func TestPowerCutsWhileSheAnswersFromHerMailProgram(t *testing.T) {
	t.Parallel()
	const mails, cuts = 6, 5
	d, w, c, path := dovecotWorld(t, mails, time.Second)
	c.Mode, c.IMAP[0].DraftsFolder = config.Approval, "Entwürfe"
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	for n := range mails {
		d.Put(t, c.IMAP[0].User, "INBOX", crlf(question(n)), time.Now())
	}
	her := d.Dial(t, c.IMAP[0].User)
	rng := rand.New(rand.NewPCG(2026, 11))
	for range cuts {
		p := start(t, "run", "--config", path)
		signs, looks := rng.IntN(6), 0
		p.until(t, "working", func() bool {
			looks++ // there may be less to do than that
			log := p.log.String()
			return looks > 20 || strings.Count(log, "msg=step")+strings.Count(log, "imap: connected") > signs
		})
		p.kill()
		sendOne(t, her)
	}
	last := start(t, "run", "--config", path)
	last.until(t, "an answer to all", func() bool {
		sendOne(t, her)
		return settled(t, c, mails) && answered(t, c) == mails
	})
	last.until(t, "emptying Drafts", func() bool { return len(drafts(t, her, "Entwürfe")) == 0 })
	if code := last.stop(t); code != 0 {
		t.Errorf("exit code %d:\n%s", code, last.log.String())
	}
	got := map[string]int{}
	for _, raw := range drafts(t, her, "Post") {
		got[regexp.MustCompile(`c\d+@inbox\.example`).FindString(raw)]++
	}
	for n := range mails {
		if got[customer(n)] != 1 {
			t.Errorf("%s got %d answers", customer(n), got[customer(n)])
		}
	}
	if len(w.Outbox()) > 0 {
		t.Errorf("%d replies went out by SendGrid", len(w.Outbox()))
	}
}

// drafts gives the messages of a folder.
func drafts(t *testing.T, c *imapclient.Client, folder string) map[imap.UID]string {
	t.Helper()
	if _, err := c.Select(folder, nil).Wait(); err != nil {
		t.Fatal(err)
	}
	all := &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{{Peek: true}}}
	got, err := c.Fetch(imap.UIDSet{{Start: 1}}, all).Collect()
	if err != nil {
		t.Fatal(err)
	}
	out := map[imap.UID]string{}
	for _, m := range got {
		out[m.UID] = string(m.BodySection[0].Bytes)
	}
	return out
}

// sendOne sends one of the drafts, if there is one, as a mail program does: into Sent under an id of its own, and out
// of Drafts.
func sendOne(t *testing.T, c *imapclient.Client) {
	t.Helper()
	for uid, raw := range drafts(t, c, "Entwürfe") {
		raw = regexp.MustCompile(`(?m)^(Message-Id|X-[\w-]+): .*\r\n( .*\r\n)*`).ReplaceAllString(raw, "")
		cmd := c.Append("Post", int64(len(raw)), nil)
		_, _ = cmd.Write([]byte(raw))
		_ = cmd.Close()
		if _, err := cmd.Wait(); err != nil {
			t.Fatal(err)
		}
		add := &imap.StoreFlags{Op: imap.StoreFlagsAdd, Flags: []imap.Flag{imap.FlagDeleted}}
		if err := c.Store(imap.UIDSetNum(uid), add, nil).Close(); err != nil {
			t.Fatal(err)
		}
		if err := c.Expunge().Close(); err != nil {
			t.Fatal(err)
		}
		return
	}
}
