package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"slices"
	"strings"
)

// sendRequest is the body of POST /v3/mail/send, as far as replyd's world needs it; the rest is named so that
// an unknown property is recognised as such.
// Source: https://github.com/twilio/sendgrid-oai (tsg_mail_v3.json, 2026-01-22, MIT).
type sendRequest struct {
	Personalizations []personalization `json:"personalizations"`
	From             Address           `json:"from"`
	ReplyTo          *Address          `json:"reply_to"`
	ReplyToList      []Address         `json:"reply_to_list"`
	Subject          string            `json:"subject"`
	Content          []content         `json:"content"`
	Headers          map[string]string `json:"headers"`
	CustomArgs       map[string]string `json:"custom_args"`
	Categories       []string          `json:"categories"`
	TemplateID       string            `json:"template_id"`
	Attachments      []json.RawMessage `json:"attachments"`
	SendAt           int64             `json:"send_at"`
	BatchID          string            `json:"batch_id"`
	ASM              json.RawMessage   `json:"asm"`
	IPPoolName       string            `json:"ip_pool_name"`
	Tracking         *struct {
		Click *struct {
			Enable     bool `json:"enable"`
			EnableText bool `json:"enable_text"`
		} `json:"click_tracking"`
		Open *struct {
			Enable bool   `json:"enable"`
			Tag    string `json:"substitution_tag"`
		} `json:"open_tracking"`
		Subscription *struct {
			Enable bool   `json:"enable"`
			Text   string `json:"text"`
			HTML   string `json:"html"`
			Tag    string `json:"substitution_tag"`
		} `json:"subscription_tracking"`
		Analytics json.RawMessage `json:"ganalytics"`
	} `json:"tracking_settings"`
	Settings *struct {
		Sandbox           *toggle         `json:"sandbox_mode"`
		Footer            json.RawMessage `json:"footer"`
		BypassList        *toggle         `json:"bypass_list_management"`
		BypassSpam        *toggle         `json:"bypass_spam_management"`
		BypassBounce      *toggle         `json:"bypass_bounce_management"`
		BypassUnsubscribe *toggle         `json:"bypass_unsubscribe_management"`
	} `json:"mail_settings"`
}

type toggle struct {
	Enable bool `json:"enable"`
}

type personalization struct {
	From                *Address          `json:"from"`
	To                  []Address         `json:"to"`
	Cc                  []Address         `json:"cc"`
	Bcc                 []Address         `json:"bcc"`
	Subject             string            `json:"subject"`
	Headers             map[string]string `json:"headers"`
	Substitutions       map[string]string `json:"substitutions"`
	CustomArgs          map[string]string `json:"custom_args"`
	DynamicTemplateData json.RawMessage   `json:"dynamic_template_data"`
	SendAt              int64             `json:"send_at"`
}

type content struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

func (m *sendRequest) sandboxed() bool {
	return m.Settings != nil && m.Settings.Sandbox != nil && m.Settings.Sandbox.Enable
}

const (
	// maxMail is SendGrid's limit for a whole message with attachments.
	maxMail = 30 << 20
	// maxArgs is its limit for custom_args, in bytes.
	maxArgs = 10_000
)

// reserved are headers that a request may not set. Source: description of "headers" in the published API.
var reserved = []string{
	"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to",
	"from",
	"subject", "reply-to", "cc", "bcc",
}

// refused is why a mail is not accepted.
type refused struct {
	status int
	list   []problem
}

func (r *refused) add(field, format string, args ...any) {
	r.list = append(r.list, wrong(field, fmt.Sprintf(format, args...)))
}

