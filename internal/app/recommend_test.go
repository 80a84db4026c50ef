package app

import (
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

func TestExportedRatingsHoldRecommendations(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for _, address := range []string{"ada@example.com", "silent@example.com"} {
		r := ticket.Recommendation{Ticket: "k1", Turn: "u1", Address: address, Asked: at}
		if asked, err := s.Ask(t.Context(), r); asked == nil || err != nil {
			t.Fatalf("%v, %v", asked, err)
		}
	}
	if err := s.Recommend(t.Context(), "ada@example.com", "u1", 9, at.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := Export(s, &out, Ratings, CSV); err != nil {
		t.Fatal(err)
	}
	want := "turn,ticket,address,score,comment,at,kind\nu1,k1,ada@example.com,9,,2026-11-22T10:01:00Z,nps\n"
	if out.String() != want {
		t.Errorf("got\n%s", out.String())
	}
}
