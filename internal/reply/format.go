package reply

import (
	"fmt"
	"strings"
	"time"

	"github.com/replyd/replyd/internal/shop"
)

// locale is how one language writes numbers, money and days.
type locale struct {
	lang, dir      string
	group, decimal string
	months         [12]string
	day            func(l *locale, t time.Time) string
	open, close    string // quotation marks
	colon          string
	digits         string // the ten digits; empty for ASCII
	before         bool   // the currency sign stands before the amount
}

// locales holds the languages that replyd answers in. Number and date patterns follow Unicode CLDR 46
// (https://cldr.unicode.org, gregorian "long" dates and "standard" currency patterns).
func newLocales() map[string]*locale {
	return map[string]*locale{
		"en": {
			lang: "en", colon: ":", dir: "ltr", group: ",", decimal: ".", open: "“", close: "”", before: true,
			months: [12]string{
				"January", "February", "March", "April", "May", "June", "July", "August",
				"September", "October", "November", "December",
			},
			day: func(l *locale, t time.Time) string {
				return fmt.Sprintf("%d %s %d", t.Day(), l.months[t.Month()-1], t.Year())
			},
		},
		"de": {
			lang: "de", colon: ":", dir: "ltr", group: ".", decimal: ",", open: "„", close: "“",
			months: [12]string{
				"Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August",
				"September", "Oktober", "November", "Dezember",
			},
			day: func(l *locale, t time.Time) string {
				return fmt.Sprintf("%d. %s %d", t.Day(), l.months[t.Month()-1], t.Year())
			},
		},
		"fr": {
			lang: "fr", colon: "\u00a0:", dir: "ltr", group: "\u202f", decimal: ",", open: "«\u00a0", close: "\u00a0»",
			months: [12]string{
				"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août",
				"septembre", "octobre", "novembre", "décembre",
			},
			day: frenchDay,
		},
		"es": {
			lang: "es", colon: ":", dir: "ltr", group: ".", decimal: ",", open: "«", close: "»",
			months: [12]string{
				"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto",
				"septiembre", "octubre", "noviembre", "diciembre",
			},
			day: func(l *locale, t time.Time) string {
				return fmt.Sprintf("%d de %s de %d", t.Day(), l.months[t.Month()-1], t.Year())
			},
		},
		"fa": {
			lang: "fa", colon: ":", dir: "rtl", group: "٬", decimal: "٫", open: "«", close: "»", digits: "۰۱۲۳۴۵۶۷۸۹",
			months: [12]string{
				"ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت",
				"سپتامبر", "اکتبر", "نوامبر", "دسامبر",
			},
			day: persianDay,
		},
	}
}

// frenchDay writes the first of a month as an ordinal: 1er décembre 2026.
func frenchDay(l *locale, t time.Time) string {
	day := fmt.Sprint(t.Day())
	if t.Day() == 1 {
		day = "1er"
	}
	return fmt.Sprintf("%s %s %d", day, l.months[t.Month()-1], t.Year())
}

var jalaliMonths = [12]string{
	"فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
}

// persianDay writes the Jalali day. A store outside Iran and Afghanistan has customers who live with both
// calendars, so there the Gregorian day follows in brackets.
func persianDay(l *locale, t time.Time) string {
	y, m, d := shop.Jalali(t)
	s := fmt.Sprintf("%d %s %d", d, jalaliMonths[m-1], y)
	if zone := t.Location().String(); zone != "Asia/Tehran" && zone != "Asia/Kabul" {
		s += fmt.Sprintf(" (%d %s %d)", t.Day(), l.months[t.Month()-1], t.Year())
	}
	return l.number(s)
}

// number writes ASCII digits in the language's own.
func (l *locale) number(s string) string {
	if l.digits == "" {
		return s
	}
	own := []rune(l.digits)
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return own[r-'0']
		}
		return r
	}, s)
}

// signs are currency signs that mean one currency only. The dollar sign is read as US dollars; other dollars,
// and crowns, are written with their ISO 4217 code.
var signs = map[string]string{"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "TRY": "₺"}

// persianCurrencies are the names that Persian text uses instead of signs.
var persianCurrencies = map[string]string{
	"EUR": "یورو", "USD": "دلار", "GBP": "پوند", "IRR": "ریال", "TRY": "لیر", "AED": "درهم", "CHF": "فرانک سوئیس",
}

// money writes an amount: €1,234.50 · 1.234,50 € · ۱٬۲۳۴٫۵۰ یورو. Whole rials lose their decimals, which no
// one in Iran writes.
func (l *locale) money(m shop.Money) string {
	sign, amount := "", m.Decimal()
	if strings.HasPrefix(amount, "-") {
		sign, amount = "-", amount[1:]
	}
	whole, fraction, _ := strings.Cut(amount, ".")
	var b strings.Builder
	for i, r := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(l.group)
		}
		b.WriteRune(r)
	}
	if fraction != "" && !(m.Currency == "IRR" && strings.Trim(fraction, "0") == "") {
		b.WriteString(l.decimal + fraction)
	}
	digits := sign + l.number(b.String())
	if l.lang == "fa" {
		if name := persianCurrencies[m.Currency]; name != "" {
			return digits + " " + name
		}
		return digits + " " + m.Currency
	}
	mark := signs[m.Currency]
	switch {
	case mark == "":
		return digits + "\u00a0" + m.Currency
	case l.before:
		return sign + mark + strings.TrimPrefix(digits, sign)
	}
	return digits + "\u00a0" + mark
}
