package sandbox

import (
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
	"time"
)

// AuthservID is the id under which the mailbox's provider writes Authentication-Results (RFC 8601).
func (w *World) AuthservID() string { return "mx." + w.sendgrid.domain }

// comesHome delivers a mail that was sent to the store's own address: the provider takes out what claims to be
// its own findings, unless Options.KeepForged, and writes its own on top.
func (w *World) comesHome(m Sent) error {
	var b strings.Builder
	if !w.keepForged {
		m.Headers = maps.Clone(m.Headers)
		maps.DeleteFunc(m.Headers, func(name, value string) bool {
			return strings.EqualFold(name, "Authentication-Results") &&
				strings.HasPrefix(strings.ToLower(strings.TrimSpace(value)), w.AuthservID())
		})
	}
	line := func(name, value string) { fmt.Fprintf(&b, "%s: %s\r\n", name, value) }
	domain := m.From.Email[strings.LastIndexByte(m.From.Email, '@')+1:]
	line("Authentication-Results", fmt.Sprintf("%s; dkim=pass header.d=%s header.s=s1; spf=pass smtp.mailfrom=em1.%s; "+
		"dmarc=pass header.from=%s", w.AuthservID(), domain, domain, domain))
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		line(name, m.Headers[name])
	}
	line("Date", m.At.Format(time.RFC1123Z))
	line("From", mime.QEncoding.Encode("utf-8", m.From.Name)+" <"+m.From.Email+">")
	line("To", "<"+m.To.Email+">")
	line("Subject", mime.QEncoding.Encode("utf-8", m.Subject))
	line("MIME-Version", "1.0")
	line("Content-Type", "text/plain; charset=utf-8")
	b.WriteString("\r\n" + strings.ReplaceAll(m.Text, "\n", "\r\n") + "\r\n")
	return w.Deliver([]byte(b.String()))
}
