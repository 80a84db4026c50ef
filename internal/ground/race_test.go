//go:build race

package ground_test

// raceOn tells that the race detector slows everything down: the sweeps try less.
const raceOn = true
