package identity

import "strings"

// scanner walks over one field from left to right and never looks back.
type scanner struct {
	in  string
	at  int
	err error // why space stopped
}

func (s *scanner) end() bool { return s.at >= len(s.in) }

func (s *scanner) peek() byte {
	if s.end() {
		return 0
	}
	return s.in[s.at]
}

// take steps over c if it comes next.
func (s *scanner) take(c byte) bool {
	if s.end() || s.in[s.at] != c {
		return false
	}
	s.at++
	return true
}

// fault is the error that space met, else errSyntax.
func (s *scanner) fault() error {
	if s.err != nil {
		return s.err
	}
	return errSyntax
}

// space steps over white space and comments (CFWS, RFC 5322 section 3.2.2).
func (s *scanner) space() bool {
	for !s.end() {
		switch s.in[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '(':
			if s.err = s.comment(); s.err != nil {
				return false
			}
		default:
			return true
		}
	}
	return true
}

// comment steps over a comment, nested ones included. Providers write the envelope sender into comments,
// and its quoted local part may hold a ")": the comment then ends early, and what follows is the attacker's
// own text. Such a comment has an odd number of quotation marks.
func (s *scanner) comment() error {
	depth, quotes := 0, 0
	for ; !s.end(); s.at++ {
		switch s.in[s.at] {
		case '\\':
			s.at++
		case '"':
			quotes++
		case '(':
			if depth++; depth > maxNesting {
				return errTooLong
			}
		case ')':
			if depth--; depth > 0 {
				continue
			}
			s.at++
			if quotes%2 != 0 {
				return errBreakout
			}
			return nil
		}
	}
	return errSyntax
}

// keyword reads letters, digits, "-" and "_" and gives them in lower case; empty when none come next.
func (s *scanner) keyword() string {
	from := s.at
	for !s.end() && keywordByte(s.in[s.at]) {
		s.at++
	}
	return strings.ToLower(s.in[from:s.at])
}

func keywordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// value reads a token, a quoted string, or what stands together without a gap, as in "a b"@example.com.
func (s *scanner) value() (string, bool) {
	from, plain := s.at, true
	for !s.end() && valueByte(s.in[s.at]) {
		s.at++
	}
	if s.peek() != '"' {
		return s.in[from:s.at], s.at > from
	}
	var b strings.Builder
	b.WriteString(s.in[from:s.at])
	for !s.end() {
		c := s.in[s.at]
		switch {
		case c == '"':
			plain = !plain
		case !plain && c == '\\':
			if s.at++; s.end() {
				return "", false
			}
			b.WriteByte(s.in[s.at])
		case !plain || valueByte(c):
			b.WriteByte(c)
		default:
			return b.String(), true
		}
		s.at++
	}
	return b.String(), plain
}

// valueByte: everything but white space, controls and what divides clauses and comments.
func valueByte(c byte) bool {
	return c > ' ' && c != 0x7f && c != ';' && c != '(' && c != ')' && c != '"'
}
