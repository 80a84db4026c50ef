package audit_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
)

func entries(n int) []audit.Entry {
	var out []audit.Entry
	var last *audit.Entry
	for i := range n {
		e := audit.Entry{At: time.Unix(int64(i), 123456789), Who: "sara", What: audit.TurnRead, Turn: fmt.Sprint("u", i)}
		e = e.Seal(last)
		out, last = append(out, e), &e
	}
	return out
}

func verify(list []audit.Entry) error {
	var c audit.Chain
	for _, e := range list {
		if err := c.Add(e); err != nil {
			return err
		}
	}
	return nil
}

func TestAWholeChainHoldsThroughJSON(t *testing.T) {
	text, err := json.Marshal(entries(5))
	if err != nil {
		t.Fatal(err)
	}
	var back []audit.Entry
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if err := verify(back); err != nil {
		t.Error(err)
	}
}

// TestEveryTamperingIsFound alters each field of an entry, and drops, repeats, swaps and inserts entries.
func TestEveryTamperingIsFound(t *testing.T) {
	for name, tamper := range map[string]func([]audit.Entry) []audit.Entry{
		"who":      func(l []audit.Entry) []audit.Entry { l[2].Who = "kim"; return l },
		"what":     func(l []audit.Entry) []audit.Entry { l[2].What = audit.TurnApproved; return l },
		"when":     func(l []audit.Entry) []audit.Entry { l[2].At = l[2].At.Add(time.Hour); return l },
		"turn":     func(l []audit.Entry) []audit.Entry { l[2].Turn = "u9"; return l },
		"ticket":   func(l []audit.Entry) []audit.Entry { l[2].Ticket = "t9"; return l },
		"customer": func(l []audit.Entry) []audit.Entry { l[2].Customer = "c9"; return l },
		"account":  func(l []audit.Entry) []audit.Entry { l[2].Account = "kim"; return l },
		"detail":   func(l []audit.Entry) []audit.Entry { l[2].Detail = "x"; return l },
		"first":    func(l []audit.Entry) []audit.Entry { l[0].Who = "kim"; return l },
		"last":     func(l []audit.Entry) []audit.Entry { l[4].Who = "kim"; return l },
		"dropped":  func(l []audit.Entry) []audit.Entry { return slices.Delete(l, 2, 3) },
		"headless": func(l []audit.Entry) []audit.Entry { return l[1:] },
		"repeated": func(l []audit.Entry) []audit.Entry { return slices.Insert(l, 2, l[2]) },
		"swapped":  func(l []audit.Entry) []audit.Entry { l[1], l[2] = l[2], l[1]; return l },
		"resealed": func(l []audit.Entry) []audit.Entry {
			l[2].Who = "kim"
			l[2] = l[2].Seal(&l[1])
			return l
		},
		"no seal": func(l []audit.Entry) []audit.Entry { l[2].Hash = ""; return l },
	} {
		if verify(tamper(entries(5))) == nil {
			t.Errorf("%s: not found", name)
		}
	}
}

func TestACustomerIsNamedWithoutTheirAddress(t *testing.T) {
	a := audit.Customer([]byte("k1"), "Ada@Example.com")
	if a != audit.Customer([]byte("k1"), "ada@example.com") || a == audit.Customer([]byte("k2"), "ada@example.com") ||
		strings.Contains(a, "ada") || audit.Customer([]byte("k1"), "") != "" {
		t.Errorf("%s", a)
	}
}
