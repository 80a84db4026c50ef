package app

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/knowledge"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/lookup"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/openai"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/shopify"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
)

// Stage is where an explanation may stop.
type Stage string

const (
	// AfterParse: only what stands in the mail.
	AfterParse Stage = "parse"
	// AfterGate: and whether it may be answered.
	AfterGate Stage = "gate"
	// AfterTriage: and what it asks for.
	AfterTriage Stage = "triage"
	// AfterAll: and what replyd would answer.
	AfterAll Stage = ""
)

// ExplainOptions say how a mail is to be looked at.
type ExplainOptions struct {
	Own         []string // more of the store's own addresses
	AuthservIDs []string // trusted authserv-ids, instead of the configuration's
	Now         time.Time
	MaxAge      time.Duration
	NoAuthGate  bool
	StopAfter   Stage
	Estimate    bool // without a model, count what one would take; see estimator
}

// Explainer tells what replyd sees in a mail and would do with it. It sends nothing and stores nothing.
type Explainer struct {
	o      ExplainOptions
	config *config.Config
	demo   bool
	trust  identity.Config
	gate   gate.Config
	triage *triage.Triage
	lookup *lookup.Lookup
	writer *reply.Writer
	zone   *time.Location
	hosts  []string
	modes  policy.Modes
	world  *sandbox.World // the demo shop, without a configuration
}

// NewExplainer prepares for any number of mails. Without a configuration it takes the demo shop and the
// lexicon. Close it.
func NewExplainer(c *config.Config, o ExplainOptions) (*Explainer, error) {
	e := &Explainer{o: o, config: c}
	if c == nil {
		world, err := sandbox.Start(sandbox.Demo(), sandbox.Options{
			Now:    func() time.Time { return o.Now },
			Bucket: sandbox.Bucket{Size: 1e12, Restore: 1e12}, // ten thousand mails in a row are not throttled
		})
		if err != nil {
			return nil, err
		}
		e.world, e.demo = world, true
		e.config = SandboxConfig(world, "")
		e.config.Engine = config.EngineLexicon
	}
	if err := e.build(); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func (e *Explainer) build() error {
	c := e.config
	var model llm.Model
	log := slog.New(slog.DiscardHandler)
	if c.Engine == config.EngineOpenAI {
		client, err := openai.New(openai.Config{
			Key: c.OpenAI.Key.Reveal(), BaseURL: c.OpenAI.BaseURL, API: string(c.OpenAI.API), Model: c.OpenAI.Model,
			Effort: string(c.OpenAI.Effort), Timeout: c.OpenAI.Timeout, Prices: prices(c),
		}, nil, log)
		if err != nil {
			return err
		}
		model = client
	} else if e.o.Estimate {
		model = newEstimator(prices(c))
	}
	var err error
	if e.triage, err = newTriage(c, model); err != nil {
		return err
	}
	if e.writer, err = newWriter(c); err != nil {
		return err
	}
	var shopClient *shopify.Client
	if shopClient, err = newShopify(c, Options{Log: log}); err != nil {
		return err
	}
	e.lookup = lookup.New(shopClient, knowledge.New(shopClient, c.Knowledge, log), shopInfo(c))
	if e.zone, err = time.LoadLocation(c.Store.Zone); err != nil {
		return err
	}
	e.hosts = append([]string{hostOf(c.Store.URL), hostOf(c.Web.PublicURL)}, c.Store.LinkHosts...)
	e.modes = modes(c)
	e.trust = trust(c, c.IMAP[0])
	e.trust.Groups = append(e.trust.Groups, e.o.Own...)
	if len(e.o.AuthservIDs) > 0 {
		e.trust.AuthservIDs = e.o.AuthservIDs
	}
	for _, id := range e.trust.AuthservIDs {
		if err := identity.CheckAuthservID(id); err != nil {
			return err
		}
	}
	e.gate = gateConfig(c, nil, time.Time{})
	e.gate.Own = append(e.gate.Own, e.o.Own...)
	e.gate.NoAuthGate = e.o.NoAuthGate
	if e.o.MaxAge > 0 {
		e.gate.MaxAge = e.o.MaxAge
	}
	return nil
}

// Close ends the demo shop, if there is one.
func (e *Explainer) Close() {
	if e.world != nil {
		e.world.Close()
	}
}

// Walk explains every file below the paths, in order, one at a time. each gets every explanation, also of files
// that cannot be read.
func (e *Explainer) Walk(ctx context.Context, paths []string, each func(*Explanation) error) error {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil && file == path:
				return err
			case err != nil:
				return each(&Explanation{File: file, Problem: err.Error()})
			case d.IsDir() || ctx.Err() != nil:
				return ctx.Err()
			}
			return each(e.file(ctx, file))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (e *Explainer) file(ctx context.Context, path string) *Explanation {
	f, err := os.Open(path)
	if err != nil {
		return &Explanation{File: path, Problem: err.Error()}
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, int64(mail.DefaultLimits.Bytes)+1))
	if err != nil {
		return &Explanation{File: path, Problem: err.Error()}
	}
	x := e.Explain(ctx, raw)
	x.File = path
	return x
}

