package web

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/staff"
)

// loginTries slow down guessing: five tries for each address and name, then one each half minute; thirty for
// each address whatever the name, then one each five seconds; and, against guessing from many addresses, fifty
// for each name, then one each half minute. An attack of the last kind keeps its victim from logging in while it
// lasts, but ends no session.
func loginTries(ip, name string) []staff.Tries {
	return []staff.Tries{
		{Key: pairKey(ip, name), Every: 30 * time.Second, Burst: 5},
		{Key: "login ip " + ip, Every: 5 * time.Second, Burst: 30},
		{Key: "login name " + strings.ToLower(name), Every: 30 * time.Second, Burst: 50},
	}
}

func pairKey(ip, name string) string { return "login " + ip + " " + strings.ToLower(name) }

// codeTries: who has the password may try five codes, then one each half minute. Of a million codes three are
// right at a time, so that guessing takes a month for a chance of one in four.
func codeTries(name string) staff.Tries {
	return staff.Tries{Key: "code " + name, Every: 30 * time.Second, Burst: 5}
}

// proofTries: who found an open desk may try five passwords, then one each half minute.
func proofTries(name string) staff.Tries {
	return staff.Tries{Key: "proof " + name, Every: 30 * time.Second, Burst: 5}
}

// retryAfter writes a wait in whole seconds, rounded up.
func retryAfter(wait time.Duration) string {
	return strconv.Itoa(int((wait + time.Second - 1) / time.Second))
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