// checkMail reads and checks a request the way SendGrid does: an unknown property, a wrong type, a missing
// part are each named.
func checkMail(body []byte, domain string) (*sendRequest, refused) {
	bad := refused{status: http.StatusBadRequest}
	if len(body) > maxMail {
		bad.status = http.StatusRequestEntityTooLarge
		bad.add("", "The total size of your email, including attachments, must be less than 30MB.")
		return nil, bad
	}
	m := &sendRequest{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	if err := dec.Decode(m); err != nil {
		name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
		typ := (*json.UnmarshalTypeError)(nil)
		switch {
		case unknown:
			bad.add(strings.Trim(name, `"`), "Additional property %s is not allowed", strings.Trim(name, `"`))
		case errors.As(err, &typ):
			bad.add(typ.Field, "Invalid type. Expected: %s, given: %s.", typ.Type.Kind(), typ.Value)
		default:
			bad.add("", "Bad Request")
		}
		return nil, bad
	}
	checkFrom(m, domain, &bad)
	checkPersonalizations(m, &bad)
	checkContent(m, &bad)
	checkExtras(m, &bad)
	return m, bad
}

func checkFrom(m *sendRequest, domain string, bad *refused) {
	switch {
	case m.From.Email == "":
		bad.add("from.email", "The from object must be provided for every email send. It is an object that "+
			"requires the email parameter, but may also contain a name parameter.  e.g. {\"email\" : "+
			"\"example@example.com\"}  or {\"email\" : \"example@example.com\", \"name\" : \"Example Recipient\"}.")
	case !valid(m.From.Email):
		bad.add("from.email", "The from email does not contain a valid address.")
	case !strings.HasSuffix(strings.ToLower(m.From.Email), "@"+domain):
		bad.status = http.StatusForbidden
		bad.add("from", "The from address does not match a verified Sender Identity. Mail cannot be sent "+
			"until this error is resolved. Visit "+
			"https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity "+
			"requirements")
	}
	if m.ReplyTo != nil && !valid(m.ReplyTo.Email) {
		bad.add("reply_to.email", "The reply_to email does not contain a valid address.")
	}
	if m.ReplyTo != nil && m.ReplyToList != nil {
		bad.add("reply_to", "You can use either reply_to or reply_to_list, but not both.")
	}
}

func checkPersonalizations(m *sendRequest, bad *refused) {
	if len(m.Personalizations) == 0 {
		bad.add("personalizations", "The personalizations field is required and must have at least one "+
			"personalization.")
	}
	if len(m.Personalizations) > 1000 {
		bad.add("personalizations", "There can be at most 1000 personalizations.")
	}
	for i, p := range m.Personalizations {
		at := fmt.Sprintf("personalizations.%d.", i)
		if len(p.To) == 0 {
			bad.add(at+"to", "The to array is required for all personalization objects, and must have at least "+
				"one email object with a valid email address.")
		}
		var seen []string
		for _, list := range []struct {
			name string
			all  []Address
		}{{"to", p.To}, {"cc", p.Cc}, {"bcc", p.Bcc}} {
			for j, a := range list.all {
				if !valid(a.Email) {
					bad.add(fmt.Sprintf("%s%s.%d.email", at, list.name, j), "Does not contain a valid address.")
				}
				if slices.Contains(seen, strings.ToLower(a.Email)) {
					bad.add(at+list.name, "Each email address in the personalization block should be unique between "+
						"to, cc, and bcc. We found the first duplicate instance of [%s] in the %s%s "+
						"field.", a.Email, at, list.name)
				}
				seen = append(seen, strings.ToLower(a.Email))
			}
		}
		if p.Subject == "" && m.Subject == "" && m.TemplateID == "" {
			bad.add("subject", "The subject is required. You can get around this requirement if you use a "+
				"template with a subject defined or if every personalization has a subject defined.")
		}
	}
}

func checkContent(m *sendRequest, bad *refused) {
	if len(m.Content) == 0 && m.TemplateID == "" {
		bad.add("content", "Unless a valid template_id is provided, the content parameter is required. There "+
			"must be at least one defined content block. We typically suggest both text/plain and text/html "+
			"blocks are included, but only one block is required.")
	}
	rank, ranks := -1, map[string]int{"text/plain": 0, "text/html": 1}
	for i, c := range m.Content {
		at := fmt.Sprintf("content.%d.", i)
		if c.Type == "" || strings.ContainsAny(c.Type, ";\r\n") || !strings.Contains(c.Type, "/") {
			bad.add(at+"type", "The content type must be a valid MIME type without ';' or CRLF characters.")
		}
		if c.Value == "" {
			bad.add(at+"value", "The content value must be a string at least one character in length.")
		}
		now, known := ranks[c.Type]
		if !known {
			now = 2
		}
		switch {
		case known && now == rank:
			bad.add("content", "If present, text/plain and text/html may only be provided once.")
		case now < rank:
			bad.add("content", "If present, text/plain must be first, followed by text/html, followed by any "+
				"other content.")
		}
		rank = now
	}
}

func checkExtras(m *sendRequest, bad *refused) {
	all := []map[string]string{m.Headers}
	for i, p := range m.Personalizations {
		all = append(all, p.Headers)
		args, _ := json.Marshal(join(m.CustomArgs, p.CustomArgs))
		if len(args) >= maxArgs {
			bad.add(fmt.Sprintf("personalizations.%d.custom_args", i),
				"The custom args must be less than %d bytes in total.", maxArgs)
		}
	}
	for _, headers := range all {
		for name, value := range headers {
			switch {
			case slices.Contains(reserved, strings.ToLower(name)):
				bad.add("headers", "The header %s is reserved and can't be used", name)
			case name == "" || strings.ContainsFunc(name, notInName):
				bad.add("headers", "The header name %q is not valid.", name)
			case strings.ContainsAny(value, "\r\n"):
				bad.add("headers", "The value of header %s contains a line break.", name)
			}
		}
	}
	if len(m.Categories) > 10 {
		bad.add("categories", "There cannot be more than 10 categories per request.")
	}
	for _, c := range m.Categories {
		if len(c) > 255 {
			bad.add("categories", "Each category must be less than 255 characters.")
		}
	}
}

// notInName reports whether r cannot be part of a header's name (RFC 5322 section 2.2).
func notInName(r rune) bool { return r <= ' ' || r > '~' || r == ':' }

// valid reports whether a bare address has the form local@domain, with a dot in the domain.
func valid(address string) bool {
	a, err := mail.ParseAddress(address)
	if err != nil || a.Address != address {
		return false
	}
	_, domain, _ := strings.Cut(address, "@")
	return strings.Contains(domain, ".")
}
