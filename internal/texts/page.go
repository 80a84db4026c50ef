package texts

// Origin says whose words hold.
type Origin string

const (
	// BuiltIn: the program's own.
	BuiltIn Origin = "built-in"
	// Desk: what was set at the desk.
	Desk Origin = "desk"
	// File: the owner's file, which wins.
	File Origin = "file"
	// Gone: a macro that was removed.
	Gone Origin = "removed"
)

// Entry is one text as a list shows it.
type Entry struct {
	Path     string
	Kind     string // Replies or Macros
	Language string
	Name     string // of its file, without the end
	Title    string // of a macro
	Origin   Origin
	Version  uint64 // the newest one at the desk; 0: none
	Warnings int    // what no fact covers in made-up replies
	Fault    *Fault // why the desk's text does not hold; the one beneath it does
}

// Text is one text as its page shows it.
type Text struct {
	Entry
	Body     string // what holds, or what was set at the desk and does not hold
	BuiltIn  string // the program's own; empty for a macro of the owner's
	File     string // the owner's file, where one holds
	Versions []Version
	Parts    []Part // what the language's files define for use in this one
}

// Part is a piece of text with a name, for {{template "name" .}}.
type Part struct {
	Name string
	File string // that defines it
}

// Trial is what a text would say, tried before it is kept.
type Trial struct {
	Fault    *Fault // nil: it can be kept
	Warnings []Warning
	Previews []Preview
}

// Warning is something that a reply states and no fact covers: such a reply never leaves by itself.
type Warning struct {
	Sample string // the preview that shows it
	Token  string
	Line   int // from 1; 0 where it is not known
	Why    string
}

// Preview is a reply to a made-up mail.
type Preview struct {
	ID      string // of this preview among those of one text
	Intent  string
	Sample  string // which finding or state it shows
	Subject string
	Text    string
	HTML    string
}

// Group is a thing that templates may speak about, with its fields.
type Group struct {
	Name   string // "an order"
	Reach  string // how a template comes to it: "{{with .Order}}"; empty for the request itself
	Fields []Field
}

// Field is one name that a template may use, with what it means.
type Field struct{ Name, Doc string }
