package app

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/ticket"
)

func (d *daemon) login(t *testing.T) {
	t.Helper()
	if status, page := d.page(t, "/login", url.Values{"name": {DemoUser}, "password": {DemoPassword}}); status != 200 {
		t.Fatalf("log-in: %d\n%s", status, page)
	}
}

// set saves the settings page with these fields filled and gives the answer.
func (d *daemon) set(t *testing.T, fields map[string]string) (int, string) {
	t.Helper()
	_, page := d.page(t, "/settings", nil)
	form := url.Values{"version": {field(t, page, "version")}}
	for key, value := range fields {
		form.Set(key, value)
	}
	return d.page(t, "/settings", form)
}

// TestWhatAnOwnerSetsHoldsAtOnce runs a daemon and never starts it again.
func TestWhatAnOwnerSetsHoldsAtOnce(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	fields := map[string]string{"mode": "approval", "store.rules": "A workshop is business_other.\r\nBe kind."}
	if status, page := d.set(t, fields); status != http.StatusOK || !strings.Contains(page, "Be kind.") {
		t.Fatalf("%d\n%s", status, page)
	}
	turn := d.turnIn(t, d.deliver(t, "01-maggie-where-is-it"), "the mail in review", is(ticket.Review))
	if why := strings.Join(turn.Why(), "; "); !strings.Contains(why, "approval mode") {
		t.Errorf("it waits because: %s", why)
	}
	if got := d.live().config.Store.Rules; !slices.Equal(got, []string{"A workshop is business_other.", "Be kind."}) {
		t.Errorf("rules %q", got)
	}
	fields["mode"] = "shadow"
	d.set(t, fields)
	if _, page := d.page(t, "/", nil); !strings.Contains(page, "shadow mode") {
		t.Error("the pages do not say that nothing is sent")
	}
	said := 0
	err := d.store.EachEntry(func(e *audit.Entry) error {
		if e.What == audit.SettingsSet && e.Who == DemoUser && strings.Contains(e.Detail, "mode") {
			said++
		}
		return nil
	})
	if said != 2 || err != nil {
		t.Errorf("the audit log has %d of 2 changes (%v)", said, err)
	}
}

func TestWhatTheDeskCannotSetChangesNothing(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	d.login(t)
	before := d.live()
	status, page := d.set(t, map[string]string{"store.own_addresses": "not an address"})
	if status != http.StatusUnprocessableEntity || !strings.Contains(page, "Must be an e-mail address") ||
		!strings.Contains(page, ">not an address</textarea>") {
		t.Errorf("%d\n%s", status, page)
	}
	status, page = d.page(t, "/settings", url.Values{"version": {"7"}, "mode": {"auto"}})
	if status != http.StatusConflict || !strings.Contains(page, "Somebody else") {
		t.Errorf("an old form: %d", status)
	}
	if d.live() != before {
		t.Error("something changed")
	}
}

// TestSettingsOutliveARestartAndLoseToTheFile starts a second replyd on the same store.
func TestSettingsOutliveARestartAndLoseToTheFile(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	values := settings.Values{"mode": "shadow", "limits.per_ticket": "9", "store.own_addresses": "@agency.example"}
	if err := (deskSettings{d.App}).SetSettings(t.Context(), 0, values, "sara"); err != nil {
		t.Fatal(err)
	}
	d.cancel()
	<-d.stopped
	d.App.Close()
	c := *d.config
	c.Given = config.Given{"mode": true}
	a, err := New(&c, Options{Log: d.log, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	now := a.live()
	if now.modes.All != policy.Mode(c.Mode) {
		t.Errorf("mode %s: the file lost", now.modes.All)
	}
	if now.gate.Thresholds.PerTicket != 9 || !slices.Contains(now.gate.Own, "@agency.example") {
		t.Errorf("gate %+v", now.gate)
	}
	fields, _, err := deskSettings{a}.Settings()
	for _, f := range fields {
		if f.Fixed != (f.Key == "mode") {
			t.Errorf("%s: fixed %t", f.Key, f.Fixed)
		}
	}
	if err != nil {
		t.Error(err)
	}
}

// TestSettingsAreReadWhileTheyChange is for the race detector.
func TestSettingsAreReadWhileTheyChange(t *testing.T) {
	t.Parallel()
	d := startDaemon(t, pipeline.Retry{Attempts: 4, First: time.Second, Most: 2 * time.Second})
	var g sync.WaitGroup
	for _, mode := range []string{"shadow", "approval"} {
		g.Go(func() {
			for range 5 {
				v, err := d.store.Settings()
				if err != nil {
					t.Error(err)
				}
				next := settings.Values{"mode": mode}
				maps.Copy(next, map[string]string{"store.tone": mode})
				_ = deskSettings{d.App}.SetSettings(t.Context(), v.N, next, mode)
				if l := d.live(); string(l.modes.All) != l.config.Store.Tone && l.config.Store.Tone != "" {
					t.Errorf("half a change: %s with %s", l.modes.All, l.config.Store.Tone)
				}
			}
		})
	}
	d.deliver(t, "01-maggie-where-is-it")
	g.Wait()
	last, err := d.store.Settings()
	if err != nil || string(d.live().modes.All) != last.Values["mode"] {
		t.Errorf("%s holds, %s is kept (%v)", d.live().modes.All, last.Values["mode"], err)
	}
}
