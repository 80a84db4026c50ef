package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/knowledge"
	"github.com/replyd/replyd/internal/openai"
	"github.com/replyd/replyd/internal/sendgrid"
	"github.com/replyd/replyd/internal/shopify"
	"github.com/replyd/replyd/internal/store"
)

// CheckResult is one line of `replyd check`.
type CheckResult struct {
	Check  string `json:"check"` // "imap.support.login"
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"` // what to do next; empty when all is well
}

// minFree is how much room the data folder should have left: a year of a busy store's mail.
const minFree = 1 << 30

// Check tries everything that replyd needs: files first, then, unless offline, every service. each gets every
// result as it is known. It changes nothing.
func Check(ctx context.Context, c *config.Config, offline bool, each func(CheckResult)) {
	say := func(name, detail string, err error, fix string) {
		r := CheckResult{Check: name, OK: err == nil, Detail: detail}
		if err != nil {
			r.Detail, r.Fix = err.Error(), fix
		}
		each(r)
	}
	say("config", "read and valid", nil, "")
	_, err := newTriage(c, nil)
	say("prompts", "instructions, schema and word lists load", err, "mend the file, or remove it from "+c.Prompts)
	_, err = newWriter(c)
	say("templates", "every reply template loads", err, "mend the template, or remove it from "+c.Prompts)
	if c.Knowledge != "" {
		n, problems := knowledge.Check(c.Knowledge)
		say("knowledge", fmt.Sprintf("%d sections", n), errors.Join(problems...), "mend or remove the file, in "+c.Knowledge)
	}
	say("data", c.Data, checkData(c.Data), "make the folder writable for replyd's user and its disk larger than 1 GiB")
	checkDesk(c, say)
	if c.Web.Listen != "" {
		say("web.users", fmt.Sprintf("%d may log in to the desk", len(c.Web.Users)), required(len(c.Web.Users) > 0,
			"nobody can log in to the desk"), "run `replyd passwd` and put what it prints under web.users")
	}
	say("web.public_url", c.Web.PublicURL, required(c.Web.PublicURL != "", "replies ask for no rating"),
		"set web.public_url to the address under which browsers reach the desk")
	for _, a := range c.IMAP {
		checkAuthserv(a, say)
	}
	if offline {
		return
	}
	checkClock(ctx, c, say)
	for _, a := range c.IMAP {
		checkIMAP(ctx, a, say)
	}
	checkModel(ctx, c, say)
	checkShop(ctx, c, say)
	checkSendGrid(ctx, c, say)
}

type sayer func(name, detail string, err error, fix string)

func required(ok bool, problem string) error {
	if ok {
		return nil
	}
	return errors.New(problem)
}

// checkData writes and removes a small file.
func checkData(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".check-*")
	if err != nil {
		return err
	}
	_, err = f.WriteString("replyd")
	err = errors.Join(err, f.Sync(), f.Close(), os.Remove(f.Name()))
	if err != nil {
		return err
	}
	var disk syscall.Statfs_t
	if syscall.Statfs(dir, &disk) == nil {
		if free := disk.Bavail * uint64(disk.Bsize); free < minFree {
			return fmt.Errorf("only %d MiB are free on the disk of %s", free>>20, filepath.Clean(dir))
		}
	}
	return nil
}

// checkDesk tells of what owners set at the desk: every other check is of the file alone.
func checkDesk(c *config.Config, say sayer) {
	v, err := store.SettingsIn(c.Data)
	switch {
	case errors.Is(err, store.ErrInUse):
		say("settings", "replyd is running: what owners set at the desk holds beside this file", nil, "")
	case errors.Is(err, fs.ErrNotExist) || err == nil && len(v.Values) == 0:
	case err != nil:
		say("settings", "", err, "restore the data folder from a backup")
	default:
		_, err := c.With(v.Values)
		keys := slices.Sorted(maps.Keys(v.Values))
		say("settings", "set at the desk, beside this file: "+strings.Join(keys, ", "), err,
			"set these keys in the file, which wins, or mend the file")
	}
}

func checkAuthserv(a config.Account, say sayer) {
	name := "imap." + a.Name + ".authserv_ids"
	if trust(&config.Config{}, a).Outlook {
		say(name, "Microsoft 365 is recognised by its host", nil, "")
		return
	}
	err := required(len(a.AuthservIDs) > 0, "nobody counts as authenticated, so everything needs a person")
	for _, id := range a.AuthservIDs {
		err = errors.Join(err, identity.CheckAuthservID(id))
	}
	say(name, strings.Join(a.AuthservIDs, ", "), err,
		"run `replyd check --calibrate`, which finds out the id under which your provider signs its findings")
}

