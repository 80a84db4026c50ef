package mail

import (
	"bytes"
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// HTMLToText turns an HTML body into readable text: blocks on their own lines, lists with bullets, quoted
// blocks with "> ". What a reader of the mail cannot see is not in it: elements that CSS hides
// (display:none, no size, no opacity, off the screen, text in the colour of its background), scripts,
// styles, comments, invisible characters. Input of any size takes linear time; nesting beyond 512 elements
// is flattened.
func HTMLToText(s string) string { return strings.Trim(unmark(htmlToMarked(s)), "\n") }

// htmlToMarked is HTMLToText with marks of history and signatures (see marks.go) for ReplyText.
func htmlToMarked(s string) string {
	r := &htmlReader{z: html.NewTokenizer(strings.NewReader(s)), style: rootStyle, open: map[string]int{}}
	r.out.Grow(len(s) / 4)
	for {
		switch r.z.Next() {
		case html.ErrorToken:
			r.closeTo(0)
			return r.out.String()
		case html.TextToken:
			r.text(r.z.Text())
		case html.StartTagToken, html.SelfClosingTagToken:
			r.start()
		case html.EndTagToken:
			name, _ := r.z.TagName()
			r.end(name)
		}
	}
}

const (
	maxNesting = 512      // open elements; real mail has under 60
	maxStyle   = 64 << 10 // bytes of style sheets that are looked at
	maxApplied = 8 << 20  // bytes of style sheets read and applied, all elements together
	maxClasses = 8        // of one element
)

// element is one open element.
type element struct {
	name  string
	style style // of the parent, restored at its end
	quote bool  // a blockquote
	pre   bool
	mark  bool // a block whose end is marked
	list  int  // the number of the next item; -1 for bullets
	href  string
	at    int // where its text begins in the output
}

type htmlReader struct {
	z     *html.Tokenizer
	out   strings.Builder
	stack []element
	open  map[string]int // how many elements of a name are open
	style style
	rules map[string]string // style sheets: simple selector → declarations
	sheet int               // bytes of style sheets read and applied so far

	quotes  int  // open blockquotes
	pre     int  // open pre elements
	lines   int  // line breaks owed before the next text
	space   bool // a space is owed before the next text
	written int  // line breaks at the end of the output, 2 at the start
}

// Kinds of elements that the reader treats in a special way.
var (
	blocks = names(`address article aside body caption center dd details dir div dl dt fieldset figcaption figure
		footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol p pre section summary table tbody tfoot
		thead tr ul blockquote`)
	spaced  = names("p h1 h2 h3 h4 h5 h6 pre blockquote table ul ol dl")
	empties = names("area base br col embed hr img input link meta param source track wbr basefont frame keygen")
	unshown = names(`head script style title template noscript noembed noframes iframe object audio video canvas
		datalist svg math map`)
	ofHead  = names("title style script meta link base noscript template xml")
	inline  = names("a b i u em strong span font small big sub sup tt code s strike del ins label")
	closesP = blocks
	scopes  = names("table td th html template caption")
	tabular = names("table tbody thead tfoot tr td th caption")
)

func names(s string) map[string]bool {
	m := map[string]bool{}
	for _, n := range strings.Fields(s) {
		m[n] = true
	}
	return m
}

// start opens an element.
func (r *htmlReader) start() {
	raw, more := r.z.TagName()
	e := element{name: tagName(raw), style: r.style, list: -1}
	a := r.attributes(more)
	r.implied(e.name)
	switch e.name {
	case "br":
		r.brk()
		return
	case "hr":
		r.owe(2)
		if a.isHistory() {
			r.mark(markQuote)
		}
		return
	case "img":
		r.image(a)
		return
	case "td", "th":
		r.space = true
	case "style":
		if r.z.Next() == html.TextToken {
			r.addRules(r.z.Text())
		}
		return
	}
	r.style = r.styled(e.name, a)
	if empties[e.name] {
		r.style = e.style
		return
	}
	if blocks[e.name] {
		r.owe(blockLines(e.name, a))
	}
	r.begin(&e, a)
	if len(r.stack) >= maxNesting {
		if !r.style.shown() { // never let hidden text out by nesting it deeply
			r.stack[len(r.stack)-1].style.gone = r.stack[len(r.stack)-1].style.gone || r.style.gone
			return
		}
		r.style = e.style
		return
	}
	r.stack = append(r.stack, e)
	r.open[e.name]++
}

func blockLines(name string, a attributes) int {
	if spaced[name] && !strings.HasPrefix(a.class, "Mso") {
		return 2
	}
	return 1
}

// begin does what the start of an element brings to the output.
func (r *htmlReader) begin(e *element, a attributes) {
	switch {
	case a.isHistory():
		r.mark(markQuote)
	case a.isAside():
		e.mark = true
		r.mark(markOpen)
	}
	switch e.name {
	case "blockquote":
		e.quote = true
		r.quotes++
	case "pre", "textarea":
		e.pre = true
		r.pre++
	case "ol":
		e.list = 1
		if n, err := strconv.Atoi(a.start); err == nil && n >= 0 && n < 1e6 {
			e.list = n
		}
	case "li":
		r.bullet()
	case "a":
		e.href = a.href
		e.at = r.out.Len()
	}
}

// implied closes elements whose end tag HTML lets people leave out.
func (r *htmlReader) implied(name string) {
	top := func() string {
		if len(r.stack) == 0 {
			return ""
		}
		return r.stack[len(r.stack)-1].name
	}
	if name == "body" || top() == "head" && !ofHead[name] {
		r.endUntil("head", "html")
	}
	if closesP[name] && top() == "p" {
		r.closeTo(len(r.stack) - 1)
	}
	switch name {
	case "li":
		r.endUntil("li", "ul", "ol", "menu", "dir")
	case "td", "th":
		if !r.endUntil("td", "tr", "table") {
			r.endUntil("th", "tr", "table")
		}
	case "tr":
		r.endUntil("tr", "table")
	case "dt", "dd":
		if !r.endUntil("dt", "dl") {
			r.endUntil("dd", "dl")
		}
	case "option":
		r.endUntil("option", "select")
	}
}

// endUntil closes the innermost element of this name unless one of the limits stands in between.
func (r *htmlReader) endUntil(name string, limits ...string) bool {
	if r.open[name] == 0 {
		return false
	}
	for i := len(r.stack) - 1; i >= 0; i-- {
		n := r.stack[i].name
		if n == name {
			r.closeTo(i)
			return true
		}
		for _, l := range limits {
			if n == l {
				return false
			}
		}
	}
	return false
}

// end closes the innermost open element of this name, and those inside it; a stray end tag does nothing.
func (r *htmlReader) end(raw []byte) {
	name := tagName(raw)
	if name == "br" || name == "p" && !r.isOpen("p") {
		r.owe(1)
		return
	}
	if r.open[name] == 0 {
		return
	}
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i].name == name {
			r.closeTo(i)
			return
		}
		if scopes[r.stack[i].name] && !tabular[name] {
			return
		}
	}
}

