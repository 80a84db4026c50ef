package gate

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

var now = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

const plain = `Return-Path: <ava@oak.example>
From: Ava <ava@oak.example>
To: help@shop.example
Subject: Where is my parcel?
Date: Sun, 22 Nov 2026 08:59:00 +0000
Message-ID: <one@oak.example>

Order 1001 has not come yet.
`

// proven is a customer whose address our provider confirmed.
func proven() ticket.Identity {
	return ticket.Identity{Address: "ava@oak.example", Verdict: "pass", Method: "dmarc", Via: ticket.Direct}
}

// letter is the plain mail with header lines put in; a line of a name that is there replaces it.
func letter(lines ...string) Input {
	head, body, _ := strings.Cut(plain, "\n\n")
	fields := strings.Split(head, "\n")
	for _, l := range lines {
		name, _, _ := strings.Cut(l, ":")
		kept := fields[:0:0]
		for _, f := range fields {
			if !strings.HasPrefix(f, name+":") {
				kept = append(kept, f)
			}
		}
		fields = append(kept, l)
	}
	raw := strings.Join(fields, "\r\n") + "\r\n\r\n" + body
	return Input{Mail: mail.Parse([]byte(raw), mail.DefaultLimits), Sender: proven(), Now: now, Arrived: now}
}

// text is the plain mail with another body.
func text(body string, lines ...string) Input {
	in := letter(lines...)
	in.Mail.Text, in.Mail.Reply = body, body
	return in
}

func with(in Input, change func(*Input)) Input {
	change(&in)
	return in
}

var store = Config{
	Own:    []string{"Help@shop.example", "@old-shop.example"},
	Secret: []byte("a secret for the test"),
}

// verdict is what a test claims of a Gate.
type verdict struct {
	Outcome  ticket.Outcome
	Rule     string
	Readable bool
}

func check(t *testing.T, name string, in Input, want verdict) {
	t.Helper()
	g := Judge(context.Background(), in, store, nil)
	if diff := cmp.Diff(want, verdict{g.Outcome, g.Rule, g.Readable}); diff != "" {
		t.Errorf("%s: %s\n%s", name, g.Reason, diff)
	}
	if g.Reason == "" || !strings.HasSuffix(g.Reason, ".") || len(g.Evidence) > maxEvidence {
		t.Errorf("%s: reason %q, evidence %q", name, g.Reason, g.Evidence)
	}
}

var (
	goes    = verdict{ticket.Go, Passed, false}
	ignored = func(rule string) verdict { return verdict{ticket.Ignore, rule, false} }
	records = func(rule string) verdict { return verdict{ticket.Record, rule, false} }
	held    = func(rule string) verdict { return verdict{ticket.Hold, rule, false} }
	drafted = func(rule string) verdict { return verdict{ticket.Hold, rule, true} }
)

func TestAPersonGoes(t *testing.T) {
	for name, in := range map[string]Input{
		"plain":                      letter(),
		"Auto-Submitted: no":         letter("Auto-Submitted: No"),
		"receipts suppressed":        letter("X-Auto-Response-Suppress: DR, RN, NRN"),
		"first-class precedence":     letter("Precedence: first-class"),
		"answers an absence note":    letter("Subject: Re: Automatic reply: parcel"),
		"asks for office chairs":     letter("Subject: Out of office chairs?"),
		"asks about cars":            letter("Subject: Autosvaret"),
		"Reply-To is From":           letter("Reply-To: AVA@oak.example"),
		"Reply-To at the same place": letter("Reply-To: ava.b@oak.example"),
		"an empty Reply-To":          letter("Reply-To: "),
		"her own loop header":        letter(LoopHeader + ": <a.t1.b@shop.example>"),
		"says no by header":          letter("X-Autoreply: no"),
		"a name like a robot's":      letter("From: <antonoreply@oak.example>"),
		"bouncer":                    letter("From: <bouncer.mike@oak.example>"),
		"asks about a bounce":        text("My mail could not be delivered: 550 5.1.1 user unknown."),
		"without a clock":            with(letter("Date: "), func(in *Input) { in.Arrived = time.Time{} }),
		"no Return-Path":             letter("Return-Path: "),
	} {
		check(t, name, in, goes)
	}
}

