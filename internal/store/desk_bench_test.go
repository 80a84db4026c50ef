package store_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/app"
	"github.com/replyd/replyd/internal/pipeline"
	"github.com/replyd/replyd/internal/sandbox"
	"github.com/replyd/replyd/internal/store"
	"github.com/replyd/replyd/internal/ticket"
)

// desk is a whole daemon over a large store, and somebody's browser that is logged in.
type desk struct {
	testing.TB
	*http.Client
	dir, base string
	orders    []string
}

// openDesk fills a store, starts the daemon over it, with every write made durable, and logs in.
func openDesk(t testing.TB, n int) *desk {
	t.Helper()
	dir, fresh := os.Getenv("REPLYD_BENCH"), true // a folder to keep the store in, for several runs
	if dir == "" {
		dir = t.TempDir()
	} else if _, err := os.Stat(filepath.Join(dir, "replyd.db")); err == nil {
		fresh = false
	}
	jar, _ := cookiejar.New(nil)
	d := &desk{TB: t, Client: &http.Client{Jar: jar}, dir: dir}
	if fresh {
		d.orders = store.Fill(t, dir, n)
	} else {
		for i := range n {
			d.orders = append(d.orders, fmt.Sprint("#", 100_000+i))
		}
	}
	empty := sandbox.Demo()
	empty.Mails, empty.Sent, empty.Faults, empty.Want = nil, nil, nil, nil
	world, err := sandbox.Start(empty, sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { world.Close() })
	c, err := app.StandaloneConfig(world, dir)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c.Web.Listen = l.Addr().String()
	c.Web.PublicURL = "http://" + c.Web.Listen
	l.Close()
	d.base = c.Web.PublicURL
	a, err := app.New(c, app.Options{Log: slog.New(slog.DiscardHandler), Retry: pipeline.DefaultRetry})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	stopped := make(chan error, 1)
	go func() { stopped <- a.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-stopped; a.Close() })
	d.login()
	return d
}

// login waits for the daemon and sends the log-in form.
func (d *desk) login() {
	d.Helper()
	for range 200 {
		r, err := d.Get(d.base + "/healthz")
		if err == nil {
			r.Body.Close()
			break
		}
		time.Sleep(10 * time.Millisecond) // another process would do the same: there is nothing to wait on
	}
	r, err := d.PostForm(d.base+"/login", url.Values{"name": {app.DemoUser}, "password": {app.DemoPassword}})
	if err != nil {
		d.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), `id="rows"`) {
		d.Fatalf("not logged in: %s", r.Status)
	}
}

// fetch reads a page to its end.
func (d *desk) fetch(path string) string {
	d.Helper()
	r, err := d.Get(d.base + path)
	if err != nil {
		d.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK {
		d.Fatalf("%s: %s, %v", path, r.Status, err)
	}
	return string(body)
}

// live opens the stream of a page and reads its first event.
func (d *desk) live(path string) string {
	d.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+path, nil)
	if err != nil {
		d.Fatal(err)
	}
	r, err := d.Do(q)
	if err != nil {
		d.Fatal(err)
	}
	defer r.Body.Close()
	lines := bufio.NewScanner(r.Body)
	for lines.Scan() {
		if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
			return data
		}
	}
	d.Fatal("no event")
	return ""
}

// page is one that is measured, and what it has to show.
type page struct {
	name, path, shows string
}

// link finds the address of the n-th row of a list.
func (d *desk) link(list string, n int) string {
	d.Helper()
	rows := strings.Split(d.fetch(list), `class="row`)
	if len(rows) < n+2 {
		d.Fatalf("%s has %d rows", list, len(rows)-1)
	}
	_, rest, _ := strings.Cut(rows[n+1], `href="`)
	path, _, _ := strings.Cut(rest, `"`)
	return strings.ReplaceAll(path, "&amp;", "&")
}

// next is the address of a later page of a list.
func (d *desk) next(list string, pages int) string {
	d.Helper()
	for range pages {
		_, rest, ok := strings.Cut(d.fetch(list), `<p class="more"><a href="`)
		if !ok {
			break
		}
		list, _, _ = strings.Cut(rest, `"`)
		list = strings.ReplaceAll(list, "&amp;", "&")
	}
	return list
}

