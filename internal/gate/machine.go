package gate

import (
	"github.com/replyd/replyd/internal/ticket"
)

// Rule 12, for texts: codes to log in with, confirmations of other help desks, notes of parcel services. They
// come from honest senders who read no answer, often without any header that gives a program away, and two
// help desks that confirm each other's confirmations never stop. A person who repeats such a sentence waits
// for a person, with a draft.
func machineText(in *Input, _ *Config) *ticket.Gate {
	if form(in) || group(in) {
		return nil
	}
	m := in.Mail
	text := fold(m.Reply[:min(len(m.Reply), maxReportText)])
	if says(fold(m.Subject), machineSubjects) || says(text, machineTexts) {
		return hold(MachineText, "The mail reads as if a program had written it.", line(m, "Subject"), true)
	}
	return nil
}

// machineSubjects and machineTexts are what programs write and people do not, folded as by fold.
var machineSubjects = []string{
	"verification code", "security code", "one-time code", "one-time password", "one-time passcode",
	"is your code", "login code", "sign-in code", "reset your password", "password reset",
	"confirm your e-mail", "confirm your email", "verify your e-mail", "verify your email",
	"we received your request", "we have received your request", "out for delivery", "ticket received",
	"request received",
	"bestätigungscode", "sicherheitscode", "passwort zurücksetzen", "wir haben ihre anfrage erhalten",
	"code de vérification", "code de sécurité", "nous avons bien reçu votre demande",
	"código de verificación", "código de seguridad", "hemos recibido su solicitud", "hemos recibido tu solicitud",
	"کد تایید", "کد تأیید", "کد یکبار مصرف", "رمز یکبار مصرف",
}

var machineTexts = []string{
	"this is an automated", "this is an automatic", "automatically generated", "do not reply to this e",
	"don't reply to this e", "not reply directly to this", "mailbox is not monitored", "unmonitored mailbox",
	"your verification code", "verification code is", "your one-time", "your security code",
	"your ticket number is", "your case number is", "we have received your request",
	"we received your request", "thank you for contacting us", "thanks for contacting us",
	"thank you for reaching out", "thanks for reaching out",
	"dies ist eine automatische", "diese nachricht wurde automatisch", "diese e-mail wurde automatisch",
	"automatisch generiert", "automatisch erstellt", "antworten sie nicht auf diese",
	"bitte nicht auf diese", "ihr bestätigungscode", "ihr sicherheitscode", "wir haben ihre anfrage erhalten",
	"ihre ticketnummer",
	"ceci est un message automatique", "généré automatiquement", "envoyé automatiquement",
	"ne pas répondre à ce", "votre code de vérification", "nous avons bien reçu votre demande",
	"este es un mensaje automático", "generado automáticamente", "no responda a este", "no respondas a este",
	"su código de verificación", "tu código de verificación", "hemos recibido su solicitud",
	"hemos recibido tu solicitud",
	"به این ایمیل پاسخ ندهید", "به صورت خودکار ارسال", "به طور خودکار ارسال", "کد تایید شما", "کد تأیید شما",
	"درخواست شما ثبت شد", "درخواست شما دریافت شد",
}
