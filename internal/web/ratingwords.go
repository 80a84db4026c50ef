package web

// ratingWords are the rating page's texts in one language.
type ratingWords struct {
	Lang, Dir string
	Title     string
	Question  string
	Faces     [5]string // from very unhappy to very happy
	Comment   string
	Send      string
	Thanks    string
	Change    string // link to vote again
	Again     string // what was sent could not be read
	Expired   string
	Invalid   string
	Recommend string // how likely is it, from 0 to 10?
	Unlikely  string // 0
	Likely    string // 10
	Number    string // what was sent is no number of the scale
}

// wordsFor gives the texts of a language, English where there are none.
func wordsFor(language string) ratingWords {
	for _, w := range ratingTexts {
		if w.Lang == language {
			return w
		}
	}
	return ratingTexts[0]
}

// ratingTexts holds the languages; the first one stands in for others.
var ratingTexts = []ratingWords{
	{
		Lang: "en", Dir: "ltr",
		Title:     "Your opinion",
		Question:  "How happy are you with our answer?",
		Faces:     [5]string{"Very unhappy", "Unhappy", "So-so", "Happy", "Very happy"},
		Comment:   "Anything you want to tell us? (optional)",
		Send:      "Send",
		Thanks:    "Thank you! Your vote has reached us.",
		Change:    "Change my vote",
		Again:     "Please choose a face and send again.",
		Expired:   "This link has expired. Thank you for your interest.",
		Invalid:   "This link is not valid.",
		Recommend: "How likely are you to recommend us to a friend?",
		Unlikely:  "Not at all",
		Likely:    "Very likely",
		Number:    "Please choose a number and send again.",
	},
	{
		Lang: "fa", Dir: "rtl",
		Title:     "نظر شما",
		Question:  "از پاسخ ما چقدر راضی هستید؟",
		Faces:     [5]string{"خیلی ناراضی", "ناراضی", "معمولی", "راضی", "خیلی راضی"},
		Comment:   "اگر نکته‌ای دارید برایمان بنویسید (اختیاری)",
		Send:      "ارسال",
		Thanks:    "سپاسگزاریم! نظر شما به ما رسید.",
		Change:    "تغییر نظر",
		Again:     "لطفاً یک چهره را انتخاب کنید و دوباره بفرستید.",
		Expired:   "مهلت این پیوند به پایان رسیده است. از توجه شما سپاسگزاریم.",
		Invalid:   "این پیوند معتبر نیست.",
		Recommend: "چقدر احتمال دارد ما را به یک دوست پیشنهاد کنید؟",
		Unlikely:  "اصلاً",
		Likely:    "خیلی زیاد",
		Number:    "لطفاً یک عدد را انتخاب کنید و دوباره بفرستید.",
	},
	{
		Lang: "de", Dir: "ltr",
		Title:     "Ihre Meinung",
		Question:  "Wie zufrieden sind Sie mit unserer Antwort?",
		Faces:     [5]string{"Sehr unzufrieden", "Unzufrieden", "Mittelmäßig", "Zufrieden", "Sehr zufrieden"},
		Comment:   "Möchten Sie uns etwas dazu sagen? (freiwillig)",
		Send:      "Absenden",
		Thanks:    "Vielen Dank! Ihre Bewertung ist angekommen.",
		Change:    "Bewertung ändern",
		Again:     "Bitte wählen Sie ein Gesicht und senden Sie noch einmal ab.",
		Expired:   "Dieser Link ist abgelaufen. Vielen Dank für Ihr Interesse.",
		Invalid:   "Dieser Link ist ungültig.",
		Recommend: "Wie wahrscheinlich ist es, dass Sie uns weiterempfehlen?",
		Unlikely:  "Gar nicht",
		Likely:    "Sehr wahrscheinlich",
		Number:    "Bitte wählen Sie eine Zahl und senden Sie noch einmal ab.",
	},
	{
		Lang: "fr", Dir: "ltr",
		Title:     "Votre avis",
		Question:  "Êtes-vous satisfait de notre réponse ?",
		Faces:     [5]string{"Très mécontent", "Mécontent", "Moyen", "Satisfait", "Très satisfait"},
		Comment:   "Souhaitez-vous ajouter quelque chose ? (facultatif)",
		Send:      "Envoyer",
		Thanks:    "Merci ! Votre avis nous est bien parvenu.",
		Change:    "Modifier mon avis",
		Again:     "Veuillez choisir un visage et renvoyer le formulaire.",
		Expired:   "Ce lien a expiré. Merci de votre intérêt.",
		Invalid:   "Ce lien n’est pas valable.",
		Recommend: "Quelle est la probabilité que vous nous recommandiez à un proche ?",
		Unlikely:  "Pas du tout",
		Likely:    "Très probable",
		Number:    "Veuillez choisir un nombre et renvoyer le formulaire.",
	},
	{
		Lang: "es", Dir: "ltr",
		Title:     "Su opinión",
		Question:  "¿Está satisfecho con nuestra respuesta?",
		Faces:     [5]string{"Muy insatisfecho", "Insatisfecho", "Regular", "Satisfecho", "Muy satisfecho"},
		Comment:   "¿Quiere contarnos algo más? (opcional)",
		Send:      "Enviar",
		Thanks:    "¡Gracias! Hemos recibido su valoración.",
		Change:    "Cambiar mi valoración",
		Again:     "Elija una cara y envíe de nuevo, por favor.",
		Expired:   "Este enlace ha caducado. Gracias por su interés.",
		Invalid:   "Este enlace no es válido.",
		Recommend: "¿Qué probabilidad hay de que nos recomiende a un amigo?",
		Unlikely:  "Ninguna",
		Likely:    "Muy alta",
		Number:    "Elija un número y envíe de nuevo, por favor.",
	},
}
