package web_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/replyd/replyd/internal/settings"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/web"
)

// untouched is settings that nobody may reach.
type untouched struct{ t *testing.T }

func (u untouched) Settings() ([]settings.Field, []settings.Version, error) { return nil, nil, nil }

func (u untouched) BackTo(context.Context, uint64, uint64, string) error {
	u.t.Error("an old version came back")
	return nil
}

func (u untouched) Notices() ([]ticket.Notice, error) { return nil, nil }

func (u untouched) SetSettings(context.Context, uint64, settings.Values, string) error {
	u.t.Error("the settings were changed")
	return nil
}

func TestOnlyOwnersSeeAndChangeSettings(t *testing.T) {
	d := newDesk(t, func(deps *web.Deps) { deps.Settings = untouched{t} })
	for _, role := range []staff.Role{staff.Agent, staff.Viewer} {
		o := d.as("x"+string(role), role)
		if status, _, _ := o.do("GET", "/settings", nil); status != http.StatusForbidden {
			t.Errorf("%s looks: %d", role, status)
		}
		if status := o.post("/settings", url.Values{"mode": {"auto"}}); status != http.StatusForbidden {
			t.Errorf("%s changes: %d", role, status)
		}
		if status := o.post("/settings/back", url.Values{"to": {"0"}}); status != http.StatusForbidden {
			t.Errorf("%s goes back: %d", role, status)
		}
	}
	if status := d.another().post("/settings", url.Values{"mode": {"auto"}}); status != http.StatusUnauthorized {
		t.Errorf("nobody: %d", status)
	}
}
