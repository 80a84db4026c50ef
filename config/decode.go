package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// decoder fills a Config from a syntax tree. It goes through tree and struct side by side, so that it can
// tell what is allowed where, and remembers where each key stands for the validation that follows.
type decoder struct {
	name  string
	text  []byte
	lines []string
	keys  map[string]*token.Token // path of a key ("imap[0].addr") to where it stands
	vals  map[string]*token.Token // and to where its value stands
	given Given                   // the keys that have a value
	errs  Errors
}

func newDecoder(name string, text []byte) *decoder {
	return &decoder{
		name: name, text: text, lines: strings.Split(string(text), "\n"),
		keys: map[string]*token.Token{}, vals: map[string]*token.Token{}, given: Given{},
	}
}

// enum is a string type with a closed list of values.
type enum interface{ Values() []string }

var durationType = reflect.TypeFor[time.Duration]()

// file decodes the whole text into c.
func (d *decoder) file(c *Config) {
	if !utf8.Valid(d.text) {
		d.errs = append(d.errs, &Error{File: d.name, Line: 1, Column: 1, Message: "the file is not UTF-8"})
		return
	}
	tree, err := parser.ParseBytes(d.text, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return
	}
	if len(tree.Docs) > 1 && tree.Docs[1].Body != nil {
		d.fail(start(tree.Docs[1].Body), "", "a second document",
			"One file holds one document: remove the line ---")
		return
	}
	if len(tree.Docs) > 0 && tree.Docs[0].Body != nil {
		d.value(tree.Docs[0].Body, reflect.ValueOf(c).Elem(), "")
	}
}

// syntax reports text that is no YAML. The value is left out: it may be a secret.
func (d *decoder) syntax(err error) {
	var at yaml.Error
	if !errors.As(err, &at) || at.GetToken() == nil {
		d.errs = append(d.errs, &Error{File: d.name, Line: 1, Column: 1, Message: "this is not YAML"})
		return
	}
	e := d.errorAt(at.GetToken(), "this is not YAML",
		"Look at indentation, quotes and colons here and in the line above.")
	if e.Line <= len(d.lines) {
		e.Source = strings.TrimRight(d.lines[e.Line-1], " \t\r")
		e.hide()
	}
	d.errs = append(d.errs, e)
}

// value decodes node into dst. path names the key in messages.
func (d *decoder) value(node ast.Node, dst reflect.Value, path string) {
	if node.Type() == ast.NullType { // "key:" with nothing behind it leaves the default
		return
	}
	switch node.(type) {
	case *ast.AliasNode, *ast.AnchorNode, *ast.TagNode:
		d.fail(start(node), path, "anchors, aliases and tags are not used here", "Write the value out.")
		return
	}
	switch dst.Kind() {
	case reflect.Struct:
		d.mapping(node, dst, path)
	case reflect.Map:
		d.dictionary(node, dst, path)
	case reflect.Slice:
		d.list(node, dst, path)
	default:
		d.scalar(node, dst, path)
	}
}

// entries gives the entries of a mapping, or reports that node is none.
func (d *decoder) entries(node ast.Node, path, allowed string) []*ast.MappingValueNode {
	var list []*ast.MappingValueNode
	switch n := node.(type) {
	case *ast.MappingNode:
		list = n.Values
	case *ast.MappingValueNode:
		list = []*ast.MappingValueNode{n}
	default:
		what := "the file"
		if path != "" {
			what = path
		}
		d.fail(start(node), path, what+" must be a group of keys, indented below it", allowed)
	}
	return list
}

func (d *decoder) mapping(node ast.Node, dst reflect.Value, path string) {
	fields, names := fieldsOf(dst.Type())
	for _, entry := range d.entries(node, path, "Allowed here: "+strings.Join(names, ", ")) {
		key := entry.Key.GetToken()
		i, known := fields[key.Value]
		if !known {
			d.unknown(entry, inside(path), names)
			continue
		}
		at := join(path, key.Value)
		d.enter(at, key, entry.Value)
		d.value(entry.Value, dst.Field(i), at)
	}
}

// unknown reports a key that is not allowed. After a forgotten colon or a misplaced comma the key may hold a
// secret, or be one: so it is shown only when it is a plain word that has a value.
func (d *decoder) unknown(entry *ast.MappingValueNode, where string, names []string) {
	key, help := entry.Key.GetToken(), "Allowed here: "+strings.Join(names, ", ")
	if !plainWord.MatchString(key.Value) || key.Type != token.StringType || entry.Value.Type() == ast.NullType {
		e := d.errorAt(key, "unknown key"+where, help)
		e.Source = hideValue(string([]rune(e.Source)[:e.mark-1]) + "…")
		e.width = 1
		d.errs = append(d.errs, e)
		return
	}
	if guess := nearest(key.Value, names); guess != "" {
		help = fmt.Sprintf("Did you mean %q? %s", guess, help)
	}
	d.errs = append(d.errs, d.errorAt(key, fmt.Sprintf("unknown key %q%s", key.Value, where), help))
}

