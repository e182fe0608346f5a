//go:build race

package main

// raceDetector says that allocations cannot be counted: the race detector adds some.
const raceDetector = true
