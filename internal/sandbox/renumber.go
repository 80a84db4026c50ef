package sandbox

import (
	"fmt"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Renumber gives a folder a new UIDVALIDITY and its messages new UIDs, as a server does after a restore from
// backup or a move to another machine (RFC 3501 section 2.3.1.1). Content and arrival times stay.
func (w *World) Renumber(folder string) error {
	type message struct {
		raw []byte
		at  time.Time
	}
	var list []message
	err := w.look(folder, func(c *imapclient.Client, n uint32) error {
		if n == 0 {
			return nil
		}
		all := imap.SeqSet{}
		all.AddRange(1, n)
		whole := []*imap.FetchItemBodySection{{Peek: true}}
		got, err := c.Fetch(all, &imap.FetchOptions{InternalDate: true, BodySection: whole}).Collect()
		for _, m := range got {
			for _, part := range m.BodySection {
				list = append(list, message{part.Bytes, m.InternalDate})
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := w.mail.user.Delete(folder); err != nil {
		return fmt.Errorf("sandbox: renumber: %w", err)
	}
	if err := w.mail.user.Create(folder, nil); err != nil {
		return fmt.Errorf("sandbox: renumber: %w", err)
	}
	for _, m := range list {
		if err := w.mail.appendAt(folder, m.raw, m.at); err != nil {
			return fmt.Errorf("sandbox: renumber: %w", err)
		}
	}
	return nil
}
