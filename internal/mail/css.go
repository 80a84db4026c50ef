package mail

import (
	"strconv"
	"strings"
)

// attributes are those that decide what an element shows and means.
type attributes struct {
	id, class, style, typ, start, href, alt string
	color, bgcolor, smart                   string
	hidden                                  bool
}

func (r *htmlReader) attributes(more bool) (a attributes) {
	for n := 0; more && n < 100; n++ {
		var key, val []byte
		key, val, more = r.z.TagAttr()
		switch string(key) {
		case "id":
			a.id = string(val)
		case "class":
			a.class = string(val)
		case "style":
			a.style = strings.ToLower(string(val))
		case "type":
			a.typ = string(val)
		case "start":
			a.start = string(val)
		case "href":
			a.href = string(val)
		case "alt":
			a.alt = string(val)
		case "color":
			a.color = strings.ToLower(string(val))
		case "bgcolor":
			a.bgcolor = strings.ToLower(string(val))
		case "data-smartmail":
			a.smart = string(val)
		case "hidden":
			a.hidden = true
		}
	}
	return a
}

// rgb is a colour, 0xRRGGBB; unknown for pictures and what is not understood.
type rgb int

const unknown rgb = -1

// style is what an element inherits.
type style struct {
	gone      bool // display:none and its kin: nothing inside can show again
	invisible bool // visibility:hidden, which a child may undo
	tiny      bool // a font size of nearly nothing, which a child may undo
	color     rgb
	back      rgb
	clear     bool // transparent text
}

// rootStyle: black on white.
var rootStyle = style{color: 0, back: 0xFFFFFF}

// shown reports whether text in this style can be read.
func (s style) shown() bool {
	return !s.gone && !s.invisible && !s.tiny && !s.clear && !near(s.color, s.back)
}

// near: two colours that nobody can tell apart.
func near(a, b rgb) bool {
	if a == unknown || b == unknown {
		return false
	}
	for shift := 0; shift <= 16; shift += 8 {
		if d := int(a>>shift)&255 - int(b>>shift)&255; d > 12 || d < -12 {
			return false
		}
	}
	return true
}

// child is the style of an element inside this one, before any CSS.
func (s style) child(name string, a attributes) style {
	if unshown[name] || a.hidden {
		s.gone = true
	}
	if s.gone {
		return s
	}
	if a.bgcolor != "" {
		s.back = parseColor(a.bgcolor)
	}
	if a.color != "" && name == "font" {
		s.color = parseColor(a.color)
	}
	return s
}

// declared applies declarations, in lower case.
func (s style) declared(decl string) style {
	if decl == "" {
		return s
	}
	box := box{width: -1, height: -1}
	for rest := decl; rest != ""; {
		var d string
		d, rest, _ = strings.Cut(rest, ";")
		key, value, _ := strings.Cut(d, ":")
		value = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "!important"))
		s.one(strings.TrimSpace(key), value, &box)
	}
	s.gone = s.gone || box.hides()
	return s
}

// box collects the properties that hide only together.
type box struct {
	width, height float64 // in px; -1 when not said
	clipped, away bool    // overflow:hidden; taken out of the flow
	far           bool    // a large negative offset
}

func (b box) hides() bool {
	return b.clipped && (b.width >= 0 && b.width <= 1 || b.height >= 0 && b.height <= 1) || b.away && b.far
}

func (s *style) one(key, value string, b *box) {
	switch key {
	case "display":
		s.gone = s.gone || value == "none"
	case "visibility":
		s.invisible = value == "hidden" || value == "collapse"
	case "opacity":
		n, ok := number(value)
		s.gone = s.gone || ok && n < 0.06
	case "font-size":
		s.tiny = tinySize(value)
	case "font":
		for _, f := range strings.Fields(value) {
			size, _, _ := strings.Cut(f, "/")
			if n, ok := number(size); ok && size != "" && (n < 100 || strings.HasSuffix(size, "%")) {
				s.tiny = tinySize(size)
			}
		}
	case "color", "-webkit-text-fill-color":
		s.color = parseColor(value)
		s.clear = transparent(value)
	case "background-color":
		if !transparent(value) {
			s.back = parseColor(value)
		}
	case "background", "background-image":
		s.background(value)
	case "width", "max-width":
		b.width = pixels(value, b.width)
	case "height", "max-height":
		b.height = pixels(value, b.height)
	case "overflow", "overflow-x", "overflow-y":
		b.clipped = b.clipped || value == "hidden" || value == "clip"
	case "position":
		b.away = b.away || value == "absolute" || value == "fixed"
	case "left", "right", "top", "bottom":
		n, ok := number(value)
		b.far = b.far || ok && n <= -500
	case "text-indent", "margin-left", "margin-top", "margin":
		n, ok := number(value)
		s.gone = s.gone || ok && n <= -500
	case "clip", "clip-path":
		s.gone = s.gone || hidingClip(value)
	case "transform":
		s.gone = s.gone || strings.Contains(strings.ReplaceAll(value, " ", ""), "scale(0)")
	}
}

// background: the shorthand may hold a colour; a picture or gradient makes the colour unknown.
func (s *style) background(value string) {
	if strings.Contains(value, "url(") || strings.Contains(value, "gradient") {
		s.back = unknown
		return
	}
	if c := parseColor(value); c != unknown {
		s.back = c
		return
	}
	for _, f := range strings.Fields(value) {
		if c := parseColor(f); c != unknown {
			s.back = c
		}
	}
}

