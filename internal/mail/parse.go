package mail

import "time"

// Limits bounds what Parse does with one mail.
type Limits struct {
	Bytes int           // of the raw mail; what is beyond is not read
	Parts int           // MIME parts
	Depth int           // nesting of multiparts
	Time  time.Duration // for the whole of Parse
}

// DefaultLimits: no provider delivers more than 25 MiB to a support inbox by default (Gmail 25 MB, Outlook 25 MB);
// the others are far above anything that a person's mail program writes.
var DefaultLimits = Limits{Bytes: 25 << 20, Parts: 500, Depth: 20, Time: time.Minute}

// Parse reads a mail.
func Parse(raw []byte, lim Limits) *Mail {
	m := &Mail{Size: len(raw), Complete: true}
	h, body, _ := splitHeader(raw)
	h.decodeRaw("")
	m.Header = h
	m.Subject = decodeWords(h.Get("Subject"))
	if ids := messageIDs(h.Get("Message-Id")); len(ids) > 0 {
		m.MessageID = ids[0]
	}
	for _, v := range h.All("From") {
		m.From = append(m.From, addresses(v)...)
	}
	m.To = addresses(h.Get("To"))
	m.Text = string(body)
	m.Reply = ReplyText(m.Text)
	return m
}
