package imap

import (
	"context"
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
)

const dovecotBinary = "/usr/sbin/dovecot"

// dovecot is a throw-away Dovecot on loopback: any user, password "secret".
type dovecot struct {
	plain, secure string // addresses
	pool          *x509.CertPool
}

// startDovecot needs Debian's dovecot-imapd and root, since Dovecot drops privileges itself.
func startDovecot(t *testing.T) *dovecot {
	t.Helper()
	if _, err := os.Stat(dovecotBinary); err != nil || os.Getuid() != 0 {
		t.Skip("SKIPPED, not tested against a real server: this needs dovecot-imapd and root")
	}
	dir, err := os.MkdirTemp("", "dovecot") // Dovecot's sockets need a short path
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	owner, err := user.Lookup("mail")
	if err != nil {
		t.Skip("SKIPPED: no user mail")
	}
	uid, _ := strconv.Atoi(owner.Uid)
	gid, _ := strconv.Atoi(owner.Gid)
	for _, sub := range []string{"mail", "run", "state"} {
		if err := os.Mkdir(filepath.Join(dir, sub), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Chmod(dir, 0o755), os.Chown(filepath.Join(dir, "mail"), uid, gid)); err != nil {
		t.Fatal(err)
	}
	d := &dovecot{}
	cert, pool := selfSigned(t)
	d.pool = pool
	key, err := x509.MarshalECPrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}
	write(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(block))
	write(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}))
	ports := freePorts(t, 2)
	d.plain, d.secure = fmt.Sprint("127.0.0.1:", ports[0]), fmt.Sprint("127.0.0.1:", ports[1])
	conf := filepath.Join(dir, "dovecot.conf")
	write(t, conf, []byte(strings.NewReplacer(
		"DIR", dir, "PLAIN", strconv.Itoa(ports[0]), "SECURE", strconv.Itoa(ports[1])).Replace(dovecotConf)))
	cmd := exec.Command(dovecotBinary, "-F", "-c", conf)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	})
	d.wait(t, filepath.Join(dir, "dovecot.log"))
	return d
}

const dovecotConf = `
base_dir = DIR/run
state_dir = DIR/state
log_path = DIR/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <DIR/cert.pem
ssl_key = <DIR/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login
mail_location = maildir:DIR/mail/%u:LAYOUT=fs
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
first_valid_gid = 1
default_login_user = dovenull
default_internal_user = dovecot
passdb {
  driver = static
  args = password=secret
}
userdb {
  driver = static
  args = uid=mail gid=mail home=DIR/mail/%u
}
namespace inbox {
  inbox = yes
  separator = /
  mailbox Entwürfe {
    auto = create
    special_use = \Drafts
  }
  mailbox Post {
    auto = create
    special_use = \Sent
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = PLAIN
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = SECURE
    ssl = yes
  }
}
service anvil {
  chroot =
}
protocol imap {
  imap_idle_notify_interval = 30 secs
}
`

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func freePorts(t *testing.T, n int) (ports []int) {
	t.Helper()
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer ln.Close()
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports
}

// wait returns once the server greets.
func (d *dovecot) wait(t *testing.T, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if c, err := imapclient.DialInsecure(d.plain, nil); err == nil {
			err = c.WaitGreeting()
			c.Close()
			if err == nil {
				return
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			text, _ := os.ReadFile(log)
			t.Fatalf("Dovecot did not start:\n%s", text)
		}
	}
}

func (d *dovecot) config(security Security, user string) Config {
	cfg := Config{
		Name: "main", Addr: d.secure, Security: security, TLS: &tls.Config{RootCAs: d.pool},
		User: user, Password: "secret",
	}
	if security != TLS {
		cfg.Addr = d.plain
	}
	return cfg
}

// put appends raw bytes to a folder, over a connection of its own.
func (d *dovecot) put(t *testing.T, user, folder, raw string, at time.Time) {
	t.Helper()
	c, err := imapclient.DialInsecure(d.plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, "secret").Wait(); err != nil {
		t.Fatal(err)
	}
	cmd := c.Append(folder, int64(len(raw)), &imap.AppendOptions{Time: at})
	_, err = cmd.Write([]byte(raw))
	err = errors.Join(err, cmd.Close())
	if _, e := cmd.Wait(); errors.Join(err, e) != nil {
		t.Fatal(err, e)
	}
}

