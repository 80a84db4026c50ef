package web_test

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestWhatChangedBeforeThePageListenedIsNotMissed: mail that comes in between a page and its stream of events.
func TestWhatChangedBeforeThePageListenedIsNotMissed(t *testing.T) {
	d := newDesk(t, nil)
	d.one()
	d.login()
	_, page, _ := d.do("GET", "/", nil)
	address := regexp.MustCompile(`sse-connect="([^"]+)"`).FindStringSubmatch(page)
	if address == nil {
		t.Fatal("the queue is not live")
	}
	if got := d.events(address[1]); strings.Contains(got, "event: rows") || !strings.Contains(got, "event: desk") {
		t.Errorf("nothing changed, and the page is told:\n%s", got)
	}
	d.one()
	if got := d.events(address[1]); !strings.Contains(got, "event: rows") {
		t.Errorf("a mail came in, and the page is told:\n%s", got)
	}
}

// events gives what a stream says at first.
func (d *desk) events(address string) string {
	d.t.Helper()
	ctx, stop := context.WithCancel(d.t.Context())
	defer stop()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, d.URL+address, nil)
	if err != nil {
		d.t.Fatal(err)
	}
	answer, err := d.client.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer answer.Body.Close()
	first := make([]byte, 64<<10) // it is flushed as a whole
	n, err := answer.Body.Read(first)
	if err != nil && err != io.EOF {
		d.t.Fatal(err)
	}
	return string(first[:n])
}
