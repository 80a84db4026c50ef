package identity

// AuthservID gives the authserv-id of an Authentication-Results field, in lower case (RFC 8601 section 2.5);
// empty where none can be read.
func AuthservID(field string) string {
	a, err := parseAuthResults(field)
	if err != nil {
		return ""
	}
	return a.id
}

// Pinned reports whether one of the patterns trusts an authserv-id.
func Pinned(patterns []string, id string) bool { return pinned(patterns, lower(id)) }
