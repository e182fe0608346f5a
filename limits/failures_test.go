package limits

import (
	"errors"
	"testing"
	"time"
)

func defaultSettings() *settings {
	return &settings{Config: Config{}.withDefaults(), lease: 32 * time.Second}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	l := defaultSettings()
	for failed, want := range map[int]time.Duration{
		0: 0, 4: 0, 5: time.Second, 6: 2 * time.Second, 10: 32 * time.Second, 14: 512 * time.Second,
		15: 15 * time.Minute, 16: 15 * time.Minute, 99: 15 * time.Minute,
	} {
		if got := delay(l, failed); got != want {
			t.Errorf("after %d failures: got %v, want %v", failed, got, want)
		}
	}
}

// Attempts whose process was killed count as failed, but only after a while.
func TestFailuresLease(t *testing.T) {
	t.Parallel()
	l, now := defaultSettings(), time.UnixMilli(1_000_000_000_000)
	var f failures
	for range 5 {
		if err := f.begin(l, now); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.begin(l, now.Add(l.lease)); !errors.Is(err, errRunning) {
		t.Errorf("while five run: got %v, want %v", err, errRunning)
	}
	if err := f.begin(l, now.Add(l.lease+time.Millisecond)); err != nil || f.Failed != 5 || f.Running != 1 {
		t.Errorf("when they are given up: got %v, %+v", err, f)
	}
	f.fail(now.Add(l.lease)) // the outcome of one that lives
	f.fail(now.Add(l.lease)) // and of one that was given up and is counted
	if f.Failed != 6 || f.Running != 0 {
		t.Errorf("got %+v, want 6 failed", f)
	}
}

// Beyond the free failures one attempt runs at a time; a success ends the row, but
// does not make those under way undone.
func TestFailuresRunning(t *testing.T) {
	t.Parallel()
	l, now := defaultSettings(), time.UnixMilli(1_000_000_000_000)
	f := failures{Failed: 5, At: stampOf(now)}
	now = now.Add(time.Second)
	if err := f.begin(l, now); err != nil {
		t.Fatal(err)
	}
	if err := f.begin(l, now.Add(time.Second)); !errors.Is(err, errRunning) {
		t.Errorf("a second one: got %v, want %v", err, errRunning)
	}
	f.cancel()
	if err := f.begin(l, now.Add(time.Second)); err != nil {
		t.Errorf("after one that tried nothing: got %v", err)
	}
	f.succeed()
	if f != (failures{}) {
		t.Errorf("after a success: got %+v, want nothing", f)
	}
	f = failures{Failed: 3, Running: 2, At: 7}
	f.succeed()
	if f != (failures{Running: 1, At: 7}) {
		t.Errorf("after one of two: got %+v, want one running", f)
	}
}

// The clocks of instances differ; a time to come must not open anything.
func TestFailuresClockGoesBack(t *testing.T) {
	t.Parallel()
	l, now := defaultSettings(), time.UnixMilli(1_000_000_000_000)
	f := failures{Failed: 6, At: stampOf(now)}
	var many *TooManyError
	if err := f.begin(l, now.Add(-time.Hour)); !errors.As(err, &many) || many.RetryAfter != 2*time.Second {
		t.Errorf("got %v, want 2s", err)
	}
}