// pages are what people of a large store open.
func (d *desk) pages() (out []page) {
	const row = `class="row`
	add := func(name, path, shows string) { out = append(out, page{name, path, shows}) }
	search := func(name, words, shows string) { add("search "+name, "/?q="+url.QueryEscape(words), shows) }
	add("queue", "/", row)
	for _, v := range ticket.Views {
		add("queue "+string(v), "/?view="+string(v), row)
	}
	add("queue later page", d.next("/?view=all", 8), row)
	add("queue rare tag", "/?view=all&tag=vip", row)
	add("queue no such tag", "/?view=all&tag=none", "Nothing fits")
	add("queue rare intent and language", "/?view=all&flag=chargeback_threat&intent=thanks&lang=fr", "rows")
	add("queue intent and language", "/?view=all&intent=order_cancel&lang=fa", row)
	add("queue assignee", "/?view=review&who=sara", row)
	add("queue nobody's, old", "/?view=review&who=-&age=3d", row)
	add("queue nothing so old", "/?view=answered&age=3d&lang=xx", "Nothing fits")
	search("one word", "Rücksendung", row)
	search("two words", "table refund", row)
	search("two letters", "re", row)
	search("twice two letters", "re ta", row)
	search("order number", d.orders[len(d.orders)/2], row)
	search("Persian", "سفارش چراغ", row)
	search("word of every mail", "order", row)
	search("common and rare", "order "+d.orders[len(d.orders)/3], row)
	search("two common, in a view", "order lamp", row)
	add("search in review", "/?view=review&q=order+hello", row)
	add("search filtered to nothing", "/?view=held&q=order&lang=xx", "Nothing fits")
	search("nothing", "zzyzx", "Nothing fits")
	search("later page", "order", row)
	out[len(out)-1].path = d.next(out[len(out)-1].path, 5)
	add("turn", d.link("/?view=review", 3), `id="draft"`)
	add("turn answered", d.link("/?view=answered&q=Lieferung", 3), "History")
	add("turn of forty", d.link("/?view=all&q="+url.QueryEscape(store.Long), 2), "older turns")
	_, rest, _ := strings.Cut(d.fetch("/"), `href="/bulk?`)
	alike, _, ok := strings.Cut(rest, `"`)
	if ok {
		add("bulk", "/bulk?"+strings.ReplaceAll(alike, "&amp;", "&"), `name="turn"`)
	}
	return out
}

// TestEveryPageOfALargeDeskShowsWhatItShould, so that the benchmark measures pages and not apologies.
func TestEveryPageOfALargeDeskShowsWhatItShould(t *testing.T) {
	d := openDesk(t, 3000)
	for _, p := range d.pages() {
		if body := d.fetch(p.path); !strings.Contains(body, p.shows) {
			t.Errorf("%s (%s) does not show %s", p.name, p.path, p.shows)
		}
	}
	if event := d.live("/live"); !strings.Contains(event, "count-review") {
		t.Errorf("the event %s", event)
	}
}

// BenchmarkDesk100k asks a whole daemon with 100,000 turns, over HTTP, for the pages that staff look at all day. It
// reports milliseconds from the request to the last byte, and the processor time of client and daemon together.
// With -v it ends with a table.
func BenchmarkDesk100k(b *testing.B) {
	began := time.Now()
	d := openDesk(b, 100_000)
	b.Logf("store made in %s; GOMAXPROCS %d", time.Since(began).Round(time.Second), runtime.GOMAXPROCS(0))
	table := []string{fmt.Sprintf("%-34s %6s %8s %8s %8s %8s %8s", "page", "n", "p50 ms", "p95 ms", "p99 ms", "max ms",
		"cpu ms")}
	run := func(name string, ask func()) {
		b.Run(strings.ReplaceAll(name, " ", "_"), func(b *testing.B) { table = append(table, measure(b, name, ask)) })
	}
	for _, p := range d.pages() {
		run(p.name, func() { d.fetch(p.path) })
	}
	run("live", func() { d.live("/live") })
	stop := d.write()
	run("queue while mail comes in", func() { d.fetch("/") })
	run("search while mail comes in", func() { d.fetch("/?q=refund+lamp") })
	turn := d.link("/?view=review", 3)
	run("turn while mail comes in", func() { d.fetch(turn) })
	b.Logf("%d turns were changed meanwhile", stop())
	b.Log("\n" + strings.Join(table, "\n"))
}

// measure asks again and again, and gives a line of the table.
func measure(b *testing.B, name string, ask func()) string {
	ask() // the first one warms caches that every later one finds warm
	var took []time.Duration
	cpu := processor()
	for b.Loop() {
		at := time.Now()
		ask()
		took = append(took, time.Since(at))
	}
	cpu = processor() - cpu
	slices.Sort(took)
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	at := func(percent int) float64 { return ms(took[min(len(took)-1, len(took)*percent/100)]) }
	each := ms(cpu) / float64(len(took))
	b.ReportMetric(at(50), "p50-ms")
	b.ReportMetric(at(95), "p95-ms")
	b.ReportMetric(at(99), "p99-ms")
	b.ReportMetric(at(100), "max-ms")
	b.ReportMetric(each, "cpu-ms/op")
	return fmt.Sprintf("%-34s %6d %8.2f %8.2f %8.2f %8.2f %8.2f", name, len(took), at(50), at(95), at(99), at(100), each)
}

// processor is how long the processors have worked for this process.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// write notes something in one turn after another, over HTTP, as fast as that goes, until the function that it gives
// is called, which tells how many.
func (d *desk) write() (stop func() int) {
	paths := make([]string, 5)
	for i := range paths {
		path, _, _ := strings.Cut(d.link("/?view=review", 10+i), "?")
		paths[i] = path
	}
	end, n := make(chan struct{}), 0
	var wait sync.WaitGroup
	wait.Go(func() {
		for ; ; n++ {
			select {
			case <-end:
				return
			default:
			}
			tags := url.Values{"tags": {fmt.Sprint("t", n%7)}}
			r, err := d.PostForm(d.base+paths[n%len(paths)]+"/tags", tags)
			if err != nil {
				d.Error(err)
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			r.Body.Close()
		}
	})
	return func() int { close(end); wait.Wait(); return n }
}
