package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// validateNotify reports addresses that cannot be told anything.
func (c *Config) validateNotify(d *decoder) {
	names := map[string]bool{}
	for i, n := range c.Notify {
		at := fmt.Sprintf("notify[%d].", i)
		d.require(n.Name != "", at+"name", "a short name for the address")
		if name := envName(n.Name); names[name] {
			d.failAt(at+"name", at+"name is taken by another address", "Give each its own name.")
		} else {
			names[name] = true
		}
		env := "REPLYD_NOTIFY_" + envName(n.Name) + "_"
		d.secret(at+"url", env+"URL", n.URL)
		if n.URL != "" {
			address, _, _ := strings.Cut(n.URL.Reveal(), "?") // some chats carry their key there
			d.web(at+"url", address, true)
		}
		d.require(c.Web.PublicURL != "", "web.public_url", "where the link of a notice leads to")
		if n.Format == NotifySlack {
			continue
		}
		d.secret(at+"secret", env+"SECRET", n.Secret)
		if _, err := n.Key(); n.Secret != "" && err != nil {
			d.failAt(at+"secret", at+"secret is no signing key", "whsec_ and 24 to 64 bytes in base64: "+
				"echo whsec_$(openssl rand -base64 32)")
		}
	}
}

// Key gives the bytes of the signing key (Standard Webhooks, "Signature scheme").
func (n Notify) Key() ([]byte, error) {
	text, ok := strings.CutPrefix(n.Secret.Reveal(), "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil || len(key) < 24 || len(key) > 64 {
		return nil, errors.New("config: no signing key")
	}
	return key, nil
}
