package web

import "net/http"

// maxForm bounds every form: a long answer has a few thousand characters.
const maxForm = 256 << 10

// policy is the Content-Security-Policy of every public page: no script at all, styles from here alone.
const policy = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; " +
	"frame-ancestors 'none'"

// deskPolicy is that of the desk's own pages: scripts of ours, its stream of events, and frames of ours, each
// of which brings a policy of its own.
const deskPolicy = policy + "; script-src 'self'; connect-src 'self'; frame-src 'self'"

// headers sets what every answer carries. Referrer-Policy is same-origin rather than no-referrer, because the
// latter makes browsers send "Origin: null" with our own forms.
func (s *server) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("X-Robots-Tag", "noindex")
		h.Set("Cache-Control", "no-store")
		if s.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// form parses a bounded form, or answers and returns false.
func (s *server) form(w http.ResponseWriter, r *http.Request) bool {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.message(w, r, http.StatusRequestEntityTooLarge, "That was too much",
			"The form is too long or damaged. Go back and shorten it.")
		return false
	}
	return true
}
