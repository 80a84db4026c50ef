package config

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	_ "embed"

	"github.com/goccy/go-yaml"
)

//go:embed keys.go
var keysSource []byte

// lineWidth is where comments wrap.
const lineWidth = 100

// Sample gives the configuration of replyd.example.yaml: a small store with one mailbox.
func Sample() *Config {
	c := Defaults()
	c.Store = Store{
		Name: "Lavender & Oak", URL: "https://lavender-oak.example",
		From:     Address{Address: "support@lavender-oak.example", Name: "Lavender & Oak"},
		Language: "en", Zone: "Europe/Berlin", OrderName: OrderName{Prefix: "#"},
		Signature: "Mina",
	}
	c.IMAP = []Account{{
		Name: "support", Addr: "imap.lavender-oak.example:993", User: "support@lavender-oak.example",
		PasswordFile: "secrets/imap", AuthservIDs: []string{"mx.lavender-oak.example"},
	}}
	accountDefaults(&c.IMAP[0])
	c.OpenAI.KeyFile = "secrets/openai"
	c.Shopify.Shop, c.Shopify.ClientID, c.Shopify.ClientSecretFile = "lavender-oak", "1f0c…", "secrets/shopify"
	c.SendGrid.KeyFile = "secrets/sendgrid"
	c.Web.PublicURL = "https://desk.lavender-oak.example"
	return c
}

// Render writes the configuration as a file with every key and its comment. A key that has its default's
// value is commented out. Secrets show as stars; WriteFile writes them.
func (c *Config) Render() ([]byte, error) { return c.render(false) }

// WriteFile writes the configuration, secrets included, into a file that only its owner may read. Load
// accepts it as it is.
func (c *Config) WriteFile(path string) error {
	text, err := c.render(true)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".replyd-*.yaml") // mode 0600
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = f.Write(text)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return fmt.Errorf("config: %w", err)
	}
	return nil
}

func (c *Config) render(reveal bool) ([]byte, error) {
	docs, err := fieldDocs()
	if err != nil {
		return nil, err
	}
	r := &renderer{docs: docs, reveal: reveal}
	r.comment("", "replyd's configuration. A key behind a # has the value shown: remove the # to change it.")
	r.comment("", "Secrets may stand in files, or in variables: REPLYD_OPENAI_KEY or REPLYD_OPENAI_KEY_FILE.")
	r.group(reflect.ValueOf(c).Elem(), reflect.ValueOf(Defaults()).Elem(), "", 0)
	if r.err != nil {
		return nil, fmt.Errorf("config: %w", r.err)
	}
	return r.out.Bytes(), nil
}

// fieldDocs reads the doc comments of keys.go: "Store.Name" to text.
func fieldDocs() (map[string]string, error) {
	file, err := parser.ParseFile(token.NewFileSet(), "keys.go", keysSource, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("config: %w", err)
	}
	docs := map[string]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.TypeSpec)
		if !ok {
			return true
		}
		if st, ok := spec.Type.(*ast.StructType); ok {
			for _, f := range st.Fields.List {
				docs[spec.Name.Name+"."+f.Names[0].Name] = strings.Join(strings.Fields(f.Doc.Text()), " ")
			}
		}
		return true
	})
	return docs, nil
}

type renderer struct {
	out    bytes.Buffer
	docs   map[string]string
	reveal bool
	live   bool // write keys with their defaults too
	err    error
}

// group writes the keys of a struct. def holds the defaults.
func (r *renderer) group(v, def reflect.Value, indent string, depth int) {
	t := v.Type()
	for i := range t.NumField() {
		name := t.Field(i).Tag.Get("yaml")
		if name == "-" {
			continue
		}
		if depth == 0 {
			r.out.WriteByte('\n')
		}
		r.comment(indent, r.docs[t.Name()+"."+t.Field(i).Name])
		value, standard := v.Field(i), def.Field(i)
		switch {
		case value.Kind() == reflect.Struct:
			r.line(indent, name+":")
			r.group(value, standard, indent+"  ", depth+1)
		case value.Kind() == reflect.Slice && value.Type().Elem().Kind() == reflect.Struct:
			r.list(value, name, indent, depth)
		default:
			r.key(value, standard, name, indent)
		}
	}
}

