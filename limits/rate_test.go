package limits

import (
	"errors"
	"testing"
	"time"
)

// Rates that were configured in another way before start again.
func TestCounterChanges(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000_000_000)
	one := rates{each: []rate{{1, time.Minute}}, lease: time.Second}
	two := rates{each: []rate{{1, time.Minute}, {9, time.Hour}}, lease: time.Second}
	var n counter
	if err := n.take(one, now); err != nil {
		t.Fatal(err)
	}
	if err := n.take(two, now); err != nil {
		t.Errorf("got %v", err)
	}
	var many *TooManyError
	if err := n.take(two, now); !errors.As(err, &many) || many.RetryAfter != time.Minute {
		t.Errorf("got %v, want a minute", err)
	}
}

// An attempt without an outcome after the lease is one that was made.
func TestCounterLease(t *testing.T) {
	t.Parallel()
	now := time.UnixMilli(1_000_000_000_000)
	r := rates{each: []rate{{2, time.Hour}}, lease: time.Second}
	var n counter
	for range 2 {
		if err := n.begin(r, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := n.begin(r, now.Add(time.Second)); !errors.Is(err, errRunning) {
		t.Errorf("while two run: got %v, want %v", err, errRunning)
	}
	var many *TooManyError
	if err := n.begin(r, now.Add(1001*time.Millisecond)); !errors.As(err, &many) {
		t.Errorf("when they are given up: got %v, want a refusal", err)
	}
}
