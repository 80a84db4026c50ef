package imap

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/replyd/replyd/internal/mail"
)

// fresh is a cursor that has seen the folder of the scripts, but nothing in it.
var fresh = mail.Cursor{Folder: "INBOX", UIDValidity: 7}

// fetching reports whether cmd asks for the content of a mail.
func fetching(cmd string) bool { return is(cmd, "UID FETCH") && strings.Contains(cmd, "BODY.PEEK[]") }

func TestOddButLegalServersLoseNothing(t *testing.T) {
	const meta = `INTERNALDATE "01-Jul-2026 10:00:00 +0000" RFC822.SIZE 5`
	for name, s := range map[string]script{
		"flags change before the body": func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				fmt.Fprintf(w, "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"+
					"* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n%s OK\r\n", tag)
			}
			return true
		},
		"UID after the body": func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				fmt.Fprintf(w, "* 1 FETCH (BODY[]<0> {5}\r\nhello UID 1)\r\n%s OK\r\n", tag)
			}
			return true
		},
		"each item in its own answer": func(w io.Writer, tag, cmd string) bool {
			if is(cmd, "UID FETCH") && strings.Contains(cmd, "RFC822.SIZE") {
				fmt.Fprintf(w, "* 1 FETCH (UID 1 FLAGS ())\r\n"+
					"* 1 FETCH (UID 1 INTERNALDATE \"01-Jul-2026 10:00:00 +0000\")\r\n"+
					"* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n%s OK\r\n", tag)
			}
			return true
		},
		"the same answer twice": func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				one := "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n"
				fmt.Fprintf(w, "%s%s%s OK\r\n", one, one, tag)
			}
			return true
		},
		"answers about other mails": func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				fmt.Fprintf(w, "* 9 FETCH (UID 9 BODY[] {3}\r\nno!)\r\n"+
					"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n%s OK x\r\n", tag)
			}
			return true
		},
		"quoted body, no partial echoed": func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				fmt.Fprintf(w, "* 1 FETCH (UID 1 %s BODY[] \"hello\")\r\n%s OK\r\n", meta, tag)
			}
			return true
		},
		"search returns only what we have": func(w io.Writer, tag, cmd string) bool {
			if is(cmd, "UID SEARCH") {
				fmt.Fprintf(w, "* SEARCH 1 1 1\r\n%s OK\r\n", tag)
			}
			return true
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newScript(t, greeting, s)
				c, k := client(t, config(p.Dial)), newTaker()
				cur, err := c.FetchNew(t.Context(), fresh, k)
				if err != nil || cur.UID != 1 || len(k.got) != 1 {
					t.Fatalf("%+v, %v, %d mails", cur, err, len(k.got))
				}
				f := k.got[0]
				if string(f.Raw) != "hello" || f.HeaderOnly || f.Arrived.Year() != 2026 {
					t.Errorf("got %+v", f)
				}
			})
		})
	}
}

