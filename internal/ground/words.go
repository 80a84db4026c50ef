package ground

import (
	"regexp"
	"strings"
	"sync"
)

// bounded compiles alternatives that must stand between characters that are no letters or digits. \b of
// regexp knows ASCII only.
func bounded(alternatives ...string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:^|[^\p{L}\p{N}])(` + strings.Join(alternatives, "|") + `)(?:$|[^\p{L}\p{N}])`)
}

// units are durations, to the word that stands for all their forms.
var units = forms{
	"minute": "minutes? mins? minuten? دقیقه minutos?",
	"hour":   "hours? hrs? stunden? std heures? horas? ساعت",
	"day": "days? tage?n? jours? días? dias? روزه? werktage?n? arbeitstage?n? business\\sdays? working\\sdays? " +
		"jours\\souvrés jours\\souvrables días\\shábiles días\\slaborables روز\\sکاری",
	"week":  "weeks? wochen? semaines? semanas? هفته",
	"month": "months? monate?n? mois mes(?:es)? ماه",
	"year":  "years? jahre?n? ans? années? años? سال",
}

// currencies are signs and words that name one currency.
var currencies = forms{
	"EUR": "€ eur euros? یورو",
	"USD": "us\\$ \\$ usd dollars? dólares dollar دلار",
	"CAD": "ca\\$ c\\$", "AUD": "a\\$ au\\$", "NZD": "nz\\$",
	"GBP": "£ gbp pounds? pfund livres? libras? پوند",
	"JPY": "¥ yen ین", "CNY": "rmb yuan یوان", "INR": "₹ rupees? روپیه",
	"TRY": "₺ lira لیر(?:ه)?", "RUB": "₽ روبل", "KRW": "₩",
	"IRR": "irr rials? ریال", "IRT": "tomans? تومان تومن",
	"AED": "dirhams? درهم", "CHF": "chf franken francs? فرانک\\sسوئیس", "SEK": "", "NOK": "", "DKK": "",
	"PLN": "zł", "CZK": "kč", "HUF": "", "RON": "", "BGN": "", "ILS": "₪", "SAR": "ریال\\sسعودی",
	"QAR": "", "KWD": "", "BHD": "", "OMR": "", "JOD": "", "IQD": "دینار", "TND": "", "MAD": "",
	"EGP": "", "ZAR": "", "BRL": "r\\$", "MXN": "pesos?", "ARS": "", "CLP": "", "COP": "",
	"SGD": "", "HKD": "", "TWD": "", "THB": "฿", "MYR": "", "IDR": "", "PHP": "₱", "VND": "₫",
	"ISK": "", "UAH": "₴", "AFN": "افغانی", "AMD": "", "GEL": "", "KZT": "", "PKR": "",
}

// months are names to the month's number; Jalali months count from 101.
var months = monthForms()

func monthForms() map[string]int {
	gregorian := []string{
		"january jan januar jänner janvier janv enero ene ژانویه",
		"february feb februar février févr febrero فوریه",
		"march mar märz mrz mars marzo مارس",
		"april apr avril avr abril abr آوریل اوریل",
		"may mai mayo مه",
		"june jun juni juin junio ژوئن",
		"july jul juli juillet juil julio ژوئیه جولای",
		"august aug août agosto ago اوت آگوست",
		"september sept sep septembre septiembre سپتامبر",
		"october oct oktober okt octobre octubre اکتبر",
		"november nov novembre noviembre نوامبر",
		"december dec dezember dez décembre déc diciembre dic دسامبر",
	}
	jalali := strings.Fields("فروردین اردیبهشت خرداد تیر مرداد شهریور مهر آبان آذر دی بهمن اسفند")
	out := map[string]int{}
	for i, names := range gregorian {
		for _, n := range strings.Fields(names) {
			out[fold(n)] = i + 1
		}
	}
	for i, n := range jalali {
		out[fold(n)] = jalaliMonth + i + 1
	}
	return out
}

// jalaliMonth is added to the numbers of Jalali months.
const jalaliMonth = 100

// calendar are words for a weekday, and for a day counted from the day of the draft. German "morgen" and
// Spanish "mañana" also mean the morning; a reader who is told to wait until then takes it for the day.
var calendar = forms{
	"weekday 1": "monday montag lundi lunes دوشنبه",
	"weekday 2": "tuesday dienstag mardi martes سه\\s?شنبه",
	"weekday 3": "wednesday mittwoch mercredi miércoles چهارشنبه",
	"weekday 4": "thursday donnerstag jeudi jueves پنج\\s?شنبه",
	"weekday 5": "friday freitag vendredi viernes جمعه",
	"weekday 6": "saturday samstag sonnabend samedi sábado شنبه",
	"weekday 0": "sunday sonntag dimanche domingo یک\\s?شنبه",
	"day 0":     "today tonight heute aujourd'hui hoy امروز امشب",
	"day 1":     "tomorrow (?-i:morgen) demain mañana فردا",
	"day 2":     "übermorgen après-demain پس\\s?فردا",
	"day -1":    "yesterday gestern hier\\ssoir ayer دیروز",
}

// spelled are number words, "one" and its sisters left out, because they are articles and pronouns as well.
// Persian "نه" (nine) is left out too: it mostly means no.
var spelled = map[string]int{
	"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11,
	"twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17, "eighteen": 18,
	"nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
	"ninety": 90, "hundred": 100, "thousand": 1000, "million": 1000000, "dozen": 12,
	"دو": 2, "سه": 3, "چهار": 4, "پنج": 5, "شش": 6, "هفت": 7, "هشت": 8, "ده": 10, "یازده": 11, "دوازده": 12,
	"سیزده": 13, "چهارده": 14, "پانزده": 15, "شانزده": 16, "هفده": 17, "هجده": 18, "نوزده": 19, "بیست": 20, "سی": 30,
	"چهل": 40, "پنجاه": 50, "شصت": 60, "هفتاد": 70, "هشتاد": 80, "نود": 90, "صد": 100, "دویست": 200, "سیصد": 300,
	"پانصد": 500, "هزار": 1000, "میلیون": 1000000,
}

// numberWords is spelled, with folded words.
var numberWords = sync.OnceValue(func() map[string]int {
	out := make(map[string]int, len(spelled))
	for w, n := range spelled {
		out[fold(w)] = n
	}
	return out
})

// forms maps a canonical word to its forms, patterns parted by blanks.
type forms map[string]string

// pattern joins all forms to alternatives, longest first, so that "us$" is tried before "$".
func (f forms) pattern() string {
	var all []string
	for _, words := range f {
		all = append(all, strings.Fields(fold(words))...)
	}
	return longestFirst(all)
}

// canonical finds the word that a matched form stands for.
func (f forms) canonical() func(string) string {
	compiled := map[string]*regexp.Regexp{}
	for c, words := range f {
		if words == "" {
			continue
		}
		compiled[c] = regexp.MustCompile(`(?i)^(?:` + longestFirst(strings.Fields(fold(words))) + `)$`)
	}
	return func(s string) string {
		for c, re := range compiled {
			if re.MatchString(s) {
				return c
			}
		}
		return ""
	}
}
