package app

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/gate"
	"github.com/replyd/replyd/internal/ground"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/knowledge"
	"github.com/replyd/replyd/internal/llm"
	"github.com/replyd/replyd/internal/lookup"
	"github.com/replyd/replyd/internal/oidc"
	"github.com/replyd/replyd/internal/openai"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/reply"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/shopify"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
	"github.com/replyd/replyd/internal/triage"
	"github.com/replyd/replyd/internal/web"
	"github.com/replyd/replyd/prompts"
)

// buildThought makes what decides.
func (a *App) buildThought() (err error) {
	if c := a.config.OpenAI; a.config.Engine == config.EngineOpenAI {
		model, err := openai.New(openai.Config{
			Key: c.Key.Reveal(), BaseURL: c.BaseURL, API: string(c.API), Model: c.Model, Effort: string(c.Effort),
			Timeout: c.Timeout, DailyBudget: c.DailyBudget, Zone: a.zone,
			Prices: prices(a.config),
		}, a.store, a.log)
		if err != nil {
			return err
		}
		a.model = metered{model, a.numbers.model}
	}
	set, err := a.store.Settings()
	if err != nil {
		return err
	}
	now, err := a.with(set.Values)
	if err != nil {
		return fmt.Errorf("what was set at the desk no longer fits the file; set it there: %w", err)
	}
	now.voice.tell(a.log)
	a.current.Store(now)
	a.wording, err = newWording(a.config, a.model)
	return err
}

// prices is the owner's price list, as the model's client counts by it.
func prices(c *config.Config) openai.Prices {
	p := c.OpenAI.Prices
	return openai.Prices{In: p.Input, Cached: p.Cached, Out: p.Output}
}

func newTriage(c *config.Config, model llm.Model) (*triage.Triage, error) {
	files := prompts.FS(c.Prompts)
	lexicon, err := triage.LoadLexicon(files)
	if err != nil {
		return nil, err
	}
	return triage.New(model, lexicon, files, triage.Store{
		Name: c.Store.Name, OrderName: triage.OrderName(c.Store.OrderName), Tone: c.Store.Tone,
		Rules: c.Store.Rules,
	})
}

// newWriter makes the writer without what was set at the desk.
func newWriter(c *config.Config) (*reply.Writer, error) {
	v, err := newVoice(c, nil)
	if err != nil {
		return nil, err
	}
	return v.Writer, nil
}

// shopInfo is the shop as the owner describes it: nothing has to be asked before the first mail.
func shopInfo(c *config.Config) shop.Info {
	return shop.Info{
		Name: c.Store.Name, Domain: hostOf(c.Store.URL), URL: c.Store.URL, Email: c.Store.From.Address,
		Zone: c.Store.Zone, Prefix: c.Store.OrderName.Prefix, Suffix: c.Store.OrderName.Suffix,
	}
}

// buildHands makes what talks to the services.
func (a *App) buildHands(o Options) (err error) {
	c := a.config
	if a.shop, err = newShopify(c, o); err != nil {
		return err
	}
	a.lookup = lookup.New(a.shop, knowledge.New(a.shop, c.Knowledge, a.log), shopInfo(c))
	a.sender, err = sendgrid.New(sendgrid.Config{
		Key: c.SendGrid.Key.Reveal(), Endpoint: c.SendGrid.Endpoint, EU: c.SendGrid.EU,
	})
	if err != nil {
		return err
	}
	if a.hooks, err = newHooks(c); err != nil {
		return err
	}
	quiet := func() time.Duration { return a.live().config.QuietTime }
	if o.Once {
		quiet = func() time.Duration { return 0 }
	}
	one := new(sync.Mutex)
	for _, acct := range c.IMAP {
		a.boxes = append(a.boxes, a.newMailbox(acct, quiet, one))
	}
	return nil
}

func newShopify(c *config.Config, o Options) (*shopify.Client, error) {
	return shopify.New(shopify.Config{
		Shop: c.Shopify.Shop, Token: c.Shopify.Token.Reveal(), ClientID: c.Shopify.ClientID,
		ClientSecret: c.Shopify.ClientSecret.Reveal(), Version: c.Shopify.Version, Endpoint: c.Shopify.Endpoint,
	}, o.Log)
}

func (a *App) newMailbox(c config.Account, quiet func() time.Duration, one *sync.Mutex) *mailbox {
	return &mailbox{
		Client: newIMAP(c, a.activated(), a.log), name: c.Name, folders: c.Folders, poll: max(c.Poll, time.Second),
		drafts: c.DraftsFolder != "", draftsFolder: c.DraftsFolder,
		taker: &intake{
			store: a.store, trust: trust(a.config, c), gate: func() gate.Config { return a.live().gate },
			quiet: quiet, log: a.log, one: one, observed: a.numbers.mail,
		},
	}
}

func newIMAP(c config.Account, activated time.Time, log *slog.Logger) *imap.Client {
	out := imapConfig(c)
	out.Activated = activated
	return imap.New(out, log)
}

