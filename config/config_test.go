package config_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/policy"
	"github.com/replyd/replyd/internal/ticket"
)

var update = flag.Bool("update", false, "write golden files")

// secretsByEnv stands in for the secrets of the sample.
func secretsByEnv(name string) string {
	if strings.HasSuffix(name, "_FILE") {
		return ""
	}
	return map[string]string{
		"REPLYD_OPENAI_KEY": "sk-1", "REPLYD_SENDGRID_KEY": "SG.1", "REPLYD_SHOPIFY_CLIENT_SECRET": "shpss_1",
		"REPLYD_IMAP_SUPPORT_PASSWORD": "hunter2",
	}[name]
}

func noEnv(string) string { return "" }

// write puts text into a file that only its owner may read.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "replyd.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestExampleIsTheSample keeps replyd.example.yaml equal to the structs and their doc comments: it is what
// the renderer makes of them.
func TestExampleIsTheSample(t *testing.T) {
	want, err := config.Sample().Render()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile("replyd.example.yaml", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(want), string(config.Example)); diff != "" {
		t.Errorf("replyd.example.yaml is old; go test ./config -update writes it (-want +got):\n%s", diff)
	}
}

// keyLine is a line with a key, live or commented out. The # of a comment is followed by one blank.
var keyLine = regexp.MustCompile(`^ *(?:#(?: {2,})?)?([a-z_]+):(?: |$)`)

// TestExampleNamesEveryKeyOnce walks the struct and looks for each key in the example, live or as a comment.
func TestExampleNamesEveryKeyOnce(t *testing.T) {
	counts := map[string]int{}
	for line := range strings.Lines(string(config.Example)) {
		if m := keyLine.FindStringSubmatch(strings.TrimSuffix(line, "\n")); m != nil {
			counts[m[1]]++
		}
	}
	want := map[string]int{"order_status": 1, "refund_status": 1, "store_policy": 1} // of the default intents
	countKeys(reflect.TypeFor[config.Config](), want)
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("keys in struct (-) and example (+):\n%s", diff)
	}
}

func countKeys(t reflect.Type, counts map[string]int) {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Tag.Get("yaml") == "-" {
			continue
		}
		counts[f.Tag.Get("yaml")]++
		switch {
		case f.Type.Kind() == reflect.Struct:
			countKeys(f.Type, counts)
		case f.Type.Kind() == reflect.Slice && f.Type.Elem().Kind() == reflect.Struct:
			countKeys(f.Type.Elem(), counts)
		}
	}
}

// TestEveryKeyHasAComment: a key without one would be a key that nobody understands.
func TestEveryKeyHasAComment(t *testing.T) {
	lines := strings.Split(string(config.Example), "\n")
	for i, line := range lines {
		live := keyLine.FindStringSubmatch(line)
		if live != nil && !strings.HasPrefix(line, "#  ") && !strings.Contains(lines[i-1], "# ") {
			t.Errorf("line %d: %s has no comment above it", i+1, live[1])
		}
	}
}

// TestExampleLoads: what we show must work as it is, given the secrets.
func TestExampleLoads(t *testing.T) {
	path := write(t, string(config.Example))
	got, err := config.Load(path, secretsByEnv)
	if err != nil {
		t.Fatal(err)
	}
	if got.IMAP[0].Password.Reveal() != "hunter2" || got.IMAP[0].Folders[0] != "INBOX" {
		t.Errorf("account: %+v", got.IMAP[0])
	}
	if want := filepath.Join(filepath.Dir(path), "data"); got.Data != want {
		t.Errorf("data = %s, want %s", got.Data, want)
	}
}

// TestUncommentedExampleLoads: a # that somebody removes from a key leaves a file that still says the same.
func TestUncommentedExampleLoads(t *testing.T) {
	commented := regexp.MustCompile(`(?m)^( *)#([a-z_]+:.*|  [a-z_]+: [a-z]+)$`)
	text := commented.ReplaceAllString(string(config.Example), "$1$2")
	text = strings.Replace(text, "  users:\n", "  #users:\n", 1)
	bare, err := config.Load(write(t, string(config.Example)), secretsByEnv)
	if err != nil {
		t.Fatal(err)
	}
	full, err := config.Load(write(t, text), secretsByEnv)
	if err != nil {
		t.Fatal(err)
	}
	bare.Data, full.Data, bare.Given, full.Given = "", "", nil, nil
	if diff := cmp.Diff(fmt.Sprintf("%+v", bare), fmt.Sprintf("%+v", full)); diff != "" {
		t.Error(diff)
	}
}

