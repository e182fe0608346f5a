//go:build !unix

package main

import "time"

// cpuTime is the time on the wall, where nothing better is known.
func cpuTime() time.Duration { return wall() }
