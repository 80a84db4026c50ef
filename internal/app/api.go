package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/staff"
	"github.com/replyd/replyd/internal/web"
)

// commandAPI is the desk's API for commands on this machine. Who may use the socket may do what an owner may; the
// log names them.
func commandAPI(d web.Deps) http.Handler {
	return web.NewAPI(d, func(r *http.Request) staff.Account { return staff.Account{Name: byOf(r), Role: staff.Owner} })
}

// CallAPI asks the desk's API, as the user who runs the command: the daemon's if it runs, else one of its own over
// the same store. A decision that is recorded while no daemon runs is acted on when it starts. path begins with
// /api/v1/; in is sent as JSON, nil for nothing. A problem that the API reports is an error with its words.
func CallAPI(ctx context.Context, c *config.Config, method, path string, in any) ([]byte, error) {
	var body []byte
	var err error
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, "http://replyd"+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(byHeader, commandUser())
	resp, err := socketClient(c).Do(r)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" { // no daemon runs
		if err := haveStore(c); err != nil {
			return nil, err
		}
		a, err := New(c, Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			return nil, err
		}
		defer a.Close()
		r.Body = io.NopCloser(bytes.NewReader(body))
		w := &answer{header: http.Header{}, status: http.StatusOK}
		a.api.ServeHTTP(w, r)
		return w.Bytes(), problemOf(w.status, w.Bytes())
	}
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	return text, problemOf(resp.StatusCode, text)
}

// problemOf makes an error of what the API reports as one.
func problemOf(status int, text []byte) error {
	if status == http.StatusOK {
		return nil
	}
	var p struct {
		Title, Detail string
		Uncovered     []struct{ Token string }
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return fmt.Errorf("the daemon answered %d", status)
	}
	for _, u := range p.Uncovered {
		p.Detail += fmt.Sprintf("\n  no fact covers: %s", u.Token)
	}
	return errors.New(p.Detail)
}

// answer keeps what a handler writes.
type answer struct {
	bytes.Buffer
	header http.Header
	status int
}

func (a *answer) Header() http.Header    { return a.header }
func (a *answer) WriteHeader(status int) { a.status = status }

// socketClient speaks to the daemon of a configuration.
func socketClient(c *config.Config) *http.Client {
	socket := filepath.Join(c.Data, socketName)
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "unix", socket)
	}
	return &http.Client{Transport: &http.Transport{DialContext: dial}}
}
