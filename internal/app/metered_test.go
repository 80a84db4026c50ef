package app

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/replyd/replyd/internal/llm"
)

// priced answers each call at the same price.
type priced struct{}

func (priced) Call(context.Context, llm.Request) (llm.Response, error) {
	return llm.Response{Usage: llm.Usage{Input: 100, Cached: 60, Output: 10, Micros: 250_000}}, nil
}

func TestEveryCallOfTheModelIsCounted(t *testing.T) {
	n := &numbers{registry: prometheus.NewRegistry()}
	m := metered{priced{}, newMeter(n.registry)}
	for range 3 {
		if _, err := m.Call(t.Context(), llm.Request{}); err != nil {
			t.Fatal(err)
		}
	}
	w := httptest.NewRecorder()
	n.handler().ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), "GET", "/metrics", nil))
	for _, want := range []string{
		"replyd_model_calls_total 3", "replyd_model_cost_total 0.75", `replyd_model_tokens_total{kind="input"} 300`,
		`replyd_model_tokens_total{kind="cached"} 180`, `replyd_model_tokens_total{kind="output"} 30`,
	} {
		if !strings.Contains(w.Body.String(), want+"\n") {
			t.Errorf("the metrics lack %s", want)
		}
	}
}
