package ticket

import (
	"bytes"
	"encoding/json"
)

// equal compares what would be stored: a time read back from the store has lost its monotonic clock, and an
// empty list its difference from none, which reflect.DeepEqual would take for changes.
func equal(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && bytes.Equal(x, y)
}

// prefix reports whether long begins with all of short.
func prefix[T any](short, long []T) bool {
	return len(long) >= len(short) && (len(short) == 0 || equal(short, long[:len(short)]))
}
