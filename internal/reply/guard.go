package reply

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	text "text/template"
	"text/template/parse"

	"github.com/replyd/replyd/internal/texts"
	"github.com/replyd/replyd/internal/ticket"
)

// An owner's template is bounded in time and space: text/template itself would loop as long as it is told, call a
// template from itself, and print as much as memory holds. Before each action stands a tick, a piece of text that is
// counted and never written; it also says where an error happened.
const (
	maxSteps = 20_000   // actions and writes of one reply; an ordinary one has some hundreds
	maxDepth = 8        // templates that are filled within others through .Say
	maxWord  = 4 << 10  // bytes that a function may give
	tick     = "\x04"   // begins a tick; sources hold no control characters
	notOne   = "\x05\n" // what printing a thing that is no value leaves
)

var (
	errEndless = errors.New("too many steps")
	errLong    = errors.New("template output is too long")
	errNoValue = errors.New("a value is not there")
	errWhole   = errors.New("this is no value")
)

// output is what one template writes. Its errors stop the template.
type output struct {
	bytes.Buffer
	steps *int   // left, of the whole reply
	at    []byte // the last tick
}

func (o *output) Write(p []byte) (int, error) {
	switch *o.steps--; {
	case *o.steps < 0:
		return 0, errEndless
	case len(p) > 0 && p[0] == tick[0]:
		o.at = p
		return len(p), nil
	case string(p) == missing, string(p) == "<nil>":
		return 0, errNoValue
	case bytes.Contains(p, []byte(notOne)):
		return 0, errWhole
	case o.Len()+len(p) > maxOutput:
		return 0, errLong
	}
	return o.Buffer.Write(p)
}

// define parses a file and adds what it defines. No file may define what another one did: whichever was read last
// would win, in replies that do not seem to use it.
func (s *set) define(name, file, source string) error {
	t, err := text.New(name).Funcs(functions()).Parse(source)
	if err != nil {
		return faultOf(err, file)
	}
	macro := strings.HasPrefix(name, macroPrefix)
	if parse.IsEmptyTree(t.Root) && (macro || slices.Contains(ticket.Intents, ticket.Intent(name))) {
		return &texts.Fault{File: file, What: texts.Empty}
	}
	for _, d := range t.Templates() {
		if d.Tree == nil {
			continue
		}
		if d.Name() != name && (ownFile(d.Name()) || s.all.Lookup(d.Name()) != nil) {
			return &texts.Fault{File: file, Line: lineOfDefine(source, d.Name()), What: texts.TwoParts, Arg: d.Name()}
		}
		ticks(d.Tree.Root, name, source)
		if _, err := s.all.AddParseTree(d.Name(), d.Tree); err != nil {
			return faultOf(err, file)
		}
		if d.Name() != name {
			s.parts = append(s.parts, texts.Part{Name: d.Name(), File: file})
		}
	}
	return nil
}

// lineOfDefine finds where a source defines a name; 0 if it does not say so plainly.
func lineOfDefine(source, name string) int {
	before, _, found := strings.Cut(source, `define "`+name+`"`)
	if !found {
		return 0
	}
	return 1 + strings.Count(before, "\n")
}

// ticks puts one before each action of a list, and of the lists within.
func ticks(l *parse.ListNode, name, source string) {
	if l == nil {
		return
	}
	var out []parse.Node
	for _, n := range l.Nodes {
		if n.Type() != parse.NodeText {
			out = append(out, newTick(name, source, n.Position()))
		}
		out = append(out, n)
		switch n := n.(type) {
		case *parse.IfNode:
			ticks(n.List, name, source)
			ticks(n.ElseList, name, source)
		case *parse.WithNode:
			ticks(n.List, name, source)
			ticks(n.ElseList, name, source)
		case *parse.RangeNode:
			ticks(n.List, name, source)
			ticks(n.ElseList, name, source)
		}
	}
	if len(out) == 0 { // an empty loop takes time too
		out = append(out, newTick(name, source, l.Position()))
	}
	l.Nodes = out
}

func newTick(name, source string, at parse.Pos) parse.Node {
	line := 1 + strings.Count(source[:min(int(at), len(source))], "\n")
	return &parse.TextNode{NodeType: parse.NodeText, Text: fmt.Appendf(nil, "%s%d:%s", tick, line, name)}
}

