package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/replyd/replyd/config"
	"github.com/replyd/replyd/internal/identity"
	"github.com/replyd/replyd/internal/imap"
	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/sendgrid"
)

const (
	// arrivalTime is how long a mail may take through SendGrid to the mailbox; greylisting can take longer,
	// and then the check is to be repeated.
	arrivalTime = 2 * time.Minute
	arrivalLook = 3 * time.Second // between two looks into the mailbox
	// forgedDomain is what the forged header claims; nobody can own it (RFC 2606).
	forgedDomain = "forged.replyd.example"
	// unknownID is claimed where no authserv-id is pinned yet.
	unknownID = "mx.unknown.replyd.example"
)

// Calibrate mails each mailbox one message whose header claims a proof in the name of the mailbox's own
// provider, and looks what arrives. A provider that leaves the claim in makes every sender forgeable (RFC 8601
// section 5). What the provider itself wrote tells which authserv-id to trust. It deletes nothing and marks
// nothing read.
func Calibrate(ctx context.Context, c *config.Config, each func(CheckResult)) {
	sender, err := sendgrid.New(sendgrid.Config{Key: c.SendGrid.Key.Reveal(), Endpoint: c.SendGrid.Endpoint,
		EU: c.SendGrid.EU})
	for _, a := range c.IMAP {
		name := "imap." + a.Name + ".forged_proof"
		if err != nil {
			each(CheckResult{Check: name, Detail: err.Error(), Fix: "check sendgrid.key"})
			continue
		}
		each(calibrate(ctx, c, a, sender, name))
	}
}

// calibrate is the check of one mailbox.
func calibrate(
	ctx context.Context, c *config.Config, a config.Account, sender *sendgrid.Client, name string,
) CheckResult {
	bad := func(detail, fix string) CheckResult { return CheckResult{Check: name, Detail: detail, Fix: fix} }
	to := a.User
	if !strings.Contains(to, "@") {
		to = c.Store.From.Address
	}
	claimed := unknownID
	if len(a.AuthservIDs) > 0 { // a pattern's star stands for any run of characters
		claimed = strings.ReplaceAll(a.AuthservIDs[0], "*", "1")
	}
	token := rand.Text()
	began := time.Now().Add(-clockError) // the mailbox has its own clock
	_, err := sender.SendForged(ctx, calibrationMail(c, to, token),
		fmt.Sprintf("%s; dkim=pass header.d=%s; dmarc=pass header.from=%s", claimed, forgedDomain, forgedDomain))
	if err != nil {
		return bad("the test mail to "+to+" was not sent: "+err.Error(),
			"mend what sendgrid.key says, then try again")
	}
	ctx, cancel := context.WithTimeout(ctx, arrivalTime)
	defer cancel()
	m, err := awaitMail(ctx, c, a, began, token)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return bad(fmt.Sprintf("the test mail to %s did not arrive within %v", to, arrivalTime),
			"look into the spam folder and into SendGrid's activity, then try again")
	case err != nil:
		return bad(err.Error(), "see what imap."+a.Name+" says")
	}
	r := verdictOn(m, a)
	r.Check = name
	return r
}

func calibrationMail(c *config.Config, to, token string) mail.Outgoing {
	from := mail.Address{Name: c.Store.From.Name, Address: c.Store.From.Address}
	return mail.Outgoing{
		From: from, To: mail.Address{Address: to}, Subject: "replyd calibration " + token, Automatic: true,
		Text: "`replyd check --calibrate` sent this to see whether this mailbox's provider takes out forged " +
			"Authentication-Results headers. It may be deleted.\n",
		MessageID: "<calibration." + strings.ToLower(token) + "@" + from.Domain() + ">", Date: time.Now(),
	}
}

// awaitMail looks for the mail with the token until ctx ends, without changing anything in the mailbox.
func awaitMail(
	ctx context.Context, c *config.Config, a config.Account, since time.Time, token string,
) (found *mail.Mail, err error) {
	box := imap.New(imapConfig(a), slog.New(slog.DiscardHandler))
	defer box.Close()
	tick := time.NewTicker(arrivalLook)
	defer tick.Stop()
	look := taking(func(_ context.Context, f imap.Fetched) error {
		if m := mail.Parse(f.Raw, mail.DefaultLimits); strings.Contains(m.Subject, token) {
			found = m
		}
		return nil
	})
	var cur mail.Cursor
	for {
		cur, err = box.Past(ctx, imap.Span{Since: since}, cur, nil, look)
		if found != nil {
			return found, nil
		}
		if errors.Is(err, imap.ErrAccount) {
			return nil, err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// verdictOn tells what the headers of the arrived mail mean for the mailbox's settings.
func verdictOn(m *mail.Mail, a config.Account) CheckResult {
	var genuine []string // authserv-ids, from the top
	survived := ""       // the id under which the forged proof would be believed
	for _, field := range m.Header.All("Authentication-Results") {
		id := identity.AuthservID(field)
		switch {
		case strings.Contains(field, forgedDomain):
			if identity.Pinned(a.AuthservIDs, id) {
				survived = id
			}
		case id != "" && !slices.Contains(genuine, id):
			genuine = append(genuine, id)
		}
	}
	pin := ""
	if len(genuine) > 0 {
		pin = "set authserv_ids of imap account " + a.Name + " to [" + genuine[0] + "] and run this check again"
	}
	outlook := trust(&config.Config{}, a).Outlook
	pinned := slices.ContainsFunc(genuine, func(id string) bool { return identity.Pinned(a.AuthservIDs, id) })
	who := identity.Identify(m, trust(&config.Config{}, a))
	switch {
	case survived != "" && len(genuine) > 0 && !slices.Contains(genuine, survived):
		return CheckResult{Detail: "a forged proof by " + survived + ", which authserv_ids trusts, came through",
			Fix: "your provider signs as " + genuine[0] + ": " + pin}
	case survived != "":
		return CheckResult{Detail: "a forged proof in the name of your provider came through",
			Fix: "your provider does not remove forged headers; do not use auto mode: set mode to approval"}
	case outlook && who.Authenticated():
	case outlook:
		return CheckResult{Detail: "the store's own mail is not authenticated: " + who.Reason,
			Fix: "authenticate the store's domain at SendGrid, publish a DMARC record, then try again"}
	case len(genuine) == 0:
		return CheckResult{Detail: "the provider states nothing about senders, so nobody can be authenticated",
			Fix: "everything will need a person; choose a provider that writes Authentication-Results"}
	case !pinned:
		return CheckResult{Detail: "your provider signs as " + genuine[0] + ", which is not pinned", Fix: pin}
	case !who.Authenticated():
		return CheckResult{Detail: "the store's own mail is not authenticated: " + who.Reason,
			Fix: "authenticate the store's domain at SendGrid and publish a DMARC record"}
	}
	return CheckResult{OK: true, Detail: "a forged proof was taken out; the provider's own was recognised"}
}
