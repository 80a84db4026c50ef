package ticket

import (
	"strings"
	"time"
	"unicode/utf8"
)

// MaxInstruction bounds an instruction, in characters.
const MaxInstruction = 500

// Instruction is what a person wants to be different in a draft. With it a turn leaves review for the step that
// writes, and comes back there with another draft, or with the reason why there is none.
type Instruction struct {
	By   string    `json:"by"` // the name of a member of staff
	At   time.Time `json:"at"`
	Text string    `json:"text"` // in their own words
	// Draft is the index of the draft that it is about: the last one, which may be what the person had just written.
	Draft int `json:"draft"`
	// Language is that of the draft that is wanted; empty: the present one's.
	Language string `json:"language,omitempty"`
}

// Asked gives the instruction that a draft is being written for; nil if nobody waits for one.
func (t *Turn) Asked() *Instruction {
	if len(t.Instructions) == 0 || t.State != Informed && t.State != Drafted {
		return nil
	}
	return &t.Instructions[len(t.Instructions)-1]
}

// AskedFor gives the instruction that a draft was written for; nil for one that nobody asked for.
func (t *Turn) AskedFor(d *Draft) *Instruction {
	if d == nil || d.Asked < 1 || d.Asked > len(t.Instructions) {
		return nil
	}
	return &t.Instructions[d.Asked-1]
}

// CanAsk reports whether a person may ask for another draft: there is one, what it rests on was looked up, and no
// reply was ever on its way, so that a doubt about that is not covered up.
func (t *Turn) CanAsk() bool {
	return t.State == Review && len(t.Drafts) > 0 && t.Triage != nil && t.Findings != nil && len(t.Mails) > 0 &&
		t.Outgoing == nil && t.Receipt == nil && t.Recipient() != ""
}

// Ask records what a person wants to be different in the last draft, and has another one written.
func (t *Turn) Ask(at time.Time, by, text, language string) {
	t.Instructions = append(t.Instructions, Instruction{
		By: by, At: at, Text: text, Draft: len(t.Drafts) - 1, Language: language,
	})
	t.Move(at, by, Informed, "asked for another draft: "+text)
}

// checkAsked: an instruction is a person's, about the last draft, and comes with the move that it causes.
func checkAsked(before, after *Turn) error {
	added := len(after.Instructions) - len(before.Instructions)
	moved := before.State == Review && after.State == Informed
	if !moved {
		if added != 0 {
			return illegal("%s: an instruction comes with the move out of review", after.ID)
		}
		return nil
	}
	if added != 1 {
		return illegal("%s: one instruction leads from review to another draft", after.ID)
	}
	i := after.Instructions[len(after.Instructions)-1]
	switch {
	case i.By == "" || i.By == Policy || i.By == Replyd:
		return illegal("%s: only a person asks for another draft", after.ID)
	case strings.TrimSpace(i.Text) == "" || utf8.RuneCountInString(i.Text) > MaxInstruction:
		return illegal("%s: an instruction has 1 to %d characters", after.ID, MaxInstruction)
	case len(after.Drafts) == 0 || i.Draft != len(after.Drafts)-1:
		return illegal("%s: an instruction is about the last draft", after.ID)
	case after.Outgoing != nil || after.Receipt != nil:
		return illegal("%s: a reply was on its way already", after.ID)
	}
	return nil
}
