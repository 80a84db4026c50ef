package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/webhook"
)

// maxNotices is how often one notice is tried.
const maxNotices = 12

// notified names who is told of turns in review.
func notified(c *config.Config) (names []string) {
	for _, n := range c.Notify {
		names = append(names, n.Name)
	}
	return names
}

func newHooks(c *config.Config) (map[string]*webhook.Client, error) {
	out := map[string]*webhook.Client{}
	for _, n := range c.Notify {
		w := webhook.Config{URL: n.URL.Reveal()}
		var err error
		if n.Format != config.NotifySlack {
			if w.Key, err = n.Key(); err != nil {
				return nil, err
			}
		}
		if out[n.Name], err = webhook.New(w); err != nil {
			return nil, fmt.Errorf("notify %s: %w", n.Name, err)
		}
	}
	return out, nil
}

// notifyDue gives the notices that are due and tells when the next is.
func (a *App) notifyDue(ctx context.Context) (next time.Time, err error) {
	due, next, err := a.store.DueNotices(time.Now())
	for _, n := range due {
		problem := a.notify(ctx, n)
		if ctx.Err() != nil {
			return next, err
		}
		n.Attempts++
		if problem == nil || n.Attempts >= maxNotices || errors.Is(problem, webhook.ErrGone) {
			if problem != nil {
				a.log.Warn("a notice was given up", "to", n.To, "turn", n.Turn, "error", problem)
			}
			err = errors.Join(err, a.store.DropNotice(ctx, n))
			continue
		}
		n.Due, n.Waiting = a.later(n.Attempts), problem.Error()
		if next.IsZero() || n.Due.Before(next) {
			next = n.Due
		}
		err = errors.Join(err, a.store.PutOffNotice(ctx, n))
	}
	return next, err
}

// notify tells that a turn is in review. Whom the configuration no longer names is told nothing, and a turn that
// has left review meanwhile is no news.
func (a *App) notify(ctx context.Context, n ticket.Notice) error {
	hook := a.hooks[n.To]
	t, err := a.store.Turn(n.Turn)
	if hook == nil || errors.Is(err, store.ErrNotFound) || err == nil && t.State != ticket.Review {
		return nil
	}
	if err != nil {
		return err
	}
	now := time.Now()
	news := a.newsOf(t)
	var body []byte
	if hook.Signed() {
		body, err = json.Marshal(map[string]any{"type": "turn.review", "timestamp": now.UTC(), "data": news})
	} else {
		body, err = json.Marshal(map[string]string{"text": news.sentence()})
	}
	if err != nil {
		return err
	}
	return hook.Post(ctx, n.ID, now, body)
}

// news is what is told about a turn: nothing of what the customer wrote, and not who the customer is.
type news struct {
	Turn     string   `json:"turn"`
	Account  string   `json:"account"` // the mailbox that the mail came to, by its name in the configuration
	Intents  []string `json:"intents"`
	Flags    []string `json:"flags"`
	Language string   `json:"language"`
	Urgent   bool     `json:"urgent"`
	Reason   string   `json:"reason"`
	Drafts   string   `json:"drafts,omitempty"` // the Drafts folder that the draft goes into, to be sent from there
	Link     string   `json:"link,omitempty"`   // none without a public address
}

// address is what looks like an e-mail address.
var address = regexp.MustCompile(`\S+@\S+`)

func (a *App) newsOf(t *ticket.Turn) news {
	out := news{Turn: string(t.ID), Intents: []string{}, Flags: []string{}, Urgent: t.Urgent()}
	if a.publicURL != "" {
		out.Link = strings.TrimRight(a.publicURL, "/") + "/turns/" + url.PathEscape(string(t.ID))
	}
	if m := t.Mail(); m != nil {
		out.Account = m.Account
		if box := a.mailbox(m.Account); box != nil && box.drafts {
			if ok, _ := t.Offer(); ok {
				out.Drafts = box.draftsFolder
			}
		}
	}
	if tr := t.Triage; tr != nil {
		out.Language = tr.Language
		for _, r := range tr.Requests {
			out.Intents = append(out.Intents, string(r.Intent))
		}
		for _, f := range tr.Flags {
			out.Flags = append(out.Flags, string(f))
		}
	}
	if why := t.Why(); len(why) > 0 {
		// What stands behind a colon is about this mail: a token of the draft, a domain, a flag.
		out.Reason, _, _ = strings.Cut(why[0], ": ")
		out.Reason = address.ReplaceAllString(out.Reason, "…")
	}
	return out
}

// escape is what Slack wants of text (docs.slack.dev, "Formatting message text", 2026-11).
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// sentence is what a chat gets: what it is about and where, why a person is asked, and where the draft lies.
func (n news) sentence() string {
	what := "A mail that nobody has read yet"
	if len(n.Intents) > 0 {
		what = strings.ReplaceAll(strings.Join(n.Intents, ", "), "_", " ")
		what = strings.ToUpper(what[:1]) + what[1:]
	}
	if n.Language != "" {
		what += " (" + n.Language + ")"
	}
	if n.Account != "" {
		what += " in " + n.Account
	}
	if n.Urgent {
		what = "Urgent: " + what
	}
	lines := []string{what + " waits for a person."}
	if len(n.Flags) > 0 {
		lines = append(lines, "Flagged: "+strings.ReplaceAll(strings.Join(n.Flags, ", "), "_", " ")+".")
	}
	if n.Reason != "" {
		lines = append(lines, "Why: "+strings.TrimSuffix(n.Reason, ".")+".")
	}
	if n.Drafts != "" {
		lines = append(lines, "A draft goes into "+n.Drafts+": send it from there, or decide at the desk.")
	}
	text := escape.Replace(strings.Join(lines, "\n"))
	if n.Link != "" {
		text += "\n" + n.Link
	}
	return text
}