func TestRule1IgnoresWhatWasProcessed(t *testing.T) {
	check(t, "seen", with(letter(), func(in *Input) { in.Seen = true }), ignored(AlreadyProcessed))
}

func TestRule2RecordsOldMail(t *testing.T) {
	aged := func(age time.Duration) Input {
		return with(letter(), func(in *Input) { in.Arrived = now.Add(-age) })
	}
	check(t, "a day and a minute", aged(24*time.Hour+time.Minute), records(OldMail))
	check(t, "a day", aged(24*time.Hour), goes)
	check(t, "first sync", with(letter(), func(in *Input) { in.FirstSync = true }), records(OldMail))
	old := letter("Date: Sun, 15 Nov 2026 08:59:00 +0000")
	check(t, "late, but just arrived", old, goes)
	check(t, "by its own date", with(old, func(in *Input) { in.Arrived = time.Time{} }), records(OldMail))
	c := store
	c.Activated = now.Add(time.Minute)
	if g := Judge(context.Background(), letter(), c, nil); g.Rule != OldMail {
		t.Errorf("before the activation: %+v", g)
	}
}

func TestRule3HoldsTheUnreadable(t *testing.T) {
	for name, change := range map[string]func(*Input){
		"encrypted":  func(in *Input) { in.Mail.Kinds.Encrypted = true },
		"oversize":   func(in *Input) { in.Mail.Kinds.Oversize = true },
		"timed out":  func(in *Input) { in.Mail.Kinds.TimedOut = true },
		"incomplete": func(in *Input) { in.Mail.Complete = false },
	} {
		check(t, name, with(letter(), change), held(Unreadable))
	}
}

func TestRule4IgnoresOurOwnMessages(t *testing.T) {
	id := mail.NewMessageID(store.Secret, "t1", "shop.example")
	check(t, "our Message-ID", letter("Message-ID: "+id), ignored(OwnMessage))
	check(t, "our loop header", letter(LoopHeader+": "+id), ignored(OwnMessage))
	id = mail.NewMessageID([]byte("not ours"), "t1", "shop.example")
	check(t, "another's", letter("Message-ID: "+id), goes)
}

func TestRule5RecordsColleagues(t *testing.T) {
	for _, from := range []string{"help@shop.example", "HELP@shop.example", "help+desk@shop.example",
		"any@old-shop.example"} {
		check(t, from, letter("From: "+from), records(OwnAddress))
	}
	check(t, "a subdomain is not ours", letter("From: a@x.old-shop.example"), goes)
	check(t, "another address is not ours", letter("From: helper@shop.example"), goes)
	asks := letter("From: help@shop.example", "Reply-To: ava@oak.example")
	check(t, "a form or group that nobody configured", asks, held(OwnAddress))
	check(t, "with a colleague in Reply-To", letter("From: help@shop.example", "Reply-To: Help@shop.example"),
		records(OwnAddress))
	forged := with(letter("From: help@shop.example"), func(in *Input) { in.Sender.Verdict = "fail" })
	check(t, "forged", forged, held(OwnAddress))
}

func TestRule5LetsTheStoresGroupPass(t *testing.T) {
	in := letter("From: help@shop.example", "Reply-To: ava@oak.example", "List-Id: <help.shop.example>",
		"Precedence: list", "X-Loop: help@shop.example")
	in.Sender = ticket.Identity{Address: "ava@oak.example", Verdict: "none", Via: ticket.Group}
	check(t, "a group", in, drafted(Unauthenticated))
	in = letter("From: help@shop.example", "Reply-To: ava@oak.example", "Auto-Submitted: auto-replied")
	in.Sender = ticket.Identity{Address: "ava@oak.example", Verdict: "none", Via: ticket.Group}
	check(t, "an auto-responder in a group", in, records(AutoSubmitted))
}

