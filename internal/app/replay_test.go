package app

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/replay"
	"github.com/replyd/replyd/internal/sandbox"
)

// pastWorld is the demo's world with its services' moods switched off, and an Explainer on its configuration.
func pastWorld(t *testing.T) (*sandbox.World, *Explainer) {
	t.Helper()
	w, err := sandbox.Start(sandbox.Demo(), sandbox.Options{Bucket: sandbox.Bucket{Size: 1e12, Restore: 1e12}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	c := SandboxConfig(w, t.TempDir())
	e, err := NewExplainer(c, ExplainOptions{Now: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return w, e
}

func ask(t *testing.T, e *Explainer, o ReplayOptions) *replay.Report {
	t.Helper()
	o.Workers = 4
	r, err := e.Replay(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReplayOfTheInboxSendsNothingAndChangesNothing(t *testing.T) {
	t.Parallel()
	w, e := pastWorld(t)
	before, err := w.FolderFlags(sandbox.FolderInbox)
	if err != nil {
		t.Fatal(err)
	}
	total := 0
	r := ask(t, e, ReplayOptions{Inbox: true, Since: time.Now().AddDate(0, -2, 0), Progress: func(_, n int) { total = n }})
	after, err := w.FolderFlags(sandbox.FolderInbox)
	if diff := cmp.Diff(before, after); err != nil || diff != "" {
		t.Errorf("flags of the inbox changed: %v\n%s", err, diff)
	}
	if n := len(w.Outbox()); n != 0 || w.Calls()["sendgrid"] != 0 {
		t.Errorf("%d mails were sent, %d calls to SendGrid", n, w.Calls()["sendgrid"])
	}
	if r.Mails+r.Repeated != len(before) || total != len(before) {
		t.Errorf("%d mails and %d repeated of %d (told: %d)", r.Mails, r.Repeated, len(before), total)
	}
	once := 0
	for _, i := range r.Items {
		if i.Rule == "old-mail" {
			t.Errorf("%q is judged by its age", i.Subject)
		}
		if i.Problem != "" && i.Subject != "order 5000" { // the demo's shop breaks at that one
			t.Errorf("%q: %s", i.Subject, i.Problem)
		}
		if i.Usage.Calls == 1 {
			once++
		}
	}
	// what a mail costs: one call, most of which is the same for all
	if c := r.Cost; c.Estimated || c.Mails == 0 || once < c.Mails*9/10 || c.Money == 0 || c.PrefixShare < 0.5 {
		t.Errorf("%+v, %d of %d mails with one call", c, once, c.Mails)
	}
}

// mailOf makes a mail of the past.
func mailOf(id, subject, text string, more ...string) string {
	head := append([]string{
		"From: Ada <ada@example.com>", "To: support@lavender-oak.example", "Subject: " + subject,
		"Date: Mon, 17 Nov 2025 09:00:00 +0000", "Message-ID: <" + id + "@example.com>",
		"Authentication-Results: mx.lavender-oak.example; dmarc=pass header.from=example.com",
	}, more...)
	return strings.Join(head, "\r\n") + "\r\n\r\n" + text + "\r\n"
}

func put(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhatFailedIsTriedAgainInTheNextRun(t *testing.T) {
	w, e := pastWorld(t)
	dir := t.TempDir()
	put(t, dir, "1.eml", mailOf("1", "Hours", "When are you open on Saturdays?"))
	state := filepath.Join(t.TempDir(), "state")
	e.config.OpenAI.Timeout = time.Second
	broken := *e
	broken.config = SandboxConfig(w, "")
	broken.config.Shopify.Token = "refused"
	if err := broken.build(); err != nil {
		t.Fatal(err)
	}
	r := ask(t, &broken, ReplayOptions{Paths: []string{dir}, State: state})
	if r.Unfinished != 1 || !strings.Contains(r.Items[0].Problem, "look-up failed") {
		t.Fatalf("%d unfinished: %+v", r.Unfinished, r.Items[0])
	}
	r = ask(t, e, ReplayOptions{Paths: []string{dir}, State: state})
	if r.Unfinished != 0 || r.Mails != 1 || r.Items[0].Draft == nil {
		t.Errorf("%d unfinished of %d: %+v", r.Unfinished, r.Mails, r.Items[0])
	}
	calls := w.Calls()["openai"]
	r = ask(t, e, ReplayOptions{Paths: []string{dir}, State: state})
	if r.Mails != 1 || w.Calls()["openai"] != calls {
		t.Errorf("a finished mail was read again: %d mails, %d calls more", r.Mails, w.Calls()["openai"]-calls)
	}
}

func TestReplayStopsAtItsPrice(t *testing.T) {
	_, e := pastWorld(t)
	dir := t.TempDir()
	for _, n := range []string{"1", "2", "3", "4", "5", "6", "7", "8"} {
		put(t, dir, n+".eml", mailOf(n, "Order "+n, "Where is my order #100"+n+"?"))
	}
	r, err := e.Replay(t.Context(), ReplayOptions{Paths: []string{dir}, MaxCost: 1e-9, Workers: 1})
	if err != nil || !strings.Contains(r.Stopped, "--max-cost") || r.Mails == 0 || r.Mails > 3 {
		t.Errorf("%v, %+v", err, r)
	}
}

func TestADraftIsComparedWithTheReplyInItsLanguage(t *testing.T) {
	_, e := pastWorld(t)
	e.config.Engine = config.EngineLexicon
	if err := e.build(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	put(t, dir, "1.eml", mailOf("1", "Postage", "How much is shipping to France?"))
	put(t, dir, "2.eml", mailOf("2", "Delivery", "How long does delivery to Norway take?"))
	answer := func(id, text string) string {
		return "From: Mina <support@lavender-oak.example>\nTo: ada@example.com\nSubject: Re: x\n" +
			"Date: Mon, 17 Nov 2025 10:30:00 +0000\nIn-Reply-To: <" + id + "@example.com>\n\n" + text + "\n"
	}
	sent := t.TempDir()
	put(t, sent, "1.eml", answer("1", "Hello Ada, shipping to France costs 9.90 EUR. Today it is 7.77 EUR with our code."))
	put(t, sent, "2.eml", answer("2", "Guten Tag, die Lieferung nach Norwegen dauert sechs bis zwölf Tage und wir freuen uns."))
	r := ask(t, e, ReplayOptions{Paths: []string{dir}, Sent: sent})
	one, two := r.Items[0], r.Items[1]
	if one.Subject != "Postage" {
		one, two = two, one
	}
	switch {
	case one.Sent == nil || one.Draft == nil:
		t.Fatalf("no reply or no draft: %+v", one)
	case one.Sent.After != 90*time.Minute || one.Sent.How != replay.ByInReplyTo:
		t.Errorf("%+v", one.Sent)
	case one.Sent.Similarity <= 0:
		t.Errorf("similarity %v:\n%s\n%s", one.Sent.Similarity, one.Draft.Text, one.Sent.Text)
	}
	var only []string
	for _, token := range one.Sent.OnlySent {
		only = append(only, token.Text)
	}
	if !slices.Contains(only, "7.77 EUR") || slices.Contains(only, "9.90 EUR") {
		t.Errorf("only the person said %q; the draft:\n%s", only, one.Draft.Text)
	}
	if two.Sent == nil || two.Sent.Similarity != -1 {
		t.Errorf("a German reply to an English mail is compared: %+v", two.Sent)
	}
	if r.Compared.Replies != 2 || r.Compared.Drafts != 1 || r.Compared.DraftLess != 1 {
		t.Errorf("%+v", r.Compared)
	}
	var page bytes.Buffer
	if err := r.HTML(&page); err != nil || !strings.Contains(page.String(), "<bdi>7.77 EUR</bdi>") {
		t.Errorf("%v: the page does not tell what differs", err)
	}
}

func TestTheOwnersTextsAnswerQuestions(t *testing.T) {
	_, e := pastWorld(t)
	dir := t.TempDir()
	put(t, dir, "engraving.md", "---\nurl: https://lavender-oak.example/pages/engraving\n---\n# Engraving\n\n"+
		"We engrave wooden boards with up to 24 letters. Engraving takes 4 more working days.\n")
	e.config.Knowledge, e.config.Engine = dir, config.EngineLexicon
	e.o.MaxAge = 1e6 * time.Hour
	if err := e.build(); err != nil {
		t.Fatal(err)
	}
	for _, question := range []string{
		"What is your policy on engraving wooden boards, how many letters?",
		"Is the engraving of a wooden board available with more than 20 letters?",
	} {
		x := e.Explain(t.Context(), []byte(mailOf("1", "Engraving", question)))
		if x.Draft == nil || !strings.Contains(x.Draft.Text, "up to 24 letters") {
			t.Errorf("%s: asks for %+v, decided %q, draft %+v", question, x.Triage.Requests, x.Route.Reasons, x.Draft)
		}
		for _, reason := range x.Route.Reasons {
			if strings.Contains(reason, "no fact covers") {
				t.Errorf("the owner's own text is not covered: %s", reason)
			}
		}
	}
}
