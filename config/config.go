// Package config is replyd's one configuration file: its keys, their defaults, how it is read and written.
// Every key is documented where it is declared, in keys.go; replyd.example.yaml is generated from there.
//
// What is wrong with a file is told with line and column, a mark under the place, what is allowed there and
// what to do next. All that is wrong is told at once.
package config

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	_ "embed"
)

// Example is replyd.example.yaml: every key with its comment. A test keeps it equal to Sample().Render.
//
//go:embed replyd.example.yaml
var Example []byte

// maxFile bounds a configuration file, and maxSecret the file of a secret. Real ones have a few KiB.
const (
	maxFile   = 1 << 20
	maxSecret = 64 << 10
)

// Defaults gives the configuration of an empty file. It is not complete: Load asks for what is missing.
func Defaults() *Config {
	return &Config{
		Data:      "data",
		Mode:      Approval,
		Intents:   map[string]Mode{"order_status": Auto, "refund_status": Auto, "store_policy": Auto},
		QuietTime: 60 * time.Second,
		Workers:   8,
		Engine:    EngineOpenAI,
		Store:     Store{Language: "en", Zone: "UTC", OrderName: OrderName{Prefix: "#"}},
		OpenAI: OpenAI{
			BaseURL: "https://api.openai.com/v1",
			API:     Responses,
			Model:   "gpt-5-mini",
			Effort:  EffortLow,
			Timeout: 20 * time.Second,
			// US dollars per million tokens of gpt-5-mini, from OpenAI's price list.
			Prices:      Prices{Input: 0.25, Cached: 0.025, Output: 2},
			DailyBudget: 5,
		},
		Shopify: Shopify{Version: "2026-10"},
		Web:     Web{Listen: "127.0.0.1:8025", Session: 12 * time.Hour, Metrics: true},
		Desk: Desk{AnswerWithin: AnswerWithin{Flagged: time.Hour, Urgent: 2 * time.Hour, Trouble: 4 * time.Hour,
			Order: 8 * time.Hour, Other: 24 * time.Hour}},
		Limits: Limits{
			PerTicket:    3,
			PerSenderDay: 5,
			HourlyDomain: 60,
			HourlyTotal:  300,
			MaxAge:       24 * time.Hour,
		},
		Log: Log{Level: LevelInfo, Format: FormatText},
	}
}

// accountDefaults fills what an IMAP account leaves empty.
func accountDefaults(a *Account) {
	setDefault(&a.Security, TLS)
	setDefault(&a.Auth, Login)
	setDefault(&a.Poll, 90*time.Second)
	setDefault(&a.MaxSize, 25)
	if len(a.Folders) == 0 {
		a.Folders = []string{"INBOX"}
	}
}

func setDefault[T comparable](p *T, value T) {
	var zero T
	if *p == zero {
		*p = value
	}
}

// Load reads the file at path over the defaults, takes secrets from the environment and from their files,
// makes relative paths relative to the file's folder, and validates everything. Its error is an Errors when
// something in the file is wrong. env is os.Getenv, or a test's own.
func Load(path string, env func(string) string) (*Config, error) {
	text, open, err := readFile(path)
	if err != nil {
		return nil, err
	}
	c := Defaults()
	d := newDecoder(filepath.Base(path), text)
	d.file(c)
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	for i := range c.IMAP {
		accountDefaults(&c.IMAP[i])
	}
	c.Given = d.given
	dir := filepath.Dir(path)
	c.resolvePaths(dir)
	c.loadSecrets(d, env, open)
	c.validate(d)
	if len(d.errs) > 0 {
		return nil, d.errs
	}
	return c, nil
}

// readFile gives the file's text and whether others than its owner may read it.
func readFile(path string) (text []byte, open bool, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, false, fmt.Errorf("config: %s does not exist: `replyd init` writes one", path)
	}
	if err != nil {
		return nil, false, fmt.Errorf("config: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, false, fmt.Errorf("config: %w", err)
	}
	text, err = io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, false, fmt.Errorf("config: %w", err)
	}
	if len(text) > maxFile {
		return nil, false, fmt.Errorf("config: %s is larger than %d bytes", path, maxFile)
	}
	return text, readableByOthers(info.Mode()), nil
}

// resolvePaths makes every path of the file relative to the file's folder instead of the working directory,
// which a service manager chooses.
func (c *Config) resolvePaths(dir string) {
	paths := []*string{
		&c.Data, &c.Prompts, &c.Knowledge, &c.OpenAI.KeyFile, &c.Shopify.TokenFile, &c.Shopify.ClientSecretFile,
		&c.SendGrid.KeyFile, &c.Web.OIDC.ClientSecretFile,
	}
	for i := range c.IMAP {
		a := &c.IMAP[i]
		paths = append(paths, &a.PasswordFile, &a.OAuth.ClientSecretFile, &a.OAuth.RefreshTokenFile)
	}
	for i := range c.Notify {
		paths = append(paths, &c.Notify[i].URLFile, &c.Notify[i].SecretFile)
	}
	for _, p := range paths {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(dir, *p)
		}
	}
}
