package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
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

// live tells a page, by server-sent events, that the queue changed and who else looks at the same turn. Nothing
// depends on it: a page without script shows the same after it is loaded again.
func (s *server) live(w http.ResponseWriter, r *http.Request) {
	rc := http.NewResponseController(w)
	if err := rc.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.failed(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no") // nginx: pass every event on at once
	id, who := ticket.TurnID(r.URL.Query().Get("turn")), userOf(r)
	if id != "" {
		if _, err := s.Desk.Turn(id); err != nil {
			s.failed(w, r, err)
			return
		}
		defer s.presence.left(id, who)
	}
	ctx, cancel := context.WithTimeout(r.Context(), liveFor)
	defer cancel()
	beat := time.NewTicker(liveBeat)
	defer beat.Stop()
	for last, seq := "", 0; ; {
		changed := s.Desk.Changed()
		now, err := s.liveEvent(ctx, s.locale(r), id, who, seq)
		if err != nil {
			return
		}
		if now != last {
			last = now
			_, err = fmt.Fprintf(w, "event: desk\ndata: %s\n\n", now)
		} else {
			_, err = fmt.Fprint(w, ": here\n\n")
		}
		if err != nil || rc.Flush() != nil {
			return
		}
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
			seq++
		}
	}
}

// liveEvent is what a page shows live: counts of the views, who else is here, and which version the turn has.
func (s *server) liveEvent(ctx context.Context, l *locale, id ticket.TurnID, who string, seq int,
) (string, error) {
	if err := s.Desk.Wake(ctx, s.Now()); err != nil {
		return "", err
	}
	counts, err := s.Desk.CountViews(s.today())
	if err != nil {
		return "", err
	}
	out := struct {
		Counts  map[ticket.View]string `json:"counts"`
		Say     string                 `json:"say"`
		Others  string                 `json:"others"`
		Version uint64                 `json:"version,omitempty"`
		Seq     int                    `json:"seq"` // grows when something changed, if only a row
	}{Counts: map[ticket.View]string{}, Seq: seq}
	for v, n := range counts {
		out.Counts[v] = l.num(n)
	}
	out.Say = l.say("%v need review", counts[ticket.NeedsReview])
	if id != "" {
		t, err := s.Desk.Turn(id)
		if err != nil {
			return "", err
		}
		out.Version, out.Others = t.Version, l.others(s.presence.see(id, who))
	}
	data, err := json.Marshal(out)
	return string(data), err
}

// others says who else looks at a turn.
func (l *locale) others(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return l.say("%s is looking at this too", strings.Join(names, ", "))
}
