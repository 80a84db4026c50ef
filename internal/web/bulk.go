package web

import (
	"net/http"
	"strconv"
	"time"

	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/ticket"
)

// maxBulk is how many drafts are approved at once: as many as a person can look over.
const maxBulk = 50

type bulkView struct {
	Alike string
	Turns []*ticket.Turn

	Decides bool // who looks may approve
}

// alike reads the turns whose drafts differ in their facts alone. Each is judged again as it is now.
func (s *server) alike(key string) (out []*ticket.Turn, err error) {
	page, err := s.Desk.Rows(ticket.Query{View: ticket.NeedsReview, Alike: key, Limit: maxBulk})
	if err != nil || key == "" {
		return nil, err
	}
	for _, r := range page.Rows {
		t, err := s.Desk.Turn(r.ID)
		if err != nil {
			return nil, err
		}
		if t.Alike() == key {
			out = append(out, t)
		}
	}
	return out, nil
}

// bulkPage shows, in full, what one click would approve.
func (s *server) bulkPage(w http.ResponseWriter, r *http.Request) {
	key := r.URL.Query().Get("alike")
	turns, err := s.alike(key)
	if err != nil {
		s.failed(w, r, err)
		return
	}
	s.render(w, r, http.StatusOK, "bulk", "Approve together", bulkView{key, turns, may(r, staff.Decide)})
}

// bulk approves what was chosen on that page, each in the version that was shown.
func (s *server) bulk(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	chosen := r.PostForm["turn"]
	done, left := 0, 0
	for _, id := range chosen[:min(len(chosen), maxBulk)] {
		version, err := strconv.ParseUint(r.PostForm.Get("version-"+id), 10, 64)
		if err == nil {
			_, err = s.Desk.Change(r.Context(), ticket.TurnID(id), version, func(t *ticket.Turn) error {
				if version == 0 || t.Alike() == "" || t.Alike() != r.PostForm.Get("alike") || t.Recipient() == "" {
					return errStale
				}
				s.send(t, userOf(r), "approved together with others", s.Now())
				return nil
			})
		}
		if err != nil {
			left++
			s.Log.Info("web: not approved with the others", "turn", id, "error", err)
		} else {
			done++
		}
	}
	note := s.say(r, "%v approved.", done)
	if left > 0 {
		note += " " + s.say(r, "%v changed meanwhile and stay in the queue.", left)
	}
	if s.Undo >= time.Second && done > 0 {
		note += " " + s.say(r, "They are sent in %v seconds; until then each can be taken back on its page.", int(s.Undo.Seconds()))
	}
	s.sessions.Put(r.Context(), keyNote, note)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
