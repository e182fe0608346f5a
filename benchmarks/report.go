package main

import (
	"fmt"
	"io"
	"time"
)

// report collects the rows of the table.
type report struct {
	rounds int
	lines  []line
}

// line is one row: a contestant against a yardstick.
type line struct {
	what, against string
	time          spread // of the contestant, in nanoseconds; zero where a rate is told
	ratio         spread
	allocs        string
	target        string
}

// add compares the first of timings with the second.
func (r *report) add(what, target string, own, yardstick timing) {
	allocs := ""
	if own.allocs >= 0 && yardstick.allocs >= 0 {
		allocs = fmt.Sprintf("%.0f to %.0f", own.allocs, yardstick.allocs)
	}
	r.lines = append(r.lines, line{
		what: what, against: yardstick.name, target: target, allocs: allocs,
		time: spreadOf(own.times), ratio: spreadOf(ratios(own.times, yardstick.times)),
	})
}

func (r *report) print(to io.Writer) {
	fmt.Fprintln(to, "| what | time | against | ratio | quartiles | allocations | target |")
	fmt.Fprintln(to, "|---|---|---|---|---|---|---|")
	for _, l := range r.lines {
		fmt.Fprintf(to, "| %s | %s | %s | %.2f | %.2f–%.2f | %s | %s |\n",
			l.what, duration(l.time.median), l.against, l.ratio.median, l.ratio.low, l.ratio.high, l.allocs, l.target)
	}
}

func duration(nanoseconds float64) string {
	d := time.Duration(nanoseconds)
	switch {
	case d < 10*time.Microsecond:
		return fmt.Sprintf("%.2f µs", nanoseconds/1e3)
	case d < time.Millisecond:
		return fmt.Sprintf("%.1f µs", nanoseconds/1e3)
	default:
		return fmt.Sprintf("%.2f ms", nanoseconds/1e6)
	}
}
