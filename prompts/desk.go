package prompts

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"
)

// Desk is what was set at the desk: the path of a file → its text. An empty text hides the built-in file.
type Desk map[string]string

// Over gives the files of FS(dir), with the desk's texts between the owner's files, which win, and the built-in ones.
func Over(dir string, desk Desk) fs.FS {
	if len(desk) == 0 {
		return FS(dir)
	}
	l := layers{desk: desk}
	if dir != "" {
		l.own = os.DirFS(dir)
	}
	return l
}

// BuiltIn gives a file as the program brings it. The error is fs.ErrNotExist where it brings none.
func BuiltIn(name string) ([]byte, error) { return builtin.ReadFile(name) }

// Own gives the owner's file of that path in dir, false where there is none.
func Own(dir, name string) (file string, ok bool) {
	if dir == "" || !fs.ValidPath(name) {
		return "", false
	}
	info, err := fs.Stat(os.DirFS(dir), name)
	return path.Join(dir, name), err == nil && !info.IsDir()
}

type layers struct {
	own  fs.FS // nil: the owner has no files
	desk Desk
}

func (l layers) under() fs.FS {
	if l.own == nil {
		return builtin
	}
	return overlay{l.own}
}

// owns tells whether the owner has a file of that name.
func (l layers) owns(name string) bool {
	if l.own == nil {
		return false
	}
	info, err := fs.Stat(l.own, name)
	return err == nil && !info.IsDir() || err != nil && !errors.Is(err, fs.ErrNotExist)
}

func (l layers) Open(name string) (fs.File, error) {
	text, set := l.desk[name]
	if !set || l.owns(name) {
		return l.under().Open(name)
	}
	if text == "" {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return &page{bytes.NewReader([]byte(text)), info{name, int64(len(text))}}, nil
}

// ReadDir lists what Open opens.
func (l layers) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := fs.ReadDir(l.under(), name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(e fs.DirEntry) bool {
		file := path.Join(name, e.Name())
		text, set := l.desk[file]
		return set && text == "" && !l.owns(file)
	})
	for file, text := range l.desk {
		here := path.Dir(file) == name && text != ""
		if here && !slices.ContainsFunc(list, func(e fs.DirEntry) bool { return e.Name() == path.Base(file) }) {
			list = append(list, fs.FileInfoToDirEntry(info{file, int64(len(text))}))
			err = nil
		}
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return list, err
}

// page is a text of the desk as a file.
type page struct {
	*bytes.Reader
	info
}

func (p *page) Stat() (fs.FileInfo, error) { return p.info, nil }
func (p *page) Close() error               { return nil }
func (p *page) Size() int64                { return p.size }

type info struct {
	name string
	size int64
}

func (i info) Name() string       { return path.Base(i.name) }
func (i info) Size() int64        { return i.size }
func (i info) Mode() fs.FileMode  { return 0o444 }
func (i info) ModTime() time.Time { return time.Time{} }
func (i info) IsDir() bool        { return false }
func (i info) Sys() any           { return nil }
