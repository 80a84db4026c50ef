package reply

import (
	"testing"

	"github.com/replyd/replyd/prompts"
)

// BenchmarkTryAText is what each pause of an owner's typing costs.
func BenchmarkTryAText(b *testing.B) {
	w, err := New(prompts.FS(""), testStore())
	if err != nil {
		b.Fatal(err)
	}
	files := over("replies/en/order_status.tmpl", "Our own words.")
	for b.Loop() {
		if _, err := w.With(files, "en"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSamples fills every made-up mail of a language.
func BenchmarkSamples(b *testing.B) {
	w, err := New(prompts.FS(""), testStore())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, s := range w.Samples("en") {
			if _, err := w.Write(s.Input); err != nil {
				b.Fatal(err)
			}
		}
	}
}
