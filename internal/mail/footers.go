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
		lines = trimContact(lines)
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

// footer recognises the line of a phone or program, given in lower case. It has no sentence in it: at most
// ten words and no comma, or somebody wrote it.
func footer(s string) bool {
	s = strings.Trim(s, "*_-– \t")
	if i := strings.IndexByte(s, '<'); i > 0 {
		s = strings.TrimSpace(s[:i])
	}
	if len(s) > 120 || len(s) < 4 || strings.Count(s, " ") > 10 || strings.Contains(s, ", ") {
		return false
	}
	if rest, ok := strings.CutPrefix(s, "sent from "); ok && strings.Count(rest, " ") <= 2 {
		return true // any program's name
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

// trimContact cuts what stands below "Regards, / Jane Doe" when it is a block of short lines with a telephone
// number, an address or a link: title, company, contact. The closing words and the name stay.
func trimContact(lines []string) []string {
	closing := -1
	for i, seen := len(lines)-1, 0; i >= 0 && seen < 14; i-- {
		if lines[i] == "" {
			continue
		}
		seen++
		if closes(lines[i]) {
			closing = i
			break
		}
	}
	if closing < 0 {
		return lines
	}
	name := closing + 1
	for name < len(lines) && lines[name] == "" {
		name++
	}
	if name+1 >= len(lines) || strings.Count(lines[name], " ") > 4 || len(lines[name]) > 60 {
		return lines
	}
	below := lines[name+1:]
	for _, l := range below {
		lower := strings.ToLower(strings.TrimSpace(l))
		if len(l) > 100 || strings.Count(l, " ") > 9 || strings.ContainsAny(l, "?？؟") ||
			strings.HasPrefix(lower, "ps") || strings.HasPrefix(lower, "p.s") {
			return lines
		}
	}
	if !contactLike(below) {
		return lines
	}
	return lines[:name+1]
}

// closes recognises the closing words of a letter, alone on their line.
func closes(line string) bool {
	s := strings.Trim(strings.ToLower(line), " ,.!;،*_")
	if len(s) > 45 {
		return false
	}
	for _, c := range closings {
		if strings.HasPrefix(s, c) {
			return strings.Count(s, " ") <= strings.Count(c, " ")+3
		}
	}
	return false
}
