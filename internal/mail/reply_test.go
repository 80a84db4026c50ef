package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// introductions are lines above quoted text as programs write them; with and without a line break in them,
// and with quoted lines or bare text below, only what stands above remains.
var introductions = []string{
	"On Mon, 2 Nov 2026 at 10:15, Lavender & Oak <support@lavender-oak.example> wrote:",
	"On Mon, 2 Nov 2026 at 10:15, Lavender & Oak\n<support@lavender-oak.example> wrote:",
	"On Nov 2, 2026, at 10:15 AM, Lavender & Oak <support@lavender-oak.example>\nwrote:",
	"Am Mo., 2. Nov. 2026 um 10:15 Uhr schrieb Lavender & Oak <\nsupport@lavender-oak.example>:",
	"Am 02.11.2026 um 10:15 schrieb Lavender & Oak:",
	"Le lun. 2 nov. 2026 à 10:15, Lavender & Oak <support@lavender-oak.example> a écrit :",
	"Le 2 novembre 2026 à 10:15, Lavender & Oak\n<support@lavender-oak.example> a écrit :",
	"El lun, 2 nov 2026 a las 10:15, Lavender & Oak (<support@lavender-oak.example>)\nescribió:",
	"Em seg., 2 de nov. de 2026 às 10:15, Lavender <support@lavender-oak.example>\nescreveu:",
	"Il giorno lun 2 nov 2026 alle ore 10:15 Lavender <support@lavender-oak.example>\nha scritto:",
	"Op ma 2 nov 2026 om 10:15 schreef Lavender <support@lavender-oak.example>:",
	"Den mån 2 nov. 2026 kl 10:15 skrev Lavender <support@lavender-oak.example>:",
	"man. 2. nov. 2026 kl. 10.15 skrev Lavender <support@lavender-oak.example>:",
	"ma 2. marrask. 2026 klo 10.15 Lavender (support@lavender-oak.example) kirjoitti:",
	"pon., 2 lis 2026 o 10:15 Lavender <support@lavender-oak.example> napisał(a):",
	"W dniu 2.11.2026 o 10:15, Lavender pisze:",
	"po 2. 11. 2026 v 10:15 odesílatel Lavender <support@lavender-oak.example> napsal:",
	"Lavender <support@lavender-oak.example> ezt írta (időpont: 2026. nov. 2., H,\n10:15):",
	"În lun., 2 nov. 2026 la 10:15, Lavender <support@lavender-oak.example> a scris:",
	"пн, 2 нояб. 2026 г. в 10:15, Lavender <support@lavender-oak.example>:\nнаписал:",
	"2 ноября 2026, 10:15, Lavender <support@lavender-oak.example> написал:",
	"пн, 2 лист. 2026 р. о 10:15 Lavender <support@lavender-oak.example> пише:",
	"Lavender <support@lavender-oak.example>, 2 Kas 2026 Pzt, 10:15 tarihinde şunu yazdı:",
	"Στις Δευ 2 Νοε 2026 στις 10:15, ο χρήστης Lavender <\nsupport@lavender-oak.example> έγραψε:",
	"‫בתאריך יום ב׳, 2 בנוב׳ 2026 ב-10:15 מאת ‪Lavender‬‏ <‪support@lavender-oak.example‬‏>:‬",
	"ב-2 בנוב׳ 2026, בשעה 10:15, Lavender <support@lavender-oak.example> כתב/ה:",
	"في الاثنين، ٢ نوفمبر ٢٠٢٦ في ١٠:١٥ ص تمت كتابة ما يلي بواسطة Lavender <\nsupport@lavender-oak.example>:",
	"في ٢ نوفمبر ٢٠٢٦، الساعة ١٠:١٥، كتب Lavender <support@lavender-oak.example>:",
	"در تاریخ دوشنبه ۱۱ آبان ۱۴۰۵ ساعت ۱۰:۱۵ فروشگاه <support@lavender-oak.example>\nنوشت:",
	"در دوشنبه ۱۱ آبان ۱۴۰۵، فروشگاه لوندر نوشته است:",
	"Lavender <support@lavender-oak.example> 于2026年11月2日周一 10:15写道：",
	"在 2026年11月2日，上午10:15，Lavender <support@lavender-oak.example> 写道：",
	"2026年11月2日(月) 10:15 Lavender <support@lavender-oak.example>:",
	"2026年11月2日 10:15、Lavender <support@lavender-oak.example>のメール:",
	"2026년 11월 2일 (월) 오전 10:15, Lavender <support@lavender-oak.example>님이 작성:",
	"Vào Th 2, 2 thg 11, 2026 vào lúc 10:15 Lavender <support@lavender-oak.example> đã viết:",
	"Pada tanggal Sen, 2 Nov 2026 pukul 10.15 Lavender <support@lavender-oak.example>\nmenulis:",
	"เมื่อ จ. 2 พ.ย. 2026 เวลา 10:15 Lavender <support@lavender-oak.example> เขียนว่า:",
	"---- On Mon, 02 Nov 2026 10:15:00 +0100 support@lavender-oak.example wrote ----",
	"Zitat von Lavender <support@lavender-oak.example>:",
	"-----Original Message-----\nFrom: Lavender <support@lavender-oak.example>\nSent: Monday\nTo: Ann\nSubject: Your order",
	"-----Ursprüngliche Nachricht-----\nVon: Lavender",
	"________________________________\nDe : Lavender <support@lavender-oak.example>\nEnvoyé : lundi\nÀ : Ann\nObjet : commande",
	"*From:* Lavender <support@lavender-oak.example>\n*Sent:* Monday\n*To:* Ann\n*Subject:* order",
	"De: Lavender <support@lavender-oak.example>\nEnviado: lunes\nPara: Ann\nAsunto: pedido",
	"Von: Lavender <support@lavender-oak.example>\nGesendet: Montag\nAn: Ann\nBetreff: Bestellung",
	"От: Lavender <support@lavender-oak.example>\nОтправлено: 2 ноября\nКому: Ann\nТема: заказ",
	"发件人: Lavender <support@lavender-oak.example>\n发送时间: 2026年\n收件人: Ann\n主题: 订单",
	"差出人: Lavender <support@lavender-oak.example>\n送信日時: 2026年\n宛先: Ann\n件名: 注文",
	"از: فروشگاه <support@lavender-oak.example>\nتاریخ: دوشنبه\nبه: آن\nموضوع: سفارش",
	"من: Lavender <support@lavender-oak.example>\nتاريخ: الاثنين\nإلى: Ann\nالموضوع: طلب",
	"מאת: Lavender <support@lavender-oak.example>\nנשלח: יום שני\nאל: Ann\nנושא: הזמנה",
	"Begin forwarded message:",
	"---------- Forwarded message ---------\nFrom: Lavender <support@lavender-oak.example>",
	"---------- پیام هدایت شده ----------\nاز: فروشگاه",
}

