package app

import (
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheLogOfADayHolds plays the demo, lets a person decide, and has the log verified: in the store, as it was
// taken out, with seals that were noted, and after somebody laid hands on it.
func TestTheLogOfADayHolds(t *testing.T) {
	t.Parallel()
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if err := errors.Join(d.Play(t.Context()), d.Act(t.Context())); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	d.auditRoutes(mux)
	ask := func(path string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set(byHeader, "cli:root")
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w
	}
	text := ask("/audit/export").Body.String()
	for _, want := range []string{`"who":"policy","what":"turn.approved"`, `"who":"sara","what":"turn.rejected"`,
		`"who":"cli:root","what":"data.exported"`} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %s", want)
		}
	}
	if strings.Contains(text, "@") {
		t.Error("the log holds an address")
	}
	chain, err := AuditVerifyFile(strings.NewReader(text), "")
	if err != nil || chain.Count < 10 {
		t.Fatalf("%+v, %v", chain, err)
	}
	if w := ask("/audit/verify"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), chain.Head) {
		t.Errorf("the store says %d %s", w.Code, w.Body)
	}
	lines := strings.SplitAfter(text, "\n")
	seal := "1:" + between(lines[0], `"hash":"`, `"`)
	for name, c := range map[string]struct{ text, note string }{
		"altered":         {strings.Replace(text, `"who":"sara"`, `"who":"kim"`, 1), ""},
		"a line dropped":  {strings.Join(append(lines[:2:2], lines[3:]...), ""), ""},
		"cut short":       {lines[0], "2:0123456789ab"},
		"another seal":    {text, "1:0123456789ab"},
		"not JSON":        {text + "x\n", ""},
		"begun later":     {strings.Join(lines[1:], ""), ""},
		"the first twice": {lines[0] + text, ""},
	} {
		if _, err := AuditVerifyFile(strings.NewReader(c.text), c.note); !errors.Is(err, ErrAudit) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := AuditVerifyFile(strings.NewReader(text), seal); err != nil {
		t.Errorf("a seal that was noted: %v", err)
	}
	for _, bad := range []string{"x", "0:0123456789ab", "1:", "1"} {
		if _, err := AuditVerifyFile(strings.NewReader(text), bad); err == nil || errors.Is(err, ErrAudit) {
			t.Errorf("the note %q: %v", bad, err)
		}
	}
}

func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}