// functions replaces those of text/template that build strings by ones that build short strings only, so that a
// template which doubles a text again and again ends.
func functions() text.FuncMap {
	short := func(f func(...any) string) func(...any) (string, error) {
		return func(args ...any) (string, error) {
			out := f(args...)
			if len(out) > maxWord {
				return "", errLong
			}
			return out, nil
		}
	}
	return text.FuncMap{
		"print":    short(fmt.Sprint),
		"println":  short(fmt.Sprintln),
		"html":     short(text.HTMLEscaper),
		"js":       short(text.JSEscaper),
		"urlquery": short(text.URLQueryEscaper),
		"printf": func(format string, args ...any) (string, error) {
			if len(format) > maxWord || wide.MatchString(format) {
				return "", errLong
			}
			return short(func(args ...any) string { return fmt.Sprintf(format, args...) })(args...)
		},
	}
}

// wide finds a width or precision that is not written out, or of three digits and more.
var wide = regexp.MustCompile(`%[^a-zA-Z%]*(?:\*|\d{3})`)

// fault makes of an error in a template filled now a fault that says where.
func (r *run) fault(err error, name string, o *output) error {
	var inner *texts.Fault
	if errors.As(err, &inner) { // in words that .Say filled
		return inner
	}
	f := &texts.Fault{File: r.set.file(r.locale.lang, name)}
	if line, at, ok := strings.Cut(strings.TrimPrefix(string(o.at), tick), ":"); ok {
		f.Line, _ = strconv.Atoi(line)
		f.File = r.set.file(r.locale.lang, at)
	}
	switch {
	case errors.Is(err, errEndless):
		f.What = texts.Endless
	case errors.Is(err, errLong):
		f.What = texts.TooLong
	case errors.Is(err, errNoValue):
		f.What = texts.NoValue
	case errors.Is(err, errWhole):
		f.What = texts.Whole
	default:
		place := f
		f = faultOf(err, place.File)
		if f.File != place.File {
			f.File = r.set.file(r.locale.lang, f.File)
		}
		if f.Line == 0 {
			f.Line = place.Line
		}
	}
	return f
}

// said takes apart what text/template says: where, and what.
var said = regexp.MustCompile(`(?s)^template: ([^:]+):(\d+)(?::(\d+))?: (.*)$`)

// sayings turn what text/template says into a sentence.
var sayings = []struct {
	pattern *regexp.Regexp
	what    string
}{
	{regexp.MustCompile(`can't evaluate field (\S+) in type`), texts.NoField},
	{regexp.MustCompile(`at <(.*?)>: nil pointer evaluating`), texts.NotAlways},
	{regexp.MustCompile(`template "?(.*?)"? not defined`), texts.NoPart},
	{regexp.MustCompile(`no such template "(.*?)"`), texts.NoPart},
	{regexp.MustCompile(`function "(.*?)" not defined`), texts.NoFunction},
	{regexp.MustCompile(`multiple definition of template "(.*?)"`), texts.TwoParts},
	{regexp.MustCompile(`(exceeded maximum template depth)`), texts.Endless},
	{regexp.MustCompile(`is an (incomplete or empty) template`), texts.Empty},
	{regexp.MustCompile(`(unclosed action|unclosed left paren|unterminated)`), texts.Unclosed},
	{regexp.MustCompile(`(unexpected EOF)`), texts.NoEnd},
}

// faultOf makes a fault of what text/template says while it parses or fills. File is the path for what was parsed; of
// what was filled, it becomes the template's own name where that is another one.
func faultOf(err error, file string) *texts.Fault {
	f := &texts.Fault{File: file, What: texts.Unreadable, Arg: err.Error()}
	if m := said.FindStringSubmatch(f.Arg); m != nil {
		f.Line, _ = strconv.Atoi(m[2])
		f.Column, _ = strconv.Atoi(m[3])
		f.Arg = m[4]
		if !strings.HasSuffix(file, "/"+strings.TrimPrefix(m[1], macroPrefix)+".tmpl") {
			f.File = m[1]
		}
	}
	if m := began.FindStringSubmatch(f.Arg); m != nil {
		f.Line, _ = strconv.Atoi(m[1])
	}
	for _, s := range sayings {
		if m := s.pattern.FindStringSubmatch(f.Arg); m != nil {
			f.What, f.Arg = s.what, m[1]
			break
		}
	}
	if f.What == texts.Unreadable {
		f.Arg = plainly.ReplaceAllString(f.Arg, "")
	}
	return f
}

// began is where an action begins that has no end.
var began = regexp.MustCompile(`started at [^:]*:(\d+)`)

// plainly takes out what only those who know the program understand.
var plainly = regexp.MustCompile(`^executing "[^"]*" at |error calling \w+: | in type \*?reply\.\w+`)
