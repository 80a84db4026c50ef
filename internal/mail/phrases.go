package mail

import "strings"

// What mail programs write around quoted mail, in their languages. All lower case. Collected from the
// programs' own translations: Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, Roundcube.

// wroteWords stand in the line above quoted text: "On … X wrote:".
var wroteWords = []string{
	"wrote", "writes", "write:", "a écrit", "a ecrit", "schrieb", "hat geschrieben", "geschrieben:",
	"schreibt", "escribió", "escribio", "escribe", "va escriure", "ha escrit", "escreveu", "escribiu",
	"ha scritto", "scritto:", "scrive", "schreef", "geschreven", "skrev", "skreiv", "skrifaði", "kirjoitti",
	"napisał", "napisal", "pisze", "napísal", "napsal", "napisao", "napisala", "je pisal", "ezt írta",
	"írta", "a scris", "написал", "пишет", "писал", "пише", "написав", "написа", "је написао", "напиша",
	"yazdı", "yazmış", "έγραψε", "כתב", "כתבה", "كتب", "كتبت", "نوشت", "نوشته", "写道", "寫道", "写到", "书写",
	"書きました", "さんは書", "のメッセージ", "작성", "썼습니다", "님이", "เขียน", "đã viết", "viết:", "menulis", "kirjutas",
	"rakstīja", "rašė", "idatzi zuen", "het geskryf", "shkroi", "ने लिखा", "লিখেছেন", "எழுதி", "yazıb",
	"напісаў", "жазды", "geskryf", "dérfen", "a scrît", "skribis",
}

// quotingWords begin such a line: "Quoting X:" (Horde, IMP).
var quotingWords = []string{
	"quoting ", "zitat von ", "citando ", "citation de ", "citando a ", "citerar ", "citeer ", "цитирую ",
	"citat ", "cytowanie ", "quote from ", "selon ",
}

// quotingFirst are the first words of quotingWords.
var quotingFirst = words("quoting zitat citando citation citerar citeer citat cytowanie quote selon")

// dateWords begin a line that gives a date: "On", "Am", "Le" …
var dateWords = words(`
	on at am um le el em a na no il in alle op den d. dne dňa dna dnia w pe în in data v u у на в от від στις
	την ב ב־ בתאריך في بتاريخ در به تاریخ 在 於 于 vào lúc pada tanggal pe ti'n ke kl. ma: le: on: ons mon tue
	wed thu fri sat sun monday tuesday wednesday thursday friday saturday sunday mo di mi do fr sa so mo. di.
	mi. do. fr. sa. so. montag dienstag mittwoch donnerstag freitag samstag sonntag lun mar mer jeu ven sam
	dim lun. mar. mer. jeu. ven. sam. dim. lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes
	miércoles jueves viernes sábado domingo mié jue vie sáb dom seg ter qua qui sex seg. ter. qua. qui. sex.
	segunda-feira terça-feira quarta-feira quinta-feira sexta-feira lunedì martedì mercoledì giovedì venerdì
	sabato domenica gio ma wo vr za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag mån tis
	tors fre lör sön man. tir. ons. tor. fre. lør. søn. fredag mandag tirsdag onsdag torsdag lørdag søndag
	pon wt śr czw pt sob ndz pon. wt. śr. czw. pt. sob. niedz. poniedziałek wtorek środa czwartek piątek
	sobota niedziela po út st čt pá so ne pondělí úterý středa čtvrtek pátek neděle пн вт ср чт пт сб вс пн,
	вт, ср, чт, пт, сб, вс, понедельник вторник среда четверг пятница суббота воскресенье נשלח يوم الأحد
	الاثنين الثلاثاء الأربعاء الخميس الجمعة السبت شنبه یکشنبه دوشنبه سه‌شنبه چهارشنبه پنجشنبه جمعه pzt sal
	çar per cum cmt paz vineri luni marți miercuri joi sâmbătă duminică`)

