package replay

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// ErrOtherSettings: the progress file was begun with other settings; items of both would not compare.
var ErrOtherSettings = errors.New("was begun with other settings")

// maxItem bounds a line of the progress file. Its texts are cut at maxShown each.
const maxItem = 1 << 20

// State is the progress of a replay: one JSON line for each finished mail, so that a run that was stopped goes on
// where it was. A nil State remembers nothing. It is safe for concurrent use.
type State struct {
	mu    sync.Mutex
	file  *os.File
	items []*Item
}

// header is the first line.
type header struct {
	Replay   int    `json:"replay"` // version of this format
	Settings string `json:"settings"`
}

// OpenState opens or begins the progress file at path, readable by its owner only. settings is a hash of all that
// decides about a result. A last line that was cut off by a crash is dropped.
func OpenState(path, settings string) (*State, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	s := &State{file: f}
	if err := s.load(settings); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// load reads what is there, and leaves the file ready for the next line.
func (s *State) load(settings string) error {
	r := bufio.NewReaderSize(s.file, 64<<10)
	good, number := int64(0), 0
	for {
		line, err := readLine(r)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err != nil || len(line) > maxItem {
			break // the end, or a line that was cut off
		}
		number++
		if number == 1 {
			var h header
			if json.Unmarshal(line, &h) != nil || h.Replay != 1 {
				return errors.New("is no progress file of a replay")
			}
			if h.Settings != settings {
				return ErrOtherSettings
			}
		} else {
			item := new(Item)
			if json.Unmarshal(line, item) != nil {
				break
			}
			s.items = append(s.items, item)
		}
		good += int64(len(line))
	}
	if err := s.file.Truncate(good); err != nil {
		return err
	}
	if _, err := s.file.Seek(good, io.SeekStart); err != nil {
		return err
	}
	if number == 0 {
		return s.write(header{1, settings})
	}
	return nil
}

// Items gives the mails that an earlier run finished.
func (s *State) Items() []*Item {
	if s == nil {
		return nil
	}
	return s.items
}

// Add notes a finished mail.
func (s *State) Add(item *Item) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.write(item)
}

// write appends one line, in one call: a crash leaves at most one line cut off.
func (s *State) write(v any) error {
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		return err
	}
	_, err := s.file.Write(b.Bytes())
	return err
}

// Close closes the file.
func (s *State) Close() error {
	if s == nil {
		return nil
	}
	return s.file.Close()
}