func TestRule6RecordsReports(t *testing.T) {
	for name, in := range map[string]Input{
		"null return path":        letter("Return-Path: <>"),
		"null path with a blank":  letter("Return-Path: < >"),
		"a path in its place":     letter("Return-Path: <MAILER-DAEMON@mx.oak.example>"),
		"a report":                with(letter(), func(in *Input) { in.Mail.Kinds.Report = true }),
		"Exim":                    letter("X-Failed-Recipients: bob@oak.example"),
		"empty From":              letter("From: "),
		"null From":               letter("From: <>"),
		"qmail":                   letter("From: MAILER-DAEMON@oak.example", "Subject: failure notice"),
		"Exchange":                text("It did not reach the following recipient", "From: postmaster@a.example"),
		"a phone company":         letter("From: post_master@oak.example", "Subject: Undeliverable: hello"),
		"German":                  text("… konnte nicht zugestellt werden", "From: Mail Delivery System <x@a.example>"),
		"a robot with SMTP codes": text("not delivered: 550 5.1.1 user unknown", "From: no-reply@oak.example"),
		"a robot with an address": text("not delivered to: <b@oak.example>; user unknown", "From: no-reply@a.example"),
		"before rule 7":           letter("Return-Path: <>", "Auto-Submitted: auto-generated"),
	} {
		check(t, name, in, records(Bounce))
	}
	parcels := text("Your parcel could not be delivered.", "From: no-reply@oak.example")
	check(t, "a parcel service", parcels, held(RobotSender))
	check(t, "a person in charge of mail", letter("From: postmaster@oak.example"), held(RobotSender))
}

func TestRule7AutoSubmitted(t *testing.T) {
	for _, value := range []string{"auto-replied", "Auto-Replied (away)", `auto-replied; a="b"`} {
		check(t, value, letter("Auto-Submitted: "+value), records(AutoSubmitted))
	}
	for _, value := range []string{"auto-generated", "auto-notified; x=y", "yes"} {
		check(t, value, letter("Auto-Submitted: "+value), held(AutoSubmitted))
		answer := with(letter("Auto-Submitted: "+value), func(in *Input) { in.Threads = true })
		check(t, value, answer, records(AutoSubmitted))
	}
}

func TestRule8RecordsAutoResponders(t *testing.T) {
	for _, name := range autoReplyHeaders {
		check(t, name, letter(name+": yes"), records(AutoReplyHeader))
		check(t, name, letter(strings.ToUpper(name)+": "), records(AutoReplyHeader))
	}
	for _, l := range []string{"Delivered-To: Autoresponder", "Precedence: auto_reply",
		"X-Precedence: auto_reply"} {
		check(t, l, letter(l), records(AutoReplyHeader))
	}
	check(t, "delivered to us", letter("Delivered-To: help@shop.example"), goes)
}

func TestRule9HoldsWhatWantsNoAnswer(t *testing.T) {
	for _, v := range []string{"All", "OOF", "DR, RN, AutoReply", "oof,autoreply"} {
		check(t, v, letter("X-Auto-Response-Suppress: "+v), held(AutoResponseSuppress))
	}
}

func TestRule10HoldsMailToMany(t *testing.T) {
	for _, l := range []string{"List-Id: <news.oak.example>", "List-Unsubscribe: <mailto:u@oak.example>",
		"list-post: NO", "Mailing-List: contact x@oak.example", "Feedback-ID: 1:2:3:oak", "Precedence: bulk",
		"Precedence: list", "Precedence: Junk"} {
		check(t, l, letter(l), held(MailingList))
	}
}

func TestRule11HoldsRobots(t *testing.T) {
	for _, local := range []string{"mailer-daemon", "MAILER-DAEMON", "postmaster", "noreply", "no-reply",
		"no_reply", "no.reply", "do-not-reply", "donotreply", "orders-noreply", "noreply+17", "no-reply2",
		"bounce", "bounces",
		"bounce-77", "bounces+ava=oak.example", "owner-news", "news-request", "root", "auto-reply",
		"nicht-antworten", "ne-pas-repondre", "no-responder"} {
		check(t, local, letter("From: "+local+"@vendor.example"), held(RobotSender))
	}
	vendor := letter("From: noreply@vendor.example", "Reply-To: sales@vendor.example")
	check(t, "a vendor's robot with Reply-To", vendor, held(RobotSender))
	form := letter("From: noreply@forms.example", "Reply-To: ava@oak.example", "Auto-Submitted: auto-generated",
		"Feedback-ID: 1:2:3:forms")
	form.Sender = ticket.Identity{Address: "ava@oak.example", Verdict: "none", Via: ticket.Form}
	check(t, "an allow-listed form", form, drafted(Unauthenticated))
}

