package sandbox

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"golang.org/x/tools/txtar"

	"github.com/replyd/replyd/internal/ticket"
)

// Scenario is a world at rest: its dates are still relative ("{{ago 3h}}") and become fixed at [Start].
type Scenario struct {
	About  string          // the comment on top of the file
	Mails  []Mail          // written to INBOX in this order
	Sent   []Mail          // what lies in Sent already
	Want   map[string]Want // what should become of each mail, by its name
	Faults []Fault         // added to the phone book

	shop section
}

// Mail is one message of a scenario, with LF line ends and relative dates.
type Mail struct {
	Name string // "01-anna-where-is-it": its file name without folder and extension
	text section
}

// Bytes gives the message as it would lie in the mailbox at the time now: CRLF line ends, absolute dates.
func (m Mail) Bytes(now time.Time) []byte {
	text, _ := resolve(m.text.data, now, mailDate) // Load has tried it
	return []byte(strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n"))
}

// Want says what should become of one mail in a daemon that answers order_status, refund_status and
// store_policy by itself and lets a person approve everything else.
type Want struct {
	// State is where the mail's turn should come to rest without a person. Empty when the mail has no turn of
	// its own: see Joins.
	State ticket.State `yaml:"state"`
	// Joins names the mail whose turn this one should have joined.
	Joins string `yaml:"joins"`
	// Auto: the reply goes out without a person.
	Auto bool `yaml:"auto"`
	// Language of the mail, ISO 639-1. Empty when nobody should read it.
	Language string `yaml:"language"`
	// Intents that should be found, in any order. Empty when nobody should read it.
	Intents []ticket.Intent `yaml:"intents"`
	// Flags that should be raised.
	Flags []ticket.Flag `yaml:"flags"`
	// Gate is the outcome that the gate should give, where that is the point of the mail.
	Gate ticket.Outcome `yaml:"gate"`
	// Why tells a reader what the mail is there for.
	Why string `yaml:"why"`
}

//go:embed scenarios/demo.txtar
var demo []byte

// Demo gives the scenario of `replyd demo`: a week at Lavender & Oak, which sells home goods.
func Demo() *Scenario {
	s, err := Load(demo)
	if err != nil {
		panic(err) // the file is embedded and a test loads it
	}
	return s
}

// section is one file of the archive and where it begins.
type section struct {
	name string
	line int // of its first line in the archive
	data string
}

// errorf names the place twice: in the archive, and in the file inside it.
func (s section) errorf(line int, format string, args ...any) error {
	what := fmt.Sprintf(format, args...)
	return fmt.Errorf("sandbox: scenario line %d (%s:%d): %s", s.line+line-1, s.name, line, what)
}

var (
	mailFile = regexp.MustCompile(`^mails/(\d+-[a-z0-9-]+)\.eml$`)
	sentFile = regexp.MustCompile(`^sent/(\d+-[a-z0-9-]+)\.eml$`)
)

// Load reads a scenario. Its errors name the line in the archive, and the file and line inside it.
func Load(archive []byte) (*Scenario, error) {
	s := &Scenario{About: strings.TrimSpace(string(txtar.Parse(archive).Comment)), Want: map[string]Want{}}
	var want section
	seen := map[string]bool{}
	for _, sec := range sections(archive) {
		if seen[sec.name] {
			return nil, sec.errorf(1, "%s comes twice", sec.name)
		}
		seen[sec.name] = true
		var err error
		switch {
		case sec.name == "shop.json":
			s.shop, err = sec, checkShop(sec)
		case sec.name == "want.yaml":
			want, err = sec, strict(sec, &s.Want)
		case sec.name == "faults.yaml":
			if err = strict(sec, &s.Faults); err == nil {
				err = checkFaults(sec, s.Faults)
			}
		case mailFile.MatchString(sec.name):
			s.Mails, err = addMail(s.Mails, mailFile, sec)
		case sentFile.MatchString(sec.name):
			s.Sent, err = addMail(s.Sent, sentFile, sec)
		default:
			err = sec.errorf(1, "%q is none of shop.json, want.yaml, faults.yaml, mails/NN-name.eml, "+
				"sent/NN-name.eml", sec.name)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.shop.name == "" {
		return nil, errors.New("sandbox: scenario: no shop.json")
	}
	if want.name != "" {
		if err := checkWant(want, s); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func sections(archive []byte) []section {
	var out []section
	line := 1 + bytes.Count(txtar.Parse(archive).Comment, []byte("\n"))
	for _, f := range txtar.Parse(archive).Files {
		out = append(out, section{name: f.Name, line: line + 1, data: string(f.Data)})
		line += 1 + bytes.Count(f.Data, []byte("\n"))
	}
	return out
}

func addMail(list []Mail, name *regexp.Regexp, sec section) ([]Mail, error) {
	if _, err := resolve(sec.data, time.Unix(0, 0), mailDate); err != nil {
		return nil, sec.errorf(lineOf(sec.data, err), "%v", err)
	}
	return append(list, Mail{Name: name.FindStringSubmatch(sec.name)[1], text: sec}), nil
}

// strict reads YAML and refuses keys that it does not know. Line numbers come from the YAML library's message
// ("[12:3] …").
func strict(sec section, into any) error {
	err := yaml.NewDecoder(strings.NewReader(sec.data), yaml.Strict()).Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	line := 1
	if _, scanErr := fmt.Sscanf(err.Error(), "[%d:", &line); scanErr != nil {
		line = 1
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return sec.errorf(line, "%s", first)
}

func checkShop(sec section) error {
	text, err := resolve(sec.data, time.Unix(0, 0), jsonDate)
	if err != nil {
		return sec.errorf(lineOf(sec.data, err), "%v", err)
	}
	if _, err = parseShop([]byte(text)); err == nil {
		return nil
	}
	line := 1
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		line += strings.Count(text[:min(int(syntax.Offset), len(text))], "\n")
	}
	if typ := (*json.UnmarshalTypeError)(nil); errors.As(err, &typ) {
		line += strings.Count(text[:min(int(typ.Offset), len(text))], "\n")
	}
	return sec.errorf(line, "%v", err)
}

func checkWant(sec section, s *Scenario) error {
	names := map[string]bool{}
	for _, m := range s.Mails {
		names[m.Name] = true
		if _, ok := s.Want[m.Name]; !ok {
			return sec.errorf(1, "says nothing about mail %q", m.Name)
		}
	}
	for name, w := range s.Want {
		at := func(format string, args ...any) error {
			return sec.errorf(lineWith(sec.data, name+":"), name+": "+format, args...)
		}
		switch {
		case !names[name]:
			return at("there is no such mail")
		case (w.State == "") == (w.Joins == ""):
			return at("needs either a state or joins")
		case w.State != "" && !slices.Contains(ticket.States, w.State):
			return at("%q is not a state", w.State)
		case w.Joins != "" && !names[w.Joins]:
			return at("joins %q, which is no mail", w.Joins)
		}
		for _, i := range w.Intents {
			if !slices.Contains(ticket.Intents, i) {
				return at("%q is not an intent", i)
			}
		}
		for _, f := range w.Flags {
			if !slices.Contains(ticket.Flags, f) {
				return at("%q is not a flag", f)
			}
		}
	}
	return nil
}

// lineWith gives the number of the first line that begins with start, 1 if there is none.
func lineWith(text, start string) int {
	for i, l := range strings.Split(text, "\n") {
		if strings.HasPrefix(l, start) {
			return i + 1
		}
	}
	return 1
}
