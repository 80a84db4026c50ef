package imap

import (
	"context"
	"errors"
	"time"

	"github.com/emersion/go-imap/v2"

	"github.com/replyd/replyd/internal/mail"
)

// Watch takes new mail in until ctx ends, and then returns nil. It waits by IDLE (RFC 2177) where the server
// can, and besides looks every Config.Poll, since IDLE stays silent on a dead link. It connects anew after
// failures, waiting longer each time. It gives up, with an ErrAccount, only when a person has to act. cursor
// is asked once for each folder; a zero UIDValidity means that the folder was never read.
func (c *Client) Watch(ctx context.Context, cursor func(folder string) (mail.Cursor, error), t Taker) error {
	defer c.Close()
	known := map[string]mail.Cursor{}
	for ctx.Err() == nil {
		err := c.round(ctx, known, cursor, t)
		if err == nil {
			err = c.rest(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrAccount):
			return err
		case err != nil:
			wait := retryShort
			var temporary interface{ RetryAfter() (time.Duration, bool) }
			if errors.As(err, &temporary) {
				if d, ok := temporary.RetryAfter(); ok {
					wait = d
				}
			}
			c.log.Warn("imap: pass broke off", "error", err, "wait", wait.Round(time.Millisecond))
			sleep(ctx, wait)
		}
	}
	return nil
}

// round makes one pass over each folder, the first one last: it stays open for IDLE. A folder that the server
// refuses does not keep the others from being read.
func (c *Client) round(
	ctx context.Context, known map[string]mail.Cursor, cursor func(string) (mail.Cursor, error), t Taker,
) error {
	var refused error
	for i := len(c.cfg.Folders) - 1; i >= 0; i-- {
		folder := c.cfg.Folders[i]
		cur, ok := known[folder]
		if !ok {
			var err error
			if cur, err = cursor(folder); err != nil {
				return err
			}
			cur.Folder = folder
		}
		cur, err := c.FetchNew(ctx, cur, t)
		if cur.UIDValidity != 0 {
			known[folder] = cur
		}
		var status *imap.Error
		if errors.As(err, &status) {
			refused = err
		} else if err != nil {
			return err
		}
	}
	return refused
}

// rest waits until there may be new mail, the next poll is due, or somebody else wants the connection.
func (c *Client) rest(ctx context.Context) error {
	limit := min(c.cfg.Poll, idleLimit)
	canIdle := false
	err := c.with(ctx, "idle", func(s *session) error {
		canIdle = s.can.Has(imap.CapIdle) && s.selected == c.cfg.Folders[0]
		if !canIdle {
			return nil
		}
		return s.idle(ctx, limit, c.interrupted)
	})
	if err == nil && !canIdle {
		sleep(ctx, limit)
	}
	if answered(err) { // IDLE is advertised but refused: poll
		sleep(ctx, limit)
		return nil
	}
	return err
}

// interrupted gives a channel that fires when another caller waits for the connection. Callers look at
// waiting afterwards, since a signal may be left over.
func (c *Client) interrupted() (<-chan struct{}, bool) { return c.want, c.waiting.Load() > 0 }

// idle waits for the server to speak of new mail, for at most limit.
func (s *session) idle(
	ctx context.Context, limit time.Duration, wanted func() (<-chan struct{}, bool),
) error {
	release := s.guard(ctx, s.timeout, commandBudget)
	cmd, err := s.c.Idle()
	if err := release(err); err != nil {
		return err
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for waiting := true; waiting; {
		want, now := wanted()
		if now {
			break
		}
		select {
		case <-s.wake:
			waiting = false
		case <-timer.C:
			waiting = false
		case <-want: // look again whether somebody is waiting
		case <-s.c.Closed():
			waiting = false
		case <-ctx.Done():
			waiting = false
		}
	}
	release = s.guard(ctx, s.timeout, commandBudget)
	err = cmd.Close()
	if err == nil {
		err = cmd.Wait()
	}
	return release(err)
}

// sleep waits for d or the end of ctx.
func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
