package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/audit"
	"github.com/replyd/replyd/internal/store"
)

// byHeader names, on the control socket, who runs the command. Who can open the socket can read the whole store,
// so the name is believed; it is for the audit log.
const byHeader = "Replyd-By"

// commandUser is the name of who runs a command, as the audit log shows it.
func commandUser() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return audit.Command + ":" + u.Username
	}
	return audit.Command
}

// byOf gives the name that a command sent along.
func byOf(r *http.Request) string {
	if by := r.Header.Get(byHeader); audit.ByCommand(by) && len(by) < 100 {
		return by
	}
	return audit.Command
}

// exported writes down that data leave the program, then lets them.
func exported(ctx context.Context, s *store.Store, by, what string, write func() error) error {
	e := audit.Entry{At: time.Now(), Who: by, What: audit.Exported, Detail: what}
	if err := s.Record(ctx, e); err != nil {
		return err
	}
	return write()
}

func exportAudit(s *store.Store, w io.Writer) error {
	enc := json.NewEncoder(w)
	return s.EachEntry(func(e *audit.Entry) error { return enc.Encode(e) })
}

// AuditChain is what a verified log ends with: how many entries, and the last one's seal.
type AuditChain = audit.Chain

// ErrAudit is wrapped when the audit log is not as it was written.
var ErrAudit = errors.New("the audit log is not as it was written")

// noted is a seal that somebody wrote down earlier: "120:5f3a…".
type noted struct {
	seq  uint64
	hash string
}

func parseNoted(text string) (noted, error) {
	if text == "" {
		return noted{}, nil
	}
	n, hash, _ := strings.Cut(text, ":")
	seq, err := strconv.ParseUint(n, 10, 64)
	if err != nil || seq == 0 || len(hash) < 12 {
		return noted{}, fmt.Errorf("%q is not like 120:5f3a9c0d1e2f…, an entry's number and its seal", text)
	}
	return noted{seq, hash}, nil
}

// verifier checks entries one after the other. Whoever can write the whole file can also seal it anew; a seal that
// was noted elsewhere finds that, and a log that was cut short.
func verifier(c *audit.Chain, n noted) (add func(*audit.Entry) error, end func() error) {
	add = func(e *audit.Entry) error {
		if err := c.Add(*e); err != nil {
			return fmt.Errorf("%w: %w", ErrAudit, err)
		}
		if e.Seq == n.seq && !strings.HasPrefix(e.Hash, n.hash) {
			return fmt.Errorf("%w: entry %d has another seal than the one that was noted", ErrAudit, e.Seq)
		}
		return nil
	}
	end = func() error {
		if c.Count < n.seq {
			return fmt.Errorf("%w: it ends at entry %d, before the one that was noted", ErrAudit, c.Count)
		}
		return nil
	}
	return add, end
}

func verifyAudit(s *store.Store, n noted) (c audit.Chain, err error) {
	add, end := verifier(&c, n)
	if err := s.EachEntry(add); err != nil {
		return c, err
	}
	return c, end()
}

// AuditVerify reads the audit log of a configuration's store, through the daemon if it runs. The error wraps
// ErrAudit when the log does not hold. note is empty or a seal that was noted earlier.
func AuditVerify(ctx context.Context, c *config.Config, note string) (chain audit.Chain, err error) {
	n, err := parseNoted(note)
	if err != nil {
		return chain, err
	}
	var out strings.Builder
	err = withStore(ctx, c, http.MethodGet, "/audit/verify?note="+url.QueryEscape(note), &out,
		func(s *store.Store) error {
			chain, err = verifyAudit(s, n)
			return err
		})
	if err != nil {
		if text, ours := strings.CutPrefix(err.Error(), ErrAudit.Error()); ours && !errors.Is(err, ErrAudit) {
			err = fmt.Errorf("%w%s", ErrAudit, text) // as the daemon told it
		}
		return chain, err
	}
	if out.Len() > 0 {
		err = json.Unmarshal([]byte(out.String()), &chain)
	}
	return chain, err
}

// maxEntry bounds a line of an exported log.
const maxEntry = 64 << 10

// AuditVerifyFile does the same with a log that was exported.
func AuditVerifyFile(r io.Reader, note string) (chain audit.Chain, err error) {
	n, err := parseNoted(note)
	if err != nil {
		return chain, err
	}
	add, end := verifier(&chain, n)
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxEntry)
	for lines.Scan() {
		var e audit.Entry
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			return chain, fmt.Errorf("%w: after entry %d: %w", ErrAudit, chain.Count, err)
		}
		if err := add(&e); err != nil {
			return chain, err
		}
	}
	if err := lines.Err(); err != nil {
		return chain, err
	}
	return chain, end()
}

// AuditExport writes the audit log, one JSON object a line, oldest first.
func AuditExport(ctx context.Context, c *config.Config, w io.Writer) error {
	return withStore(ctx, c, http.MethodGet, "/audit/export", w, func(s *store.Store) error {
		return exported(ctx, s, commandUser(), "audit log", func() error { return exportAudit(s, w) })
	})
}

// auditRoutes are the daemon's side of these commands.
func (a *App) auditRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /audit/verify", func(w http.ResponseWriter, r *http.Request) {
		n, err := parseNoted(r.URL.Query().Get("note"))
		var c audit.Chain
		if err == nil {
			c, err = verifyAudit(a.store, n)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		_ = json.NewEncoder(w).Encode(c)
	})
	mux.HandleFunc("GET /audit/export", func(w http.ResponseWriter, r *http.Request) {
		err := exported(r.Context(), a.store, byOf(r), "audit log", func() error { return exportAudit(a.store, w) })
		if err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		}
	})
}
