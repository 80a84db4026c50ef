package ground

import (
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

func TestOtherWordsAreNoOtherFacts(t *testing.T) {
	const before = "Hello Sara,\n\nyour order #1001 is on its way. We expect it on 25 November 2026.\n\n" +
		"It cost €1,234.50. Track it: https://track.dhl.example/parcel?id=1\n\n> where is 1001?\n"
	change := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(before) }
	for _, c := range []struct {
		name, after string
		want        ticket.Edit
	}{
		{"the same", before, ticket.NoEdit},
		{"line ends", change("\n", "\r\n"), ticket.NoEdit},
		{"a kinder greeting", change("Hello Sara", "Dear Sara, thank you for your patience"), ticket.CosmeticEdit},
		{"the same day, otherwise", change("25 November 2026", "2026-11-25"), ticket.CosmeticEdit},
		{"the same amount, otherwise", change("€1,234.50", "1234.50 EUR"), ticket.CosmeticEdit},
		{"said twice", change("It cost", "Order 1001 cost"), ticket.CosmeticEdit},
		{"the citation goes", change("\n\n> where is 1001?", ""), ticket.CosmeticEdit},
		{"another day", change("25 November", "26 November"), ticket.FactualEdit},
		{"another amount", change("1,234.50", "1,234.05"), ticket.FactualEdit},
		{"another link", change("id=1", "id=2"), ticket.FactualEdit},
		{"another order", change("#1001", "#1002"), ticket.FactualEdit},
		{"another state", change("is on its way", "was delivered"), ticket.FactualEdit},
		{"a promise more", change("We expect it", "It will arrive, guaranteed,"), ticket.FactualEdit},
		{"a fact less", change("It cost €1,234.50. ", ""), ticket.FactualEdit},
		{"a fact more", change("It cost", "In 3 days it is yours. It cost"), ticket.FactualEdit},
		{"all gone", "Please call us.", ticket.FactualEdit},
	} {
		at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
		if got := Edited(ticket.Draft{Text: before, At: at}, ticket.Draft{Text: c.after, At: at}); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