// words makes a set of words.
func words(s string) map[string]bool { return names(s) }

// originalWords stand between dashes above a quoted or forwarded mail.
var originalWords = []string{
	"original message", "original email", "original mail", "original appointment", "forwarded message",
	"forwarded mail", "forwarded by", "forwarded email", "reply message", "message from", "replied message",
	"ursprüngliche nachricht", "ursprungliche nachricht", "originalnachricht", "original-nachricht",
	"weitergeleitete", "ursprüngliche e-mail", "original-mail", "message d'origine", "message d’origine",
	"message original", "message initial", "message transféré", "message transfere", "courriel original",
	"mail original", "e-mail d'origine", "mensaje original", "mensaje reenviado", "correo original",
	"missatge original", "missatge reenviat", "mensagem original", "mensagem encaminhada",
	"mensagem reencaminhada", "messaggio originale", "messaggio inoltrato", "oorspronkelijk bericht",
	"oorspronkelijke bericht", "origineel bericht", "doorgestuurd bericht", "originele bericht",
	"ursprungligt meddelande", "originalmeddelande", "vidarebefordrat", "opprinnelig melding", "videresendt",
	"original melding", "oprindelig meddelelse", "original meddelelse", "oprindelig besked",
	"alkuperäinen viesti", "välitetty viesti", "wiadomość oryginalna", "oryginalna wiadomość",
	"wiadomość przekazana", "przekazana wiadomość", "původní zpráva", "původní e-mail", "přeposlaná zpráva",
	"pôvodná správa", "preposlaná správa", "eredeti üzenet", "továbbított", "mesaj original",
	"mesajul original", "mesaj redirecționat", "mesaj înaintat", "izvorna poruka", "originalna poruka",
	"proslijeđena poruka", "izvirno sporočilo", "исходное сообщение", "оригинальное сообщение",
	"пересылаемое сообщение", "пересланное сообщение", "переадресованное", "перенаправленное",
	"початкове повідомлення", "оригінальне повідомлення", "переслане повідомлення", "оригинално съобщение",
	"препратено съобщение", "orijinal mesaj", "özgün ileti", "orijinal ileti", "iletilmiş mesaj",
	"iletilen mesaj", "αρχικό μήνυμα", "προωθημένο μήνυμα", "הודעה מקורית", "הודעה שהועברה", "הודעה מועברת",
	"الرسالة الأصلية", "رسالة أصلية", "رسالة معاد توجيهها", "الرسالة المعاد توجيهها", "پیام اصلی",
	"پیام هدایت", "پیام ارسال", "پیام بازارسال", "ایمیل اصلی", "پیام فوروارد", "原始邮件", "原始郵件", "原邮件", "转发邮件",
	"转发的邮件", "轉寄的郵件", "轉寄郵件", "已转发", "原始信息", "元のメッセージ", "元のメール", "転送メッセージ", "転送されたメッセージ", "オリジナルメッセージ",
	"원본 메시지", "원본 메일", "전달된 메시지", "전달된 메일", "thư gốc", "tin nhắn gốc", "thư đã chuyển tiếp", "pesan asli",
	"pesan terusan", "pesan yang diteruskan", "ข้อความต้นฉบับ", "ข้อความที่ส่งต่อ", "edastatud",
	"algne kiri", "sākotnējais ziņojums", "pradinis laiškas", "persiųsta",
}

