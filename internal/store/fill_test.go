package store

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// Long is the customer whose one ticket has LongTurns turns.
const (
	Long      = "long@example.com"
	LongTurns = 40
)

// Fill makes a store in dir with n turns of the last ninety days, as a shop has them: most are answered, three in
// a hundred wait for a person; words are as common and as rare as those of a language; every fourth mail goes on
// in an older ticket. It returns the names of orders that mails are about, oldest first.
func Fill(t testing.TB, dir string, n int) (orders []string) {
	t.Helper()
	s, err := Open(dir, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	f := newFiller(n)
	for i := range n {
		orders = append(orders, fmt.Sprint("#", firstOrder+i))
	}
	// bbolt splits a page when it is committed, not before: as many at once as there are already
	for from, upTo := 0, 0; from < n && err == nil; from = upTo {
		upTo = min(n, from+max(20, min(from, 5000)))
		err = s.db.Update(func(tx *bbolt.Tx) error {
			for i := from; i < upTo; i++ {
				if err := f.put(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := errors.Join(err, f.index(s), s.Close(), compact(dir)); err != nil {
		t.Fatal(err)
	}
	return orders
}

// index writes the search index in the order of its keys, which is many times faster than turn by turn.
func (f *filler) index(s *Store) error {
	slices.SortFunc(f.keys, bytes.Compare)
	for part := range slices.Chunk(f.keys, 20_000) {
		err := s.db.Update(func(tx *bbolt.Tx) error {
			b := tx.Bucket(bWords)
			for _, k := range part {
				if err := b.Put(k, present); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// compact drops the free pages that writing much at once leaves behind. A store that grew mail by mail has few, and
// bbolt writes the list of them with every commit.
func compact(dir string) error {
	path := filepath.Join(dir, "replyd.db")
	from, err := bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	to, err := bbolt.Open(path+".small", 0o600, &bbolt.Options{NoSync: true, FreelistType: bbolt.FreelistMapType})
	if err != nil {
		return err
	}
	return errors.Join(bbolt.Compact(to, from, 32<<20), to.Close(), from.Close(), os.Rename(path+".small", path))
}

const firstOrder = 100_000

// filler writes made-up mail.
type filler struct {
	*rand.Rand
	n       int
	began   time.Time
	latin   words
	persian words
	recent  []*ticket.Ticket // that a later mail may go on in
	long    *ticket.Ticket
	inLong  int
	keys    [][]byte // of the search index
}

func newFiller(n int) *filler {
	f := &filler{Rand: rand.New(rand.NewPCG(1, 2)), n: n, began: time.Now().Add(-90 * 24 * time.Hour)}
	f.latin = f.words("order the is my parcel where to and please refund late hello lamp return have not it with table "+
		"thank delivery received broken for invoice when still address you can was Rücksendung Lieferung colis pedido",
		"ba be bi bo ca ce co da de di do fa fe fi ga ge ha he ho in ka ke la le li lo ma me mi mo na ne ni no pa pe "+
			"pi po ra re ri ro sa se si so ta te ti to un ur va ve vi wa we", 30_000)
	f.persian = f.words("سفارش من کجاست لطفا چراغ میز تحویل سلام هنوز نرسیده است مرجوع پول بسته را از به در",
		"با بی تا تر چا خا دا دی را ری سا شا فا کا گا لا ما می نا نو وا هم یا یک", 8_000)
	return f
}

// words are a language's, the common ones first.
type words []string

func (f *filler) words(common, syllables string, n int) (out words) {
	out, parts := strings.Fields(common), strings.Fields(syllables)
	for len(out) < n {
		var b strings.Builder
		for range 2 + f.IntN(3) {
			b.WriteString(parts[f.IntN(len(parts))])
		}
		out = append(out, b.String())
	}
	return out
}

// text draws n words: the k-th is about as common as one over k (Zipf's law).
func (f *filler) text(from words, n int) string {
	var b strings.Builder
	for range n {
		k := int(math.Exp(f.Float64()*math.Log(float64(len(from))))) - 1
		b.WriteString(from[k] + " ")
	}
	return b.String()
}

// put stores the i-th turn with all that hangs on it, but its words.
func (f *filler) put(tx *bbolt.Tx, i int) error {
	at := f.began.Add(time.Duration(i) * (90 * 24 * time.Hour / time.Duration(f.n)))
	tick := f.ticket(i, at)
	turn := f.turn(i, at, tick)
	stays := !turn.Snoozed.IsZero() || turn.View() == ticket.Failed || f.IntN(100) < 3 || f.n-i <= f.n/1000
	if turn.State == ticket.Review && !stays {
		turn.Verdicts = append(turn.Verdicts, ticket.Verdict{Decision: ticket.ByHand, By: "sara", Draft: 0, At: at})
		turn.Move(at.Add(time.Hour), "sara", ticket.Answered, "answered by hand")
	} else if i%997 == 0 {
		tick.Tags = []string{"vip"}
	} else if i%10 == 0 {
		tick.Assignee = "sara"
	}
	turn.Version = 1
	f.keys = append(f.keys, wordKeys(nil, turn)...)
	id, m := string(turn.ID), turn.Mails[0]
	err := errors.Join(put(tx.Bucket(bTurns), []byte(id), turn), putTicket(tx, tick), putRow(tx, turn, tick, &promise),
		tx.Bucket(bTicket).Put(key(string(tick.ID), id), nil), tx.Bucket(bState).Put(key(string(turn.State), id), nil),
		tx.Bucket(bMessages).Put([]byte(m.MessageID), []byte(tick.ID)), tx.Bucket(bRaw).Put([]byte(m.Key), []byte("raw")),
		tx.Bucket(bSeen).Put([]byte(m.Key), []byte(id)))
	if err == nil && !turn.Due.IsZero() {
		err = tx.Bucket(bDue).Put(key(stamp(turn.Due), id), nil)
	}
	return err
}

func (f *filler) ticket(i int, at time.Time) *ticket.Ticket {
	if f.inLong < LongTurns && i > f.n/2 && i%3 == 0 {
		if f.inLong++; f.long == nil {
			f.long = f.fresh(Long, i, at)
		}
		f.long.LastAt = at
		return f.long
	}
	if len(f.recent) > 0 && i%4 == 0 {
		k := f.recent[f.IntN(len(f.recent))]
		k.LastAt = at
		return k
	}
	k := f.fresh(fmt.Sprintf("customer%d@example.com", f.IntN(f.n/3+1)), i, at)
	if f.recent = append(f.recent, k); len(f.recent) > 3000 {
		f.recent = f.recent[1:]
	}
	return k
}

func (f *filler) fresh(address string, i int, at time.Time) *ticket.Ticket {
	return &ticket.Ticket{ID: ticket.NewID(at), Subject: fmt.Sprint("Order ", firstOrder+i), Customer: address,
		Parties: []string{address}, Open: true, OpenedAt: at, LastAt: at}
}

func (f *filler) turn(i int, at time.Time, tick *ticket.Ticket) *ticket.Turn {
	name, from := fmt.Sprint("#", firstOrder+i), f.latin
	language := []string{"en", "en", "de", "fa", "fr"}[i%5]
	if language == "fa" {
		from = f.persian
	}
	reply := "Hello, this is about order " + name + ". " + f.text(from, 40+f.IntN(60))
	m := ticket.Incoming{Key: fmt.Sprint("key-", i), Account: "support", Folder: "INBOX", From: tick.Customer,
		MessageID: fmt.Sprintf("<m%d@example.com>", i), Name: f.text(f.latin[100:], 2), Subject: "Order " + name,
		Arrived: at, Text: reply + "\n\n> " + f.text(from, 20), Reply: reply}
	t := &ticket.Turn{ID: ticket.NewTurnID(at), Ticket: tick.ID, Cause: ticket.ByMail, Born: at,
		Mails:  []ticket.Incoming{m},
		Sender: ticket.Identity{Address: tick.Customer, Verdict: "pass", Method: "dmarc", Via: ticket.Direct},
		Gate:   ticket.Gate{Outcome: ticket.Go, Rule: "go"}}
	switch {
	case i%7 == 3:
		t.Gate = ticket.Gate{Outcome: ticket.Record, Rule: "auto", Reason: "An automatic answer."}
		t.Move(at, "intake", ticket.Recorded, "an automatic answer")
		return t
	case i%101 == 7:
		t.Move(at, "intake", ticket.Received, "came in")
		t.Due = time.Now().Add(1000 * time.Hour)
		return t
	case i%103 == 9:
		t.Gate = ticket.Gate{Outcome: ticket.Hold, Rule: "list", Reason: "The mail came through a mailing list."}
	}
	f.fill(t, name, language, from, i)
	t.Note(at, "intake", "came in")
	if i%211 == 0 {
		t.History[0].Error = true
	}
	t.Move(at, "policy", ticket.Review, "mode is approval")
	if i%97 == 5 {
		t.Snoozed = time.Now().Add(time.Duration(1+f.IntN(500)) * time.Hour)
	}
	return t
}

// fill adds what the steps find out and write.
func (f *filler) fill(t *ticket.Turn, name, language string, from words, i int) {
	intent := ticket.Intents[i/5%len(ticket.Intents)]
	t.Triage = &ticket.Triage{Engine: "openai", Model: "m-1", Language: language, Agreed: true,
		Summary:  "Asks about an order.",
		Requests: []ticket.Request{{Intent: intent, OrderRefs: []string{name}, Quote: "about order " + name, Confidence: .9}},
		Usage:    ticket.Usage{Calls: 1, Input: 2200, Cached: 1800, Output: 150, Micros: 400}}
	if i%53 == 0 {
		t.Triage.Flags = []ticket.Flag{ticket.Chargeback}
	}
	price := shop.Money{Minor: 3900, Currency: "EUR"}
	order := shop.Order{ID: fmt.Sprint("gid://shopify/Order/", i), Name: name, Email: t.Sender.Address, Created: t.Born,
		Financial: "PAID", Fulfillment: "FULFILLED", Total: price, City: "Berlin",
		Lines: []shop.Line{{Title: "Oak lamp", Quantity: 1, Total: price}, {Title: "Linen sheet", Quantity: 2, Total: price}},
		Shipments: []shop.Shipment{{ID: fmt.Sprint("f", i), Name: name + "-F1", Status: "SUCCESS", Display: "IN_TRANSIT",
			Created: t.Born, Tracking: []shop.Tracking{{Company: "DHL", Number: fmt.Sprint("JD0", i),
				URL: fmt.Sprint("https://dhl.example/JD0", i)}}}}}
	facts := []shop.Fact{{Kind: shop.KindOrder, Name: "order.name", Value: name, Source: "order " + name, Order: name}}
	t.Findings = &shop.Findings{Orders: []shop.Order{order}, Zone: "Europe/Berlin",
		Answers: []shop.Finding{{Result: shop.Found, Order: &order, Facts: facts}}}
	body := "Hello,\n\nyour order " + name + " is on its way.\n\n" + f.text(from, 40) + "\n\nLavender & Oak"
	t.Drafts = []ticket.Draft{{By: ticket.Replyd, At: t.Born, Language: language, Subject: "Re: Order " + name,
		Text: body, HTML: "<!doctype html><html><body><p>" + body + "</p></body></html>",
		Template: language + "/" + string(intent) + "@1", Facts: facts}}
}
