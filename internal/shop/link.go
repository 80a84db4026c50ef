package shop

import (
	"net"
	"net/url"
)

// Secure reports whether a customer may be sent to a link: https, or plain http to this very machine, which is
// where the demo's pages are.
func Secure(u *url.URL) bool {
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}
