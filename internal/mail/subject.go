package mail

import (
	"slices"
	"strings"
	"unicode"
)

// maxSubject bounds what a reply's subject repeats, in bytes.
const maxSubject = 250

// replyPrefixes stand before the subject of a reply, as mail programs write them in their language, lower
// case.
var replyPrefixes = []string{
	"re", "aw", "sv", "vs", "antw", "antwort", "ant", "rif", "r", "odp", "ynt", "yan", "vá", "bls", "atb",
	"ref", "res", "resp", "rép", "réf", "ats", "vast", "hv", "rv.", "απ", "σχετ", "отв", "ответ", "на",
	"відп", "від", "पुन", "回复", "回覆", "答复", "返信", "회신", "답장", "ตอบ", "ตอบกลับ", "trả lời", "tl", "bal",
	"balas", "jwb", "رد", "پاسخ", "جواب", "ردّ", "השב", "תגובה", "תשובה", "הנדון",
}

// forwardPrefixes stand before the subject of a forwarded mail.
var forwardPrefixes = []string{
	"fw", "fwd", "wg", "tr", "rv", "enc", "i", "vb", "vl", "doorst", "dw", "pd", "podaj dalej", "i̇lt",
	"ilt", "ilet", "iletilen", "továbbítás", "fs", "vsmm", "trs", "rf", "prz", "prosl", "persl", "res fwd",
	"weitergeleitet", "transféré", "reenviado", "encaminhado", "inoltrato", "inoltra", "προώθ", "прθ",
	"пересл", "пересланное", "препратено", "перенаправлено", "переслано", "转发", "轉寄", "轉發", "転送", "전달",
	"chuyển tiếp", "trans", "teruskan", "ส่งต่อ", "إعادة توجيه", "إعادة إرسال", "تحويل", "هدایت",
	"ارسال مجدد", "بازارسال", "فوروارد", "העברה", "הועבר", "videresendt", "vidarebefordrat", "vidaresänt",
	"välitetty", "weiterl",
}

// ReplySubject is the subject of a reply: "Re: " and the subject without the reply prefixes that it already
// has, in whatever language; forward prefixes stay. The result is one line without bidi controls.
func ReplySubject(subject string) string {
	s := strings.Join(strings.Fields(stripInvisible(oneLine(subject))), " ")
	for {
		prefix, rest := cutPrefix(s)
		if prefix == "" || !slices.Contains(replyPrefixes, prefix) {
			break
		}
		s = rest
	}
	return "Re: " + cutBytes(s, maxSubject)
}

// ForwardSubject reports whether a subject begins with a forward prefix ("Fwd:", "WG:", "转发：" …). A reply to
// a forwarded mail ("Re: Fwd:") is none.
func ForwardSubject(subject string) bool {
	s := strings.TrimLeft(stripInvisible(oneLine(subject)), " [(")
	prefix, _ := cutPrefix(s)
	return prefix != "" && slices.Contains(forwardPrefixes, prefix)
}

// cutPrefix splits "Re[2]: hello" into "re" and "hello". The prefix is empty when there is none.
func cutPrefix(s string) (prefix, rest string) {
	i := strings.IndexAny(s, ":：")
	if i <= 0 || i > 40 {
		return "", s
	}
	prefix = strings.ToLower(strings.TrimSpace(s[:i]))
	rest = strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(s[i:], ":"), "："), " ")
	// counters: Re[2], Re(2), Re^2, RE2
	prefix = strings.TrimRightFunc(prefix, func(r rune) bool {
		return unicode.IsDigit(r) || strings.ContainsRune("[]()^* ", r)
	})
	return prefix, rest
}

// cutBytes shortens s to at most n bytes without splitting a character.
func cutBytes(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}

// stripInvisible removes characters that show nothing and can only deceive: zero width ones, bidi controls
// (Unicode TR 9), soft hyphens, and the tag characters that hide text for machines. ZWNJ and ZWJ stay between
// letters of scripts that need them (Persian, Devanagari) and in emoji.
func stripInvisible(s string) string {
	if isASCII(s) {
		return s
	}
	var prev rune
	return strings.Map(func(r rune) rune {
		p := prev
		switch {
		case r == '\u200c' || r == '\u200d':
			if p < 0x600 {
				return -1
			}
			return r
		case invisible(r):
			return -1
		}
		prev = r
		return r
	}, s)
}

func invisible(r rune) bool {
	switch {
	case r < 0xad:
		return false
	case r == 0xad, r == 0x34f, r == 0x61c, r == 0x115f, r == 0x1160, r == 0x17b4, r == 0x17b5, r == 0x180e,
		r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r == 0x3164, r == 0xfeff, r == 0xffa0, r >= 0xfff9 && r <= 0xfffb, r >= 0xfdd0 && r <= 0xfdef,
		r >= 0xe0000 && r <= 0xe0fff, r >= 0x1d173 && r <= 0x1d17a:
		return true
	}
	return false
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
