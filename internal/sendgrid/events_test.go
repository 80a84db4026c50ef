package sendgrid

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type signer struct {
	key    *ecdsa.PrivateKey
	public string
}

func publicOf(t testing.TB, public any) string {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return base64.StdEncoding.EncodeToString(der)
}

func newSigner(t testing.TB, curve elliptic.Curve) signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, publicOf(t, &key.PublicKey)}
}

// request is a request of SendGrid's webhook, signed at a moment.
func (s signer) request(t testing.TB, body string, stamp string) *http.Request {
	t.Helper()
	hash := sha256.Sum256([]byte(stamp + body))
	sig, err := ecdsa.SignASN1(rand.Reader, s.key, hash[:])
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/events", nil)
	r.Header.Set(SignatureHeader, base64.StdEncoding.EncodeToString(sig))
	r.Header.Set(TimestampHeader, stamp)
	return r
}

func TestEventsAreRead(t *testing.T) {
	s, now := newSigner(t, elliptic.P256()), time.Unix(1_800_000_000, 0)
	body := `[
{"email":"ada@customer.example","timestamp":1799999990,"event":"processed","sg_event_id":"e1","turn":"u1",
 "sg_message_id":"14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0"},
{"timestamp":"1799999991","event":"delivered","sg_event_id":"e2==","turn":"u1","sg_message_id":"8X2g_k-Q.recvd-59d-1-0"},
{"timestamp":1799999992,"event":"bounce","turn":"u1","type":"bounce","status":"5.1.1",
 "reason":"550 ada@customer.example unknown","bounce_classification":"Invalid Address"},
{"timestamp":1799999993,"event":"bounce","turn":"u2","type":"blocked","status":"4.0.0","reason":"spam from ada@customer.example"},
{"timestamp":1799999994,"event":"dropped","turn":"u3","reason":"Bounced Address"},
{"timestamp":1799999995,"event":"deferred","turn":"u3","status":"4.2.2","response":"mailbox full"},
{"timestamp":1799999996,"event":"spamreport","turn":"u3"},
{"timestamp":1799999997,"event":"open","turn":"u3"},
{"event":"group_resubscribe","turn":{"a":1},"timestamp":-5,"sg_event_id":"has spaces","sg_message_id":7},
"no object", 5, null, []
]`
	got, err := VerifyEvents(s.public, s.request(t, body, "1800000000"), []byte(body), now)
	if err != nil {
		t.Fatal(err)
	}
	at := func(n int64) time.Time { return time.Unix(n, 0).UTC() }
	want := []Event{
		{ID: "e1", Turn: "u1", ProviderID: "14c5d75ce93.dfd.64b469", Kind: Processed, At: at(1799999990)},
		{ID: "e2==", Turn: "u1", ProviderID: "8X2g_k-Q", Kind: Delivered, At: at(1799999991)},
		{Turn: "u1", Kind: Bounce, Reason: "invalid address", At: at(1799999992)},
		{Turn: "u2", Kind: Bounce, Reason: "blocked", At: at(1799999993)},
		{Turn: "u3", Kind: Dropped, Reason: "bounced before", At: at(1799999994)},
		{Turn: "u3", Kind: Deferred, Reason: "4.2.2", At: at(1799999995)},
		{Turn: "u3", Kind: SpamReport, At: at(1799999996)},
		{Turn: "u3", Kind: Other, At: at(1799999997)},
		{Kind: Other},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !got[2].Kind.Failed() || !got[4].Kind.Failed() || got[5].Kind.Failed() || got[1].Kind.Failed() {
		t.Error("bounce and dropped are failures, deferred is not")
	}
}

func TestForgeriesAndReplaysAreRefused(t *testing.T) {
	s, other := newSigner(t, elliptic.P256()), newSigner(t, elliptic.P256())
	now := time.Unix(1_800_000_000, 0)
	const body = `[{"event":"delivered"}]`
	good := func() *http.Request { return s.request(t, body, "1800000000") }
	with := func(name, value string) *http.Request { r := good(); r.Header.Set(name, value); return r }
	zeros := base64.StdEncoding.EncodeToString([]byte{0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x00})
	for name, tc := range map[string]struct {
		r    *http.Request
		body string
		want error
	}{
		"genuine":             {good(), body, nil},
		"body changed":        {good(), body + " ", ErrSignature},
		"another key":         {other.request(t, body, "1800000000"), body, ErrSignature},
		"timestamp changed":   {with(TimestampHeader, "1800000001"), body, ErrSignature},
		"no signature":        {with(SignatureHeader, ""), body, ErrSignature},
		"no base64":           {with(SignatureHeader, "%%%"), body, ErrSignature},
		"empty sequence":      {with(SignatureHeader, "MAA="), body, ErrSignature},
		"zeros":               {with(SignatureHeader, zeros), body, ErrSignature},
		"no headers":          {httptest.NewRequest("POST", "/", nil), body, ErrSignature},
		"replayed":            {s.request(t, body, "1799999399"), body, ErrStale},
		"just fresh":          {s.request(t, body, "1799999400"), body, nil},
		"from the future":     {s.request(t, body, "1800000601"), body, ErrStale},
		"no number":           {s.request(t, body, "now"), body, ErrStale},
		"overflowing":         {s.request(t, body, "-9223372036854775808"), body, ErrStale},
		"endless timestamp":   {s.request(t, body, strings.Repeat("1", 40)), body, ErrSignature},
		"no list":             {s.request(t, `{"event":"x"}`, "1800000000"), `{"event":"x"}`, ErrEvents},
		"no JSON":             {s.request(t, `[`, "1800000000"), `[`, ErrEvents},
		"empty list":          {s.request(t, `[]`, "1800000000"), `[]`, nil},
		"too large":           {good(), strings.Repeat(" ", MaxEventBody+1), ErrTooLarge},
		"signed without time": {s.request(t, body, ""), body, ErrStale},
	} {
		if _, err := VerifyEvents(s.public, tc.r, []byte(tc.body), now); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

func TestOnlyP256KeysAreTaken(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	good := newSigner(t, elliptic.P256())
	pem := "-----BEGIN PUBLIC KEY-----\n" + good.public[:64] + "\n" + good.public[64:] + "\n-----END PUBLIC KEY-----\n"
	for name, tc := range map[string]struct {
		key string
		ok  bool
	}{
		"base64": {good.public, true}, "PEM": {pem, true},
		"RSA":   {publicOf(t, &rsaKey.PublicKey), false},
		"P-384": {newSigner(t, elliptic.P384()).public, false},
		"empty": {"", false}, "garbage": {"AAAA", false}, "no base64": {"!", false},
	} {
		if _, err := parseKey(tc.key); (err == nil) != tc.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVeryManyEventsAreBounded(t *testing.T) {
	body := "[" + strings.TrimSuffix(strings.Repeat(`{},`, maxEvents+5), ",") + "]"
	got, err := parseEvents([]byte(body))
	if err != nil || len(got) != maxEvents {
		t.Errorf("%d events, %v", len(got), err)
	}
}

func FuzzParseEvents(f *testing.F) {
	f.Add([]byte(`[{"event":"bounce","turn":"u1","timestamp":1799999990,"status":"5.1.1"}]`))
	f.Add([]byte(`[{"event":1,"timestamp":1e300,"turn":null,"sg_message_id":".recvd-"}]`))
	f.Fuzz(func(t *testing.T, body []byte) {
		events, err := parseEvents(body)
		if err != nil && events != nil {
			t.Error("events and an error")
		}
		for _, e := range events {
			if strings.ContainsAny(e.Turn+e.ID+e.ProviderID+e.Reason, "@\r\n") {
				t.Errorf("%+v may hold an address", e)
			}
			if _, err := json.Marshal(e); err != nil { // the store keeps it
				t.Error(err)
			}
		}
	})
}

func FuzzVerifyEvents(f *testing.F) {
	s := newSigner(f, elliptic.P256())
	f.Add(s.public, "MAA=", "1800000000", []byte(`[]`))
	f.Fuzz(func(t *testing.T, key, signature, stamp string, body []byte) {
		r := &http.Request{Header: http.Header{}}
		r.Header.Set(SignatureHeader, signature)
		r.Header.Set(TimestampHeader, stamp)
		if _, err := VerifyEvents(key, r, body, time.Unix(1_800_000_000, 0)); err == nil {
			t.Error("a forgery went through: " + fmt.Sprint(key, signature, stamp))
		}
	})
}
