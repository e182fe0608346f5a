//go:build race

package faults

// The race detector makes hashes, which most operations need, several times as expensive.
func init() { underRace = true }
