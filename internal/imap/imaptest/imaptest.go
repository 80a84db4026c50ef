// Package imaptest starts a real IMAP server for tests, where there is one.
package imaptest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
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
)

const binary = "/usr/sbin/dovecot"

// Password opens every account of a Dovecot; any user name will do.
const Password = "secret"

// Dovecot is a throw-away Dovecot on loopback. Its Sent folder is named Post, its drafts are in Entwürfe.
type Dovecot struct {
	Plain  string         // address without TLS; STARTTLS is offered
	Secure string         // address with TLS
	Pool   *x509.CertPool // trusts its certificate

	dir string
	cmd *exec.Cmd // nil while it is stopped
}

// StartDovecot runs one until the test ends. It skips the test, loudly, where there is none: it needs Debian's
// dovecot-imapd and root, since Dovecot drops privileges itself.
func StartDovecot(t testing.TB) *Dovecot {
	t.Helper()
	if _, err := os.Stat(binary); err != nil || os.Getuid() != 0 {
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
	d := &Dovecot{dir: dir}
	cert, pool := SelfSigned(t)
	d.Pool = pool
	key, err := x509.MarshalECPrivateKey(cert.PrivateKey.(*ecdsa.PrivateKey))
	if err != nil {
		t.Fatal(err)
	}
	block := &pem.Block{Type: "CERTIFICATE", Bytes: cert.Certificate[0]}
	write(t, filepath.Join(dir, "cert.pem"), pem.EncodeToMemory(block))
	write(t, filepath.Join(dir, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: key}))
	ports := freePorts(t, 2)
	d.Plain, d.Secure = fmt.Sprint("127.0.0.1:", ports[0]), fmt.Sprint("127.0.0.1:", ports[1])
	write(t, filepath.Join(dir, "dovecot.conf"), []byte(strings.NewReplacer(
		"DIR", dir, "PLAIN", strconv.Itoa(ports[0]), "SECURE", strconv.Itoa(ports[1])).Replace(config)))
	d.Start(t)
	t.Cleanup(d.Stop)
	return d
}

// Start runs a stopped server again, at the same addresses and with the same mail, and waits for its greeting.
func (d *Dovecot) Start(t testing.TB) {
	t.Helper()
	d.cmd = exec.Command(binary, "-F", "-c", filepath.Join(d.dir, "dovecot.conf"))
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	d.wait(t, filepath.Join(d.dir, "dovecot.log"))
}

// Stop ends the server and every connection to it.
func (d *Dovecot) Stop() {
	if d.cmd == nil {
		return
	}
	_ = d.cmd.Process.Signal(os.Interrupt)
	_ = d.cmd.Wait()
	d.cmd = nil
}

const config = `
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

func write(t testing.TB, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

func freePorts(t testing.TB, n int) (ports []int) {
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
func (d *Dovecot) wait(t testing.TB, log string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for tick := time.NewTicker(50 * time.Millisecond); ; {
		if c, err := imapclient.DialInsecure(d.Plain, nil); err == nil {
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

// Dial logs a mail program in.
func (d *Dovecot) Dial(t testing.TB, user string) *imapclient.Client {
	t.Helper()
	c, err := imapclient.DialInsecure(d.Plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.Login(user, Password).Wait(); err != nil {
		t.Fatal(err)
	}
	return c
}

// Put appends mails to a folder, over a connection of its own.
func (d *Dovecot) Put(t testing.TB, user, folder, raw string, at time.Time, more ...string) {
	t.Helper()
	c, err := imapclient.DialInsecure(d.Plain, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Login(user, Password).Wait(); err != nil {
		t.Fatal(err)
	}
	for _, one := range append([]string{raw}, more...) {
		cmd := c.Append(folder, int64(len(one)), &imap.AppendOptions{Time: at})
		_, err = cmd.Write([]byte(one))
		err = errors.Join(err, cmd.Close())
		if _, e := cmd.Wait(); errors.Join(err, e) != nil {
			t.Fatal(err, e)
		}
	}
}

// SelfSigned makes a certificate for localhost, and the pool that trusts it.
func SelfSigned(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}
