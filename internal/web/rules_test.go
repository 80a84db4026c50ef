package web

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/staff"
)

// patterns are all routes of who is logged in.
func patterns() (out []string) {
	s := &server{}
	for p := range s.staffRoutes() {
		out = append(out, p)
	}
	for p := range s.peopleRoutes() {
		out = append(out, p)
	}
	for p := range s.textRoutes() {
		out = append(out, p)
	}
	slices.Sort(out)
	return out
}

// TestAViewersRoutesAreTheseAlone: of all that changes something a viewer gets what is their own, and what changes
// nothing after all. A new route is closed to viewers until it is named here.
func TestAViewersRoutesAreTheseAlone(t *testing.T) {
	var open []string
	for _, p := range patterns() {
		method, path, _ := strings.Cut(p, " ")
		r := httptest.NewRequest(method, strings.NewReplacer("{", "", "}", "", "$", "").Replace(path), nil)
		r.Pattern = p
		if method != "GET" && staff.Viewer.May(ruleOf(r).act) {
			open = append(open, p)
		}
	}
	want := []string{
		"POST /account/factor", "POST /account/factor/new", "POST /account/factor/remove", "POST /account/password",
		"POST /account/signout", "POST /logout", "POST /turns/{id}/check", "POST /turns/{id}/preview", "POST /views",
	}
	if !slices.Equal(open, want) {
		t.Errorf("open to viewers:\n%q\nwant\n%q", open, want)
	}
}

// TestEveryRuleIsOfARoute: a rule whose route was renamed would guard nothing.
func TestEveryRuleIsOfARoute(t *testing.T) {
	all := append(patterns(), "GET /settings", "POST /settings", "POST /settings/back") // these are there when settings are kept
	for p := range rules {
		if !slices.Contains(all, p) {
			t.Errorf("%s is no route", p)
		}
	}
	for _, p := range all {
		if strings.HasPrefix(p, "GET /turns/{id}") && rules[p].look == "" {
			t.Errorf("%s shows a customer's data and is not written down", p)
		}
	}
}

// TestAnUnknownNameCostsAsMuch: the decoy is hashed with the cost of every hash that we make.
func TestAnUnknownNameCostsAsMuch(t *testing.T) {
	text, err := HashPassword("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	made, err := parseHash(text)
	if err != nil {
		t.Fatal(err)
	}
	p := newPasswords()
	if d := p.decoy; d.memory != made.memory || d.time != made.time || d.lanes != made.lanes || len(d.key) != len(made.key) {
		t.Errorf("decoy %+v", d)
	}
	for _, none := range []string{"", "damaged", text[:len(text)-1]} {
		if p.verify(t.Context(), none, "decoy") || p.verify(t.Context(), none, "") {
			t.Errorf("%q lets somebody in", none)
		}
	}
	if !p.verify(t.Context(), text, "correct horse") || p.verify(t.Context(), text, "correct horse ") {
		t.Error("a hash and its password")
	}
}
