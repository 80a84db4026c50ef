package app

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// maxWeight is what a browser with nothing in its cache loads for a page, in bytes on the wire.
const maxWeight = 100_000

// browserless loads pages as a browser does, without running them.
type browserless struct {
	*testing.T
	*http.Client
	base string
}

// load gives a body as it was sent, and how it is coded.
func (b *browserless) load(path string) (body []byte, h http.Header) {
	b.Helper()
	if !strings.HasPrefix(path, "http") {
		path = b.base + path
	}
	q, err := http.NewRequestWithContext(b.Context(), http.MethodGet, path, nil)
	if err != nil {
		b.Fatal(err)
	}
	q.Header.Set("Accept-Encoding", "gzip, deflate, br") // and so net/http does not decode it
	r, err := b.Do(q)
	if err != nil {
		b.Fatal(err)
	}
	defer r.Body.Close()
	if body, err = io.ReadAll(r.Body); err != nil || r.StatusCode != http.StatusOK {
		b.Fatalf("%s: %s, %v", path, r.Status, err)
	}
	return body, r.Header
}

// parts are the files that a browser loads for a page: styles, scripts, pictures. Scripts must not hold up the page.
func (b *browserless) parts(page []byte) (out []string) {
	b.Helper()
	seen := map[string]bool{}
	z := html.NewTokenizer(bytes.NewReader(page))
	for z.Next() != html.ErrorToken {
		t := z.Token()
		attr := map[string]string{}
		for _, a := range t.Attr {
			attr[a.Key] = a.Val
		}
		link := attr["src"]
		if t.Data == "link" {
			link = attr["href"]
		}
		if _, deferred := attr["defer"]; t.Type == html.StartTagToken && t.Data == "script" && !deferred {
			b.Errorf("a script without defer: %s", t)
		}
		if link != "" && t.Data != "iframe" && !seen[link] {
			seen[link], out = true, append(out, link)
		}
	}
	return out
}

// TestPagesAreLight adds up what a browser loads for each page, as it is sent.
func TestPagesAreLight(t *testing.T) {
	d, err := NewDemo(DemoOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	for i := range 50 {
		mail := "From: Ada Lovelace <ada%d@example.com>\r\nTo: support@lavender-oak.example\r\nMessage-ID: <w%d@example.com>\r\n" +
			"Subject: The lamp that I ordered for our living room\r\n\r\nWhen will my order #1001 arrive? I wait since Monday.\r\n"
		if err := d.World().Deliver(fmt.Appendf(nil, mail, i, i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Play(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(d.desk)
	defer srv.Close()
	jar, _ := cookiejar.New(nil)
	b := &browserless{t, &http.Client{Jar: jar}, srv.URL}
	r, err := b.PostForm(srv.URL+"/login", url.Values{"name": {DemoUser}, "password": {DemoPassword}})
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	for _, page := range []struct{ name, path, shows string }{
		{"queue", "/?view=all", `class="row`},
		{"turn", "/turns/" + string(reviewable(t, d, "en").ID), `id="draft"`},
		{"settings", "/settings", "<form"},
		{"rating", ratingPath(t, d, "en"), "<form"},
	} {
		body, h := b.load(page.path)
		if !strings.Contains(string(body), page.shows) || h.Get("Content-Encoding") != "" {
			t.Errorf("%s: coded %q, without %s", page.name, h.Get("Content-Encoding"), page.shows)
		}
		if n := len(regexp.MustCompile(`class="row[" ]`).FindAll(body, -1)); page.name == "queue" && n != 50 {
			t.Errorf("%d rows", n)
		}
		sum, parts := len(body), b.parts(body)
		for _, part := range parts {
			file, h := b.load(part)
			if sum += len(file); !strings.Contains(h.Get("Cache-Control"), "immutable") {
				t.Errorf("%s is asked for again: %q", part, h.Get("Cache-Control"))
			}
		}
		t.Logf("%-8s %6d bytes: the page %d, %d files %d", page.name, sum, len(body), len(parts), sum-len(body))
		if sum > maxWeight || len(parts) < 2 {
			t.Errorf("%s weighs %d bytes with %q", page.name, sum, parts)
		}
	}
}
