package imap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
)

// fromStart is a cursor function of folders that were seen, but held nothing.
func fromStart(folder string) (mail.Cursor, error) {
	v := map[string]uint32{"INBOX": 1, "Shop": 2}[folder]
	return mail.Cursor{Folder: folder, UIDValidity: v}, nil
}

// watch runs Watch until the test ends it, and gives what it returned.
func watch(t *testing.T, c *Client, k Taker) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Watch(ctx, fromStart, k) }()
	return func() error { cancel(); return <-done }
}

func TestWatchTakesMailAsSoonAsTheServerSpeaksOfIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		c, k := client(t, config(m.Dial)), newTaker()
		stop := watch(t, c, k)
		synctest.Wait()
		for i := 1; i <= 3; i++ {
			start := time.Now()
			m.put(t, "INBOX", letter(i), time.Now())
			<-k.fresh
			if d := time.Since(start); d > time.Second {
				t.Errorf("mail %d was taken after %v", i, d)
			}
			synctest.Wait()
		}
		start := time.Now()
		if err := stop(); err != nil {
			t.Errorf("Watch returned %v", err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("Watch ended after %v", d)
		}
		if n := m.count(); n != 1 {
			t.Errorf("%d connections, want one", n)
		}
	})
}

func TestWatchPollsWhereThereIsNoIdleAndInFurtherFolders(t *testing.T) {
	for name, tc := range map[string]struct {
		caps   imap.CapSet
		folder string
	}{
		"no IDLE":        {imap.CapSet{imap.CapIMAP4rev1: {}}, "INBOX"},
		"another folder": {allCaps(), "Shop"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, tc.caps, "Shop")
				cfg := config(m.Dial)
				cfg.Folders = []string{"INBOX", "Shop"}
				c, k := client(t, cfg), newTaker()
				stop := watch(t, c, k)
				time.Sleep(3 * DefaultPoll / 2)
				start := time.Now()
				m.put(t, tc.folder, letter(1), time.Now())
				<-k.fresh
				if d := time.Since(start); d > DefaultPoll {
					t.Errorf("taken after %v", d)
				}
				if k.got[0].Folder != tc.folder {
					t.Errorf("folder %q", k.got[0].Folder)
				}
				if err := stop(); err != nil || m.count() != 1 {
					t.Errorf("%v, %d connections", err, m.count())
				}
			})
		})
	}
}

// blackHole is a connection that can stop carrying anything, without closing.
type blackHole struct {
	net.Conn
	dead *atomic.Bool
}

func (b *blackHole) Read(p []byte) (int, error) {
	for {
		n, err := b.Conn.Read(p)
		if err != nil || !b.dead.Load() {
			return n, err
		}
	}
}

func (b *blackHole) Write(p []byte) (int, error) {
	if b.dead.Load() {
		return len(p), nil
	}
	return b.Conn.Write(p)
}

func TestWatchNoticesADeadLinkWithinTwoPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		var dead atomic.Bool
		first := true
		cfg := config(func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := m.Dial(ctx, network, addr)
			if err == nil && first {
				first = false
				return &blackHole{Conn: conn, dead: &dead}, nil
			}
			return conn, err
		})
		cfg.Timeout = 0 // the default
		c, k := client(t, cfg), newTaker()
		stop := watch(t, c, k)
		time.Sleep(10 * time.Minute)
		dead.Store(true)
		start := time.Now()
		m.put(t, "INBOX", letter(1), time.Now())
		<-k.fresh
		if d := time.Since(start); d > 2*DefaultPoll {
			t.Errorf("taken %v after the link died", d)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestWatchWaitsLongerAfterEachFailureAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		var tries atomic.Int32
		var up atomic.Bool
		c := client(t, config(func(ctx context.Context, network, addr string) (net.Conn, error) {
			if tries.Add(1); !up.Load() {
				return nil, errors.New("connection refused")
			}
			return m.Dial(ctx, network, addr)
		}))
		k := newTaker()
		m.put(t, "INBOX", letter(1), time.Now())
		stop := watch(t, c, k)
		time.Sleep(time.Hour)
		if n := tries.Load(); n < 10 || n > 40 {
			t.Errorf("%d tries in an hour", n)
		}
		up.Store(true)
		<-k.fresh
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestOthersInterruptTheWaitOfWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps(), "Sent", "Done")
		cfg := config(m.Dial)
		cfg.MoveTo = "Done"
		c, k := client(t, cfg), newTaker()
		stop := watch(t, c, k)
		uid := m.put(t, "INBOX", letter(1), time.Now())
		<-k.fresh
		synctest.Wait()
		start := time.Now()
		for range 5 {
			if _, err := c.Sent(t.Context(), time.Now()); err != nil {
				t.Fatal(err)
			}
		}
		if err := c.File(t.Context(), "INBOX", 1, uint32(uid)); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(start); d > time.Second {
			t.Errorf("they waited %v", d)
		}
		m.put(t, "INBOX", letter(2), time.Now())
		<-k.fresh
		if err := stop(); err != nil || m.count() != 1 {
			t.Errorf("%v, %d connections", err, m.count())
		}
	})
}