func hidingClip(v string) bool {
	v = strings.ReplaceAll(strings.ReplaceAll(v, " ", ""), ",", "")
	switch v {
	case "rect(0000)", "rect(0px0px0px0px)", "rect(1px1px1px1px)", "inset(50%)", "inset(100%)",
		"circle(0)", "circle(0px)", "circle(0%)":
		return true
	}
	return false
}

// tinySize: under 3 px nobody reads; relative sizes only at nearly zero.
func tinySize(v string) bool {
	n, ok := number(v)
	if !ok || n < 0 {
		return false
	}
	switch strings.TrimLeft(v, "0123456789.+-") {
	case "", "px", "pt":
		return n < 3
	case "%":
		return n < 10
	}
	return n < 0.1
}

// number reads the number that a value begins with.
func number(v string) (float64, bool) {
	end := 0
	for end < min(len(v), 20) && (v[end] >= '0' && v[end] <= '9' || v[end] == '.' || v[end] == '-' && end == 0) {
		end++
	}
	n, err := strconv.ParseFloat(v[:end], 64)
	return n, err == nil
}

// pixels reads a size; auto and the like leave it as it was.
func pixels(v string, was float64) float64 {
	if n, ok := number(v); ok {
		return n
	}
	return was
}

func transparent(v string) bool {
	if v == "transparent" {
		return true
	}
	if inner, ok := strings.CutPrefix(v, "rgba("); ok {
		if i := strings.LastIndexAny(inner, ",/"); i >= 0 {
			n, ok := number(strings.TrimSpace(inner[i+1:]))
			return ok && n < 0.06
		}
	}
	return len(v) == 9 && v[0] == '#' && v[7:] == "00"
}

var colors = map[string]rgb{
	"white": 0xFFFFFF, "black": 0, "snow": 0xFFFAFA, "ivory": 0xFFFFF0, "whitesmoke": 0xF5F5F5,
	"ghostwhite": 0xF8F8FF, "floralwhite": 0xFFFAF0, "azure": 0xF0FFFF, "mintcream": 0xF5FFFA,
	"red": 0xFF0000, "green": 0x008000, "blue": 0x0000FF, "navy": 0x000080, "gray": 0x808080,
	"grey": 0x808080, "silver": 0xC0C0C0, "yellow": 0xFFFF00, "orange": 0xFFA500, "purple": 0x800080,
	"maroon": 0x800000, "teal": 0x008080, "windowtext": 0, "window": 0xFFFFFF,
}

// parseColor reads #rgb, #rrggbb, rgb(…), rgba(…) and common names.
func parseColor(v string) rgb {
	v = strings.TrimSpace(v)
	if c, ok := colors[v]; ok {
		return c
	}
	if hex, ok := strings.CutPrefix(v, "#"); ok || len(v) == 6 {
		if len(hex) == 3 || len(hex) == 4 {
			hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
		}
		if len(hex) >= 6 {
			if n, err := strconv.ParseUint(hex[:6], 16, 32); err == nil {
				return rgb(n)
			}
		}
		return unknown
	}
	if !strings.HasPrefix(v, "rgb") {
		return unknown
	}
	f := strings.FieldsFunc(v[3:], func(r rune) bool { return strings.ContainsRune("a(), /", r) })
	if len(f) < 3 {
		return unknown
	}
	var c rgb
	for _, part := range f[:3] {
		n, ok := number(part)
		if !ok {
			return unknown
		}
		if strings.HasSuffix(part, "%") {
			n = n * 255 / 100
		}
		c = c<<8 | rgb(min(255, max(0, n)))
	}
	return c
}

// readRules takes the rules of one simple selector (`p`, `.x`, `#y`, `p.x`) out of a style sheet in lower
// case. Rules inside @media and other at-rules hold only sometimes and are skipped.
func readRules(css string, rules map[string]string) {
	css = uncomment(css)
	css = strings.ReplaceAll(strings.ReplaceAll(css, "<!--", ""), "-->", "")
	for len(rules) < 2000 {
		i := strings.IndexByte(css, '{')
		if i < 0 {
			return
		}
		selectors := strings.TrimSpace(css[:i])
		if j := strings.LastIndexByte(selectors, ';'); j >= 0 { // @import …;
			selectors = strings.TrimSpace(selectors[j+1:])
		}
		if strings.HasPrefix(selectors, "@") {
			css = skipBlock(css[i:])
			continue
		}
		end := strings.IndexByte(css[i:], '}')
		if end < 0 {
			return
		}
		decl := css[i+1 : i+end]
		css = css[i+end+1:]
		for sel := range strings.SplitSeq(selectors, ",") {
			sel = strings.TrimSpace(sel)
			if sel != "" && !strings.ContainsAny(sel, " >+~[:*") && len(rules[sel]) < 4096 {
				rules[sel] += ";" + decl
			}
		}
	}
}

// uncomment removes /* comments */.
func uncomment(css string) string {
	var b strings.Builder
	for {
		i := strings.Index(css, "/*")
		if i < 0 {
			break
		}
		b.WriteString(css[:i] + " ")
		end := strings.Index(css[i+2:], "*/")
		if end < 0 {
			return b.String()
		}
		css = css[i+2+end+2:]
	}
	b.WriteString(css)
	return b.String()
}

// skipBlock skips a balanced {…}.
func skipBlock(css string) string {
	depth := 0
	for i := 0; i < len(css); i++ {
		switch css[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth <= 0 {
				return css[i+1:]
			}
		}
	}
	return ""
}
