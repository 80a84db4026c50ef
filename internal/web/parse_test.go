package web

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/replyd/replyd/internal/ticket"
)

// FuzzToken: no text but the one that RatingURL made is taken for signed.
func FuzzToken(f *testing.F) {
	secret := bytes.Repeat([]byte("k"), 32)
	turn := &ticket.Turn{ID: "u1", Ticket: "t1", Sender: ticket.Identity{Address: "a@example.com"}}
	link := RatingURL("https://x/", secret, "t1", "u1", "a@example.com", time.Unix(1e9, 0))
	good := strings.TrimPrefix(link, "https://x/r/")
	mac := good[len(good)-22:]
	for _, seed := range []string{good, good + "x", "u1..", "...", strings.ToUpper(good), "u1.-1." + mac} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		k, ok := parseToken(token)
		if ok && k.signed(secret, turn) != (token == good) {
			t.Errorf("%q counts as signed: %v", token, !(token == good))
		}
		if validNonce(secret, token, token, time.Now()) {
			t.Errorf("%q is a nonce", token)
		}
	})
}

// FuzzHash: a hash that is accepted is bounded in what it costs.
func FuzzHash(f *testing.F) {
	good, err := HashPassword("correct horse")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdHNhbHQ$")
	f.Add("$argon2id$v=19$m=-1,t=0,p=999$$")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := parseHash(text)
		if err == nil && (h.memory > 256<<10 || h.time > 10 || h.lanes > 16 || len(h.key) != argonKey) {
			t.Errorf("%q: %+v", text, h)
		}
	})
}

// FuzzHighlight: the pieces are the text again, and only quotes are marked.
func FuzzHighlight(f *testing.F) {
	f.Add("where is it? where?", "where", "is it")
	f.Add("aaaa", "aa", "a")
	f.Add("سلام", "لا", "")
	f.Add("it does\nnot fit", "does not", "fit")
	f.Fuzz(func(t *testing.T, text, a, b string) {
		var whole strings.Builder
		for _, s := range highlight(text, []string{a, b}) {
			whole.WriteString(s.Text)
			words := strings.Join(strings.Fields(s.Text), " ")
			is := func(q string) bool { return words == strings.Join(strings.Fields(q), " ") }
			if s.Mark && !is(a) && !is(b) {
				t.Errorf("piece %q", s.Text)
			}
		}
		if whole.String() != text {
			t.Errorf("%q became %q", text, whole.String())
		}
	})
}

func TestAnEditKeepsLinksAndNumbersInOrder(t *testing.T) {
	got := textHTML("سفارش #1001 <b>\nhttps://x.example/a?b=1&c=\"2\". a@x.example\n\nپایان", "fa")
	want := `<p lang="fa" dir="rtl">سفارش <bdi dir="ltr">#1001</bdi> &lt;b&gt;<br>
<a href="https://x.example/a?b=1&amp;c="><bdi dir="ltr">https://x.example/a?b=1&amp;c=</bdi></a>` +
		`&#34;2&#34;. <bdi dir="ltr">a@x.example</bdi></p>
<p lang="fa" dir="rtl">پایان</p>
`
	if !strings.Contains(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAgeIsToldInItsLargestUnit(t *testing.T) {
	en := &locale{Lang: "en"}
	for d, want := range map[time.Duration]string{
		-time.Hour: "now", 59 * time.Second: "now", 59 * time.Minute: "59 min", 47 * time.Hour: "47 h",
		48 * time.Hour: "2 d",
	} {
		if got := en.age(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestEveryStateAndViewHasALabel(t *testing.T) {
	for _, s := range ticket.States {
		if stateLabel(s) == "" {
			t.Errorf("%s has no label", s)
		}
	}
	for _, v := range ticket.Views {
		if labelOf(v) == "" {
			t.Errorf("view %s has no label", v)
		}
	}
}

// FuzzDiff: what is common and added makes the new text, what is common and taken out the old one.
func FuzzDiff(f *testing.F) {
	f.Add("Hello Ada, it is here", "Hello Bob, it is not here")
	f.Add("", "x")
	f.Add("یک دو", "دو سه\n\n")
	f.Fuzz(func(t *testing.T, a, b string) {
		var before, after strings.Builder
		for _, p := range diffWords(a, b) {
			if p.Kind != "ins" {
				before.WriteString(p.Text)
			}
			if p.Kind != "del" {
				after.WriteString(p.Text)
			}
		}
		if after.String() != b || before.String() != a {
			t.Errorf("%q → %q became %q → %q", a, b, before.String(), after.String())
		}
	})
}

func TestOnlyThisDesksAddressesAreFollowed(t *testing.T) {
	for in, want := range map[string]string{"/turns/u1?x": "/turns/u1?x", "//evil.example": "/", "https://x": "/",
		"": "/", "/\\evil.example": "/", "/a\r\nb": "/"} {
		if got := localPath(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestEveryLanguageHasAllWords(t *testing.T) {
	for _, lang := range []string{"en", "fa", "de", "fr", "es"} {
		w := wordsFor(lang)
		texts := append(w.Faces[:], w.Title, w.Question, w.Comment, w.Send, w.Thanks, w.Change, w.Again,
			w.Expired, w.Invalid)
		for _, text := range texts {
			if w.Lang != lang || text == "" {
				t.Errorf("%s lacks a text", lang)
			}
		}
	}
}
