package gate

import (
	"regexp"
	"strings"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// Rule 6: a report about a mail, not a mail to us: bounces (RFC 3464), receipts (RFC 8098), complaints (RFC
// 5965). The null return path is theirs by RFC 5321 section 4.5.5, and nothing may answer it. Some systems
// deliver it as <MAILER-DAEMON>. X-Failed-Recipients is Exim's and Gmail's.
func bounce(in *Input, _ *Config) *ticket.Gate {
	m := in.Mail
	const reason = "The mail is a report about another mail (a bounce, a receipt or a complaint)."
	if m.Kinds.Report {
		return record(Bounce, reason, line(m, "Content-Type"))
	}
	for _, f := range m.Header {
		switch {
		case strings.EqualFold(f.Name, "X-Failed-Recipients"):
			return record(Bounce, reason, capped(f))
		case strings.EqualFold(f.Name, "Return-Path") && nullPath(f.Value):
			return record(Bounce, reason, capped(f))
		}
	}
	// Without any From field the header is broken, which is not the same (rule 13).
	if from := m.Header.All("From"); len(from) == 1 && (from[0] == "" || nullAddress(from[0])) {
		return record(Bounce, "The mail has an empty sender, as only reports do.", line(m, "From"))
	}
	if writtenByMailSystem(m) {
		return record(Bounce, reason, line(m, "From"))
	}
	return nil
}

// nullPath: "<>", or the name that some delivery agents put in its place (Postfix pipe(8), null_sender).
func nullPath(path string) bool {
	local, _, _ := strings.Cut(strings.Trim(strings.ToLower(path), " <>\t"), "@")
	return nullAddress(path) || local == "mailer-daemon"
}

func nullAddress(s string) bool { return strings.Join(strings.Fields(s), "") == "<>" }

// writtenByMailSystem recognises reports without any of the standard marks (qmail, old Exim, Exchange 2003,
// Domino, telephone companies): a sender that is a mail system by name, who also speaks like one. A robot
// of another name must speak the protocol's own numbers, or of an e-mail address, too, because a parcel
// service says "could not be delivered" of parcels, and that is for a person to see.
func writtenByMailSystem(m *mail.Mail) bool {
	system := false
	for _, a := range m.From {
		name := strings.ToLower(a.Name)
		system = system || mailSystem.MatchString(plainLocal(a)) || says(name, mailSystemNames)
	}
	if !system && robotName(m.From) == "" {
		return false
	}
	subject, text := strings.ToLower(m.Subject), strings.ToLower(m.Text[:min(len(m.Text), maxReportText)])
	if system && (says(subject, bounceSubjects) || says(text, bounceTexts) || len(m.ReportedIDs) > 0) {
		return true
	}
	return (says(subject, bounceSubjects) || says(text, bounceTexts)) && failure.MatchString(text)
}

// mailSystem matches local parts of mail systems, as plainLocal gives them.
var mailSystem = regexp.MustCompile(
	`mailerdaemon|^(?:postmaster|maildaemon|mailsystem|mailadmin|mailserver|mailgateway|mailrouter|` +
		`daemon|mmdf|microsoftexchange\w*|systemadministrator)\d*$`)

// mailSystemNames stand in their display names, lower case.
var mailSystemNames = []string{
	"mail delivery s", "mail delivery agent", "mailer-daemon", "mailer daemon", "postmaster",
	"system administrator", "mail system", "mail administrator", "mail deliverer", "mail daemon", "mailserver",
}

// maxReportText is how much of a text is searched: reports say what they are on the first page.
const maxReportText = 16 << 10

// failure is an SMTP reply or an enhanced status code (RFC 5321 section 4.2, RFC 3463), or "delivered to:
// <ava@oak.example>", in lower case.
var failure = regexp.MustCompile(`(?:^|[\s(#:<])[45]\.\d{1,3}\.\d{1,3}(?:[\s):;,.>-]|$)|` +
	`\b(?:55[0-4]|421|45[0-2])[ -]|deliver\w*\s+to:?\s+<?[^\s<>@]+@`)

// says reports whether s holds one of the phrases.
func says(s string, phrases []string) bool {
	for _, p := range phrases {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}

// bounceSubjects are what mail systems write into the subject of a report, lower case.
var bounceSubjects = []string{
	"failure notice", "failure delivery", "delivery fail", "delivery status", "delivery notification",
	"delivery report", "delivery error", "delivery problem", "delivery has failed", "delivery delayed",
	"delivery incomplete", "returned mail", "mail returned", "returned to sender", "returning message",
	"returning to sender", "undeliver", "non-deliver", "nondeliver", "not delivered", "unable to deliver",
	"could not be delivered", "could not deliver", "cannot be delivered", "mail failed", "message failed",
	"mail system error", "smtp server: errors", "delayed mail", "mail delayed", "message delayed",
	"could not send", "warning: message", "still being retried", "user unknown", "mailbox full",
	"over quota", "bounce",
	"unzustellbar", "nicht zugestellt", "zustellung fehlgeschlagen", "fehlgeschlagen", "non remis",
	"non distribué", "échec de la remise", "échec de remise", "no se puede entregar", "no entregado",
	"no se ha podido entregar", "error de entrega", "não entregue", "mancato recapito", "non recapitabile",
	"onbestelbaar", "niet bezorgd", "olevererbart", "kan inte levereras", "niedostarczona", "не доставлено",
	"недоставлен", "配信", "配送", "送信でき", "退信", "无法投递", "無法傳遞", "تحویل نشد", "تعذر التسليم",
}

// bounceTexts are what mail systems write into the text of a report, lower case.
var bounceTexts = []string{
	"could not be delivered", "couldn't be delivered", "cannot be delivered", "can't be delivered",
	"was not delivered", "has not been delivered", "not able to deliver", "n't able to deliver",
	"unable to deliver", "could not deliver", "failed to deliver", "undeliverable", "undelivered",
	"delivery to the following", "delivery has failed", "delivery failed", "delivery failure",
	"did not reach the following", "have not reached", "permanent fatal errors", "permanent error",
	"returned to sender", "return to sender", "returning message", "this is a permanent error",
	"user unknown", "unknown user", "no such user", "mailbox unavailable", "mailbox is full", "over quota",
	"final-recipient:", "reporting-mta:", "diagnostic-code:", "the original message was received at",
	"mail system", "mail delivery", "not listed in domino directory", "out: ", "transcript of session",
	"konnte nicht zugestellt", "n'a pas pu être", "no se pudo entregar", "no se ha podido entregar",
	"não foi possível entregar", "impossibile recapitare", "kan niet worden bezorgd",
	"не может быть доставлено",
	"配信でき", "配送でき", "送信でき", "お届けでき", "无法投递", "無法傳遞", "تحویل داده نشد",
}
