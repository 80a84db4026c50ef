package sandbox

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/sendgrid/rest"
	"github.com/sendgrid/sendgrid-go"
	"github.com/sendgrid/sendgrid-go/helpers/eventwebhook"
	sgmail "github.com/sendgrid/sendgrid-go/helpers/mail"
)

// goodMail is a request that SendGrid takes.
func goodMail(to string) *sgmail.SGMailV3 {
	m := sgmail.NewV3Mail()
	m.SetFrom(sgmail.NewEmail("Lavender & Oak", "support@lavender-oak.example"))
	m.Subject = "Re: Order #1001"
	p := sgmail.NewPersonalization()
	p.AddTos(sgmail.NewEmail("Anna", to))
	m.AddPersonalizations(p)
	m.AddContent(sgmail.NewContent("text/plain", "It is on its way."), sgmail.NewContent("text/html",
		"<p>It is on its way.</p>"))
	m.SetHeader("Message-ID", "<r1@lavender-oak.example>")
	m.SetHeader("In-Reply-To", "<a1@posteo.example>")
	m.SetCustomArg("turn", "u123")
	off := sgmail.NewTrackingSettings()
	off.SetClickTracking(sgmail.NewClickTrackingSetting().SetEnable(false).SetEnableText(false))
	off.SetOpenTracking(sgmail.NewOpenTrackingSetting().SetEnable(false))
	off.SetSubscriptionTracking(sgmail.NewSubscriptionTrackingSetting().SetEnable(false))
	m.SetTrackingSettings(off)
	return m
}

