package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/store"
)

// socketName is the daemon's door for commands on the same machine, in the data folder: bbolt lets only one
// process open the file, so `replyd backup` and `replyd export` ask the daemon while it runs. Who may open the
// folder may use it.
const socketName = "control.sock"

// control serves commands until ctx ends. Without it the daemon works all the same.
func (a *App) control(ctx context.Context, path string) error {
	_ = os.Remove(path) // left by a crash: the store's lock says that no other daemon is there
	l, err := (&net.ListenConfig{}).Listen(ctx, "unix", path)
	if err != nil {
		a.log.Warn("no control socket: backup and export need the daemon to be stopped", "error", err)
		return nil
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return fmt.Errorf("app: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /backup", func(w http.ResponseWriter, r *http.Request) {
		if err := a.store.Backup(r.URL.Query().Get("to")); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	mux.HandleFunc("GET /export", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		table, format := Table(q.Get("table")), Format(q.Get("format"))
		err := exported(r.Context(), a.store, byOf(r), string(table),
			func() error { return Export(a.store, w, table, format) })
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
	a.auditRoutes(mux)
	mux.Handle("/api/v1/", a.api)
	return serve(ctx, l, mux)
}

// Backup copies the store of a configuration into a folder, through the daemon if it runs.
func Backup(ctx context.Context, c *config.Config, to string) error {
	to, err := filepath.Abs(to)
	if err != nil {
		return err
	}
	return withStore(ctx, c, http.MethodPost, "/backup?to="+url.QueryEscape(to), io.Discard,
		func(s *store.Store) error { return s.Backup(to) })
}

// ExportFrom writes a table of the store of a configuration to w, through the daemon if it runs.
func ExportFrom(ctx context.Context, c *config.Config, w io.Writer, t Table, f Format) error {
	path := "/export?table=" + url.QueryEscape(string(t)) + "&format=" + url.QueryEscape(string(f))
	return withStore(ctx, c, http.MethodGet, path, w, func(s *store.Store) error {
		return exported(ctx, s, commandUser(), string(t), func() error { return Export(s, w, t, f) })
	})
}

// haveStore keeps a command from making a store where there is none.
func haveStore(c *config.Config) error {
	if _, err := os.Stat(filepath.Join(c.Data, "replyd.db")); err != nil {
		return fmt.Errorf("there is no store in %s: has replyd run with this configuration?", c.Data)
	}
	return nil
}

// withStore asks the running daemon, or opens the store itself when none runs.
func withStore(ctx context.Context, c *config.Config, method, path string, out io.Writer,
	alone func(*store.Store) error,
) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://replyd"+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set(byHeader, commandUser())
	resp, err := socketClient(c).Do(r)
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" { // nobody is there
		if err := haveStore(c); err != nil {
			return err
		}
		s, err := store.Open(c.Data, store.Options{})
		if err != nil {
			return err
		}
		defer s.Close()
		return alone(s)
	}
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		text, _ := io.ReadAll(io.LimitReader(resp.Body, 4<<10))
		return errors.New(strings.TrimSpace(string(text)))
	}
	_, err = io.Copy(out, resp.Body)
	return err
}