// forwardLines open a forwarded mail without dashes (Apple Mail).
var forwardLines = []string{
	"begin forwarded message", "begin forwarded mail", "anfang der weitergeleiteten",
	"début du message réexpédié", "début du message transféré", "inicio del mensaje reenviado",
	"inicio del mensaje", "início da mensagem", "inizio messaggio inoltrato", "begin doorgestuurd bericht",
	"vidarebefordrat brev", "vidaresänt meddelande", "videresendt melding", "start på videresendt besked",
	"alku välitetylle viestille", "välitetty viesti alkaa", "początek przekazywanej", "początek przesyłanej",
	"začátek přeposlané", "továbbított levél kezdete", "начало переадресованного", "начало пересылаемого",
	"початок листа, що пересилається", "iletilen ileti başlangıcı", "iletilen mesajın başlangıcı",
	"αρχή προωθημένου", "תחילת ההודעה שהועברה", "بداية الرسالة المعاد توجيهها", "شروع پیام هدایت‌شده",
	"آغاز پیام", "下面是被转发的邮件", "開始轉寄郵件", "以下は、転送されたメッセージです", "전달된 메시지:",
}

// labels of the header that programs print above a quoted mail, by the field that they stand for.
var labels = func() map[string]byte {
	m := map[string]byte{}
	for field, names := range map[byte]string{
		'F': `from|von|de|da|van|från|fra|lähettäjä|od|feladó|de la|expéditeur|от|от кого|від|від кого|kimden|
			gönderen|από|מאת|من|المرسل|از|از طرف|فرستنده|发件人|寄件人|寄件者|發件人|差出人|送信者|보낸 사람|보낸사람|발신|từ|người gửi|dari|
			pengirim|จาก|saatja|no|nuo|pošiljatelj|remitente|mittente|afzender|absender|avsändare|avsender|
			afsender|отправитель|odesílatel|odosielateľ|expeditor|nadawca|remetente|oд|frá`,
		'D': `date|sent|sent at|message du|nachricht vom|mensaje del|message of|sent on|received|datum|gesendet|
			gesendet am|verzonden|envoyé|envoyé le|envoyée|date d'envoi|date d’envoi|enviado|enviado el|
			enviada em|enviado em|enviada|enviat|fecha|data|inviato|inviata|skickat|skickad|sendt|dato|lähetetty|
			päivämäärä|päiväys|wysłano|wysłane|data wysłania|odesláno|odoslané|dátum|elküldve|küldve|
			küldés dátuma|trimis|trimisă|дата|отправлено|дата отправки|надіслано|изпратено|gönderildi|
			gönderilme tarihi|gönderme tarihi|tarih|στάλθηκε|ημερομηνία|εστάλη|תאריך|נשלח|تاريخ|التاريخ|
			تم الإرسال|مرسل|أُرسلت|تاریخ|ارسال شده|ارسال‌شده|ارسال|زمان|日期|时间|发送时间|发送日期|寄件日期|發送日期|送信日時|日時|日付|
			보낸 날짜|보낸날짜|날짜|발신일|đã gửi|ngày|ngày gửi|dikirim|terkirim|tanggal|ส่ง|วันที่|saadetud|nosūtīts|išsiųsta|
			poslano|datums|sendt den`,
		'T': `to|cc|bcc|an|à|a|para|per a|aan|till|til|vastaanottaja|do|komu|címzett|către|catre|кому|копия|до|kime|
			alıcı|kopya|προς|אל|לכבוד|إلى|الى|نسخة|به|گیرنده|رونوشت|收件人|收件者|抄送|副本|宛先|受信者|받는 사람|받는사람|참조|수신|đến|tới|
			người nhận|kepada|ถึง|สำเนา|kam|kama|saaja|kopie|kopia|kopi|copie|copie à|copia a|en copie|en copia|
			copia|cópia|reply-to|reply to|antwort an|répondre à|empfänger|destinataire|destinatario|destinatário|
			adresat|prima|za|másolat|másolatot kap`,
		'S': `subject|betreff|objet|sujet|asunto|assunto|oggetto|onderwerp|ämne|emne|aihe|temat|předmět|predmet|
			tárgy|subiect|тема|относно|konu|θέμα|נושא|הנדון|الموضوع|موضوع|عنوان|主题|主旨|主題|标题|件名|題名|제목|chủ đề|
			tiêu đề|perihal|subjek|เรื่อง|teema|temats|tema|efni|zadeva|assumpte`,
	} {
		for _, n := range strings.Split(names, "|") {
			m[strings.TrimSpace(n)] = field
		}
	}
	return m
}()

