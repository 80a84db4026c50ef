// Package texts holds the words about reply templates and macros that an owner changes at the desk, without a file
// and without a restart. The owner's own file of the same path wins over the desk, and the desk over the built-in
// file. It has no I/O.
package texts

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// Bounds of what is kept.
const (
	MaxBody  = 64 << 10 // bytes of one text, as of a template file
	MaxNote  = 200      // characters
	MaxTexts = 1500     // paths that ever had a version: five languages with all templates and 200 macros each
)

// The folders of the texts that can be changed.
const (
	Replies = "replies" // one file for each intent of a language, and the shared ones
	Macros  = "macros"  // saved replies that staff choose; the first line of each is "# " and its title
)

// name is a file's name without its end: lower-case letters of any script, digits, _ and -.
var name = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{M}\p{Nd}_-]{1,60}$`)

var language = regexp.MustCompile(`^[a-z]{2}$`)

// Path names a text as its file is named: "replies/en/order_status.tmpl".
func Path(kind, lang, name string) string { return kind + "/" + lang + "/" + name + ".tmpl" }

// Split takes a path apart. ok is false for anything that is not the path of a text that may be changed.
func Split(path string) (kind, lang, file string, ok bool) {
	parts := strings.Split(path, "/")
	if len(parts) != 3 {
		return "", "", "", false
	}
	kind, lang = parts[0], parts[1]
	file, isTemplate := strings.CutSuffix(parts[2], ".tmpl")
	ok = (kind == Replies || kind == Macros) && language.MatchString(lang) && isTemplate && name.MatchString(file) &&
		norm.NFC.IsNormalString(file)
	return kind, lang, file, ok
}

// Slug makes the name of a macro's file from its title: "Ask for a photo" becomes "ask_for_a_photo". It is empty for a
// title without a letter or digit.
func Slug(title string) string {
	title = strings.ToLower(norm.NFC.String(title))
	words := regexp.MustCompile(`[\p{Ll}\p{Lo}\p{M}\p{Nd}]+`).FindAllString(title, -1)
	runes := []rune(strings.Join(words, "_"))
	return strings.Trim(string(runes[:min(len(runes), 50)]), "_")
}

// Version is one state of a text. All are kept.
type Version struct {
	N    uint64    `json:"n"` // counts from 1; 0 stands for nothing set yet
	At   time.Time `json:"at"`
	By   string    `json:"by"`
	Note string    `json:"note,omitempty"` // why, in a few words
	Body string    `json:"body,omitempty"` // empty: as it was without the desk
	// Removed: the macro is not offered, the built-in one of its name included. Body is empty then.
	Removed bool `json:"removed,omitempty"`
}

// Holds tells whether the version says anything else than what was there without the desk.
func (v Version) Holds() bool { return v.Body != "" || v.Removed }

// Same tells whether two versions say the same.
func (v Version) Same(o Version) bool { return v.Body == o.Body && v.Removed == o.Removed }

// Check says what forbids to keep a version, nil if nothing does.
func Check(path string, v Version) error {
	kind, _, _, ok := Split(path)
	switch {
	case !ok:
		return fmt.Errorf("texts: %q is not the path of a text that can be changed", path)
	case len(v.Body) > MaxBody:
		return fmt.Errorf("texts: %s: longer than %d bytes", path, MaxBody)
	case len([]rune(v.Note)) > MaxNote:
		return fmt.Errorf("texts: %s: a note has %d characters at most", path, MaxNote)
	case v.Removed && (kind != Macros || v.Body != ""):
		return fmt.Errorf("texts: %s: only a macro can be removed, and it has no text then", path)
	}
	return nil
}

var (
	// ErrStale: somebody else changed the text meanwhile.
	ErrStale = errors.New("texts: changed by somebody else meanwhile")
	// ErrMany: no more texts can be kept.
	ErrMany = fmt.Errorf("texts: no more than %d texts can be changed", MaxTexts)
	// ErrFixed: the owner's own file holds, and is changed there.
	ErrFixed = errors.New("texts: the owner's file sets this text")
	// ErrTaken: another text has this name.
	ErrTaken = errors.New("texts: another text has this name")
	// ErrUnknown: there is no such text.
	ErrUnknown = errors.New("texts: there is no such text")
)

// Fault says why a template cannot be read or filled. What is one of Sentences.
type Fault struct {
	File    string // its path
	Line    int    // from 1; 0 where it is not known
	Column  int    // bytes, from 1; 0 where it is not known
	What    string
	Arg     string // what the %s of What stands for, if it has one
	Excerpt string // the line
}

func (f *Fault) Error() string {
	place := f.File
	if f.Line > 0 {
		place = fmt.Sprintf("%s:%d", place, f.Line)
	}
	return place + ": " + f.Say(fmt.Sprintf)
}

// Say gives the sentence, made by a function that may translate it.
func (f *Fault) Say(say func(string, ...any) string) string {
	if strings.Contains(f.What, "%s") {
		return say(f.What, f.Arg)
	}
	return say(f.What)
}

// Show fills Excerpt from the text that the fault is in.
func (f *Fault) Show(body string) {
	lines := strings.Split(body, "\n")
	if f.Line > 0 && f.Line <= len(lines) {
		f.Excerpt = strings.TrimSpace(lines[f.Line-1])
		if r := []rune(f.Excerpt); len(r) > 240 {
			f.Excerpt = string(r[:240]) + "…"
		}
	}
}

// The sentences of faults.
const (
	NoField    = "There is no field %s here. The list of fields says what there is."
	NotAlways  = "%s is not always there. Put {{with}} or {{if}} around it."
	NoPart     = "No part is named %s. The list of parts says what there is."
	NoFunction = "There is no function %s. The list below says what a text may say."
	Endless    = "This never ends, or calls itself, or takes far too many steps."
	TooLong    = "What it writes is far too long for a mail."
	NoValue    = "This prints a value that is not always there. Put {{with}} or {{if}} around it."
	Whole      = "This prints a whole thing and not one value of it. Name the value, as in {{.Order.Name}}."
	Empty      = "The text is empty."
	Nothing    = "This says nothing to a mail whose result is %s. Say something there, with {{else}}."
	TwoParts   = "Another file already defines %s. Choose another name."
	NoTitle    = "The title is missing. The first line of a macro is its title, like “# Ask for a photo”."
	TooBig     = "The text is longer than 64 KiB."
	Control    = "The text holds a character that cannot be seen."
	ManyMacros = "A language has 200 macros at most. Remove one first."
	Unclosed   = "Something that begins with {{ does not end with }}."
	NoEnd      = "An {{end}} is missing: each {{if}}, {{with}}, {{range}} and {{define}} needs one."
	Unreadable = "This cannot be read: %s"
)

// Sentences lists what Fault.What may be.
func Sentences() []string {
	return []string{NoField, NotAlways, NoPart, NoFunction, Endless, TooLong, NoValue, Whole, Empty, Nothing, TwoParts, NoTitle,
		TooBig, Control, ManyMacros, Unclosed, NoEnd, Unreadable}
}
