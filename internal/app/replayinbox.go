package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/replay"
)

// answerSpan is how long after the last mail an answer to it is looked for.
const answerSpan = 14 * 24 * time.Hour

// inbox replays an account's past mail, read-only, beside its Sent folder.
func (r *replayer) inbox(ctx context.Context) error {
	acct, err := r.account()
	if err != nil {
		return err
	}
	r.trust = trust(r.config, acct)
	r.trust.Groups = append(r.trust.Groups, r.Explainer.o.Own...)
	if ids := r.Explainer.o.AuthservIDs; len(ids) > 0 {
		r.trust.AuthservIDs = ids
	}
	for _, id := range r.trust.AuthservIDs {
		if err := identity.CheckAuthservID(id); err != nil {
			return err
		}
	}
	box := newIMAP(acct, time.Time{}, slog.New(slog.DiscardHandler))
	defer box.Close()
	until := r.o.Until
	if !until.IsZero() {
		until = until.Add(answerSpan)
	}
	switch {
	case r.o.Sent != "":
		err = r.readSent(ctx)
	default:
		span := imap.Span{Sent: true, Since: r.o.Since, Until: until}
		err = past(ctx, box, span, nil, func(_ context.Context, f imap.Fetched) error {
			r.sent.Add(mail.Parse(f.Raw, mail.DefaultLimits), f.Arrived)
			return nil
		})
		if errors.Is(err, imap.ErrNoSent) { // drafts are still worth a look
			err = nil
		}
	}
	if err != nil {
		return err
	}
	return r.together(ctx, func(ctx context.Context, each func(replay.Message) error) error {
		span := imap.Span{Since: r.o.Since, Until: r.o.Until}
		return past(ctx, box, span, func(n int) { r.setTotal(n) }, func(_ context.Context, f imap.Fetched) error {
			return each(replay.Message{Source: fmt.Sprintf("%s uid %d", f.Folder, f.UID), Arrived: f.Arrived, Raw: f.Raw})
		})
	})
}

// account gives the account to look at.
func (r *replayer) account() (config.Account, error) {
	for _, a := range r.config.IMAP {
		if r.o.Account == "" || a.Name == r.o.Account {
			return a, nil
		}
	}
	return config.Account{}, fmt.Errorf("no mailbox is named %q in the configuration", r.o.Account)
}

// past reads a span, and goes on after a failure that passes.
func past(ctx context.Context, box *imap.Client, span imap.Span, found func(int), each taking) error {
	var cur mail.Cursor
	for try := 1; ; try++ {
		before := cur.UID
		var err error
		cur, err = box.Past(ctx, span, cur, found, each)
		if cur.UID > before { // it gets on
			try = 1
		}
		if err == nil || try > replayTries || !pause(ctx, err, try) {
			return err
		}
		found = nil
	}
}

// taking is an imap.Taker made of a function.
type taking func(context.Context, imap.Fetched) error

// Take implements imap.Taker.
func (t taking) Take(ctx context.Context, f imap.Fetched) error { return t(ctx, f) }
