package ground_test

import (
	"math/rand/v2"
	"testing"

	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

func BenchmarkCheck(b *testing.B) {
	w, zone := writer(b), berlin(b)
	in := input(rand.New(rand.NewPCG(3, 4)), "fa", ticket.OrderStatus, ticket.StorePolicy)
	o := order(rand.New(rand.NewPCG(5, 6)), 1)
	in.Findings.Answers = []shop.Finding{
		{Result: shop.Found, Order: &o}, {Result: shop.Found, Passages: []shop.Policy{passage()}},
	}
	d, err := w.Write(in)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if open := ground.Check(d, zone, hosts); len(open) > 0 {
			b.Fatal(open)
		}
	}
}
