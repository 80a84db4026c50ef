//go:build race

package web_test

// raceOn tells that the race detector slows everything down: what a browser sees is tried without it.
const raceOn = true
