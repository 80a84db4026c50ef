package mail

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/emersion/go-message"
	gomail "github.com/emersion/go-message/mail"
)

// Errors of Compose.
var (
	ErrAddress = errors.New("mail: compose: sender and recipient each need one valid address")
	ErrNoDate  = errors.New("mail: compose: no date (RFC 5322 section 3.6 wants one)")
)

// maxReferences bounds the References that a reply carries.
const maxReferences = 20

// Compose writes a reply as RFC 5322 bytes with CRLF line ends: multipart/alternative with plain text and
// HTML, either alone if the other is empty. The same Outgoing gives the same bytes. Values lose CR, LF and
// other controls, so none can add a header of its own. X-Auto-Response-Suppress: OOF, AutoReply is always
// set, for Exchange ([MS-OXCMAIL] section 2.1.3.2.23); All would also suppress delivery reports, which we
// want.
func Compose(o Outgoing) ([]byte, error) {
	if o.From.Normal() == "" || o.To.Normal() == "" {
		return nil, ErrAddress
	}
	if o.Date.IsZero() {
		return nil, ErrNoDate
	}
	var out bytes.Buffer
	parts := bodies(o)
	h := composeHeader(o)
	if len(parts) == 1 {
		setBody(&h, parts[0].kind)
		if err := writeBody(message.CreateWriter, &out, h, parts[0].text); err != nil {
			return nil, err
		}
		return out.Bytes(), nil
	}
	h.SetContentType("multipart/alternative", map[string]string{"boundary": boundary(o)})
	w, err := message.CreateWriter(&out, h)
	if err != nil {
		return nil, fmt.Errorf("mail: compose: %w", err)
	}
	for _, p := range parts {
		var ph message.Header
		setBody(&ph, p.kind)
		create := func(_ io.Writer, h message.Header) (*message.Writer, error) { return w.CreatePart(h) }
		if err := writeBody(create, nil, ph, p.text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("mail: compose: %w", err)
	}
	return out.Bytes(), nil
}

type bodyPart struct{ kind, text string }

func bodies(o Outgoing) []bodyPart {
	var out []bodyPart
	if o.Text != "" || o.HTML == "" {
		out = append(out, bodyPart{"text/plain", o.Text})
	}
	if o.HTML != "" {
		out = append(out, bodyPart{"text/html", o.HTML})
	}
	return out
}

// composeHeader: the library writes the field added last first, so this reads from bottom to top.
func composeHeader(o Outgoing) message.Header {
	var h gomail.Header
	h.Add("X-Auto-Response-Suppress", "OOF, AutoReply")
	if o.Automatic {
		h.Add("Auto-Submitted", "auto-replied")
	}
	if refs := references(o); len(refs) > 0 {
		h.Add("References", strings.Join(refs, " "))
	}
	if id := messageIDs(oneLine(o.InReplyTo)); len(id) > 0 {
		h.Add("In-Reply-To", id[0])
	}
	if id := messageIDs(oneLine(o.MessageID)); len(id) > 0 {
		h.Add(LoopHeader, id[0])
		h.Add("Message-Id", id[0])
	}
	h.Add("Date", o.Date.Format(time.RFC1123Z))
	h.SetSubject(oneLine(o.Subject))
	h.SetAddressList("To", []*gomail.Address{libAddress(o.To)})
	h.SetAddressList("From", []*gomail.Address{libAddress(o.From)})
	h.Add("MIME-Version", "1.0")
	return h.Header
}

// references keeps the root of the thread and the newest ids, at most 20 (RFC 5322 section 3.6.4).
func references(o Outgoing) []string {
	ids := messageIDs(oneLine(strings.Join(o.References, " ")))
	if len(ids) > maxReferences {
		ids = append(ids[:1:1], ids[len(ids)-maxReferences+1:]...)
	}
	return ids
}

func libAddress(a Address) *gomail.Address {
	name := strings.TrimSpace(stripInvisible(oneLine(a.Name)))
	return &gomail.Address{Name: name, Address: strings.TrimSpace(a.Address)}
}

func setBody(h *message.Header, kind string) {
	h.Set("Content-Transfer-Encoding", "quoted-printable")
	h.SetContentType(kind, map[string]string{"charset": "utf-8"})
}

type createFunc func(io.Writer, message.Header) (*message.Writer, error)

func writeBody(create createFunc, out io.Writer, h message.Header, text string) error {
	w, err := create(out, h)
	if err != nil {
		return fmt.Errorf("mail: compose: %w", err)
	}
	text = strings.ToValidUTF8(text, "\uFFFD")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	if _, err = io.WriteString(w, strings.ReplaceAll(text, "\n", "\r\n")); err == nil {
		err = w.Close()
	}
	if err != nil {
		return fmt.Errorf("mail: compose: %w", err)
	}
	return nil
}

// boundary is a hash of the texts: it is the same every time and cannot stand in them.
func boundary(o Outgoing) string {
	sum := sha256.Sum256([]byte(o.MessageID + "\x00" + o.Text + "\x00" + o.HTML))
	return "replyd-" + hex.EncodeToString(sum[:16])
}
