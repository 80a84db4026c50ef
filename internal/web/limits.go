package web

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// loginLimits slows down guessing: five tries for each address and name, then one each half minute; thirty
// for each address whatever the name, then one each five seconds.
type loginLimits struct {
	mu   sync.Mutex
	now  func() time.Time
	pair map[string]*rate.Limiter
	addr map[string]*rate.Limiter
}

// maxLimiters bounds the memory that an attacker with many addresses can take.
const maxLimiters = 10_000

func newLoginLimits(now func() time.Time) *loginLimits {
	return &loginLimits{now: now, pair: map[string]*rate.Limiter{}, addr: map[string]*rate.Limiter{}}
}

// allow counts one try.
func (l *loginLimits) allow(ip, name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	ofAddr := limiter(l.addr, ip, rate.Every(5*time.Second), 30).AllowN(now, 1)
	return limiter(l.pair, ip+"\x00"+name, rate.Every(30*time.Second), 5).AllowN(now, 1) && ofAddr
}

func limiter(m map[string]*rate.Limiter, key string, every rate.Limit, burst int) *rate.Limiter {
	if lim, ok := m[key]; ok {
		return lim
	}
	if len(m) >= maxLimiters {
		clear(m)
	}
	m[key] = rate.NewLimiter(every, burst)
	return m[key]
}

// clientIP is the browser's address: the peer's, or, when the peer is a proxy on this machine or in a private
// network, the last one that the proxy wrote down. IPv6 counts by /64, which is what one customer gets.
func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	if ip.IsLoopback() || ip.IsPrivate() {
		list := r.Header.Values("X-Forwarded-For")
		hops := strings.Split(strings.Join(list, ","), ",")
		if last, err := netip.ParseAddr(strings.TrimSpace(hops[len(hops)-1])); err == nil {
			ip = last
		}
	}
	if ip = ip.Unmap(); ip.Is6() {
		prefix, _ := ip.WithZone("").Prefix(64)
		return prefix.String()
	}
	return ip.String()
}
