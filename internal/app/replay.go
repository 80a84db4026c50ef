package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/replay"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/prompts"
)

// ReplayOptions say which mail of the past is looked at.
type ReplayOptions struct {
	Paths        []string // files, folders and mboxes
	Sent         string   // file, folder or mbox of what people sent; empty: none, or the account's Sent folder
	Inbox        bool     // the account's inbox, read-only, instead of Paths
	Account      string   // empty: the first
	Since, Until time.Time

	State   string  // progress file; empty for none
	Limit   int     // mails at most; 0: all
	MaxCost float64 // stop when the model took this much, in the currency of its prices; 0: no limit
	Workers int     // mails at the same time; 0: one
	// Progress is told how many mails are done, of how many; 0 while that is not known.
	Progress func(done, total int)
}

// Replay tells what replyd would have done with mail of the past, and sets its drafts beside what people sent.
// Each mail is looked at as of the day on which it came; orders are as they stand today. It sends nothing, stores
// nothing but the progress file, and changes no mailbox.
func (e *Explainer) Replay(ctx context.Context, o ReplayOptions) (*replay.Report, error) {
	state, err := e.openState(o)
	if err != nil {
		return nil, err
	}
	defer state.Close()
	own := *e // the inbox's account may trust others
	r := &replayer{
		Explainer: &own, o: o, state: state, sent: replay.NewSent(), seen: map[string]bool{}, thread: map[string]string{},
	}
	if r.words, err = newTriage(e.config, nil); err != nil {
		return nil, err
	}
	for _, item := range state.Items() {
		r.seen[item.Key] = true
		r.items = append(r.items, item)
		r.cost += item.Usage.Micros
		if item.MessageID != "" {
			r.thread[item.MessageID] = item.Conversation
		}
	}
	r.earlier = len(r.items)
	if o.Inbox {
		err = r.inbox(ctx)
	} else {
		err = r.files(ctx)
	}
	if ctx.Err() != nil {
		r.stop, err = "it was interrupted.", nil
	}
	if err != nil {
		return nil, err
	}
	out := &replay.Report{Made: time.Now(), Engine: string(e.config.Engine), Demo: e.demo, Repeated: r.repeated,
		Stopped: r.stop}
	out.Cost.Estimated = e.config.Engine != config.EngineOpenAI
	if !out.Cost.Estimated {
		out.Model = e.config.OpenAI.Model
	}
	out.Summarize(r.items)
	return out, nil
}

// replayer is one replay.
type replayer struct {
	*Explainer
	o     ReplayOptions
	state *replay.State
	sent  *replay.Sent
	words *triage.Triage // tells in which language a person answered
	// of the goroutine that reads the source
	seen     map[string]bool   // keys; those of earlier runs at first
	thread   map[string]string // Message-ID → that of the first mail of its conversation
	taken    int
	repeated int
	earlier  int    // mails that an earlier run finished
	stop     string // why the replay ends early

	mu    sync.Mutex
	items []*replay.Item
	cost  int64 // in millionths
	total int   // 0 while unknown
}

// errStop ends the reading of a source; what is under way is finished.
var errStop = errors.New("stopped")

// files replays mail that lies in files.
func (r *replayer) files(ctx context.Context) error {
	if err := r.readSent(ctx); err != nil {
		return err
	}
	n := 0
	if err := replay.Files(ctx, r.o.Paths, func(replay.Message) error { n++; return nil }); err != nil {
		return err
	}
	r.setTotal(n)
	return r.together(ctx, func(ctx context.Context, each func(replay.Message) error) error {
		return replay.Files(ctx, r.o.Paths, each)
	})
}

// readSent reads what people sent from --sent.
func (r *replayer) readSent(ctx context.Context) error {
	if r.o.Sent == "" {
		return nil
	}
	return replay.Files(ctx, []string{r.o.Sent}, func(m replay.Message) error {
		r.sent.Add(mail.Parse(m.Raw, mail.DefaultLimits), m.Arrived)
		return nil
	})
}

func (r *replayer) setTotal(n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total = n
}

