package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// tongues are those that replyd has templates for.
var tongues = []string{"en", "fa", "de", "fr", "es"}

// mayAsk reports whether the page offers another draft.
func (s *server) mayAsk(t *ticket.Turn) bool { return s.Redraft && t.CanAsk() }

// ask keeps what the person changed as their draft, and records what they want to be different. The pipeline has the
// model write it.
func (s *server) ask(t *ticket.Turn, a asking, by string, at time.Time) {
	if a.subject != cleanLine(t.Draft().Subject) || a.text != cleanText(t.Draft().Text) {
		t.Drafts = append(t.Drafts, s.edited(t, by, a.subject, a.text, a.language, at))
	}
	language := a.language
	if language == t.Draft().Language {
		language = ""
	}
	t.Ask(at, by, a.instruction, language)
}

// asking is what a person wants, and the text as they left it.
type asking struct{ instruction, subject, text, language string }

// redraft has another draft written, and shows the turn meanwhile.
func (s *server) redraft(w http.ResponseWriter, r *http.Request) {
	t := s.find(w, r)
	if t == nil || !s.form(w, r) {
		return
	}
	a := asking{instruction: cleanLine(r.PostForm.Get("instruction"))}
	a.subject, a.text, a.language = written(r, t)
	current := t.State == ticket.Review && r.PostForm.Get("version") == strconv.FormatUint(t.Version, 10)
	if problem := s.askProblem(r, t, a); current && problem != "" {
		v := s.viewOf(r, t)
		v.Subject, v.Text, v.Language, v.Instruction, v.Problem = a.subject, a.text, a.language, a.instruction, problem
		s.showTurn(w, r, http.StatusUnprocessableEntity, v)
		return
	}
	_, taken := s.settle(w, r, t, a.text, func(t *ticket.Turn, by string, at time.Time) { s.ask(t, a, by, at) })
	if taken {
		here := "/turns/" + string(t.ID)
		if f, ok := fromList(r.PostForm.Get("from")); ok {
			here += "?from=" + url.QueryEscape(f.Query())
		}
		http.Redirect(w, r, here, http.StatusSeeOther)
	}
}

// askProblem says why no other draft can be asked for.
func (s *server) askProblem(r *http.Request, t *ticket.Turn, a asking) string {
	switch {
	case !s.Redraft:
		return s.say(r, "No language model is set up, so nobody can write another draft.")
	case !t.CanAsk():
		return s.say(r, "Another draft of this turn cannot be written. Change the text yourself.")
	case a.instruction == "":
		return s.say(r, "Say what should be different in the draft.")
	case tooLong(a.instruction, ticket.MaxInstruction):
		return s.say(r, "Too long: say in up to %v characters what should be different.", ticket.MaxInstruction)
	}
	return s.answerProblem(r, t, a.subject, a.text)
}

// apiAsking is what the operation redraft takes.
type apiAsking struct {
	Version     uint64  `json:"version"`
	Instruction string  `json:"instruction"`
	Subject     *string `json:"subject"`
	Text        *string `json:"text"`
	Language    *string `json:"language"`
}

// apiRedraft has another draft written. The turn is in review again when it is there.
func (s *server) apiRedraft(c apiCall) (any, error) {
	var in apiAsking
	if err := c.body(&in); err != nil {
		return nil, err
	}
	instruction := cleanLine(in.Instruction)
	switch {
	case !s.Redraft:
		return nil, problem{
			Type: problemNoModel, Status: http.StatusConflict,
			Detail: "No language model is set up (engine: lexicon), so nobody can write another draft.",
		}
	case instruction == "" || tooLong(instruction, ticket.MaxInstruction):
		return nil, unprocessable(fmt.Sprintf("instruction says in up to %d characters what should be different.",
			ticket.MaxInstruction))
	case in.Language != nil && !slices.Contains(tongues, *in.Language):
		return nil, unprocessable("language is en, fa, de, fr or es.")
	}
	return s.apiChange(c, in.Version, func(t *ticket.Turn, at time.Time) error {
		if !t.CanAsk() {
			return unprocessable("Another draft of this turn cannot be written: there is none yet, or a reply may have left.")
		}
		if err := s.reply(t, c, apiAnswer{Subject: in.Subject, Text: in.Text}, at); err != nil {
			return err
		}
		language := ""
		if in.Language != nil && *in.Language != t.Draft().Language {
			language = *in.Language
		}
		t.Ask(at, c.by.Name, instruction, language)
		return nil
	})
}