// checkClock compares the machine's clock with a server's Date header: signatures and the gate's ages need it.
func checkClock(ctx context.Context, c *config.Config, say sayer) {
	url := c.SendGrid.Endpoint
	if url == "" {
		url = "https://api.sendgrid.com"
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodHead, url, nil)
	if err != nil {
		return
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return // the check of SendGrid itself will say why
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 1<<10))
	resp.Body.Close()
	there, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return
	}
	off := time.Since(there).Round(time.Second)
	say("clock", fmt.Sprintf("%v off", off), required(off.Abs() < 2*time.Minute,
		fmt.Sprintf("the clock is %v off", off)), "let the machine set its clock by NTP")
}

func checkIMAP(ctx context.Context, a config.Account, say sayer) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	box := imap.New(imapConfig(a), slog.New(slog.DiscardHandler))
	defer box.Close()
	fixes := map[string]string{
		"connect":       "check imap.addr and imap.security; is the port open from here?",
		"login":         "check the user and the password or token; some providers want an app password",
		"sent folder":   "set imap.sent_folder to the folder where your mail program keeps what it sent (names are case-sensitive)",
		"drafts folder": "set imap.drafts_folder to the folder where your mail program keeps drafts, or leave it empty",
	}
	steps, err := box.Probe(ctx)
	for _, s := range steps {
		fix := fixes[s.Name]
		if fix == "" {
			fix = "check the folder's name under imap (names are case-sensitive)"
		}
		say("imap."+a.Name+"."+strings.ReplaceAll(s.Name, " ", "."), s.Detail, s.Err, fix)
	}
	if err != nil && len(steps) == 0 {
		say("imap."+a.Name, "", err, fixes["connect"])
	}
}

func checkModel(ctx context.Context, c *config.Config, say sayer) {
	if c.Engine != config.EngineOpenAI {
		say("openai", "not used: engine is lexicon", nil, "")
		return
	}
	client, err := openai.New(openai.Config{
		Key: c.OpenAI.Key.Reveal(), BaseURL: c.OpenAI.BaseURL, API: string(c.OpenAI.API), Model: c.OpenAI.Model,
		Timeout: c.OpenAI.Timeout,
	}, nil, slog.New(slog.DiscardHandler))
	if err == nil {
		err = client.Models(ctx)
	}
	say("openai.model", c.OpenAI.Model+" answers", err, "check openai.key, openai.base_url and openai.model")
}

func checkShop(ctx context.Context, c *config.Config, say sayer) {
	client, err := newShopify(c, Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		say("shopify.shop", "", err, "check shopify.shop: the name before .myshopify.com")
		return
	}
	info, err := client.Info(ctx)
	say("shopify.login", info.Name, err, "check shopify.shop and its token, or client_id and client_secret")
	if err != nil {
		return
	}
	scopes, err := client.Scopes(ctx)
	if missing := shopify.Missing(scopes); err == nil && len(missing) > 0 {
		err = fmt.Errorf("the app may not: %s", strings.Join(missing, ", "))
	}
	say("shopify.scopes", strings.Join(scopes, ", "), err, "grant the missing scopes to the app and install it again")
	say("shopify.zone", info.Zone, required(info.Zone == c.Store.Zone, "the shop's zone is "+info.Zone),
		"set store.zone to "+info.Zone+", so that replies tell the shop's days")
	same := info.Prefix == c.Store.OrderName.Prefix && info.Suffix == c.Store.OrderName.Suffix
	say("shopify.order_name", info.Prefix+"1001"+info.Suffix, required(same, "the shop names orders "+info.Prefix+"1001"+info.Suffix),
		"set store.order_name to the shop's prefix and suffix")
}

func checkSendGrid(ctx context.Context, c *config.Config, say sayer) {
	client, err := sendgrid.New(sendgrid.Config{Key: c.SendGrid.Key.Reveal(), Endpoint: c.SendGrid.Endpoint, EU: c.SendGrid.EU})
	if err != nil {
		say("sendgrid.key", "", err, "check sendgrid.key")
		return
	}
	scopes, err := client.Scopes(ctx)
	if err == nil && !slices.Contains(scopes, "mail.send") {
		err = errors.New("the key may not send mail")
	}
	say("sendgrid.key", "may send mail", err, "make a key with the scope mail.send, in the region of sendgrid.eu")
	say("sendgrid.webhook", "signed events are verified", required(c.SendGrid.WebhookPublicKey != "",
		"bounces are not noticed"), "switch on the signed event webhook for "+c.Web.PublicURL+
		"/events/sendgrid and put its verification key at sendgrid.webhook_public_key")
	domain := c.Store.From.Address[strings.LastIndexByte(c.Store.From.Address, '@')+1:]
	if c.SendGrid.Endpoint == "" {
		_, err = net.DefaultResolver.LookupTXT(ctx, "_dmarc."+domain)
		say("sendgrid.domain", domain+" has a DMARC record", err, "authenticate "+domain+" at SendGrid and publish a DMARC record")
	}
}
