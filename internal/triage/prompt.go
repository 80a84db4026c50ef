package triage

import (
	"io/fs"

	"github.com/replyd/replyd/internal/prompt"
)

// ToolName is the one function that the model must call.
const ToolName = "record_requests"

func newPrompt(files fs.FS, store Store) (*prompt.Prompt, error) {
	slots := struct {
		Store, Tone, OrderForm string
		Rules                  []string
	}{store.Name, store.Tone, example(store.OrderName), store.Rules}
	if slots.Tone == "" {
		slots.Tone = "friendly, plain and brief."
	}
	return prompt.Load(files, "triage", slots, ToolName)
}

// example is an order's name as the store writes it.
func example(n OrderName) string {
	if n == (OrderName{}) {
		return "#1001"
	}
	return n.Prefix + "1001" + n.Suffix
}
