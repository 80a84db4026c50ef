package sandbox

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// The four services of the world, as [Fault], [Options] and [World.Calls] name them.
const (
	IMAP     = "imap"
	OpenAI   = "openai"
	Shopify  = "shopify"
	SendGrid = "sendgrid"
)

// Kind is the way in which a service fails.
type Kind string

const (
	// Unauthorized: 401 as for a wrong key; for IMAP a refused log-in.
	Unauthorized Kind = "unauthorized"
	// RateLimited: 429 with Retry-After; at Shopify the answer THROTTLED.
	RateLimited Kind = "rate_limited"
	// Quota: OpenAI's 429 insufficient_quota, which waiting does not mend.
	Quota Kind = "quota"
	// Broken: 500.
	Broken Kind = "broken"
	// Unavailable: 503 with an HTML body, as a load balancer writes it.
	Unavailable Kind = "unavailable"
	// Hangs: no answer until the caller gives up.
	Hangs Kind = "hangs"
	// Slow: the right answer, five seconds late.
	Slow Kind = "slow"
	// Drops: the request takes effect, then the connection breaks: the caller cannot know.
	Drops Kind = "drops"
	// Truncated: the right answer, cut in the middle.
	Truncated Kind = "truncated"
	// Refused: 400; for SendGrid the recipient is not accepted.
	Refused Kind = "refused"
	// Bounces: SendGrid accepts, and later reports a bounce.
	Bounces Kind = "bounces"
	// Garbage: the model calls the function with arguments that are no JSON.
	Garbage Kind = "garbage"
	// Invented: the model calls the function with well-formed nonsense: an unknown intent, a quote that is
	// nowhere in the mail, an order that nobody mentioned.
	Invented Kind = "invented"
	// Silent: the model answers in prose instead of calling the function.
	Silent Kind = "silent"
)

// kinds lists which service can fail how.
var kinds = map[string][]Kind{
	IMAP: {Unauthorized},
	OpenAI: {
		Unauthorized, RateLimited, Quota, Broken, Unavailable, Hangs, Slow, Drops, Truncated, Refused, Garbage,
		Invented, Silent,
	},
	Shopify:  {Unauthorized, RateLimited, Broken, Unavailable, Hangs, Slow, Drops, Truncated, Refused},
	SendGrid: {Unauthorized, RateLimited, Broken, Unavailable, Hangs, Slow, Drops, Refused, Bounces},
}

// Fault makes a service fail for some of its calls.
type Fault struct {
	Service string `yaml:"service"`
	Kind    Kind   `yaml:"kind"`
	// Match says which calls: at OpenAI a text that the request's input holds, at Shopify the name of an order
	// that the answer would hold, at SendGrid what the recipient's address begins with. Empty matches all.
	Match string `yaml:"match"`
	// Times is how many calls fail before the service is well again; 0 means always.
	Times int `yaml:"times"`
}

// PhoneBook lists the faults that every world has: who asks for these orders, or writes to these addresses,
// gets them.
func PhoneBook() []Fault {
	return []Fault{
		{Service: Shopify, Kind: RateLimited, Match: "#4290", Times: 2},
		{Service: Shopify, Kind: Broken, Match: "#5000"},
		{Service: Shopify, Kind: Hangs, Match: "#9990"},
		{Service: SendGrid, Kind: Refused, Match: "refused@"},
		{Service: SendGrid, Kind: Slow, Match: "slow@"},
		{Service: SendGrid, Kind: Drops, Match: "drop@"},
		{Service: SendGrid, Kind: Bounces, Match: "bounce@"},
		{Service: SendGrid, Kind: Bounces, Match: "gone@"}, // as bounce@, but no gate takes it for a robot
	}
}

func checkFaults(sec section, list []Fault) error {
	for _, f := range list {
		if err := f.check(); err != nil {
			return sec.errorf(lineWith(sec.data, "- service: "+f.Service), "%v", err)
		}
	}
	return nil
}

func (f Fault) check() error {
	if !slices.Contains(kinds[f.Service], f.Kind) {
		return fmt.Errorf("service %q cannot fail as %q", f.Service, f.Kind)
	}
	return nil
}

// faults is what is still wrong with the world.
type faults struct {
	mu   sync.Mutex
	list []fault
}

type fault struct {
	Fault
	left int
}

func (f *faults) add(more ...Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range more {
		f.list = append(f.list, fault{m, m.Times})
	}
}

// next gives the kind of the first fault of service whose Match satisfies match, and uses up one time of it.
// An empty Match is asked for with match("").
func (f *faults) next(service string, match func(string) bool) Kind {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.list {
		one := &f.list[i]
		if one.Service != service || one.Times > 0 && one.left == 0 || !match(one.Match) {
			continue
		}
		one.left--
		return one.Kind
	}
	return ""
}

// everyCall matches faults of the whole service.
func everyCall(match string) bool { return match == "" }

// within matches faults whose text is part of s.
func within(s string) func(string) bool {
	return func(match string) bool { return match != "" && strings.Contains(s, match) }
}
