package web_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/web"
)

// fullDisk is a log that writes no look down.
type fullDisk struct {
	web.People
	took *bool
}

func (f fullDisk) Record(ctx context.Context, e audit.Entry) error {
	if e.What != audit.TurnRead && e.What != audit.MailRead {
		return f.People.Record(ctx, e)
	}
	*f.took = true
	return errors.New("no space left on device")
}

// TestALookThatIsNotWrittenDownIsNotGiven: neither a page nor a header of it, and the person is told.
func TestALookThatIsNotWrittenDownIsNotGiven(t *testing.T) {
	took := false
	d := newDesk(t, func(deps *web.Deps) { deps.People = fullDisk{deps.People, &took} })
	turn := d.one()
	d.login()
	at := "/turns/" + string(turn.ID)
	for _, path := range []string{at, at + "/mail/0/raw", at + "/mail/0/headers", at + "/mail/0/html", at + "/mail/7/raw"} {
		took = false
		status, body, h := d.do("GET", path, nil)
		if status != http.StatusInternalServerError || strings.Contains(body, "Ada") || strings.Contains(body, "Where") ||
			!strings.Contains(body, "That did not work") || h.Get("Content-Disposition") != "" || !took {
			t.Errorf("%s: %d %v", path, status, h)
		}
		if !strings.HasPrefix(h.Get("Content-Type"), "text/html") || h.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: the message comes as %v", path, h)
		}
	}
}