func TestRule12HoldsWhatReadsLikeAProgram(t *testing.T) {
	for _, body := range []string{"Your verification code is 482913.", "This is an automated message.",
		"Please do not reply to this e-mail.", "Thank you for contacting us. Your ticket number is 88231.",
		"Ihr Bestätigungscode lautet 1234.", "Merci de ne pas répondre à ce message.",
		"Este es un mensaje automático.", "لطفاً به این ایمیل پاسخ ندهید.", "كد تأييد شما: ۱۲۳۴"} {
		check(t, body, text(body), drafted(MachineText))
	}
	for _, subject := range []string{"482913 is your code", "Reset your password",
		"[#88231] We received your request", "Your order #1001 is out for delivery"} {
		check(t, subject, letter("Subject: "+subject), drafted(MachineText))
	}
	for _, local := range []string{"notifications", "notification", "notify", "alerts", "newsletter", "automated"} {
		check(t, local, letter("From: "+local+"@vendor.example"), held(RobotSender))
	}
	for _, body := range []string{"I never got a code.", "Please reply to this by Monday.", "Is there a ticket?",
		"I do not want an automated answer.", "Do not reply to my other mail, I found the parcel."} {
		check(t, body, text(body), goes)
	}
}

func TestRule12HoldsAbsenceNotes(t *testing.T) {
	for _, s := range []string{"Auto: hello", "Auto Response: x", "Automatic reply: Your order", "OUT OF OFFICE",
		"Out of the Office until Monday", "Out of Office AutoReply: x", "Out of office – back soon",
		"Abwesenheitsnotiz: Bestellung", "Abwesenheit bis 3.12.", "Automatische Antwort: x",
		"Réponse automatique : colis", "Respuesta automática: pedido", "Resposta automática", "Fuori sede",
		"Risposta automatica: x", "Autosvar: x", "Automatisch antwoord: x", "Frånvaro", "Otomatik yanıt: x",
		"Автоответ: x", "پاسخ خودکار: سفارش", "پاسخ‌ خودكار", "رد تلقائي: طلب", "自動返信メール", "自动回复：订单", "자동 회신: x",
		"\u200fAutomatic reply: x", "  automatic   reply"} {
		in := letter()
		in.Mail.Subject = s
		check(t, s, in, held(VacationSubject))
	}
	encoded := letter("Subject: =?utf-8?B?2b7Yp9iz2K4g2K7ZiNiv2qnYp9ix?=")
	check(t, "an encoded subject", encoded, held(VacationSubject))
}

func TestRule13HoldsDoubtfulTargets(t *testing.T) {
	for _, v := range []string{"help@shop.example", "ava@oak.example, bob@oak.example", "not an address",
		"ava@elsewhere.example", "news-request@oak.example", "no-reply@oak.example"} {
		check(t, v, letter("Reply-To: "+v), drafted(ReplyTarget))
	}
	nobody := letter("From: a@oak.example, b@oak.example")
	nobody.Sender = ticket.Identity{Verdict: "fail"}
	check(t, "two authors", nobody, drafted(ReplyTarget))
	lost := with(letter(), func(in *Input) { in.Mail.Header, in.Mail.From = nil, nil })
	lost.Sender = ticket.Identity{}
	check(t, "a mail that lost its header", lost, drafted(ReplyTarget))
	form := letter("From: noreply@forms.example", "Reply-To: help@shop.example")
	form.Sender = ticket.Identity{Address: "help@shop.example", Verdict: "none", Via: ticket.Form}
	check(t, "our address typed into a form", form, drafted(ReplyTarget))
}

func TestRule14HoldsInvitationsAndEmptyMail(t *testing.T) {
	check(t, "an invitation", with(letter(), func(in *Input) { in.Mail.Kinds.Calendar = true }), held(Calendar))
	check(t, "only a quote", with(letter(), func(in *Input) { in.Mail.Reply = " \n" }), held(NoText))
}

func TestRule15HoldsATwin(t *testing.T) {
	check(t, "same id, other content", with(letter(), func(in *Input) { in.Twin = true }), drafted(SameID))
}

