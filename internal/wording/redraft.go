package wording

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/prompt"
	"github.com/replyd/replyd/internal/ticket"
)

// Redrafting writes drafts anew, as staff ask. It is safe for concurrent use.
type Redrafting struct {
	model  llm.Model
	prompt *prompt.Prompt
}

// NewRedrafting reads system/redraft.tmpl and tools/write_reply.json.
func NewRedrafting(m llm.Model, files fs.FS, s Store) (*Redrafting, error) {
	p, err := load(files, "redraft", s)
	if err != nil {
		return nil, err
	}
	return &Redrafting{model: m, prompt: p}, nil
}

// Wish is a draft and what is to be different in it.
type Wish struct {
	Subject, Text  string   // of the mail
	Draft          string   // its middle part, with placeholders
	In, Language   string   // the draft's language, and the one that is wanted
	Instruction    string   // of a member of staff
	Inside, Beyond []string // placeholders in the draft, and further ones
}

// ErrRules: the model's words broke a rule, and once more when it was told.
var ErrRules = errors.New("wording: words that break a rule")

// Write asks the model for words, and once more if check finds them wrong; what check says goes to the model. Usage
// counts all calls, even if there is an error.
func (r *Redrafting) Write(ctx context.Context, in Wish, check func(words string) error) (Output, error) {
	q := r.prompt.Request(wished(in), in.Subject, in.Text)
	out, err := call(ctx, r.model, r.prompt, q)
	problem := wrong(out, err, check)
	if problem == "" {
		return out, err
	}
	q.Retry = problem
	again, err := call(ctx, r.model, r.prompt, q)
	again.Usage.Add(out.Usage)
	if wrong(again, err, check) != "" {
		again.Text = ""
		return again, ErrRules
	}
	return again, err
}

// wrong says to the model what is wrong with its answer; nothing if it is fine, or if there is none to be had.
func wrong(out Output, err error, check func(string) error) string {
	var e *llm.Error
	switch {
	case errors.As(err, &e) && e.Kind == llm.BadAnswer:
		return "Call the function with one text."
	case err != nil:
		return ""
	}
	if err := check(out.Text); err != nil {
		return "This breaks a rule: " + err.Error() + ". Write it again, and keep to all rules."
	}
	return ""
}

const (
	beginDraft  = "---- draft begins ----\n"
	endDraft    = "\n---- draft ends ----\n"
	instruction = "Instruction of the staff: "
	wanted      = "Wanted language: "
)

// wished is what the model is to do. It holds words of the templates and of staff, and names of placeholders.
func wished(in Wish) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Language of the draft: %s\n%s%s\n", in.In, wanted, in.Language)
	b.WriteString(beginDraft + strings.ReplaceAll(prompt.Sanitize(in.Draft), "----", "--") + endDraft)
	fmt.Fprintf(&b, "Placeholders in the draft: %s\n", list(in.Inside))
	fmt.Fprintf(&b, "Further placeholders: %s\n", list(in.Beyond))
	said := strings.Join(strings.Fields(prompt.Sanitize(in.Instruction)), " ")
	if runes := []rune(said); len(runes) > ticket.MaxInstruction {
		said = string(runes[:ticket.MaxInstruction])
	}
	fmt.Fprintf(&b, "%s%s\n\n", instruction, said)
	return b.String()
}

// Wished takes draft, instruction and wanted language out of a question again, for a stand-in that plays the model.
func Wished(question string) (in Wish, ok bool) {
	head, rest, begins := strings.Cut(question, beginDraft)
	draft, rest, ends := strings.Cut(rest, endDraft)
	_, said, asked := strings.Cut(rest, instruction)
	said, _, _ = strings.Cut(said, "\n")
	_, language, _ := strings.Cut(head, wanted)
	language, _, _ = strings.Cut(language, "\n")
	_, own, _ := strings.Cut(head, "Language of the draft: ")
	own, _, _ = strings.Cut(own, "\n")
	return Wish{Draft: draft, Instruction: said, Language: language, In: own}, begins && ends && asked
}
