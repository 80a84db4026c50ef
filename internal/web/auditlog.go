package web

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/audit"
)

// auditRows is how many entries a page of the log has.
const auditRows = 100

type auditView struct {
	Entries []audit.Entry
	Filter  audit.Filter
	Since   string // of the form
	Older   string // query of the next page, empty if there is none
	Problem string
}

// auditPage shows the log, newest first, to owners.
func (s *server) auditPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	v := auditView{Since: q.Get("since"), Filter: audit.Filter{
		Who: cleanLine(q.Get("who")), What: cleanLine(q.Get("what")), Turn: cleanLine(q.Get("turn")),
		Customer: strings.ToLower(cleanLine(q.Get("customer"))),
	}}
	if v.Since != "" {
		day, err := time.ParseInLocation(time.DateOnly, v.Since, s.Zone)
		if err != nil {
			v.Problem = s.say(r, "The day is written like 2026-11-22.")
		}
		v.Filter.Since = day
	}
	before, _ := strconv.ParseUint(q.Get("before"), 10, 64)
	var next uint64
	var err error
	if v.Entries, next, err = s.People.AuditPage(v.Filter, before, auditRows); err != nil {
		s.failed(w, r, err)
		return
	}
	if next > 0 {
		older := url.Values{}
		for _, k := range []string{"who", "what", "turn", "customer", "since"} {
			if q.Get(k) != "" {
				older.Set(k, q.Get(k))
			}
		}
		older.Set("before", strconv.FormatUint(next, 10))
		v.Older = "?" + older.Encode()
	}
	s.render(w, r, http.StatusOK, "audit", "Audit log", v)
}

// auditExport gives the whole log, one JSON object a line, oldest first, as `replyd audit verify` reads it.
func (s *server) auditExport(w http.ResponseWriter, r *http.Request) {
	if err := s.People.Record(r.Context(), s.entry(r, audit.Exported, "", "audit log")); err != nil {
		s.failed(w, r, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/jsonl")
	h.Set("Content-Disposition", `attachment; filename="replyd-audit.jsonl"`)
	enc := json.NewEncoder(w)
	if err := s.People.EachEntry(func(e *audit.Entry) error { return enc.Encode(e) }); err != nil {
		s.Log.Error("web: audit export", "error", err)
		panic(http.ErrAbortHandler) // the browser must not take a part for the whole
	}
}