func TestDovecot(t *testing.T) {
	d := startDovecot(t)
	now := time.Now()
	t.Run("odd mail comes byte for byte", func(t *testing.T) {
		letters := map[string]string{
			"no colon":      "this is not a header\r\n\r\nbody\r\n",
			"8 bit header":  "Subject: caf\xe9\r\n\r\nbody\r\n",
			"no end":        "Subject: x\r\n\r\nno line end",
			"mbox line":     "From bob Mon Jan 1\r\nSubject: x\r\n\r\nbody\r\n",
			"long line":     "X: " + strings.Repeat("y", 100_000) + "\r\n\r\nbody\r\n",
			"broken struct": "Content-Type: multipart/mixed; boundary=\"\r\n\r\n--\r\n",
			"five MiB":      letter(1) + strings.Repeat("0123456789abcdef\r\n", 5<<20/18),
		}
		var want []string
		for _, raw := range letters {
			d.put(t, "odd", "INBOX", raw, now)
			want = append(want, raw)
		}
		cfg := d.config(TLS, "odd")
		cfg.Activated = now.Add(-time.Hour)
		c, k := client(t, cfg), newTaker()
		if _, err := c.FetchNew(t.Context(), cursorOf("INBOX", 0), k); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range k.got {
			got = append(got, string(f.Raw))
			if f.FirstSync || f.HeaderOnly || len(f.Flags) != 0 && !cmp.Equal(f.Flags, []string{`\Recent`}) {
				t.Errorf("%v %v %v", f.FirstSync, f.HeaderOnly, f.Flags)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%.2000s", diff)
		}
	})
	t.Run("IDLE, filing, drafts and Sent", func(t *testing.T) { d.life(t) })
	t.Run("ten years of mail stay where they are", func(t *testing.T) {
		for i := range 20 {
			d.put(t, "old", "INBOX", letter(i), now.AddDate(-10, 0, i))
		}
		d.put(t, "old", "INBOX", letter(100), now.Add(-time.Hour))
		c, k := client(t, d.config(StartTLS, "old")), newTaker()
		cur, err := c.FetchNew(t.Context(), cursorOf("INBOX", 0), k)
		if err != nil || cur.UID != 21 || len(k.got) != 1 || !k.got[0].FirstSync || k.got[0].UID != 21 {
			t.Errorf("%+v, %v, %d mails", cur, err, len(k.got))
		}
	})
	t.Run("a wrong password is said so", func(t *testing.T) {
		cfg := d.config(TLS, "x")
		cfg.Password = "wrong"
		if _, err := client(t, cfg).Probe(t.Context()); !errors.Is(err, ErrAccount) {
			t.Errorf("error %v", err)
		}
	})
}

// life is a day in a mailbox.
func (d *dovecot) life(t *testing.T) {
	const who = "shop"
	cfg := d.config(StartTLS, who)
	cfg.Activated, cfg.MoveTo, cfg.Keyword = time.Now().Add(-time.Hour), "Erledigt", "replyd"
	c, k := client(t, cfg), newTaker()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	watchCtx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	go func() {
		done <- c.Watch(watchCtx, fromNothing, k)
	}()
	for i := 1; i <= 2; i++ {
		d.put(t, who, "INBOX", letter(i), time.Now())
		select {
		case <-k.fresh:
		case <-ctx.Done():
			t.Fatal("no mail within a minute")
		}
	}
	first := k.got[0]
	hourAgo := time.Now().Add(-time.Hour)
	if by, err := c.AnsweredByHand(ctx, []string{"<m1@example.com>"}, hourAgo); err != nil || by {
		t.Errorf("answered before anybody did: %v, %v", by, err)
	}
	d.put(t, who, "Post", reply("s1@x", "<m1@example.com>", "<m1@example.com>"), time.Now())
	if by, err := c.AnsweredByHand(ctx, []string{"<m1@example.com>"}, hourAgo); err != nil || !by {
		t.Errorf("not noticed in Sent: %v, %v", by, err)
	}
	if in, err := c.InSent(ctx, "<s1@x>"); err != nil || !in {
		t.Errorf("InSent: %v, %v", in, err)
	}
	for range 2 {
		if err := c.File(ctx, "INBOX", first.UIDValidity, first.UID); err != nil {
			t.Fatal(err)
		}
		if err := c.SaveDraft(ctx, []byte("Message-ID: <d1@x>\nSubject: سلام\n\nDear Ada\n")); err != nil {
			t.Fatal(err)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Watch: %v", err)
	}
	filed, drafts, inbox := newTaker(), newTaker(), newTaker()
	for folder, k := range map[string]*taker{"Erledigt": filed, "Entwürfe": drafts, "INBOX": inbox} {
		if _, err := c.FetchNew(ctx, cursorOf(folder, 0), k); err != nil {
			t.Fatal(folder, err)
		}
		if len(k.got) != 1 {
			t.Errorf("%s holds %d mails, want 1", folder, len(k.got))
		}
	}
	if f := strings.Join(filed.got[0].Flags, " "); !strings.Contains(f, "replyd") || strings.Contains(f, "Seen") {
		t.Errorf("filed with flags %s", f)
	}
	if f := strings.Join(drafts.got[0].Flags, " "); !strings.Contains(f, `\Draft`) {
		t.Errorf("draft with flags %s", f)
	}
	steps, err := c.Probe(ctx)
	if err != nil || len(steps) < 6 {
		t.Errorf("probe: %+v, %v", steps, err)
	}
}

// fromNothing is a cursor function of folders that were never read.
func fromNothing(folder string) (mail.Cursor, error) { return mail.Cursor{Folder: folder}, nil }
