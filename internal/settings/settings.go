// Package settings holds the words about what an owner sets at the desk, without a file and without a restart.
// Where the configuration file sets a key, the file wins. It has no I/O.
package settings

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"time"
)

// Values are what was set: path of a key in the configuration file → value. A list has one item in a line. A key
// that is not there is as the file or the defaults say.
type Values map[string]string

// Changed names the keys in which v and before differ, in order.
func (v Values) Changed(before Values) (keys []string) {
	for key, value := range v {
		if old, ok := before[key]; !ok || old != value {
			keys = append(keys, key)
		}
	}
	for key := range before {
		if _, ok := v[key]; !ok {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// Clone gives a copy.
func (v Values) Clone() Values { return maps.Clone(v) }

// Version is one state of the settings. All are kept.
type Version struct {
	N       uint64    `json:"n"` // counts from 1; 0 stands for nothing set yet
	At      time.Time `json:"at"`
	By      string    `json:"by"`
	Changed []string  `json:"changed"` // keys that differ from the version before
	Values  Values    `json:"values"`
	Back    *uint64   `json:"back,omitempty"` // the version that it brought back; 0 for nothing set
}

// Field is one key as the desk shows it.
type Field struct {
	Key     string
	Doc     string   // what it does; empty for an intent's mode
	Allowed []string // nil: free
	List    bool     // one item in a line
	Number  bool
	Span    bool   // a duration, such as 1h30m
	Set     string // what was set at the desk; empty: nothing
	Now     string // what holds
	Default string // what would hold if nothing was set at the desk
	Fixed   bool   // by the file, which wins
}

// ErrStale: somebody else changed the settings meanwhile.
var ErrStale = errors.New("settings: changed by somebody else meanwhile")

// ErrNoVersion: there is no such version.
var ErrNoVersion = errors.New("settings: no such version")

// Problem is one thing that is wrong with a value.
type Problem struct {
	Key  string // whose value it is
	Line int    // of a list, from 1; 0 for all of it
	What string // what is wrong: "must be 1 or more"
	Help string // what is allowed, or what to do next
}

// Invalid says what is wrong with values, for the person who typed them.
type Invalid []Problem

func (i Invalid) Error() string {
	var out []string
	for _, p := range i {
		out = append(out, p.Key+" "+p.What)
	}
	return "settings: " + strings.Join(out, "; ")
}
