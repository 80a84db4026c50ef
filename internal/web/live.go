package web

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// How the stream of a page behaves.
const (
	liveQuiet = 400 * time.Millisecond // between two events: a burst of changes is one
	liveBeat  = 10 * time.Second       // without any change: who is here is said again
	liveFor   = 10 * time.Minute       // then the browser comes again, and is asked who it is again
)

// watcher is a page that is open in a browser, and what was last said to it.
type watcher struct {
	l       *locale
	who     string
	turn    ticket.TurnID // empty in a list
	version uint64        // of the turn, as the page shows it
	from    string        // the list that the turn was opened from
	awaits  bool          // the page waits for another draft
	review  int           // how many needed review when it was last said; -1 at first
	last    string
	seen    int64 // the store's number when the list was last read
}

// liveView is what the template "live" is filled with.
type liveView struct {
	Tabs    []tab
	Say     string // for who hears the page rather than sees it
	Turn    ticket.TurnID
	From    string
	Others  []string
	Changed bool // the turn is not any more what the page shows
}

// live tells a page, by server-sent events, what changed: "desk" brings pieces of the page, "rows" says that the
// list is worth being asked for, "ready" that the draft is there which the page waits for. Nothing depends on it: a
// page without script shows the same after it is loaded again.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.failed(w, r, err)
		return
	}
	q := r.URL.Query()
	p := watcher{l: s.locale(r), who: userOf(r), turn: ticket.TurnID(q.Get("turn")), from: q.Get("from"), review: -1}
	p.seen, _ = strconv.ParseInt(q.Get("seen"), 10, 64)
	if p.turn != "" {
		if _, err := s.Desk.Turn(p.turn); err != nil {
			s.failed(w, r, err)
			return
		}
		p.awaits = q.Get("await") != ""
		p.version, _ = strconv.ParseUint(q.Get("version"), 10, 64)
		defer s.presence.left(p.turn, p.who)
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx: pass every event on at once
	ctx, cancel := context.WithTimeout(r.Context(), liveFor)
	defer cancel()
	s.stream(ctx, w, rc, &p)
}

// stream writes events until the page is left.
func (s *server) stream(ctx context.Context, w http.ResponseWriter, rc *http.ResponseController, p *watcher) {
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	for {
		changed, now := s.Desk.Changed(), s.Desk.Changes()
		event, err := s.liveEvent(ctx, p)
		if err != nil {
			return
		}
		if p.turn == "" && p.seen != now { // or changed between the page and its stream, or two streams
			event += "event: rows\ndata: changed\n\n"
		}
		if event == "" {
			event = ": here\n\n"
		}
		if _, err = fmt.Fprint(w, event); err != nil || rc.Flush() != nil {
			return
		}
		p.seen = now
		select {
		case <-ctx.Done():
			return
		case <-beat.C:
		case <-changed:
			select {
			case <-ctx.Done():
				return
			case <-time.After(liveQuiet):
			}
		}
	}
}

// liveEvent is the event that brings a page up to date; empty when it is.
func (s *server) liveEvent(ctx context.Context, p *watcher) (string, error) {
	if err := s.Desk.Wake(ctx, s.Now()); err != nil {
		return "", err
	}
	tabs, err := s.tabs()
	if err != nil {
		return "", err
	}
	v := liveView{Turn: p.turn, From: p.from}
	for _, t := range tabs {
		if t.View == ticket.NeedsReview {
			if p.review >= 0 && p.review != t.Count {
				v.Say = p.l.say("%v need review", t.Count)
			}
			p.review = t.Count
		}
	}
	if p.turn == "" {
		v.Tabs = tabs
	} else {
		t, err := s.Desk.Turn(p.turn)
		if err != nil {
			return "", err
		}
		if p.awaits && t.Version != p.version {
			return "event: ready\ndata: changed\n\n", nil
		}
		v.Changed, v.Others = t.Version != p.version, s.presence.see(p.turn, p.who)
	}
	var b bytes.Buffer
	if err := s.pages.views[p.l.Lang]["queue"].ExecuteTemplate(&b, "live", v); err != nil {
		return "", err
	}
	now := strings.Join(strings.Fields(b.String()), " ")
	if now == p.last {
		return "", nil
	}
	p.last = now
	return "event: desk\ndata: " + now + "\n\n", nil
}
