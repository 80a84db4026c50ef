package config

import (
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"reflect"
	"runtime"
	"strings"
)

// Secret is a password or key. However it is printed, it shows stars; Reveal gives it to who needs it.
type Secret string

const stars = "***"

// Reveal gives the secret itself, for the constructor of the client that needs it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return stars
}

// GoString keeps %#v silent.
func (s Secret) GoString() string { return `config.Secret("` + s.String() + `")` }

// MarshalText keeps encoders of JSON, YAML and XML silent.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue keeps slog silent.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// secretRef is one secret of the configuration: where it goes, and the key beside it that names a file.
type secretRef struct {
	path string // "openai.key"
	env  string // "REPLYD_OPENAI_KEY"
	to   *Secret
	file *string // value of "openai.key_file"
}

// secrets lists all secrets that may come from outside the file. The environment names an account by its
// name: REPLYD_IMAP_SUPPORT_PASSWORD.
func (c *Config) secrets() []secretRef {
	refs := []secretRef{
		{"openai.key", "OPENAI_KEY", &c.OpenAI.Key, &c.OpenAI.KeyFile},
		{"shopify.token", "SHOPIFY_TOKEN", &c.Shopify.Token, &c.Shopify.TokenFile},
		{"shopify.client_secret", "SHOPIFY_CLIENT_SECRET", &c.Shopify.ClientSecret, &c.Shopify.ClientSecretFile},
		{"sendgrid.key", "SENDGRID_KEY", &c.SendGrid.Key, &c.SendGrid.KeyFile},
		{"web.oidc.client_secret", "WEB_OIDC_CLIENT_SECRET", &c.Web.OIDC.ClientSecret, &c.Web.OIDC.ClientSecretFile},
	}
	for i := range c.IMAP {
		a, o, path := &c.IMAP[i], &c.IMAP[i].OAuth, fmt.Sprintf("imap[%d].", i)
		env := "IMAP_" + envName(a.Name) + "_"
		refs = append(
			refs,
			secretRef{path + "password", env + "PASSWORD", &a.Password, &a.PasswordFile},
			secretRef{path + "oauth.client_secret", env + "OAUTH_CLIENT_SECRET", &o.ClientSecret, &o.ClientSecretFile},
			secretRef{path + "oauth.refresh_token", env + "OAUTH_REFRESH_TOKEN", &o.RefreshToken, &o.RefreshTokenFile},
		)
	}
	for i := range c.Notify {
		n, path := &c.Notify[i], fmt.Sprintf("notify[%d].", i)
		env := "NOTIFY_" + envName(n.Name) + "_"
		refs = append(refs, secretRef{path + "url", env + "URL", &n.URL, &n.URLFile},
			secretRef{path + "secret", env + "SECRET", &n.Secret, &n.SecretFile})
	}
	for i := range refs {
		refs[i].env = "REPLYD_" + refs[i].env
	}
	return refs
}

// envName turns an account's name into a part of a variable's name.
func envName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(name))
}

// loadSecrets takes each secret from the first of: its environment variable, the file that the variable with
// _FILE names, the file that the key with _file names, the configuration file itself. The last is refused
// when others may read that file, as ssh refuses such a key.
func (c *Config) loadSecrets(d *decoder, env func(string) string, open bool) {
	for _, ref := range c.secrets() {
		inFile := *ref.to != ""
		if inFile && *ref.file != "" {
			d.failAt(ref.path+"_file", ref.path+" and "+ref.path+"_file are both set", "Remove one of them.")
			continue
		}
		if v := env(ref.env); v != "" {
			*ref.to, *ref.file = Secret(v), ""
			continue
		}
		if path := env(ref.env + "_FILE"); path != "" {
			*ref.file, inFile = path, false
		}
		if *ref.file != "" {
			v, err := readSecret(*ref.file)
			if err != nil {
				d.failAt(ref.path+"_file", "the file of "+ref.path+" cannot be used: "+err.Error(),
					"Write the secret into it, or set "+ref.env)
				continue
			}
			*ref.to = v
			continue
		}
		if inFile && open {
			d.failAt(ref.path, ref.path+" stands in a file that others may read",
				"Run chmod 600 on it, or use "+ref.path+"_file or the variable "+ref.env)
		}
	}
}

// readSecret reads a secret's file; white space at its end does not count.
func readSecret(path string) (Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", err
	}
	secret := strings.TrimRight(string(text), " \t\r\n")
	switch {
	case len(text) > maxSecret:
		return "", fmt.Errorf("%s is larger than %d bytes", path, maxSecret)
	case secret == "":
		return "", fmt.Errorf("%s is empty", path)
	case strings.ContainsAny(secret, "\r\n"):
		return "", fmt.Errorf("%s has more than one line", path)
	}
	return Secret(secret), nil
}

// readableByOthers looks at Unix permission bits, which Windows does not have.
func readableByOthers(mode fs.FileMode) bool {
	return runtime.GOOS != "windows" && mode.Perm()&0o077 != 0
}

// secretType tells encoders of this package which values to hide.
var secretType = reflect.TypeFor[Secret]()
