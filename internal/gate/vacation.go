package gate

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/replyd/replyd/internal/ticket"
)

// Rule 12: many auto-responders, Outlook's of old among them, leave no mark but their subject. It must
// begin with the phrase, so that an answer to such a mail ("Re: Automatic reply") stays a person's.
func vacationSubject(in *Input, _ *Config) *ticket.Gate {
	if !vacation(in.Mail.Subject) {
		return nil
	}
	return hold(VacationSubject, "The subject is one of an absence note.", line(in.Mail, "Subject"), false)
}

func vacation(subject string) bool {
	s := fold(subject)
	for _, p := range vacationMarks {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	for _, p := range vacationPhrases {
		if rest, ok := strings.CutPrefix(s, p); ok && endsPhrase(rest) {
			return true
		}
	}
	return false
}

// fold makes a subject comparable: lower case, one kind of space, no invisible characters, Arabic kaf and
// yeh as Persian keyboards write them.
func fold(s string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case r == 'ي' || r == 'ى':
			return 'ی'
		case r == 'ك':
			return 'ک'
		case r == '\u200c': // the Persian half space
			return ' '
		case r == '’':
			return '\''
		case r == '：':
			return ':'
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r):
			return -1
		}
		return unicode.ToLower(r)
	}, s)), " ")
}

// endsPhrase reports whether a phrase ends before rest: at the end, at punctuation, or at a word that goes
// on with an absence. "Out of office chairs" is a customer's question.
func endsPhrase(rest string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(rest))
	if rest == "" || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return true
	}
	word, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	return strings.HasPrefix(rest, " ") && goesOn[strings.TrimRight(word, ":,.;!")]
}

var goesOn = map[string]bool{
	"re": true, "reply": true, "autoreply": true, "auto": true, "auto-reply": true, "response": true,
	"message": true, "notification": true, "notice": true, "from": true, "until": true, "till": true,
	"bis": true, "von": true, "ab": true, "vom": true, "jusqu'au": true, "du": true, "de": true, "hasta": true,
	"desde": true, "del": true, "fino": true, "dal": true, "tot": true, "van": true,
}

// vacationMarks count wherever the subject goes on: they end in a colon, or in a script without spaces.
var vacationMarks = []string{
	"auto:", "auto response:", "auto-response:", "autoresponse:", "autoresponder:", "auto reply:", "auto-reply:",
	"autoreply:", "vacation:", "ooo:", "[auto-reply]", "[autoreply]", "[auto reply]",
	"自動返信", "自動応答", "自動回覆", "自動回復", "自动回复", "自动答复", "不在通知", "자동 회신", "자동회신", "자동 응답", "부재중",
	"ตอบกลับอัตโนมัติ",
}

// vacationPhrases are the subjects of common mail programs in their languages, folded as by fold.
var vacationPhrases = []string{
	// English
	"automatic reply", "automatic response", "automated reply", "automated response", "auto reply", "auto-reply",
	"autoreply", "auto response", "autoresponse", "out of office", "out of the office", "out-of-office",
	"away from the office", "vacation reply", "vacation response", "vacation notice", "on vacation",
	"holiday autoreply",
	// German, Dutch
	"abwesenheitsnotiz", "abwesenheit", "abwesenheitsmeldung", "abwesenheitsbenachrichtigung", "abwesend",
	"automatische antwort", "automatische rückantwort", "nicht im büro", "automatisch antwoord",
	"automatisch bericht", "afwezig", "afwezigheid", "afwezigheidsmelding", "afwezigheidsbericht",
	// French
	"réponse automatique", "reponse automatique", "absence du bureau", "absent du bureau", "message d'absence",
	"avis d'absence", "notification d'absence", "absent(e) du bureau",
	// Spanish, Portuguese, Catalan
	"respuesta automática", "respuesta automatica", "fuera de la oficina", "fuera de oficina",
	"ausente de la oficina", "resposta automática", "resposta automatica", "ausência temporária",
	"fora do escritório", "fora da empresa", "resposta automàtica",
	// Italian, Romanian
	"risposta automatica", "fuori sede", "fuori ufficio", "assente dall'ufficio", "răspuns automat",
	// Nordic
	"autosvar", "automatiskt svar", "automatisk svar", "frånvaro", "frånvarande", "frånvaromeddelande",
	"fraværsmelding", "fravær", "fraværende", "ikke til stede", "ikke til stede på kontoret",
	"automaattinen vastaus", "poissa", "poissaoloilmoitus", "sjálfvirkt svar",
	// Slavic, Baltic, Greek, Hungarian
	"automatyczna odpowiedź", "odpowiedź automatyczna", "autoodpowiedź", "nieobecność", "automatická odpověď",
	"automatická odpoveď", "mimo kancelář", "automatski odgovor", "samodejni odgovor", "автоответ",
	"автоматический ответ", "автоматична відповідь", "автоматичен отговор", "вне офиса",
	"automatinis atsakymas", "automātiska atbilde", "automātiskā atbilde", "automaatvastus",
	"αυτόματη απάντηση", "εκτός γραφείου", "automatikus válasz", "házon kívül",
	// Turkish, Persian, Arabic, Hebrew, Urdu
	"otomatik yanıt", "otomatik cevap", "ofis dışında", "پاسخ خودکار", "جواب خودکار", "پاسخگوی خودکار",
	"خارج از دفتر", "رد تلقائی", "الرد التلقائی", "خارج المکتب", "מענה אוטומטי", "תשובה אוטומטית",
	"תגובה אוטומטית", "خودکار جواب",
	// Vietnamese, Indonesian, Hindi
	"trả lời tự động", "thư trả lời tự động", "balasan otomatis", "jawapan automatik", "स्वचालित उत्तर",
}
