package mail

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func reply() Outgoing {
	return Outgoing{
		From: Address{"Lavender & Oak", "support@lavender-oak.example"}, To: Address{"مریم", "maryam@customer.example"},
		Subject: "Re: سفارش ۱۰۰۱ و یک موضوع بسیار بلند که در یک خط جا نمی‌شود و باید شکسته شود",
		Text:    "سلام\n\nسفارش شما ارسال شد.\n.\nFrom here", HTML: `<p dir="rtl" lang="fa">سلام</p>`,
		MessageID: "<r.t1.h@lavender-oak.example>", InReplyTo: "<1@customer.example>",
		References: []string{"<0@customer.example>", "<1@customer.example>"},
		Date:       time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC), Automatic: true,
	}
}

func TestComposedMailReadsBack(t *testing.T) {
	o := reply()
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	m := Parse(raw, DefaultLimits)
	got := Outgoing{From: m.From[0], To: m.To[0], Subject: m.Subject, Text: m.Text, HTML: strings.TrimSpace(m.HTML),
		MessageID: m.MessageID, InReplyTo: m.InReplyTo[0], References: m.References, Date: m.Date, Automatic: o.Automatic}
	if diff := cmp.Diff(o, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if m.Header.Get("Auto-Submitted") != "auto-replied" || m.Header.Get("X-Auto-Response-Suppress") != "OOF, AutoReply" ||
		m.Header.Get(LoopHeader) != o.MessageID || m.Header.Has("Precedence") || m.Header.Has("Cc") || len(m.Problems) > 0 {
		t.Errorf("header %v, problems %q", m.Header, m.Problems)
	}
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Errorf("a bad line: %q", line)
		}
		for _, c := range line {
			if c >= 0x80 {
				t.Fatalf("eight-bit line: %q", line)
			}
		}
	}
	if again, _ := Compose(o); !bytes.Equal(raw, again) {
		t.Error("the same reply gave other bytes")
	}
	o.Automatic = false
	if raw, _ = Compose(o); Parse(raw, DefaultLimits).Header.Has("Auto-Submitted") {
		t.Error("a reply that a person approved says that it is automatic")
	}
}

func TestNobodyAddsAHeader(t *testing.T) {
	o := reply()
	evil := "x\r\nBcc: evil@x.example\r\n\r\n<p>"
	o.Subject, o.From.Name, o.To.Name, o.InReplyTo = evil, evil, evil, "<a@b>\r\nBcc: evil@x.example"
	o.References, o.MessageID = []string{"<a@b>\nBcc: e@x"}, "<a@b>\r\nBcc: evil@x.example"
	raw, err := Compose(o)
	if err != nil {
		t.Fatal(err)
	}
	if m := Parse(raw, DefaultLimits); m.Header.Has("Bcc") || len(m.To) != 1 || m.Text != o.Text {
		t.Errorf("got %+v", m.Header)
	}
	o.To.Address = "a@b.example\r\nBcc: evil@x.example"
	if _, err := Compose(o); !errors.Is(err, ErrAddress) {
		t.Errorf("got %v", err)
	}
	o = reply()
	o.Date = time.Time{}
	if _, err := Compose(o); !errors.Is(err, ErrNoDate) {
		t.Errorf("got %v", err)
	}
}

func TestReferencesKeepTheRoot(t *testing.T) {
	o := reply()
	o.References = nil
	for i := range 30 {
		o.References = append(o.References, "<"+strings.Repeat("x", i+1)+"@b>")
	}
	raw, _ := Compose(o)
	got := Parse(raw, DefaultLimits).References
	if len(got) != 20 || got[0] != o.References[0] || got[19] != o.References[29] {
		t.Errorf("%d ids: %q", len(got), got)
	}
}

