package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// token makes an API token of sam's.
func (d *desk) token(role staff.Role) string {
	d.t.Helper()
	t, key := staff.NewToken("test", "sam", role, start)
	if err := d.store.AddToken(d.t.Context(), t, audit.Entry{}); err != nil {
		d.t.Fatal(err)
	}
	return key
}

// call asks the API. body is marshalled unless it is a string.
func (d *desk) call(method, path, key string, body any, header ...string) (int, string, http.Header) {
	d.t.Helper()
	var text []byte
	if s, ok := body.(string); ok {
		text = []byte(s)
	} else if body != nil {
		text, _ = json.Marshal(body)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, d.URL+"/api/v1"+path, bytes.NewReader(text))
	if err != nil {
		d.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := d.client.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return resp.StatusCode, string(answer), resp.Header
}

type m = map[string]any

// spec is the API's description, with its schemas compiled.
type spec struct {
	t     *testing.T
	doc   any
	paths m
	c     *jsonschema.Compiler
}

func readSpec(t *testing.T) *spec {
	t.Helper()
	f, err := os.Open("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	doc, err := jsonschema.UnmarshalJSON(f)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020) // the dialect of OpenAPI 3.1
	c.AssertFormat()
	if err := c.AddResource("mem:///openapi.json", doc); err != nil {
		t.Fatal(err)
	}
	return &spec{t, doc, doc.(m)["paths"].(m), c}
}

// fits validates JSON against the schema of a request or response object.
func (s *spec) fits(what string, holder any, kind, text string) {
	s.t.Helper()
	if ref, ok := holder.(m)["$ref"].(string); ok {
		name, _ := strings.CutPrefix(ref, "#/components/responses/")
		holder = s.doc.(m)["components"].(m)["responses"].(m)[name]
	}
	media, ok := holder.(m)["content"].(m)[kind].(m)
	if !ok {
		s.t.Errorf("%s: %s is not described", what, kind)
		return
	}
	name := media["schema"].(m)["$ref"].(string)
	schema, err := s.c.Compile("mem:///openapi.json" + name)
	if err != nil {
		s.t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		s.t.Errorf("%s: %v in %q", what, err, text)
		return
	}
	if err := schema.Validate(v); err != nil {
		s.t.Errorf("%s: %v\n%s", what, err, text)
	}
}

// operation finds what the description says about a call.
func (s *spec) operation(method, path string) m {
	path, _, _ = strings.Cut("/api/v1"+path, "?")
	for template, item := range s.paths {
		shape := regexp.MustCompile(`\\\{[a-z]+\\\}`).ReplaceAllString(regexp.QuoteMeta(template), "[^/]+")
		if op, ok := item.(m)[strings.ToLower(method)].(m); ok && regexp.MustCompile("^"+shape+"$").MatchString(path) {
			return op
		}
	}
	s.t.Fatalf("%s %s is not described", method, path)
	return nil
}

// TestTheAPIIsAsItIsDescribed calls every operation of openapi.json, well and badly, and holds what goes in and
// comes out to the schemas.
func TestTheAPIIsAsItIsDescribed(t *testing.T) {
	d, s := newDesk(t, func(deps *web.Deps) { withRedraft(deps); withUndo(deps) }), readSpec(t)
	one, two, three, four, five, six, seven := d.one(), d.one(), d.one(), d.one(), d.one(), d.one(), d.one()
	rated, _ := d.sent("en")
	vote := ticket.Rating{Ticket: rated.Ticket, Turn: rated.ID, Address: rated.Recipient(), Score: 5, At: start}
	if err := d.store.Rate(t.Context(), vote); err != nil {
		t.Fatal(err)
	}
	key := d.token(staff.Agent)
	on := func(t *ticket.Turn, verb string) string { return "/turns/" + string(t.ID) + "/" + verb }
	with := func(t *ticket.Turn, verb string) string { return "/tickets/" + string(t.Ticket) + "/" + verb }
	called := map[string]bool{}
	for _, c := range []struct {
		method, path string
		body         any
		want         int
	}{
		{"GET", "/turns", nil, 200},
		{"GET", "/turns?view=review&limit=2&intent=order_status&language=en", nil, 200},
		{"GET", "/turns?view=nothing", nil, 400},
		{"GET", "/turns?limit=0", nil, 400},
		{"GET", "/turns?after=xx", nil, 400},
		{"GET", "/turns/" + string(one.ID), nil, 200},
		{"GET", "/turns/" + string(rated.ID), nil, 200},
		{"GET", "/turns/unknown", nil, 404},
		{"POST", on(one, "draft"), m{"version": one.Version, "text": "Hello Ada, we pay you 500 EUR."}, 200},
		{"POST", on(one, "approve"), m{"version": one.Version + 1}, 422}, // not covered, not confirmed
		{"POST", on(one, "approve"), m{"version": one.Version + 1, "confirm_uncovered": true}, 200},
		{"POST", on(one, "approve"), m{"version": one.Version + 2}, 409},
		{"POST", on(two, "approve"), m{"version": two.Version, "close": true}, 200},
		{"POST", on(two, "undo"), m{"version": two.Version}, 409},
		{"POST", on(two, "undo"), m{"version": two.Version + 1}, 200},
		{"POST", on(two, "undo"), m{"version": two.Version + 2}, 422},
		{"POST", on(two, "approve"), m{"version": two.Version + 2, "language": "de", "confirm_uncovered": true}, 200},
		{"POST", on(five, "redraft"), m{"version": five.Version, "instruction": "kürzer", "language": "de", "text": "Hello."}, 200},
		{"POST", on(five, "redraft"), m{"version": five.Version, "instruction": "shorter"}, 409},
		{"GET", "/turns/" + string(five.ID), nil, 200},
		{"POST", on(three, "reject"), m{"version": three.Version, "reason": "a duplicate"}, 200},
		{"POST", on(four, "answered"), m{"version": four.Version}, 200},
		{"POST", on(six, "spam"), m{"version": six.Version}, 200},
		{"POST", on(seven, "snooze"), m{"version": seven.Version, "until": time.Now().Add(time.Hour)}, 200},
		{"POST", on(seven, "snooze"), m{"version": seven.Version, "until": time.Now().Add(time.Hour)}, 409},
		{"POST", on(seven, "snooze"), m{"version": seven.Version + 1, "until": time.Now()}, 422},
		{"POST", on(seven, "wake"), m{"version": seven.Version + 1}, 200},
		{"POST", on(seven, "split"), nil, 200},
		{"POST", with(seven, "assign"), m{"assignee": "sam"}, 200},
		{"POST", with(seven, "assign"), m{"assignee": "x"}, 422},
		{"POST", with(seven, "note"), m{"text": "She called."}, 200},
		{"POST", with(seven, "tags"), m{"tags": []string{"vip"}}, 200},
		{"POST", with(seven, "take"), nil, 200},
		{"GET", "/tickets/" + string(seven.Ticket), nil, 200},
		{"POST", with(seven, "release"), nil, 200},
		{"POST", with(seven, "merge"), m{"into": string(six.ID)}, 200},
		{"POST", with(seven, "merge"), m{"into": string(six.ID)}, 422},
		{"POST", "/turns/unknown/approve", m{"version": 1}, 404},
		{"GET", "/tickets?customer=Ada.Lovelace@example.com", nil, 200},
		{"GET", "/tickets", nil, 400},
		{"GET", "/tickets/" + string(one.Ticket), nil, 200},
		{"GET", "/tickets/unknown", nil, 404},
		{"GET", "/ratings?turn=" + string(rated.ID), nil, 200},
		{"GET", "/ratings", nil, 200},
		{"GET", "/ratings?since=2026-11-22T00:00:00Z&limit=1", nil, 200},
		{"GET", "/ratings?limit=1000", nil, 400},
		{"GET", "/counts", nil, 200},
		{"GET", "/counts?since=2026-11-22T00:00:00Z", nil, 200},
		{"GET", "/counts?since=yesterday", nil, 400},
	} {
		what := c.method + " " + c.path
		op := s.operation(c.method, c.path)
		called[op["operationId"].(string)] = called[op["operationId"].(string)] || c.want == 200
		if c.body != nil {
			text, _ := json.Marshal(c.body)
			s.fits(what+": request", op["requestBody"], "application/json", string(text))
		}
		status, answer, h := d.call(c.method, c.path, key, c.body)
		if status != c.want {
			t.Errorf("%s: %d, want %d: %s", what, status, c.want, answer)
		}
		described, ok := op["responses"].(m)[fmt.Sprint(status)]
		if !ok {
			t.Errorf("%s: answer %d is not described", what, status)
			continue
		}
		s.fits(what, described, h.Get("Content-Type"), answer)
	}
	for path, item := range s.paths {
		for method, op := range item.(m) {
			id := op.(m)["operationId"].(string)
			if !called[id] {
				t.Errorf("%s %s (%s) is not called by this test", method, path, id)
			}
			for _, code := range []string{"401", "403"} {
				if _, ok := op.(m)["responses"].(m)[code]; !ok {
					t.Errorf("%s does not describe %s", id, code)
				}
			}
		}
	}
	for turn, state := range map[*ticket.Turn]ticket.State{
		one: ticket.Approved, two: ticket.Approved, three: ticket.Rejected, four: ticket.Answered,
	} {
		got := d.read(turn.ID)
		if got.State != state || got.Verdict().By != "sam" || got.Outgoing != nil {
			t.Errorf("%s: %+v", got.State, got.Verdict())
		}
	}
}

func TestTheDescriptionIsServed(t *testing.T) {
	d := newDesk(t, nil)
	status, text, h := d.call("GET", "/openapi.json", "", nil)
	if status != 200 || h.Get("Content-Type") != "application/json" || !strings.Contains(text, `"openapi": "3.1.0"`) {
		t.Errorf("%d %s", status, h.Get("Content-Type"))
	}
	if status, _, h := d.call("GET", "/nothing", "", nil); status != 404 || h.Get("Content-Type") != "application/problem+json" {
		t.Errorf("an unknown operation: %d", status)
	}
}

// acts are the operations that change something.
var acts = []string{"draft", "approve", "reject", "answered", "spam", "snooze", "wake", "undo"}

func bodyOf(verb string, turn *ticket.Turn) m {
	b := m{"version": turn.Version}
	switch verb {
	case "draft":
		b["text"] = "x"
	case "reject":
		b["reason"] = "x"
	case "snooze":
		b["until"] = time.Now().Add(time.Hour)
	}
	return b
}

// refuse makes all acts, expects this status of each, and that nothing changed.
func (d *desk) refuses(turn *ticket.Turn, key string, want int, header ...string) {
	d.t.Helper()
	for _, verb := range acts {
		status, answer, h := d.call("POST", "/turns/"+string(turn.ID)+"/"+verb, key, bodyOf(verb, turn), header...)
		if status != want || h.Get("Content-Type") != "application/problem+json" {
			d.t.Errorf("%s: %d %s", verb, status, answer)
		}
	}
	if got := d.read(turn.ID); got.Version != turn.Version {
		d.t.Error("the turn changed")
	}
}

func TestTheAPIWantsAToken(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login() // a browser's session is none
	for name, key := range map[string]string{"none": "", "a wrong one": "replyd_x", "long": strings.Repeat("x", 300)} {
		d.refuses(turn, key, http.StatusUnauthorized)
		status, _, h := d.call("GET", "/turns", key, nil)
		if status != http.StatusUnauthorized || !strings.HasPrefix(h.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%s: GET: %d", name, status)
		}
	}
}

func TestTheAPIRefusesOtherSites(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.refuses(turn, d.token(staff.Owner), http.StatusForbidden, "Origin", "https://evil.example")
	d.refuses(turn, d.token(staff.Owner), http.StatusForbidden, "Sec-Fetch-Site", "cross-site")
}

func TestTheAPIRefusesAnOldVersion(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	key := d.token(staff.Agent)
	old := *turn
	now := d.change(turn.ID, func(t *ticket.Turn) { t.Note(start, "kim", "looked at it") })
	for _, verb := range acts {
		status, answer, _ := d.call("POST", "/turns/"+string(turn.ID)+"/"+verb, key, bodyOf(verb, &old))
		if status != http.StatusConflict || !strings.Contains(answer, "urn:replyd:problem:stale") ||
			!strings.Contains(answer, "kim: looked at it") || !strings.Contains(answer, fmt.Sprintf(`"version":%d`, now.Version)) {
			t.Errorf("%s: %d %s", verb, status, answer)
		}
	}
	if got := d.read(turn.ID); got.Version != now.Version {
		t.Error("the turn changed")
	}
}

func TestTheAPIRefusesAViewer(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	key := d.token(staff.Viewer)
	d.refuses(turn, key, http.StatusForbidden)
	if status, _, _ := d.call("GET", "/turns", key, nil); status != http.StatusOK {
		t.Errorf("a viewer may look: %d", status)
	}
}

func TestATokenEndsWithItsAccountAndWhenRevoked(t *testing.T) {
	d := newDesk(t, nil)
	kim := d.as("kim", staff.Agent)
	form := url.Values{"name": {"ci"}, "role": {"agent"}, "password": {password}}
	_, page, _ := kim.do("POST", "/account/tokens", form)
	found := regexp.MustCompile(`<code>(replyd_[\w-]+)</code>`).FindStringSubmatch(page)
	if found == nil {
		t.Fatal("the key is not shown")
	}
	key := found[1]
	if _, again, _ := kim.do("GET", "/account", nil); strings.Contains(again, key) || !strings.Contains(again, "ci</bdi>") {
		t.Error("the key is shown again, or the token is not listed")
	}
	try := func() int { status, _, _ := d.call("GET", "/turns", key, nil); return status }
	if try() != http.StatusOK {
		t.Fatal("the key opens nothing")
	}
	all, _ := d.store.Tokens()
	if len(all) != 1 || all[0].Used.IsZero() || strings.Contains(fmt.Sprint(*all[0]), key) {
		t.Errorf("stored: %+v", all)
	}
	d.login()
	d.post("/people/disable", url.Values{"name": {"kim"}})
	if try() != http.StatusUnauthorized {
		t.Error("the token of a disabled account")
	}
	d.post("/people/enable", url.Values{"name": {"kim"}})
	d.post("/people/role", url.Values{"name": {"kim"}, "role": {"viewer"}})
	turn := d.one()
	d.refuses(turn, key, http.StatusForbidden)
	if status := d.post("/account/tokens/"+all[0].ID+"/drop", url.Values{}); status != http.StatusNotFound {
		t.Errorf("sam revokes kim's token: %d", status)
	}
	if err := d.store.RevokeToken(t.Context(), all[0].ID, "kim", audit.Entry{}); err != nil {
		t.Fatal(err)
	}
	if try() != http.StatusUnauthorized {
		t.Error("a revoked token")
	}
}

func TestATokenCannotDoMoreThanItsMaker(t *testing.T) {
	d := newDesk(t, nil)
	agent, viewer := d.as("kim", staff.Agent), d.as("vera", staff.Viewer)
	form := url.Values{"name": {"x"}, "role": {"owner"}, "password": {password}}
	if status := agent.post("/account/tokens", form); status != http.StatusUnprocessableEntity {
		t.Errorf("an agent makes an owner's token: %d", status)
	}
	form.Set("role", "viewer")
	if status := viewer.post("/account/tokens", form); status != http.StatusForbidden {
		t.Errorf("a viewer makes a token: %d", status)
	}
	form.Set("password", "wrong")
	if status := agent.post("/account/tokens", form); status != http.StatusUnprocessableEntity {
		t.Errorf("without the password: %d", status)
	}
	if all, _ := d.store.Tokens(); len(all) != 0 {
		t.Errorf("%d tokens", len(all))
	}
}

func TestTheAPITakesOnlyWhatItDescribes(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	key, path := d.token(staff.Agent), "/turns/"+string(turn.ID)+"/reject"
	for body, want := range map[string]int{
		``: 400, `[]`: 400, `{"version":1,"reason":"x","to":"eve@evil.example"}`: 400, `{"version":"1"}`: 400,
		`{"version":1,"reason":"x"}{}`: 400, `{"version":-1,"reason":"x"}`: 400, `{"reason":"x"}`: 422,
		`{"version":1,"reason":" "}`: 422, `{"version":1,"reason":"` + strings.Repeat("x", 600) + `"}`: 422,
		`{"version":1,"reason":"` + strings.Repeat("x", 300<<10) + `"}`: 413,
	} {
		body = strings.Replace(body, `"version":1`, fmt.Sprintf(`"version":%d`, turn.Version), 1)
		if status, answer, _ := d.call("POST", path, key, body); status != want {
			t.Errorf("%.60s: %d %s", body, status, answer)
		}
	}
	if status, _, _ := d.call("POST", path, key, `{}`, "Content-Type", "text/plain"); status != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", status)
	}
}

func TestPagesOfTheAPIJoin(t *testing.T) {
	d := newDesk(t, nil)
	want := map[ticket.TurnID]bool{}
	for range 7 {
		want[d.one().ID] = true
	}
	key, after, pages := d.token(staff.Viewer), "", 0
	for pages == 0 || after != "" {
		_, text, _ := d.call("GET", "/turns?view=review&limit=3&after="+after, key, nil)
		var page struct {
			Turns []struct{ ID ticket.TurnID }
			Next  string
		}
		if err := json.Unmarshal([]byte(text), &page); err != nil {
			t.Fatal(err)
		}
		for _, r := range page.Turns {
			if !want[r.ID] {
				t.Errorf("%s comes twice, or is none of them", r.ID)
			}
			delete(want, r.ID)
		}
		after = page.Next
		pages++
	}
	if len(want) > 0 || pages != 3 {
		t.Errorf("%d pages, %d missing", pages, len(want))
	}
}

// TestOfProgramsAndPeopleOneDecides: all saw the same version; one is taken, and the log has one entry of it.
func TestOfProgramsAndPeopleOneDecides(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	key := d.token(staff.Agent)
	var took atomic.Int32
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			if i%2 == 0 {
				if d.post(act(turn, "approve"), approval(turn)) == http.StatusSeeOther {
					took.Add(1)
				}
				return
			}
			if s, _, _ := d.call("POST", "/turns/"+string(turn.ID)+"/approve", key, m{"version": turn.Version}); s == 200 {
				took.Add(1)
			}
		})
	}
	all.Wait()
	entries := slices.DeleteFunc(d.audit(), func(e string) bool { return e != "sam turn.approved" })
	if got := d.read(turn.ID); took.Load() != 1 || got.Version != turn.Version+1 || len(entries) != 1 {
		t.Errorf("%d decisions, %d entries", took.Load(), len(entries))
	}
}

func TestALookThroughTheAPIIsWrittenDown(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	key := d.token(staff.Viewer)
	d.call("GET", "/turns/"+string(turn.ID), key, nil)
	d.call("GET", "/tickets?customer=ada.lovelace@example.com", key, nil)
	page, _, err := d.store.AuditPage(audit.Filter{Who: "sam", Customer: "ada.lovelace@example.com"}, 0, 10)
	if err != nil || len(page) != 2 || page[1].Turn != string(turn.ID) || time.Since(page[0].At) > time.Minute {
		t.Errorf("%+v %v", page, err)
	}
	if strings.Contains(fmt.Sprint(page), "@") {
		t.Error("the log holds an address")
	}
}