func TestRule16HoldsTheUnproven(t *testing.T) {
	for _, v := range []string{"none", "fail", ""} {
		check(t, v, with(letter(), func(in *Input) { in.Sender.Verdict = v }), drafted(Unauthenticated))
	}
	check(t, "a stranger", with(letter(), func(in *Input) { in.Stranger = "Not hers." }), drafted(NotAParty))
	c := store
	c.NoAuthGate = true
	in := with(letter(), func(in *Input) { in.Sender.Verdict = "none" })
	if g := Judge(context.Background(), in, c, nil); g.Outcome != ticket.Go {
		t.Errorf("switched off: %+v", g)
	}
}

// counts is Limits of fixed numbers.
type counts struct {
	n     Counts
	err   error
	asked Query
}

func (c *counts) Counts(_ context.Context, q Query) (Counts, error) {
	c.asked = q
	return c.n, c.err
}

func TestRule15HoldsOverLimits(t *testing.T) {
	for name, c := range map[string]struct {
		lim  counts
		rule string
	}{
		"nothing yet": {counts{}, Passed},
		"just below": {
			counts{n: Counts{Ticket: 2, Sender: 4, Domain: 59, Hour: 299, Reopens: 1}}, Passed,
		},
		"ticket":                {counts{n: Counts{Ticket: 3}}, OverLimit},
		"sender":                {counts{n: Counts{Sender: 5}}, OverLimit},
		"domain":                {counts{n: Counts{Domain: 60}}, OverLimit},
		"everybody":             {counts{n: Counts{Hour: 300}}, OverLimit},
		"the same again":        {counts{n: Counts{Same: 1}}, OverLimit},
		"reopened":              {counts{n: Counts{Reopens: 2}}, OverLimit},
		"nobody can count":      {counts{err: errors.New("disk")}, OverLimit},
		"an error beats a zero": {counts{err: context.Canceled}, OverLimit},
	} {
		in := with(letter(), func(in *Input) { in.Reopens = true })
		g := Judge(context.Background(), in, store, &c.lim)
		if g.Rule != c.rule || c.rule == OverLimit && (g.Outcome != ticket.Hold || !g.Readable) {
			t.Errorf("%s: %+v", name, g)
		}
		if strings.Contains(g.Reason, "disk") || c.lim.asked.Domain != "oak.example" {
			t.Errorf("%s: %+v asked for %+v", name, g, c.lim.asked)
		}
	}
	if why := (Thresholds{PerTicket: 1}).Exceeded(Counts{Ticket: 1}, false); why == "" {
		t.Error("the owner's own number does not count")
	}
	if why := (Thresholds{}).Exceeded(Counts{Reopens: 9}, false); why != "" {
		t.Errorf("reopens count for a reopening alone: %s", why)
	}
}

func TestSameTextHasTheSameHash(t *testing.T) {
	hash := func(s string) string { return BodyHash(&mail.Mail{Reply: s}) }
	if hash("Where is\r\n it?") != hash(" where  IS it?") ||
		hash("order 1") == hash("order 2") || hash(" ") != "" {
		t.Error("letter case and white space alone may not matter")
	}
	if SubjectHash(&mail.Mail{Subject: "Re: AW: Parcel"}) != SubjectHash(&mail.Mail{Subject: "parcel"}) {
		t.Error("a reply prefix matters")
	}
	in := letter()
	if LimitQuery(in).Subject == "" {
		t.Error("a new conversation is asked for its subject")
	}
	in.Threads = true
	if LimitQuery(in).Subject != "" {
		t.Error("an answer has its ticket's subject every time")
	}
}

func TestEvidenceIsOneShortLine(t *testing.T) {
	g := Judge(context.Background(), letter("List-Id: "+strings.Repeat("سلام ", 200)), store, nil)
	if len(g.Evidence) > maxEvidence || !utf8.ValidString(g.Evidence) ||
		!strings.HasPrefix(g.Evidence, "List-Id: ") || strings.ContainsAny(g.Evidence, "\r\n") {
		t.Errorf("%q", g.Evidence)
	}
}

