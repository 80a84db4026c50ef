package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/ticket"
)

// Record adds an entry to the audit log. An entry about a turn gets the turn's ticket and customer; ErrNotFound if
// there is no such turn. An address in Customer is kept as its digest alone.
func (s *Store) Record(ctx context.Context, e audit.Entry) error {
	return s.update(ctx, func(tx *bbolt.Tx) error {
		e := e
		if e.Turn != "" {
			t, err := get[ticket.Turn](tx.Bucket(bTurns), e.Turn)
			if err != nil {
				return err
			}
			e.Ticket, e.Customer = string(t.Ticket), audit.Customer(s.secret, t.Sender.Address)
		}
		if strings.Contains(e.Customer, "@") {
			e.Customer = audit.Customer(s.secret, e.Customer)
		}
		return s.record(tx, e)
	})
}

// record seals an entry behind the last one, in the transaction of what it tells of. Without What it does
// nothing.
func (s *Store) record(tx *bbolt.Tx, e audit.Entry) error {
	if e.What == "" {
		return nil
	}
	b := tx.Bucket(bAudit)
	var last *audit.Entry
	if k, v := b.Cursor().Last(); k != nil {
		last = new(audit.Entry)
		if err := json.Unmarshal(v, last); err != nil {
			return fmt.Errorf("store: audit log: the last entry is damaged: %w", err)
		}
	}
	e = e.Seal(last)
	return put(b, seqKey(e.Seq), e)
}

func seqKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

// recordTicket seals an entry about a ticket, in the transaction of the change. Without What it does nothing.
func (s *Store) recordTicket(tx *bbolt.Tx, e audit.Entry, t *ticket.Ticket) error {
	e.Ticket, e.Customer = string(t.ID), audit.Customer(s.secret, t.Customer)
	return s.record(tx, e)
}

// recordTurn writes down what people, and policy, did to a turn, with the change itself: a decision cannot be
// stored without its entry.
func (s *Store) recordTurn(tx *bbolt.Tx, before, after *ticket.Turn) error {
	if before == nil {
		return nil
	}
	line := audit.Entry{Turn: string(after.ID), Ticket: string(after.Ticket),
		Customer: audit.Customer(s.secret, after.Sender.Address)}
	for _, d := range after.Drafts[len(before.Drafts):] {
		if d.By == ticket.Replyd {
			continue
		}
		e := line
		e.Who, e.At, e.What, e.Detail = d.By, d.At, audit.TurnEdited, fmt.Sprintf("%d uncovered", len(d.Open))
		if err := s.record(tx, e); err != nil {
			return err
		}
	}
	decided := map[ticket.Decision]audit.What{
		ticket.Send: audit.TurnApproved, ticket.Reject: audit.TurnRejected, ticket.ByHand: audit.TurnByHand,
	}
	for _, v := range after.Verdicts[len(before.Verdicts):] {
		e := line
		e.Who, e.At, e.What = v.By, v.At, decided[v.Decision]
		if err := s.record(tx, e); err != nil {
			return err
		}
	}
	for _, i := range after.Instructions[len(before.Instructions):] {
		e := line
		e.Who, e.At, e.What = i.By, i.At, audit.TurnAsked
		if err := s.record(tx, e); err != nil {
			return err
		}
	}
	for _, h := range after.History[len(before.History):] {
		if tx.Bucket(bAccounts).Get([]byte(h.By)) == nil && !audit.ByCommand(h.By) {
			continue // a step's own note
		}
		e := line
		e.Who, e.At, e.What = h.By, h.At, audit.TurnNoted
		switch {
		case h.To == ticket.Review && before.State == ticket.Approved:
			e.What = audit.TurnUndone
		case h.To != "":
			continue // a decision
		case !after.Snoozed.Equal(before.Snoozed):
			e.What = audit.TurnSnoozed
		}
		if err := s.record(tx, e); err != nil {
			return err
		}
	}
	return nil
}

// auditScan bounds how many entries one page reads.
const auditScan = 50_000

// AuditPage gives up to limit entries, newest first, that are older than entry before (0: the newest). next is
// where the following page begins, 0 if there is none.
func (s *Store) AuditPage(f audit.Filter, before uint64, limit int) (out []audit.Entry, next uint64, err error) {
	customer := audit.Customer(s.secret, f.Customer)
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(bAudit).Cursor()
		k, v := c.Last()
		if before > 0 {
			if at, _ := c.Seek(seqKey(before)); at != nil {
				k, v = c.Prev()
			} else {
				k, v = c.Last()
			}
		}
		for n := 0; k != nil; k, v = c.Prev() {
			if n++; n > auditScan || len(out) == limit {
				next = binary.BigEndian.Uint64(k) + 1
				return nil
			}
			var e audit.Entry
			if err := json.Unmarshal(v, &e); err != nil {
				return fmt.Errorf("store: audit log: %w", err)
			}
			switch {
			case f.Who != "" && e.Who != f.Who, f.What != "" && string(e.What) != f.What,
				f.Turn != "" && e.Turn != f.Turn, customer != "" && e.Customer != customer,
				e.At.Before(f.Since):
			default:
				out = append(out, e)
			}
		}
		return nil
	})
	return out, next, err
}

// EachEntry calls f for every entry of the audit log, oldest first.
func (s *Store) EachEntry(f func(*audit.Entry) error) error { return each(s, bAudit, f) }

// VerifyAudit reads the whole log and tells how many entries it has and the last one's hash. An error says
// which entry does not fit.
func (s *Store) VerifyAudit() (c audit.Chain, err error) {
	err = s.EachEntry(func(e *audit.Entry) error { return c.Add(*e) })
	return c, err
}
