package webhook_test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/webhook"
)

// TestTheSignatureIsTheConventions takes the example of the Standard Webhooks libraries.
func TestTheSignatureIsTheConventions(t *testing.T) {
	key, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := webhook.Sign(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestEveryAnswerBut2xxIsAnErrorWithoutTheAddress(t *testing.T) {
	for _, status := range []int{200, 202, 204, 301, 302, 307, 400, 401, 404, 410, 429, 500, 503} {
		calls := 0
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			calls++
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		}))
		c, err := webhook.New(webhook.Config{URL: s.URL + "/services/T1/secret"})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Post(t.Context(), "a", time.Now(), []byte("{}"))
		s.Close()
		if (err == nil) != (status < 300) || errors.Is(err, webhook.ErrGone) != (status == 410) || calls != 1 {
			t.Errorf("%d: %v after %d calls", status, err, calls)
		}
		gone := c.Post(t.Context(), "a", time.Now(), []byte("{}"))
		for _, err := range []error{err, gone} {
			if err != nil && (strings.Contains(err.Error(), "secret") || strings.Contains(err.Error(), "127.0.0.1")) {
				t.Errorf("%d: %v", status, err)
			}
		}
		if gone == nil {
			t.Error("a server that is gone took a call")
		}
	}
}
