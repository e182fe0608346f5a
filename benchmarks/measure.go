package main

import (
	"slices"
	"testing"
	"time"
)

// batch is how long a contestant works before the next has its turn.
const batch = 25 * time.Millisecond

// contestant does one thing again and again; it ends the program where the result
// is wrong.
type contestant struct {
	name string
	do   func()
}

// timing is what one contestant took.
type timing struct {
	name   string
	times  []float64 // nanoseconds for one operation, by round
	allocs float64   // of one operation; negative if they were not counted
}

// clock tells how much time has passed.
type clock func() time.Duration

var begun = time.Now()

// wall is the time on the wall, for what other processes do.
func wall() time.Duration { return time.Since(begun) }

// compare lets the contestants take turns, each round in another order, and
// measures the processor time they take.
func compare(rounds int, contestants ...contestant) []timing {
	return compareBy(cpuTime, rounds, contestants...)
}

func compareBy(now clock, rounds int, contestants ...contestant) []timing {
	timings := make([]timing, len(contestants))
	counts := make([]int, len(contestants))
	for i, c := range contestants {
		counts[i] = calibrate(now, c.do)
		timings[i] = timing{name: c.name, allocs: testing.AllocsPerRun(100, c.do)}
	}
	takeTurns(now, rounds, contestants, counts, timings)
	return timings
}

// compareOnce is compare for what takes so long that doing it once is a turn, and
// counts no allocations.
func compareOnce(rounds int, contestants ...contestant) []timing {
	timings := make([]timing, len(contestants))
	counts := make([]int, len(contestants))
	for i, c := range contestants {
		counts[i], timings[i] = 1, timing{name: c.name, allocs: -1}
		c.do()
	}
	takeTurns(cpuTime, rounds, contestants, counts, timings)
	return timings
}

func takeTurns(now clock, rounds int, contestants []contestant, counts []int, timings []timing) {
	for round := range rounds {
		for k := range contestants {
			i := (round + k) % len(contestants)
			timings[i].times = append(timings[i].times, timePer(now, contestants[i].do, counts[i]))
		}
	}
}

// calibrate returns how many operations fill a batch.
func calibrate(now clock, do func()) int {
	count := 1
	for {
		took := time.Duration(timePer(now, do, count) * float64(count))
		if took >= batch/4 {
			return max(1, int(float64(count)*float64(batch)/float64(took)))
		}
		count *= 2
	}
}

func timePer(now clock, do func(), count int) float64 {
	start := now()
	for range count {
		do()
	}
	return float64(now()-start) / float64(count)
}

// spread is the median of some values and the quartiles around it.
type spread struct{ low, median, high float64 }

func spreadOf(values []float64) spread {
	sorted := slices.Sorted(slices.Values(values))
	return spread{quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)}
}

// quantile of sorted values.
func quantile(sorted []float64, q float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	return sorted[min(len(sorted)-1, int(q*float64(len(sorted))))]
}

// ratios returns a over b, round by round.
func ratios(a, b []float64) []float64 {
	var all []float64
	for i := range min(len(a), len(b)) {
		all = append(all, a[i]/b[i])
	}
	return all
}
