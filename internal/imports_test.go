// Package internal_test holds the import map: which package may know which. It is the architecture, enforced.
package internal_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/replyd/replyd/"

// layer groups packages that may be imported by name of the group.
var (
	words   = []string{"ticket", "shop", "mail", "llm", "prompt", "staff", "audit", "settings", "hours", "texts"}
	thought = []string{"gate", "identity", "thread", "triage", "lookup", "reply", "ground", "policy", "crm", "wording"}
	hands   = []string{"imap", "openai", "shopify", "sendgrid", "oidc", "webhook"}
)

// allowed lists for each package what it may import of this module. A new package is a new line here and in
// internal/README.md.
var allowed = map[string][]string{
	// words know nobody; a turn holds facts and is due within working hours, so ticket alone knows shop and hours
	"internal/hours":    {},
	"internal/shop":     {},
	"internal/ticket":   {"internal/shop", "internal/hours"},
	"internal/mail":     {},
	"internal/llm":      {},
	"internal/prompt":   {"internal/llm"}, // what a question to a model is made of
	"internal/staff":    {},
	"internal/audit":    {},
	"internal/settings": {},
	"internal/texts":    {},

	// thought knows words, and the texts that owners may change
	"internal/gate":     in(words),
	"internal/identity": in(words),
	"internal/thread":   in(words),
	"internal/triage":   in(words, "prompts"),
	"internal/lookup":   in(words),
	"internal/reply":    in(words, "prompts"),
	"internal/ground":   in(words),
	"internal/wording":  in(words),
	"internal/policy":   in(words),
	"internal/crm":      in(words),

	// the owner's own texts beside the shop's
	"internal/knowledge": in(words),

	// judging replyd itself: on past mail, and on labelled mail
	"internal/replay": in(words, "internal/ground"),
	"internal/eval":   in(words),

	// order, memory, face
	"internal/pipeline": in(words),
	"internal/store":    in(words),
	"internal/web":      append(in(words), in(thought)...),

	// hands know words
	"internal/imap":          in(words),
	"internal/imap/imaptest": {}, // a real server, for tests
	"internal/openai":        in(words),
	"internal/shopify":       in(words, "internal/shopify/admin"),
	"internal/shopify/admin": {},
	"internal/shopify/gen":   {}, // a command: prunes Shopify's schema
	"internal/sendgrid":      in(words),
	"internal/oidc":          in(words),
	"internal/webhook":       in(words),

	// outside: the sandbox speaks protocols and knows no hand; its stand-in brain is the lexicon
	"internal/sandbox":        in(words, "prompts", "internal/triage", "internal/wording", "internal/sandbox/schema"),
	"internal/sandbox/schema": {},

	// only app and cmd see both sides
	"internal/app": append(append(in(words), append(in(thought), in(hands)...)...),
		"config", "prompts", "internal/pipeline", "internal/store", "internal/web", "internal/sandbox",
		"internal/knowledge", "internal/replay", "internal/eval"),
	"cmd/replyd": {"config", "prompts", "internal/app", "internal/ticket", "internal/store", "internal/sandbox",
		"internal/replay", "internal/eval"},

	"config":  {"internal/hours"}, // what a line of desk.hours means is said in one place
	"prompts": {},
	// the import map itself
	"internal": {},
}

func in(names []string, more ...string) []string {
	var out []string
	for _, n := range names {
		out = append(out, "internal/"+n)
	}
	return append(out, more...)
}

// TestImportsFollowTheMap parses every non-test file of the module. Test files may use more (a test meets the
// real neighbour), but never what would make a cycle, which the compiler refuses.
func TestImportsFollowTheMap(t *testing.T) {
	seen := map[string]bool{}
	err := filepath.WalkDir("..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".git") || d.Name() == "testdata" || d.Name() == "scratch") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		rel, _ := filepath.Rel("..", file)
		pkg := path.Dir(filepath.ToSlash(rel))
		list, known := allowed[pkg]
		if !known {
			t.Errorf("%s: package %s is not in the import map", rel, pkg)
			return nil
		}
		seen[pkg] = true
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, spec := range f.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			if to, ours := strings.CutPrefix(name, module); ours && !slices.Contains(list, to) {
				t.Errorf("%s: %s may not import %s", rel, pkg, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for pkg := range allowed {
		if !seen[pkg] && pkg != "internal" {
			t.Errorf("the import map names %s, which does not exist", pkg)
		}
	}
}