func TestBrokenServersEndInAnErrorNeverInAHang(t *testing.T) {
	when := func(prefix string, f func(w io.Writer, tag string) bool) script {
		return func(w io.Writer, tag, cmd string) bool {
			if is(cmd, prefix) {
				return f(w, tag)
			}
			return true
		}
	}
	saying := func(s string) func(io.Writer, string) bool {
		return func(w io.Writer, tag string) bool {
			_, _ = io.WriteString(w, strings.ReplaceAll(s, "TAG", tag))
			return true
		}
	}
	endless := func(w io.Writer, start string) bool {
		chunk := strings.Repeat("x", 64<<10)
		_, err := io.WriteString(w, start)
		for err == nil {
			_, err = io.WriteString(w, chunk)
		}
		return false
	}
	for name, tc := range map[string]struct {
		greeting string
		script   script
		want     string
	}{
		"no greeting":            {"", func(io.Writer, string, string) bool { return false }, "no answer in time"},
		"garbage greeting":       {"HTTP/1.1 400 Bad Request\r\n\r\n", nil, "could not be read"},
		"greeting then garbage":  {greeting + "\x00\xff\x00\r\n", nil, ""},
		"bye at once":            {"* BYE too many connections\r\n", nil, "the server said BYE"},
		"endless greeting":       {"*", nil, "no answer in time"},
		"unknown untagged data":  {greeting, when("EXAMINE", saying("* XWHAT 1\r\n")), "could not be read"},
		"silence at select":      {greeting, when("EXAMINE", saying("* ")), "no answer in time"},
		"select without numbers": {greeting, when("EXAMINE", saying("TAG OK\r\n")), "no UIDVALIDITY"},
		"disconnect at search": {greeting, when("UID SEARCH", func(io.Writer, string) bool {
			return false
		}), "closed the connection"},
		"disconnect in fetch": {greeting, when("UID FETCH 1 (UID BODY.PEEK[]", func(w io.Writer, _ string) bool {
			fmt.Fprint(w, "* 1 FETCH (UID 1 BODY[]<0> {500}\r\nhel")
			return false
		}), "cut off"},
		"4 GiB literal": {greeting, when("UID FETCH 1 (UID BODY.PEEK[]", func(w io.Writer, _ string) bool {
			return endless(w, "* 1 FETCH (UID 1 BODY[]<0> {4294967296}\r\n")
		}), "announced a larger mail"},
		"4 GiB for another mail": {greeting, when("UID FETCH 1 (UID BODY.PEEK[]", func(w io.Writer, _ string) bool {
			return endless(w, "* 2 FETCH (UID 2 BODY[]<0> {4294967296}\r\n")
		}), ""},
		"endless line": {greeting, when("UID SEARCH", func(w io.Writer, _ string) bool {
			return endless(w, "* OK ")
		}), "more than it was asked"},
		"endless list of numbers": {greeting, when("UID SEARCH", func(w io.Writer, _ string) bool {
			fmt.Fprint(w, "* SEARCH")
			for {
				if _, err := io.WriteString(w, strings.Repeat(" 1", 4096)); err != nil {
					return false
				}
			}
		}), "more than it was asked"},
		"NO at select": {greeting, when("EXAMINE", func(w io.Writer, tag string) bool {
			fmt.Fprintf(w, "%s NO [NONEXISTENT] dear Ada, no such folder\r\n", tag)
			return true
		}), "NO [NONEXISTENT]"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newScript(t, tc.greeting, tc.script)
				cfg := config(p.Dial)
				cfg.MaxSize = 1 << 20
				c, k := client(t, cfg), newTaker()
				cur, err := c.FetchNew(t.Context(), fresh, k)
				var e *Error
				if !errors.As(err, &e) || !strings.Contains(err.Error(), tc.want) {
					t.Fatalf("error %v, want …%s…", err, tc.want)
				}
				if wait, temporary := e.RetryAfter(); !temporary || wait <= 0 {
					t.Error("such a failure may pass: it must be temporary")
				}
				if strings.Contains(err.Error(), "Ada") {
					t.Errorf("the error repeats the server's text: %v", err)
				}
				if cur.UID != 0 || len(k.got) != 0 {
					t.Errorf("cursor %+v after %d mails", cur, len(k.got))
				}
			})
		})
	}
}