// together works on the mails of a source, several at a time.
func (r *replayer) together(
	ctx context.Context, source func(context.Context, func(replay.Message) error) error,
) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(max(1, r.o.Workers) + 1) // the source is one of them
	g.Go(func() error {
		err := source(ctx, func(m replay.Message) error {
			job, err := r.take(m)
			if job == nil || err != nil {
				return err
			}
			g.Go(func() error { return r.work(ctx, job) })
			return ctx.Err()
		})
		if errors.Is(err, errStop) {
			err = nil
		}
		return err
	})
	return g.Wait()
}

// job is a mail that is to be replayed.
type job struct {
	item *replay.Item
	in   gate.Input
}

// take prepares a mail in the order of the source; nil for one that was looked at already.
func (r *replayer) take(m replay.Message) (*job, error) {
	sum := sha256.Sum256(m.Raw)
	key := hex.EncodeToString(sum[:16])
	if r.seen[key] {
		if r.earlier > 0 {
			r.earlier--
		} else {
			r.repeated++
		}
		return nil, nil
	}
	r.mu.Lock()
	cost := float64(r.cost) / 1e6
	r.mu.Unlock()
	switch {
	case r.o.Limit > 0 && r.taken >= r.o.Limit:
		r.stop = fmt.Sprintf("%d mails were looked at, as --limit says.", r.taken)
		return nil, errStop
	case r.o.MaxCost > 0 && cost >= r.o.MaxCost:
		r.stop = fmt.Sprintf("the model took %.2f, as much as --max-cost allows.", cost)
		return nil, errStop
	}
	r.seen[key] = true
	r.taken++
	parsed := mail.Parse(m.Raw, mail.DefaultLimits)
	in := gate.Input{Mail: parsed, Arrived: m.Arrived, Now: m.Arrived}
	if late := m.Arrived.Sub(parsed.Date); in.Now.IsZero() || !parsed.Date.IsZero() && late > movedAfter {
		in.Now, in.Arrived = parsed.Date, parsed.Date
	}
	if in.Now.IsZero() {
		in.Now = r.Explainer.o.Now
	}
	item := &replay.Item{
		Key: key, Source: m.Source, Date: in.Now, MessageID: parsed.MessageID, Subject: parsed.Subject,
		Text: replay.Clip(parsed.Reply),
	}
	item.Conversation, in.Threads = r.conversation(parsed)
	return &job{item, in}, nil
}

// conversation gives the first known mail of a mail's thread, and whether that is another one.
func (r *replayer) conversation(m *mail.Mail) (first string, continues bool) {
	first = m.MessageID
	for _, id := range append(m.References, m.InReplyTo...) {
		if known, ok := r.thread[id]; ok {
			first, continues = known, true
			break
		}
	}
	if m.MessageID != "" {
		r.thread[m.MessageID] = first
	}
	return first, continues
}

const (
	movedAfter  = 7 * 24 * time.Hour // a mail that arrived so late was moved here from another mailbox
	replayTries = 4                  // of one mail, when a service fails for a moment
	replayWait  = time.Second        // before the second try; then twice as long each time
	longestWait = 30 * time.Second   // what a service may ask for
)

