package main

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// answers counts what came back. It is safe for concurrent use.
type answers struct {
	mu       sync.Mutex
	statuses map[int]int // 0: none
	times    []time.Duration
	lost     error // the last reason for none
}

func newAnswers() *answers { return &answers{statuses: map[int]int{}} }

func (a *answers) add(status int, took time.Duration, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.statuses[status]++
	a.times = append(a.times, took)
	if err != nil {
		a.lost = err
	}
}

// only reports whether there are answers, all of these statuses.
func (a *answers) only(statuses ...int) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for status := range a.statuses {
		if !slices.Contains(statuses, status) {
			return false
		}
	}
	return len(a.times) > 0
}

// percentile returns the time within which so many of a hundred came back.
func (a *answers) percentile(percent int) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.times) == 0 {
		return 0
	}
	slices.Sort(a.times)
	return a.times[min(len(a.times)-1, len(a.times)*percent/100)].Round(100 * time.Microsecond)
}

func (a *answers) String() string {
	var parts []string
	for _, status := range slices.Sorted(maps.Keys(a.statuses)) {
		name := fmt.Sprint(status)
		if status == 0 {
			name = fmt.Sprintf("no answer (%v)", a.lost)
		}
		parts = append(parts, fmt.Sprintf("%s: %d", name, a.statuses[status]))
	}
	return fmt.Sprintf("%s; p50 %v, p99 %v, slowest %v", strings.Join(parts, ", "), a.percentile(50), a.percentile(99), a.percentile(100))
}

// problems collects what missed its bound.
type problems []error

func (p *problems) unless(ok bool, format string, args ...any) {
	if !ok {
		*p = append(*p, fmt.Errorf(format, args...))
	}
}

func (p problems) err() error { return errors.Join(p...) }