// imapConfig is an account in the words of package imap.
func imapConfig(c config.Account) imap.Config {
	return imap.Config{
		Name: c.Name, Addr: c.Addr, Security: imap.Security(c.Security), User: c.User, Auth: imap.Auth(c.Auth),
		Password: c.Password.Reveal(), Token: tokens(c.OAuth), Folders: c.Folders, SentFolder: c.SentFolder,
		DraftsFolder: c.DraftsFolder, MoveTo: c.MoveTo, Keyword: c.Keyword, MaxSize: int64(c.MaxSize) << 20,
		Poll: c.Poll,
	}
}

// tokens is where an account's access tokens come from; nil without OAuth.
func tokens(c config.OAuth) func(context.Context) (string, error) {
	o := imap.OAuth{ClientID: c.ClientID, ClientSecret: c.ClientSecret.Reveal(), RefreshToken: c.RefreshToken.Reveal()}
	switch c.Provider {
	case config.Google:
		o.TokenURL = imap.GoogleTokenURL
	case config.Microsoft:
		o.TokenURL = imap.MicrosoftTokenURL(c.Tenant)
		o.Scopes = []string{"https://outlook.office.com/IMAP.AccessAsUser.All", "offline_access"}
	default:
		return nil
	}
	return o.Token(&http.Client{Timeout: 20 * time.Second})
}

// trust is whom a mailbox believes about senders. Microsoft 365 signs its findings with no name; its own host
// is what tells that they are its own.
func trust(c *config.Config, acct config.Account) identity.Config {
	host := strings.ToLower(strings.Split(acct.Addr, ":")[0])
	return identity.Config{
		AuthservIDs: acct.AuthservIDs, Outlook: host == "outlook.office365.com", Forms: c.Store.Forms,
		Groups: c.Store.Groups,
	}
}

func gateConfig(c *config.Config, secret []byte, activated time.Time) gate.Config {
	own := append([]string{c.Store.From.Address}, c.Store.OwnAddresses...)
	for _, acct := range c.IMAP {
		if strings.Contains(acct.User, "@") {
			own = append(own, acct.User)
		}
	}
	return gate.Config{Own: own, MaxAge: c.Limits.MaxAge, Activated: activated, Secret: secret,
		Thresholds: thresholds(c.Limits)}
}

func modes(c *config.Config) policy.Modes {
	out := policy.Modes{All: policy.Mode(c.Mode), Intents: map[ticket.Intent]policy.Mode{}}
	for name, mode := range c.Intents {
		out.Intents[ticket.Intent(name)] = policy.Mode(mode)
	}
	return out
}

// undoTime is how long a person's approval waits before it is sent, so that it can be taken back.
const undoTime = 15 * time.Second

// buildDesk makes the web pages.
func (a *App) buildDesk() (err error) {
	c := a.config.Web
	var users []web.User
	for _, u := range c.Users {
		users = append(users, web.User{Name: u.Name, Hash: u.PasswordHash.Reveal(), Role: staff.Role(u.Role)})
	}
	d := web.Deps{
		Desk: a.store, People: a.store, Sessions: a.store, NotFound: store.ErrNotFound, Log: a.log, Shop: a.config.Store.Name,
		PublicURL: c.PublicURL, Zone: a.zone, Users: users, Session: c.Session, RatingSecret: a.store.Secret(),
		Check: func(d ticket.Draft) []ticket.Uncovered { return ground.Check(d, a.zone, a.hosts) },
		Ready: a.ready, Shadow: func() bool { return a.live().modes.All == policy.Shadow }, Undo: undoTime, Edit: a.edit,
		Macros:   a.macros,
		Copied:   a.shownCopy,
		Redraft:  a.model != nil,
		Guest:    a.guest,
		Settings: deskSettings{a}, Promise: a.promise,
		Texts: deskTexts{a},
	}
	if o := c.OIDC; o.Issuer != "" {
		d.Identity = oidc.New(oidc.Config{Issuer: o.Issuer, ClientID: o.ClientID, ClientSecret: o.ClientSecret.Reveal(),
			Redirect: strings.TrimRight(c.PublicURL, "/") + "/login/oidc/callback"})
		d.Newcomers = web.Newcomers{Domains: o.AllowedDomains, Role: staff.Role(o.Role)}
	}
	if c.Metrics {
		d.Metrics = a.numbers.handler()
	}
	if key := a.config.SendGrid.WebhookPublicKey; key != "" {
		d.Events = func(r *http.Request, body []byte) error {
			events, err := sendgrid.VerifyEvents(key, r, body, time.Now())
			if err != nil {
				return fmt.Errorf("%w: %w", web.ErrUnverified, err)
			}
			return a.delivered(r.Context(), events)
		}
	}
	a.api = commandAPI(d)
	a.desk, err = web.New(d)
	return err
}

// ready tells how the parts are.
func (a *App) ready(context.Context) []web.Component {
	out := []web.Component{{Name: "store", OK: true}}
	if _, err := a.store.CountByState(); err != nil {
		out[0] = web.Component{Name: "store", Detail: "cannot be read"}
	}
	for _, b := range a.boxes {
		_, paused := a.paused.Load(b.name)
		c := web.Component{Name: "mailbox " + b.name, OK: !paused}
		if paused {
			c.Detail = "paused until somebody looks; see the log"
		}
		out = append(out, c)
	}
	return out
}
