package sandbox

import (
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
)

// Costs of a query. Source: https://shopify.dev/docs/api/usage/limits, read 2026-11-22: scalars are free, an
// object costs a point, a connection is sized by first or last, a mutation costs ten, and no single query may
// cost more than a thousand.
const (
	maxCost      = 1000
	mutationCost = 10
)

// Bucket is Shopify's leaky bucket of query cost.
type Bucket struct {
	Size    float64 // points at most
	Restore float64 // points a second
}

// PlusBucket is the bucket of a store on the Plus plan.
var PlusBucket = Bucket{Size: 20000, Restore: 1000}

type bucket struct {
	Bucket
	mu   sync.Mutex
	left float64
	at   time.Time
}

func newBucket(size Bucket, now time.Time) *bucket {
	if size == (Bucket{}) {
		size = PlusBucket
	}
	return &bucket{Bucket: size, left: size.Size, at: now}
}

// take uses up points, if so many are there.
func (b *bucket) take(now time.Time, cost int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	if float64(cost) > b.left {
		return false
	}
	b.left -= float64(cost)
	return true
}

// giveBack returns what was taken before a query ran and not needed when it did.
func (b *bucket) giveBack(now time.Time, points int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	b.left = min(b.Size, b.left+float64(max(0, points)))
}

func (b *bucket) refill(now time.Time) {
	b.left = min(b.Size, b.left+b.Restore*now.Sub(b.at).Seconds())
	b.at = now
}

// report is extensions.cost of an answer. Nothing was spent when actual is nil.
func (b *bucket) report(now time.Time, requested int, actual *int) object {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill(now)
	return object{"cost": object{
		"requestedQueryCost": requested,
		"actualQueryCost":    actual,
		"throttleStatus": object{
			"maximumAvailable": b.Size, "currentlyAvailable": int(b.left), "restoreRate": b.Restore,
		},
	}}
}

func tooExpensive(cost int) answer {
	return jsonAnswer(http.StatusOK, object{"errors": []any{object{
		"message": fmt.Sprintf(
			"Query cost is %d, which exceeds the single query max cost limit (%d).", cost, maxCost),
		"extensions": object{
			"code": "MAX_COST_EXCEEDED", "cost": cost, "maxCost": maxCost,
			"documentation": "https://shopify.dev/api/usage/rate-limits",
		},
	}}})
}

// costOf estimates a selection before it runs.
func costOf(s *ast.Schema, set ast.SelectionSet, vars map[string]any) int {
	cost := 0
	for _, sel := range set {
		switch sel := sel.(type) {
		case *ast.InlineFragment:
			cost += costOf(s, sel.SelectionSet, vars)
		case *ast.FragmentSpread:
			cost += costOf(s, sel.Definition.SelectionSet, vars)
		case *ast.Field:
			if len(sel.SelectionSet) == 0 {
				continue
			}
			times, base := 1, 1
			args := sel.ArgumentMap(vars)
			for _, size := range []string{"first", "last"} {
				if n, ok := number(args[size]); ok {
					times, base = n, 2
				}
			}
			inside := costOf(s, sel.SelectionSet, vars)
			if isPage(sel.Name) {
				base = 0
			}
			cost += base + times*inside
		}
	}
	return cost
}

// isPage reports whether a field only wraps the nodes of a connection. The nodes' own point is counted here
// because the connection multiplies it.
func isPage(field string) bool { return field == "pageInfo" || field == "edges" }
