package ground_test

import (
	"math/rand/v2"
	"testing"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/ticket"
)

// TestUntouchedDraftsAreClean: no template, in no language, with no order, raises an alarm.
func TestUntouchedDraftsAreClean(t *testing.T) {
	w, zone := writer(t), berlin(t)
	r := rand.New(rand.NewPCG(1, 2))
	drafts := 0
	for _, lang := range languages {
		for _, intent := range ticket.Intents {
			for range 60 {
				intents := []ticket.Intent{intent}
				for range r.IntN(3) {
					intents = append(intents, pick(r, ticket.Intents))
				}
				d, err := w.Write(input(r, lang, intents...))
				if err != nil {
					t.Fatal(err)
				}
				drafts++
				if open := ground.Check(d, zone, hosts); len(open) > 0 {
					t.Errorf("%s: %+v\n%s", d.Template, open, d.Text)
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d drafts", drafts)
}
