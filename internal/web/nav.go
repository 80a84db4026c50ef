package web

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/replyd/replyd/internal/staff"
)

// site is a page that the bar above every page leads to.
type site struct{ Path, Label string }

// sites are those pages, in their order. One that is not served is left out, and so is one that a role may not see.
var sites = []site{{"/", "Queue"}, {"/templates", "Templates"}, {"/settings", "Settings"}, {"/people", "People"},
	{"/audit", "Audit log"}}

// servedSites are the sites that have a handler of their own, with what each asks of a role.
func servedSites(mux *http.ServeMux) map[string]staff.Act {
	out := map[string]staff.Act{}
	for _, p := range sites {
		_, pattern := mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: p.Path}})
		if pattern != "/" {
			out[p.Path] = ruleOf(&http.Request{Method: http.MethodGet, Pattern: pattern}).act
		}
	}
	return out
}

// sitesOf are the pages that an account may see.
func (s *server) sitesOf(a *staff.Account) []site {
	if a == nil {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(sites), func(p site) bool {
		act, served := s.served[p.Path]
		return !served || !a.Role.May(act)
	})
}

// siteOf is the page of the bar to which a page belongs.
func siteOf(page string) string {
	switch page {
	case "queue", "turn", "bulk":
		return "/"
	case "template":
		return "/templates"
	}
	return "/" + page
}

// may tells whether who sent a request may do something.
func may(r *http.Request, act staff.Act) bool {
	a := accountOf(r)
	return a != nil && a.Role.May(act)
}