func TestPoisonMailIsHandedOverAndDoesNotBlock(t *testing.T) {
	const nothing = "X-Not-Fetched: \"INBOX\" uidvalidity 7 uid 1\r\n\r\n"
	for name, tc := range map[string]struct {
		broken func(cmd string) bool // which commands about mail 1 end the connection
		raw    string
	}{
		"its body breaks the connection": {fetching, "A: b\r\n\r\n"},
		"so does its header":             {func(cmd string) bool { return strings.Contains(cmd, "BODY.PEEK") }, nothing},
		"so does its size":               {func(cmd string) bool { return is(cmd, "UID FETCH") }, nothing},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
					switch {
					case is(cmd, "UID SEARCH") && strings.Contains(cmd, "2:*"):
						fmt.Fprintf(w, "* SEARCH 2\r\n%s OK\r\n", tag)
					case is(cmd, "UID SEARCH"):
						fmt.Fprintf(w, "* SEARCH 1 2\r\n%s OK\r\n", tag)
					case is(cmd, "UID FETCH") && strings.Contains(strings.Fields(cmd)[2], "1") && tc.broken(cmd):
						fmt.Fprintf(w, "* 1 FETCH (UID 1 BODY[]<0> {9}\r\nx")
						return false
					case is(cmd, "UID FETCH 2 (UID BODY"):
						fmt.Fprintf(w, "* 2 FETCH (UID 2 BODY[]<0> {5}\r\nworld)\r\n%s OK\r\n", tag)
					case is(cmd, "UID FETCH 2 "), is(cmd, "UID FETCH 1:2 "):
						fmt.Fprintf(w, "* 1 FETCH (UID 1 RFC822.SIZE 5)\r\n* 2 FETCH (UID 2 RFC822.SIZE 5)\r\n%s OK\r\n", tag)
					}
					return true
				})
				c, k := client(t, config(p.Dial)), newTaker()
				cur, passes := fresh, 0
				for ; len(k.got) < 2 && passes < 20; passes++ {
					cur, _ = c.FetchNew(t.Context(), cur, k)
					time.Sleep(10 * time.Minute) // the bubble's clock: past every wait
				}
				if len(k.got) != 2 || cur.UID != 2 {
					t.Fatalf("after %d passes %+v and %d mails", passes, cur, len(k.got))
				}
				if f := k.got[0]; f.UID != 1 || !f.HeaderOnly || string(f.Raw) != tc.raw || f.Problem == "" {
					t.Errorf("poison came as %+v", f)
				}
				if f := k.got[1]; string(f.Raw) != "world" || f.HeaderOnly {
					t.Errorf("the next mail came as %+v", f)
				}
				if passes > 8 {
					t.Errorf("it took %d passes", passes)
				}
			})
		})
	}
}

func TestServerInTroubleIsNotTheMailsFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := true
		p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) && down {
				fmt.Fprintf(w, "%s NO [UNAVAILABLE] try later\r\n", tag)
			}
			return true
		})
		c, k := client(t, config(p.Dial)), newTaker()
		for range 10 {
			if _, err := c.FetchNew(t.Context(), fresh, k); err == nil {
				t.Fatal("no error")
			}
		}
		down = false
		if _, err := c.FetchNew(t.Context(), fresh, k); err != nil || len(k.got) != 1 || k.got[0].HeaderOnly {
			t.Errorf("%v, got %+v", err, k.got)
		}
	})
}

func TestMailThatVanishedIsSkipped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		searches := 0
		p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
			switch {
			case is(cmd, "UID SEARCH"):
				if searches++; searches > 1 {
					fmt.Fprintf(w, "* SEARCH\r\n%s OK\r\n", tag)
				}
			case is(cmd, "UID FETCH"):
				fmt.Fprintf(w, "%s OK nothing\r\n", tag)
			}
			return true
		})
		c, k := client(t, config(p.Dial)), newTaker()
		cur, err := c.FetchNew(t.Context(), fresh, k)
		if err != nil || cur.UID != 1 || len(k.got) != 0 {
			t.Errorf("%+v, %v, %d mails", cur, err, len(k.got))
		}
	})
}

func TestServerThatUnderstatesTheSizeGivesTheHeader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newScript(t, greeting, func(w io.Writer, tag, cmd string) bool {
			if fetching(cmd) {
				body := "A: b\r\n\r\n" + strings.Repeat("x", 1025-8)
				fmt.Fprintf(w, "* 1 FETCH (UID 1 BODY[]<0> {%d}\r\n%s)\r\n%s OK\r\n", len(body), body, tag)
			}
			return true
		})
		cfg := config(p.Dial)
		cfg.MaxSize = 1024
		c, k := client(t, cfg), newTaker()
		if _, err := c.FetchNew(t.Context(), fresh, k); err != nil {
			t.Fatal(err)
		}
		if f := k.got[0]; !f.HeaderOnly || string(f.Raw) != "A: b\r\n\r\n" {
			t.Errorf("got %d bytes, header only %v", len(f.Raw), f.HeaderOnly)
		}
	})
}
