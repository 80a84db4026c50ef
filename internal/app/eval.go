package app

import (
	"context"
	"log/slog"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/eval"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/openai"
	"github.com/replyd/replyd/internal/triage"
)

// Evaluate scores how well the configuration's engine reads labelled mails. progress, if not nil, is told how many
// are done. A case that the model could not read counts as read by the lexicon, and one that failed as not read.
func Evaluate(
	ctx context.Context, c *config.Config, cases []eval.Case, progress func(done, total int),
) (*eval.Report, error) {
	var model llm.Model
	name := ""
	if c.Engine == config.EngineOpenAI {
		client, err := openai.New(openai.Config{
			Key: c.OpenAI.Key.Reveal(), BaseURL: c.OpenAI.BaseURL, API: string(c.OpenAI.API), Model: c.OpenAI.Model,
			Effort: string(c.OpenAI.Effort), Timeout: c.OpenAI.Timeout, Prices: prices(c),
		}, nil, slog.New(slog.DiscardHandler))
		if err != nil {
			return nil, err
		}
		model, name = client, c.OpenAI.Model
	}
	reader, err := newTriage(c, model)
	if err != nil {
		return nil, err
	}
	results := make([]eval.Result, len(cases))
	var mu sync.Mutex
	done := 0
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, c.Workers))
	for i, one := range cases {
		g.Go(func() error {
			results[i] = read(ctx, reader, one)
			if progress != nil {
				mu.Lock()
				defer mu.Unlock()
				done++
				progress(done, len(cases))
			}
			return ctx.Err()
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	return eval.Summarize(string(c.Engine), name, results), nil
}

// read reads one case, once more when the model asks for a short wait.
func read(ctx context.Context, reader *triage.Triage, c eval.Case) eval.Result {
	for try := 1; ; try++ {
		t, err := reader.Read(ctx, triage.Input{Subject: c.Subject, Text: c.Text})
		if err != nil && try < replayTries && pause(ctx, err, try) {
			continue
		}
		r := eval.Judge(c, t)
		if err != nil {
			r.Failed = err.Error()
		}
		return r
	}
}
