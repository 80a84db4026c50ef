package web

import (
	"crypto/sha256"
	"encoding/base64"
	"html"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/microcosm-cc/bluemonday"

	"github.com/replyd/replyd/internal/mail"
	"github.com/replyd/replyd/internal/ticket"
)

// frameStyle is all the style that a customer's HTML gets. The policy names its hash and allows no other.
const frameStyle = `:root{color-scheme:light}body{margin:12px;background:#fff;color:#222;` +
	`font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}table{max-width:100%;border-collapse:collapse}` +
	`blockquote{margin:0 0 0 8px;padding:0 0 0 10px;border-inline-start:2px solid #ccc;color:#555}` +
	`pre{white-space:pre-wrap;font:inherit}`

// framePolicy is the policy of a page that shows a customer's mail: a sandbox without script, forms, pictures or
// links that would open here, in a frame of the desk alone.
func framePolicy(style string) string {
	return "default-src 'none'; style-src " + style + "; base-uri 'none'; form-action 'none'; " +
		"frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
}

func hashSource(style string) string {
	sum := sha256.Sum256([]byte(style))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// maxHTML bounds what a frame shows of a mail.
const maxHTML = 512 << 10

// mailHTML shows a mail's HTML as far as its reader could see it, without anything that acts or is fetched.
func (s *server) mailHTML(w http.ResponseWriter, r *http.Request) {
	_, m, raw := s.rawMail(w, r)
	if m == nil {
		return
	}
	parsed := mail.Parse(raw, mail.DefaultLimits)
	body, note := parsed.HTML, ""
	if body == "" {
		body = "<pre>" + html.EscapeString(parsed.Text) + "</pre>"
	} else if len(body) > maxHTML {
		body, note = strings.ToValidUTF8(body[:maxHTML], ""), "<hr><p>"+html.EscapeString(s.say(r, "The rest is too long to be shown here."))+"</p>"
	}
	body = sanitizer().Sanitize(mail.VisibleHTML(body)) + note
	s.frame(w, framePolicy(hashSource(frameStyle)),
		"<!doctype html><html><head><meta charset=utf-8><title>mail</title><style>"+frameStyle+"</style></head><body dir=auto>"+body+"</body></html>")
}

// sanitizer keeps text and its structure: no script, style, form, picture, drawing or frame. Links open a new
// window and tell it nothing.
func sanitizer() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "span", "br", "hr", "b", "strong", "i", "em", "u", "s", "small", "sub", "sup", "code",
		"pre", "blockquote", "ul", "ol", "li", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6", "center",
		"table", "thead", "tbody", "tfoot", "tr", "td", "th", "caption", "address", "bdi", "bdo")
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("colspan", "rowspan").Matching(regexp.MustCompile(`^[0-9]{1,2}$`)).OnElements("td", "th")
	p.AllowAttrs("href").OnElements("a")
	p.AllowURLSchemes("https", "http", "mailto")
	p.RequireParseableURLs(true)
	p.AllowRelativeURLs(false)
	p.RequireNoReferrerOnLinks(true)
	p.RequireNoFollowOnLinks(true)
	p.AddTargetBlankToFullyQualifiedLinks(true)
	return p
}

// frame writes a page for a sandboxed frame of the desk.
func (s *server) frame(w http.ResponseWriter, policy, page string) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Frame-Options", "SAMEORIGIN")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, page)
}

// maxHeaders bounds the header lines that are shown.
const maxHeaders = 64 << 10

// mailHeaders shows a mail's header as it came.
func (s *server) mailHeaders(w http.ResponseWriter, r *http.Request) {
	_, m, raw := s.rawMail(w, r)
	if m == nil {
		return
	}
	text := strings.ReplaceAll(string(raw[:min(len(raw), maxHeaders)]), "\r\n", "\n")
	text, _, _ = strings.Cut(text, "\n\n")
	s.frame(w, framePolicy(hashSource(frameStyle)), "<!doctype html><html><head><meta charset=utf-8><title>headers</title><style>"+
		frameStyle+"</style></head><body><pre>"+html.EscapeString(strings.ToValidUTF8(text, "\uFFFD"))+"</pre></body></html>")
}

// raw gives a mail's bytes as a download that no browser will interpret.
func (s *server) raw(w http.ResponseWriter, r *http.Request) {
	t, m, raw := s.rawMail(w, r)
	if m == nil {
		return
	}
	inert(w, string(t.ID)+"-"+r.PathValue("n")+".eml.txt", raw)
}

// attachment gives a file of a mail as a download that no browser will interpret, whatever it calls itself.
func (s *server) attachment(w http.ResponseWriter, r *http.Request) {
	_, m, raw := s.rawMail(w, r)
	if m == nil {
		return
	}
	n, err := strconv.Atoi(r.PathValue("file"))
	if err != nil || n < 0 || n >= len(m.Attachments) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The mail has no such file.")
		return
	}
	data := mail.AttachmentData(raw, n, mail.DefaultLimits)
	if data == nil && m.Attachments[n].Size > 0 {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The file cannot be taken out. Download the whole mail.")
		return
	}
	inert(w, m.Attachments[n].Name, data)
}

// inert writes a download.
func inert(w http.ResponseWriter, name string, data []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	if h.Get("Content-Disposition") == "" {
		h.Set("Content-Disposition", "attachment")
	}
	h.Set("Content-Security-Policy", policy+"; sandbox")
	h.Set("Content-Length", strconv.Itoa(len(data)))
	_, _ = w.Write(data)
}

// rawMail reads the mail that the address names, or answers and gives nil.
func (s *server) rawMail(w http.ResponseWriter, r *http.Request) (*ticket.Turn, *ticket.Incoming, []byte) {
	t := s.find(w, r)
	if t == nil {
		return nil, nil, nil
	}
	n, err := strconv.Atoi(r.PathValue("n"))
	if err != nil || n < 0 || n >= len(t.Mails) {
		s.message(w, r, http.StatusNotFound, "There is nothing here", "The turn has no such mail.")
		return nil, nil, nil
	}
	data, err := s.Desk.Raw(t.Mails[n].Key)
	if err != nil {
		s.failed(w, r, err)
		return nil, nil, nil
	}
	return t, &t.Mails[n], data
}
