package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/replyd/replyd/internal/crm"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// maxPushes is how often a CRM is asked to take a contact's tags before the next answer or rating tries again.
const maxPushes = 12

// push brings contacts' tags at Shopify up to date after a rating, for as long as the daemon runs.
func (a *App) push(ctx context.Context) error { return a.work(ctx, "tags wait", a.pushDue) }

// work does, for as long as the daemon runs, what is due, and looks again when something changed or the next is
// due. due sees to it that a failure is tried again, later each time.
func (a *App) work(ctx context.Context, problem string, due func(context.Context) (next time.Time, err error)) error {
	for ctx.Err() == nil {
		changed := a.store.Changed()
		next, err := due(ctx)
		if err != nil && ctx.Err() == nil {
			a.log.Warn(problem, "error", err)
		}
		wait := time.Minute
		if !next.IsZero() {
			wait = min(max(time.Until(next), 0), wait)
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
	return nil
}

// pushDue does what is due and tells when the next is.
func (a *App) pushDue(ctx context.Context) (next time.Time, err error) {
	due, next, err := a.store.DuePushes(time.Now())
	for _, p := range due {
		if perr := a.pushOne(ctx, p.Address); perr == nil || p.Attempts >= maxPushes {
			err = errors.Join(err, a.store.Pushed(ctx, p))
			continue
		} else {
			p.Waiting = perr.Error()
		}
		p.Attempts++
		p.Due = a.later(p.Attempts)
		err = errors.Join(err, a.store.Push(ctx, p))
	}
	return next, err
}

// later is when work that failed so often is tried again.
func (a *App) later(attempts int) time.Time {
	return time.Now().Add(min(a.retry.First<<min(attempts, 20), a.retry.Most))
}

// pushOne takes a contact's last ratings into its record and makes the tags at Shopify those of the record.
func (a *App) pushOne(ctx context.Context, address string) error {
	votes, err := a.lastVotes(address)
	if err != nil {
		return err
	}
	err = a.store.ChangeContact(ctx, address, func(c *ticket.Contact) {
		for _, r := range votes {
			crm.Rate(c, r)
		}
	})
	if err != nil {
		return err
	}
	_, err = a.syncTags(ctx, address)
	return err
}

// lastVotes gives the vote that counts for each answer to an address.
func (a *App) lastVotes(address string) (out []ticket.Rating, err error) {
	c, err := a.store.Contact(address)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	for _, i := range c.Interactions {
		votes, err := a.store.Ratings(i.Turn)
		if err != nil {
			return nil, err
		}
		if len(votes) > 0 {
			out = append(out, votes[len(votes)-1])
		}
	}
	slices.SortStableFunc(out, func(x, y ticket.Rating) int { return x.At.Compare(y.At) })
	return out, nil
}

// syncTags adds to the customer in Shopify the tags of the contact's record that are missing there and removes
// those that these replace. It touches no tag but replyd's, and changes nothing the second time.
func (a *App) syncTags(ctx context.Context, address string) ([]string, error) {
	c, err := a.store.Contact(address)
	if errors.Is(err, store.ErrNotFound) || err == nil && c.ShopifyID == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	customer, err := a.shop.Customer(ctx, address)
	if err != nil || customer == nil {
		return nil, err
	}
	if stale := crm.Stale(customer.Tags, c.Tags); len(stale) > 0 {
		if err := a.shop.RemoveTags(ctx, customer.ID, stale); err != nil {
			return nil, err
		}
	}
	missing := slices.DeleteFunc(slices.Clone(c.Tags), func(tag string) bool { return slices.Contains(customer.Tags, tag) })
	if len(missing) > 0 {
		err = a.shop.AddTags(ctx, customer.ID, missing)
	}
	return c.Tags, err
}
