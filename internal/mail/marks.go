package mail

import "strings"

// Marks are lines of one noncharacter that the HTML reader leaves for the reply reader: what markup knows and
// plain text does not. Mail text cannot hold them: cleanText and the HTML reader drop noncharacters.
const (
	markQuote = "\uFDD0" // history begins here and goes to the end of the text
	markOpen  = "\uFDD1" // a quoted or signature block begins
	markClose = "\uFDD2" // and ends
)

// unmark gives the text without marks.
func unmark(s string) string {
	if !strings.Contains(s, "\uFDD0") && !strings.Contains(s, "\uFDD1") {
		return s
	}
	var b strings.Builder
	for line := range strings.Lines(s) {
		switch strings.TrimRight(line, "\n") {
		case markQuote, markOpen, markClose:
		default:
			b.WriteString(line)
		}
	}
	return b.String()
}

// historyIDs are ids of elements after which all is history, as mail programs write them.
var historyIDs = []string{
	"divrplyfwdmsg",        // Outlook on the web, Outlook for Mac
	"appendonsend",         // Outlook on the web: where the reply ends
	"olk_src_body_section", // Outlook for Mac 2011
	"stopspelling",         // Hotmail
	"ms-outlook-mobile-body-separator-line",
	"mail-editor-reference-message-container", // new Outlook
	"isforwardcontent", "isreplycontent",      // Outlook.com, QQ
}

// isHistory reports whether all from this element on is history.
func (a attributes) isHistory() bool {
	if a.id != "" {
		id := strings.TrimPrefix(strings.ToLower(a.id), "x_")
		for _, h := range historyIDs {
			if id == h {
				return true
			}
		}
	}
	if strings.Contains(a.class, "OutlookMessageHeader") {
		return true
	}
	// Outlook draws a thin line in one of two colours above the header of the quoted mail.
	if i := strings.Index(a.style, "border-top:"); i >= 0 {
		line, _, _ := strings.Cut(a.style[i:], ";")
		return strings.Contains(line, "solid #e1e1e1") || strings.Contains(line, "solid #b5c4df") ||
			strings.Contains(line, "solid rgb(225,") || strings.Contains(line, "solid rgb(181,")
	}
	return false
}

// asideClasses are classes and ids of blocks that the sender did not write: signatures, and history of
// programs that quote in one block.
var asideClasses = []string{
	"gmail_signature", "moz-signature", "protonmail_signature_block", "ms-outlook-mobile-signature",
	"applemailsignature", "zmail_signature", "yahoo-signature", "mobile_signature", "mobile-signature",
	"yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra", "front-blockquote",
	"moz-forward-container", "ms-outlook-mobile-reference-message", "moz-email-headers-table",
}

// isAside reports whether an element is a block apart from what the sender wrote.
func (a attributes) isAside() bool {
	if a.smart == "gmail_signature" {
		return true
	}
	if a.class == "" && a.id == "" {
		return false
	}
	id := strings.TrimPrefix(strings.ToLower(a.id), "x_")
	if id == "signature" || strings.HasPrefix(id, "yahoo_quoted") {
		return true
	}
	class := strings.ToLower(a.class)
	for _, c := range asideClasses {
		if id == c || strings.Contains(class, c) && !strings.Contains(class, c+"_prefix") {
			return true
		}
	}
	return false
}
