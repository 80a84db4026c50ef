package store

import (
	"errors"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/ticket"
)

// putAnswered does what belongs to an answer that a person gave by hand, in the transaction that ends the turn,
// whichever page, command or program told of it, or mail in Sent: the interaction stands on the customer's record, the
// work of bringing their tags up to date waits, and the ticket is closed unless another turn of it is open.
func (s *Store) putAnswered(tx *bbolt.Tx, before, after *ticket.Turn) error {
	v := after.Verdict()
	if before == nil || before.State.Final() || !after.State.Final() || v == nil || v.Decision != ticket.ByHand {
		return nil
	}
	if s.remember != nil && after.Sender.Authenticated() {
		c, err := contact(tx, after.Recipient())
		if err != nil {
			return err
		}
		s.remember(c, after)
		work := Push{Address: c.Address, Due: v.At}
		err = errors.Join(put(tx.Bucket(bContacts), []byte(c.Address), c), put(tx.Bucket(bPushes), []byte(c.Address), work))
		if err != nil {
			return err
		}
	}
	k, err := get[ticket.Ticket](tx.Bucket(bTickets), string(after.Ticket))
	if err != nil {
		return err
	}
	k.Open = false
	for _, id := range listed(tx.Bucket(bTicket), string(after.Ticket), 0, false) {
		t, err := get[ticket.Turn](tx.Bucket(bTurns), id)
		if err != nil {
			return err
		}
		k.Open = k.Open || t.ID != after.ID && !t.State.Final()
	}
	return putTicket(tx, k)
}
