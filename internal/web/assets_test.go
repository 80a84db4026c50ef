package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestAStaticFileIsSentSmallAndOnce: compressed for who takes it, kept for ever under its hash, and asked for again
// under any other address.
func TestAStaticFileIsSentSmallAndOnce(t *testing.T) {
	d := newDesk(t, nil)
	want, err := os.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := d.do("GET", "/login", nil)
	path := regexp.MustCompile(`/static/style\.css\?v=[0-9a-f]+`).FindString(page)
	tags := map[string]bool{}
	for accept, zipped := range map[string]bool{
		"gzip": true, "br, gzip;q=0.5": true, "GZIP": true, "identity": false, "gzip;q=0": false, "gzip; q=0.0, br": false,
		"x-gzip": false, "*": false,
	} {
		status, body, h := d.do("GET", path, nil, "Accept-Encoding", accept)
		if got := h.Get("Content-Encoding") == "gzip"; status != http.StatusOK || got != zipped {
			t.Errorf("%q: %d, coded %q", accept, status, h.Get("Content-Encoding"))
		}
		if zipped {
			z, err := gzip.NewReader(strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			plain, err := io.ReadAll(z)
			if err != nil || len(body) > len(plain)/2 {
				t.Errorf("%d bytes for %d, %v", len(body), len(plain), err)
			}
			body = string(plain)
		}
		if !bytes.Equal([]byte(body), want) || h.Get("Vary") != "Accept-Encoding" ||
			!strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") != "text/css; charset=utf-8" {
			t.Errorf("%q: %v", accept, h)
		}
		tags[h.Get("ETag")] = true
		if status, body, _ := d.do("GET", path, nil, "Accept-Encoding", accept, "If-None-Match", h.Get("ETag")); status !=
			http.StatusNotModified || body != "" {
			t.Errorf("%q: again: %d", accept, status)
		}
	}
	if len(tags) != 2 {
		t.Errorf("two forms of a file have the tags %v", tags)
	}
	for _, other := range []string{"/static/style.css", "/static/style.css?v=0123456789ab"} {
		if _, _, h := d.do("GET", other, nil); h.Get("Cache-Control") != "no-cache" {
			t.Errorf("%s: %q", other, h.Get("Cache-Control"))
		}
	}
	if status, _, _ := d.do("GET", "/static/none.css", nil); status != http.StatusNotFound {
		t.Errorf("a file that is not there: %d", status)
	}
}
