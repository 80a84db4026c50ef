// Package knowledge puts the owner's own Markdown files beside the texts that the shop holds, and remembers those
// for a while: a question about care or opening hours is then answered from them as from a policy.
package knowledge

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// How long what was read is good for.
const (
	shopFor  = 10 * time.Minute // a shop's policies change a few times in a year
	filesFor = 30 * time.Second // an owner who mends a text and tries again waits no longer than this
)

// Bounds of a folder. A help centre of a hundred pages has about 500 KiB.
const (
	maxFile    = 1 << 20 // bytes
	maxFiles   = 500
	maxTotal   = 4 << 20 // bytes of text of all sections
	maxSection = 16 << 10
)

// Catalogue is what the shop tells everybody.
type Catalogue interface {
	Products(ctx context.Context, query string) ([]shop.Product, error)
	Policies(ctx context.Context) ([]shop.Policy, error)
}

// Library is a Catalogue with the owner's texts. It is safe for concurrent use.
type Library struct {
	shop   Catalogue
	folder string // empty: no texts of the owner's
	log    *slog.Logger

	shopMu   sync.Mutex
	policies []shop.Policy
	fetched  time.Time

	filesMu  sync.Mutex
	files    map[string]file // by path inside the folder
	looked   time.Time
	sections []shop.Policy
	told     string // problems that were logged
}

// file is one read Markdown file.
type file struct {
	changed  time.Time
	size     int64
	sections []shop.Policy
	err      error
}

// New makes a Library. It reads nothing yet.
func New(s Catalogue, folder string, log *slog.Logger) *Library {
	return &Library{shop: s, folder: folder, log: log, files: map[string]file{}}
}

// Products are the shop's.
func (l *Library) Products(ctx context.Context, query string) ([]shop.Product, error) {
	return l.shop.Products(ctx, query)
}

// Policies are the shop's, at most ten minutes old, and then the sections of the owner's files. A file that cannot
// be used is left out and named in the log.
func (l *Library) Policies(ctx context.Context) ([]shop.Policy, error) {
	policies, err := l.ofShop(ctx)
	if err != nil {
		return nil, err
	}
	own := l.own()
	out := make([]shop.Policy, 0, len(policies)+len(own))
	return append(append(out, policies...), own...), nil
}

// ofShop asks the shop once for all who ask at the same time. A failure is not remembered, nor hidden behind texts
// that may be outdated.
func (l *Library) ofShop(ctx context.Context) ([]shop.Policy, error) {
	l.shopMu.Lock()
	defer l.shopMu.Unlock()
	if !l.fetched.IsZero() && time.Since(l.fetched) < shopFor {
		return l.policies, nil
	}
	policies, err := l.shop.Policies(ctx)
	if err != nil {
		return nil, err
	}
	l.policies, l.fetched = policies, time.Now()
	return policies, nil
}

// own gives the sections of the owner's files, after a look for changes if the last one was a while ago.
func (l *Library) own() []shop.Policy {
	if l.folder == "" {
		return nil
	}
	l.filesMu.Lock()
	defer l.filesMu.Unlock()
	if !l.looked.IsZero() && time.Since(l.looked) < filesFor {
		return l.sections
	}
	var problems []error
	l.sections, l.files, problems = read(l.folder, l.files)
	l.looked = time.Now()
	if told := fmt.Sprint(problems); told != l.told { // once, and again when they change
		l.told = told
		for _, p := range problems {
			l.log.Warn("knowledge: a text is left out", "problem", p)
		}
	}
	return l.sections
}

// Check reads a folder and tells how many sections it holds, and what in it cannot be used.
func Check(folder string) (sections int, problems []error) {
	all, _, problems := read(folder, nil)
	return len(all), problems
}

// read reads a folder. Files that have not changed since are taken from before.
func read(folder string, before map[string]file) ([]shop.Policy, map[string]file, []error) {
	now := map[string]file{}
	var names []string
	var problems []error
	root := os.DirFS(folder)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			problems = append(problems, err)
			return nil
		case name != "." && strings.HasPrefix(d.Name(), "."): // also Kubernetes' ..data, to which its files link
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir() || !strings.EqualFold(filepath.Ext(name), ".md"):
			return nil
		case len(names) == maxFiles:
			problems = append(problems, fmt.Errorf("only the first %d files are read", maxFiles))
			return fs.SkipAll
		}
		names = append(names, name)
		return nil
	})
	if err != nil {
		problems = append(problems, err)
	}
	var out []shop.Policy
	total := 0
	for _, name := range names {
		f := load(root, name, before[name])
		now[name] = f
		if f.err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", name, f.err))
			continue
		}
		for _, s := range f.sections {
			if total += len(s.Text); total > maxTotal {
				err := fmt.Errorf("%s and what follows: more than %d MiB of text", name, maxTotal>>20)
				return out, now, append(problems, err)
			}
			out = append(out, s)
		}
	}
	return out, now, problems
}

// load reads one file, unless it is the one from before.
func load(root fs.FS, name string, before file) (f file) {
	info, err := fs.Stat(root, name) // follows links
	if err != nil {
		return file{err: errors.Unwrap(err)}
	}
	f = file{changed: info.ModTime(), size: info.Size()}
	if f.changed.Equal(before.changed) && f.size == before.size && before.err == nil {
		return before
	}
	switch {
	case !info.Mode().IsRegular():
		f.err = errors.New("is no file")
		return f
	case f.size > maxFile:
		f.err = fmt.Errorf("is larger than %d KiB", maxFile>>10)
		return f
	}
	text, err := fs.ReadFile(root, name)
	if err != nil {
		f.err = errors.Unwrap(err)
		return f
	}
	f.sections, f.err = parse(name, text)
	return f
}
