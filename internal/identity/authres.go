package identity

import "errors"

// Bounds of one Authentication-Results field, some eight times what the most talkative provider that we
// know of writes (Fastmail: about 2,000 bytes, 15 results), so that more is no provider's doing.
const (
	maxFieldBytes = 16 << 10
	maxResults    = 100
	maxProperties = 50
	maxNesting    = 20
)

// authResults is one Authentication-Results field, read by RFC 8601 section 2.2.
type authResults struct {
	id      string // authserv-id, lower case; empty in the form without one
	results []result
}

// result is one clause: what a method found, with the properties that stand in that clause and no other.
type result struct {
	method     string // lower case: "dmarc"
	value      string // lower case: "pass"
	properties []property
}

// property is one ptype.property=pvalue (RFC 8601 section 2.3).
type property struct {
	name  string // lower case: "header.from"
	value string // as written, quotes and escapes resolved
}

// property gives the value of a property of this clause, empty where it has none.
func (r result) property(name string) string {
	for _, p := range r.properties {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// Why a field cannot be read. A field in error is never partly believed.
var (
	errSyntax    = errors.New("is not well-formed")
	errTooLong   = errors.New("is too long")
	errVersion   = errors.New("has an unknown version")
	errDuplicate = errors.New("states the same thing twice")
	errBreakout  = errors.New("has a comment that ends inside a quotation")
)

// methods are those whose result may prove something. Such a name with "=" where only a property or a
// reason may stand is a clause that somebody tried to slip in. SPF proves nothing, and Zoho writes it
// without the ";".
var methods = map[string]bool{"dmarc": true, "dkim": true, "arc": true, "compauth": true}

// parseAuthResults reads a whole field: authserv-id, version, then clauses. When only the clauses are at
// fault, the id is given together with the error, so that the caller knows whose field is broken.
//
// It follows RFC 8601 section 2.2, with what providers really write: an empty clause (a trailing ";"),
// unquoted property values with "@", "/" or "=" in them, and "name=value" without a ptype (Fastmail's
// "x-bits=2048", Microsoft's "action=none"), which is read and ignored.
func parseAuthResults(field string) (authResults, error) {
	var a authResults
	s := &scanner{in: field[:min(len(field), maxFieldBytes)]}
	if !s.space() {
		return a, s.err
	}
	id, ok := s.value()
	if !ok {
		return a, errSyntax
	}
	a.id = lower(id)
	if len(field) > maxFieldBytes {
		return a, errTooLong
	}
	if !s.space() {
		return a, s.err
	}
	if version := s.keyword(); version != "" && version != "1" {
		return a, errVersion
	}
	if !s.space() {
		return a, s.err
	}
	if !s.end() && !s.take(';') {
		return a, errSyntax
	}
	var err error
	a.results, err = s.clauses()
	return a, err
}

// parseWithoutID reads the form of Microsoft 365, which begins with the first clause.
func parseWithoutID(field string) (authResults, error) {
	if len(field) > maxFieldBytes {
		return authResults{}, errTooLong
	}
	results, err := (&scanner{in: field}).clauses()
	return authResults{results: results}, err
}

// clauses reads what follows the authserv-id: "none", or results divided by ";".
func (s *scanner) clauses() ([]result, error) {
	var list []result
	for !s.end() {
		if !s.space() {
			return nil, s.err
		}
		if s.end() || s.take(';') {
			continue
		}
		if len(list) == maxResults {
			return nil, errTooLong
		}
		r, err := s.clause()
		if err != nil {
			return nil, err
		}
		list = append(list, r)
		if !s.end() && !s.take(';') {
			return nil, errSyntax
		}
	}
	for _, r := range list {
		if r.method == "none" && len(list) > 1 {
			return nil, errSyntax
		}
	}
	return list, nil
}

// clause reads one result up to its ";": method [/ version] = result, then reason and properties.
func (s *scanner) clause() (result, error) {
	r := result{method: s.keyword()}
	if r.method == "" || !s.space() {
		return r, s.fault()
	}
	if r.method == "none" && (s.end() || s.peek() == ';') {
		return r, nil
	}
	if s.take('/') {
		if !s.space() {
			return r, s.fault()
		}
		if s.keyword() != "1" {
			return r, errVersion
		}
		if !s.space() {
			return r, s.fault()
		}
	}
	if !s.take('=') || !s.space() {
		return r, s.fault()
	}
	if r.value = s.keyword(); r.value == "" || !s.space() {
		return r, s.fault()
	}
	for !s.end() && s.peek() != ';' {
		if err := s.appendProperty(&r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// appendProperty reads "ptype.property=pvalue" into r; a reason or another name without a dot is read and
// dropped, because what a reason says is no evidence.
func (s *scanner) appendProperty(r *result) error {
	name := s.keyword()
	if name == "" || !s.space() {
		return s.fault()
	}
	dotted := s.take('.')
	if dotted {
		if !s.space() {
			return s.fault()
		}
		rest := s.keyword()
		if rest == "" || !s.space() {
			return s.fault()
		}
		name += "." + rest
	}
	if !s.take('=') || !s.space() {
		return s.fault()
	}
	value, ok := s.value()
	if !ok || !s.space() {
		return s.fault()
	}
	switch {
	case !dotted && methods[name]:
		return errSyntax
	case !dotted:
		return nil
	case len(r.properties) == maxProperties:
		return errTooLong
	}
	for _, p := range r.properties {
		if p.name == name {
			return errDuplicate
		}
	}
	r.properties = append(r.properties, property{name, value})
	return nil
}
