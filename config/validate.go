package config

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// intents are the keys that `intents` may have. A test keeps them equal to ticket.Intents, which this package
// does not import: configuration knows no other package.
var intents = []string{
	"order_status", "delivery_problem", "order_change", "address_change", "order_cancel", "return_request",
	"exchange_request", "refund_status", "item_problem", "product_question", "store_policy", "payment_invoice",
	"discount_loyalty", "account_privacy", "subscription_marketing", "complaint_feedback", "human_request",
	"business_other", "no_reply_needed", "other",
}

// automatic are the intents that may ever go out without a person. A test keeps them equal to
// policy.Automatic.
var automatic = []string{
	"order_status", "refund_status", "store_policy", "product_question", "return_request", "exchange_request",
}

var (
	language = regexp.MustCompile(`^[a-z]{2}$`)
	// shopName: a token must never go to a host that only looks like Shopify's.
	shopName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,98}$`)
	// apiVersion: Shopify releases one each quarter (shopify.dev/docs/api/usage/versioning, 2026-11).
	apiVersion = regexp.MustCompile(`^20[0-9]{2}-(01|04|07|10)$`)
	// argonHash is the usual text form of an Argon2id hash, as `replyd passwd` prints it.
	argonHash = regexp.MustCompile(`^\$argon2id\$v=19\$m=\d{1,7},t=\d{1,3},p=\d{1,3}(\$[A-Za-z0-9+/]+){2}$`)
)

// validate reports what is missing or cannot work, from top to bottom.
func (c *Config) validate(d *decoder) {
	d.require(c.Data != "", "data", "a folder")
	c.validateIntents(d)
	if c.Workers < 1 || c.Workers > 256 {
		d.failAt("workers", "workers must be from 1 to 256", "8 suits most stores.")
	}
	c.validateStore(d)
	c.validateIMAP(d)
	c.validateServices(d)
	c.validateWeb(d)
	c.validateDesk(d)
	c.validateNotify(d)
	c.validateLimits(d)
	slices.SortStableFunc(d.errs, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
}

func (c *Config) validateIntents(d *decoder) {
	for _, name := range slices.Sorted(maps.Keys(c.Intents)) {
		if c.Intents[name] == Auto && slices.Contains(intents, name) && !slices.Contains(automatic, name) {
			d.failAt("intents."+name, name+" always needs a person",
				"auto is possible for "+strings.Join(automatic, ", "))
		}
		if !slices.Contains(intents, name) {
			help := "Allowed: " + strings.Join(intents, ", ")
			if guess := nearest(name, intents); guess != "" {
				help = fmt.Sprintf("Did you mean %q? %s", guess, help)
			}
			key := d.keys["intents."+name]
			d.errs = append(d.errs, d.errorAt(key, "unknown intent", help))
		}
	}
}

func (c *Config) validateLimits(d *decoder) {
	l := c.Limits
	d.positive("limits.per_ticket", l.PerTicket)
	d.positive("limits.per_sender_day", l.PerSenderDay)
	d.positive("limits.hourly_domain", l.HourlyDomain)
	d.positive("limits.hourly_total", l.HourlyTotal)
	if l.MaxAge <= 0 {
		d.failAt("limits.max_age", "limits.max_age must be more than 0", "For example 24h")
	}
	if c.QuietTime > maxQuiet {
		d.failAt("quiet_time", "quiet_time must be at most 1h", "Nobody is answered before it is over")
	}
}

func (c *Config) validateStore(d *decoder) {
	s := &c.Store
	d.require(s.Name != "", "store.name", "the name that replies are signed with")
	d.web("store.url", s.URL, true)
	d.mailbox("store.from.address", s.From.Address)
	if !language.MatchString(s.Language) {
		d.failAt("store.language", "store.language must be a two-letter code", "For example en, fa, de, fr or es")
	}
	if _, err := time.LoadLocation(s.Zone); err != nil || s.Zone == "" || s.Zone == "Local" {
		d.failAt("store.zone", "store.zone is no zone of the IANA database",
			"For example Europe/Berlin or Asia/Tehran")
	}
	for i, a := range s.OwnAddresses {
		if domain, whole := strings.CutPrefix(a, "@"); whole {
			a = "any@" + domain
		}
		d.mailbox(fmt.Sprintf("store.own_addresses[%d]", i), a)
	}
	for i, a := range s.Groups {
		d.mailbox(fmt.Sprintf("store.groups[%d]", i), a)
	}
	for i, a := range s.Forms {
		d.mailbox(fmt.Sprintf("store.forms[%d]", i), a)
	}
	for i, host := range s.LinkHosts {
		if u, err := url.Parse("https://" + host); err != nil || u.Host != host || host == "" {
			d.failAt(fmt.Sprintf("store.link_hosts[%d]", i), "a link host must be a host name alone",
				"For example help.example.com")
		}
	}
}

func (c *Config) validateIMAP(d *decoder) {
	d.require(len(c.IMAP) > 0, "imap", "the mailbox to answer")
	names := map[string]bool{}
	for i := range c.IMAP {
		a, at := &c.IMAP[i], fmt.Sprintf("imap[%d].", i)
		d.require(a.Name != "", at+"name", "a short name for the mailbox")
		if name := envName(a.Name); names[name] {
			d.failAt(at+"name", at+"name is taken by another mailbox", "Give each its own name.")
		} else {
			names[name] = true
		}
		d.hostPort(at+"addr", a.Addr, "For example imap.example.com:993")
		if host, _, _ := net.SplitHostPort(a.Addr); a.Security == None && host != "" && !loopback(host) {
			d.failAt(at+"security", "without protection the password would travel in the clear",
				"Use tls. none is for a server on this machine only.")
		}
		d.require(a.User != "", at+"user", "the log-in name")
		if a.Auth == Login {
			d.secret(at+"password", "REPLYD_IMAP_"+envName(a.Name)+"_PASSWORD", a.Password)
		} else {
			o, at := a.OAuth, at+"oauth."
			d.require(o.Provider != "", at+"provider", "google or microsoft")
			d.require(o.ClientID != "", at+"client_id", "the application's id")
			d.secret(at+"refresh_token", "REPLYD_IMAP_"+envName(a.Name)+"_OAUTH_REFRESH_TOKEN", o.RefreshToken)
			d.require(o.Provider != Microsoft || o.Tenant != "", at+"tenant", "the directory id at Microsoft")
		}
		if a.Poll < time.Second {
			d.failAt(at+"poll", at+"poll must be 1s or more", "90s is kind to the server.")
		}
		if a.MaxSize > 100 {
			d.failAt(at+"max_size", at+"max_size must be at most 100 (MiB)", "")
		}
	}
}

func (c *Config) validateServices(d *decoder) {
	o := &c.OpenAI
	d.web("openai.base_url", o.BaseURL, true)
	d.require(o.Model != "", "openai.model", "the model's name")
	if c.Engine == EngineOpenAI && o.BaseURL == Defaults().OpenAI.BaseURL {
		d.secret("openai.key", "REPLYD_OPENAI_KEY", o.Key)
	}
	if o.Timeout < time.Second {
		d.failAt("openai.timeout", "openai.timeout must be 1s or more", "For example 20s")
	}
	s := &c.Shopify
	if !shopName.MatchString(strings.TrimSuffix(s.Shop, ".myshopify.com")) {
		d.failAt("shopify.shop", "shopify.shop must be the shop's name at Shopify",
			"lavender-oak or lavender-oak.myshopify.com, not the shop's own domain")
	}
	switch {
	case s.Token != "" && s.ClientID != "":
		d.failAt("shopify.client_id", "shopify.token and shopify.client_id are both set", "Remove one of them.")
	case s.Token == "" && s.ClientID == "":
		d.failAt("shopify", "shopify needs a client id and a client secret",
			"Create an app in Shopify's Dev Dashboard and set client_id and client_secret_file")
	case s.Token == "":
		d.secret("shopify.client_secret", "REPLYD_SHOPIFY_CLIENT_SECRET", s.ClientSecret)
	}
	if !apiVersion.MatchString(s.Version) {
		d.failAt("shopify.version", "shopify.version must name a quarter", "For example 2026-10")
	}
	d.web("shopify.endpoint", s.Endpoint, false)
	d.web("sendgrid.endpoint", c.SendGrid.Endpoint, false)
	d.hostOnly("shopify.endpoint", s.Endpoint)
	d.hostOnly("sendgrid.endpoint", c.SendGrid.Endpoint)
	if c.Mode != Shadow {
		d.secret("sendgrid.key", "REPLYD_SENDGRID_KEY", c.SendGrid.Key)
	}
}

func (c *Config) validateWeb(d *decoder) {
	w := &c.Web
	if w.Listen != "" {
		d.hostPort("web.listen", w.Listen, "For example 127.0.0.1:8025 or :8025")
	}
	d.web("web.public_url", w.PublicURL, false)
	d.hostOnly("web.public_url", w.PublicURL)
	names := map[string]bool{}
	for i, u := range w.Users {
		at := fmt.Sprintf("web.users[%d].", i)
		free := u.Name != "" && u.Name != "policy" && u.Name != "replyd" // those stand for the program itself
		d.require(free, at+"name", "a name, other than policy or replyd")
		if names[u.Name] {
			d.failAt(at+"name", at+"name is taken by another user", "Give each their own name.")
		}
		names[u.Name] = true
		if !argonHash.MatchString(u.PasswordHash.Reveal()) {
			d.failAt(at+"password_hash", at+"password_hash is no Argon2id hash", "`replyd passwd` prints one.")
		}
	}
	c.validateOIDC(d)
	if w.Session < time.Minute {
		d.failAt("web.session", "web.session must be 1m or more", "For example 12h")
	}
}

func (c *Config) validateOIDC(d *decoder) {
	o := &c.Web.OIDC
	if o.Issuer == "" {
		return
	}
	d.web("web.oidc.issuer", o.Issuer, true)
	d.require(o.ClientID != "", "web.oidc.client_id", "the application's id at the provider")
	d.secret("web.oidc.client_secret", "REPLYD_WEB_OIDC_CLIENT_SECRET", o.ClientSecret)
	d.require(c.Web.PublicURL != "", "web.public_url", "where the provider sends people back to")
	for i, domain := range o.AllowedDomains {
		d.mailbox(fmt.Sprintf("web.oidc.allowed_domains[%d]", i), "any@"+domain)
	}
}

func (d *decoder) positive(path string, n int) {
	if n < 1 {
		d.failAt(path, path+" must be 1 or more", "To send nothing by itself, set mode: approval")
	}
}

// require reports a key that must be set.
func (d *decoder) require(ok bool, path, what string) {
	if !ok {
		d.failAt(path, path+" is missing", "Set it: "+what+".")
	}
}

// secret reports a secret that is given nowhere.
func (d *decoder) secret(path, variable string, s Secret) {
	if s == "" && !d.reported(path) {
		key := path[strings.LastIndex(path, ".")+1:]
		d.failAt(path, path+" is missing",
			fmt.Sprintf("Set %s, or %s_file, or the variable %s.", key, key, variable))
	}
}

// reported tells whether loading the secret failed already.
func (d *decoder) reported(path string) bool {
	return slices.ContainsFunc(d.errs, func(e *Error) bool { return strings.Contains(e.Message, path) })
}

// mailbox wants one bare address.
func (d *decoder) mailbox(path, address string) {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address {
		d.failAt(path, path+" must be an e-mail address", "For example support@example.com")
	}
}

func (d *decoder) hostPort(path, addr, help string) {
	_, port, err := net.SplitHostPort(addr)
	if err != nil || port == "" {
		d.failAt(path, path+" must be host:port", help)
	}
}

// web wants an https address. Plain http may stay inside a private network, as secrets travel with it.
func (d *decoder) web(path, address string, required bool) {
	if address == "" && !required {
		return
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http",
		u.User != nil || u.RawQuery != "" || u.Fragment != "":
		d.failAt(path, path+" must be a web address", "For example https://example.com")
	case u.Scheme == "http" && !private(u.Hostname()):
		d.failAt(path, path+" must begin with https://",
			"http is allowed on this machine and in a private network only.")
	}
}

// hostOnly wants an address without a path.
func (d *decoder) hostOnly(path, address string) {
	if u, err := url.Parse(address); err == nil && strings.Trim(u.Path, "/") != "" {
		d.failAt(path, path+" must end behind the host", "For example https://desk.example.com")
	}
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// private reports whether host is this machine or in a private network: by its address, or by a name without
// a dot, as containers have.
func private(host string) bool {
	if a, err := netip.ParseAddr(host); err == nil {
		return a.IsLoopback() || a.IsPrivate() || a.IsLinkLocalUnicast()
	}
	return !strings.Contains(host, ".")
}
