package app

import (
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// numbers are the daemon's counters for Prometheus. They hold no mail and no address.
type numbers struct {
	registry *prometheus.Registry
	mails    *prometheus.CounterVec
	steps    *prometheus.HistogramVec
	model    *meter

	mu    sync.Mutex
	calls map[string]int // steps run by the outside service that they talk to
	taken int            // mails taken in
}

func newNumbers(version string, s *store.Store) *numbers {
	n := &numbers{
		registry: prometheus.NewRegistry(), calls: map[string]int{},
		mails: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "replyd_mails_total", Help: "Mails taken in, by what the gate decided.",
		}, []string{"gate", "rule"}),
		steps: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "replyd_step_seconds", Help: "How long steps took, by name and whether they failed.",
			Buckets: []float64{.001, .005, .02, .1, .5, 1, 2.5, 5, 10, 20, 60},
		}, []string{"step", "result"}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "replyd_build_info", Help: "Always 1; the label tells the version.",
		ConstLabels: prometheus.Labels{"version": version},
	})
	build.Set(1)
	n.model = newMeter(n.registry)
	n.registry.MustRegister(n.mails, n.steps, build, &turnGauge{store: s})
	return n
}

func (n *numbers) mail(outcome ticket.Outcome, rule string) {
	n.mails.WithLabelValues(string(outcome), rule).Inc()
	n.mu.Lock()
	defer n.mu.Unlock()
	n.taken++
}

func (n *numbers) step(s pipeline.Step, took time.Duration, err error) {
	result := "ok"
	if err != nil {
		result = "failed"
	}
	n.steps.WithLabelValues(s.Name, result).Observe(took.Seconds())
	if s.Service != "" {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.calls[s.Service]++
	}
}

func (n *numbers) handler() http.Handler {
	return promhttp.HandlerFor(n.registry, promhttp.HandlerOpts{})
}

// turnGauge counts the turns of each state when it is asked, so that it is right after a restart too.
type turnGauge struct{ store *store.Store }

var turnsDesc = prometheus.NewDesc("replyd_turns", "Turns by state.", []string{"state"}, nil)

// Describe implements prometheus.Collector.
func (g *turnGauge) Describe(ch chan<- *prometheus.Desc) { ch <- turnsDesc }

// Collect implements prometheus.Collector.
func (g *turnGauge) Collect(ch chan<- prometheus.Metric) {
	counts, err := g.store.CountByState()
	if err != nil {
		ch <- prometheus.NewInvalidMetric(turnsDesc, err)
		return
	}
	for _, s := range ticket.States {
		ch <- prometheus.MustNewConstMetric(turnsDesc, prometheus.GaugeValue, float64(counts[s]), string(s))
	}
}