// work replays one mail. Only an error of the progress file, or the end of everything, is one.
func (r *replayer) work(ctx context.Context, j *job) error {
	x, t, err := r.examine(ctx, j.in)
	for try := 1; err != nil && try < replayTries && pause(ctx, err, try); try++ {
		x, t, err = r.examine(ctx, j.in)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	r.fill(j, x, t)
	if err != nil {
		j.item.Problem = err.Error()
	} else if err := r.state.Add(j.item); err != nil {
		return fmt.Errorf("replay: progress: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = append(r.items, j.item)
	r.cost += j.item.Usage.Micros
	if r.o.Progress != nil {
		r.o.Progress(len(r.items), r.total)
	}
	return nil
}

// pause waits after a failure, and reports whether trying again makes sense.
func pause(ctx context.Context, err error, try int) bool {
	var again interface {
		RetryAfter() (time.Duration, bool)
	}
	if !errors.As(err, &again) {
		return false
	}
	wait, temporary := again.RetryAfter()
	if !temporary || wait > longestWait {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(max(wait, replayWait<<(try-1))):
		return true
	}
}

// fill puts what was found out into the item.
func (r *replayer) fill(j *job, x *Explanation, t *ticket.Turn) {
	i := j.item
	i.From = t.Sender.Address
	if i.From == "" && len(x.From) > 0 {
		i.From = x.From[0].Address
	}
	i.Language, i.Engine, i.Flags = x.Triage.Language, x.Triage.Engine, x.Triage.Flags
	i.Intents, i.Refs = []ticket.Intent{}, []string{}
	for _, q := range x.Triage.Requests {
		i.Intents, i.Refs = append(i.Intents, q.Intent), append(i.Refs, q.OrderRefs...)
	}
	i.Rule, i.Decision, i.Reasons = x.Gate.Rule, x.Route.Decision, x.Route.Reasons
	alive := t.Gate.Outcome == ticket.Go || t.Gate.Readable
	if t.Triage != nil && alive {
		i.Usage = t.Usage()
		if r.config.Engine == config.EngineOpenAI {
			i.Standby = t.Triage.Standby
		}
	}
	language := i.Language
	if d := t.Draft(); d != nil {
		i.Draft = &replay.Draft{Subject: d.Subject, Text: replay.Clip(mail.ReplyText(d.Text)), Template: d.Template}
		language = d.Language
	}
	if t.Gate.Outcome == ticket.Record || t.Gate.Outcome == ticket.Ignore {
		return
	}
	r.compare(j, language)
}

// compare finds what a person sent, and sets it beside the draft.
func (r *replayer) compare(j *job, language string) {
	i := j.item
	human, how := r.sent.Find(j.in.Mail, i.From, i.Date)
	if human == nil {
		return
	}
	i.Sent = &replay.Comparison{How: how, Date: human.Date, Subject: human.Subject, Text: human.Text, Similarity: -1}
	if !human.Date.IsZero() {
		i.Sent.After = max(0, human.Date.Sub(i.Date))
	}
	if i.Draft == nil {
		return
	}
	theirs, err := r.words.Read(context.Background(), triage.Input{Text: human.Text}) // the lexicon does not wait
	if err == nil && theirs.Language != "" && theirs.Language != language {
		return
	}
	i.Sent.Similarity = replay.Similarity(i.Draft.Text, human.Text)
	asked, answered := i.Date.In(r.zone), cmp.Or(human.Date, i.Date).In(r.zone)
	i.Sent.OnlyDraft, i.Sent.OnlySent = replay.Differ(i.Draft.Text, human.Text, asked, answered)
}

// openState opens the progress file, if there is to be one.
func (e *Explainer) openState(o ReplayOptions) (*replay.State, error) {
	if o.State == "" {
		return nil, nil
	}
	settings, err := e.settings(o)
	if err != nil {
		return nil, err
	}
	s, err := replay.OpenState(o.State, settings)
	if errors.Is(err, replay.ErrOtherSettings) {
		return nil, fmt.Errorf("replay: %w: add --restart to begin anew", err)
	}
	if err != nil {
		return nil, fmt.Errorf("replay: progress: %w", err)
	}
	return s, nil
}

// settings is a hash of all that decides about a result, the owner's texts included. It holds no secret.
func (e *Explainer) settings(o ReplayOptions) (string, error) {
	h := sha256.New()
	c := e.config
	model := []string{string(c.Engine), c.OpenAI.Model, string(c.OpenAI.API), string(c.OpenAI.Effort)}
	own := e.o
	own.Now = time.Time{}
	all := []any{e.demo, c.Mode, c.Intents, model, c.Store, c.Shopify.Shop, own, o.Sent, o.Inbox}
	if err := json.NewEncoder(h).Encode(all); err != nil {
		return "", err
	}
	files := prompts.FS(c.Prompts)
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(text), text)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("replay: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
