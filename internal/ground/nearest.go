package ground

import (
	"strings"

	"github.com/replyd/replyd/internal/shop"
)

// maxDistance is the length, in runes, beyond which values are not compared: a hint is not worth the time.
const maxDistance = 200

// nearest gives the value of the fact that is most like the token, of its own kind, as a hint for staff.
func (c *check) nearest(t token) string {
	if len(t.canon) == 0 {
		return ""
	}
	best, value := -1, ""
	for _, f := range c.facts {
		if !related(t.kind, f.Kind) {
			continue
		}
		if d := distance([]rune(t.canon[0]), []rune(fold(f.Value))); best < 0 || d < best {
			best, value = d, f.Value
		}
	}
	return value
}

func related(t, f shop.Kind) bool {
	switch t {
	case kindID, kindPhone:
		return f == shop.KindOrder || f == shop.KindTracking
	case shop.KindProduct:
		return f == shop.KindProduct
	}
	return t == f
}

// distance is Levenshtein's: how many runes must be put in, taken out or changed.
func distance(a, b []rune) int {
	a, b = a[:min(len(a), maxDistance)], b[:min(len(b), maxDistance)]
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		corner := row[0]
		row[0] = i + 1
		for j, y := range b {
			cost := 1
			if strings.EqualFold(string(x), string(y)) {
				cost = 0
			}
			corner, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, corner+cost)
		}
	}
	return row[len(b)]
}
