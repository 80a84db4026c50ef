package web

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// scheme is the colours of one :root block, over those of the block before it.
type scheme struct {
	name   string
	colour map[string]string
}

// schemes reads the colours of the stylesheet: light, dark, and each with more contrast.
func schemes(t *testing.T, css string) []scheme {
	t.Helper()
	blocks := regexp.MustCompile(`(?s)(@media [^{]*)?\{?\s*:root \{(.*?)\}`).FindAllStringSubmatch(css, -1)
	token := regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{3,6})\b`)
	over := func(base map[string]string, block string) map[string]string {
		out := map[string]string{}
		for k, v := range base {
			out[k] = v
		}
		for _, m := range token.FindAllStringSubmatch(block, -1) {
			out[m[1]] = m[2]
		}
		return out
	}
	if len(blocks) != 4 {
		t.Fatalf("%d blocks of colours", len(blocks))
	}
	light := over(nil, blocks[0][2])
	dark := over(light, blocks[1][2])
	return []scheme{{"light", light}, {"dark", dark}, {"light, more contrast", over(light, blocks[2][2])},
		{"dark, more contrast", over(over(dark, blocks[2][2]), blocks[3][2])}}
}

// luminance is WCAG 2.2's relative luminance of "#rgb" or "#rrggbb".
func luminance(hex string) float64 {
	hex = strings.TrimPrefix(hex, "#")
	if len(hex) == 3 {
		hex = fmt.Sprintf("%c%c%c%c%c%c", hex[0], hex[0], hex[1], hex[1], hex[2], hex[2])
	}
	part := func(i int) float64 {
		n, _ := strconv.ParseUint(hex[i:i+2], 16, 8)
		c := float64(n) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*part(0) + 0.7152*part(2) + 0.0722*part(4)
}

func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// TestColoursCanBeRead: text has a contrast of 4.5 with whatever it stands on, edges of fields and the ring of the
// focus 3 (WCAG 2.2, 1.4.3 and 1.4.11); where people ask for more, text has 7.
func TestColoursCanBeRead(t *testing.T) {
	css, err := files.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	text := map[string]string{ // colour: what it stands on
		"ink": "paper card tint mark alert-tint", "soft": "paper card tint", "accent": "paper card tint",
		"alert": "paper card alert-tint", "warn": "paper card tint", "on-accent": "accent",
	}
	edge := map[string]string{"edge": "paper card", "focus": "paper card tint", "accent": "paper card"}
	for _, s := range schemes(t, string(css)) {
		wanted := 4.5
		if strings.Contains(s.name, "more") {
			wanted = 7
		}
		for least, pairs := range map[float64]map[string]string{wanted: text, 3: edge} {
			for front, grounds := range pairs {
				for ground := range strings.FieldsSeq(grounds) {
					got := contrast(s.colour[front], s.colour[ground])
					// a marked place is text of its own ground, and "more" is promised for text on the page's grounds
					if want := least; got < want && !(want == 7 && (ground == "tint" || ground == "alert-tint") && got >= 4.5) {
						t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", s.name, front, ground, got, want)
					}
				}
			}
		}
	}
}

// TestTheStylesheetIsOneOfALogicalKind: every colour but shadows and paper-white frames is a token, no rule stands
// twice, and nothing is laid out by left and right.
func TestTheStylesheetIsOneOfALogicalKind(t *testing.T) {
	data, err := files.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	css := regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(string(data), "")
	if m := regexp.MustCompile(`(?m)[{;]\s*((?:margin|padding|border)-(?:left|right)|left|right|float: (?:left|right))\b.*`).FindString(css); m != "" {
		t.Errorf("a side of the page: %s", m)
	}
	seen := map[string]bool{}
	depth := 0
	for line := range strings.Lines(css) {
		rule := strings.TrimSpace(line)
		if depth == 0 && strings.HasSuffix(rule, "}") && strings.Contains(rule, "{") {
			if seen[rule] {
				t.Errorf("stands twice: %s", rule)
			}
			seen[rule] = true
			if regexp.MustCompile(`#[0-9a-f]{3,8}\b`).MatchString(rule) &&
				!strings.Contains(rule, "background: #fff") && !strings.Contains(rule, "::backdrop") && rule[0] != '#' {
				t.Errorf("a colour that is no token: %s", rule)
			}
		}
		depth += strings.Count(line, "{") - strings.Count(line, "}")
	}
}