var plainWord = regexp.MustCompile(`^[A-Za-z_-]{1,40}$`)

// enter remembers where a key and its value stand, and reports a key that stands there already.
func (d *decoder) enter(path string, key *token.Token, value ast.Node) {
	if first, twice := d.keys[path]; twice {
		d.errs = append(d.errs, d.errorAt(key, "this key stands here a second time",
			fmt.Sprintf("The first one is in line %d: remove one of them.", first.Position.Line)))
	}
	d.keys[path], d.vals[path] = key, start(value)
	if value.Type() != ast.NullType {
		d.given[path] = true
	}
}

// dictionary decodes a map whose keys are free; it replaces the default map.
func (d *decoder) dictionary(node ast.Node, dst reflect.Value, path string) {
	dst.Set(reflect.MakeMap(dst.Type()))
	for _, entry := range d.entries(node, path, "") {
		key := entry.Key.GetToken()
		at := join(path, key.Value)
		d.enter(at, key, entry.Value)
		v := reflect.New(dst.Type().Elem()).Elem()
		d.value(entry.Value, v, at)
		dst.SetMapIndex(reflect.ValueOf(key.Value), v)
	}
}

func (d *decoder) list(node ast.Node, dst reflect.Value, path string) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		d.fail(start(node), path, path+" must be a list", "Write each item in its own line, after a dash: - item")
		return
	}
	out := reflect.MakeSlice(dst.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		at := fmt.Sprintf("%s[%d]", path, i)
		d.keys[at], d.vals[at] = start(item), start(item)
		d.value(item, out.Index(i), at)
	}
	dst.Set(out)
}

func (d *decoder) scalar(node ast.Node, dst reflect.Value, path string) {
	tok := start(node)
	text, isString := stringOf(node)
	if e, ok := dst.Interface().(enum); ok {
		unset := text == "" && dst.IsZero()
		if !isString || !unset && !slices.Contains(e.Values(), text) {
			d.fail(tok, path, path+" has a value that is not allowed", "Allowed: "+strings.Join(e.Values(), ", "))
			return
		}
	}
	switch {
	case dst.Type() == durationType:
		v, err := parseDuration(tok.Value)
		if err != nil || v < 0 {
			d.fail(tok, path, path+" must be a duration with its unit", "For example 45s, 10m or 24h")
			return
		}
		dst.SetInt(int64(v))
	case dst.Kind() == reflect.String:
		if _, plain := node.(ast.ScalarNode); !isString {
			help := ""
			if plain {
				help = "Put it in quotes."
			}
			d.fail(tok, path, path+" must be text", help)
			return
		}
		dst.SetString(text)
	case dst.Kind() == reflect.Bool:
		b, ok := node.(*ast.BoolNode)
		if !ok {
			d.fail(tok, path, path+" must be true or false", "")
			return
		}
		dst.SetBool(b.Value)
	case dst.Kind() == reflect.Int:
		v, err := strconv.ParseInt(tok.Value, 10, 32)
		if _, ok := node.(*ast.IntegerNode); !ok || err != nil || v < 0 {
			d.fail(tok, path, path+" must be a whole number, 0 or more", "")
			return
		}
		dst.SetInt(v)
	case dst.Kind() == reflect.Float64:
		v, err := strconv.ParseFloat(tok.Value, 64)
		_, isInt := node.(*ast.IntegerNode)
		_, isFloat := node.(*ast.FloatNode)
		if !isInt && !isFloat || err != nil || v < 0 {
			d.fail(tok, path, path+" must be a number, 0 or more", "For example 0.25")
			return
		}
		dst.SetFloat(v)
	}
}

// stringOf gives the text of a plain, quoted or block scalar.
func stringOf(node ast.Node) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return strings.TrimRight(n.Value.Value, "\n"), true
	}
	return "", false
}

// start gives the first token of a node: of a mapping that is its first key, not its first colon.
func start(node ast.Node) *token.Token {
	switch n := node.(type) {
	case *ast.MappingNode:
		if len(n.Values) > 0 {
			return start(n.Values[0])
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return node.GetToken()
}

// fieldsOf gives the keys of a struct type: by name to the field's index, and in order.
func fieldsOf(t reflect.Type) (map[string]int, []string) {
	fields, names := map[string]int{}, []string{}
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		fields[name] = i
		names = append(names, name)
	}
	return fields, names
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func inside(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
