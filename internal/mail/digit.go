package mail

import "unicode/utf8"

// Digit gives a Persian, Arabic or full-width digit as the ASCII one, so that a number is the same however it is
// written, and every other character as it is.
func Digit(r rune) rune {
	switch {
	case r < utf8.RuneSelf:
	case r >= '۰' && r <= '۹':
		return '0' + r - '۰'
	case r >= '٠' && r <= '٩':
		return '0' + r - '٠'
	case r >= '０' && r <= '９':
		return '0' + r - '０'
	}
	return r
}
