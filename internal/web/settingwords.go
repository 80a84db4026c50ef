package web

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/settings"
)

// settingLabels say the settings in an owner's words.
var settingLabels = map[string]string{
	"mode":                       "What happens to a finished draft",
	"quiet_time":                 "Wait for a customer's next mail",
	"desk.hours":                 "When staff answers",
	"desk.closed":                "Closed days",
	"desk.answer_within.flagged": "Flagged mail",
	"desk.answer_within.urgent":  "Urgent mail",
	"desk.answer_within.trouble": "Something went wrong",
	"desk.answer_within.order":   "Questions about an order",
	"desk.answer_within.other":   "All other mail",
	"store.own_addresses":        "Your own addresses",
	"store.tone":                 "How the store speaks",
	"store.rules":                "House rules",
	"limits.per_ticket":          "In one conversation, before a person must have written",
	"limits.per_sender_day":      "To one address in 24 hours",
	"limits.hourly_domain":       "To one mail domain in an hour",
	"limits.hourly_total":        "Altogether in an hour",
	"limits.max_age":             "The oldest mail that is answered",
}

// settingHints stand in for the file's comment where the desk shows more than the file says, or shows it elsewhere.
var settingHints = map[string]string{
	"mode":                       "",
	"desk.hours":                 "",
	"desk.closed":                "One in each line: 2026-12-25, 12-25 for each year, or 2026-12-24..2027-01-02.",
	"desk.answer_within.flagged": "A threat, a lawyer, a chargeback.",
	"desk.answer_within.urgent": "What says so, and wishes that are too late once the parcel has left: to cancel, or to " +
		"change an order or its address.",
	"desk.answer_within.trouble": "A lost parcel, a broken item, a payment, a complaint, a wish for a person.",
	"desk.answer_within.order":   "Where it is, a return, a refund.",
	"desk.answer_within.other":   "Products, policies and all else.",
	"limits.per_ticket":          "",
	"limits.per_sender_day":      "",
	"limits.hourly_domain":       "",
	"limits.hourly_total":        "",
}

// settingLabel names a setting for people.
func settingLabel(l *locale, key string) string {
	if intent, ok := strings.CutPrefix(key, "intents."); ok {
		return l.label(intent)
	}
	if label := settingLabels[key]; label != "" {
		return l.say(label)
	}
	return key
}

// settingHint explains a setting.
func settingHint(l *locale, f settings.Field) string {
	hint, own := settingHints[f.Key]
	if !own {
		hint = f.Doc
	}
	if hint == "" {
		return ""
	}
	return l.say(hint)
}

// modeWords say what a mode does.
var modeWords = map[string]string{
	"shadow":   "It is only written. Nothing is sent.",
	"approval": "A person sends it with a click.",
	"auto":     "It goes out by itself when nothing speaks against it.",
}

// latinDigits writes what was typed on a Persian or Arabic keyboard as the file has it.
var latinDigits = strings.NewReplacer(
	"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9",
	"٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
	"،", ",", "\u2212", "-", "\u200e", "", "\u200f", "")

// upper begins a text with a capital letter.
func upper(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}
