package web

import (
	"maps"
	"net/http"

	"github.com/replyd/replyd/internal/audit"
)

// withheld is an answer that nobody gets before the look at it is written down. The page is made meanwhile, so that
// whoever looks waits for the disk or for the page, not for one after the other.
type withheld struct {
	http.ResponseWriter
	request *http.Request
	server  *server
	before  http.Header  // as it was before the page was made
	written <-chan error // whether the look was written down; gives one value
	asked   bool         // written was read
	refused bool         // it was not, so nothing of the answer may leave
}

// witness begins to write a look at a customer's data down. What cannot be written down is not shown.
func (s *server) witness(w http.ResponseWriter, r *http.Request, what audit.What) *withheld {
	e := audit.Entry{Who: userOf(r), At: s.Now(), What: what, Turn: turnOf(r)}
	written, ctx := make(chan error, 1), r.Context()
	go func() { written <- s.People.Record(ctx, e) }()
	return &withheld{ResponseWriter: w, request: r, server: s, before: w.Header().Clone(), written: written}
}

// release waits for the entry, and tells the person if there is none: then nothing else was sent.
func (w *withheld) release() {
	if w.asked {
		return
	}
	w.asked = true
	err := <-w.written
	if err == nil {
		return
	}
	w.refused = true
	h := w.Header()
	clear(h)
	maps.Copy(h, w.before)
	w.server.failed(w.ResponseWriter, w.request, err)
}

// WriteHeader implements http.ResponseWriter.
func (w *withheld) WriteHeader(status int) {
	if w.release(); !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements http.ResponseWriter. What is refused is dropped: the answer was given.
func (w *withheld) Write(p []byte) (int, error) {
	if w.release(); w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}
