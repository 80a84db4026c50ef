package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// maxBody bounds a request: SendGrid's limit for a whole mail is 30 MB, the others take far less.
	maxBody = 31 << 20
	// slowness is how late the answer of a slow service comes.
	slowness = 5 * time.Second
)

// call is one request with its body read.
type call struct {
	*http.Request
	body []byte
}

// answer is one response, whole, so that a fault can spoil it on its way out.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// endpoint answers a call, and names the fault that befell it, if any.
type endpoint func(c *call) (answer, Kind)

func (a answer) with(key, value string) answer {
	if a.header == nil {
		a.header = http.Header{}
	}
	a.header.Set(key, value)
	return a
}

func jsonAnswer(status int, v any) answer {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return answer{status: http.StatusInternalServerError, body: []byte(err.Error())}
	}
	return answer{status: status, body: b.Bytes()}.with("Content-Type", "application/json; charset=utf-8")
}

// unavailable is what a load balancer writes when nobody is behind it.
func unavailable() answer {
	page := "<html><head><title>503 Service Temporarily Unavailable</title></head><body></body></html>\n"
	return answer{status: http.StatusServiceUnavailable, body: []byte(page)}.with("Content-Type", "text/html")
}

// handler makes an HTTP server of an endpoint: it reads the body, waits the latency, keeps the journal, and
// lets faults of the transport happen.
func (w *World) handler(service string, answers endpoint) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /_sandbox/journal", func(out http.ResponseWriter, _ *http.Request) {
		write(out, jsonAnswer(http.StatusOK, w.Journal(service)))
	})
	if service == SendGrid {
		mux.HandleFunc("GET /_sandbox/outbox", func(out http.ResponseWriter, _ *http.Request) {
			write(out, jsonAnswer(http.StatusOK, w.Outbox()))
		})
	}
	mux.HandleFunc("/", func(out http.ResponseWriter, r *http.Request) {
		began := w.now()
		body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
		if err != nil {
			return
		}
		wait(r.Context(), w.latency[service])
		a, kind := answers(&call{r, body})
		w.journal.add(service, Entry{
			At: began, Method: r.Method, Path: r.URL.Path, Status: a.status, Fault: kind,
			Request: clip(body), Response: clip(a.body),
		})
		spoil(r.Context(), out, a, kind)
	})
	return mux
}

// spoil writes the answer as far as the fault lets it through.
func spoil(ctx context.Context, out http.ResponseWriter, a answer, kind Kind) {
	switch kind {
	case Hangs:
		<-ctx.Done()
		panic(http.ErrAbortHandler)
	case Drops:
		panic(http.ErrAbortHandler)
	case Slow:
		wait(ctx, slowness)
	case Truncated:
		out.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
		a.body = a.body[:len(a.body)/2]
	}
	write(out, a)
}

func write(out http.ResponseWriter, a answer) {
	for k, v := range a.header {
		out.Header()[k] = v
	}
	out.WriteHeader(a.status)
	_, _ = out.Write(a.body) // a caller that has gone away is no concern of ours
}

// wait sleeps, or returns early when the caller gives up.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// bearer gives the token of an Authorization header.
func bearer(r *http.Request) string {
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// clip keeps what a person wants to see of a body in the journal.
func clip(b []byte) string {
	const most = 16 << 10
	if len(b) > most {
		b = b[:most]
	}
	if !utf8.Valid(b) {
		return strings.ToValidUTF8(string(b), "�")
	}
	return string(b)
}
