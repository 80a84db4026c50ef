package mail

import (
	"bytes"
	"encoding/binary"
	"errors"
	"strconv"
	"strings"
	"unicode/utf16"
)

// A TNEF stream ([MS-OXTNEF] section 2.1), what Outlook calls winmail.dat: a signature, a key, then
// attributes of level, id, length, data, checksum; MAPI properties inside two of them.
const (
	tnefSignature  = 0x223e9f78
	tnefMaxAttrs   = 10_000
	attBody        = 0x0002800c
	attAttachTitle = 0x00018010
	attAttachData  = 0x0006800f
	attAttachStart = 0x00069002
	attAttachProps = 0x00069005
	attMessageProp = 0x00069003
	attCodepage    = 0x00069007
)

// MAPI properties ([MS-OXPROPS]).
const (
	propBody      = 0x1000
	propHTML      = 0x1013
	propRTF       = 0x1009
	propName      = 0x3001
	propShortName = 0x3704
	propLongName  = 0x3707
	propData      = 0x3701
	propMIME      = 0x370e
)

var errTNEF = errors.New("winmail.dat cannot be read")

// tnefFile is an attachment inside the stream.
type tnefFile struct {
	short, long, kind string
	size              int
	data              []byte
}

// tnefReader holds what one stream gave so far.
type tnefReader struct {
	charset string
	body    string
	html    []byte
	rtf     []byte
	files   []tnefFile
}

// tnef reads a winmail.dat: its files are listed, its text is the mail's.
func (p *parser) tnef(b []byte) content {
	r := &tnefReader{charset: "windows-1252"}
	if err := r.read(b); err != nil {
		p.incomplete(errTNEF.Error())
		if len(r.files) == 0 && r.body == "" && r.html == nil {
			p.attach(part{typ: parameterized{value: "application/ms-tnef"}}, "winmail.dat", len(b), "attachment")
		}
	}
	for _, f := range r.files {
		name := f.long
		if name == "" {
			name = f.short
		}
		if f.kind == "" {
			f.kind = "application/octet-stream"
		}
		p.attach(part{typ: parameterized{value: strings.ToLower(f.kind)}}, name, f.size, "attachment")
		p.keep(func() []byte { return f.data })
	}
	switch {
	case len(r.html) > 0:
		return content{html: strings.ToValidUTF8(decodeCharset(p.bounded(r.html), r.charset), "\uFFFD")}
	case strings.TrimSpace(r.body) != "":
		return content{text: cleanText(string(p.bounded([]byte(r.body))))}
	case len(r.rtf) > 0:
		return content{text: cleanText(rtfText(p.bounded(decompressRTF(r.rtf, p.lim.Text))))}
	}
	return content{}
}

func (r *tnefReader) read(b []byte) error {
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != tnefSignature {
		return errTNEF
	}
	b = b[6:]
	for n := 0; len(b) > 0; n++ {
		if len(b) < 11 || n > tnefMaxAttrs {
			return errTNEF
		}
		id, size := binary.LittleEndian.Uint32(b[1:]), binary.LittleEndian.Uint32(b[5:])
		if uint64(size)+11 > uint64(len(b)) {
			return errTNEF
		}
		r.attribute(id, b[9:9+size])
		b = b[11+size:]
	}
	return nil
}

func (r *tnefReader) attribute(id uint32, data []byte) {
	switch id {
	case attCodepage:
		if len(data) >= 4 {
			r.charset = codepage(binary.LittleEndian.Uint32(data))
		}
	case attBody:
		r.body = decodeCharset(bytes.TrimRight(data, "\x00"), r.charset)
	case attMessageProp:
		r.properties(data, r.messageProperty)
	case attAttachStart:
		if len(r.files) < 1000 {
			r.files = append(r.files, tnefFile{})
		}
	}
	if len(r.files) == 0 {
		return
	}
	f := &r.files[len(r.files)-1]
	switch id {
	case attAttachTitle:
		f.short = decodeCharset(bytes.TrimRight(data, "\x00"), r.charset)
	case attAttachData:
		f.size, f.data = len(data), data
	case attAttachProps:
		r.properties(data, func(prop uint16, value []byte, wide bool) {
			switch prop {
			case propLongName:
				f.long = r.text(value, wide)
			case propShortName, propName:
				if f.short == "" {
					f.short = r.text(value, wide)
				}
			case propMIME:
				f.kind = r.text(value, wide)
			case propData:
				f.size = max(f.size, len(value))
			}
		})
	}
}

