package config_test

import (
	"strings"
	"testing"

	"github.com/replyd/replyd/config"
)

func TestANoticeNeedsASafeAddressAndAKey(t *testing.T) {
	const key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	for name, c := range map[string]struct{ entry, wrong string }{
		"standard":        {"{name: x, url: 'https://hooks.example/a?b=c', secret: " + key + "}", ""},
		"slack":           {"{name: x, url: 'https://hooks.example/T1/B2', format: slack}", ""},
		"no key":          {"{name: x, url: 'https://hooks.example/a'}", "notify[0].secret is missing"},
		"a short key":     {"{name: x, url: 'https://hooks.example/a', secret: whsec_c2hvcnQ=}", "no signing key"},
		"in the clear":    {"{name: x, url: 'http://hooks.example/a', format: slack}", "must begin with https://"},
		"another form":    {"{name: x, url: 'https://hooks.example/a', format: irc}", "not allowed"},
		"nowhere":         {"{name: x, format: slack}", "notify[0].url is missing"},
		"one name, twice": {"{name: x, url: 'https://a.example', format: slack}, {name: X, url: 'https://a.example', format: slack}", "taken"},
	} {
		text := string(config.Example) + "\nnotify: [" + c.entry + "]\n"
		_, err := config.Load(write(t, text), secretsByEnv)
		switch {
		case c.wrong == "" && err != nil:
			t.Errorf("%s: %v", name, err)
		case c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)):
			t.Errorf("%s: %v, want %s", name, err, c.wrong)
		case err != nil && strings.Contains(err.Error(), "hooks.example"):
			t.Errorf("%s: the error tells the address: %v", name, err)
		}
	}
}
