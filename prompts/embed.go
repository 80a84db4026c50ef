// Package prompts holds every text that an owner may want to change: instructions for the model, its tool
// schemas, reply templates, macros and the stand-by lexicon. A folder of the owner's own files overrides any of them.
package prompts

import (
	"embed"
	"errors"
	"io/fs"
	"os"
	"slices"
	"strings"
)

//go:embed system tools replies lexicon macros
var builtin embed.FS

// FS gives the built-in files, each replaced by the file of the same path in dir if there is one. An empty dir
// means no overrides.
func FS(dir string) fs.FS {
	if dir == "" {
		return builtin
	}
	return overlay{os.DirFS(dir)}
}

type overlay struct{ own fs.FS }

// ReadDir lists the built-in files of a folder and the owner's, without folders of the owner's and hidden files.
func (o overlay) ReadDir(name string) ([]fs.DirEntry, error) {
	ours, err := builtin.ReadDir(name)
	own, ownErr := fs.ReadDir(o.own, name)
	switch {
	case err != nil && ownErr != nil:
		return nil, err
	case ownErr != nil && !errors.Is(ownErr, fs.ErrNotExist):
		return nil, ownErr
	}
	for _, e := range own {
		if e.IsDir() || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if !slices.ContainsFunc(ours, func(b fs.DirEntry) bool { return b.Name() == e.Name() }) {
			ours = append(ours, e)
		}
	}
	slices.SortFunc(ours, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return ours, nil
}

func (o overlay) Open(name string) (fs.File, error) {
	f, err := o.own.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return builtin.Open(name)
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() { // folders are listed from the built-in side
		f.Close()
		return builtin.Open(name)
	}
	return f, nil
}
