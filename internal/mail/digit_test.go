package mail

import (
	"strings"
	"testing"
)

func TestDigitsOfEveryScriptAreOne(t *testing.T) {
	for text, want := range map[string]string{
		"#۱۰۰۱": "#1001", "٠١٢٣٤٥٦٧٨٩": "0123456789", "１０": "10", "۹٩9": "999", "سفارش ۷": "سفارش 7", "٪²": "٪²",
	} {
		if got := strings.Map(Digit, text); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
}
