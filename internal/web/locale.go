package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
	"github.com/replyd/replyd/internal/ticket"
)

// locale is one language of the desk. English is what the templates say; the others translate those sentences.
type locale struct {
	Lang, Dir, Name string
	words           map[string]string // English sentence → this language's; nil for English
}

// languages of the desk. A language is added by a file locale/<lang>.json and a line here.
var languages = []struct{ lang, dir, name string }{{"en", "ltr", "English"}, {"fa", "rtl", "فارسی"}}

func loadLocales() (map[string]*locale, error) {
	out := map[string]*locale{}
	for _, l := range languages {
		loc := &locale{Lang: l.lang, Dir: l.dir, Name: l.name}
		if l.lang != "en" {
			data, err := files.ReadFile("locale/" + l.lang + ".json")
			if err != nil {
				return nil, fmt.Errorf("web: %w", err)
			}
			if err := json.Unmarshal(data, &loc.words); err != nil {
				return nil, fmt.Errorf("web: locale %s: %w", l.lang, err)
			}
		}
		out[l.lang] = loc
	}
	return out, nil
}

// say gives a sentence in this language, with its arguments set in as by fmt.Sprintf.
func (l *locale) say(sentence string, args ...any) string {
	if s := l.words[sentence]; s != "" {
		sentence = s
	}
	if len(args) > 0 {
		for i, a := range args {
			if n, ok := a.(int); ok {
				args[i] = l.num(n)
			}
		}
		sentence = fmt.Sprintf(sentence, args...)
	}
	return sentence
}

// label writes a name of the program's as people do: "order_status" as "order status".
func (l *locale) label(v any) string { return l.say(words(v)) }

var persianDigits = strings.NewReplacer("0", "۰", "1", "۱", "2", "۲", "3", "۳", "4", "۴", "5", "۵", "6", "۶",
	"7", "۷", "8", "۸", "9", "۹")

// num writes a number, or what holds digits, in this language's digits.
func (l *locale) num(v any) string {
	if l.Lang == "fa" {
		return persianDigits.Replace(fmt.Sprint(v))
	}
	return fmt.Sprint(v)
}

var jalaliMonths = strings.Fields("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند")

// when tells a time of the store's zone: in Persian by the Jalali calendar.
func (l *locale) when(t time.Time, zone *time.Location) string {
	t = t.In(zone)
	if l.Lang == "fa" {
		y, m, d := shop.Jalali(t)
		return l.num(fmt.Sprintf("%d %s %d، %s", d, jalaliMonths[m-1], y, t.Format("15:04")))
	}
	return t.Format("2 Jan 2006, 15:04")
}

// lately is when without the year, if that is the present one.
func (l *locale) lately(t, now time.Time, zone *time.Location) string {
	t, now = t.In(zone), now.In(zone)
	if l.Lang == "fa" {
		year, m, d := shop.Jalali(t)
		if thisYear, _, _ := shop.Jalali(now); year == thisYear {
			return l.num(fmt.Sprintf("%d %s، %s", d, jalaliMonths[m-1], t.Format("15:04")))
		}
	} else if t.Year() == now.Year() {
		return t.Format("2 Jan, 15:04")
	}
	return l.when(t, zone)
}

// moment tells a time near now as shortly as people do: of the same day its clock, else its day.
func (l *locale) moment(t, now time.Time, zone *time.Location) string {
	t = t.In(zone)
	switch {
	case t.Format(time.DateOnly) == now.In(zone).Format(time.DateOnly):
		return l.num(t.Format("15:04"))
	case l.Lang == "fa":
		_, m, d := shop.Jalali(t)
		return l.num(d) + " " + jalaliMonths[m-1]
	}
	return t.Format("2 Jan")
}

// age tells a duration in its largest unit.
func (l *locale) age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.say("now")
	case d < time.Hour:
		return l.say("%v min", int(d.Minutes()))
	case d < 48*time.Hour:
		return l.say("%v h", int(d.Hours()))
	}
	return l.say("%v d", int(d.Hours()/24))
}

// tongue names a language of replies.
func (l *locale) tongue(code string) string {
	name := map[string]string{"en": "English", "fa": "Persian", "de": "German", "fr": "French", "es": "Spanish"}[code]
	if name == "" {
		return code
	}
	return l.say(name)
}

// state says a state in the desk's words.
func (l *locale) state(s ticket.State) string { return l.say(stateLabel(s)) }

const languageCookie = "replyd_language"

// locale is the one that the browser chose.
func (s *server) locale(r *http.Request) *locale {
	if c, err := r.Cookie(languageCookie); err == nil {
		if l := s.pages.locales[c.Value]; l != nil {
			return l
		}
	}
	return s.pages.locales["en"]
}

// say is locale.say for a request.
func (s *server) say(r *http.Request, sentence string, args ...any) string {
	return s.locale(r).say(sentence, args...)
}

// setLanguage keeps the language of the desk in a cookie, for a year.
func (s *server) setLanguage(w http.ResponseWriter, r *http.Request) {
	if !s.form(w, r) {
		return
	}
	if l := s.pages.locales[r.PostForm.Get("language")]; l != nil {
		http.SetCookie(w, &http.Cookie{Name: languageCookie, Value: l.Lang, Path: "/", MaxAge: 365 * 24 * 3600,
			HttpOnly: true, Secure: s.secure, SameSite: http.SameSiteLaxMode})
	}
	back := "/"
	if u, err := url.Parse(r.Referer()); err == nil && u.Host == r.Host {
		back = u.RequestURI()
	}
	http.Redirect(w, r, localPath(back), http.StatusSeeOther)
}

// localPath gives an address of this desk, or the queue's.
func localPath(path string) string {
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") || strings.ContainsAny(path, "\\\r\n") {
		return "/"
	}
	return path
}