// Explain looks at one mail.
func (e *Explainer) Explain(ctx context.Context, raw []byte) *Explanation {
	x, _, err := e.examine(ctx, gate.Input{Mail: mail.Parse(raw, mail.DefaultLimits), Now: e.o.Now})
	if err != nil {
		x.Route.Reasons = append(x.Route.Reasons, err.Error())
	}
	return x
}

// examine looks at one mail, as of in.Now. With an error it has come as far as it could.
func (e *Explainer) examine(ctx context.Context, in gate.Input) (*Explanation, *ticket.Turn, error) {
	m := in.Mail
	x, t := newExplanation(m), &ticket.Turn{}
	if e.o.StopAfter == AfterParse {
		return x, t, nil
	}
	in.Sender = identity.Identify(m, e.trust)
	t.Sender = in.Sender
	t.Gate = gate.Judge(ctx, in, e.gate, nil)
	x.setGate(t)
	if e.o.StopAfter == AfterGate {
		return x, t, nil
	}
	a := &arrival{mail: m, sender: t.Sender}
	t.Mails = []ticket.Incoming{incoming(a, in.Now)}
	alive := t.Gate.Outcome == ticket.Go || t.Gate.Readable
	if alive || e.config.Engine != config.EngineOpenAI { // reading costs nothing with the lexicon
		tr, err := e.triage.Read(ctx, asked(t, triage.OrderName(e.config.Store.OrderName)))
		if err != nil {
			return x, t, err
		}
		t.Triage = &tr
		x.setTriage(tr)
	}
	if e.o.StopAfter == AfterTriage || !alive {
		return x, t, nil
	}
	return x, t, e.answer(ctx, t, x, in.Now)
}

// answer goes the rest of the way: look up, write, judge.
func (e *Explainer) answer(ctx context.Context, t *ticket.Turn, x *Explanation, now time.Time) error {
	found, err := e.lookup.Find(ctx, t.Sender, *t.Triage, t.Mail().Reply, now)
	if err != nil {
		return fmt.Errorf("the look-up failed: %w", err)
	}
	t.Findings = &found
	d, err := e.writer.Write(reply.Input{Mail: *t.Mail(), Sender: t.Sender, Triage: *t.Triage, Findings: found, Now: now})
	if err != nil {
		return fmt.Errorf("no draft: %w", err)
	}
	d.Open = ground.Check(d, e.zone, e.hosts)
	t.Drafts = []ticket.Draft{d}
	v := policy.Decide(policy.Input{Turn: t, Modes: e.modes, Lexicon: e.demo, Now: now})
	x.setVerdict(t, v)
	return nil
}
