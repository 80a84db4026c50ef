//go:build race

package main

// raceOn tells that the race detector slows everything down, a start more than tenfold.
const raceOn = true