// footerStarts begin the line that a phone or a program adds below a mail.
var footerStarts = []string{
	"sent from my ", "sent from mail", "sent from outlook", "sent from yahoo", "sent from the ",
	"sent from samsung", "sent from iphone", "sent from ipad", "sent from android", "sent from a ",
	"sent from proton", "sent from gmail", "sent from nine", "sent from aol", "sent from windows",
	"sent from blue", "sent from spark", "sent from email", "sent via ", "sent with ", "sent using ",
	"sent on the go", "sent by ", "get outlook for ", "download outlook", "get the app", "yahoo mail:",
	"typed on ", "written on my ", "from my iphone", "from my ipad", "from my android", "von meinem ",
	"von unterwegs", "gesendet mit ", "gesendet von ", "gesendet über ", "gesendet aus ",
	"diese nachricht wurde von", "holen sie sich outlook", "outlook für ", "envoyé de mon ",
	"envoyé depuis ", "envoyé à partir d", "envoyé avec ", "envoyé par ", "télécharger outlook",
	"obtenir outlook", "enviado desde ", "enviado con ", "enviado por ", "obtener outlook",
	"enviado do meu ", "enviado a partir d", "enviado via ", "enviado pelo ", "obter o outlook",
	"obtenha o outlook", "baixe o outlook", "inviato da", "inviato con ", "inviato dal ", "scarica outlook",
	"ottieni outlook", "verstuurd vanaf ", "verzonden vanaf ", "verzonden met ", "verstuurd met ",
	"verzonden via ", "verstuurd via ", "outlook voor ", "download outlook", "skickat från ",
	"skickades från ", "skickat med ", "hämta outlook", "sendt fra ", "sendt med ", "hent outlook",
	"last ned outlook", "få outlook", "lähetetty ", "hanki outlook", "wysłano z ", "wysłane z ",
	"wysłano za ", "pobierz outlook", "uzyskaj outlook", "odesláno z ", "odoslané z ", "získejte outlook",
	"elküldve ", "az iphone", "trimis de pe ", "trimis din ", "отправлено с ", "отправлено из ",
	"отправлено от ", "отправлено через ", "послано с ", "скачайте outlook", "надіслано з ",
	"відправлено з ", "изпратено от ", "poslano s ", "poslano z ", "poslato sa ", "στάλθηκε από ",
	"εστάλη από ", "αποστολή από ", "נשלח מ", "أرسلت من", "أُرسلت من", "تم الإرسال من", "مرسل من",
	"أُرسل من", "ارسال شده از", "ارسال‌شده از", "فرستاده شده از", "فرستاده‌شده از", "ارسال شده با",
	"ارسال از", "از آیفون", "发自我的", "從我的", "从我的", "發自我的", "来自我的", "发送自", "获取 outlook", "取得 outlook", "傳送自",
	"发自", "나의 ", "내 iphone", "đã gửi từ ", "được gửi từ ", "gửi từ ", "dikirim dari ", "dikirim dengan ",
	"ส่งจาก", "saadetud minu ", "išsiųsta iš ", "nosūtīts no ", "enviat des d",
}

// footerEnds end such a line in languages that put the verb last.
var footerEnds = []string{
	"gesendet", "gönderildi", "から送信", "より送信", "から送信されました", "에서 보냄", "에서 전송됨", "에서 보냄.", "发送", "傳送",
	"传送", "küldve", "से भेजा गया", "iphoneról küldve",
}

// devices must stand in a line that is a footer by its end alone.
var devices = []string{
	"iphone", "ipad", "android", "samsung", "galaxy", "outlook", "mobil", "smartphone", "handy", "telefon",
	"huawei", "xiaomi", "blackberry", "windows", "tablet", "mail", "app", "yahoo", "手机", "スマホ", "携帯", "휴대폰",
	"unterwegs",
}

