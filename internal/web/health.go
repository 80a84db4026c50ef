package web

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
)

// maxEvents bounds a webhook call. SendGrid posts what came up in about 30 seconds, at most some 800 KB
// (docs: Event Webhook reference, read 2026-11).
const maxEvents = 2 << 20

// events takes in a call of SendGrid's event webhook. SendGrid calls again, for up to 24 hours, unless the
// answer is 2xx: so what is not signed is refused for good, and what could not be stored comes again.
func (s *server) events(w http.ResponseWriter, r *http.Request) {
	if s.Events == nil {
		http.Error(w, "no webhook key is configured", http.StatusNotFound)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvents))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	switch err := s.Events(r, body); {
	case errors.Is(err, ErrUnverified):
		s.Log.Warn("webhook: refused", "error", err)
		http.Error(w, "not signed by SendGrid", http.StatusForbidden)
	case err != nil:
		s.Log.Error("webhook: failed", "error", err)
		http.Error(w, "try again", http.StatusInternalServerError)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// healthz says that the process answers.
func (s *server) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok\n")
}

// readyz says whether every part works: 200, or 503, with the parts as JSON.
func (s *server) readyz(w http.ResponseWriter, r *http.Request) {
	parts := []Component{}
	if s.Ready != nil {
		parts = append(parts, s.Ready(r.Context())...)
	}
	bad := slices.ContainsFunc(parts, func(c Component) bool { return !c.OK })
	w.Header().Set("Content-Type", "application/json")
	if bad {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"ready": !bad, "components": parts})
}