func TestOwnMessageID(t *testing.T) {
	secret := []byte("secret of the store")
	id := NewMessageID(secret, "t0abc", "lavender-oak.example")
	if got, ok := OwnMessageID(secret, id); !ok || got != "t0abc" {
		t.Fatalf("%s is not ours: %q", id, got)
	}
	if _, ok := OwnMessageID(secret, strings.ToLower(strings.Trim(id, "<>"))); !ok {
		t.Error("without brackets it is not ours")
	}
	if NewMessageID(secret, "t0abc", "lavender-oak.example") == id {
		t.Error("the same id twice")
	}
	for name, forged := range map[string]string{
		"other ticket": strings.Replace(id, "t0abc", "t0abd", 1), "other domain": strings.Replace(id, "oak.example", "oak.evil", 1),
		"other random": "<x" + id[1:], "no tag": "<a.t0abc@lavender-oak.example>", "empty": "", "empty parts": "<..@>", "plain": "<a@b>",
	} {
		if _, ok := OwnMessageID(secret, forged); ok {
			t.Errorf("%s: %s passes", name, forged)
		}
	}
	if _, ok := OwnMessageID(nil, NewMessageID(nil, "t", "d")); ok {
		t.Error("an empty secret owns something")
	}
}

func TestKey(t *testing.T) {
	raw := "From: a@b.example\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@b>\r\n\r\nHello\r\n"
	key := func(account, raw string) string {
		return Key(account, Parse([]byte(raw), DefaultLimits), []byte(raw))
	}
	same := key("inbox", raw)
	for name, other := range map[string]string{
		"LF":             strings.ReplaceAll(raw, "\r\n", "\n"),
		"another relay":  "Received: by x\r\n" + raw,
		"trailing lines": raw + "\r\n\r\n",
	} {
		if key("inbox", other) != same {
			t.Errorf("%s: another key", name)
		}
	}
	for name, other := range map[string]string{
		"body": strings.Replace(raw, "Hello", "Bye", 1), "sender": strings.Replace(raw, "a@b", "c@b", 1),
		"date": strings.Replace(raw, "22 Nov", "23 Nov", 1), "id": strings.Replace(raw, "<1@b>", "<2@b>", 1),
		"no id": strings.Replace(raw, "Message-ID", "X-ID", 1),
	} {
		if key("inbox", other) == same {
			t.Errorf("%s: the same key", name)
		}
	}
	if key("other", raw) == same {
		t.Error("account: the same key")
	}
	if !strings.HasPrefix(key("inbox", strings.Replace(raw, "Hello", "Bye", 1)), "inbox\n<1@b>\n") {
		t.Error("the Message-ID cannot be searched for")
	}
}

func TestSubjects(t *testing.T) {
	for in, want := range map[string]string{
		"Hello": "Re: Hello", "Re: Hello": "Re: Hello", "RE: AW: Sv: Hello": "Re: Hello", "Re[2]: Hello": "Re: Hello", "": "Re: ",
		"回复：订单": "Re: 订单", "پاسخ: سفارش": "Re: سفارش", "Re: Fwd: Hello": "Re: Fwd: Hello", "Order: late": "Re: Order: late",
		"a\r\nBcc: b": "Re: a Bcc: b", "Re:": "Re: ", "R\u202eE: x": "Re: x",
	} {
		if got := ReplySubject(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
		if again := ReplySubject(ReplySubject(in)); again != want {
			t.Errorf("%q twice: %q", in, again)
		}
	}
	for _, s := range []string{"Fwd: x", "FW: x", "WG: x", "TR : x", "RV: x", "转发：x", "هدایت: x", "إعادة توجيه: x", "[Fwd: x]", "I: x", "Doorst: x"} {
		if !ForwardSubject(s) {
			t.Errorf("%q is a forward", s)
		}
	}
	for _, s := range []string{"x", "Re: Fwd: x", "Forward: march", "Where is it", "", ": x", "I want: a lamp"} {
		if ForwardSubject(s) {
			t.Errorf("%q is no forward", s)
		}
	}
}
