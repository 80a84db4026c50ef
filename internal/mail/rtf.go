package mail

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// rtfDictionary is what a compressed RTF starts with in its window ([MS-OXRTFCP] section 2.1.2.1).
const rtfDictionary = "{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern " +
	"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par " +
	"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"

// decompressRTF unpacks the body of an Outlook mail (LZFu), up to limit bytes.
func decompressRTF(b []byte, limit int) []byte {
	if len(b) < 16 {
		return nil
	}
	kind, size := binary.LittleEndian.Uint32(b[8:]), int(binary.LittleEndian.Uint32(b[4:]))
	b = b[16:]
	if kind == 0x414c454d { // MELA: not compressed
		return b[:min(len(b), limit)]
	}
	limit = min(limit, max(0, size))
	var window [4096]byte
	at := copy(window[:], rtfDictionary)
	var out []byte
	put := func(c byte) {
		out = append(out, c)
		window[at] = c
		at = (at + 1) % len(window)
	}
	for len(b) > 0 && len(out) < limit {
		control := b[0]
		b = b[1:]
		for bit := 0; bit < 8 && len(b) > 0 && len(out) < limit; bit++ {
			if control>>bit&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out
			}
			ref := int(b[0])<<8 | int(b[1])
			b = b[2:]
			from, n := ref>>4, ref&15+2
			if from == at {
				return out
			}
			for ; n > 0; n-- {
				put(window[from])
				from = (from + 1) % len(window)
			}
		}
	}
	return out
}

// rtfSkipped are groups that hold no text of the mail.
var rtfSkipped = names(`fonttbl colortbl stylesheet info pict object header footer listtable listoverridetable
	generator themedata datastore xmlnstbl rsidtbl latentstyles filetbl revtbl`)

// rtfReader turns RTF into text: enough for what Outlook writes.
type rtfReader struct {
	out  strings.Builder
	skip []bool // per open group
	raw  []byte // bytes in the code page that wait to be decoded
}

func rtfText(b []byte) string {
	r := &rtfReader{}
	for i := 0; i < len(b); {
		switch c := b[i]; c {
		case '{':
			r.flush()
			r.skip = append(r.skip, r.skipping())
			i++
			if len(r.skip) > 1000 {
				return r.out.String()
			}
		case '}':
			r.flush()
			if len(r.skip) > 0 {
				r.skip = r.skip[:len(r.skip)-1]
			}
			i++
		case '\\':
			i = r.control(b, i+1)
		case '\r', '\n':
			i++
		default:
			r.literal(c)
			i++
		}
	}
	r.flush()
	return r.out.String()
}

func (r *rtfReader) skipping() bool { return len(r.skip) > 0 && r.skip[len(r.skip)-1] }

func (r *rtfReader) literal(c byte) {
	if !r.skipping() {
		r.raw = append(r.raw, c)
	}
}

func (r *rtfReader) flush() {
	if len(r.raw) > 0 {
		r.out.WriteString(decodeCharset(r.raw, "windows-1252"))
		r.raw = r.raw[:0]
	}
}

func (r *rtfReader) write(s string) {
	r.flush()
	if !r.skipping() {
		r.out.WriteString(s)
	}
}

// control reads what follows a backslash and returns where reading goes on.
func (r *rtfReader) control(b []byte, i int) int {
	if i >= len(b) {
		return i
	}
	switch c := b[i]; {
	case c == '\'' && i+2 < len(b) && unhex(b[i+1]) >= 0 && unhex(b[i+2]) >= 0:
		r.literal(byte(unhex(b[i+1])<<4 | unhex(b[i+2])))
		return i + 3
	case c == '*':
		if len(r.skip) > 0 {
			r.skip[len(r.skip)-1] = true
		}
		return i + 1
	case c == '~':
		r.write(" ")
		return i + 1
	case c < 'a' || c > 'z':
		if c == '{' || c == '}' || c == '\\' {
			r.literal(c)
		}
		return i + 1
	}
	start := i
	for i < len(b) && b[i] >= 'a' && b[i] <= 'z' {
		i++
	}
	word := string(b[start:i])
	num := i
	for i < len(b) && (b[i] >= '0' && b[i] <= '9' || b[i] == '-' && i == num) {
		i++
	}
	n, err := strconv.Atoi(string(b[num:i]))
	if i < len(b) && b[i] == ' ' {
		i++
	}
	switch {
	case word == "u" && err == nil:
		r.write(string(rune(uint16(n))))
		if i < len(b) && b[i] != '\\' && b[i] != '{' && b[i] != '}' {
			i++ // the stand-in character
		}
	case word == "par" || word == "line":
		r.write("\n")
	case word == "tab" || word == "cell":
		r.write("\t")
	case rtfSkipped[word] && len(r.skip) > 0:
		r.skip[len(r.skip)-1] = true
	}
	return i
}
