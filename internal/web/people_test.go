package web_test

import (
	"encoding/base32"
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// another gives a browser of its own at the same desk.
func (d *desk) another() *desk {
	jar, _ := cookiejar.New(nil)
	c := *d
	c.client = &http.Client{Jar: jar, CheckRedirect: d.client.CheckRedirect}
	return &c
}

// as logs somebody with this role in, in a browser of their own.
func (d *desk) as(name string, role staff.Role) *desk {
	d.t.Helper()
	a := staff.Account{Name: name, Role: role, Hash: passwordHash(), Created: start}
	if err := d.store.AddAccount(d.t.Context(), a, audit.Entry{}); err != nil {
		d.t.Fatal(err)
	}
	o := d.another()
	o.enter(name, password)
	return o
}

// enter logs in and expects to be let in.
func (d *desk) enter(name, pass string) {
	d.t.Helper()
	status, _, h := d.do("POST", "/login", url.Values{"name": {name}, "password": {pass}})
	if status != http.StatusSeeOther || h.Get("Location") != "/" {
		d.t.Fatalf("log-in of %s: %d to %q", name, status, h.Get("Location"))
	}
}

// in tells whether this browser is logged in.
func (d *desk) in() bool {
	status, _, _ := d.do("GET", "/account", nil)
	return status == http.StatusOK
}

// audit gives what the audit log says, oldest first: who, what.
func (d *desk) audit() (out []string) {
	d.t.Helper()
	if err := d.store.EachEntry(func(e *audit.Entry) error {
		out = append(out, e.Who+" "+string(e.What))
		return nil
	}); err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) said(line string) bool {
	for _, l := range d.audit() {
		if l == line {
			return true
		}
	}
	return false
}

func TestAViewerLooksAndChangesNothing(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	v := d.as("vera", staff.Viewer)
	for _, path := range []string{"/", "/turns/" + string(turn.ID), "/account"} {
		if status, _, _ := v.do("GET", path, nil); status != http.StatusOK {
			t.Errorf("GET %s: %d", path, status)
		}
	}
	for _, verb := range []string{"approve", "reject", "answered"} {
		form := approval(turn)
		form.Set("reason", "x")
		if status := v.post(act(turn, verb), form); status != http.StatusForbidden {
			t.Errorf("%s: %d", verb, status)
		}
	}
	if got := d.read(turn.ID); got.Version != turn.Version || got.State != ticket.Review {
		t.Error("the turn changed")
	}
	if !d.said("vera access.refused") {
		t.Error("the log does not say that it was refused")
	}
}

// TestOnlyOwnersRunTheDesk: every page and act about people and the log, by everybody else.
func TestOnlyOwnersRunTheDesk(t *testing.T) {
	d := newDesk(t, nil)
	for _, role := range []staff.Role{staff.Agent, staff.Viewer} {
		o := d.as("x"+string(role), role)
		for _, path := range []string{"/people", "/audit", "/audit/export"} {
			if status, _, _ := o.do("GET", path, nil); status != http.StatusForbidden {
				t.Errorf("%s: GET %s: %d", role, path, status)
			}
		}
		for _, act := range []string{"", "/link", "/role", "/disable", "/enable", "/signout", "/factor"} {
			form := url.Values{"name": {"x" + string(role)}, "role": {"owner"}}
			if status := o.post("/people"+act, form); status != http.StatusForbidden {
				t.Errorf("%s: POST /people%s: %d", role, act, status)
			}
		}
		if a, _ := d.store.Account("x" + string(role)); a.Role != role {
			t.Errorf("%s became %s", role, a.Role)
		}
	}
}

var joinLink = regexp.MustCompile(`<code>[^<]*(/join/[^<]+)</code>`)

// invited has sam invite somebody and gives the link.
func (d *desk) invited(name, role string) string {
	d.t.Helper()
	_, body, _ := d.do("POST", "/people", url.Values{"name": {name}, "role": {role}})
	m := joinLink.FindStringSubmatch(body)
	if m == nil {
		d.t.Fatalf("no link in %s", body)
	}
	return m[1]
}

func TestAnInvitationIsTakenOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	link := d.invited("Mina Öz", "agent")
	form := url.Values{"new": {"a new password"}, "again": {"a new password"}}
	o := d.another()
	if _, body, _ := o.do("GET", link, nil); !strings.Contains(body, "Mina Öz") {
		t.Error("the link shows no welcome")
	}
	if status := o.post(link, url.Values{"new": {"a new password"}, "again": {"another one"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("two different passwords: %d", status)
	}
	if status := o.post(link, form); status != http.StatusSeeOther || !o.in() {
		t.Errorf("joining: %d", status)
	}
	again := d.another()
	if status := again.post(link, form); status != http.StatusGone || again.in() {
		t.Errorf("the link a second time: %d", status)
	}
	if status, _, _ := again.do("GET", link, nil); status != http.StatusGone {
		t.Errorf("its page: %d", status)
	}
	d.another().enter("Mina Öz", "a new password")
	if !d.said("sam people.invited") || !d.said("Mina Öz people.joined") {
		t.Errorf("the log: %q", d.audit())
	}
}

func TestAnInvitationLapsesAndCannotBeForged(t *testing.T) {
	now := time.Now()
	d := newDesk(t, func(deps *web.Deps) { deps.Now = func() time.Time { return now } })
	d.login()
	link := d.invited("kim", "viewer")
	other := d.invited("eve", "owner")
	swapped := strings.Split(link, ".")
	swapped[0] = strings.Split(other, ".")[0]
	for name, bad := range map[string]string{
		"another name": strings.Join(swapped, "."), "cut": link[:len(link)-1], "nothing": "/join/x",
		"no mac": link[:strings.LastIndex(link, ".")+1],
	} {
		if status, _, _ := d.another().do("GET", bad, nil); status != http.StatusGone {
			t.Errorf("%s: %d", name, status)
		}
	}
	d.post("/people/disable", url.Values{"name": {"eve"}})
	if status, _, _ := d.another().do("GET", other, nil); status != http.StatusGone {
		t.Error("who was disabled can still join")
	}
	now = now.Add(staff.InviteLife)
	if status, _, _ := d.another().do("GET", link, nil); status != http.StatusGone {
		t.Errorf("after three days: %d", status)
	}
}

func TestOwnersSendColleaguesOut(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	for act, back := range map[string]bool{"disable": false, "signout": true} {
		name := "kim-" + act
		kim := d.as(name, staff.Agent)
		if !kim.in() {
			t.Fatal("not in")
		}
		d.post("/people/"+act, url.Values{"name": {name}})
		if kim.in() {
			t.Errorf("%s: still in", act)
		}
		status := kim.post("/login", url.Values{"name": {name}, "password": {password}})
		if (status == http.StatusSeeOther) != back {
			t.Errorf("%s: log-in gives %d", act, status)
		}
	}
	if status := d.post("/people/disable", url.Values{"name": {"sam"}}); status != http.StatusConflict || !d.in() {
		t.Errorf("the last owner: %d", status)
	}
	if status := d.post("/people/role", url.Values{"name": {"sam"}, "role": {"viewer"}}); status != http.StatusConflict {
		t.Errorf("the last owner's role: %d", status)
	}
}

func TestARoleCountsAtOnce(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.login()
	kim := d.as("kim", staff.Agent)
	d.post("/people/role", url.Values{"name": {"kim"}, "role": {"viewer"}})
	if status := kim.post(act(turn, "approve"), approval(turn)); status != http.StatusForbidden {
		t.Errorf("%d", status)
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	other := d.another()
	other.enter("sam", password)
	form := url.Values{"password": {"wrong"}, "new": {"a new password"}, "again": {"a new password"}}
	if status := d.post("/account/password", form); status != http.StatusUnprocessableEntity || !other.in() {
		t.Errorf("with a wrong present password: %d", status)
	}
	form.Set("password", password)
	if status := d.post("/account/password", form); status != http.StatusSeeOther {
		t.Fatalf("%d", status)
	}
	if !d.in() || other.in() {
		t.Error("this session must go on, the other one end")
	}
	if status := other.post("/login", url.Values{"name": {"sam"}, "password": {password}}); status != http.StatusUnauthorized {
		t.Errorf("the old password: %d", status)
	}
	other.enter("sam", "a new password")
	if d.post("/account/signout", url.Values{}); other.in() || !d.in() {
		t.Error("sign out everywhere else")
	}
}

func TestLogInRenewsTheSession(t *testing.T) {
	d := newDesk(t, nil)
	base := mustURL(t, d.URL)
	d.do("POST", "/login", url.Values{"name": {"sam"}, "password": {"wrong"}})
	planted := &http.Cookie{Name: "replyd", Value: "planted-by-somebody-else"}
	d.client.Jar.SetCookies(base, []*http.Cookie{planted})
	d.login()
	after := d.client.Jar.Cookies(base)
	if len(after) != 1 || after[0].Value == planted.Value || after[0].Value == "" {
		t.Fatalf("cookies %v", after)
	}
	thief := d.another()
	thief.client.Jar.SetCookies(base, []*http.Cookie{planted})
	if thief.in() {
		t.Error("the planted session is logged in")
	}
	first := after[0].Value
	d.login()
	if now := d.client.Jar.Cookies(base); now[0].Value == first {
		t.Error("a second log-in keeps the session's token")
	}
}

// secondFactor turns it on for sam and gives the secret and the recovery codes.
func (d *desk) secondFactor() (secret []byte, recovery []string) {
	d.t.Helper()
	_, body, _ := d.do("POST", "/account/factor/new", url.Values{"password": {password}})
	if !strings.Contains(body, "<svg") {
		d.t.Fatal("no QR code")
	}
	m := regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(body)
	if m == nil {
		d.t.Fatal("no secret")
	}
	secret = fromBase32(d.t, strings.ReplaceAll(m[1], " ", ""))
	if status := d.post("/account/factor", url.Values{"code": {"000000"}}); status != http.StatusUnprocessableEntity {
		d.t.Errorf("a wrong code turns it on: %d", status)
	}
	code := staff.Code(secret, staff.Step(time.Now())-1)
	_, body, _ = d.do("POST", "/account/factor", url.Values{"code": {code}})
	for _, m := range regexp.MustCompile(`<code>([a-z2-7]{5}-[a-z2-7]{5})</code>`).FindAllStringSubmatch(body, -1) {
		recovery = append(recovery, m[1])
	}
	if len(recovery) != 10 {
		d.t.Fatalf("%d recovery codes in %s", len(recovery), body)
	}
	return secret, recovery
}

func fromBase32(t *testing.T, text string) []byte {
	t.Helper()
	out, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTheSecondFactorIsAskedAndACodeOpensOnce(t *testing.T) {
	d := newDesk(t, nil)
	d.login()
	secret, recovery := d.secondFactor()
	o := d.another()
	pass := url.Values{"name": {"sam"}, "password": {password}}
	if _, _, h := o.do("POST", "/login", pass); h.Get("Location") != "/login/code" || o.in() {
		t.Fatalf("after the password alone: %s", h.Get("Location"))
	}
	code := url.Values{"code": {staff.Code(secret, staff.Step(time.Now()))}}
	if status := o.post("/login/code", code); status != http.StatusSeeOther || !o.in() {
		t.Fatalf("with the code: %d", status)
	}
	replay := d.another()
	replay.post("/login", pass)
	if status := replay.post("/login/code", code); status != http.StatusUnauthorized || replay.in() {
		t.Errorf("the same code again: %d", status)
	}
	lost := url.Values{"code": {recovery[0]}}
	if status := replay.post("/login/code", lost); status != http.StatusSeeOther || !replay.in() {
		t.Errorf("a recovery code: %d", status)
	}
	again := d.another()
	again.post("/login", pass)
	if again.post("/login/code", lost); again.in() {
		t.Error("a recovery code opens twice")
	}
	if bare := d.another(); bare.post("/login/code", code) != http.StatusSeeOther || bare.in() {
		t.Error("a code without a password")
	}
	for i := range 6 {
		status := again.post("/login/code", url.Values{"code": {fmt.Sprintf("%06d", i)}})
		if i == 5 && status != http.StatusTooManyRequests {
			t.Errorf("guessing codes: try %d gives %d", i, status)
		}
	}
}

// TestBruteForceIsSlowedAcrossRestarts: many addresses guess one name; the count is the store's.
func TestBruteForceIsSlowedAcrossRestarts(t *testing.T) {
	d := newDesk(t, nil)
	limits := 0
	for i := range 60 {
		form := url.Values{"name": {"sam"}, "password": {fmt.Sprint("guess ", i)}}
		if d.post("/login", form, "X-Forwarded-For", fmt.Sprintf("198.51.100.%d", i)) == http.StatusTooManyRequests {
			limits++
		}
	}
	if limits < 9 {
		t.Errorf("of 60 guesses from 60 addresses only %d were refused", limits)
	}
	for i := range 35 {
		form := url.Values{"name": {fmt.Sprint("name", i)}, "password": {"guess"}}
		status := d.post("/login", form, "X-Forwarded-For", "203.0.113.9")
		if i >= 31 && status != http.StatusTooManyRequests {
			t.Errorf("name %d from one address: %d", i, status)
		}
	}
}

func TestTheLogSaysWhoSawAndDidWhat(t *testing.T) {
	d := newDesk(t, nil)
	turn := d.one()
	d.post("/login", url.Values{"name": {"sam"}, "password": {"my secret typed wrong"}})
	d.post("/login", url.Values{"name": {"password typed as name"}, "password": {"x"}})
	d.login()
	d.do("GET", "/turns/"+string(turn.ID), nil)
	form := approval(turn)
	form.Set("text", "Hello Ada, secret words")
	d.post(act(turn, "approve"), form)
	d.do("GET", "/turns/unknown", nil)
	want := []string{
		"sam login.failed", "unknown login.failed", "sam login.in", "sam turn.read", "sam turn.edited",
		"sam turn.approved",
	}
	got := d.audit()
	if len(got) > len(want) && strings.HasPrefix(got[0], "policy") {
		got = got[1:]
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("log %q\nwant %q", got, want)
	}
	_, page, _ := d.do("GET", "/audit?customer=ada.lovelace@example.com", nil)
	if strings.Count(page, string(turn.ID)+"</a>") != 3 {
		t.Error("the customer's address finds not the three entries about them")
	}
	_, export, _ := d.do("GET", "/audit/export", nil)
	for _, secret := range []string{"secret words", "my secret", "password typed", "ada.lovelace", "Where is"} {
		if strings.Contains(export, secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if c, err := d.store.VerifyAudit(); err != nil || c.Count < 7 {
		t.Errorf("%d entries, %v", c.Count, err)
	}
}