// Of any two rules that match a mail, the one that stands first decides.
func TestTheFirstRuleThatMatchesWins(t *testing.T) {
	triggers := []struct {
		rule   string
		line   string
		change func(*Input)
	}{
		{AlreadyProcessed, "", func(in *Input) { in.Seen = true }},
		{OldMail, "", func(in *Input) { in.FirstSync = true }},
		{Unreadable, "", func(in *Input) { in.Mail.Complete = false }},
		{OwnMessage, "Message-ID: " + mail.NewMessageID(store.Secret, "t1", "shop.example"), nil},
		{OwnAddress, "From: help@shop.example", nil},
		{Bounce, "Return-Path: <>", nil},
		{AutoSubmitted, "Auto-Submitted: auto-generated", nil},
		{AutoReplyHeader, "X-Autoreply: yes", nil},
		{AutoResponseSuppress, "X-Auto-Response-Suppress: All", nil},
		{MailingList, "List-Id: <news.oak.example>", nil},
		{RobotSender, "From: noreply@oak.example", nil},
		{VacationSubject, "Subject: Automatic reply", nil},
		{MachineText, "", func(in *Input) { in.Mail.Reply = "This is an automated message." }},
		{ReplyTarget, "Reply-To: eve@evil.example", nil},
		{Calendar, "", func(in *Input) { in.Mail.Kinds.Calendar = true }},
		{NoText, "", func(in *Input) {
			if !strings.HasPrefix(in.Mail.Reply, "This is an automated") { // the one has the other's text
				in.Mail.Reply = ""
			}
		}},
		{SameID, "", func(in *Input) { in.Twin = true }},
		{NotAParty, "", func(in *Input) { in.Stranger = "Not hers." }},
		{Unauthenticated, "", func(in *Input) { in.Sender.Verdict = "none" }},
	}
	for i, first := range triggers {
		for _, second := range triggers[i:] {
			var lines []string
			for _, l := range []string{second.line, first.line} {
				if l != "" {
					lines = append(lines, l)
				}
			}
			in := letter(lines...)
			for _, change := range []func(*Input){second.change, first.change} {
				if change != nil {
					change(&in)
				}
			}
			if g := Judge(context.Background(), in, store, nil); g.Rule != first.rule {
				t.Errorf("%s and %s: %s decided", first.rule, second.rule, g.Rule)
			}
		}
	}
}

// A name of a rule that can stop a person says nothing of automation.
func TestNamesOfSafetyRulesDoNotSpeakOfRobots(t *testing.T) {
	for _, name := range []string{OldMail, Unreadable, OwnAddress, ReplyTarget, Calendar, NoText, SameID,
		OverLimit, NotAParty, Unauthenticated, Passed} {
		for _, word := range []string{"auto-", "bulk", "list", "bounce", "robot", "vacation", "report", "subject"} {
			if strings.Contains(name, word) {
				t.Errorf("%s speaks of %s", name, word)
			}
		}
	}
}

// FuzzJudge claims for any mail: no panic, a known rule and a reason, short evidence, and never go for a
// report, an unproven sender or a mail that says of itself that a program wrote it.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(plain), true)
	f.Add([]byte("From: a@b.example\nAuto-Submitted: auto-replied\nSubject: =?utf-8?q?Out?=\n\nx"), false)
	f.Add([]byte("Return-Path: <>\nFrom: MAILER-DAEMON\n\n550 5.1.1"), true)
	f.Fuzz(func(t *testing.T, raw []byte, pass bool) {
		in := Input{Mail: mail.Parse(raw, mail.DefaultLimits), Now: now}
		if pass && len(in.Mail.From) == 1 {
			in.Sender = proven()
			in.Sender.Address = in.Mail.From[0].Normal()
		}
		g := Judge(context.Background(), in, store, nil)
		if g.Rule == "" || g.Reason == "" || len(g.Evidence) > maxEvidence || !utf8.ValidString(g.Evidence) {
			t.Fatalf("%+v", g)
		}
		if word := firstWord(in.Mail.Header.Get("Auto-Submitted")); g.Outcome == ticket.Go &&
			(!in.Sender.Authenticated() || in.Mail.Kinds.Report || word != "" && word != "no") {
			t.Fatalf("%+v", g)
		}
	})
}
