package app

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/replyd/replyd/internal/llm"
)

// meter counts, since the start, what models cost: reading, wording, and whatever else asks one.
type meter struct {
	calls  prometheus.Counter
	tokens *prometheus.CounterVec
	cost   prometheus.Counter
}

func newMeter(r *prometheus.Registry) *meter {
	m := &meter{
		calls: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "replyd_model_calls_total", Help: "Calls of the language model, failed ones included.",
		}),
		tokens: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "replyd_model_tokens_total", Help: "Tokens by kind; cached ones are part of input.",
		}, []string{"kind"}),
		cost: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "replyd_model_cost_total", Help: "Cost in the price list's currency; 0 without a price list.",
		}),
	}
	r.MustRegister(m.calls, m.tokens, m.cost)
	return m
}

// metered is a model whose calls are counted.
type metered struct {
	llm.Model
	meter *meter
}

// Call implements llm.Model.
func (m metered) Call(ctx context.Context, r llm.Request) (llm.Response, error) {
	out, err := m.Model.Call(ctx, r)
	m.meter.calls.Inc()
	m.meter.tokens.WithLabelValues("input").Add(float64(out.Usage.Input))
	m.meter.tokens.WithLabelValues("cached").Add(float64(out.Usage.Cached))
	m.meter.tokens.WithLabelValues("output").Add(float64(out.Usage.Output))
	m.meter.cost.Add(float64(out.Usage.Micros) / 1e6)
	return out, err
}
