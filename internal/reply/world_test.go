package reply

import (
	"sync"

	"github.com/replyd/replyd/prompts"
)

func testStore() Store {
	return Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example", Email: "support@lavender-oak.example",
		Agent: "Mina", Zone: "Europe/Berlin",
	}
}

// sharedWriter has the built-in templates.
var sharedWriter = sync.OnceValue(func() *Writer {
	w, err := New(prompts.FS(""), testStore())
	if err != nil {
		panic(err)
	}
	return w
})