func TestWatchGivesUpOnlyWhenAPersonHasToAct(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		cfg := config(m.Dial)
		cfg.Password = "a-wrong-secret"
		err := client(t, cfg).Watch(t.Context(), fromStart, newTaker())
		if !errors.Is(err, ErrAccount) || m.count() != 3 {
			t.Errorf("%v after %d log-ins, want an ErrAccount after 3", err, m.count())
		}
		if strings.Contains(fmt.Sprint(err), "a-wrong-secret") {
			t.Errorf("the error holds the password: %v", err)
		}
		cfg.Auth = XOAuth2
		cfg.Token = func(context.Context) (string, error) { return "", ErrGrant }
		if err := client(t, cfg).Watch(t.Context(), fromStart, newTaker()); !errors.Is(err, ErrGrant) {
			t.Errorf("withdrawn consent gave %v", err)
		}
	})
}

func TestWatchRetriesATakerInTrouble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory(t, allCaps())
		for i := 1; i <= 3; i++ {
			m.put(t, "INBOX", letter(i), time.Now())
		}
		c, k := client(t, config(m.Dial)), newTaker()
		failures := 0
		k.fail = func(f Fetched) error {
			if f.UID == 2 && failures < 4 {
				failures++
				return errors.New("disk full")
			}
			return nil
		}
		stop := watch(t, c, k)
		for range 3 {
			<-k.fresh
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
		if diff := cmp.Diff([]uint32{1, 2, 3}, k.uids()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestIdleIsReissuedBeforeNATForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var idles atomic.Int32
		p := newPipes()
		t.Cleanup(func() { p.Close() })
		go func() {
			conn, err := p.Accept()
			if err != nil {
				return
			}
			defer conn.Close()
			io.WriteString(conn, greeting)
			tag := ""
			for lines := bufio.NewScanner(conn); lines.Scan(); {
				if lines.Text() == "DONE" {
					fmt.Fprintf(conn, "%s OK\r\n", tag)
					continue
				}
				var cmd string
				if tag, cmd, _ = strings.Cut(lines.Text(), " "); cmd == "IDLE" {
					idles.Add(1)
					fmt.Fprint(conn, "+ idling\r\n")
					continue
				}
				usual(conn, tag, cmd)
			}
		}()
		cfg := config(p.Dial)
		cfg.Poll = time.Hour
		c := client(t, cfg)
		stop := watch(t, c, newTaker())
		time.Sleep(59 * time.Minute)
		if n := idles.Load(); n < 6 || n > 8 {
			t.Errorf("%d IDLE commands in an hour, want one every nine minutes", n)
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestServerThatRefusesIdleIsPolled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var polls atomic.Int32
		p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
			switch {
			case is(cmd, "IDLE"):
				fmt.Fprintf(w, "%s NO not now\r\n", tag)
			case is(cmd, "UID SEARCH"):
				polls.Add(1)
				fmt.Fprintf(w, "* SEARCH\r\n%s OK\r\n", tag)
			}
			return true
		})
		c := client(t, config(p.Dial))
		stop := watch(t, c, newTaker())
		time.Sleep(15 * time.Minute)
		if n := polls.Load(); n < 8 || n > 12 || p.count() != 1 {
			t.Errorf("%d polls over %d connections in a quarter of an hour", n, p.count())
		}
		if err := stop(); err != nil {
			t.Error(err)
		}
	})
}
