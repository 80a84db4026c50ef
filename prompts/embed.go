// Package prompts holds every text that an owner may want to change: instructions for the model, its tool
// schemas, reply templates and the stand-by lexicon. A folder of the owner's own files overrides any of them.
package prompts

import (
	"embed"
	"errors"
	"io/fs"
	"os"
)

//go:embed system tools replies lexicon
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
