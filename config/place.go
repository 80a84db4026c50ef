package config

import (
	"reflect"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml/token"
)

// errorAt makes an error that marks tok.
func (d *decoder) errorAt(tok *token.Token, message, help string) *Error {
	e := &Error{File: d.name, Line: 1, Column: 1, Message: message, Help: help}
	if tok == nil || tok.Position == nil {
		return e
	}
	e.Line, e.Column = tok.Position.Line, tok.Position.Column
	if e.Line < 1 || e.Line > len(d.lines) {
		return e
	}
	line := []rune(strings.TrimRight(d.lines[e.Line-1], " \t\r"))
	e.Column = min(max(e.Column, 1), len(line)+1)
	e.width = utf8.RuneCountInString(strings.TrimSpace(strings.SplitN(tok.Origin, "\n", 2)[0]))
	e.width = min(max(e.width, 1), max(len(line)-e.Column+1, 1))
	e.show(line)
	return e
}

// show takes the marked place into Source, with what stands before it, but no other value of the line: it may
// be a secret, and a comment or a mistyped key may be one too.
func (e *Error) show(line []rune) {
	start := e.Column - 1
	end := min(start+e.width, len(line))
	before, marked, after := string(line[:start]), string(line[start:end]), string(line[end:])
	if key, _, flow := strings.Cut(before, "{"); flow {
		before = key + "{… "
	}
	e.mark = utf8.RuneCountInString(before) + 1
	switch {
	case strings.HasPrefix(after, ":") && len(after) > 1:
		after = ": …"
	case len(after) > 1:
		after = " …"
	}
	e.Source = before + marked + after
}

// fail reports a value. Of a secret the line shows the key only.
func (d *decoder) fail(tok *token.Token, path, message, help string) {
	e := d.errorAt(tok, message, help)
	e.Key = path
	if isSecret(path) {
		e.hide()
	}
	d.errs = append(d.errs, e)
}

// hide leaves the line's value out and marks its place.
func (e *Error) hide() {
	e.Source = hideValue(e.Source)
	e.mark, e.width = max(utf8.RuneCountInString(e.Source), 1), 1
}

// failAt reports the value of the key at path. When the key is missing, it marks the nearest key above it,
// and the first line when there is none.
func (d *decoder) failAt(path, message, help string) {
	if tok, ok := d.vals[path]; ok && tok != nil {
		d.fail(tok, path, message, help)
		return
	}
	for p := path; p != ""; p = parent(p) {
		if tok, ok := d.keys[p]; ok {
			e := d.errorAt(tok, message, help)
			e.Key = path
			d.errs = append(d.errs, e)
			return
		}
	}
	d.errs = append(d.errs, &Error{File: d.name, Key: path, Line: 1, Column: 1, Message: message, Help: help})
}

// parent cuts the last step off a path: "imap[0].addr" to "imap[0]" to "imap" to "".
func parent(path string) string {
	if i := strings.LastIndexAny(path, ".["); i >= 0 {
		return path[:i]
	}
	return ""
}

var index = regexp.MustCompile(`\[\d+\]`)

// isSecret reports whether the key at path has the type Secret.
func isSecret(path string) bool {
	t := reflect.TypeFor[Config]()
	for _, step := range strings.Split(index.ReplaceAllString(path, ""), ".") {
		if t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct {
			return false
		}
		fields, _ := fieldsOf(t)
		i, ok := fields[step]
		if !ok {
			return false
		}
		t = t.Field(i).Type
	}
	return t == secretType
}

var keyAtStart = regexp.MustCompile(`^[ \t]*(?:- +)?[A-Za-z_]+:`)

// hideValue leaves of a line only the key that it begins with, or only its indentation when there is none.
func hideValue(line string) string {
	if key := keyAtStart.FindString(line); key != "" {
		if strings.TrimSpace(line[len(key):]) == "" {
			return line
		}
		return key + " …"
	}
	return line[:len(line)-len(strings.TrimLeft(line, " \t-"))] + "…"
}
