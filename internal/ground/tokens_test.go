package ground

import (
	"testing"
	"time"
)

func TestTokensMeanTheSameHoweverTheyAreWritten(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"It costs €89.", "We refunded 89.00 EUR.", true},
		{"It costs €89.", "We refunded 90.00 EUR.", false},
		{"order #1001", "your order 1001", true},
		{"order #1001", "your order 1002", false},
		{"on 20 November 2026", "am 20.11.2026", true},
		{"on 20 November", "on 2026-11-20", true},
		{"on 20 November", "on 2026-11-21", false},
		{"https://dhl.example/t/1", "see https://dhl.example/t/1/", true},
		{"سفارش ۱۰۰۱", "order 1001", true},
		{"20%", "20 percent", true},
		{"in 3 days", "in three days", true},
		{"3 days", "3 weeks", false},
	} {
		a, b := Tokens(c.a, now), Tokens(c.b, now)
		if len(a) != 1 || len(b) != 1 {
			t.Errorf("%q has %v, %q has %v: want one token each", c.a, a, c.b, b)
			continue
		}
		if got := a[0].Same(b[0]); got != c.same || b[0].Same(a[0]) != got {
			t.Errorf("%q and %q: same is %v and %v, want %v", c.a, c.b, got, b[0].Same(a[0]), c.same)
		}
	}
}

func TestATokenIsToldOnce(t *testing.T) {
	if got := Tokens("Order #1001, I repeat: order 1001, came on Friday. \"The big one\".", time.Now()); len(got) != 2 {
		t.Errorf("%v, want the order and the weekday", got)
	}
}
