package replay

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Message is one raw mail of a source.
type Message struct {
	Source  string    // where it lay, for people
	Arrived time.Time // when the mailbox got it; zero when unknown
	Raw     []byte
}

// Bounds of a source.
const (
	maxMail = 25 << 20 // bytes of one mail: what Gmail and Microsoft 365 accept; the rest of it is skipped
	maxLine = 1 << 20  // bytes of one line that are looked at as a line
)

// Files reads every mail below the paths, in order, one at a time: a file is one mail, or an mbox if it begins with
// a "From " line (RFC 4155). Folders are walked; what begins with a dot in them is left out. It ends with the first
// error of each, or with a path that cannot be read.
func Files(ctx context.Context, paths []string, each func(Message) error) error {
	for _, path := range paths {
		err := filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				return err
			case ctx.Err() != nil:
				return ctx.Err()
			case file != path && strings.HasPrefix(d.Name(), "."):
				if d.IsDir() {
					return fs.SkipDir
				}
				return nil
			case d.IsDir():
				return nil
			}
			return readFile(ctx, file, each)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func readFile(ctx context.Context, path string, each func(Message) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 64<<10)
	if start, _ := r.Peek(5); string(start) == "From " {
		return mbox(ctx, r, path, each)
	}
	raw, err := io.ReadAll(io.LimitReader(r, maxMail))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return each(Message{Source: path, Raw: raw})
}

// separator is a line between two mails: an address, a time of day and a year. Gmail's has a zone, others none.
var separator = regexp.MustCompile(`^From \S+.*\d\d:\d\d.*\b(?:19|20)\d\d\b`)

// mbox reads the mails of an mbox, in the dialect that all programs understand: a mail begins after an empty line
// with "From "; lines of a mail that begin so have a ">" before, of which one is taken away (mboxrd).
func mbox(ctx context.Context, r *bufio.Reader, path string, each func(Message) error) error {
	var mail bytes.Buffer
	m, count, empty := Message{}, 0, true
	flush := func() error {
		if count == 0 {
			return nil
		}
		m.Source, m.Raw = fmt.Sprintf("%s mail %d", path, count), bytes.Clone(mail.Bytes())
		mail.Reset()
		return each(m)
	}
	for ctx.Err() == nil {
		line, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("%s: %w", path, err)
		}
		switch {
		case empty && bytes.HasPrefix(line, []byte("From ")) && (count == 0 || separator.Match(line)):
			if err := flush(); err != nil {
				return err
			}
			count++
			m = Message{Arrived: arrived(string(line))}
		default:
			escaped := bytes.TrimLeft(line, ">")
			if len(escaped) < len(line) && bytes.HasPrefix(escaped, []byte("From ")) {
				line = line[1:]
			}
			mail.Write(line[:min(len(line), maxMail-mail.Len())])
		}
		empty = len(bytes.TrimRight(line, "\r\n")) == 0
		if err != nil {
			return flush()
		}
	}
	return ctx.Err()
}

// readLine gives a line with its end, or a piece of a line that is longer than any real one.
func readLine(r *bufio.Reader) ([]byte, error) {
	var out []byte
	for {
		piece, err := r.ReadSlice('\n')
		out = append(out, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) || len(out) >= maxLine {
			if errors.Is(err, bufio.ErrBufferFull) {
				err = nil
			}
			return out, err
		}
	}
}

// arrived reads the time of a "From " line: asctime in UTC, with or without a zone. Zero when it says none.
func arrived(line string) time.Time {
	f := strings.Fields(line)
	for i := range f {
		rest := strings.Join(f[i:], " ")
		for _, zone := range []string{"", "-0700 ", "MST "} {
			layout := "Mon Jan 2 15:04:05 " + zone + "2006"
			if t, err := time.Parse(layout, rest); err == nil {
				return t
			}
		}
	}
	return time.Time{}
}