func (r *htmlReader) isOpen(name string) bool {
	if r.open[name] == 0 {
		return false
	}
	for i := len(r.stack) - 1; i >= 0 && !scopes[r.stack[i].name]; i-- {
		if r.stack[i].name == name {
			return true
		}
	}
	return false
}

// closeTo closes all elements from number n on.
func (r *htmlReader) closeTo(n int) {
	for i := len(r.stack) - 1; i >= n; i-- {
		e := r.stack[i]
		r.open[e.name]--
		if e.href != "" {
			r.link(e)
		}
		if e.mark {
			r.mark(markClose)
		}
		if e.quote {
			r.quotes--
		}
		if e.pre {
			r.pre--
		}
		if blocks[e.name] {
			r.owe(blockLines(e.name, attributes{}))
		}
		r.style = e.style
	}
	r.stack = r.stack[:max(0, n)]
}

// tagName avoids a copy for the names that matter.
func tagName(raw []byte) string {
	if n, ok := known[string(raw)]; ok {
		return n
	}
	return string(raw)
}

var known = func() map[string]string {
	m := map[string]string{}
	for _, set := range []map[string]bool{blocks, empties, unshown, tabular, inline} {
		for n := range set {
			m[n] = n
		}
	}
	return m
}()

// styled is the style of an element, by the sheets, then by its own attributes.
func (r *htmlReader) styled(name string, a attributes) style {
	s := r.style.child(name, a)
	if s.gone || len(r.rules) == 0 || r.sheet > maxApplied {
		return s.declared(a.style)
	}
	apply := func(selector string) {
		if decl := r.rules[selector]; decl != "" {
			r.sheet += len(decl)
			s = s.declared(decl)
		}
	}
	apply(name)
	if a.id != "" {
		apply("#" + strings.ToLower(a.id))
	}
	if a.class != "" {
		classes := strings.Fields(strings.ToLower(a.class[:min(len(a.class), 1000)]))
		for _, c := range classes[:min(len(classes), maxClasses)] {
			apply("." + c)
			apply(name + "." + c)
		}
	}
	return s.declared(a.style)
}

// addRules reads a style sheet for rules of one simple selector (see css.go).
func (r *htmlReader) addRules(b []byte) {
	b = b[:min(len(b), max(0, maxStyle-r.sheet))]
	r.sheet += len(b)
	if r.rules == nil {
		r.rules = map[string]string{}
	}
	readRules(string(bytes.ToLower(b)), r.rules)
}
