package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/store"
)

func TestEveryVersionOfTheSettingsIsKept(t *testing.T) {
	s, err := store.Open(t.TempDir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	set := func(base uint64, v settings.Values) error {
		return s.SetSettings(t.Context(), base, settings.Version{Values: v, By: "sara", At: at})
	}
	if v, err := s.Settings(); err != nil || v.N != 0 || len(v.Values) != 0 {
		t.Fatalf("a new store has settings: %+v, %v", v, err)
	}
	first := settings.Values{"mode": "shadow", "store.tone": "secret words"}
	for _, err := range []error{set(0, first), set(1, settings.Values{"mode": "auto"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := set(1, first); !errors.Is(err, settings.ErrStale) {
		t.Errorf("an old form was taken: %v", err)
	}
	if err := set(2, settings.Values{"mode": "auto"}); err != nil {
		t.Errorf("a form without a change: %v", err)
	}
	got, err := s.SettingsHistory(10)
	if err != nil {
		t.Fatal(err)
	}
	want := []settings.Version{
		{N: 2, At: at, By: "sara", Changed: []string{"mode", "store.tone"}, Values: settings.Values{"mode": "auto"}},
		{N: 1, At: at, By: "sara", Changed: []string{"mode", "store.tone"}, Values: first},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	var lines []string
	err = s.EachEntry(func(e *audit.Entry) error {
		lines = append(lines, e.Who+" "+string(e.What)+" "+e.Detail)
		return nil
	})
	wantLines := []string{"sara settings.set version 1: mode, store.tone", "sara settings.set version 2: mode, store.tone"}
	if diff := cmp.Diff(wantLines, lines); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
