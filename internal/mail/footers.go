package mail

import "strings"

// trimFooters takes footers of phones and programs, legal notices and dividing lines off the end of a run of
// lines.
func trimFooters(lines []string) []string {
	for {
		n := len(lines)
		for len(lines) > 0 && (lines[len(lines)-1] == "" || rule(lines[len(lines)-1])) {
			lines = lines[:len(lines)-1]
		}
		lines = trimPhone(lines)
		lines = trimDisclaimer(lines)
		if len(lines) == n {
			return lines
		}
	}
}

// trimPhone cuts at "Sent from my iPhone" when at most three short lines, a name perhaps, stand below.
func trimPhone(lines []string) []string {
	for i, seen := len(lines)-1, 0; i >= 0 && seen < 4; i-- {
		if lines[i] == "" {
			continue
		}
		if footer(strings.ToLower(strings.TrimSpace(lines[i]))) {
			return lines[:i]
		}
		if len(lines[i]) > 60 {
			return lines
		}
		seen++
	}
	return lines
}

// footer recognises the line of a phone or program, given in lower case. It has no sentence in it: at most ten
// words and no comma, or somebody wrote it.
func footer(s string) bool {
	s = strings.Trim(s, "*_-– \t")
	if i := strings.IndexByte(s, '<'); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	if len(s) > 120 || len(s) < 4 || strings.Count(s, " ") > 10 || strings.Contains(s, ", ") {
		return false
	}
	for _, p := range footerStarts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	s = strings.TrimRight(s, ".")
	for _, e := range footerEnds {
		if strings.HasSuffix(s, e) {
			for _, d := range devices {
				if strings.Contains(s, d) {
					return true
				}
			}
		}
	}
	return false
}

// trimDisclaimer cuts the last paragraph when it is a legal notice.
func trimDisclaimer(lines []string) []string {
	start := len(lines)
	for start > 0 && lines[start-1] != "" {
		start--
	}
	if start == 0 || start == len(lines) {
		return lines
	}
	if disclaimer(strings.ToLower(strings.Join(lines[start:min(len(lines), start+8)], " "))) {
		return lines[:start]
	}
	return lines
}

// disclaimer recognises a legal or virus scanner's notice, given in lower case.
func disclaimer(s string) bool {
	s = strings.TrimLeft(s, "*_-#• \t")
	for _, p := range disclaimerStarts {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	if len(s) < 120 {
		return false
	}
	secret := false
	for _, w := range disclaimerWords {
		if secret = strings.Contains(s, w); secret {
			break
		}
	}
	if !secret {
		return false
	}
	for _, w := range disclaimerSubjects {
		if i := strings.Index(s, w); i >= 0 && i < 120 {
			return true
		}
	}
	return false
}