func (r *tnefReader) messageProperty(prop uint16, value []byte, wide bool) {
	switch prop {
	case propBody:
		r.body = r.text(value, wide)
	case propHTML:
		r.html = bytes.TrimRight(value, "\x00")
		if wide {
			r.html = []byte(r.text(value, wide))
		}
	case propRTF:
		r.rtf = value
	}
}

// text decodes a string property.
func (r *tnefReader) text(b []byte, wide bool) string {
	if !wide {
		return decodeCharset(bytes.TrimRight(b, "\x00"), r.charset)
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

func codepage(n uint32) string {
	switch {
	case n == 65001:
		return "utf-8"
	case n == 932:
		return "shift_jis"
	case n == 936:
		return "gbk"
	case n == 949:
		return "euc-kr"
	case n == 950:
		return "big5"
	case n >= 1250 && n <= 1258 || n == 874:
		return "windows-" + strconv.Itoa(int(n))
	}
	return "windows-1252"
}

// mapiSize is the length of a fixed-size MAPI type, 0 for others ([MS-OXCDATA] section 2.11.1).
func mapiSize(kind uint16) int {
	switch kind {
	case 0x0002, 0x000b, 0x0003, 0x0004, 0x000a, 0x0001:
		return 4
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040:
		return 8
	case 0x0048:
		return 16
	}
	return 0
}

// properties walks a list of MAPI properties and calls see for each value with a length of its own. It
// stops at what it does not understand.
func (r *tnefReader) properties(b []byte, see func(prop uint16, value []byte, wide bool)) {
	c := cursor{b: b}
	for count := c.uint32(); count > 0 && !c.failed && len(c.b) > 0; count-- {
		kind, prop := c.uint16(), c.uint16()
		if prop >= 0x8000 { // a named property: GUID, kind, id or name
			c.take(16)
			if c.uint32() == 0 {
				c.take(4)
			} else {
				c.padded(int(c.uint32()))
			}
		}
		values := uint32(1)
		if kind&0x1000 != 0 {
			values = c.uint32()
		}
		base := kind &^ 0x1000
		if size := mapiSize(base); size > 0 {
			c.take(int(min(values, 1<<20)) * size)
			continue
		}
		if base != 0x001e && base != 0x001f && base != 0x0102 && base != 0x000d {
			return
		}
		if kind&0x1000 == 0 {
			values = c.uint32()
		}
		for ; values > 0 && !c.failed; values-- {
			if v := c.padded(int(c.uint32())); !c.failed {
				see(prop, v, base == 0x001f)
			}
		}
	}
}

// cursor reads little-endian values and notes when the data ends too early.
type cursor struct {
	b      []byte
	failed bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.failed = true
		c.b = nil
		return nil
	}
	v := c.b[:n]
	c.b = c.b[n:]
	return v
}

// padded takes n bytes and the padding to a multiple of four.
func (c *cursor) padded(n int) []byte {
	v := c.take(n)
	if pad := (4 - n%4) % 4; !c.failed && pad <= len(c.b) {
		c.take(pad)
	}
	return v
}

func (c *cursor) uint16() uint16 {
	if v := c.take(2); v != nil {
		return binary.LittleEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) uint32() uint32 {
	if v := c.take(4); v != nil {
		return binary.LittleEndian.Uint32(v)
	}
	return 0
}
