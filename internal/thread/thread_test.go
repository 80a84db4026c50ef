package thread

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

var (
	secret = []byte("a secret of the test, long enough")
	now    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
)

// stored is a Finder of a map; asked counts.
type stored struct {
	by    map[string]*ticket.Ticket
	asked []string
	err   error
}

func (s *stored) TicketOf(id string) (*ticket.Ticket, error) {
	s.asked = append(s.asked, id)
	return s.by[id], s.err
}

func proven(address string) ticket.Identity {
	return ticket.Identity{Address: address, Verdict: "pass", Via: ticket.Direct}
}

// world is one ticket of Ava with our signed answer and her own mail in it.
func world() (t *ticket.Ticket, signed string, f *stored) {
	t = &ticket.Ticket{ID: "t1", Subject: "Where is my order #1001?", Customer: "ava@oak.example",
		Parties: []string{"ava@oak.example"}, Open: true, LastAt: now.Add(-time.Hour)}
	signed = mail.NewMessageID(secret, string(t.ID), "shop.example")
	return t, signed, &stored{by: map[string]*ticket.Ticket{signed: t, "<hers@oak.example>": t}}
}

func TestMatch(t *testing.T) {
	for name, c := range map[string]struct {
		change func(m *mail.Mail, who *ticket.Identity, t *ticket.Ticket)
		want   Decision // Why is not compared
		held   bool
	}{
		"an answer to us": {nil, Decision{Attach: "t1"}, false},
		"an answer by a stored id": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.InReplyTo = []string{"<hers@oak.example>"}
		}, Decision{Attach: "t1"}, false},
		"by References alone": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.References, m.InReplyTo = append(m.InReplyTo, "<x@y.example>"), nil
		}, Decision{Attach: "t1"}, false},
		"ids of others": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.InReplyTo = []string{"<no@oak.example>"}
		}, Decision{}, false},
		"a forged id": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.InReplyTo = []string{mail.NewMessageID([]byte("another secret"), "t1", "shop.example")}
		}, Decision{}, false},
		"an unproven sender": {func(_ *mail.Mail, who *ticket.Identity, _ *ticket.Ticket) {
			who.Verdict = "none"
		}, Decision{Linked: []ticket.ID{"t1"}}, true},
		"a stranger": {func(_ *mail.Mail, who *ticket.Identity, _ *ticket.Ticket) {
			who.Address = "eve@evil.example"
		}, Decision{Linked: []ticket.ID{"t1"}}, true},
		"a claim of a form": {func(_ *mail.Mail, who *ticket.Identity, _ *ticket.Ticket) {
			who.Via = ticket.Form
		}, Decision{Linked: []ticket.ID{"t1"}}, true},
		"a forward": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.Subject = "Fwd: Where is my order #1001?"
		}, Decision{Linked: []ticket.ID{"t1"}}, false},
		"closed last week": {func(_ *mail.Mail, _ *ticket.Identity, t *ticket.Ticket) {
			t.Open, t.LastAt = false, now.Add(-7*24*time.Hour)
		}, Decision{Attach: "t1"}, false},
		"closed long ago": {func(_ *mail.Mail, _ *ticket.Identity, t *ticket.Ticket) {
			t.Open, t.LastAt = false, now.Add(-31*24*time.Hour)
		}, Decision{Linked: []ticket.ID{"t1"}}, false},
		"open and long silent": {func(_ *mail.Mail, _ *ticket.Identity, t *ticket.Ticket) {
			t.LastAt = now.Add(-90 * 24 * time.Hour)
		}, Decision{Attach: "t1"}, false},
		"another order": {func(m *mail.Mail, _ *ticket.Identity, _ *ticket.Ticket) {
			m.Subject = "Re: order #1002"
		}, Decision{Linked: []ticket.ID{"t1"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			tick, signed, f := world()
			m := &mail.Mail{InReplyTo: []string{signed}, Subject: "Re: Where is my order #1001?"}
			who := proven("ava@oak.example")
			if c.change != nil {
				c.change(m, &who, tick)
			}
			got, err := Match(m, who, secret, f, now)
			if err != nil || got.Why == "" || (got.Hold != "") != c.held {
				t.Fatalf("got %+v, %v", got, err)
			}
			got.Why, got.Hold = "", ""
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASignedIDComesBeforeAStoredOne(t *testing.T) {
	_, signed, f := world()
	f.by["<other@oak.example>"] = &ticket.Ticket{ID: "t2", Parties: []string{"ava@oak.example"}, Open: true}
	m := &mail.Mail{InReplyTo: []string{"<other@oak.example>"}, References: []string{signed}}
	if d, err := Match(m, proven("ava@oak.example"), secret, f, now); d.Attach != "t1" || err != nil {
		t.Errorf("got %+v, %v", d, err)
	}
}

// TestAProvidersOwnIDFindsTheTicket: SendGrid's <X-Message-Id@machine>, where the machine is anybody's guess.
func TestAProvidersOwnIDFindsTheTicket(t *testing.T) {
	tick, _, f := world()
	f.by["Cm3yKbQsTyqPzzGqBXYm1A"] = tick
	m := &mail.Mail{InReplyTo: []string{"<Cm3yKbQsTyqPzzGqBXYm1A@geopod-ismtpd-7>"}}
	if d, err := Match(m, proven("ava@oak.example"), secret, f, now); d.Attach != "t1" || err != nil {
		t.Errorf("got %+v, %v", d, err)
	}
	if d, _ := Match(m, proven("eve@evil.example"), secret, f, now); d.Attach != "" || d.Hold == "" {
		t.Errorf("a stranger got %+v", d)
	}
}

func TestAnswerGoesToTheNewestReference(t *testing.T) {
	_, _, f := world()
	f.by["<newer@oak.example>"] = &ticket.Ticket{ID: "t2", Parties: []string{"ava@oak.example"}, Open: true}
	m := &mail.Mail{References: []string{"<hers@oak.example>", "<newer@oak.example>"}}
	if d, _ := Match(m, proven("ava@oak.example"), secret, f, now); d.Attach != "t2" {
		t.Errorf("got %+v", d)
	}
}

func TestHeadersOfThousandsOfIDsAskLittle(t *testing.T) {
	f := &stored{}
	m := &mail.Mail{MessageID: "<self@x.example>"}
	for i := range 5000 {
		m.InReplyTo = append(m.InReplyTo, fmt.Sprintf("<a%d@x.example>", i))
		m.References = append(m.References, fmt.Sprintf("<b%d@x.example>", i), "<self@x.example>")
	}
	if _, err := Match(m, proven("ava@oak.example"), secret, f, now); err != nil || len(f.asked) > 4*maxIDs {
		t.Errorf("asked %d times, %v", len(f.asked), err)
	}
	if slices.Contains(f.asked, "<self@x.example>") || !slices.Contains(f.asked, "<b4999@x.example>") {
		t.Errorf("asked for %v", f.asked)
	}
}

func TestAFailingFinderIsAnError(t *testing.T) {
	f := &stored{err: errors.New("disk")}
	m := &mail.Mail{InReplyTo: []string{"<a@x.example>"}}
	_, err := Match(m, proven("ava@oak.example"), secret, f, now)
	if err == nil || err.Error() != "thread: disk" {
		t.Errorf("got %v", err)
	}
	if _, err := Recorded(m, secret, f); err == nil {
		t.Error("no error")
	}
}

func TestRecordedNeedsNoProof(t *testing.T) {
	_, signed, f := world()
	for name, m := range map[string]*mail.Mail{
		"a bounce":        {ReportedIDs: []string{signed}, InReplyTo: []string{"<no@x.example>"}},
		"an absence note": {InReplyTo: []string{signed}},
		"a colleague":     {References: []string{"<hers@oak.example>"}},
	} {
		if id, err := Recorded(m, secret, f); id != "t1" || err != nil {
			t.Errorf("%s: got %q, %v", name, id, err)
		}
	}
	if id, err := Recorded(&mail.Mail{}, secret, f); id != "" || err != nil {
		t.Errorf("nothing: got %q, %v", id, err)
	}
}

func TestAnotherSubject(t *testing.T) {
	for _, c := range []struct {
		now, before string
		want        bool
	}{
		{"Re: Where is my parcel", "Where is my parcel", false},
		{"AW: Re: Wo ist mein Paket", "Wo ist mein Paket", false},
		{"", "Where is my parcel", false},
		{"Re:", "Where is my parcel", false},
		{"Where is my parcel", "", false},
		{"Where is my parcel?? URGENT", "where is my parcel", false},
		{"Re: something else entirely", "Where is my parcel", false},
		{"Do you sell candles", "Where is my parcel", true},
		{"Order 1002", "Order 1001", true},
		{"Re: Order LO1002", "Order #1001", true},
		{"Re: orders 1001 and 1002", "Order #1001", false},
		{"سفارش ۱۰۰۲", "سفارش ۱۰۰۱", true},
		{"سفارش ۱۰۰۱", "سفارش 1001", false},
		{"Order 1002", "Where is my order", false},
	} {
		if got := anotherSubject(c.now, c.before); got != c.want {
			t.Errorf("%q after %q: got %v", c.now, c.before, got)
		}
	}
}

// FuzzMatch claims: whatever ids and subjects a mail has, only a proven party is attached, and a ticket is
// never both continued and linked.
func FuzzMatch(f *testing.F) {
	f.Add("<hers@oak.example>", "<a@b.example> <hers@oak.example>", "Re: #1001", "ava@oak.example", true)
	f.Add("", "<hers@oak.example>", "WG: ۱۰۰۱", "eve@evil.example", true)
	f.Fuzz(func(t *testing.T, reply, refs, subject, address string, pass bool) {
		_, _, found := world()
		who := proven(address)
		if !pass {
			who.Verdict = "none"
		}
		m := &mail.Mail{InReplyTo: []string{reply}, References: strings.Fields(refs), Subject: subject}
		d, err := Match(m, who, secret, found, now)
		if err != nil || d.Why == "" {
			t.Fatal(d, err)
		}
		if d.Attach != "" && (!pass || address != "ava@oak.example" || len(d.Linked) > 0 || d.Hold != "") {
			t.Fatalf("%+v", d)
		}
	})
}
