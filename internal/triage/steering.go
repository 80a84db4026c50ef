package triage

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode"

	"github.com/replyd/replyd/internal/ticket"
)

// flags collects the flags of all sentences and marks those that try to steer a machine. Attempts to steer are
// looked for in every language's lexicon, whatever the mail's own, and in the sender's display name.
func (r *reading) flags(lex *Lexicon, name string) []ticket.Flag {
	found := map[ticket.Flag]bool{}
	r.steering = make([]bool, len(r.sentences))
	seen := guesses{}
	for i := range r.sentences {
		s := &r.sentences[i]
		for f, w := range flagWeights(s.hits) {
			found[f] = found[f] || w >= raised
		}
		r.steering[i] = lex.steers(r.text, s, seen)
	}
	r.spread()
	hidden := hasTagCharacters(r.text)
	found[ticket.SuspectedInjection] = hidden || slices.Contains(r.steering, true) || lex.steersName(name)
	var out []ticket.Flag
	for _, f := range ticket.Flags {
		if found[f] {
			out = append(out, f)
		}
	}
	return out
}

func flagWeights(hits []hit) map[ticket.Flag]int {
	var weights map[ticket.Flag]int
	for _, h := range hits {
		if h.phrase.target.kind == forFlag {
			if weights == nil {
				weights = map[ticket.Flag]int{}
			}
			weights[ticket.Flag(h.phrase.target.name)] += h.phrase.weight
		}
	}
	return weights
}

// steers reports whether a sentence speaks to a machine, in any language.
func (lex *Lexicon) steers(text string, s *sentence, seen guesses) bool {
	part := text[s.start:s.end]
	if forged(part) || smuggled(part) {
		return true
	}
	if len(s.tokens) < 2 {
		return false
	}
	same := sentence{span: s.span, tokens: s.tokens}
	lex.steering.look(&same, seen)
	lex.steering.match(&same)
	return flagWeights(same.hits)[ticket.SuspectedInjection] >= raised
}

func (lex *Lexicon) steersName(name string) bool {
	name = clip(name, 1000)
	for _, part := range sentences(name) {
		if lex.steers(name, &sentence{span: part, tokens: tokenize(name, part.start, part.end)}, guesses{}) {
			return true
		}
	}
	return false
}

// spread marks what stands between two steering sentences, or in the same paragraph directly after a heading
// that steers ("NEW INSTRUCTIONS:"), as steering too.
func (r *reading) spread() {
	for i := 1; i < len(r.sentences); i++ {
		prev, s := r.sentences[i-1], r.sentences[i]
		if r.steering[i-1] && !r.steering[i] && s.subject == prev.subject &&
			strings.Count(r.text[prev.end:s.start], "\n") == 1 && len(prev.tokens) <= 8 {
			r.steering[i] = true
		}
	}
}

// marks are what chat templates and tool calls of language models look like. No customer writes them.
var marks = []string{
	"<|im_start|>", "<|im_end|>", "<|system|>", "<|user|>", "<|assistant|>", "<|endoftext|>", "<|eot_id|>",
	"<|start_header_id|>", "<|end_header_id|>", "[inst]", "[/inst]", "<<sys>>", "<</sys>>", "<system>", "</system>",
	"<instructions>", "</instructions>", "<assistant>", "</assistant>", "<tool_call>", "</tool_call>", "<function_call",
	"<start_of_turn>", "<end_of_turn>", "[system]", "[system message]", "[/system]", "### system", "### instruction",
	"### new instruction", "###instruction", "begin system prompt", "end of system prompt", "end of user input",
	"end of customer email", "end of customer message", "system prompt", "systemprompt", "record_requests",
	"system override",
	"prompt injection", "\"role\":\"system\"", "\"role\": \"system\"", "'role': 'system'", "\"role\": \"assistant\"",
	"\"tool_calls\"", "\"function_call\"", "{{system", "begin_of_text|>",
}

// forged reports whether the text imitates the marks between the turns of a conversation with a model.
func forged(text string) bool {
	if !strings.ContainsAny(text, "<[#{\"'") && !strings.Contains(text, "ystem") && !strings.Contains(text, "YSTEM") &&
		!strings.Contains(text, "_") {
		return roleLine(text)
	}
	lower := strings.ToLower(strings.Map(func(c rune) rune {
		if c == '｜' || c == '￤' {
			return '|'
		}
		return c
	}, text))
	for _, m := range marks {
		if strings.Contains(lower, m) {
			return true
		}
	}
	return roleLine(text)
}

// roleLine reports whether a text begins as a machine's turn does: "SYSTEM: …", "Assistant: …".
func roleLine(text string) bool {
	head, rest, ok := strings.Cut(text, ":")
	if !ok || strings.TrimSpace(rest) == "" || len(head) > 24 {
		return false
	}
	switch strings.ToLower(strings.Trim(head, " *#_->[]()")) {
	case "system", "assistant", "ai", "ai assistant", "developer", "system message", "system note", "system update",
		"system instruction", "system instructions", "chatgpt", "gpt", "prompt", "tool", "tool result", "function":
		return true
	}
	return false
}

// minBlob is the length from which on a run of base64 is looked into.
const minBlob = 24

// smuggled reports whether a text carries base64 that decodes to a sentence of plain text.
func smuggled(text string) bool {
	for field := range strings.FieldsFuncSeq(text, func(c rune) bool {
		return !(c < 0x80 && isWord(c) || c == '+' || c == '/' || c == '=' || c == '-' || c == '_')
	}) {
		if len(field) < minBlob || len(field) > maxText {
			continue
		}
		field = strings.TrimRight(field, "=")
		for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
			if plain, err := enc.DecodeString(field); err == nil && prose(plain) {
				return true
			}
		}
	}
	return false
}

// prose reports whether bytes are words with spaces between them.
func prose(b []byte) bool {
	spaces, lettersSeen := 0, 0
	for _, c := range b {
		switch {
		case c == ' ' || c == '\n':
			spaces++
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			lettersSeen++
		case c < ' ' || c >= 0x7f:
			return false
		}
	}
	return spaces >= 2 && lettersSeen*10 >= len(b)*7
}

// minTags is how many invisible tag characters are no accident: the flags of England, Scotland and Wales have
// up to seven (Unicode TR51, annex C).
const minTags = 8

// hasTagCharacters reports whether text is hidden in the characters of the Unicode block Tags, which no mail
// program shows but a model reads.
func hasTagCharacters(text string) bool {
	run := 0
	for _, c := range text {
		if c >= 0xE0000 && c <= 0xE007F {
			if run++; run >= minTags {
				return true
			}
		} else if !unicode.Is(unicode.Cf, c) {
			run = 0
		}
	}
	return false
}
