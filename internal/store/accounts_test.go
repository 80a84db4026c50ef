package store

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

func boot(t *testing.T, s *Store, users ...staff.Account) {
	t.Helper()
	if err := s.Bootstrap(t.Context(), users, now); err != nil {
		t.Fatal(err)
	}
}

func account(t *testing.T, s *Store, name string) *staff.Account {
	t.Helper()
	a, err := s.Account(name)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestTheFileBootstrapsAndTheDeskKeepsItsChanges(t *testing.T) {
	s := open(t, Options{})
	sara, kim := staff.Account{Name: "sara", Role: staff.Owner, Hash: "h1"}, staff.Account{Name: "kim", Role: staff.Agent, Hash: "h2"}
	boot(t, s, sara, kim)
	_, err := s.ChangeAccount(t.Context(), "kim", audit.Entry{}, func(a *staff.Account) error {
		a.Hash, a.Role, a.TOTP = "own", staff.Viewer, []byte("secret")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	boot(t, s, sara, kim)
	if a := account(t, s, "kim"); a.Hash != "own" || a.Role != staff.Viewer || a.TOTP == nil {
		t.Errorf("a restart undoes the desk's changes: %+v", a)
	}
	kim.Role = staff.Owner
	boot(t, s, sara, kim)
	if a := account(t, s, "kim"); a.Hash != "own" || a.Role != staff.Owner {
		t.Errorf("a new role in the file: %+v", a)
	}
	kim.Hash = "h3"
	boot(t, s, sara, kim)
	if a := account(t, s, "kim"); a.Hash != "h3" || a.TOTP != nil {
		t.Errorf("a new hash in the file mends the account: %+v", a)
	}
	boot(t, s, sara)
	if a := account(t, s, "kim"); !a.Disabled {
		t.Error("who was removed from the file can log in")
	}
}

func TestTheLastOwnerStays(t *testing.T) {
	s := open(t, Options{})
	boot(t, s, staff.Account{Name: "sara", Role: staff.Owner, Hash: "h"}, staff.Account{Name: "kim", Role: staff.Agent, Hash: "h"})
	invited := staff.Account{Name: "new", Role: staff.Owner, Invite: "x"} // cannot log in yet
	if err := s.AddAccount(t.Context(), invited, audit.Entry{}); err != nil {
		t.Fatal(err)
	}
	for name, f := range map[string]func(*staff.Account) error{
		"demoted":  func(a *staff.Account) error { a.Role = staff.Agent; return nil },
		"disabled": func(a *staff.Account) error { a.Disabled = true; return nil },
	} {
		if _, err := s.ChangeAccount(t.Context(), "sara", audit.Entry{What: audit.RoleSet}, f); !errors.Is(err, staff.ErrLastOwner) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if c, err := s.VerifyAudit(); err != nil || c.Count != 0 {
		t.Errorf("what was refused is in the log: %d, %v", c.Count, err)
	}
	if err := s.AddAccount(t.Context(), invited, audit.Entry{}); !errors.Is(err, staff.ErrTaken) {
		t.Errorf("a second account of that name: %v", err)
	}
}

// TestTriesOutliveARestart: the burst, the refusal with how long to wait, the refill, and a store opened anew.
func TestTriesOutliveARestart(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	pair := staff.Tries{Key: "192.0.2.1 sara", Every: 30 * time.Second, Burst: 5}
	for i := range 5 {
		if wait, err := s.Try(t.Context(), now, pair); wait != 0 || err != nil {
			t.Fatalf("try %d: wait %v, %v", i, wait, err)
		}
	}
	s.Close()
	if s, err = Open(dir, Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if wait, _ := s.Try(t.Context(), now, pair); wait != 30*time.Second {
		t.Errorf("after the restart: wait %v", wait)
	}
	if wait, _ := s.Try(t.Context(), now.Add(30*time.Second), pair); wait != 0 {
		t.Errorf("after half a minute: wait %v", wait)
	}
	if wait, _ := s.Try(t.Context(), now.Add(30*time.Second), pair); wait == 0 {
		t.Error("half a minute gives more than one try")
	}
	if err := s.Forgive(t.Context(), pair.Key); err != nil {
		t.Fatal(err)
	}
	if wait, _ := s.Try(t.Context(), now, pair); wait != 0 {
		t.Errorf("forgiven: wait %v", wait)
	}
	if err := s.Sweep(t.Context(), now.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	_ = s.db.View(func(tx *bbolt.Tx) error {
		if n := tx.Bucket(bTries).Stats().KeyN; n != 0 {
			t.Errorf("%d counts outlive their use", n)
		}
		return nil
	})
}

func TestATokenIsFoundByItsKeyAlone(t *testing.T) {
	s := open(t, Options{})
	boot(t, s, staff.Account{Name: "sara", Role: staff.Owner, Hash: "h"}, staff.Account{Name: "kim", Role: staff.Agent, Hash: "h"})
	tok, key := staff.NewToken("ci", "sara", staff.Viewer, now)
	if err := s.AddToken(t.Context(), tok, audit.Entry{Who: "sara", What: audit.TokenMade}); err != nil {
		t.Fatal(err)
	}
	got, a, err := s.TokenOf(key)
	if err != nil || got.ID != tok.ID || a.Name != "sara" {
		t.Fatalf("%+v %+v %v", got, a, err)
	}
	for _, bad := range []string{"", tok.Hash, tok.ID, key + "x"} {
		if _, _, err := s.TokenOf(bad); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q: %v", bad, err)
		}
	}
	if err := s.RevokeToken(t.Context(), tok.ID, "kim", audit.Entry{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("kim revokes sara's: %v", err)
	}
	if err := s.RevokeToken(t.Context(), tok.ID, "sara", audit.Entry{}); err != nil {
		t.Error(err)
	}
	if _, _, err := s.TokenOf(key); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoked: %v", err)
	}
}

// TestADecisionAndItsEntryAreOne walks a turn through drafts, verdicts and notes, and looks at what the log says.
func TestADecisionAndItsEntryAreOne(t *testing.T) {
	s := open(t, Options{})
	boot(t, s, staff.Account{Name: "sara", Role: staff.Owner, Hash: "h"})
	turn := take(t, s, intake(1, "x"))
	change := func(f func(*ticket.Turn)) error {
		_, err := s.Change(t.Context(), turn.ID, 0, func(x *ticket.Turn) error { f(x); return nil })
		return err
	}
	steps := []func(*ticket.Turn){
		func(x *ticket.Turn) { x.Move(now, "triage", ticket.Review, "a person decides") },
		func(x *ticket.Turn) { x.Note(now, "sara", "secret words"); x.Note(now, "triage", "step") },
		func(x *ticket.Turn) {
			x.Drafts = append(x.Drafts, ticket.Draft{By: "sara", At: now, Text: "secret words"})
			x.Verdicts = append(x.Verdicts, ticket.Verdict{Decision: ticket.Send, By: "sara", At: now})
			x.Move(now, "sara", ticket.Approved, "approved")
		},
	}
	for _, f := range steps {
		if err := change(f); err != nil {
			t.Fatal(err)
		}
	}
	illegal := func(x *ticket.Turn) {
		x.Verdicts = append(x.Verdicts, ticket.Verdict{Decision: ticket.Reject, By: "sara", At: now})
		x.Move(now, "sara", ticket.Done, "")
	}
	if change(illegal) == nil {
		t.Fatal("an illegal change was stored")
	}
	all, next, err := s.AuditPage(audit.Filter{Customer: "C1@example.com"}, 0, 10)
	if err != nil || next != 0 {
		t.Fatal(next, err)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.Who+" "+string(e.What))
		if e.Turn != string(turn.ID) || e.Ticket != string(turn.Ticket) {
			t.Errorf("%+v", e)
		}
	}
	want := []string{"sara turn.approved", "sara turn.edited", "sara turn.noted"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if c, err := s.VerifyAudit(); err != nil || c.Count != 3 {
		t.Errorf("%d, %v", c.Count, err)
	}
}

// TestAFailingChangeOfATicketLeavesNoEntry, and one that is stored leaves one.
func TestAFailingChangeOfATicketLeavesNoEntry(t *testing.T) {
	s := open(t, Options{})
	turn := take(t, s, intake(1, "x"))
	e := audit.Entry{At: now, Who: "sara", What: audit.TicketTagged}
	refused := errors.New("refused")
	for _, want := range []error{refused, nil} {
		err := s.ChangeTicket(t.Context(), turn.Ticket, e, func(k *ticket.Ticket) error {
			k.Tags = append(k.Tags, "x")
			return want
		})
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
	}
	if err := s.ChangeTicket(t.Context(), "t-none", e, func(*ticket.Ticket) error { return nil }); err == nil {
		t.Error("a ticket that is not there was changed")
	}
	if c, err := s.VerifyAudit(); err != nil || c.Count != 1 {
		t.Errorf("%d entries, %v", c.Count, err)
	}
	if k, _ := s.Ticket(turn.Ticket); len(k.Tags) != 1 {
		t.Errorf("tags %q", k.Tags)
	}
}

func TestAnAlteredEntryIsFound(t *testing.T) {
	s := open(t, Options{})
	for i := range 600 { // more than a page of each
		if err := s.Record(t.Context(), audit.Entry{At: now, Who: fmt.Sprint("w", i%2), What: audit.TurnRead}); err != nil {
			t.Fatal(err)
		}
	}
	if c, err := s.VerifyAudit(); err != nil || c.Count != 600 {
		t.Fatalf("%d, %v", c.Count, err)
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		e, err := get[audit.Entry](tx.Bucket(bAudit), string(seqKey(300)))
		if err != nil {
			return err
		}
		e.Who = "nobody"
		return put(tx.Bucket(bAudit), seqKey(300), e)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.VerifyAudit(); err == nil || err.Error() != "audit: entry 300 was altered" {
		t.Errorf("error %v", err)
	}
}

func TestPagesOfTheLogJoin(t *testing.T) {
	s := open(t, Options{})
	for i := range 25 {
		if err := s.Record(t.Context(), audit.Entry{At: now, Who: fmt.Sprint("w", i%2), What: audit.TurnRead}); err != nil {
			t.Fatal(err)
		}
	}
	var seqs []uint64
	for before := uint64(0); ; {
		page, next, err := s.AuditPage(audit.Filter{Who: "w0"}, before, 4)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page {
			seqs = append(seqs, e.Seq)
		}
		if before = next; next == 0 {
			break
		}
	}
	if len(seqs) != 13 || seqs[0] != 25 || seqs[12] != 1 {
		t.Errorf("%v", seqs)
	}
	if all, _, _ := s.AuditPage(audit.Filter{}, 1000, 50); len(all) != 25 {
		t.Errorf("from beyond the end: %d", len(all))
	}
}
