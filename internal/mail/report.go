package mail

import (
	"slices"
	"strings"
)

// reportFields takes the ids and the action out of the fields of a delivery status (RFC 3464), a disposition notification
// (RFC 8098) or a feedback report (RFC 5965).
func (p *parser) reportFields(e part) {
	body := decodeTransfer(e.body, transferEncoding(e.header.Get("Content-Transfer-Encoding")))
	for line := range strings.Lines(string(body[:min(len(body), 64<<10)])) {
		name, value, ok := strings.Cut(line, ":")
		if ok && strings.EqualFold(strings.TrimSpace(name), "Action") && p.m.ReportedAction != "failed" {
			word, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			p.m.ReportedAction = strings.ToLower(word)
		}
		if ok && (strings.EqualFold(strings.TrimSpace(name), "Original-Message-ID") ||
			strings.EqualFold(strings.TrimSpace(name), "X-Original-Message-ID")) {
			for _, id := range messageIDs(strings.TrimSpace(value)) {
				p.m.ReportedIDs = appendNew(p.m.ReportedIDs, id)
			}
		}
	}
}

// reported looks into the text of a bounce that is no multipart/report: qmail, Exim and others paste the
// header of the mail that failed.
func (p *parser) reported(text string) {
	m := p.m
	if len(m.ReportedIDs) > 0 || !m.Kinds.Report && !bounceLike(m) {
		return
	}
	for line := range strings.Lines(text) {
		line = strings.TrimLeft(line, "> \t|")
		if len(line) > 11 && strings.EqualFold(line[:11], "Message-ID:") {
			for _, id := range messageIDs(line[11:]) {
				m.ReportedIDs = appendNew(m.ReportedIDs, id)
			}
		}
	}
}

// bounceLike: a null return path or a mail system as sender.
func bounceLike(m *Mail) bool {
	if m.Header.Has("X-Failed-Recipients") || strings.ReplaceAll(m.Header.Get("Return-Path"), " ", "") == "<>" {
		return true
	}
	for _, a := range m.From {
		local, _, _ := strings.Cut(a.Normal(), "@")
		if strings.Contains(local, "mailer-daemon") || local == "postmaster" || a.Normal() == "" {
			return true
		}
	}
	return len(m.From) == 0
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) || len(list) >= maxIDs {
		return list
	}
	return append(list, s)
}
