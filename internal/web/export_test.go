package web

import "strings"

// ActPatterns gives the acts on turns and tickets that pages offer, and those of the API.
func ActPatterns() (pages, programs []string) {
	s := &server{}
	for p := range s.staffRoutes() {
		if strings.HasPrefix(p, "POST /turns/{id}/") {
			pages = append(pages, strings.TrimPrefix(p, "POST "))
		}
	}
	for p := range s.apiRoutes() {
		if strings.HasPrefix(p, "POST ") {
			programs = append(programs, strings.TrimPrefix(p, "POST /api/v1"))
		}
	}
	return pages, programs
}