// disclaimerStarts begin a paragraph that lawyers or virus scanners add; disclaimerWords stand in one.
var disclaimerStarts = []string{
	"disclaimer", "confidentiality notice", "confidentiality:", "legal notice", "important notice:",
	"privileged and confidential", "haftungsausschluss", "vertraulichkeitshinweis", "rechtlicher hinweis",
	"avis de confidentialité", "avis important", "aviso legal", "aviso de confidencialidad",
	"aviso de confidencialidade", "avviso di riservatezza", "privacy e riservatezza", "klauzula poufności",
	"gizlilik", "уведомление о конфиденциальности", "سلب مسئولیت", "إخلاء مسؤولية", "免责声明", "保密",
	"please consider the environment", "before printing", "bitte denken sie an die umwelt",
	"pensez à l'environnement", "pensez à l’environnement", "antes de imprimir", "virus-free", "virenfrei",
	"garanti sans virus", "libre de virus", "livre de vírus", "privo di virus", "virusvrij", "без вирусов",
	"this email has been checked for viruses", "this e-mail has been checked",
	"diese e-mail wurde von avast", "l'absence de virus", "este correo electrónico ha sido comprobado",
	"scanned by ", "checked by avg",
}

var disclaimerWords = []string{
	"confidential", "privileged", "vertraulich", "confidentiel", "confidencial", "riservat", "vertrouwelijk",
	"poufne", "konfidentiell", "fortrolig", "luottamuksellis", "конфиденциальн", "конфіденційн", "gizli",
	"důvěrn", "bizalmas", "εμπιστευτικ", "חסוי", "سرية", "سري", "محرمانه", "机密", "機密", "기밀", "bảo mật",
	"rahasia",
}

var disclaimerSubjects = []string{
	"recipient", "e-mail", "email", "message", "nachricht", "courriel", "destinataire", "mensaje", "correo",
	"mensagem", "messaggio", "bericht", "wiadomoś", "meddelande", "meddelelse", "melding", "viesti",
	"сообщение", "письмо", "лист", "ileti", "zpráv", "üzenet", "μήνυμα", "הודעה", "رسالة", "الرسالة",
	"ایمیل", "پیام", "邮件", "郵件", "메일", "thư", "surat", "pesan",
}

// closings end a letter.
var closings = []string{
	"regards", "best", "kind regards", "warm regards", "thanks", "thank you", "many thanks", "cheers",
	"sincerely", "yours", "greetings", "all the best", "take care", "mit freundlichen", "mit besten",
	"freundliche grüße", "viele grüße", "liebe grüße", "beste grüße", "schöne grüße", "herzliche grüße",
	"gruß", "grüße", "lg", "mfg", "vg", "danke", "vielen dank", "cordialement", "bien cordialement",
	"salutations", "bien à vous", "merci", "amicalement", "saludos", "un saludo", "atentamente",
	"cordialmente", "gracias", "atenciosamente", "obrigad", "cumprimentos", "abraço", "cordiali saluti",
	"distinti saluti", "saluti", "grazie", "met vriendelijke groet", "groeten", "groet", "bedankt",
	"med vänliga hälsningar", "vänliga hälsningar", "mvh", "hälsningar", "med venlig hilsen",
	"venlig hilsen", "med vennlig hilsen", "hilsen", "ystävällisin terveisin", "terveisin", "pozdrawiam",
	"z poważaniem", "s pozdravem", "üdvözlettel", "cu stimă", "с уважением", "спасибо", "з повагою",
	"saygılarımla", "teşekkürler", "με εκτίμηση", "בברכה", "תודה", "مع التحية", "تحياتي", "شكرا", "با تشکر",
	"با احترام", "ممنون", "سپاس", "با سپاس", "此致", "谢谢", "敬具", "よろしくお願い", "감사합니다", "trân trọng", "salam",
	"terima kasih",
}
