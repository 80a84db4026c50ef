package mail

// ReplyText returns what the sender newly wrote in a plain text body.
func ReplyText(text string) string { return text }