func TestHistoryIsCutInManyLanguages(t *testing.T) {
	const written = "Hello,\n\nwhere is my order #1001? I wrote on 5 May and on 6 May."
	for _, intro := range introductions {
		for name, below := range map[string]string{
			"quoted": "> Your order has left us.\n>\n> Lavender & Oak", "bare": "Your order has left us.\n\nLavender & Oak",
		} {
			if name == "bare" && strings.Contains(intro, "schrieb Lavender & Oak:") {
				continue // a name alone is enough only above a quote
			}
			got := ReplyText(written + "\n\n" + intro + "\n\n" + below + "\n")
			if diff := cmp.Diff(written, got); diff != "" {
				t.Errorf("%s below %q: (-want +got)\n%s", name, intro, diff)
			}
		}
	}
}

func TestReplyText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing but new", "Hi,\n\n- one\n- two\n\nOn Monday I ordered 2 lamps.\nThanks", "Hi,\n\n- one\n- two\n\nOn Monday I ordered 2 lamps.\nThanks"},
		{"bottom", "On 2 May 2026, Shop <a@b.example> wrote:\n> Which size?\n\nThe large one.", "The large one."},
		{"between", "> Which size?\nLarge.\n> Which colour?\n\nBlue.\n> Bye", "Large.\n\nBlue."},
		{"signature", "Yes please.\n-- \nAnn\nTel. 030 1234567", "Yes please."},
		{"signature above the quote", "Yes.\n\n-- \nAnn\n\n> Which?", "Yes."},
		{"answer after a signature and a quote", "-- \nAnn\n> Which?\nThe blue one.", "The blue one."},
		{"phone", "Yes.\n\nSent from my iPhone", "Yes."},
		{"phone, above the quote", "Yes.\n\nVon meinem iPhone gesendet\n\n> Am 2.5.2026 um 10:00 schrieb A <a@b.example>:\n> x", "Yes."},
		{"phone fa", "بله لطفا\n\nارسال شده از آیفون من", "بله لطفا"},
		{"phone ja", "はい。\n\niPhoneから送信", "はい。"},
		{"phone with a link", "Yes.\n\nGet Outlook for iOS<https://aka.ms/o0ukef>", "Yes."},
		{"no phone", "Sent from my desk, which is large.", "Sent from my desk, which is large."},
		{"notice", "Yes.\n\nThis e-mail and any attachments are confidential and intended solely for the use of the individual to whom it is addressed. If you are not the intended recipient, delete it.", "Yes."},
		{"contact below a name", "Yes.\n\nBest regards,\nAnn Doe\nHead of Lamps\nann@d.example | +49 30 1234567", "Yes.\n\nBest regards,\nAnn Doe"},
		{"a postscript stays", "Yes.\n\nRegards,\nAnn\nPS: order #1001, ann@d.example", "Yes.\n\nRegards,\nAnn\nPS: order #1001, ann@d.example"},
		{"list footer", "Yes.\n\n_______________________________________________\nlamps mailing list\nlamps@lists.example", "Yes."},
		{"web form", "From: Ann <ann@d.example>\nSubject: lamp\n\nDo you have it in blue?", "From: Ann <ann@d.example>\nSubject: lamp\n\nDo you have it in blue?"},
		{"forward alone", "---------- Forwarded message ----------\nFrom: A <a@b.example>\nDate: today\n\nhello", ""},
		{"quote alone", "> only\n> this", ""},
		{"mbox From", "Hello\n>From here on it is mine.", "Hello\n>From here on it is mine."},
		{"a route is no header", "Please ship\nFrom: Berlin\nTo: Paris", "Please ship\nFrom: Berlin\nTo: Paris"},
		{"dashes divide", "First\n\n---\n\nSecond part of what I want to say, which goes on for a while.", "First\n\n---\n\nSecond part of what I want to say, which goes on for a while."},
		{"he wrote", "Your colleague wrote:\nwe will refund you.\nWhen?", "Your colleague wrote:\nwe will refund you.\nWhen?"},
		{"he wrote, with a date", "On 2 May 2026 at 10:15 your colleague wrote:\nwe will refund you.\nWhen?",
			"On 2 May 2026 at 10:15 your colleague wrote:\nwe will refund you.\nWhen?"},
		{"empty", "", ""},
	} {
		if diff := cmp.Diff(c.want, ReplyText(c.in)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}
