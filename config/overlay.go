package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Given are the paths of the keys that the file itself sets, such as "limits.per_ticket".
type Given map[string]bool

// Setting is one key that can be set at the desk too, where the file leaves it open.
type Setting struct {
	Key     string   // its path in the file
	Doc     string   // its comment in the file
	Allowed []string // the values that it may have; nil for free ones
	List    bool     // a list: its value has one item in a line
	Number  bool     // a whole number
	Span    bool     // a duration, such as 1h30m
	Value   string   // what holds
	Given   bool     // the file sets it, and the file wins
}

// open are the keys that can be set at the desk: they touch no secret, no address of a service and nobody's
// account, and need no restart. The keys of intents are open each by itself.
var open = []string{
	"mode", "quiet_time", "desk.hours", "desk.closed", "desk.answer_within.flagged", "desk.answer_within.urgent",
	"desk.answer_within.trouble", "desk.answer_within.order", "desk.answer_within.other", "store.own_addresses",
	"store.tone", "store.rules", "limits.per_ticket", "limits.per_sender_day", "limits.hourly_domain",
	"limits.hourly_total", "limits.max_age",
}

// Settings gives the keys that can be set at the desk, with what holds now.
func (c *Config) Settings() []Setting {
	docs, _ := fieldDocs() // the source is embedded and parses, as every test that renders an example shows
	var out []Setting
	for _, key := range open {
		v, doc := c.field(key)
		s := Setting{Key: key, Doc: docs[doc], Given: c.Given[key], Value: textOf(v)}
		s.List, s.Number, s.Span = v.Kind() == reflect.Slice, v.Kind() == reflect.Int, v.Type() == durationType
		if e, ok := v.Interface().(enum); ok {
			s.Allowed = e.Values()
		}
		out = append(out, s)
	}
	for _, name := range intents {
		key := "intents." + name
		allowed := Mode("").Values()
		if !slices.Contains(automatic, name) {
			allowed = allowed[:2]
		}
		value := cmp.Or(string(c.Intents[name]), string(Approval))
		out = append(out, Setting{Key: key, Allowed: allowed, Value: value, Given: c.Given[key]})
	}
	return out
}

// field finds the value of an open key, and the name of its comment.
func (c *Config) field(key string) (v reflect.Value, doc string) {
	v = reflect.ValueOf(c).Elem()
	for step := range strings.SplitSeq(key, ".") {
		fields, _ := fieldsOf(v.Type())
		i := fields[step]
		doc = v.Type().Name() + "." + v.Type().Field(i).Name
		v = v.Field(i)
	}
	return v, doc
}

func textOf(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case []string:
		return strings.Join(x, "\n")
	case time.Duration:
		return shortDuration(x)
	}
	return fmt.Sprint(v.Interface())
}

// maxItems and maxItem bound a list that somebody types, maxItem in bytes.
const (
	maxItems = 200
	maxItem  = 500
)

// With gives a copy of the configuration with values, each under the path of its key, where the file sets none.
// Its error is an Errors about keys that are not open and about values that the file could not have either.
func (c *Config) With(values map[string]string) (*Config, error) {
	out, d := *c, newDecoder("settings", nil)
	out.Intents = map[string]Mode{}
	for name, mode := range c.Intents {
		out.Intents[name] = mode
	}
	for key, value := range values {
		name, isIntent := strings.CutPrefix(key, "intents.")
		switch {
		case c.Given[key]:
		case isIntent && slices.Contains(Mode("").Values(), value):
			out.Intents[name] = Mode(value)
		case !isIntent && slices.Contains(open, key):
			if v, _ := out.field(key); !set(v, value) {
				d.failAt(key, key+" has a value that is not allowed", helpOf(v))
			}
		default:
			d.failAt(key, key+" cannot be set here", "")
		}
	}
	out.validate(d)
	slices.SortStableFunc(d.errs, func(a, b *Error) int { return cmp.Compare(a.Key, b.Key) })
	d.errs = slices.CompactFunc(d.errs, func(a, b *Error) bool { return a.Key == b.Key }) // the first says it
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	return &out, nil
}

// helpOf says what an open key may have.
func helpOf(v reflect.Value) string {
	e, closed := v.Interface().(enum)
	switch {
	case closed:
		return "Allowed: " + strings.Join(e.Values(), ", ")
	case v.Type() == durationType:
		return "For example 45s, 10m or 24h"
	case v.Kind() == reflect.Int:
		return "A whole number"
	case v.Kind() == reflect.Slice:
		return fmt.Sprintf("At most %d lines of %d bytes", maxItems, maxItem)
	}
	return fmt.Sprintf("At most %d bytes", maxItem)
}

// set writes text into the value of an open key. False: the text is none for it.
func set(v reflect.Value, text string) bool {
	switch v.Kind() {
	case reflect.Slice:
		var list []string
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); line != "" {
				list = append(list, line)
			}
		}
		v.Set(reflect.ValueOf(list))
		return len(list) <= maxItems && !slices.ContainsFunc(list, func(s string) bool { return len(s) > maxItem })
	case reflect.Int64: // a duration: there is no other such key
		span, err := parseDuration(strings.ReplaceAll(text, " ", ""))
		v.SetInt(int64(span))
		return err == nil && span >= 0
	case reflect.Int:
		n, err := strconv.ParseInt(text, 10, 32)
		v.SetInt(n)
		return err == nil
	}
	v.SetString(text)
	e, closed := v.Interface().(enum)
	return len(text) <= maxItem && (!closed || slices.Contains(e.Values(), text))
}
