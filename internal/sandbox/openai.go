package sandbox

import "net/http"

type openaiServer struct{ world *World }

func newOpenAI(w *World, prefix, suffix string) (*openaiServer, error) { return &openaiServer{w}, nil }

func (s *openaiServer) answer(c *call) (answer, Kind) {
	return answer{status: http.StatusNotImplemented}, ""
}