// list writes a list of groups; an empty one as a comment with the keys that an item has.
func (r *renderer) list(v reflect.Value, name, indent string, depth int) {
	if v.Len() > 0 {
		r.line(indent, name+":")
		for i := range v.Len() {
			def := reflect.New(v.Type().Elem())
			if a, ok := def.Interface().(*Account); ok {
				accountDefaults(a)
			}
			r.item(v.Index(i), def.Elem(), indent+"  ", depth)
		}
		return
	}
	sub := &renderer{docs: r.docs, live: true}
	zero := reflect.New(v.Type().Elem()).Elem()
	sub.item(zero, zero, "  ", depth)
	r.line(indent, "#"+name+":")
	for line := range strings.Lines(sub.out.String()) {
		r.out.WriteString(indent + "#" + line)
	}
}

// item writes one item of a list. Its dash stands before the first line, which is a comment.
func (r *renderer) item(v, def reflect.Value, indent string, depth int) {
	at := r.out.Len() + len(indent)
	r.group(v, def, indent+"  ", depth+1)
	r.out.Bytes()[at] = '-'
}

// key writes a key with a plain value, commented out when the value is the default.
func (r *renderer) key(v, def reflect.Value, name, indent string) {
	mark := ""
	same := reflect.DeepEqual(v.Interface(), def.Interface()) || v.IsZero() && def.IsZero()
	if same && !r.live {
		mark = "#"
	}
	if v.Kind() == reflect.Map {
		r.line(indent, mark+name+":")
		for _, k := range slices.SortedFunc(maps.Keys(mapOf(v)), strings.Compare) {
			r.line(indent, fmt.Sprintf("%s  %s: %s", mark, k, mapOf(v)[k]))
		}
		return
	}
	r.line(indent, mark+name+": "+r.text(v))
}

func mapOf(v reflect.Value) map[string]string {
	out := map[string]string{}
	for _, k := range v.MapKeys() {
		out[k.String()] = v.MapIndex(k).String()
	}
	return out
}

// text writes a value as YAML in one line.
func (r *renderer) text(v reflect.Value) string {
	x := v.Interface()
	switch t := x.(type) {
	case Secret:
		x = t.String()
		if r.reveal {
			x = t.Reveal()
		}
	case time.Duration:
		return shortDuration(t)
	}
	if v.Kind() == reflect.Slice && v.IsNil() {
		return "[]"
	}
	if v.Kind() == reflect.String {
		return quote(reflect.ValueOf(x).String(), v.Type() == reflect.TypeFor[string]() || v.Type() == secretType)
	}
	text, err := yaml.MarshalWithOptions(x, yaml.Flow(true))
	if err != nil {
		r.err = err
	}
	return strings.TrimSpace(string(text))
}

// quote writes text in double quotes, except for a word of a closed list.
func quote(s string, free bool) string {
	if !free && s != "" {
		return s
	}
	return strconv.Quote(s) // its escapes are YAML's too
}

// shortDuration writes "12h" where time.Duration says "12h0m0s".
func shortDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = s[:len(s)-2]
	}
	if strings.HasSuffix(s, "h0m") {
		s = s[:len(s)-2]
	}
	return s
}

func (r *renderer) line(indent, text string) { r.out.WriteString(indent + text + "\n") }

// comment writes a comment, wrapped at lineWidth.
func (r *renderer) comment(indent, text string) {
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(indent)+2+len(line)+1+len(word) > lineWidth {
			r.line(indent, "# "+line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	if line != "" {
		r.line(indent, "# "+line)
	}
}
