package web

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"net/http"
	"slices"
)

// htmxConfig fits htmx to the policy of the desk's pages: nothing is evaluated, no style or script is put in, nothing
// but the desk is asked, and no page with a customer's mail is kept in the browser. An answer of 409 or 422 is the
// page again with what is wrong; of any other failure only the message is shown, so that what was typed stays.
const htmxConfig = `{"allowEval":false,"allowScriptTags":false,"includeIndicatorStyles":false,` +
	`"selfRequestsOnly":true,"historyCacheSize":0,"historyRestoreAsHxRequest":false,"attributesToSettle":["class"],` +
	`"reportValidityOfForms":true,"responseHandling":[{"code":"204","swap":false},{"code":"[23]..","swap":true},` +
	`{"code":"409|422","swap":true},{"code":"...","swap":true,"error":true,"ignoreTitle":true,"target":"#trouble",` +
	`"select":"#message","swapOverride":"innerHTML"}]}`

// mark names the files and the language that a page is made of.
func (p *pages) mark(l *locale) string {
	sum := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(p.assets)) {
		sum.Write([]byte(name + p.assets[name].mark))
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]) + l.Lang
}

// renewed answers a page that was made with other files, or in another language, than the one that is asked for now:
// the browser then loads that one whole.
func (s *server) renewed(w http.ResponseWriter, r *http.Request, l *locale) bool {
	had := r.Header.Get("X-Desk")
	if had == "" || had == s.pages.mark(l) || r.Method != http.MethodGet {
		return false
	}
	w.Header().Set("HX-Redirect", r.URL.RequestURI())
	return true
}
