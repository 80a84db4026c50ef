package sendgrid

import (
	"encoding/json"
	"errors"
	"maps"
	netmail "net/mail"
	"slices"
	"strings"
	"unicode/utf8"

	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"

	"github.com/replyd/replyd/internal/mail"
)

// Bounds of what is sent. SendGrid's own are 30 MB a mail and 10,000 bytes of custom arguments.
const (
	maxText       = 1 << 20 // bytes, text and HTML together: a reply has a few KiB
	maxArgs       = 10_000  // bytes, keys and values
	maxSubject    = 900     // bytes: a header line has 998 at most (RFC 5322 section 2.1.1)
	maxReferences = 900     // bytes, likewise; nobody says whether SendGrid folds lines
	maxID         = 250     // bytes of one Message-ID
)

// build makes the JSON of a mail, or says what is wrong with it without repeating it.
func build(o mail.Outgoing) ([]byte, error) {
	if err := check(o); err != nil {
		return nil, err
	}
	to := sgmail.NewPersonalization()
	to.AddTos(sgmail.NewEmail(oneLine(o.To.Name), o.To.Address))
	for _, key := range slices.Sorted(maps.Keys(o.Args)) {
		to.SetCustomArg(key, o.Args[key])
	}
	m := sgmail.NewV3Mail()
	m.SetFrom(sgmail.NewEmail(oneLine(o.From.Name), o.From.Address))
	m.AddPersonalizations(to)
	m.Subject = cut(oneLine(o.Subject), maxSubject)
	m.AddContent(sgmail.NewContent("text/plain", o.Text)) // plain text has to come first
	if o.HTML != "" {
		m.AddContent(sgmail.NewContent("text/html", o.HTML))
	}
	for name, value := range headers(o) {
		m.SetHeader(name, value)
	}
	m.SetTrackingSettings(untracked())
	return json.Marshal(m) // the library's GetRequestBody would send an empty body on an error
}

func check(o mail.Outgoing) error {
	switch {
	case !address(o.From.Address):
		return errors.New("the sender's address is not valid")
	case !address(o.To.Address):
		return errors.New("the recipient's address is not valid")
	case strings.TrimSpace(o.Subject) == "":
		return errors.New("the subject is empty")
	case strings.TrimSpace(o.Text) == "":
		return errors.New("the text is empty")
	case len(o.Text)+len(o.HTML) > maxText:
		return errors.New("the reply is too long")
	case !utf8.ValidString(o.Text) || !utf8.ValidString(o.HTML) || !utf8.ValidString(o.Subject):
		return errors.New("the reply is not valid UTF-8")
	case !messageID(o.MessageID):
		return errors.New("the Message-ID is not <left@domain>")
	}
	size := 0
	for k, v := range o.Args {
		size += len(k) + len(v)
	}
	if size > maxArgs {
		return errors.New("the arguments are too long")
	}
	return nil
}

// headers gives the headers that thread a reply and keep robots from answering it (RFC 3834 section 3.1.7,
// MS-OXCMAIL section 2.1.3.2.20). Subject, addresses and Content-Type are SendGrid's.
func headers(o mail.Outgoing) map[string]string {
	h := map[string]string{
		"Message-ID": o.MessageID, mail.LoopHeader: o.MessageID,
		// not "All": that would also suppress the bounces that we need
		"X-Auto-Response-Suppress": "OOF, AutoReply",
	}
	if messageID(o.InReplyTo) {
		h["In-Reply-To"] = o.InReplyTo
	}
	if refs := references(o.References); refs != "" {
		h["References"] = refs
	}
	if o.Automatic {
		h["Auto-Submitted"] = "auto-replied"
	}
	return h
}

// references joins the ids that are well formed: the root of the thread, and of the others the newest that
// fit.
func references(ids []string) string {
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !messageID(id) })
	if len(ids) == 0 {
		return ""
	}
	root, rest := ids[0], ids[1:]
	rest = rest[max(0, len(rest)-19):] // 20 in all
	size := len(root)
	for _, id := range rest {
		size += 1 + len(id)
	}
	for size > maxReferences && len(rest) > 0 {
		size -= 1 + len(rest[0])
		rest = rest[1:]
	}
	return strings.Join(append([]string{root}, rest...), " ")
}

// untracked switches everything off that would change the mail: rewritten links break the promise that a
// reply holds only what was checked, and a picture that reports the reader is not ours to send.
func untracked() *sgmail.TrackingSettings {
	t := sgmail.NewTrackingSettings()
	t.SetClickTracking(sgmail.NewClickTrackingSetting().SetEnable(false).SetEnableText(false))
	t.SetOpenTracking(sgmail.NewOpenTrackingSetting().SetEnable(false))
	t.SetSubscriptionTracking(sgmail.NewSubscriptionTrackingSetting().SetEnable(false))
	t.SetGoogleAnalytics(sgmail.NewGaSetting().SetEnable(false))
	return t
}

// address reports whether s is one bare address, without a name and without anything that could make it two.
func address(s string) bool {
	if len(s) > 254 || strings.ContainsAny(s, " \t\r\n,;<>") {
		return false
	}
	a, err := netmail.ParseAddress(s)
	return err == nil && a.Name == "" && a.Address == s
}

// messageID reports whether s is <left@right> in printable ASCII.
func messageID(s string) bool {
	if len(s) > maxID || len(s) < 5 || s[0] != '<' || s[len(s)-1] != '>' {
		return false
	}
	inner := s[1 : len(s)-1]
	left, right, ok := strings.Cut(inner, "@")
	return ok && left != "" && right != "" &&
		!strings.ContainsFunc(inner, func(r rune) bool { return r <= ' ' || r > '~' || r == '<' || r == '>' })
}

// oneLine replaces control characters, line ends among them, which could start another header.
func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == 0x85 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, s))
}

// cut shortens s to n bytes, between runes.
func cut(s string, n int) string {
	for len(s) > n {
		_, size := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-size]
	}
	return s
}
