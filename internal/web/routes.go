package web

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// staffRoutes are the pages and acts of who is logged in.
func (s *server) staffRoutes() map[string]http.HandlerFunc {
	return map[string]http.HandlerFunc{
		"GET /{$}":    s.queue,
		"GET /live":   s.live,
		"GET /bulk":   s.bulkPage,
		"POST /bulk":  s.bulk,
		"POST /views": s.saveView,

		"GET /turns/{id}":                      s.turn,
		"GET /turns/{id}/mail/{n}/html":        s.mailHTML,
		"GET /turns/{id}/mail/{n}/headers":     s.mailHeaders,
		"GET /turns/{id}/mail/{n}/raw":         s.raw,
		"GET /turns/{id}/mail/{n}/file/{file}": s.attachment,
		"POST /turns/{id}/check":               s.check,
		"POST /turns/{id}/preview":             s.preview,

		"POST /turns/{id}/redraft":  s.redraft,
		"POST /turns/{id}/approve":  s.approve,
		"POST /turns/{id}/undo":     s.undo,
		"POST /turns/{id}/reject":   s.reject,
		"POST /turns/{id}/spam":     s.spam,
		"POST /turns/{id}/answered": s.answered,
		"POST /turns/{id}/snooze":   s.snooze,
		"POST /turns/{id}/assign":   s.assign,
		"POST /turns/{id}/note":     s.note,
		"POST /turns/{id}/tags":     s.tag,
		"POST /turns/{id}/take":     s.take,
		"POST /turns/{id}/release":  s.release,
		"POST /turns/{id}/merge":    s.merge,
		"POST /turns/{id}/split":    s.split,

		"POST /logout": s.logout,
	}
}

func (s *server) routes() (http.Handler, error) {
	mux := http.NewServeMux()
	for pattern, h := range s.staffRoutes() {
		mux.Handle(pattern, s.sessions.LoadAndSave(s.requireUser(h)))
	}
	for pattern, h := range s.peopleRoutes() {
		mux.Handle(pattern, s.sessions.LoadAndSave(s.requireUser(h)))
	}
	if s.Settings != nil {
		mux.Handle("GET /settings", s.sessions.LoadAndSave(s.requireUser(s.settingsPage)))
		mux.Handle("POST /settings", s.sessions.LoadAndSave(s.requireUser(s.setSettings)))
		mux.Handle("POST /settings/back", s.sessions.LoadAndSave(s.requireUser(s.backToSettings)))
	}
	if s.Texts != nil {
		for pattern, h := range s.textRoutes() {
			mux.Handle(pattern, s.sessions.LoadAndSave(s.requireUser(h)))
		}
	}
	for pattern, h := range s.loginRoutes() {
		mux.Handle(pattern, s.sessions.LoadAndSave(h))
	}
	mux.Handle("/api/v1/", s.api(s.bearer))
	mux.HandleFunc("POST /language", s.setLanguage)
	mux.HandleFunc("GET /r/{token}", s.ratingPage)
	mux.HandleFunc("POST /r/{token}", s.rate)
	mux.HandleFunc("POST /r/{token}/recommend", s.recommend)
	mux.HandleFunc("POST /events/sendgrid", s.events)
	mux.HandleFunc("GET /healthz", s.healthz)
	mux.HandleFunc("GET /readyz", s.readyz)
	if s.Metrics != nil {
		mux.Handle("GET /metrics", s.Metrics)
	}
	mux.HandleFunc("GET /static/{file}", s.pages.static)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The address may be mistyped.")
	})

	s.served = servedSites(mux)
	origin := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.PublicURL); err == nil && u.Host != "" {
		if err := origin.AddTrustedOrigin(u.Scheme + "://" + u.Host); err != nil {
			return nil, fmt.Errorf("web: public URL: %w", err)
		}
	}
	origin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/api/") {
			problem{Status: http.StatusForbidden, Detail: "Another site sent this request."}.write(w)
			return
		}
		s.message(w, r, http.StatusForbidden, "This did not come from the desk",
			"Another site sent this request, so nothing was done.")
	}))
	return s.headers(origin.Handler(mux)), nil
}
