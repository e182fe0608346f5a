package usertest

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ginauth/ginauth/limits"
)

const (
	limitKey = "login:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
	// limitKeep is longer than any test takes.
	limitKeep = time.Hour
)

// TestLimitStore checks that a store does what [limits.Store] says. newStore
// returns an empty store for each call; it may clean up with t.Cleanup.
func TestLimitStore(t *testing.T, newStore func(t *testing.T) limits.Store) {
	t.Helper()
	tests := []struct {
		name string
		run  func(t *testing.T, s limits.Store)
	}{
		{"Limit/nothing", limitNothing},
		{"SwapLimit/first", limitFirst},
		{"SwapLimit/replace", limitReplace},
		{"SwapLimit/another record", limitAnother},
		{"SwapLimit/remove", limitRemove},
		{"SwapLimit/keys apart", limitKeysApart},
		{"SwapLimit/long record", limitLong},
		{"SwapLimit/long time", limitLongTime},
		{"SwapLimit/race for the first", limitRaceFirst},
		{"SwapLimit/race for the next", limitRaceNext},
		{"SwapLimit/count at once", limitCount},
		{"context", limitContext},
	}
	t.Run("LimitStore", func(t *testing.T) {
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				test.run(t, newStore(t))
			})
		}
	})
}

func checkLimit(t *testing.T, s limits.Store, key, want string) {
	t.Helper()
	got, err := s.Limit(t.Context(), key)
	if err != nil || got != want {
		t.Errorf("Limit(%.20s): got %.80q, %v, want %.80q", key, got, err, want)
	}
}

func checkSwap(t *testing.T, s limits.Store, before, after string, want bool) {
	t.Helper()
	got, err := s.SwapLimit(t.Context(), limitKey, before, after, limitKeep)
	if err != nil || got != want {
		t.Errorf("SwapLimit(%.80q, %.80q): got %v, %v, want %v", before, after, got, err, want)
	}
}

func limitNothing(t *testing.T, s limits.Store) {
	checkLimit(t, s, limitKey, "")
}

func limitFirst(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", `{"n":1}`, true)
	checkLimit(t, s, limitKey, `{"n":1}`)
	checkSwap(t, s, "", `{"n":2}`, false)
	checkLimit(t, s, limitKey, `{"n":1}`)
}

func limitReplace(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", "one", true)
	checkSwap(t, s, "one", "two", true)
	checkSwap(t, s, "two", "one", true)
	checkLimit(t, s, limitKey, "one")
}

// limitAnother compares byte by byte.
func limitAnother(t *testing.T, s limits.Store) {
	checkSwap(t, s, "one", "two", false)
	checkLimit(t, s, limitKey, "")
	checkSwap(t, s, "", "one", true)
	for _, before := range []string{"", "on", "one ", "ONE", "öne", "one\x00"} {
		checkSwap(t, s, before, "two", false)
	}
	checkLimit(t, s, limitKey, "one")
}

func limitRemove(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", "one", true)
	checkSwap(t, s, "two", "", false)
	checkLimit(t, s, limitKey, "one")
	checkSwap(t, s, "one", "", true)
	checkLimit(t, s, limitKey, "")
	checkSwap(t, s, "one", "", false)
	checkSwap(t, s, "", "", true)
	checkSwap(t, s, "", "two", true)
	checkLimit(t, s, limitKey, "two")
}

func limitKeysApart(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", "one", true)
	for _, key := range []string{strings.ToUpper(limitKey), limitKey + "0", limitKey[:len(limitKey)-1]} {
		checkLimit(t, s, key, "")
	}
}

func limitLong(t *testing.T, s limits.Store) {
	long := strings.Repeat(`{"ä":"\"🗡"}`, 600)
	checkSwap(t, s, "", long, true)
	checkLimit(t, s, limitKey, long)
	checkSwap(t, s, long+" ", "short", false)
	checkSwap(t, s, long, "short", true)
	checkLimit(t, s, limitKey, "short")
}

// limitLongTime keeps what must not be forgotten for years.
func limitLongTime(t *testing.T, s limits.Store) {
	if swapped, err := s.SwapLimit(t.Context(), limitKey, "", "one", 10*365*24*time.Hour); !swapped || err != nil {
		t.Errorf("SwapLimit: got %v, %v, want true", swapped, err)
	}
	checkLimit(t, s, limitKey, "one")
}

func limitRaceFirst(t *testing.T, s limits.Store) { limitRace(t, s, "") }

func limitRaceNext(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", "one", true)
	limitRace(t, s, "one")
}

// limitRace lets many swap the same record: one wins, and its record is there.
func limitRace(t *testing.T, s limits.Store, before string) {
	const racers = 16
	won := make([]bool, racers)
	for _, err := range atOnce(racers, func(i int) (err error) {
		won[i], err = s.SwapLimit(t.Context(), limitKey, before, "racer "+strconv.Itoa(i), limitKeep)
		return err
	}) {
		if err != nil {
			t.Errorf("SwapLimit: %v", err)
		}
	}
	winners := 0
	for i, one := range won {
		if one {
			winners++
			checkLimit(t, s, limitKey, "racer "+strconv.Itoa(i))
		}
	}
	if winners != 1 {
		t.Errorf("%d of %d swapped the same record, want 1", winners, racers)
	}
}

// limitCount counts in the way of the limits: no count may be lost.
func limitCount(t *testing.T, s limits.Store) {
	const counters, each = 4, 5
	for _, err := range atOnce(counters, func(int) error {
		for range each {
			if err := countOne(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}) {
		if err != nil {
			t.Errorf("count: %v", err)
		}
	}
	checkLimit(t, s, limitKey, strconv.Itoa(counters*each))
}

func countOne(ctx context.Context, s limits.Store) error {
	for {
		before, err := s.Limit(ctx, limitKey)
		if err != nil {
			return err
		}
		n, _ := strconv.Atoi(before)
		swapped, err := s.SwapLimit(ctx, limitKey, before, strconv.Itoa(n+1), limitKeep)
		if err != nil || swapped {
			return err
		}
	}
}

func limitContext(t *testing.T, s limits.Store) {
	checkSwap(t, s, "", "one", true)
	checkEnded(t, map[string]func(ctx context.Context) error{
		"Limit": func(ctx context.Context) error { _, err := s.Limit(ctx, limitKey); return err },
		"SwapLimit": func(ctx context.Context) error {
			_, err := s.SwapLimit(ctx, limitKey, "one", "two", limitKeep)
			return err
		},
	})
	checkLimit(t, s, limitKey, "one")
}
