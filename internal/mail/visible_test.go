package mail

import (
	"strings"
	"testing"
)

func TestVisibleHTMLHidesWhatTheTextHides(t *testing.T) {
	in := `<style>.h{display:none}</style><p>Seen <b>bold</b></p><div style="display:none">secret<p>deep</p></div>` +
		`<span class=h>secret</span><script>secret</script><p style="font-size:0">secret</p><p>end</p>`
	got := VisibleHTML(in)
	if strings.Contains(strings.ReplaceAll(got, "<style>.h", ""), "secret") || strings.Contains(got, "deep") {
		t.Errorf("hidden text is left: %s", got)
	}
	if !strings.Contains(got, "<p>Seen <b>bold</b></p>") || !strings.Contains(got, "<p>end</p>") {
		t.Errorf("visible text is gone: %s", got)
	}
}

// TestAttachmentDataIsWhatIsListed: the n-th content is the n-th name's.
func TestAttachmentDataIsWhatIsListed(t *testing.T) {
	raw := []byte("From: a@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nHello\r\n" +
		"--b\r\nContent-Type: text/csv; name=a.csv\r\nContent-Disposition: attachment\r\n\r\n1,2\r\n" +
		"--b\r\nContent-Type: image/png; name=p.png\r\nContent-Disposition: attachment\r\n" +
		"Content-Transfer-Encoding: base64\r\n\r\nUE5H\r\n--b--\r\n")
	m := Parse(raw, Limits{})
	if len(m.Attachments) != 2 || m.Attachments[1].Name != "p.png" {
		t.Fatalf("%+v", m.Attachments)
	}
	for n, want := range []string{"1,2", "PNG", ""} {
		if got := string(AttachmentData(raw, n, Limits{})); strings.TrimSpace(got) != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
}

// FuzzVisibleHTML: it never panics, and never shows a text that HTMLToText would not.
func FuzzVisibleHTML(f *testing.F) {
	f.Add("<p>a<div style=display:none>b</p>c")
	f.Fuzz(func(t *testing.T, s string) { VisibleHTML(s) })
}