// TestWrittenFileLoads: WriteFile and Load are each other's inverse, secrets and odd characters included.
func TestWrittenFileLoads(t *testing.T) {
	c := config.Sample()
	c.Mode, c.QuietTime, c.Workers = config.Auto, 0, 3
	c.Intents = map[string]config.Mode{"other": config.Shadow}
	c.Store.Signature = "تیم پشتیبانی\n\"Lavender\" \\ Oak: #1 \u2066\x01"
	c.OpenAI.KeyFile, c.OpenAI.Key = "", `sk-"\'#: {}`
	c.IMAP[0].PasswordFile, c.IMAP[0].Password = "", "0123"
	c.IMAP = append(c.IMAP, c.IMAP[0])
	c.IMAP[1].Name, c.IMAP[1].Security, c.IMAP[1].Addr = "second", config.None, "127.0.0.1:1143"
	c.Shopify.ClientSecretFile, c.Shopify.ClientSecret, c.Shopify.Endpoint = "", "s", "http://127.0.0.1:9"
	c.SendGrid.KeyFile, c.SendGrid.Key = "", "SG.x"
	c.Web.Users = []config.User{{Name: "sam", PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA"}}
	c.Data = filepath.Join(t.TempDir(), "d")
	path := filepath.Join(t.TempDir(), "out.yaml")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	got, err := config.Load(path, noEnv)
	if err != nil {
		text, _ := os.ReadFile(path)
		t.Fatalf("%v\n%s", err, text)
	}
	got.Given = nil
	if !reflect.DeepEqual(c, got) {
		t.Error(cmp.Diff(fmt.Sprintf("%+v", c), fmt.Sprintf("%+v", got)))
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	shown, err := c.Render()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(shown, []byte("SG.x")) || bytes.Contains(shown, []byte("aGFzaA")) {
		t.Error("Render shows a secret")
	}
}

// TestErrorsShowThePlace runs the files of testdata/errors.txtar: behind each is the text that is printed.
func TestErrorsShowThePlace(t *testing.T) {
	const golden = "testdata/errors.txtar"
	ar, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(ar.Files); i += 2 {
		file, want := ar.Files[i], &ar.Files[i+1]
		t.Run(file.Name, func(t *testing.T) {
			_, err := config.Load(write(t, string(file.Data)), secretsByEnv)
			got := "no error\n"
			if err != nil {
				got = err.Error() + "\n"
			}
			if *update {
				want.Data = []byte(got)
				return
			}
			if diff := cmp.Diff(string(want.Data), got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(got, "hunter") {
				t.Error("the error shows a secret")
			}
		})
	}
	if *update {
		if err := os.WriteFile(golden, txtar.Format(ar), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestSecretIsNeverPrinted tries the ways in which values get into logs.
func TestSecretIsNeverPrinted(t *testing.T) {
	c := config.Sample()
	c.OpenAI.Key = "hunter2"
	c.IMAP[0].Password = "hunter2"
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "c", c, "key", c.OpenAI.Key)
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "c", c, "key", c.OpenAI.Key)
	asJSON, _ := json.Marshal(c)
	o := c.OpenAI
	shown := fmt.Sprintf("%v %+v %#v %s %q %x %v", o, o, o, o.Key, o.Key, o.Key, c.IMAP)
	for name, text := range map[string]string{"log": log.String(), "json": string(asJSON), "fmt": shown} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("%s shows the secret: %s", name, text)
		}
	}
}

func TestSecretsComeFromFilesAndEnvironment(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"a": "from key_file\n", "b": "from its file\r\n", "empty": "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := filepath.Join(dir, "b")
	sample, _ := config.Sample().Render()
	for name, tc := range map[string]struct {
		key  string // lines instead of the sample's key_file
		env  map[string]string
		mode os.FileMode
		want string // the secret, or a part of the error
	}{
		"file wins over nothing":      {"key_file: a", nil, 0o644, "from key_file"},
		"variable wins over file":     {"key_file: a", map[string]string{"": "from env"}, 0o644, "from env"},
		"variable's file wins":        {"key_file: a", map[string]string{"_FILE": b}, 0o644, "from its file"},
		"in the file itself":          {"key: plain", nil, 0o600, "plain"},
		"in a file that others read":  {"key: plain", nil, 0o644, "stands in a file that others may read"},
		"both":                        {"key: plain\n  key_file: a", nil, 0o600, "are both set"},
		"an empty file":               {"key_file: empty", nil, 0o600, "is empty"},
		"a missing file":              {"key_file: nowhere", nil, 0o600, "no such file"},
		"nothing":                     {"key_file:", nil, 0o600, "REPLYD_OPENAI_KEY"},
		"variable beats an open file": {"key: plain", map[string]string{"": "from env"}, 0o644, "from env"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, strings.ReplaceAll(name, " ", "-")+".yaml")
			text := strings.Replace(string(sample), `key_file: "secrets/openai"`, tc.key, 1)
			if err := os.WriteFile(path, []byte(text), tc.mode); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(path, func(name string) string {
				if suffix, ok := strings.CutPrefix(name, "REPLYD_OPENAI_KEY"); ok {
					return tc.env[suffix]
				}
				return secretsByEnv(name)
			})
			switch {
			case err != nil && !strings.Contains(err.Error(), tc.want):
				t.Errorf("error %q does not say %q", err, tc.want)
			case err == nil && c.OpenAI.Key.Reveal() != tc.want:
				t.Errorf("key = %q, want %q", c.OpenAI.Key.Reveal(), tc.want)
			case err != nil && strings.Contains(err.Error(), "key: plain"):
				t.Errorf("error shows the secret: %v", err)
			}
		})
	}
}

func TestErrorsCanBeTakenApart(t *testing.T) {
	_, err := config.Load(write(t, "workers: no\nmod: x\n"), noEnv)
	var one *config.Error
	var all config.Errors
	if !errors.As(err, &all) || len(all) != 2 || !errors.As(err, &one) || one.Line != 1 {
		t.Errorf("err = %#v", err)
	}
}

func TestMissingFileSaysWhatToDo(t *testing.T) {
	_, err := config.Load(filepath.Join(t.TempDir(), "no.yaml"), noEnv)
	if err == nil || !strings.Contains(err.Error(), "replyd init") {
		t.Errorf("err = %v", err)
	}
}

// TestNoDamageToAFileMakesAnErrorShowASecret puts every odd character at every place of a file with secrets.
func TestNoDamageToAFileMakesAnErrorShowASecret(t *testing.T) {
	const text = `openai:
  key: hunter2
sendgrid: {key: "hunter2", eu: false}
imap:
  - name: a
    password: 'hunter2'
    oauth: {refresh_token: hunter2, client_secret: hunter2}
web:
  users:
    - {name: sam, password_hash: hunter2}
`
	path := write(t, text)
	for at := range len(text) + 1 {
		for _, damage := range strings.Split("~:~{~}~\"~'~#~\n~ ~- ~|~,~? ", "~") {
			rest := text[at:]
			if damage == "" && rest != "" { // one character less
				rest = rest[1:]
			}
			if err := os.WriteFile(path, []byte(text[:at]+damage+rest), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := config.Load(path, noEnv)
			if err == nil {
				t.Fatal("an incomplete file loads")
			}
			if msg := err.Error(); strings.Contains(msg, "hunter") || strings.Contains(msg, "unter2") {
				t.Fatalf("with %q at %d: %s", damage, at, msg)
			}
		}
	}
}

// TestEveryIntentIsAllowed: the closed list of intents is the ticket package's.
func TestEveryIntentIsAllowed(t *testing.T) {
	c := config.Sample()
	c.Intents = map[string]config.Mode{}
	for _, i := range ticket.Intents {
		c.Intents[string(i)] = config.Approval
	}
	path := filepath.Join(t.TempDir(), "c.yaml")
	if err := c.WriteFile(path); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path, secretsByEnv); err != nil {
		t.Error(err)
	}
	_, err := config.Load(write(t, "intents: {nothing: auto}"), noEnv)
	if err == nil || !strings.Contains(err.Error(), "business_other, no_reply_needed, other") {
		t.Errorf("the error names no intents: %v", err)
	}
}

// TestAutoIsForTheIntentsOfPolicy: what policy would never send by itself is refused here already.
func TestAutoIsForTheIntentsOfPolicy(t *testing.T) {
	for _, i := range ticket.Intents {
		c := config.Sample()
		c.Intents = map[string]config.Mode{string(i): config.Auto}
		path := filepath.Join(t.TempDir(), "c.yaml")
		if err := c.WriteFile(path); err != nil {
			t.Fatal(err)
		}
		_, err := config.Load(path, secretsByEnv)
		if allowed := slices.Contains(policy.Automatic, i); allowed != (err == nil) {
			t.Errorf("%s: %v", i, err)
		}
	}
}

// FuzzLoad: whatever a file holds, Load returns a configuration or an error, and soon.
func FuzzLoad(f *testing.F) {
	f.Add(string(config.Example))
	f.Add("a: [\n")
	f.Add("imap:\n  -\n  - name: x\n")
	f.Add("&a [*a, *a]")
	f.Add("store: {<<: {name: x}}")
	f.Add("log: !!binary x\n---\nb")
	f.Fuzz(func(t *testing.T, text string) {
		start := time.Now()
		c, err := config.Load(write(t, text), secretsByEnv)
		if (c == nil) == (err == nil) {
			t.Error("neither or both")
		}
		if err != nil {
			_ = err.Error()
		}
		if len(text) < 10_000 && time.Since(start) > 5*time.Second {
			t.Error("slow")
		}
	})
}
