package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// reasonSources are the files whose sentences staff read as reasons.
var reasonSources = []string{"../gate/*.go", "../identity/*.go", "../policy/policy.go", "../thread/thread.go",
	"../ground/*.go", "../app/steps.go", "../app/redraft.go", "../store/intake.go", "acts.go", "conclude.go"}

// spoken is what a sentence of ours looks like: words with blanks, of no markup, header or format.
var spoken = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9'’,;:%.\- ]+$`)

// TestEveryReasonThatCodeGivesIsSaidInPersian: the sentences are read out of the code itself.
func TestEveryReasonThatCodeGivesIsSaidInPersian(t *testing.T) {
	locales, err := loadLocales()
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, pattern := range reasonSources {
		names, _ := filepath.Glob(pattern)
		if len(names) == 0 {
			t.Errorf("%s: no file", pattern)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			for _, s := range reasonsIn(t, name) {
				words := strings.Contains(name, "/gate/") || strings.Contains(name, "/ground/")
				if words && (s[0] >= 'a' || !strings.HasSuffix(s, ".")) { // a word of mails that it looks for
					continue
				}
				found++
				if got := locales["fa"].why(strings.NewReplacer("%d", "3", "%s", "xyz", "%v", "xyz").Replace(s)); latin(got) && locales["fa"].words[s] == "" {
					t.Errorf("%s: %q is said %q", name, s, got)
				}
			}
		}
	}
	if found < 60 {
		t.Errorf("%d reasons were found: the test looks in the wrong places", found)
	}
}

var names = strings.NewReplacer("xyz", "", "DMARC", "", "DKIM", "", "SPF", "", "ARC", "", "Microsoft", "", "From", "",
	"Message-ID", "", "Reply-To", "", "SendGrid", "", "replyd", "", "compauth=pass", "", "dmarc=pass", "", "header", "",
	"Authentication-Results", "", "authserv-id", "", "https", "")

func latin(s string) bool { return regexp.MustCompile(`[A-Za-z]{3}`).MatchString(names.Replace(s)) }

// reasonsIn gives the string expressions of a file that read as sentences, with %s for what is set in.
func reasonsIn(t *testing.T, name string) (out []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok { // errors and patterns are for others
			if s, ok := call.Fun.(*ast.SelectorExpr); ok && strings.Contains("New Errorf MustCompile Error Info Debug Warn", s.Sel.Name) {
				return false
			}
		}
		e, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if _, isText := e.(*ast.BinaryExpr); !isText {
			if _, isText := e.(*ast.BasicLit); !isText {
				return true
			}
		}
		s, ok := flat(e)
		s = strings.TrimSpace(s)
		if ok && spoken.MatchString(s) && strings.Count(s, " ") > 1 {
			out = append(out, s)
		}
		return false
	})
	return out
}

// flat joins a concatenation of strings.
func flat(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		a, aText := flat(e.X)
		b, bText := flat(e.Y)
		if !aText && !bText {
			return "", false
		}
		if !aText {
			a = "%s"
		}
		if !bText {
			b = "%s"
		}
		return a + b, true
	}
	return "", false
}