func sendWith(t testing.TB, w *World, key string, body []byte) *rest.Response {
	t.Helper()
	r := sendgrid.GetRequest(key, "/v3/mail/send", w.SendGridURL)
	r.Method, r.Body = rest.Post, body
	a, err := sendgrid.API(r)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestSendGridTakesWhatItsOwnLibraryWrites(t *testing.T) {
	w := world(t, small(t), Options{})
	a := sendWith(t, w, w.SendGridKey, sgmail.GetRequestBody(goodMail("anna@posteo.example")))
	if a.StatusCode != 202 || len(a.Headers["X-Message-Id"]) != 1 {
		t.Fatalf("%d %s %v", a.StatusCode, a.Body, a.Headers)
	}
	box := w.Outbox()
	if len(box) != 1 {
		t.Fatalf("%d mails in the outbox", len(box))
	}
	want := Sent{
		ID: a.Headers["X-Message-Id"][0], At: box[0].At, To: Address{"anna@posteo.example", "Anna"},
		From: Address{"support@lavender-oak.example", "Lavender & Oak"}, Subject: "Re: Order #1001",
		Text: "It is on its way.", HTML: "<p>It is on its way.</p>", Event: "delivered",
		Headers: map[string]string{"Message-ID": "<r1@lavender-oak.example>", "In-Reply-To": "<a1@posteo.example>"},
		Args:    map[string]string{"turn": "u123"},
	}
	if d := cmp.Diff(want, box[0]); d != "" {
		t.Error(d)
	}
	for path, want := range map[string]string{"outbox": "It is on its way.", "journal": "/v3/mail/send"} {
		r, err := http.Get(w.SendGridURL + "/_sandbox/" + path)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if !json.Valid(b) || !strings.Contains(string(b), want) || strings.Contains(string(b), w.SendGridKey) {
			t.Errorf("%s: %s", path, b)
		}
	}
}

// badMails are changes to a good mail that SendGrid does not take, with the status and the field that it names.
var badMails = map[string]struct {
	change func(m map[string]any)
	status int
	field  string
}{
	"unknown property": {func(m map[string]any) { m["sujet"] = "x" }, 400, "sujet"},
	"wrong type":       {func(m map[string]any) { m["subject"] = 7 }, 400, "subject"},
	"no from":          {func(m map[string]any) { delete(m, "from") }, 400, "from.email"},
	"foreign from": {func(m map[string]any) { m["from"] = map[string]any{"email": "a@evil.example"} },
		403, "from"},
	"no personalization": {func(m map[string]any) { m["personalizations"] = []any{} }, 400, "personalizations"},
	"no recipient": {func(m map[string]any) { m["personalizations"] = []any{map[string]any{}} }, 400,
		"personalizations.0.to"},
	"bad recipient": {func(m map[string]any) {
		m["personalizations"] = []any{map[string]any{"to": []any{map[string]any{"email": "anna"}}}}
	}, 400, "personalizations.0.to.0.email"},
	"duplicate recipient": {func(m map[string]any) {
		a := map[string]any{"email": "a@b.example"}
		m["personalizations"] = []any{map[string]any{"to": []any{a}, "cc": []any{a}}}
	}, 400, "personalizations.0.cc"},
	"no subject": {func(m map[string]any) { delete(m, "subject") }, 400, "subject"},
	"no content": {func(m map[string]any) { delete(m, "content") }, 400, "content"},
	"empty value": {func(m map[string]any) { m["content"] = []any{map[string]any{"type": "text/plain"}} }, 400,
		"content.0.value"},
	"html first": {func(m map[string]any) {
		l := m["content"].([]any)
		m["content"] = []any{l[1], l[0]}
	}, 400, "content"},
	"reserved header": {func(m map[string]any) { m["headers"] = map[string]any{"Reply-To": "x"} }, 400,
		"headers"},
	"header break": {func(m map[string]any) { m["headers"] = map[string]any{"X-A": "x\r\nBcc: y"} }, 400,
		"headers"},
	"large args": {func(m map[string]any) {
		m["custom_args"] = map[string]any{"a": strings.Repeat("x", 10_000)}
	}, 400, "personalizations.0.custom_args"},
	"too large": {func(m map[string]any) { m["subject"] = strings.Repeat("x", 30<<20) }, 413, ""},
}

func TestSendGridRefusesWhatTheRealOneRefuses(t *testing.T) {
	w := world(t, small(t), Options{})
	for name, c := range badMails {
		var m map[string]any
		if err := json.Unmarshal(sgmail.GetRequestBody(goodMail("anna@posteo.example")), &m); err != nil {
			t.Fatal(err)
		}
		c.change(m)
		body, _ := json.Marshal(m)
		a := sendWith(t, w, w.SendGridKey, body)
		var out struct {
			Errors []struct {
				Message string  `json:"message"`
				Field   *string `json:"field"`
			} `json:"errors"`
		}
		if err := json.Unmarshal([]byte(a.Body), &out); err != nil || len(out.Errors) == 0 ||
			a.StatusCode != c.status {
			t.Errorf("%s: %d %s", name, a.StatusCode, a.Body)
			continue
		}
		if f := out.Errors[0].Field; c.field != "" && (f == nil || *f != c.field) {
			t.Errorf("%s: names another field: %s", name, a.Body)
		}
	}
	if a := sendWith(t, w, "SG.wrong", sgmail.GetRequestBody(goodMail("a@b.example"))); a.StatusCode != 401 {
		t.Errorf("wrong key: %d", a.StatusCode)
	}
	if n := len(w.Outbox()); n != 0 {
		t.Errorf("%d refused mails lie in the outbox", n)
	}
}

func TestSendGridSignsItsEvents(t *testing.T) {
	type event struct {
		header http.Header
		body   []byte
	}
	got := make(chan event, 8)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got <- event{r.Header, b}
	}))
	defer hook.Close()
	w := world(t, small(t), Options{EventURL: hook.URL})
	key, err := eventwebhook.ConvertPublicKeyBase64ToECDSA(w.SendGridPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	for to, want := range map[string]string{"anna@posteo.example": "delivered", "bounce@web.example": "bounce"} {
		sendWith(t, w, w.SendGridKey, sgmail.GetRequestBody(goodMail(to)))
		e := <-got
		ok, err := eventwebhook.VerifySignature(key, e.body, e.header.Get(eventwebhook.VerificationHTTPHeader),
			e.header.Get(eventwebhook.TimestampHTTPHeader))
		if err != nil || !ok {
			t.Errorf("%s: signature: %v %v", to, ok, err)
		}
		var list []map[string]any
		if err := json.Unmarshal(e.body, &list); err != nil {
			t.Fatal(err)
		}
		if at(list[1], "event") != want || at(list[1], "turn") != "u123" || at(list[1], "email") != to {
			t.Errorf("%s: %s", to, e.body)
		}
	}
}

func TestSendGridFaultsHangOnRecipients(t *testing.T) {
	w := world(t, small(t), Options{})
	a := sendWith(t, w, w.SendGridKey, sgmail.GetRequestBody(goodMail("refused@web.example")))
	if a.StatusCode != 400 {
		t.Errorf("refused@: %d", a.StatusCode)
	}
	r := sendgrid.GetRequest(w.SendGridKey, "/v3/mail/send", w.SendGridURL)
	r.Method, r.Body = rest.Post, sgmail.GetRequestBody(goodMail("drop@web.example"))
	if a, err := sendgrid.API(r); err == nil {
		t.Errorf("drop@ answered %d", a.StatusCode)
	}
	box := w.Outbox()
	if len(box) != 1 || !box[0].Unknown {
		t.Errorf("drop@ must be accepted all the same: %v", box)
	}
	if err := w.AddFault(Fault{Service: SendGrid, Kind: RateLimited, Times: 1}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{429, 202} {
		a := sendWith(t, w, w.SendGridKey, sgmail.GetRequestBody(goodMail("anna@posteo.example")))
		if a.StatusCode != want {
			t.Errorf("%d, want %d", a.StatusCode, want)
		}
	}
}
