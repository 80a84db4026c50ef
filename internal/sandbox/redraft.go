package sandbox

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"github.com/replyd/replyd/internal/wording"
)

// redrafted is the stand-in's other draft. It follows the few instructions that it knows, in the words below, and
// says openly where it cannot: it must not be taken for a language model.
func redrafted(in wording.Wish, kind Kind) (string, error) {
	text := follow(in)
	switch kind {
	case Garbage:
		return `{"text": "Sor`, nil
	case Invented:
		text = "Your order #999999 was refunded, we guarantee it."
	}
	b, err := json.Marshal(map[string]string{"text": text})
	return string(b), err
}

// What the stand-in understands, in the languages that replyd answers in.
var (
	asksShorter = regexp.MustCompile(`(?i)short|brief|concise|k[uü]rz|knapp|court|bref|concis|cort[oa]|breve|کوتاه|خلاصه`)
	asksApology = regexp.MustCompile(`(?i)apolog|sorry|entschuldig|tut uns leid|excus|d[ée]sol|disculp|perd[oó]n|عذر|پوزش|معذرت|متأسف|متاسف`)
	asksCall    = regexp.MustCompile(`(?i)\bcall|phone|anruf|anzurufen|telef|t[ée]l[ée]phon|appel|llam|تماس|زنگ|تلفن`)
	asksThanks  = regexp.MustCompile(`(?i)thank|dank|merci|remerci|graci|agrade|تشکر|ممنون|سپاس`)
)

// said are the stand-in's words in one language.
type said struct{ apology, call, thanks, remark string }

func saidIn(language string) said {
	all := map[string]said{
		"en": {
			"We apologise for the trouble.", "If you like, we can also call you: just tell us when it suits you.",
			"Thank you for your message.",
			"(Not from a language model: the sandbox's stand-in cannot do this. It knows “shorter”, “apologise”, “thank” " +
				"and “offer to call”, and no other language. Please take this paragraph out.)",
		},
		"de": {
			"Wir bitten um Entschuldigung für die Umstände.",
			"Wenn Sie möchten, rufen wir Sie auch gern an: Sagen Sie uns einfach, wann es Ihnen passt.",
			"Vielen Dank für Ihre Nachricht.",
			"(Nicht von einem Sprachmodell: Der Ersatz in der Sandbox kann das nicht. Er kennt „kürzer“, „entschuldigen“, " +
				"„danken“ und „Anruf anbieten“ und keine andere Sprache. Bitte diesen Absatz entfernen.)",
		},
		"fr": {
			"Nous vous prions de nous excuser pour la gêne.",
			"Si vous le souhaitez, nous pouvons aussi vous appeler : dites-nous simplement quand cela vous convient.",
			"Merci pour votre message.",
			"(Pas d’un modèle de langage : le remplaçant du bac à sable ne sait pas le faire. Il connaît « plus court », " +
				"« s’excuser », « remercier » et « proposer un appel », et aucune autre langue. Merci d’ôter ce paragraphe.)",
		},
		"es": {
			"Le pedimos disculpas por las molestias.", "Si lo desea, también podemos llamarle: díganos cuándo le viene bien.",
			"Gracias por su mensaje.",
			"(No es de un modelo de lenguaje: el sustituto del entorno de pruebas no sabe hacerlo. Conoce «más corto», " +
				"«disculparse», «agradecer» y «ofrecer una llamada», y ningún otro idioma. Quite este párrafo.)",
		},
		"fa": {
			"بابت زحمتی که پیش آمد پوزش می‌خواهیم.", "اگر مایل باشید با شما تماس هم می‌گیریم؛ فقط بفرمایید چه وقتی مناسب است.",
			"از پیام شما سپاسگزاریم.",
			"(این متن از مدل زبانی نیست: جانشین نمایشی این کار را بلد نیست. فقط «کوتاه‌تر»، «پوزش»، «تشکر» و «پیشنهاد تماس» را " +
				"می‌فهمد و ترجمه نمی‌کند. لطفاً این بند را بردارید.)",
		},
	}
	if s, ok := all[language]; ok {
		return s
	}
	return all["en"]
}

// follow does what it understands of an instruction.
func follow(in wording.Wish) string {
	s := saidIn(in.Language)
	paras := slices.DeleteFunc(strings.Split(in.Draft, "\n\n"), func(p string) bool { return strings.TrimSpace(p) == "" })
	understood := false
	if asksShorter.MatchString(in.Instruction) {
		paras, understood = shorter(paras), true
	}
	if asksThanks.MatchString(in.Instruction) {
		paras, understood = append([]string{s.thanks}, paras...), true
	}
	if asksApology.MatchString(in.Instruction) {
		paras, understood = append([]string{s.apology}, paras...), true
	}
	if asksCall.MatchString(in.Instruction) {
		paras, understood = append(paras, s.call), true
	}
	if !understood || in.In != in.Language {
		paras = append([]string{s.remark}, paras...)
	}
	return strings.Join(paras, "\n\n")
}

var (
	sentenceEnd = regexp.MustCompile(`[.!?؟…]["”»)]?\s+`)
	hasSlot     = regexp.MustCompile(`\{[a-z][a-z0-9_.]*\}`)
)

// shorter keeps the first sentence of each paragraph, lists, and every sentence that states a value; where that takes
// nothing away, also the last paragraph goes that states none.
func shorter(paras []string) []string {
	var out []string
	cut := false
	for _, p := range paras {
		if strings.HasPrefix(p, "- ") || strings.HasPrefix(p, "— ") || strings.HasPrefix(p, " ") {
			out = append(out, p)
			continue
		}
		var kept []string
		for i, sentence := range sentences(p) {
			if i == 0 || hasSlot.MatchString(sentence) {
				kept = append(kept, sentence)
			} else {
				cut = true
			}
		}
		out = append(out, strings.Join(kept, " "))
	}
	if last := len(out) - 1; !cut && last > 0 && !hasSlot.MatchString(out[last]) {
		out = out[:last]
	}
	return out
}

func sentences(p string) (out []string) {
	for {
		at := sentenceEnd.FindStringIndex(p)
		if at == nil {
			return append(out, strings.TrimSpace(p))
		}
		out = append(out, strings.TrimSpace(p[:at[1]]))
		p = p[at[1]:]
	}
}
